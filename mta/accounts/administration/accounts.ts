// Mail accounts (spec/qmailadmin.md 2.2 to 2.5): lists, details, new ones, changes, removal. A change is checked in all
// its parts and its password hashed before anything is touched; then it is made alone in the domain, files first, the
// record in one step after them, and what fails is taken back.

import { join } from 'node:path';
import { splitAddress } from '../../formats/address.ts';
import { parseMaildirSize } from '../../maildir/quota.ts';
import {
  checkGecos,
  createAccount,
  removeAccount as removeRecordAndHome,
  storeMaildirQuota,
} from '../account-changes.ts';
import type {
  AccountChange,
  AccountDetails,
  AccountInput,
  AccountSummary,
  DeliveryChoice,
  ListPage,
  ListQuery,
  OwnAddresses,
} from '../administration.ts';
import { Conflict, NoSuchObject, Refusal } from '../administration.ts';
import { findCatchAllAccount } from '../catch-all.ts';
import { VpopmailError } from '../errors.ts';
import { readKeptFile } from '../kept-files.ts';
import { type DomainLimits, effectiveFlags } from '../limits.ts';
import { checkUserName } from '../names.ts';
import { storedQuota } from '../quota.ts';
import type { AccountRecord } from '../store.ts';
import { AccountFlag, type Domain } from '../types.ts';
import { withUndo } from '../undo.ts';
import { readAlias, removeStoredAlias, storeAlias } from './alias-files.ts';
import { countAliases } from './aliases.ts';
import {
  checkCount,
  checkDenied,
  checkFlags,
  checkTarget,
  isOwn,
  levelOf,
  type Standing,
} from './authority.ts';
import { deliveryWords, fromTo } from './change-words.ts';
import {
  checkDelivery,
  describeDelivery,
  readDeliveryFiles,
  removeEndedVacation,
  storeDelivery,
} from './delivery-files.ts';
import { checkLocalDestinations, readDestination } from './destinations.ts';
import { encodeLine } from './dot-qmail-lines.ts';
import { limitOf } from './paging.ts';
import { checkVersion, findSeen, limitsOf, type Site, versionOf, whileAlone } from './site.ts';

/** Courier recounts a maildirsize from 5120 bytes on; a quota line and one delta line more are no reason to wait. */
const MAX_SIZE_FILE = 65_536;

async function describe(
  site: Site,
  domain: Domain,
  record: AccountRecord,
  isCatchAll: boolean,
): Promise<AccountSummary> {
  const [size, login] = await Promise.all([
    readKeptFile(join(record.directory, 'Maildir', 'maildirsize'), MAX_SIZE_FILE),
    site.store.lastLogin(domain, record),
  ]);
  const counted = size.kind === 'file' ? parseMaildirSize(Buffer.from(size.text, 'latin1')) : undefined;
  // vpopmail: a new account has 0.0.0.0, which is no login.
  const wasHere = login !== undefined && login.ip !== '' && login.ip !== '0.0.0.0';
  const { name, gecos, quota, flags } = record;
  return {
    address: `${name}@${domain.realName}`,
    name,
    gecos,
    quota,
    flags,
    ...(counted ? { usage: { bytes: counted.bytes, messages: counted.count } } : {}),
    ...(wasHere ? { lastLogin: login } : {}),
    isCatchAll,
  };
}

export async function listAccounts(
  site: Site,
  domain: Domain,
  query: ListQuery,
): Promise<ListPage<AccountSummary>> {
  const { search, after, before } = query;
  const page = await site.store.list(domain, { search, after, before, limit: limitOf(query) });
  const isCatchAll = await findCatchAllAccount(domain);
  const items = await Promise.all(
    page.records.map((record) => describe(site, domain, record, isCatchAll(record))),
  );
  return { items, total: page.total, hasBefore: page.hasBefore, hasAfter: page.hasAfter };
}

