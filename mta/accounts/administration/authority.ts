// Who may do what (spec/qmailadmin.md 1.3, vpopmail.md 2.3, 2.8, 7.3): machine and SA_ADMIN all, QA_ADMIN and postmaster
// their own domain within its limits, everybody else the own account. Pure; the one place where this is decided.
// What somebody may not see is NoSuchObject, the same as what is not there; what the limits of the own domain deny is a
// Refusal with its words.
import { Refusal } from '../administration.ts';
import type { Denials, DomainLimits } from '../limits.ts';
import { Denied } from '../limits.ts';
import { AccountFlag } from '../types.ts';

export type { Level } from '../administration.ts';

import type { Level } from '../administration.ts';

/** The actor as the accounts know him now. */
export interface Standing {
  readonly level: Level;
  /** Address, or 'machine'. */
  readonly address: string;
  /** '' for the machine. */
  readonly name: string;
  /** The real domain; '' for the machine. */
  readonly domain: string;
}

export const machine: Standing = { level: 'system', address: 'machine', name: '', domain: '' };

/** vpopmail set_admin_type. `flags`: pw_gid. */
export function levelOf(name: string, flags: number): Level {
  if ((flags & AccountFlag.systemAdmin) !== 0) return 'system';
  return name === 'postmaster' || (flags & AccountFlag.domainAdmin) !== 0 ? 'domain' : 'user';
}

/** May the actor see and change things of this real domain? */
export const administers = (who: Standing, domain: string): boolean =>
  who.level === 'system' || (who.level === 'domain' && who.domain === domain);

/** Is this the actor's own account? */
export const isOwn = (who: Standing, domain: string, name: string): boolean =>
  who.name !== '' && who.domain === domain && who.name === name;

/** May the actor see this account at all? */
export const seesAccount = (who: Standing, domain: string, name: string): boolean =>
  administers(who, domain) || isOwn(who, domain, name);

/** Bits that only the system's administrators give and take. */
const GUARDED = AccountFlag.systemAdmin | AccountFlag.systemExpert | AccountFlag.override;

const acts = { create: Denied.create, modify: Denied.modify, remove: Denied.remove } as const;
export type Act = keyof typeof acts;

/** Throws the Refusal `forbidden` when the domain's perm_* bits deny it; they bind no postmaster. */
export function checkDenied(
  who: Standing,
  limits: DomainLimits,
  kind: keyof Denials,
  act: Act,
  field: string,
): void {
  if (who.level !== 'domain' || who.name === 'postmaster') return;
  if ((limits.denied[kind] & acts[act]) !== 0)
    throw new Refusal(field, 'forbidden', `the limits of the domain do not let you ${act} this`);
}

/** Throws the Refusal `limit` when one more would be more than `most` (-1: as many as one likes). */
export function checkCount(who: Standing, most: number, now: number, field: string, things: string): void {
  if (who.level !== 'domain' || most < 0 || now < most) return;
  throw new Refusal(field, 'limit', `the domain may have ${most} ${things}, and has ${now}`);
}

/** Throws the Refusal `forbidden` when flags change that are not the actor's to change. */
export function checkFlags(who: Standing, before: number, after: number, isOwnAccount: boolean): void {
  if (!Number.isSafeInteger(after) || after < 0 || after > 0x7fffffff)
    throw new Refusal('flags', 'flags', 'flags are a sum of bits below 2^31');
  if (who.level === 'user' && before !== after)
    throw new Refusal('flags', 'forbidden', 'only administrators change what an account may do');
  if (who.level !== 'system' && ((before ^ after) & GUARDED) !== 0)
    throw new Refusal('flags', 'forbidden', 'only administrators of the system give these rights');
  const admin = who.level === 'system' ? AccountFlag.systemAdmin : AccountFlag.domainAdmin;
  if (isOwnAccount && (before & admin) !== 0 && (after & admin) === 0)
    throw new Refusal('flags', 'yourself', 'nobody takes the own rights away; ask another administrator');
}

/**
 * Throws when the actor may not change this account, which he sees: SA_ADMIN accounts are the system's; a domain's
 * administrator whom limits bind does not touch postmaster, whom they do not bind.
 */
export function checkTarget(
  who: Standing,
  limits: DomainLimits,
  domain: string,
  target: { readonly name: string; readonly flags: number },
): void {
  if (who.level === 'system' || isOwn(who, domain, target.name)) return;
  if ((target.flags & AccountFlag.systemAdmin) !== 0)
    throw new Refusal(
      'address',
      'forbidden',
      'this account administers the system; only such an account changes it',
    );
  const bound = who.name !== 'postmaster' && Object.values(limits.denied).some((bits) => bits !== 0);
  if (target.name === 'postmaster' && bound)
    throw new Refusal(
      'address',
      'forbidden',
      'the limits of the domain let only postmaster change postmaster',
    );
}
