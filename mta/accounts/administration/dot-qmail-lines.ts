// The lines of .qmail files as forms see them (spec/qmailadmin.md 2.3, 2.6, 2.7): which line is an address, a robot, a
// Maildir, "throw away", and which is nobody's business. Pure, on texts read as latin1, so that a line that is kept is kept
// byte for byte; what each line does at delivery is local/dot-qmail.ts.
import { isDomainName } from '../../formats/address.ts';

/** One line without its line feed, as latin1. */
export type Line =
  | { readonly kind: 'address'; readonly text: string; readonly address: string }
  | { readonly kind: 'robot'; readonly text: string; readonly robot: RobotLine }
  /** `# delete`, `|/bin/true delete`, or `#` alone: throw away. */
  | { readonly kind: 'discard'; readonly text: string }
  | { readonly kind: 'directory'; readonly text: string; readonly path: string }
  | { readonly kind: 'list'; readonly text: string }
  | { readonly kind: 'comment'; readonly text: string }
  /** A program, an mbox, anything else. */
  | { readonly kind: 'other'; readonly text: string };

/** A program line that calls autorespond or qmail-autoresponder. */
export interface RobotLine {
  /** The program as the line has it, quotes included. */
  readonly program: string;
  /** Where the log is kept. */
  readonly directory: string;
  /** The file with the text. */
  readonly message: string;
  /** Of autorespond: in which so many answers to one sender count. */
  readonly seconds?: number | undefined;
}

/** Splits a file into its lines; the last may lack its line feed. */
export function splitText(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

export const joinLines = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

/** Bytes kept as latin1 to text; undefined when they are no UTF-8. */
export function decodeLine(latin1: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(latin1, 'latin1'));
  } catch {
    return undefined;
  }
}

/** For people: UTF-8, or else the bytes as latin1. */
export const showLine = (latin1: string): string => decodeLine(latin1) ?? latin1;

/** Text to the bytes of a line, kept as latin1. */
export const encodeLine = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/** What a line is. */
export function readLine(text: string): Line {
  // qmail-local: trailing blanks go.
  const trimmed = text.replace(/[ \t]+$/, '');
  if (trimmed === '#' || /^#[ \t]*delete$/.test(trimmed) || /^\|[ \t]*\/\S*true delete$/.test(trimmed))
    return { kind: 'discard', text };
  const first = trimmed[0];
  if (first === '#') return { kind: 'comment', text };
  if (first === '|') {
    // ezmlm: every tool knows a list by this word.
    if (
      /ezmlm-(?:reject|send|warn|return|manage|get|request|confirm|receipt|gate|store|issubn)/.test(trimmed)
    )
      return { kind: 'list', text };
    const robot = readRobotLine(trimmed);
    return robot === undefined ? { kind: 'other', text } : { kind: 'robot', text, robot };
  }
  if (first === '.' || first === '/')
    return trimmed.endsWith('/') ? { kind: 'directory', text, path: trimmed } : { kind: 'other', text };
  if (first === undefined || first === '+' || trimmed.includes('\0')) return { kind: 'other', text };
  const address = decodeLine(first === '&' ? trimmed.slice(1) : trimmed);
  return address !== undefined && isPlainAddress(address)
    ? { kind: 'address', text, address }
    : { kind: 'other', text };
}

/** An address that a form shows and edits: no blanks, no controls, one name with a dot or not after the @. */
export function isPlainAddress(address: string): boolean {
  const at = address.lastIndexOf('@');
  return (
    at > 0 && !/[\s\p{Cc}<>"(),:;[\]\\@]/u.test(address.slice(0, at)) && isDomainName(address.slice(at + 1))
  );
}

/** One word of the shell that means only itself; undefined: the line has others, and nobody should guess. */
const WORD = /[ \t]+|'([^']*)'|([^\s'"\\$`;&|<>()]+)/y;

/** The words of a command line, each plain or in single quotes as a whole. Undefined: a shell would do more with it. */
function splitWords(line: string): { readonly raw: string; readonly text: string }[] | undefined {
  const words: { raw: string; text: string }[] = [];
  let isApart = true;
  for (WORD.lastIndex = 0; WORD.lastIndex < line.length; ) {
    const found = WORD.exec(line);
    if (found === null) return undefined;
    const [raw, quoted, bare] = found;
    const text = quoted ?? bare;
    if (text === undefined) isApart = true;
    else if (!isApart) return undefined;
    else {
      words.push({ raw, text });
      isApart = false;
    }
  }
  return words;
}

/** spec/qmailadmin.md 4.1: autorespond SECONDS COUNT MESSAGE DIR [FLAG [SENDER]]; qmail-autoresponder [OPTIONS] DIR. */
function readRobotLine(line: string): RobotLine | undefined {
  // autorespond's sender `$` stands for itself there.
  const words = splitWords(line.slice(1).replace(/[ \t]\$$/, ''));
  const [program, ...rest] = words ?? [];
  const name = program?.text.slice(program.text.lastIndexOf('/') + 1);
  if (program === undefined) return undefined;
  if (name === 'autorespond') {
    const [seconds, count, message, directory] = rest;
    const isWhole = [seconds, count].every((word) => /^\d+$/.test(word?.text ?? ''));
    if (!isWhole || message === undefined || directory === undefined) return undefined;
    return {
      program: program.raw,
      message: message.text,
      directory: directory.text,
      seconds: Number(seconds?.text),
    };
  }
  const last = rest.at(-1)?.text;
  if (name !== 'qmail-autoresponder' || last === undefined) return undefined;
  return { program: program.raw, directory: last, message: `${last}/message.txt` };
}

/** Does a line do something with the message? */
export const delivers = (line: Line): boolean =>
  line.kind !== 'comment' && line.kind !== 'discard' && line.text.trim() !== '' && !line.text.startsWith('+');

/**
 * The lines with other addresses: an address that stays keeps its line where it is, one that goes takes its line along,
 * new ones come before the first line that `isLater` tells, or at the end. Addresses are compared as they are written, but for the case of the domain.
 */
export function replaceAddresses(
  lines: readonly Line[],
  addresses: readonly string[],
  isLater: (line: Line) => boolean = () => false,
): string[] {
  const left = new Map(addresses.map((address) => [keyOf(address), address]));
  // A second line of the same address goes.
  const kept = lines.filter((line) => line.kind !== 'address' || left.delete(keyOf(line.address)));
  const first = kept.findIndex(isLater);
  const texts = kept.map((line) => line.text);
  const added = [...left.values()].map((address) => encodeLine(`&${address}`));
  texts.splice(first < 0 ? texts.length : first, 0, ...added);
  return dropBlankStart(texts);
}

/** qmail-local gives up on a file whose first line is blank: taking lines away must not make one. */
export function dropBlankStart(lines: string[]): string[] {
  const first = lines.findIndex((line) => line.trim() !== '');
  return first > 0 ? lines.slice(first) : lines;
}

const keyOf = (address: string): string => {
  const at = address.lastIndexOf('@');
  return address.slice(0, at) + address.slice(at).toLowerCase();
};
