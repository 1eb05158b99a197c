// Contacts of a file on their way in (webmail.md K4): which are new, which are there already, which lines hold nobody; then
// the work of adding them with their groups and pictures, and a report. Somebody is there already when one of the
// addresses is; without an address, when name, organisation and numbers are the same. What was added before the work was
// stopped stays, and Undo takes it away.
import type { ReadCard, ReadCards } from '../../message/card-file.ts';
import type { CardColumn } from '../../message/card-table.ts';
import type { MessageReader } from '../../message/types.ts';
import type { Formats } from '../shell/formats.ts';
import type { Job, JobOutcome } from '../state/jobs.ts';
import type { Translate } from '../words/words.ts';
import { isGroupName } from './group-pages.ts';
import { foldGroupName } from './groups.ts';
import { readPicture } from './picture.ts';
import type { Contacts } from './types.ts';
import { mostContacts } from './types.ts';

/** Lines that are told. */
const mostTold = 20;

export interface FoundCards extends ReadCards {
  /** Of a table; undefined for vCards. */
  readonly columns?: readonly CardColumn[];
}

/**
 * Reads a file of either kind by what it holds.
 * @param fields what the columns of a table hold
 * @returns undefined when it cannot be read
 */
export async function readImport(
  reader: MessageReader,
  file: Buffer,
  fields?: readonly string[],
): Promise<FoundCards | undefined> {
  // Also in UTF-16, where every other byte is 0.
  const start = file.toString('latin1', 0, 4096).replaceAll('\0', '');
  if (/^[^,;\t]*begin:vcard/i.test(start)) return reader.cards(file);
  // Bytes that no text has: a picture, an archive, a program.
  if (/[\u0001-\u0008\u000e-\u001f]/.test(start)) return undefined;
  return reader.cardTable(file, fields);
}

const keyOf = ({ name, organisation, phones }: Pick<ReadCard, 'name' | 'organisation' | 'phones'>): string =>
  JSON.stringify([
    name.toLowerCase(),
    organisation.toLowerCase(),
    ...phones.map(({ value }) => value.replace(/\D+/g, '')),
  ]);

/** Tells new cards from those that are there, or came before in the same file. */
export function sortImport(
  contacts: Contacts,
  owner: string,
  cards: readonly ReadCard[],
): { readonly fresh: readonly ReadCard[]; readonly known: number } {
  const addresses = new Set<string>();
  const others = new Set<string>();
  for (const contact of contacts.each(owner)) {
    for (const { value } of contact.emails) addresses.add(value.toLowerCase());
    if (contact.emails.length === 0) others.add(keyOf(contact));
  }
  const fresh = cards.filter((card) => {
    const values = card.emails.map(({ value }) => value.toLowerCase());
    const key = keyOf(card);
    if (values.length === 0 ? others.has(key) : values.some((value) => addresses.has(value))) return false;
    for (const value of values) addresses.add(value);
    if (values.length === 0) others.add(key);
    return true;
  });
  return { fresh, known: cards.length - fresh.length };
}

/** "3 are not readable: lines 7, 12, 30."; '' when all are. */
export function unreadableWords(problems: readonly number[], t: Translate, formats: Formats): string {
  if (problems.length === 0) return '';
  const lines = problems.slice(0, mostTold).map((line) => formats.number(line));
  if (problems.length > mostTold) lines.push('…');
  return t('contacts.unreadable', { n: problems.length, lines: lines.join(', ') });
}

/** Adds the cards. */
export async function importCards(
  contacts: Contacts,
  owner: string,
  found: FoundCards,
  job: Job,
  t: Translate,
  formats: Formats,
): Promise<JobOutcome> {
  const { fresh, known } = sortImport(contacts, owner, found.cards);
  const groups = new Map(contacts.groups(owner).map(({ id, name }) => [foldGroupName(name), id]));
  const groupOf = (name: string): readonly string[] => {
    const folded = foldGroupName(name);
    const id = groups.get(folded) ?? (isGroupName(name) ? contacts.addGroup(owner, name)?.id : undefined);
    if (id === undefined) return [];
    groups.set(folded, id);
    return [id];
  };
  const ids: string[] = [];
  let isFull = false;
  for (const { groups: named, picture, line: _line, ...card } of fresh) {
    if (job.signal.aborted) break;
    const saved = contacts.add(
      owner,
      card,
      picture === '' ? undefined : readPicture(Buffer.from(picture, 'base64')),
    );
    if (!saved.ok) {
      isFull = true;
      break;
    }
    ids.push(saved.contact.id);
    if (named.length > 0) contacts.setGroups(owner, saved.contact.id, named.flatMap(groupOf));
    job.step(ids.length, fresh.length);
    // Each is on disk when the call returns; others are answered in between.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const words = [
    t('contacts.imported', { n: ids.length }),
    known > 0 ? t('contacts.importKnown', { n: known }) : '',
    unreadableWords(found.problems, t, formats),
    isFull ? t('contacts.full', { n: mostContacts }) : '',
  ].filter((sentence) => sentence !== '');
  return {
    words: words.join(' '),
    href: '/contacts',
    ...(ids.length === 0 ? {} : { undo: { kind: 'contacts-recent', uses: [], ids } }),
  };
}
