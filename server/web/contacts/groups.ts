// Groups of contacts (webmail.md K3): a name and its members, kept in the state database. Two groups of an account never
// have names that differ only in case or accents, so a name typed as a recipient means one of them.
import { randomBytes } from 'node:crypto';
import { foldForSort } from '../../mailbox/fold.ts';
import type { Address } from '../../mailbox/types.ts';
import type { StateDatabase } from '../state/database.ts';
import { createFew } from '../state/few.ts';
import { durably } from './tables.ts';
import { type Contacts, type Group, mostGroups, type RemovedGroup } from './types.ts';
import { wordLine } from './words.ts';

type GroupCalls = Pick<
  Contacts,
  'groups' | 'addGroup' | 'renameGroup' | 'removeGroup' | 'restoreGroup' | 'groupMembers'
>;

/** Characters of a group's name. */
export const longestGroupName = 100;

/** Equal for names that may not stand beside each other. */
export const foldGroupName = (name: string): string => foldForSort(name, longestGroupName);

export function openGroups(database: StateDatabase): GroupCalls {
  const selectAll = database.prepare<[string], Group>(
    `select g.id, g.name, (select count(*) from web_contact_members m join web_contacts c on c.key = m.contact
       where m.part_of = g.key and c.gone is null) as size
     from web_contact_groups g where g.owner = ? order by g.folded`,
  );
  const selectOne = database.prepare<[string, string], { key: number; id: string; name: string }>(
    'select key, id, name from web_contact_groups where owner = ? and id = ?',
  );
  const selectMembers = database
    .prepare<[number], string>(
      'select c.id from web_contact_members m join web_contacts c on c.key = m.contact where m.part_of = ?',
    )
    .pluck();
  const countAll = database
    .prepare<[string], number>('select count(*) from web_contact_groups where owner = ?')
    .pluck();
  const insert = database.prepare(
    'insert or ignore into web_contact_groups (owner, id, name, folded, words) values (?, ?, ?, ?, ?)',
  );
  const rename = database.prepare(
    'update or ignore web_contact_groups set name = ?, folded = ?, words = ? where owner = ? and id = ?',
  );
  const remove = database.prepare('delete from web_contact_groups where owner = ? and id = ?');
  const join = database.prepare(
    `insert or ignore into web_contact_members
     select c.key, g.key from web_contacts c, web_contact_groups g
     where c.owner = ? and c.id = ? and g.owner = c.owner and g.id = ?`,
  );
  const selectByName = database
    .prepare<[string, string], number>('select key from web_contact_groups where owner = ? and folded = ?')
    .pluck();
  const selectAddresses = database.prepare<[number], { card: string; address: string }>(
    `select c.card, a.address from web_contact_members m join web_contacts c on c.key = m.contact
       join web_contact_addresses a on a.contact = c.key and a.place = 0
     where m.part_of = ? and c.gone is null order by c.sort`,
  );

  const { hasSome, gets } = createFew(database, 'web_contact_groups', 'owner');
  const put = (owner: string, id: string, name: string): boolean => {
    gets(owner);
    return insert.run(owner, id, name, foldGroupName(name), wordLine([name])).changes === 1;
  };
  const removeOne = database.transaction((owner: string, id: string): RemovedGroup | undefined => {
    const group = selectOne.get(owner, id);
    if (!group) return undefined;
    const members = selectMembers.all(group.key);
    remove.run(owner, id);
    return { id, name: group.name, members };
  });
  const restoreOne = database.transaction((owner: string, removed: RemovedGroup): void => {
    put(owner, removed.id, removed.name);
    for (const member of removed.members) join.run(owner, member, removed.id);
  });

  return {
    groups: (owner) => (hasSome(owner) ? selectAll.all(owner) : []),
    addGroup(owner, name) {
      const id = randomBytes(9).toString('base64url');
      if (name === '' || (countAll.get(owner) ?? 0) >= mostGroups) return undefined;
      return durably(database, () => put(owner, id, name)) ? { id, name, size: 0 } : undefined;
    },
    renameGroup: (owner, id, name) =>
      name !== '' &&
      durably(database, () => rename.run(name, foldGroupName(name), wordLine([name]), owner, id)).changes ===
        1,
    removeGroup: (owner, id) => durably(database, () => removeOne(owner, id)),
    restoreGroup: (owner, removed) => durably(database, () => restoreOne(owner, removed)),
    groupMembers(owner, name) {
      const key = selectByName.get(owner, foldGroupName(name));
      if (key === undefined) return undefined;
      return selectAddresses.all(key).map(({ card, address }): Address => {
        const { name: own } = JSON.parse(card) as { name: string };
        return { name: own, address };
      });
    },
  };
}