/** The crypt scheme of a stored hash, by its name. Pure. */
export function schemeOf(stored: string): string {
  if (stored === '') return '';
  const braced = /^\{([A-Za-z0-9.-]+)\}/.exec(stored);
  if (braced && !stored.slice(braced[0].length).startsWith('$')) return (braced[1] as string).toLowerCase();
  const id = /^(?:\{[^}]*\})?\$([^$]+)\$/.exec(stored)?.[1];
  if (id === undefined) return /^[./0-9A-Za-z]{13}$/.test(stored) ? 'des' : 'unknown';
  const names: Readonly<Record<string, string>> = {
    '1': 'md5',
    '5': 'sha256',
    '6': 'sha512',
    '2a': 'bcrypt',
    '2b': 'bcrypt',
    '2y': 'bcrypt',
    y: 'yescrypt',
    '7': 'scrypt',
  };
  return names[id] ?? id;
}

const accountVersion = (record: AccountRecord, files: unknown): string => versionOf(record, files);

export async function describeAccount(site: Site, who: Standing, address: string): Promise<AccountDetails> {
  const { domain, record } = await findSeen(site, who, address);
  const [files, limits, isCatchAll] = await Promise.all([
    readDeliveryFiles(domain, record),
    limitsOf(site, domain),
    findCatchAllAccount(domain),
  ]);
  return {
    ...(await describe(site, domain, record, isCatchAll(record))),
    version: accountVersion(record, files),
    directory: record.directory,
    effectiveFlags: effectiveFlags(record.flags, limits),
    level: levelOf(record.name, record.flags),
    hasPassword: record.password !== '',
    passwordScheme: schemeOf(record.password),
    delivery: describeDelivery(record, files),
  };
}

/** A quota as it is stored. Throws Refusal. */
export function checkQuota(text: string): string {
  const quota = text.trim() === '' ? 'NOQUOTA' : storedQuota(text);
  if (quota === undefined)
    throw new Refusal(
      'quota',
      'quota',
      `${JSON.stringify(text)} is no quota; expected one such as 500M or NOQUOTA`,
    );
  return quota;
}

/** A new account's fields, checked as far as they can be without the domain's lock. Throws Refusal, VpopmailError. */
export function checkNewAccount(
  who: Standing,
  input: Pick<AccountInput, 'address' | 'gecos' | 'quota' | 'flags'>,
): { name: string; gecos: string | undefined; quota: string | undefined; flags: number } {
  const { local } = splitAddress(input.address);
  // Names with these would be others in .qmail files, lines of the shell, or addresses.
  if (!/^[A-Za-z0-9._+=&-]+$/.test(local) || /^[-+&.=]/.test(local))
    throw new Refusal(
      'address',
      'name',
      'a name has letters, digits and . - + = _ & and begins with a letter or digit',
    );
  const name = checkUserName(local);
  if (name === 'default')
    throw new Refusal(
      'address',
      'reserved',
      '.qmail-default is the catch-all of the domain: mail for everybody else',
    );
  const flags = input.flags ?? 0;
  checkFlags(who, 0, flags, false);
  const gecos = input.gecos === undefined ? undefined : checkGecos(input.gecos);
  return { name, gecos, quota: input.quota === undefined ? undefined : checkQuota(input.quota), flags };
}

/** What there is when an account is to be made. */
interface Room {
  readonly limits: DomainLimits;
  readonly accounts: number;
  readonly isTaken: boolean;
}

/** May one more account be made, and is its name free? Throws Refusal. Pure. */
export function checkRoom(
  who: Standing,
  domain: Domain,
  name: string,
  hasQuota: boolean,
  { limits, accounts, isTaken }: Room,
): void {
  checkDenied(who, limits, 'account', 'create', 'address');
  if (hasQuota) checkDenied(who, limits, 'quota', 'create', 'quota');
  checkCount(who, limits.maxAccounts, accounts, 'address', 'accounts');
  if (isTaken) throw new Refusal('address', 'taken', `${name}@${domain.name} is there already`);
}

