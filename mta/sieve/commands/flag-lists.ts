// Lists of IMAP flags (RFC 5232 2): strings hold one or more, parted by blanks; what is no flag of IMAP is passed over, and
// each counts once whatever its case.
import type { Call, TagDefinition } from '../language/signature.ts';
import type { Text } from '../language/text.ts';
import type { Run } from '../run-state.ts';

export const flagsTag: TagDefinition = { name: 'flags', value: 'strings', capability: 'imap4flags' };

/** Of one letter. */
const MOST_FLAGS = 100;

const systemFlags = ['\\Answered', '\\Flagged', '\\Deleted', '\\Seen', '\\Draft'] as const;
const bySmall = new Map<string, string>(systemFlags.map((flag) => [flag.toLowerCase(), flag]));

/** RFC 9051 9: a keyword is an atom; of flags with a backslash only those that a client may set (not \Recent). */
const isKeyword = (flag: string): boolean =>
  flag.length <= 200 && /^[^\x00-\x20\x7f-\uffff(){%*"\\\]]+$/.test(flag);

/** Flags of strings: valid ones, each once, in their order. */
export function listFlags(texts: readonly string[]): readonly string[] {
  const flags = new Map<string, string>();
  for (const text of texts)
    for (const word of text.split(/[ \t\r\n]+/)) {
      const small = word.toLowerCase();
      const flag = bySmall.get(small) ?? (isKeyword(word) ? word : undefined);
      if (flag !== undefined && !flags.has(small) && flags.size < MOST_FLAGS) flags.set(small, flag);
    }
  return [...flags.values()];
}

/** RFC 5232 5: :flags of an action, else the internal variable as it is then. */
export function readFlags(call: Call): (run: Run) => readonly string[] {
  const texts: readonly Text[] | undefined = call.texts('flags');
  if (texts === undefined) return (run) => run.flags;
  return (run) => listFlags(texts.map((text) => text.valueIn(run)));
}
