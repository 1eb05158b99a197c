// What the account store refused, as the faults of the form that asked: a rule's words stand beside their field, "not
// now" above the form. Everything that was typed stays, whatever the reason.
import { Busy, Refusal } from '../../../mta/accounts/administration.ts';
import type { Translate } from '../words/words.ts';
import type { Fault } from './form.ts';

/** The words of a rule as a sentence. An address or a file at its beginning stays as it is. */
export function sentence(words: string): string {
  const text = words.trim();
  const isWord = /^\p{L}+(?=[\s,;:’]|$)/u.test(text);
  const first = isWord ? `${text.slice(0, 1).toUpperCase()}${text.slice(1)}` : text;
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

/** What a refused form shows; `fields` are the names of its inputs. Anything that is no refusal is thrown again. */
export function faultsOf(error: unknown, fields: readonly string[], t: Translate): readonly Fault[] {
  if (error instanceof Refusal)
    return [{ field: fields.includes(error.field) ? error.field : '', words: sentence(error.message) }];
  if (error instanceof Busy) return [{ field: '', words: t('admin.busy') }];
  throw error;
}
