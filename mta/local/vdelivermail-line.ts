// Recognises the program line that vpopmail puts into `.qmail-default`, `| …/bin/vdelivermail '' INSTRUCTION`, so that it
// can be done in this process, without a shell (spec/vpopmail.md 1.6). Pure.
// Only this exact form is taken; a line with anything else in it that a shell would act on stays a program line.

/** What happens to local parts without an account. */
export type CatchAll =
  | { readonly type: 'delete' }
  | { readonly type: 'bounce' }
  | { readonly type: 'forward'; readonly address: string }
  | { readonly type: 'directory'; readonly path: string };

/** The program by its path, as one word of the shell: plain, or in single quotes. */
const line =
  /^[ \t]*(?:[^\s'"`\\$;&|<>()*?[\]{}#~!=]*\/vdelivermail|'[^']*\/vdelivermail')[ \t]+(?:''|"")[ \t]+(?:'([^']+)'|"([^"\\`]+)"|([^\s'"\\]+))[ \t]*$/;

/** The instruction of a vdelivermail line; undefined when the line is not one. `ext` and `host` are those of the delivery. */
export function parseVdelivermailLine(command: string, ext: string, host: string): CatchAll | undefined {
  const found = line.exec(command);
  if (!found) return undefined;
  const [, single, double, bare] = found;
  // qmailadmin writes $EXT@other.domain for "the same name elsewhere"; the shell of qmail-local expanded it.
  const elsewhere = /^\$(?:EXT|\{EXT\})@([A-Za-z0-9._-]+)$/.exec(double ?? bare ?? '');
  if (elsewhere) return { type: 'forward', address: `${ext}@${elsewhere[1]}` };
  return readInstruction(single ?? double ?? bare ?? '', host);
}

/** The instruction as vdelivermail gets it from the shell; undefined for a word that is none. A bare name is at `host`. */
export function readInstruction(word: string, host: string): CatchAll | undefined {
  if (!/^[A-Za-z0-9@._+=/:%,~-]+$/.test(word)) return undefined;
  if (word === 'delete') return { type: 'delete' };
  if (word === 'bounce-no-mailbox') return { type: 'bounce' };
  if (word.startsWith('/')) return { type: 'directory', path: word.replace(/\/+$/, '') };
  return { type: 'forward', address: word.includes('@') ? word : `${word}@${host}` };
}
