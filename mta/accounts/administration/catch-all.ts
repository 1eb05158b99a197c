// .qmail-default of a domain: what happens to mail for local parts that nobody has (spec/vpopmail.md 1.6, qmailadmin.md
// 2.9). Pure: one line that calls vdelivermail is a choice that people make; anything else is shown and kept.
import { parseVdelivermailLine } from '../../local/vdelivermail-line.ts';
import type { CatchAllChoice } from '../administration.ts';
import { shellWord } from '../shell-word.ts';
import { encodeLine, showLine, splitText } from './dot-qmail-lines.ts';

/** Stands for $EXT while a line is read; it can be in no line. */
const EXT = '\u0001';

/** Reads the file, given as latin1; undefined: there is none, and qmail-local bounces. */
export function readCatchAll(text: string | undefined, domain: string): CatchAllChoice {
  const lines = splitText(text ?? '').map(showLine);
  const [line] = lines;
  if (line === undefined) return text === undefined ? { kind: 'bounce' } : { kind: 'other', lines };
  const found =
    lines.length === 1 && line.startsWith('|')
      ? parseVdelivermailLine(line.slice(1), EXT, domain)
      : undefined;
  if (found === undefined) return { kind: 'other', lines };
  switch (found.type) {
    case 'delete':
    case 'bounce':
      return { kind: found.type };
    case 'directory':
      return { kind: 'directory', path: found.path };
    case 'forward':
      return found.address.startsWith(`${EXT}@`)
        ? { kind: 'domain', domain: found.address.slice(2) }
        : { kind: 'forward', address: found.address };
  }
}

/** The file for a checked choice, as latin1. The program of a line that is there stays the program. */
export function formatCatchAll(
  choice: Exclude<CatchAllChoice, { kind: 'other' }>,
  vpopmail: string,
  old: string | undefined,
): string {
  const known = /^\|[ \t]*((?:'[^']*\/vdelivermail')|(?:[^\s'"]*\/vdelivermail))[ \t]/.exec(
    splitText(old ?? '')[0] ?? '',
  );
  const program = known?.[1] ?? encodeLine(shellWord(`${vpopmail}/bin/vdelivermail`));
  return `| ${program} '' ${encodeLine(instructionOf(choice))}\n`;
}

function instructionOf(choice: Exclude<CatchAllChoice, { kind: 'other' }>): string {
  switch (choice.kind) {
    case 'bounce':
      return 'bounce-no-mailbox';
    case 'delete':
      return 'delete';
    case 'forward':
      return choice.address;
    case 'domain':
      return `$EXT@${choice.domain}`;
    case 'directory':
      return choice.path;
  }
}

/** What an instruction may be made of: a shell reads it, and vdelivermail-line.ts takes no more. */
export const isSafeInstruction = (text: string): boolean => /^[A-Za-z0-9@._+=/%,~-]+$/.test(text);
