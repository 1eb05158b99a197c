// Log lines as qmail's tools read them: one event, one line, no time stamp (the logger adds it: multilog, journald).
// What strangers choose goes through `safe` (qmail-send's rule) or `quoted`, so no input can forge or break a line.

import { addressToBytes } from './formats/address-bytes.ts';

/** Writes one line; the line holds no line feed. A role gets its log passed in and never writes elsewhere. */
export type Log = (line: string) => void;

/** qmail-send's cleaning of foreign text: LF becomes `/`, bytes outside 33..126 and `%` become `_` (spec/qmail.md 7.4). */
export function safe(text: string): string {
  if (/^[!-$&-~]*$/.test(text)) return text;
  let out = '';
  for (const byte of addressToBytes(text)) {
    if (byte === 10) out += '/';
    else out += byte < 33 || byte > 126 || byte === 37 ? '_' : String.fromCharCode(byte);
  }
  return out;
}

/** Foreign text in our own lines: `\xNN` for bytes outside 0x20..0x7e and for the backslash, cut at 256 bytes. */
export function quoted(text: string): string {
  if (text.length <= 256 && /^[ -[\]-~]*$/.test(text)) return text;
  let out = '';
  for (const byte of addressToBytes(text).subarray(0, 256)) {
    out +=
      byte < 0x20 || byte > 0x7e || byte === 0x5c
        ? `\\x${byte.toString(16).padStart(2, '0')}`
        : String.fromCharCode(byte);
  }
  return out;
}

/** A log that writes lines to a stream (standard error by default). */
export function streamLog(stream: NodeJS.WritableStream = process.stderr): Log {
  return (line) => {
    stream.write(`${line}\n`);
  };
}