/** Makes a checked account, alone in the domain. Throws Refusal, VpopmailError. */
export async function makeAccount(
  site: Site,
  who: Standing,
  domain: Domain,
  { name, gecos, quota, flags }: ReturnType<typeof checkNewAccount>,
  passwordHash: string,
): Promise<void> {
  await whileAlone(domain, async () => {
    const limits = await limitsOf(site, domain);
    const isTaken =
      (await site.store.find(domain, name)) !== undefined ||
      (await readAlias(site, domain, name)) !== undefined;
    // Counting may cost; only where it decides something.
    const isCounted = who.level === 'domain' && limits.maxAccounts >= 0;
    const accounts = isCounted ? await site.store.count(domain) : 0;
    checkRoom(who, domain, name, quota !== undefined, { limits, accounts, isTaken });
    await createAccount(site.store, domain, site.home.vpopmail, { name, passwordHash, gecos, quota, flags });
  });
}

export async function addAccount(
  site: Site,
  who: Standing,
  domain: Domain,
  input: AccountInput,
): Promise<void> {
  const checked = checkNewAccount(who, input);
  await makeAccount(site, who, domain, checked, await site.hashPassword(checked.name, input.password));
}

/** What changes in the record, checked; a password is hashed. Throws Refusal. */
async function checkChange(
  site: Site,
  who: Standing,
  { domain, record }: { readonly domain: Domain; readonly record: AccountRecord },
  change: AccountChange,
): Promise<(old: AccountRecord) => AccountRecord> {
  const limits = await limitsOf(site, domain);
  const own = isOwn(who, domain.realName, record.name);
  checkTarget(who, limits, domain.realName, record);
  if (!own) checkDenied(who, limits, 'account', 'modify', 'address');
  const parts: Partial<Record<'quota' | 'gecos' | 'password', string>> & { flags?: number } = {};
  if (change.flags !== undefined) {
    checkFlags(who, record.flags, change.flags, own);
    parts.flags = change.flags;
  }
  if (change.quota !== undefined) {
    const quota = checkQuota(change.quota);
    if (quota !== record.quota) {
      if (who.level === 'user')
        throw new Refusal('quota', 'forbidden', 'only administrators change how much an account may hold');
      checkDenied(who, limits, 'quota', 'modify', 'quota');
      parts.quota = quota;
    }
  }
  if (change.gecos !== undefined) parts.gecos = checkGecos(change.gecos);
  if (change.password !== undefined) {
    if (own) {
      const flags = effectiveFlags(record.flags, limits);
      if (who.level === 'user' && (flags & AccountFlag.noPasswordChange) !== 0)
        throw new Refusal('password', 'forbidden', 'the password of this account is set by an administrator');
      // security.md A7: asks for the old one.
      const isRight =
        record.password !== '' && (await site.verifyPassword(change.oldPassword ?? '', record.password));
      if (!isRight) throw new Refusal('oldPassword', 'wrong', 'this is not the password of the account');
    }
    parts.password = await site.hashPassword(record.name, change.password);
  }
  return (old) => ({
    ...old,
    ...parts,
    // The clear password of an old site would no longer fit.
    ...(parts.password !== undefined && old.clear !== undefined ? { clear: '' } : {}),
  });
}

export async function changeAccount(
  site: Site,
  who: Standing,
  address: string,
  change: AccountChange,
  findOwnAddresses: (who: Standing) => Promise<OwnAddresses>,
): Promise<readonly string[]> {
  const seen = await findSeen(site, who, address);
  const { domain } = seen;
  const edit = await checkChange(site, who, seen, change);
  const delivery = change.delivery && checkDelivery(change.delivery, domain);
  const addresses = async (): Promise<readonly string[]> => {
    const { name } = seen.record;
    const owner = {
      level: 'user',
      address: `${name}@${domain.realName}`,
      name,
      domain: domain.realName,
    } as const;
    return (await findOwnAddresses(owner)).addresses;
  };
  let before: DeliveryChoice | undefined;
  await whileAlone(domain, async () => {
    const record = await site.store.find(domain, seen.record.name);
    if (record === undefined) throw new NoSuchObject(`no account ${address}`);
    const files = await readDeliveryFiles(domain, record);
    before = describeDelivery(record, files);
    checkVersion(change.version, accountVersion(record, files), address);
    // What was judged is what is changed.
    if (versionOf(record) !== versionOf(seen.record)) throw new Conflict(`${address} was changed meanwhile`);
    await withUndo(async (undo) => {
      if (delivery !== undefined) await storeDelivery(site, domain, record, files, delivery, addresses, undo);
      if (versionOf(edit(record)) === versionOf(record)) return;
      const stored = await site.store.change(domain, record.name, (old) => {
        if (versionOf(old) !== versionOf(record)) throw new Conflict(`${address} was changed meanwhile`);
        return edit(old);
      });
      undo.push(() => site.store.change(domain, record.name, () => record));
      if (stored.quota !== record.quota) {
        undo.push(() => storeMaildirQuota(domain, record));
        await storeMaildirQuota(domain, stored);
      }
    });
    if (delivery !== undefined) await removeEndedVacation(domain, record, delivery);
  });
  return describeChange(seen.record, edit(seen.record), change, before);
}

