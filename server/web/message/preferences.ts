// Whose remote pictures are always shown: STATE/preferences/<account>.json, the account's choices by sender and by
// domain (spec/webmail.md 3.3). Guarantees: replaced whole or not at all, other keys of the file are kept, a broken
// file means "ask", never an error page.
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';

export interface PictureChoices {
  /** Addresses, lower case. */
  readonly senders: readonly string[];
  /** Domains, lower case. */
  readonly domains: readonly string[];
}

/** A file above this is not ours. */
const mostChoices = 5000;

export interface Preferences {
  readPictures(account: string): Promise<PictureChoices>;
  /** Adds or takes away one choice. */
  setPictures(account: string, kind: 'senders' | 'domains', value: string, allowed: boolean): Promise<void>;
}

/** Opens the preferences below the state directory; changes of one account happen one after the other. */
export function createPreferences(state: string): Preferences {
  const directory = join(state, 'preferences');
  const pathOf = (account: string) => join(directory, `${encodeURIComponent(account.toLowerCase())}.json`);
  let turn: Promise<unknown> = Promise.resolve();

  async function read(account: string): Promise<Record<string, unknown>> {
    try {
      const parsed: unknown = JSON.parse(await readFile(pathOf(account), 'utf8'));
      return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
    } catch (error) {
      if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw error;
    }
  }

  async function write(account: string, preferences: Record<string, unknown>): Promise<void> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const temporary = `${pathOf(account)}.${randomBytes(6).toString('hex')}`;
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(JSON.stringify(preferences));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, pathOf(account));
  }

  return {
    readPictures: async (account) => pictureChoices((await read(account)).pictures),
    setPictures(account, kind, value, allowed) {
      const work = async () => {
        const preferences = await read(account);
        const pictures = pictureChoices(preferences.pictures);
        const others = pictures[kind].filter((known) => known !== value.toLowerCase());
        const chosen = allowed ? [...others, value.toLowerCase()].slice(-mostChoices) : others;
        await write(account, { ...preferences, pictures: { ...pictures, [kind]: chosen } });
      };
      const done = turn.then(work, work);
      turn = done.catch(() => undefined);
      return done;
    },
  };
}

function pictureChoices(stored: unknown): PictureChoices {
  const record = (typeof stored === 'object' && stored !== null ? stored : {}) as Record<string, unknown>;
  const texts = (value: unknown) =>
    Array.isArray(value)
      ? value.filter((one): one is string => typeof one === 'string').slice(0, mostChoices)
      : [];
  return { senders: texts(record.senders), domains: texts(record.domains) };
}

/** Are the pictures of this sender always shown? */
export function showsPictures(choices: PictureChoices, sender: string): boolean {
  const address = sender.toLowerCase();
  const domain = address.slice(address.lastIndexOf('@') + 1);
  return address.includes('@') && (choices.senders.includes(address) || choices.domains.includes(domain));
}
