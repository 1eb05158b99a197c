// Fields that only this system may write: Authentication-Results in our name (RFC 8601 5) and our own verdicts. In a letter
// that a stranger brings they are forged and taken out; all other bytes stay as they are, so that signatures of others hold.
// Pure.
import { lowerAscii } from '../formats/address.ts';
import { verdictField } from './judge.ts';
import { junkField } from './junk-fields.ts';

const LF = 10;
const SP = 32;
const TAB = 9;

const verdict = lowerAscii(verdictField);
const junk = lowerAscii(junkField);

/** Where the field that begins at `at` ends: behind its line feed and those of its folded lines. */
function endOfField(header: Buffer, at: number): number {
  for (let from = at; ; ) {
    const end = header.indexOf(LF, from);
    if (end < 0) return header.length;
    const next = header[end + 1];
    if (next !== SP && next !== TAB) return end + 1;
    from = end + 1;
  }
}

/** RFC 5322 3.2.2: the text behind comments and folded white space, however deep they are. */
function skipBlanks(text: string): string {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === '(') depth++;
    else if (char === ')' && depth > 0) depth--;
    else if (char === '\\' && depth > 0) at++;
    else if (depth === 0 && !/\s/.test(char)) return text.slice(at);
  }
  return '';
}

/** The authserv-id of an Authentication-Results field, in lower case, without a final dot: a token or a quoted string. */
function authservIdOf(value: string): string {
  const text = skipBlanks(value);
  const quoted = /^"((?:[^"\\]|\\.)*)"/s.exec(text)?.[1];
  const id = quoted === undefined ? (/^[^\s;(/]*/.exec(text)?.[0] ?? '') : quoted.replace(/\\(.)/gs, '$1');
  return lowerAscii(id.replace(/[\r\n\t ]+/g, '').replace(/\.+$/, ''));
}

/** Is the field one that only we may write? `text` from its name on. */
function isOurs(text: string, me: string): boolean {
  const colon = text.indexOf(':');
  if (colon < 0) return false;
  const name = lowerAscii(text.slice(0, colon)).replace(/[ \t\r\n]+$/, '');
  if (name === verdict || name === junk) return true;
  return name === 'authentication-results' && authservIdOf(text.slice(colon + 1)) === me;
}

/**
 * The header without forged fields; the same buffer when there is none.
 * @param header LF line ends, with or without the empty line behind it @param authservId control/me
 */
export function removeForgedFields(header: Buffer, authservId: string): Buffer {
  const me = lowerAscii(authservId.replace(/\.+$/, ''));
  const kept: Buffer[] = [];
  let from = 0;
  for (let at = 0; at < header.length && header[at] !== LF; ) {
    const end = endOfField(header, at);
    // Only their first letters make a field worth reading.
    const first = header[at]! | 0x20;
    if ((first === 0x61 || first === 0x78) && isOurs(header.toString('latin1', at, end), me)) {
      kept.push(header.subarray(from, at));
      from = end;
    }
    at = end;
  }
  return from === 0 ? header : Buffer.concat([...kept, header.subarray(from)]);
}