/** What changed, without secrets. */
function describeChange(
  before: AccountRecord,
  after: AccountRecord,
  change: AccountChange,
  delivery: DeliveryChoice | undefined,
): readonly string[] {
  const words: string[] = [];
  if (change.password !== undefined) words.push('password');
  if (after.gecos !== before.gecos)
    words.push(`gecos ${JSON.stringify(before.gecos)} to ${JSON.stringify(after.gecos)}`);
  if (after.quota !== before.quota) words.push(`quota ${before.quota || 'none'} to ${after.quota || 'none'}`);
  if (after.flags !== before.flags) words.push(`flags ${before.flags} to ${after.flags}`);
  if (change.delivery !== undefined) {
    const now = deliveryWords(change.delivery);
    words.push(`delivery ${delivery === undefined ? now : fromTo(deliveryWords(delivery), now)}`);
  }
  return words;
}

export async function removeAccount(
  site: Site,
  who: Standing,
  address: string,
  forwardTo: string | undefined,
): Promise<void> {
  const { domain, record } = await findSeen(site, who, address);
  const limits = await limitsOf(site, domain);
  if (who.level === 'user') throw new NoSuchObject(`no account ${address}`);
  if (record.name === 'postmaster')
    throw new Refusal('address', 'postmaster', 'every domain has a postmaster; it cannot be removed');
  if (isOwn(who, domain.realName, record.name))
    throw new Refusal('address', 'yourself', 'nobody removes the own account');
  checkTarget(who, limits, domain.realName, record);
  checkDenied(who, limits, 'account', 'remove', 'address');
  const text = forwardTo?.trim() ?? '';
  const forward = text === '' ? undefined : readDestination(text, domain.name, 'forwardTo');
  await whileAlone(domain, async () => {
    // vpopmail -55.
    if ((await findCatchAllAccount(domain))(record))
      throw new Refusal(
        'address',
        'catch-all',
        'mail for unknown names goes to this account; change the catch-all first',
      );
    const alias = await readAlias(site, domain, record.name);
    if (forward !== undefined) {
      checkDenied(who, limits, 'forward', 'create', 'forwardTo');
      if (who.level === 'domain' && limits.maxForwards >= 0)
        checkCount(
          who,
          limits.maxForwards,
          (await countAliases(site, domain)).forwards,
          'forwardTo',
          'forwards',
        );
      if (alias !== undefined)
        throw new Refusal(
          'forwardTo',
          'taken',
          'there is a .qmail file of the name; its mail goes there already',
        );
      await checkLocalDestinations(site, domain, record.name, [forward], 'forwardTo');
    }
    await withUndo(async (undo) => {
      if (forward !== undefined) {
        // First: mail that comes meanwhile goes on, and does not bounce.
        await storeAlias(site, domain, record.name, undefined, [encodeLine(`&${forward}`)]);
        undo.push(async () => {
          const made = await readAlias(site, domain, record.name);
          // The account may be gone and only its home be left: then the forward is what is wanted.
          const isKept = (await site.store.find(domain, record.name)) !== undefined;
          if (made !== undefined && isKept) await removeStoredAlias(site, domain, made);
        });
      }
      try {
        await removeRecordAndHome(site.store, domain, record.name);
      } catch (error) {
        if (error instanceof VpopmailError && error.code === -10)
          throw new NoSuchObject(`no account ${address}`);
        throw error;
      }
    });
  });
}
