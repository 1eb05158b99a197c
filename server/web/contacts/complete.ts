// What a recipient field offers while somebody types (webmail.md 4.2): people written to by their score, then contacts and
// groups, then accounts of the same domain. An address is offered once, under the name that its owner's contact gives it.
import type { Account, AccountDirectory } from '../../../mta/accounts/types.ts';
import type { Address } from '../../mailbox/types.ts';
import type { StateDatabase } from '../state/database.ts';
import { createStatements } from '../state/statements.ts';
import type { Completion, Contacts } from './types.ts';
import { startsFit, typedStarts, wordLine } from './words.ts';

const most = 100;
/** Milliseconds for which the list of a domain is good. */
const directoryLife = 30_000;
/** A larger domain is not held in memory: it is searched by the longest word, accents as they are typed. */
const heldAccounts = 2_000;
const heldDomains = 50;

/** The accounts of a domain that fit to what is typed. */
export type FindColleagues = (domain: string, typed: string, limit: number) => Promise<readonly Address[]>;

/** Looks into the account store, and keeps what it saw of small domains for half a minute. */
export function createDomainSearch(
  accounts: Pick<AccountDirectory, 'searchAccounts'>,
  now: () => number,
): FindColleagues {
  interface Held {
    readonly at: number;
    /** Undefined: too many to hold. */
    readonly people: readonly (Address & { readonly line: string })[] | undefined;
  }
  const held = new Map<string, Held>();
  const withLine = (one: Address) => ({ ...one, line: wordLine([one.name, one.address]) });
  const look = async (domain: string): Promise<Held> => {
    const kept = held.get(domain);
    if (kept && now() - kept.at < directoryLife) return kept;
    const all = await accounts.searchAccounts(domain, '', heldAccounts + 1);
    const seen = { at: now(), people: all.length <= heldAccounts ? all.map(withLine) : undefined };
    held.delete(domain);
    held.set(domain, seen);
    for (const name of held.keys()) if (held.size > heldDomains) held.delete(name);
    return seen;
  };
  return async (domain, typed, limit) => {
    const starts = typedStarts(typed);
    let { people } = await look(domain);
    if (!people) {
      const [longest = ''] = typed.split(/[^\p{L}\p{N}]+/u).toSorted((a, b) => b.length - a.length);
      people = (await accounts.searchAccounts(domain, longest, 200)).map(withLine);
    }
    return people
      .filter(({ line }) => startsFit(line, starts))
      .slice(0, limit)
      .map(({ name, address }) => ({ name, address }));
  };
}

export function openCompletion(
  database: StateDatabase,
  findColleagues: FindColleagues,
  groupMembers: Contacts['groupMembers'],
): Contacts['complete'] {
  const prepare = createStatements(database);
  const fitting = (starts: readonly string[], column: string): string =>
    ` and instr(${column}, ?) > 0`.repeat(starts.length);

  return async (account: Pick<Account, 'address' | 'domain'>, typed, limit) => {
    const owner = account.address;
    const starts = typedStarts(typed);
    const wanted = Math.min(Math.max(1, limit), most);
    // Something was typed, and nothing of it is the start of a word.
    if (starts.length === 0 && typed.trim() !== '') return [];
    const found = new Map<string, Completion>();
    const offer = (kind: 'recent' | 'contact' | 'domain', people: readonly Address[]): void => {
      for (const { name, address } of people) {
        const key = address.toLowerCase();
        if (found.size < wanted && !found.has(key)) found.set(key, { kind, name, address });
      }
    };

    offer(
      'recent',
      prepare<Address>(
        `select coalesce(
             (select nullif(json_extract(c.card, '$.name'), '') from web_contact_addresses a
              join web_contacts c on c.key = a.contact
              where a.owner = u.owner and a.folded = u.folded and c.gone is null order by c.key limit 1),
             u.name) as name, u.address
           from web_contact_uses u where u.owner = ?${fitting(starts, 'u.words')} order by u.score desc limit ?`,
      ).all(owner, ...starts, wanted),
    );
    if (typed.trim() === '') return [...found.values()];
    offer(
      'contact',
      prepare<Address>(
        `select json_extract(c.card, '$.name') as name, a.address
           from web_contact_addresses a join web_contacts c on c.key = a.contact
           where a.owner = ? and c.gone is null${fitting(starts, 'a.words')} order by c.sort, a.place limit ?`,
      ).all(owner, ...starts, wanted),
    );
    const groups = prepare<{ name: string }>(
      `select name from web_contact_groups where owner = ?${fitting(starts, 'words')} order by folded limit ?`,
    ).all(owner, ...starts, wanted);
    for (const { name } of groups) {
      const members = groupMembers(owner, name) ?? [];
      if (found.size < wanted && members.length > 0)
        found.set(`group ${name}`, { kind: 'group', name, members });
    }
    if (found.size < wanted) {
      const colleagues = await findColleagues(account.domain, typed, wanted);
      offer(
        'domain',
        colleagues.filter(({ address }) => address.toLowerCase() !== owner.toLowerCase()),
      );
    }
    return [...found.values()];
  };
}
