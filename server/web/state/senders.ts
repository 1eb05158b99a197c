// How a person reads the mail of a sender (webmail.md 3.3, 3.8, V6): pictures of the web always, with or without the
// sender's formatting, on dark paper. Kept in the state database by address, pictures also by domain (`@example.org`).
// What a site of before kept in STATE/preferences/*.json is taken over once. Bounded: of the oldest so many go.
import { readdir, readFile, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type Log, quoted } from '../../../mta/log.ts';
import type { StateDatabase } from './database.ts';
import { createFew } from './few.ts';

/** What can be remembered, and its values. */
export interface SenderWays {
  readonly pictures: 'always';
  readonly body: 'html' | 'text';
  readonly paper: 'light' | 'dark';
}
export type SenderWay = keyof SenderWays;

const values: { readonly [Way in SenderWay]: readonly SenderWays[Way][] } = {
  pictures: ['always'],
  body: ['html', 'text'],
  paper: ['light', 'dark'],
};

export interface RememberedSender {
  /** An address, or `@domain`. */
  readonly sender: string;
  readonly value: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface Senders {
  /** What holds for a sender, by his address or his domain. */
  read(account: string, sender: string): Partial<SenderWays>;
  /** What is remembered under this very name, an address or `@domain`. */
  exact(account: string, sender: string): Partial<SenderWays>;
  /** Undefined forgets. Throws TypeError for a value that there is not. */
  remember<Way extends SenderWay>(
    account: string,
    sender: string,
    way: Way,
    value: SenderWays[Way] | undefined,
  ): void;
  /** Senders of whom a way is remembered, by name. */
  list(account: string, way: SenderWay): readonly RememberedSender[];
}

/** Choices that one account keeps of one way. */
const mostKept = 5000;

const domainOf = (address: string): string => address.slice(address.lastIndexOf('@'));

export function openSenders(database: StateDatabase, now: () => number): Senders {
  database.exec(
    'create table if not exists web_senders (account text not null, sender text not null, way text not null, value text not null, at integer not null, primary key (account, way, sender)) without rowid',
  );
  const select = database.prepare<[string, string, string], { way: string; value: string }>(
    'select way, value from web_senders where account = ? and sender in (?, ?) order by sender',
  );
  const insert = database.prepare('insert or replace into web_senders values (?, ?, ?, ?, ?)');
  const remove = database.prepare('delete from web_senders where account = ? and sender = ? and way = ?');
  const bound = database.prepare(
    'delete from web_senders where account = ? and way = ? and sender in (select sender from web_senders where account = ? and way = ? order by at desc limit -1 offset ?)',
  );
  const all = database.prepare<[string, string], RememberedSender>(
    'select sender, value, at from web_senders where account = ? and way = ? order by sender',
  );
  const { hasSome, gets } = createFew(database, 'web_senders', 'account');
  /** The domain first, so that the address itself has the last word. */
  const find = (account: string, domain: string, sender: string): Partial<SenderWays> => {
    const found: Record<string, string> = {};
    if (!hasSome(account)) return {};
    for (const { way, value } of select.all(account, domain.toLowerCase(), sender.toLowerCase()))
      if ((values[way as SenderWay] as readonly string[] | undefined)?.includes(value)) found[way] = value;
    return found as Partial<SenderWays>;
  };
  return {
    read: (account, sender) => find(account, domainOf(sender), sender),
    exact: (account, sender) => find(account, sender, sender),
    remember(account, sender, way, value) {
      const address = sender.toLowerCase();
      if (!/^[^\s@]*@[^\s@]+$/.test(address) || address.length > 320)
        throw new TypeError(`no sender: ${sender}`);
      if (value === undefined) {
        remove.run(account, address, way);
        return;
      }
      if (!(values[way] as readonly string[]).includes(value))
        throw new TypeError(`no such way: ${way} ${value}`);
      gets(account);
      insert.run(account, address, way, value, now());
      bound.run(account, way, account, way, mostKept);
    },
    list: (account, way) => all.all(account, way),
  };
}

/** Takes over STATE/preferences/*.json (senders and domains whose pictures are shown) and removes the files. */
export async function importPreferences(state: string, senders: Senders, log: Log): Promise<void> {
  const directory = join(state, 'preferences');
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!names) return;
  for (const name of names) {
    const path = join(directory, name);
    if (!name.endsWith('.json')) {
      // Half-written by a crash; nothing reads it.
      await unlink(path);
      continue;
    }
    try {
      const account = decodeURIComponent(name.slice(0, -'.json'.length));
      const { pictures } = JSON.parse(await readFile(path, 'utf8')) as { pictures?: Record<string, unknown> };
      const texts = (value: unknown) =>
        Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
      const wanted = [...texts(pictures?.senders), ...texts(pictures?.domains).map((domain) => `@${domain}`)];
      for (const sender of wanted.slice(-mostKept)) {
        if (/^[^\s@]*@[^\s@]+$/.test(sender)) senders.remember(account, sender, 'pictures', 'always');
      }
      await unlink(path);
    } catch (error) {
      log(`web: ${quoted(path)} is not taken over: ${quoted(String(error))}`);
    }
  }
  await rmdir(directory).catch(() =>
    log(`web: ${quoted(directory)} still holds files that could not be read`),
  );
}
