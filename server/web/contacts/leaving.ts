// Contacts as files on their way out: vCards with their pictures and groups, or a table. Made piece by piece, so that no
// address book stands in memory as a whole.
import { writeCard } from '../../message/card-file.ts';
import { cardTableHead, cardTableLine } from '../../message/card-table.ts';
import type { Contact, Contacts } from './types.ts';

/** Names of the groups of a contact. */
function groupNames(contacts: Contacts, owner: string): (contact: Contact) => readonly string[] {
  const names = new Map(contacts.groups(owner).map(({ id, name }) => [id, name]));
  return (contact) =>
    contact.groups.flatMap((id) => {
      const name = names.get(id);
      return name === undefined ? [] : [name];
    });
}

/** @param wanted one contact, the id of a group, or undefined for all */
export function* leavingCards(
  contacts: Contacts,
  owner: string,
  wanted?: Contact | string,
): Generator<string> {
  const groupsOf = groupNames(contacts, owner);
  const found = typeof wanted === 'object' ? [wanted] : contacts.each(owner, wanted);
  for (const contact of found) {
    const picture = contact.hasPicture ? contacts.pictureOf(owner, contact.id) : undefined;
    yield writeCard({ ...contact, groups: groupsOf(contact), picture });
  }
}

/** @param group its id; undefined for all */
export function* leavingTable(contacts: Contacts, owner: string, group?: string): Generator<string> {
  const groupsOf = groupNames(contacts, owner);
  let [emails, phones] = [1, 1];
  for (const contact of contacts.each(owner, group)) {
    emails = Math.max(emails, contact.emails.length);
    phones = Math.max(phones, contact.phones.length);
  }
  yield cardTableHead(emails, phones);
  for (const contact of contacts.each(owner, group))
    yield cardTableLine({ ...contact, groups: groupsOf(contact) }, emails, phones);
}

/** Characters of one file: cards have pictures, and a file of an archive is made as a whole. */
const longestFile = 8 * 1_048_576;

/** All contacts as files of an archive: `contacts.vcf`, and where it would be too large `contacts-2.vcf` and so on. */
export function* contactFiles(
  contacts: Contacts,
  owner: string,
  time: number,
): Generator<{ readonly name: string; readonly content: Buffer; readonly time: number }> {
  let pieces: string[] = [];
  let size = 0;
  let files = 0;
  const file = () => {
    files += 1;
    const content = Buffer.from(pieces.join(''));
    pieces = [];
    size = 0;
    return { name: files === 1 ? 'contacts.vcf' : `contacts-${files}.vcf`, content, time };
  };
  for (const piece of leavingCards(contacts, owner)) {
    if (size > 0 && size + piece.length > longestFile) yield file();
    pieces.push(piece);
    size += piece.length;
  }
  if (size > 0) yield file();
}
