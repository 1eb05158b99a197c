// .qmail files without the files: which names are tried for an extension, and what the lines of one say
// (dot-qmail(5); spec/qmail.md 6.2, 6.3). Pure functions on strings and bytes.
// Reading the files with qmail's checks is dot-qmail-files.ts; doing what they say is delivery.ts.

/** One line to be done, in the order of the file. */
export type Instruction =
  | { readonly type: 'program'; readonly command: string }
  | { readonly type: 'maildir'; readonly path: string }
  | { readonly type: 'mbox'; readonly path: string }
  | { readonly type: 'forward'; readonly address: string }
  /** qmail-local stops here with exit 111 and this text. Lines before it have been done. */
  | { readonly type: 'refuse'; readonly text: string };

/** A file name to try, and what $DEFAULT is when it is the one. */
export interface DotQmailCandidate {
  readonly name: string;
  readonly default: string | undefined;
}

/** A to Z become lower case and dots colons; nothing else is changed, not even a slash. */
export function makeSafeExtension(ext: string): string {
  return ext.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()).replaceAll('.', ':');
}

/** qmail-local qmesearch: the exact name, then `default` after each dash from right to left, then plain `default`. */
export function listDotQmailCandidates(dash: string, ext: string): readonly DotQmailCandidate[] {
  const safe = makeSafeExtension(ext);
  const exact = safe.endsWith('default') ? ext.slice(-'default'.length) : undefined;
  const candidates: DotQmailCandidate[] = [{ name: `.qmail${dash}${safe}`, default: exact }];
  for (let i = safe.length; i >= 0; i--) {
    if (i > 0 && safe[i - 1] !== '-') continue;
    candidates.push({ name: `.qmail${dash}${safe.slice(0, i)}default`, default: ext.slice(i) });
  }
  return candidates;
}

/**
 * May this name be looked up below a home? A slash in an extension reaches into a directory `.qmail-x`, as in qmail;
 * it never climbs (security.md F1), and a NUL is in no file name.
 */
export const isSafeCandidate = (name: string): boolean =>
  !name.includes('\0') && !/(?:^|\/)\.{0,2}(?:\/|$)/.test(name);

/**
 * Reads the lines of a .qmail file or of control/defaultdelivery. `forwardOnly` is the owner's execute bit of the
 * file: a safety catch for lists that others may edit. Lines without a meaning are left out.
 */
export function parseDotQmail(content: string, forwardOnly: boolean): readonly Instruction[] {
  const instructions: Instruction[] = [];
  let onlyForwards = forwardOnly;
  const lines = content.split('\n');
  // The last line may lack its line feed; after one there is no line.
  if (lines.at(-1) === '') lines.pop();
  for (const [index, whole] of lines.entries()) {
    // qmail-local: trailing blanks go, leading ones stay; what is done with the line ends at a NUL.
    const trimmed = whole.replace(/[ \t]+$/, '');
    const line = trimmed.replace(/\0.*/s, '');
    switch (line[0]) {
      case undefined:
        if (index > 0) break;
        return [{ type: 'refuse', text: 'Uh-oh: first line of .qmail file is blank. (#4.2.1)' }];
      case '#':
        break;
      case '+':
        if (line === '+list') onlyForwards = true;
        break;
      case '|':
        instructions.push(
          onlyForwards
            ? {
                type: 'refuse',
                text: 'Uh-oh: .qmail has prog delivery but has x bit set. (#4.7.0)',
              }
            : { type: 'program', command: line.slice(1) },
        );
        break;
      case '.':
      case '/':
        if (onlyForwards) {
          instructions.push({
            type: 'refuse',
            text: 'Uh-oh: .qmail has file delivery but has x bit set. (#4.7.0)',
          });
        } else {
          instructions.push({ type: trimmed.endsWith('/') ? 'maildir' : 'mbox', path: line });
        }
        break;
      default:
        // Exactly one & goes; what is left is the address, as it is.
        instructions.push({ type: 'forward', address: line[0] === '&' ? line.slice(1) : line });
    }
  }
  return instructions;
}
