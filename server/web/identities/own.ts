// Under which addresses somebody may write (spec/webmail.md T2, 4.6; security.md W6), and how they do: the administration
// says which addresses are theirs, the store what they keep about each. Nothing that a form says makes an address theirs.
import type { Administration, OwnAddresses } from '../../../mta/accounts/administration.ts';
import { NoSuchObject } from '../../../mta/accounts/administration.ts';
import type { Account } from '../../../mta/accounts/types.ts';
import type { IdentityRecord, IdentityStore } from './store.ts';

/** An address of one's own with what is kept about it. */
export interface Identity extends IdentityRecord {
  /** Somebody chose something for it. */
  readonly isKept: boolean;
}

export interface Identities {
  /** The default first, then as the administration names them. Never empty: the account's own address is always there. */
  list(account: Account): Promise<readonly Identity[]>;
  /** Catch-alls: `*@example.com`. */
  patterns(account: Account): Promise<readonly string[]>;
  /** The identity of an address of one's own, also with a tag or of a pattern; undefined: not theirs. */
  find(account: Account, address: string): Promise<Identity | undefined>;
  /** Which of some addresses are one's own; a test for many at once. */
  ownTest(account: Account, addresses: readonly string[]): Promise<(address: string) => boolean>;
  readonly store: IdentityStore;
}

const trustMs = 5_000;

const plain = (address: string): string => address.toLowerCase().replace(/\+[^@]*@/, '@');

/** Makes the identities of one web role. */
export function createIdentities(
  administration: Pick<Administration, 'ownAddresses'>,
  store: IdentityStore,
  now: () => number,
): Identities {
  const kept = new Map<string, { readonly until: number; readonly own: Promise<OwnAddresses> }>();

  const ask = async (account: Account, about?: string): Promise<OwnAddresses> => {
    const actor = { kind: 'account', address: account.address, ip: '' } as const;
    try {
      return await administration.ownAddresses(actor, about);
    } catch (error) {
      // The account goes away while its last request runs.
      if (error instanceof NoSuchObject) return { addresses: [], patterns: [] };
      throw error;
    }
  };

  /** Asked for at most every few seconds: a page shows it, a letter that leaves is checked by `find`. */
  const ownOf = (account: Account): Promise<OwnAddresses> => {
    const known = kept.get(account.address);
    if (known && known.until > now()) return known.own;
    const own = ask(account);
    if (kept.size > 2000) kept.clear();
    kept.set(account.address, { until: now() + trustMs, own });
    own.catch(() => kept.delete(account.address));
    return own;
  };

  const usual = (account: Account, address: string): Identity => ({
    address,
    name: account.gecos,
    replyTo: '',
    bcc: '',
    organisation: '',
    signature: '',
    signatureHtml: '',
    sentFolder: '',
    isDefault: false,
    isKept: false,
  });

  async function list(account: Account): Promise<readonly Identity[]> {
    const own = await ownOf(account);
    const records = new Map(store.list(account.address).map((record) => [record.address, record]));
    const addresses = new Set([account.address, ...own.addresses]);
    const fits = (address: string) =>
      own.patterns.some((pattern) => {
        const star = pattern.indexOf('*');
        return address.startsWith(pattern.slice(0, star)) && address.endsWith(pattern.slice(star + 1));
      });
    // Of a pattern only those show that somebody made.
    for (const address of records.keys()) {
      const isOfPattern = !addresses.has(address) && (addresses.has(plain(address)) || fits(address));
      if (isOfPattern && (await ask(account, address)).isOwn) addresses.add(address);
    }
    const all = [...addresses].map((address): Identity => {
      const record = records.get(address);
      return record ? { ...record, isKept: true } : usual(account, address);
    });
    const first = all.find((one) => one.isDefault) ?? all[0]!;
    return [{ ...first, isDefault: true }, ...all.filter((one) => one !== first)];
  }

  return {
    list,
    patterns: async (account) => (await ownOf(account)).patterns,
    async find(account, address) {
      const wanted = address.trim().toLowerCase();
      // Most letters are begun under no address that was asked for.
      if (wanted === '' || wanted.length > 320) return undefined;
      const all = await list(account);
      const known = all.find((one) => one.address === wanted);
      if (wanted === account.address) return known;
      if (!(await ask(account, wanted)).isOwn) return undefined;
      if (known) return known;
      const base = all.find((one) => one.address === plain(wanted)) ?? all[0]!;
      return { ...base, address: wanted, isDefault: false };
    },
    async ownTest(account, addresses) {
      const own = await ownOf(account);
      const found = new Set([account.address, ...own.addresses]);
      // Mail to a catch-all's names is one's own mail, unless the name is somebody's.
      const unsure = [...new Set(addresses.map((one) => one.toLowerCase()))].filter((one) => {
        if (found.has(one) || found.has(plain(one))) return false;
        return own.patterns.some((pattern) => one.endsWith(pattern.slice(pattern.indexOf('*') + 1)));
      });
      for (const address of unsure.slice(0, 50)) if ((await ask(account, address)).isOwn) found.add(address);
      return (address) => found.has(address.toLowerCase()) || found.has(plain(address));
    },
    store,
  };
}
