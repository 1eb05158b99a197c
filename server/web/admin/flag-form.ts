// The flags of an account as the ticks of a form, with what the domain switched off for all its accounts beside them.
import type { Translate } from '../words/words.ts';
import { flagGroups } from './flags.ts';

/** `own`: bits of the account; `effective`: with the domain's switches. */
export function flagForm(level: 'domain' | 'system', own: number, effective: number, t: Translate) {
  return flagGroups
    .map(({ label, flags }) => ({
      label: t(label),
      flags: flags
        .filter((field) => level === 'system' || field.level === 'domain')
        .map(({ name, bit, sentence }) => ({
          name,
          words: t(sentence),
          byDomain: (effective & bit) !== 0 && (own & bit) === 0,
        })),
    }))
    .filter(({ flags }) => flags.length > 0);
}
