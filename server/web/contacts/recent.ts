// The people one has written to (webmail.md K2): each letter adds to a person's score, and what it adds halves every
// thirty days, so that the score ranks by how often and how lately. Kept as a logarithm: what is in the table need not be
// touched when time passes. At most `mostRecent` an account; the lowest go.
import type { Address } from '../../mailbox/types.ts';
import type { StateDatabase } from '../state/database.ts';
import { type Contacts, mostRecent, type RecentPerson, type RememberedUse } from './types.ts';
import { wordLine } from './words.ts';

const halving = 30 * 24 * 3600_000;

/** log2 of the sum of 2^a and 2^b. Pure. */
const addPowers = (a: number, b: number): number => Math.max(a, b) + Math.log2(1 + 2 ** -Math.abs(a - b));

/** The score after one more letter. `score`: the one before, undefined for the first. Pure. */
export const raiseScore = (score: number | undefined, now: number): number =>
  score === undefined ? now / halving : addPowers(score, now / halving);

interface Use extends RememberedUse {
  readonly folded: string;
}

export function openRecent(
  database: StateDatabase,
  now: () => number,
): Pick<Contacts, 'collect' | 'recent' | 'wroteTo' | 'forget' | 'remember'> {
  const columns = 'folded, address, name, score, count, last as lastAt';
  const select = database.prepare<[string, string], Use>(
    `select ${columns} from web_contact_uses where owner = ? and folded = ?`,
  );
  const isContact = database.prepare(
    `select 1 from web_contact_addresses a join web_contacts c on c.key = a.contact
     where a.owner = ? and a.folded = ? and c.gone is null`,
  );
  const put = database.prepare('insert or replace into web_contact_uses values (?, ?, ?, ?, ?, ?, ?, ?)');
  const drop = database.prepare('delete from web_contact_uses where owner = ? and folded = ?');
  const dropLowest = database.prepare(
    `delete from web_contact_uses where owner = ? and folded in
       (select folded from web_contact_uses where owner = ? order by score desc limit -1 offset ${mostRecent})`,
  );
  const selectRecent = database.prepare<[string, number], RecentPerson>(
    `select name, address, count, last as lastAt from web_contact_uses u where owner = ?
       and not exists (select 1 from web_contact_addresses a join web_contacts c on c.key = a.contact
                       where a.owner = u.owner and a.folded = u.folded and c.gone is null)
     order by score desc limit ?`,
  );

  const write = (owner: string, { address, name, score, count, lastAt }: RememberedUse): void => {
    put.run(owner, address.toLowerCase(), address, name, wordLine([name, address]), score, count, lastAt);
  };

  const collectAll = database.transaction(
    (owner: string, people: readonly Address[], learns: boolean): void => {
      const seen = new Set([owner.toLowerCase()]);
      for (const { name, address } of people) {
        const folded = address.toLowerCase();
        if (seen.has(folded) || address.length > 320 || !address.includes('@')) continue;
        seen.add(folded);
        const known = select.get(owner, folded);
        if (!learns && isContact.get(owner, folded) === undefined) continue;
        write(owner, {
          address,
          name: (name || known?.name || '').slice(0, 200).toWellFormed(),
          score: raiseScore(known?.score, now()),
          count: (known?.count ?? 0) + 1,
          lastAt: now(),
        });
      }
      dropLowest.run(owner, owner);
    },
  );
  const forgetAll = database.transaction(
    (owner: string, addresses: readonly string[]): readonly RememberedUse[] =>
      addresses.flatMap((address) => {
        const folded = address.toLowerCase();
        const known = select.get(owner, folded);
        if (!known) return [];
        drop.run(owner, folded);
        const { folded: _folded, ...use } = known;
        return [use];
      }),
  );
  const rememberAll = database.transaction((owner: string, uses: readonly RememberedUse[]): void => {
    for (const use of uses) write(owner, use);
  });

  return {
    collect: collectAll,
    recent: (owner, limit) => selectRecent.all(owner, limit),
    wroteTo: (owner, address) => select.get(owner, address.toLowerCase()) !== undefined,
    forget: forgetAll,
    remember: rememberAll,
  };
}
