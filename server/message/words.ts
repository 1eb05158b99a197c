// Encoded words in header fields (RFC 2047), also as broken senders write them: characters split between words, spaces
// inside, raw 8-bit bytes beside them. Linear in the length of the field; at most 1,000 words are decoded.
import { cleanText, decodeRaw, decodeText } from './charset.ts';
import { maxEncodedWords } from './limits.ts';
import { decodeBase64 } from './transfer.ts';

interface Word {
  readonly charset: string;
  readonly bytes: Buffer;
  /** Offset after the closing ?=. */
  readonly end: number;
}

const hexPair = /^[0-9A-Fa-f]{2}$/;

/** RFC 2047 4.2: underscore is a space. */
function decodeQ(text: string): Buffer {
  const source = Buffer.from(text, 'latin1');
  const out = Buffer.allocUnsafe(source.length);
  let length = 0;
  for (let i = 0; i < source.length; i++) {
    const byte = source[i]!;
    if (byte === 0x5f) out[length++] = 0x20;
    else if (byte === 0x3d && hexPair.test(text.slice(i + 1, i + 3))) {
      out[length++] = Number.parseInt(text.slice(i + 1, i + 3), 16);
      i += 2;
    } else out[length++] = byte;
  }
  return out.subarray(0, length);
}

/** Reads the word that begins at `at` ("=?"); `closing` finds the next ?= from an offset. */
function readWord(text: string, at: number, closing: (from: number) => number): Word | undefined {
  const charsetEnd = text.indexOf('?', at + 2);
  if (charsetEnd < 0 || charsetEnd === at + 2 || charsetEnd - at > 80) return undefined;
  const encoding = text[charsetEnd + 1];
  if (text[charsetEnd + 2] !== '?' || encoding === undefined || !'bBqQ'.includes(encoding)) return undefined;
  const charset = text.slice(at + 2, charsetEnd);
  if (/[\s=<>@,;]/.test(charset)) return undefined;
  const start = charsetEnd + 3;
  const end = closing(start);
  if (end < 0) return undefined;
  const body = text.slice(start, end);
  const q = encoding === 'q' || encoding === 'Q';
  return { charset, bytes: q ? decodeQ(body) : decodeBase64(Buffer.from(body, 'latin1')), end: end + 2 };
}

/**
 * Decodes a header value given as one character a byte (latin1). Raw 8-bit text is UTF-8 when valid (RFC 6532), else
 * `charset` (that of the message's text), else windows-1252. White space between two words goes; words of one charset are joined before decoding, so a character
 * may be split between them.
 */
export function decodeWords(value: string, charset = ''): string {
  const plain = (raw: string): string =>
    /[\u0080-\u00ff]/.test(raw) ? decodeRaw(Buffer.from(raw, 'latin1'), charset) : raw;
  if (!value.includes('=?')) return cleanText(plain(value));
  let nextClosing = -2;
  const closing = (from: number): number => {
    if (nextClosing === -1) return -1;
    if (nextClosing < from) nextClosing = value.indexOf('?=', from);
    return nextClosing;
  };
  let out = '';
  let at = 0;
  let words = 0;
  let pending: { charset: string; bytes: Buffer[] } | undefined;
  const flush = (): void => {
    if (pending) out += decodeText(Buffer.concat(pending.bytes), pending.charset).text;
    pending = undefined;
  };
  let search = 0;
  while (words < maxEncodedWords) {
    const begin = value.indexOf('=?', search);
    if (begin < 0) break;
    const word = readWord(value, begin, closing);
    if (!word) {
      search = begin + 2;
      continue;
    }
    const between = value.slice(at, begin);
    if (!(pending && between.trim() === '')) {
      flush();
      out += plain(between);
    }
    if (pending && pending.charset.toLowerCase() !== word.charset.toLowerCase()) flush();
    pending ??= { charset: word.charset, bytes: [] };
    pending.bytes.push(word.bytes);
    at = word.end;
    search = at;
    words++;
  }
  flush();
  out += plain(value.slice(at));
  return cleanText(out);
}
