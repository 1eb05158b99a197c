// What every part of the administration works with: the site's stores and clocks, the actor's standing, the lock of a
// domain, and versions. Objects are looked up anew for each call; what is not there and what is not the actor's to see
// come out as the same NoSuchObject.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { lowerAscii, splitAddress } from '../../formats/address.ts';
import type { Home } from '../../home.ts';
import { readDomainLimits } from '../account-changes.ts';
import type { Actor } from '../administration.ts';
import { Busy, Conflict, NoSuchObject, Refusal } from '../administration.ts';
import { AliasDomainsError } from '../domain-removal.ts';
import { VpopmailError } from '../errors.ts';
import type { DomainLimits } from '../limits.ts';
import { LockBusyError, withFileLock } from '../lock.ts';
import { isUserName } from '../names.ts';
import { PasswordQueueError } from '../password.ts';
import { PasswordPolicyError } from '../password-policy.ts';
import type { AccountRecord, AccountStore } from '../store.ts';
import type { Accounts, Domain } from '../types.ts';
import { administers, levelOf, machine, type Standing, seesAccount } from './authority.ts';

/** The parts of one site. */
export interface Site {
  readonly home: Home;
  readonly store: AccountStore;
  readonly accounts: Pick<Accounts, 'findDomain' | 'recipientExists'>;
  /** Checks and hashes a new password; off the event loop. `isPatient`: for nobody who waits. */
  readonly hashPassword: (name: string, password: string, isPatient?: boolean) => Promise<string>;
  /** How many passwords are hashed side by side. */
  readonly hashingThreads: number;
  readonly verifyPassword: (password: string, stored: string) => Promise<boolean>;
}

/** An account that the actor sees. */
export interface Seen {
  readonly domain: Domain;
  readonly record: AccountRecord;
}

/** Who acts; undefined when the account is no more. */
export async function findStanding(site: Site, actor: Actor): Promise<Standing | undefined> {
  if (actor.kind === 'machine') return machine;
  const { local, domain: host } = splitAddress(actor.address);
  const name = lowerAscii(local);
  const domain = await site.accounts.findDomain(host);
  // Of a domain that is put off nobody acts, whatever session is still open.
  if (domain === undefined || domain.isDisabled || !isUserName(name)) return undefined;
  const record = await site.store.find(domain, name);
  if (record === undefined) return undefined;
  const { realName } = domain;
  return {
    level: levelOf(name, record.flags),
    address: `${name}@${realName}`,
    name,
    domain: realName,
  };
}

/** A domain that the actor administers; alias domains are not found by their names. Throws NoSuchObject. */
export async function findOwnDomain(site: Site, who: Standing, name: string): Promise<Domain> {
  const domain = await site.accounts.findDomain(name);
  if (domain === undefined || domain.name !== domain.realName || !administers(who, domain.realName))
    throw new NoSuchObject(`no domain ${name}`);
  return domain;
}

/** An account that the actor sees. Throws NoSuchObject. */
export async function findSeen(site: Site, who: Standing, address: string): Promise<Seen> {
  const { local, domain: host } = splitAddress(address);
  const name = lowerAscii(local);
  const none = new NoSuchObject(`no account ${address}`);
  const domain = await site.accounts.findDomain(host);
  if (domain === undefined || !isUserName(name) || !seesAccount(who, domain.realName, name)) throw none;
  const record = await site.store.find(domain, name);
  if (record === undefined) throw none;
  return { domain: { ...domain, name: domain.realName }, record };
}

/** The limits that hold in a domain. */
export const limitsOf = (site: Site, domain: Domain): Promise<DomainLimits> =>
  readDomainLimits(site.store, domain, site.home.vpopmail);

/**
 * Runs a change of a domain's files and records alone: two administrators wait for each other. vpopmail's own locks of
 * single files are taken inside.
 */
export const whileAlone = <T>(domain: Domain, work: () => Promise<T>): Promise<T> =>
  withFileLock(join(domain.directory, '.facteur.lock'), work, { owner: domain });

/** A short name of a state: equal states have equal versions. */
export const versionOf = (...state: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(state)).digest('base64url').slice(0, 22);

/** Throws Conflict when a form was made of another state. */
export function checkVersion(given: string | undefined, now: string, what: string): void {
  if (given !== undefined && given !== now) throw new Conflict(`${what} was changed by somebody else`);
}

const fields: Readonly<Record<number, readonly [field: string, key: string]>> = {
  [-1]: ['address', 'name'],
  [-2]: ['address', 'taken'],
  [-7]: ['address', 'directory'],
  [-12]: ['domain', 'name'],
  [-13]: ['domain', 'taken'],
  [-14]: ['domain', 'directory'],
  [-20]: ['password', 'characters'],
  [-25]: ['address', 'too-long'],
  [-26]: ['domain', 'too-long'],
  [-27]: ['password', 'too-long'],
  [-28]: ['gecos', 'too-long'],
  [-29]: ['quota', 'too-long'],
  [-30]: ['address', 'too-long'],
};

/** What the library refuses, in the words of this interface; anything else as it is. */
export function translateError(error: unknown): unknown {
  if (error instanceof LockBusyError || error instanceof PasswordQueueError) return new Busy(error.message);
  if (error instanceof PasswordPolicyError)
    return new Refusal(
      'password',
      'policy',
      error.policy === '' ? error.text : `${error.text}: ${error.policy}`,
    );
  if (error instanceof AliasDomainsError) return new Refusal('domain', 'aliases', error.message);
  if (!(error instanceof VpopmailError)) return error;
  if (error.code === -10 || error.code === -11) return new NoSuchObject(error.text);
  const [field, key] = fields[error.code] ?? ['', 'refused'];
  return new Refusal(field, key, error.message);
}

/** Runs with the library's errors translated. */
export async function translating<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translateError(error);
  }
}
