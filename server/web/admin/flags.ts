// The flags of an account (spec/vpopmail.md 2.3) as people read them: each a sentence in the form, a short word in the
// list, and a fixed word in CSV files.
import { AccountFlag } from '../../../mta/accounts/types.ts';
import type { WordKey } from '../words/words.ts';

type FlagName = keyof typeof AccountFlag;

export interface FlagField {
  readonly name: FlagName;
  readonly bit: number;
  readonly sentence: WordKey;
  readonly tag: WordKey;
  readonly level: 'domain' | 'system';
}

const flag = (name: FlagName, level: 'domain' | 'system' = 'domain'): FlagField => ({
  name,
  bit: AccountFlag[name],
  sentence: `admin.flag.${name}` as WordKey,
  tag: `admin.tag.${name}` as WordKey,
  level,
});

/** In groups as the form shows them. */
export const flagGroups: readonly { readonly label: WordKey; readonly flags: readonly FlagField[] }[] = [
  {
    label: 'admin.flagsService',
    flags: [
      flag('noImap'),
      flag('noPop'),
      flag('noWebmail'),
      flag('noSmtp'),
      flag('noRelay'),
      flag('noDialup'),
      flag('noPasswordChange'),
    ],
  },
  {
    label: 'admin.flagsMail',
    flags: [flag('bounceMail'), flag('noSpamAssassin'), flag('deleteSpam'), flag('noMaildrop')],
  },
  {
    label: 'admin.flagsRights',
    flags: [
      flag('domainAdmin'),
      flag('override', 'system'),
      flag('systemAdmin', 'system'),
      flag('systemExpert', 'system'),
    ],
  },
  { label: 'admin.flagsSite', flags: [flag('user0'), flag('user1'), flag('user2'), flag('user3')] },
];

export const allFlags: readonly FlagField[] = flagGroups.flatMap(({ flags }) => flags);

/** The flags that a level sees in the form. */
export const visibleFlags = (level: 'domain' | 'system'): readonly FlagField[] =>
  allFlags.filter((field) => level === 'system' || field.level === 'domain');

/** The bits after the form: those that it shows as ticked, all others as they are stored. */
export function readFlags(ticked: readonly string[], stored: number, level: 'domain' | 'system'): number {
  return visibleFlags(level).reduce(
    (flags, { name, bit }) => (ticked.includes(name) ? flags | bit : flags & ~bit),
    stored,
  );
}

/** Names of the flags that are on. */
export const flagNames = (flags: number): readonly FlagName[] =>
  allFlags.filter(({ bit }) => (flags & bit) !== 0).map(({ name }) => name);

/** The sum of flags by their names, without regard to case; the first name that is none. */
export function flagsOfNames(names: readonly string[]): {
  readonly flags: number;
  readonly unknown: string | undefined;
} {
  let flags = 0;
  for (const written of names) {
    const found = allFlags.find(({ name }) => name.toLowerCase() === written.toLowerCase());
    if (!found) return { flags, unknown: written };
    flags |= found.bit;
  }
  return { flags, unknown: undefined };
}
