// One command of a ManageSieve client (RFC 5804 4): a word, and strings, quoted or as literals, and numbers behind it. What a
// client announces is bounded before it is read; what is longer is passed over, so that the next command is one again.
import type { LineReader } from '../door/line-reader.ts';

export type Argument =
  | { readonly kind: 'string'; readonly bytes: Buffer }
  | { readonly kind: 'number'; readonly value: number };

export type ClientCommand =
  /** `verb` in capitals. */
  | { readonly kind: 'command'; readonly verb: string; readonly arguments: readonly Argument[] }
  /** It has no form; the words say why. */
  | { readonly kind: 'wrong'; readonly words: string }
  /** A literal has more bytes than may be; they were passed over. */
  | { readonly kind: 'too large'; readonly verb: string }
  /** So much was announced, or said without a line end, that nothing more is to be read. */
  | { readonly kind: 'hopeless'; readonly words: string }
  | { readonly kind: 'end' };

/** Of a line, literals apart. RFC 5804 4: quoted strings have 1024 bytes at most. */
const longestLine = 4096;
const mostArguments = 4;
/** A literal of up to so many times what is kept is passed over. */
const mostSkipped = 64;
/** security.md R4: who speaks another protocol here is a browser that somebody misuses. */
const foreign: ReadonlySet<string> = new Set([
  'GET',
  'POST',
  'PUT',
  'CONNECT',
  'HEAD',
  'OPTIONS',
  'EHLO',
  'HELO',
]);

const tooLong: ClientCommand = { kind: 'hopeless', words: 'the literal is too long' };

/**
 * Passes over what belongs to a command that has no form: the literals that it announced, which are no commands (a script
 * that somebody else wrote would speak in its owner's name), and the lines between them.
 */
async function passOver(
  reader: LineReader,
  end: string,
  words: string,
  limit: number,
): Promise<ClientCommand> {
  for (let behind = end, left = limit * mostSkipped; ; ) {
    const [, bytes] = /\{(\d{1,10})\+\}$/.exec(behind) ?? [];
    if (bytes === undefined) return { kind: 'wrong', words };
    left -= Number(bytes) + 1;
    if (left < 0) return tooLong;
    if (!(await reader.skipBytes(Number(bytes)))) return { kind: 'end' };
    const line = await reader.readLine(longestLine);
    if (line.kind === 'end') return line;
    behind = line.kind === 'line' ? line.text : line.end;
  }
}

/** @param limit bytes of all literals of the command that are kept */
export async function readCommand(reader: LineReader, limit: number): Promise<ClientCommand> {
  const found: Argument[] = [];
  let verb: string | undefined;
  let room = limit;
  let isTooLarge = false;
  for (;;) {
    const line = await reader.readLine(longestLine);
    if (line.kind === 'end') return { kind: 'end' };
    const wrong = (words: string): Promise<ClientCommand> =>
      passOver(reader, line.kind === 'line' ? line.text : line.end, words, limit);
    if (line.kind === 'too long') return wrong('the line is too long');
    let rest = line.text;
    if (verb === undefined) {
      const [word = ''] = /^[A-Za-z]{1,32}(?=[ ]|$)/.exec(rest) ?? [];
      if (word === '') return wrong('expected a command');
      verb = word.toUpperCase();
      if (foreign.has(verb)) return { kind: 'hopeless', words: 'this is ManageSieve' };
      rest = rest.slice(word.length);
    }
    const parsed = parseArguments(rest);
    if (parsed === undefined) return wrong('expected strings and numbers behind a command');
    found.push(...parsed.arguments);
    if (found.length > mostArguments) return wrong('too many arguments');
    const { literal } = parsed;
    if (literal === undefined)
      return isTooLarge ? { kind: 'too large', verb } : { kind: 'command', verb, arguments: found };
    if (literal > limit * mostSkipped) return tooLong;
    if (literal > room) {
      isTooLarge = true;
      if (!(await reader.skipBytes(literal))) return { kind: 'end' };
      found.push({ kind: 'string', bytes: Buffer.alloc(0) });
      continue;
    }
    const bytes = await reader.readBytes(literal);
    if (bytes === undefined) return { kind: 'end' };
    room -= literal;
    found.push({ kind: 'string', bytes });
  }
}

/** What stands in one line behind a word or a literal; `literal`: bytes that follow the line. Undefined: it has no form. */
function parseArguments(
  text: string,
): { readonly arguments: readonly Argument[]; readonly literal: number | undefined } | undefined {
  const found: Argument[] = [];
  let rest = text;
  while (rest !== '') {
    // Some clients put a blank at the end of a line.
    if (/^ +$/.test(rest)) break;
    const [whole, quoted, number, literal] =
      /^ +(?:"((?:[^"\\\r\n\0]|\\["\\])*)"|(\d{1,10})|\{(\d{1,10})\+\}$)(?= |$)/.exec(rest) ?? [];
    if (whole === undefined) return undefined;
    if (literal !== undefined) return { arguments: found, literal: Number(literal) };
    found.push(
      number === undefined
        ? { kind: 'string', bytes: Buffer.from((quoted ?? '').replace(/\\(["\\])/g, '$1'), 'utf8') }
        : { kind: 'number', value: Number(number) },
    );
    rest = rest.slice(whole.length);
  }
  return { arguments: found, literal: undefined };
}

/** The answer of a client in a SASL exchange: one string (RFC 5804 2.1). Undefined: it is none. */
export async function readAnswer(reader: LineReader, limit: number): Promise<string | 'end' | undefined> {
  const line = await reader.readLine(limit);
  if (line.kind === 'end') return 'end';
  if (line.kind === 'too long') return undefined;
  const parsed = parseArguments(` ${line.text}`);
  const [only, ...more] = parsed?.arguments ?? [];
  if (parsed?.literal !== undefined && only === undefined) {
    if (parsed.literal > limit) return undefined;
    const bytes = await reader.readBytes(parsed.literal);
    const end = bytes && (await reader.readLine(limit));
    if (bytes === undefined || end?.kind === 'end') return 'end';
    return end?.kind === 'line' && end.text === '' ? bytes.toString('latin1') : undefined;
  }
  return only?.kind === 'string' && more.length === 0 ? only.bytes.toString('latin1') : undefined;
}
