// The signing keys of a domain as their owner sees and changes them: made (RSA of 2048 bits and Ed25519), published,
// taken into use, retired, removed. Where a key signs, a new one waits until somebody says that it is published: receivers
// look for it at once. Every step is durable and leaves a site that signs as before or as wanted.
// Which keys sign is written into control/dkimselectors before a second key of a kind appears, so that no rule guesses.
// Under root the files are those of the role remote and made with its rights: nobody else reads them, and what it might
// lay into its directory leads no further than it could go itself.
import { createPublicKey, generateKeyPair } from 'node:crypto';
import { rmdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { mapLineDomain, removeMapLine, setMapLine } from '../accounts/control-lines.ts';
import { readText } from '../accounts/domain-files.ts';
import {
  makeDirectory,
  type Owner,
  type RunAsOwner,
  replaceFile,
  syncDirectory,
} from '../accounts/durable.ts';
import { withFileLock } from '../accounts/lock.ts';
import { RoleUserError, readRoleUsers } from '../accounts/role-users.ts';
import { isMissing } from '../control/cached-file.ts';
import { isDomainName } from '../formats/address.ts';
import { errorCode } from '../maildir/calls.ts';
import { chooseCurrent, type KeyFile, keysDirectory, listKeyFiles, readKeyFile } from './dkim-files.ts';
import { recordName, recordText } from './dkim-record.ts';
import type { Algorithm } from './dkim-sign.ts';

/** `current` signs; `next` is newer than what signs and waits; `old` signed once; `broken` cannot sign. */
export type KeyState = 'current' | 'next' | 'old' | 'broken';

/** One key of a domain, without its secret. */
export interface DkimKey {
  readonly selector: string;
  readonly state: KeyState;
  /** Undefined for a broken one. */
  readonly algorithm?: Algorithm | undefined;
  readonly bits?: number | undefined;
  /** Milliseconds since 1970: when its file was written. */
  readonly writtenAt: number;
  /** Name and text of what is to be published; undefined for a broken one. */
  readonly record?: { readonly name: string; readonly text: string } | undefined;
  /** What is wrong with a broken one. */
  readonly problem?: string | undefined;
}

/** A change that makes no sense; `key` names why, the message says it. */
export class DkimKeyError extends Error {
  override readonly name = 'DkimKeyError';
  readonly key: 'waiting' | 'unknown' | 'broken' | 'current' | 'many' | 'domain';

  constructor(key: DkimKeyError['key'], words: string) {
    super(words);
    this.key = key;
  }
}

export interface KeyDesk {
  /** The oldest first. */
  list(domain: string): Promise<readonly DkimKey[]>;
  /**
   * Makes a key of each kind. Where none signs yet they sign at once; else they are next, and what signs stays.
   * Gives the new selectors. @throws DkimKeyError when keys wait already, or there are too many
   */
  add(domain: string): Promise<readonly string[]>;
  /** These keys sign from now on, those of the same kind no more. @throws DkimKeyError */
  use(domain: string, selectors: readonly string[]): Promise<void>;
  /** @throws DkimKeyError for one that signs, unless `evenCurrent` */
  remove(domain: string, selector: string, evenCurrent?: boolean): Promise<void>;
}

export interface KeyDeskOptions {
  /** The qmail directory. */
  readonly qmail: string;
  /** Who the files belong to; undefined: us. */
  readonly owner?: Owner | undefined;
  /** Does work with an owner's rights. */
  readonly as?: RunAsOwner | undefined;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
}

const generate = promisify(generateKeyPair);
/** More are a mistake of a script. */
const MOST_KEYS = 20;
const selectorsFile = 'dkimselectors';

/** Whose key files are: under root the role remote's; for others their own (undefined). */
export async function findKeyOwner(qmail: string): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  // An old site has said it already.
  const there = await stat(keysDirectory(qmail)).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (there) return { uid: there.uid, gid: there.gid };
  try {
    const { remote } = await readRoleUsers(qmail);
    return { uid: remote.uid, gid: remote.gid };
  } catch (error) {
    // All roles in one process, as root.
    if (error instanceof RoleUserError) return undefined;
    throw error;
  }
}

/** Does the site sign mail at all? New domains of an old site get no keys before its owner asks. */
export const signsMail = (qmail: string): Promise<boolean> =>
  stat(keysDirectory(qmail)).then(
    (found) => found.isDirectory(),
    (error: unknown) => {
      if (isMissing(error)) return false;
      throw error;
    },
  );

/** What is newer than everything that signs is next. Pure. @param files the oldest first */
export function describeKeys(
  domain: string,
  files: readonly KeyFile[],
  current: ReadonlySet<string>,
): readonly DkimKey[] {
  const newest = Math.max(
    0,
    ...files.filter(({ selector }) => current.has(selector)).map((each) => each.writtenAt),
  );
  return files.map(({ selector, writtenAt, use, problem }) => {
    if (use === undefined) return { selector, state: 'broken', writtenAt, problem };
    const state = current.has(selector) ? 'current' : writtenAt > newest ? 'next' : 'old';
    const text = recordText(createPublicKey(use.key), use.algorithm);
    const record = { name: recordName(domain, selector), text };
    return { selector, state, algorithm: use.algorithm, bits: use.bits, writtenAt, record };
  });
}

