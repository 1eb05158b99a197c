// Contacts kept in the state database: adding, changing, taking away, listing by pages. What a person saves is on disk when
// the call returns. A form that was made before somebody else saved is refused, not merged (`changed`).
import { randomBytes } from 'node:crypto';
import { foldForSort } from '../../mailbox/fold.ts';
import type { StateDatabase } from '../state/database.ts';
import { createStatements } from '../state/statements.ts';
import { durably } from './tables.ts';
import type { Card, Contact, ContactPage, ContactRow, Contacts, Picture, Saved } from './types.ts';
import { mostContacts } from './types.ts';
import { typedStarts, wordLine } from './words.ts';

type CardCalls = Pick<
  Contacts,
  | 'list'
  | 'find'
  | 'findByAddress'
  | 'pictureOf'
  | 'add'
  | 'save'
  | 'remove'
  | 'restore'
  | 'count'
  | 'addresses'
  | 'each'
  | 'setGroups'
>;

interface Row {
  readonly key: number;
  readonly id: string;
  readonly sort: string;
  readonly card: string;
  readonly changed: number;
  readonly picture: number;
}

/** How long what was taken away can come back, milliseconds: as long as any Undo. */
export const restorable = 24 * 3600_000;

/** What to call a card: its name, else whatever it has. */
export const cardName = (card: Card): string =>
  card.name ||
  card.emails[0]?.value ||
  card.organisation ||
  card.phones[0]?.value ||
  card.note.split('\n', 1)[0] ||
  '?';

const rowOf = ({ id, card, picture }: Row): ContactRow => {
  const kept = JSON.parse(card) as Card;
  return {
    id,
    name: cardName(kept),
    address: kept.emails[0]?.value ?? '',
    organisation: kept.organisation,
    hasPicture: picture === 1,
  };
};

/** Position in the list: the sort key and the id that settles equal ones. */
const cursorOf = (row: Row): string => Buffer.from(JSON.stringify([row.sort, row.id])).toString('base64url');

function readCursor(cursor: string | undefined): readonly [string, string] | undefined {
  if (cursor === undefined || cursor.length > 2000) return undefined;
  try {
    const read: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (!Array.isArray(read) || read.length !== 2) return undefined;
    const [sort, id]: unknown[] = read;
    return typeof sort === 'string' && typeof id === 'string' ? [sort, id] : undefined;
  } catch {
    return undefined;
  }
}

const columns = `c.key, c.id, c.sort, c.card, c.changed,
  exists (select 1 from web_contact_pictures p where p.contact = c.key) as picture`;

