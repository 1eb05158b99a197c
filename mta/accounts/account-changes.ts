// New accounts, changed and removed ones, whatever back end keeps them: the rules of vpopmail's library (spec/vpopmail.md
// 2, 3.4) over an AccountStore, and the home on disk. The home is there and durable before a record names it, so nobody
// ever meets an account without a Maildir; a failed change leaves nothing.
import { readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { isMissing } from '../control/cached-file.ts';
import { createMaildirAnchors } from '../maildir/anchor.ts';
import { createNameSource } from '../maildir/name.ts';
import { recountMaildir } from '../maildir/quota.ts';
import type { Owner } from './durable.ts';
import { replaceFile, syncDirectory } from './durable.ts';
import { VpopmailError } from './errors.ts';
import { makeAccountHome } from './homes.ts';
import type { DomainLimits } from './limits.ts';
import { formatLimits, parseLimits } from './limits.ts';
import { checkUserName, cleanField, MAX_GECOS, MAX_PASSWORD } from './names.ts';
import { storedQuota } from './quota.ts';
import type { AccountRecord, AccountStore } from './store.ts';
import type { Domain } from './types.ts';

/** What a new account is made of. */
export interface NewAccount {
  /** Local part. */
  readonly name: string;
  /** A stored hash (PasswordHasher.hash), perhaps still in the making, or what `vadduser -e` was given. */
  readonly passwordHash: string | Promise<string>;
  /** The name when missing. */
  readonly gecos?: string | undefined;
  /** As typed; an invalid one is stored empty, as vpopmail does. The domain's default when missing. */
  readonly quota?: string | undefined;
  /** AccountFlag bits; none when missing. */
  readonly flags?: number | undefined;
}

/** Checks a clear password before it is hashed. Throws VpopmailError. */
export function checkPassword(password: string): void {
  if (Buffer.byteLength(password) > MAX_PASSWORD) throw new VpopmailError(-27);
  if (/[\0\r\n]/.test(password)) throw new VpopmailError(-20, 'a password cannot hold line ends or NUL');
}

function checkHash(text: string): string {
  if (/[:\n]/.test(text)) throw new VpopmailError(-20, 'a password hash holds no colon');
  return text;
}

/** The gecos as it is stored. Throws VpopmailError -28. */
export function checkGecos(text: string): string {
  const gecos = cleanField(text);
  if (Buffer.byteLength(gecos) > MAX_GECOS) throw new VpopmailError(-28);
  return gecos;
}

/** Adds an account to a domain. `vpopmailDir` is for its default limits. Throws VpopmailError. */
export async function createAccount(
  store: AccountStore,
  domain: Domain,
  vpopmailDir: string,
  account: NewAccount,
): Promise<AccountRecord> {
  const name = checkUserName(account.name);
  const gecos = checkGecos(account.gecos ?? name) || name;
  const { passwordHash, flags = 0 } = account;
  const password = typeof passwordHash === 'string' ? checkHash(passwordHash) : passwordHash.then(checkHash);
  if (typeof password !== 'string') password.catch(() => undefined);
  const quota =
    account.quota === undefined
      ? defaultQuota(await readDomainLimits(store, domain, vpopmailDir))
      : (storedQuota(account.quota) ?? '');
  const hasLoginFile = (await store.kind()) === 'cdb';
  return store.add(domain, { name, password, flags, gecos, quota }, (directory) =>
    makeAccountHome(domain.directory, directory, quota, domain, hasLoginFile),
  );
}

/**
 * Gives a home to an account that other software stored without one (vpopmail's make_user_dir). Throws VpopmailError -7
 * when something else lies where the home would.
 */
export async function giveHome(
  store: AccountStore,
  domain: Domain,
  { name, quota }: Pick<AccountRecord, 'name' | 'quota'>,
): Promise<AccountRecord> {
  const hasLoginFile = (await store.kind()) === 'cdb';
  return store.giveHome(domain, name, (directory) =>
    makeAccountHome(domain.directory, directory, quota, domain, hasLoginFile),
  );
}

/**
 * Stores a new hash for an account. `onlyIf`: do it only while the stored hash is still this one. `keepsClear`: it is
 * another hash of the same password. Throws VpopmailError -10 when there is no such account.
 */
export async function setPasswordHash(
  store: AccountStore,
  domain: Domain,
  name: string,
  passwordHash: string,
  options: { readonly onlyIf?: string | undefined; readonly keepsClear?: boolean | undefined } = {},
): Promise<void> {
  const { onlyIf, keepsClear = false } = options;
  await store.change(domain, name, (record) => {
    if (onlyIf !== undefined && record.password !== onlyIf) return undefined;
    // The clear password of an old site would no longer fit: emptied, as `vadduser -e` does.
    const clear = record.clear === undefined || keepsClear ? {} : { clear: '' };
    return { ...record, password: passwordHash, ...clear };
  });
}

/** Stores a quota (in its stored form) and makes the Maildir count by it. Throws VpopmailError -10. */
export async function setQuota(
  store: AccountStore,
  domain: Domain,
  name: string,
  quota: string,
): Promise<AccountRecord> {
  const record = await store.change(domain, name, (old) => ({ ...old, quota }));
  await storeMaildirQuota(domain, record);
  return record;
}

/** The same for all accounts of a domain, in one change of its records. Gives the names of those that had another quota. */
export async function setQuotaOfAll(
  store: AccountStore,
  domain: Domain,
  quota: string,
): Promise<readonly string[]> {
  const changed: string[] = [];
  await store.changeAll(domain, (old) => {
    if (old.quota === quota) return undefined;
    changed.push(old.name);
    return { ...old, quota };
  });
  for await (const record of store.each(domain)) await storeMaildirQuota(domain, record);
  return changed;
}

/**
 * Makes the Maildir of an account count by the quota of its record: maildirsize is counted anew with it, or goes when there
 * is none. A home without a Maildir is left alone.
 */
export async function storeMaildirQuota(
  owner: Owner,
  { directory, quota }: Pick<AccountRecord, 'directory' | 'quota'>,
): Promise<void> {
  const anchors = createMaildirAnchors();
  try {
    const anchor = await anchors.acquire(directory, 'Maildir', isRoot() ? owner.uid : undefined);
    try {
      if (quota === '' || quota === 'NOQUOTA') return await rm(`${anchor.root}/maildirsize`, { force: true });
      const names = createNameSource(hostname());
      // What comes or goes during the count is counted once more; after that the next delivery's check counts.
      for (let tries = 0; tries < 3; tries++)
        if ((await recountMaildir(anchor, quota, owner, names)) !== undefined) return;
    } finally {
      anchor.release();
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
  } finally {
    anchors.close();
  }
}

const isRoot = (): boolean => process.geteuid?.() === 0;

/**
 * Removes an account and its home with all mail in it. The record goes first: nobody delivers into a home that is being
 * removed. Throws VpopmailError -10.
 */
export async function removeAccount(
  store: AccountStore,
  domain: Domain,
  name: string,
): Promise<AccountRecord> {
  const record = await store.remove(domain, name);
  // Never above or beside the domain, whatever the record says.
  if (record.directory.startsWith(`${domain.directory}/`) && !record.directory.includes('/../')) {
    await rm(record.directory, { recursive: true, force: true });
    await syncDirectory(dirname(record.directory)).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
  }
  return record;
}

/** The limits that hold for a domain: its own, else those of vlimits.default, else none. */
export async function readDomainLimits(
  store: AccountStore,
  domain: Domain,
  vpopmailDir: string,
): Promise<DomainLimits> {
  return (await store.limits(domain)) ?? (await readDefaultLimits(vpopmailDir));
}

/** vpopmail's limits of domains without their own. */
export const defaultLimitsPath = (vpopmailDir: string): string => join(vpopmailDir, 'etc', 'vlimits.default');

/** vpopmail's etc/vlimits.default. */
export async function readDefaultLimits(vpopmailDir: string): Promise<DomainLimits> {
  return parseLimits(await readDefaultLimitsText(vpopmailDir));
}

/** Stores etc/vlimits.default, keeping its comments and what we do not know. */
export async function writeDefaultLimits(vpopmailDir: string, limits: DomainLimits): Promise<void> {
  const text = formatLimits(limits, await readDefaultLimitsText(vpopmailDir));
  await replaceFile(defaultLimitsPath(vpopmailDir), text, 0o644);
}

async function readDefaultLimitsText(vpopmailDir: string): Promise<string | undefined> {
  try {
    return await readFile(defaultLimitsPath(vpopmailDir), 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

const defaultQuota = (limits: DomainLimits): string =>
  storedQuota(`${limits.defaultQuota}S,${limits.defaultMessages}C`) ?? 'NOQUOTA';
