// Texts of a list as they go into letters (ezmlm(5) TEXT): DIR/text/NAME, that of the list's language, the site's
// (/etc/ezmlm/default/text), or ours (default-texts.ts), with tags replaced and sections chosen (substitution.ts).
import { join } from 'node:path';
import { defaultText } from './default-texts.ts';
import { ListError } from './errors.ts';
import { isPresent } from './files.ts';
import { fileOfLetter } from './flags.ts';
import { type CommandSet, localOfSet, type MailingList } from './list.ts';
import { formatText, type Substitutions } from './substitution.ts';

/** The values of a list and set; add target, confirmation and so on. */
export const valuesOf = (list: MailingList, set: CommandSet = '.'): Substitutions => ({
  outlocal: localOfSet(list, set),
  mainlocal: list.outlocal,
  outhost: list.outhost,
  directory: list.directory,
});

/**
 * A text, ready to be sent, as byte string. @param name without `text/`: `sub-ok`
 * @throws ListError 100: nobody has such a text; 111
 */
export async function readText(list: MailingList, name: string, values: Substitutions): Promise<string> {
  const text = (await list.read(`text/${name}`)) ?? defaultText(name);
  if (text === undefined) throw new ListError(100, `${list.directory}/text/${name} does not exist`);
  return formatText(text, values, (letter) => isSectionSet(list, letter));
}

/** A text if somebody has it: `trailer` is one that a list may be without. Ours do not count. */
export async function readOwnText(
  list: MailingList,
  name: string,
  values: Substitutions,
): Promise<string | undefined> {
  const text = await list.read(`text/${name}`);
  return text === undefined ? undefined : formatText(text, values, (letter) => isSectionSet(list, letter));
}

/** `<=ap=>`: small letters for set, capitals for not set; digits for an option with a word. Letters without meaning are set. */
async function isSectionSet(list: MailingList, letter: string): Promise<boolean> {
  const file = fileOfLetter(letter.toLowerCase());
  if (file === undefined) return letter === letter.toLowerCase();
  if (/[0-9]/.test(letter)) return isPresent(join(list.directory, file));
  return (await list.isSet(file)) === (letter === letter.toLowerCase());
}