export function openCards(database: StateDatabase, now: () => number): CardCalls {
  const selectOne = database.prepare<[string, string], Row>(
    `select ${columns} from web_contacts c where c.owner = ? and c.id = ? and c.gone is null`,
  );
  const selectAddresses = database
    .prepare<[string, number], string>(
      `select distinct a.folded from web_contact_addresses a join web_contacts c on c.key = a.contact
       where a.owner = ? and c.gone is null order by a.folded limit ?`,
    )
    .pluck();
  const selectByAddress = database.prepare<[string, string], Row>(
    `select ${columns} from web_contact_addresses a join web_contacts c on c.key = a.contact
     where a.owner = ? and a.folded = ? and c.gone is null order by c.key limit 1`,
  );
  const selectPicture = database.prepare<[string, string], Picture>(
    `select p.type, p.bytes from web_contact_pictures p join web_contacts c on c.key = p.contact
     where c.owner = ? and c.id = ? and c.gone is null`,
  );
  const selectGroups = database
    .prepare<[number], string>(
      `select g.id from web_contact_members m join web_contact_groups g on g.key = m.part_of
       where m.contact = ? order by g.folded`,
    )
    .pluck();
  const countAll = database
    .prepare<[string], number>('select count(*) from web_contacts where owner = ? and gone is null')
    .pluck();
  const insert = database.prepare(
    'insert into web_contacts (owner, id, sort, words, card, changed) values (?, ?, ?, ?, ?, ?)',
  );
  const update = database.prepare(
    'update web_contacts set sort = ?, words = ?, card = ?, changed = ? where key = ?',
  );
  const removeAddresses = database.prepare('delete from web_contact_addresses where contact = ?');
  const insertAddress = database.prepare('insert into web_contact_addresses values (?, ?, ?, ?, ?, ?)');
  const setPicture = database.prepare('insert or replace into web_contact_pictures values (?, ?, ?)');
  const removePicture = database.prepare('delete from web_contact_pictures where contact = ?');
  const mark = database.prepare(
    'update web_contacts set gone = ? where owner = ? and id = ? and gone is null',
  );
  const unmark = database.prepare('update web_contacts set gone = null where owner = ? and id = ?');
  const leaveGroups = database.prepare('delete from web_contact_members where contact = ?');
  const joinGroup = database.prepare(
    'insert or ignore into web_contact_members select ?, key from web_contact_groups where owner = ? and id = ?',
  );

  const contactOf = (row: Row): Contact => ({
    ...(JSON.parse(row.card) as Card),
    id: row.id,
    changedAt: row.changed,
    hasPicture: row.picture === 1,
    groups: selectGroups.all(row.key),
  });

  const fields = (card: Card): readonly [sort: string, words: string, card: string] => [
    foldForSort(cardName(card), 200),
    wordLine([
      card.name,
      card.organisation,
      ...card.emails.map(({ value }) => value),
      ...card.phones.flatMap(({ value }) => [value, value.replace(/\D+/g, '')]),
    ]),
    JSON.stringify(card),
  ];

  const writeParts = (
    key: number | bigint,
    owner: string,
    card: Card,
    picture: Picture | null | undefined,
  ): void => {
    removeAddresses.run(key);
    for (const [place, { value }] of card.emails.entries())
      insertAddress.run(key, owner, place, value, value.toLowerCase(), wordLine([card.name, value]));
    if (picture === null) removePicture.run(key);
    else if (picture) setPicture.run(key, picture.type, picture.bytes);
  };

  const addOne = database.transaction((owner: string, card: Card, picture: Picture | undefined): Saved => {
    if ((countAll.get(owner) ?? 0) >= mostContacts) return { ok: false, reason: 'full' };
    const id = randomBytes(9).toString('base64url');
    const { lastInsertRowid } = insert.run(owner, id, ...fields(card), now());
    writeParts(lastInsertRowid, owner, card, picture);
    return { ok: true, contact: contactOf(selectOne.get(owner, id)!) };
  });

  const saveOne = database.transaction(
    (
      owner: string,
      id: string,
      card: Card,
      seen: number | undefined,
      picture: Picture | null | undefined,
    ): Saved => {
      const row = selectOne.get(owner, id);
      if (!row) return { ok: false, reason: 'gone' };
      if (seen !== undefined && seen !== row.changed) return { ok: false, reason: 'changed' };
      // Later than before also when the clock went back: the number says which save it was.
      update.run(...fields(card), Math.max(now(), row.changed + 1), row.key);
      writeParts(row.key, owner, card, picture);
      return { ok: true, contact: contactOf(selectOne.get(owner, id)!) };
    },
  );

  const markAll = database.transaction((owner: string, ids: readonly string[]): readonly string[] =>
    ids.filter((id) => mark.run(now(), owner, id).changes === 1),
  );
  const unmarkAll = database.transaction((owner: string, ids: readonly string[]): void => {
    for (const id of ids) unmark.run(owner, id);
  });
  const placeIn = database.transaction((owner: string, id: string, groups: readonly string[]): void => {
    const row = selectOne.get(owner, id);
    if (!row) return;
    leaveGroups.run(row.key);
    for (const group of groups) joinGroup.run(row.key, owner, group);
  });

  /** The condition of a query and its values. */
  const conditionOf = (
    owner: string,
    { search = '', group }: { readonly search?: string | undefined; readonly group?: string | undefined },
  ): { readonly where: string; readonly values: readonly string[] } => {
    const starts = typedStarts(search);
    const nothing = starts.length === 0 && search.trim() !== '' ? ' and false' : '';
    const inGroup =
      group === undefined
        ? ''
        : ` and exists (select 1 from web_contact_members m join web_contact_groups g on g.key = m.part_of
            where m.contact = c.key and g.id = ?)`;
    return {
      where: `c.owner = ? and c.gone is null${' and instr(c.words, ?) > 0'.repeat(starts.length)}${nothing}${inGroup}`,
      values: [owner, ...starts, ...(group === undefined ? [] : [group])],
    };
  };
  const prepare = createStatements(database);
  const select = (tail: string) => prepare<Row>(`select ${columns} from web_contacts c ${tail}`);

  return {
    list(owner, query): ContactPage {
      const { where, values } = conditionOf(owner, query);
      const limit = Math.min(Math.max(1, query.limit), 500);
      const before = readCursor(query.before);
      const after = before ? undefined : readCursor(query.after);
      const cursor = before ?? after;
      const beyond = cursor ? ` and (c.sort, c.id) ${before ? '<' : '>'} (?, ?)` : '';
      const way = before ? 'desc' : 'asc';
      const found = select(
        `where ${where}${beyond} order by c.sort ${way}, c.id ${way} limit ${limit + 1}`,
      ).all(...values, ...(cursor ?? []));
      const rows = found.slice(0, limit);
      if (before) rows.reverse();
      const total =
        prepare<{ n: number }>(`select count(*) as n from web_contacts c where ${where}`).get(...values)?.n ??
        0;
      const more = found.length > limit;
      const [first, last] = [rows[0], rows.at(-1)];
      return {
        rows: rows.map(rowOf),
        total,
        previous: first && (before ? more : after !== undefined) ? cursorOf(first) : undefined,
        next: last && (before ? true : more) ? cursorOf(last) : undefined,
      };
    },
    find(owner, id) {
      const row = selectOne.get(owner, id);
      return row && contactOf(row);
    },
    findByAddress(owner, address) {
      const row = selectByAddress.get(owner, address.toLowerCase());
      return row && rowOf(row);
    },
    pictureOf: (owner, id) => selectPicture.get(owner, id),
    add: (owner, card, picture) => durably(database, () => addOne(owner, card, picture)),
    save: (owner, id, card, seen, picture) =>
      durably(database, () => saveOne(owner, id, card, seen, picture)),
    remove: (owner, ids) => durably(database, () => markAll(owner, ids)),
    restore: (owner, ids) => durably(database, () => unmarkAll(owner, ids)),
    count: (owner) => countAll.get(owner) ?? 0,
    addresses: (owner, most) => selectAddresses.all(owner, most),
    *each(owner, group) {
      const { where, values } = conditionOf(owner, { group });
      // By pages, so that nothing holds the database between two cards.
      let cursor: readonly [string, string] | undefined;
      for (;;) {
        const rows = select(
          `where ${where}${cursor ? ' and (c.sort, c.id) > (?, ?)' : ''} order by c.sort, c.id limit 200`,
        ).all(...values, ...(cursor ?? []));
        yield* rows.map(contactOf);
        const last = rows.at(-1);
        if (!last || rows.length < 200) return;
        cursor = [last.sort, last.id];
      }
    },
    setGroups: (owner, id, groups) => durably(database, () => placeIn(owner, id, groups)),
  };
}
