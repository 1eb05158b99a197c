// How a control file is read: qmail's rules of control.c and constmap.c (spec/qmail.md 3.1), as pure functions on the
// text of one file. Blanks at line ends go, a line whose first byte is # is a comment, the last of two equal map keys
// wins. Where qmail would take a broken value in silence (CR LF line ends, a number that is none) we say so: ControlError.
import { lowerAscii } from '../formats/address.ts';

/** A control file cannot be used. The message names file, value and what is expected instead. */
export class ControlError extends Error {
  readonly file: string;
  readonly value: string;
  readonly expected: string;

  constructor(file: string, value: string, expected: string) {
    const shown = JSON.stringify(value.length > 200 ? `${value.slice(0, 200)}...` : value);
    super(`${file}: ${shown} is wrong; expected ${expected}`);
    this.name = 'ControlError';
    this.file = file;
    this.value = value;
    this.expected = expected;
  }
}

/** One control file: its path for messages, its text (undefined: missing), and control/me's line for the defaults. */
export interface ControlFile {
  readonly path: string;
  readonly text: string | undefined;
  readonly me: string | undefined;
}

const trimEnd = (line: string): string => line.replace(/[ \t\n]+$/, '');

function checkLineEnd(file: ControlFile, line: string): string {
  if (line.endsWith('\r'))
    throw new ControlError(file.path, line, 'a line that ends in LF, not in CR LF (write the file on Unix)');
  return line;
}

/** First line without blanks at its end; undefined when the file is missing. */
export function readLine(file: ControlFile): string | undefined {
  if (file.text === undefined) return undefined;
  const end = file.text.indexOf('\n');
  return checkLineEnd(file, trimEnd(end < 0 ? file.text : file.text.slice(0, end)));
}

/** The leading digits of the first line; undefined when missing or empty. */
export function readNumber(file: ControlFile): number | undefined {
  const line = readLine(file);
  if (line === undefined || line === '') return undefined;
  const digits = /^[0-9]+/.exec(line)?.[0];
  const number = Number(digits);
  if (digits === undefined || !Number.isSafeInteger(number))
    throw new ControlError(file.path, line, 'a decimal number without sign');
  return number;
}

/** The lines that count; undefined when the file is missing. */
export function readLines(file: ControlFile): readonly string[] | undefined {
  if (file.text === undefined) return undefined;
  return file.text
    .split('\n')
    .map((line) => checkLineEnd(file, trimEnd(line)))
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** A list for case-insensitive membership. */
export function readSet(file: ControlFile): ReadonlySet<string> | undefined {
  const lines = readLines(file);
  return lines === undefined ? undefined : new Set(lines.map(lowerAscii));
}

/** `key:value` lines; keys in lower case. Lines without a colon do not count, the last of equal keys wins. */
export function readMap(file: ControlFile): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const line of readLines(file) ?? []) {
    const colon = line.indexOf(':');
    if (colon >= 0) map.set(lowerAscii(line.slice(0, colon)), line.slice(colon + 1));
  }
  return map;
}

/** The whole file without blanks at its end: values that may have several lines. */
export function readText(file: ControlFile): string | undefined {
  if (file.text === undefined) return undefined;
  return file.text
    .split('\n')
    .map((line) => checkLineEnd(file, trimEnd(line)))
    .join('\n')
    .replace(/\n+$/, '');
}