export function openKeyDesk({ qmail, owner, as, now = Date.now }: KeyDeskOptions): KeyDesk {
  const control = join(qmail, 'control');
  const root = keysDirectory(qmail);
  const asOwner = <T>(work: () => Promise<T>): Promise<T> => (owner && as ? as(owner, work) : work());

  const check = (domain: string): void => {
    if (!isDomainName(domain) || domain !== domain.toLowerCase())
      throw new DkimKeyError('domain', `${domain} is no domain in lower case`);
  };

  async function read(domain: string) {
    const text = (await readText(join(control, selectorsFile))) ?? '';
    const line = text.split('\n').find((each) => mapLineDomain(each)?.toLowerCase() === domain);
    const files = await asOwner(async () =>
      Promise.all((await listKeyFiles(join(root, domain))).map(readKeyFile)),
    );
    const current = chooseCurrent(files, line?.slice(line.indexOf(':') + 1));
    return { text, files, current };
  }

  /** The line of the domain in control/dkimselectors; undefined: it has none. */
  async function write(
    domain: string,
    text: string,
    selectors: readonly string[] | undefined,
  ): Promise<void> {
    const wanted =
      selectors === undefined ? removeMapLine(text, domain) : setMapLine(text, domain, selectors.join(','));
    if (wanted !== text)
      await replaceFile(join(control, selectorsFile), Buffer.from(wanted, 'latin1'), 0o644);
  }

  async function makeMissing(path: string): Promise<boolean> {
    try {
      await makeDirectory(path, 0o700, owner);
      return true;
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false;
      throw error;
    }
  }

  /** `r20261123`, `r20261123b` ... for RSA, `e...` for Ed25519. */
  function nameKey(letter: 'r' | 'e', taken: ReadonlySet<string>): string {
    const date = new Date(now()).toISOString().slice(0, 10).replaceAll('-', '');
    for (const suffix of ['', ...'bcdefghijklmnopqrstuvwxyz'])
      if (!taken.has(`${letter}${date}${suffix}`)) return `${letter}${date}${suffix}`;
    throw new DkimKeyError('many', 'there are too many keys of today');
  }

  const alone = async <T>(domain: string, work: () => Promise<T>): Promise<T> => {
    check(domain);
    return withFileLock(join(control, `${selectorsFile}.lock`), work);
  };

  return {
    async list(domain) {
      check(domain);
      const { files, current } = await read(domain);
      return describeKeys(domain, files, current);
    },

    add: (domain) =>
      alone(domain, async () => {
        const { text, files, current } = await read(domain);
        const keys = describeKeys(domain, files, current);
        if (keys.some(({ state }) => state === 'next'))
          throw new DkimKeyError('waiting', 'new keys are waiting already: use or remove them first');
        if (files.length >= MOST_KEYS)
          throw new DkimKeyError('many', `there are ${files.length} keys already`);
        const [rsa, ed25519] = await Promise.all([
          generate('rsa', { modulusLength: 2048 }),
          generate('ed25519'),
        ]);
        const taken = new Set(files.map(({ selector }) => selector));
        const made = [
          { selector: nameKey('r', taken), key: rsa.privateKey },
          { selector: nameKey('e', taken), key: ed25519.privateKey },
        ];
        const selectors = made.map(({ selector }) => selector);
        const signs = keys.filter(({ state }) => state === 'current').map(({ selector }) => selector);
        // What signs is written down before there is a choice.
        if (signs.length > 0) await write(domain, text, signs);
        // Its parent is root's: only the directory itself is given away.
        if (await makeMissing(root)) await syncDirectory(control);
        await asOwner(async () => {
          const directory = join(root, domain);
          if (await makeMissing(directory)) await syncDirectory(root);
          for (const { selector, key } of made) {
            const pem = key.export({ format: 'pem', type: 'pkcs8' });
            await replaceFile(join(directory, selector), pem, 0o600, owner);
          }
        });
        if (signs.length === 0) await write(domain, text, selectors);
        return selectors;
      }),

    use: (domain, selectors) =>
      alone(domain, async () => {
        const { text, files, current } = await read(domain);
        const wanted = selectors.map((selector) => {
          const file = files.find((each) => each.selector === selector);
          if (file === undefined) throw new DkimKeyError('unknown', `there is no key ${selector}`);
          if (file.use === undefined) throw new DkimKeyError('broken', `${selector}: ${file.problem}`);
          return file;
        });
        const kinds = new Set(wanted.map(({ use }) => use?.algorithm));
        // Those of the other kind go on.
        const kept = files.filter(
          ({ selector, use }) => current.has(selector) && use !== undefined && !kinds.has(use.algorithm),
        );
        await write(domain, text, [...new Set([...wanted, ...kept].map(({ selector }) => selector))]);
      }),

    remove: (domain, selector, evenCurrent = false) =>
      alone(domain, async () => {
        const { text, files, current } = await read(domain);
        const file = files.find((each) => each.selector === selector);
        if (file === undefined) throw new DkimKeyError('unknown', `there is no key ${selector}`);
        const signs = current.has(selector) && file.use !== undefined;
        if (signs && !evenCurrent)
          throw new DkimKeyError('current', `${selector} signs now: use another key first`);
        const left = files.filter((each) => each !== file);
        const stay = left.filter((each) => current.has(each.selector)).map((each) => each.selector);
        // Without a line a key that rests would begin to sign by rule: the line goes with the last key.
        if (left.length > 0) await write(domain, text, stay);
        await asOwner(async () => {
          const directory = join(root, domain);
          await unlink(join(directory, selector));
          await syncDirectory(directory);
          if (left.length === 0)
            await rmdir(directory).catch((error: unknown) => {
              // Public halves, notes: they are nobody's business here.
              if (errorCode(error) !== 'ENOTEMPTY') throw error;
            });
        });
        if (left.length === 0) await write(domain, text, undefined);
      }),
  };
}
