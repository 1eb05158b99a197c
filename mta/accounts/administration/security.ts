// What guards one account besides its password: app passwords and the second factor (../app-passwords.ts,
// ../second-factor.ts), for its owner and for those who administer him. Owners show the password, or a code, for
// everything that opens a new way in or shuts a guard off; administrators only take away: they neither make app passwords
// in another's name nor turn a second factor on.

import type { AccountHome } from '../account-files.ts';
import type { AccountSecurity, NewAppPassword } from '../administration.ts';
import { NoSuchObject, Refusal } from '../administration.ts';
import { addAppPassword, appServices, listAppPasswords, removeAppPassword } from '../app-passwords.ts';
import { effectiveFlags } from '../limits.ts';
import { MAX_PASSWORD } from '../names.ts';
import type { SecondFactor, SecondFactorAnswer } from '../second-factor.ts';
import { AccountFlag } from '../types.ts';
import { checkDenied, checkTarget, isOwn, type Standing } from './authority.ts';
import { findSeen, limitsOf, type Seen, type Site } from './site.ts';

const homeOf = ({ domain, record }: Seen): AccountHome => ({
  directory: record.directory,
  uid: domain.uid,
  gid: domain.gid,
});

const ownSeen = (who: Standing, { domain, record }: Seen): boolean =>
  isOwn(who, domain.realName, record.name);

/** Throws a Refusal when the actor sees this account and may not change it. */
async function checkMayChange(site: Site, who: Standing, seen: Seen): Promise<void> {
  const limits = await limitsOf(site, seen.domain);
  checkTarget(who, limits, seen.domain.realName, seen.record);
  if (!ownSeen(who, seen)) checkDenied(who, limits, 'account', 'modify', 'address');
}

/** The own account, which its owner may give new ways in. Throws NoSuchObject, Refusal. */
async function findOwn(site: Site, who: Standing, address: string): Promise<Seen> {
  const seen = await findSeen(site, who, address);
  if (!ownSeen(who, seen)) throw new NoSuchObject(`${address} is not the own account`);
  return seen;
}

/** Accounts whose password others set are used by many: one of them must not lock the others out, or stay in. */
async function checkOwnsPassword(site: Site, who: Standing, { domain, record }: Seen): Promise<void> {
  const flags = effectiveFlags(record.flags, await limitsOf(site, domain));
  if (who.level === 'user' && (flags & AccountFlag.noPasswordChange) !== 0)
    throw new Refusal('address', 'forbidden', 'how this account is signed in to is set by an administrator');
}

async function checkOwnPassword(site: Site, { record }: Seen, password: string): Promise<void> {
  const isRight =
    record.password !== '' &&
    Buffer.byteLength(password) <= MAX_PASSWORD &&
    (await site.verifyPassword(password, record.password));
  if (!isRight) throw new Refusal('password', 'wrong', 'this is not the password of the account');
}

export async function describeSecurity(
  site: Site,
  factors: SecondFactor,
  who: Standing,
  address: string,
): Promise<AccountSecurity> {
  const seen = await findSeen(site, who, address);
  const home = homeOf(seen);
  const [appPasswords, since, mayChange] = await Promise.all([
    listAppPasswords(home),
    factors.since(home),
    checkMayChange(site, who, seen).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Refusal) return false;
        throw error;
      },
    ),
  ]);
  const recoveryCodes = since === undefined ? 0 : await factors.recoveryCodesLeft(home);
  return {
    appPasswords,
    mayChange,
    ...(since === undefined ? {} : { secondFactor: { since, recoveryCodes } }),
  };
}

export async function addOwnAppPassword(
  site: Site,
  who: Standing,
  address: string,
  { password, label, services }: NewAppPassword,
): Promise<{ readonly id: string; readonly password: string }> {
  const seen = await findOwn(site, who, address);
  await checkOwnsPassword(site, who, seen);
  if (label.trim() === '')
    throw new Refusal('label', 'empty', 'say which program or device the password is for');
  if (!services.some((each) => appServices.includes(each)))
    throw new Refusal('services', 'none', 'an app password is good for at least one service');
  await checkOwnPassword(site, seen, password);
  try {
    return await addAppPassword(homeOf(seen), { label, services });
  } catch (error) {
    if (error instanceof RangeError) throw new Refusal('label', 'limit', error.message);
    throw error;
  }
}

export async function removeOneAppPassword(
  site: Site,
  who: Standing,
  address: string,
  id: string,
): Promise<string> {
  const seen = await findSeen(site, who, address);
  await checkMayChange(site, who, seen);
  const home = homeOf(seen);
  const label = (await listAppPasswords(home)).find((each) => each.id === id)?.label;
  if (label === undefined || !(await removeAppPassword(home, id)))
    throw new NoSuchObject('no such app password');
  return JSON.stringify(label);
}

/** Gives the recovery codes. */
export async function turnOnSecondFactor(
  site: Site,
  factors: SecondFactor,
  who: Standing,
  address: string,
  wanted: { readonly password: string; readonly secret: string; readonly code: string },
): Promise<readonly string[]> {
  const seen = await findOwn(site, who, address);
  await checkOwnsPassword(site, who, seen);
  const home = homeOf(seen);
  const secret = Buffer.from(wanted.secret, 'base64url');
  if (secret.length < 16 || secret.length > 64)
    throw new Refusal('secret', 'secret', 'a secret has 128 to 512 bits');
  if (await factors.isOn(home))
    throw new Refusal('code', 'on', 'the second step is on already; turn it off to begin anew');
  await checkOwnPassword(site, seen, wanted.password);
  const codes = await factors.turnOn(home, secret, wanted.code);
  if (codes === undefined)
    throw new Refusal('code', 'wrong', 'this is not the code that the app shows now; is the clock right?');
  return codes;
}

/** Owners turn it off with a code, administrators without. */
export async function turnOffSecondFactor(
  site: Site,
  factors: SecondFactor,
  who: Standing,
  address: string,
  code: string,
): Promise<string> {
  const seen = await findSeen(site, who, address);
  await checkMayChange(site, who, seen);
  const home = homeOf(seen);
  const isOwner = ownSeen(who, seen);
  if (isOwner && (await factors.isOn(home))) {
    const answer = await factors.check(home, code);
    if (answer !== 'right') throw new Refusal('code', answer, 'this code is not good');
  }
  await factors.turnOff(home);
  return isOwner ? 'by a code' : 'by an administrator';
}

export async function checkSecondFactor(
  site: Site,
  factors: SecondFactor,
  who: Standing,
  code: string,
): Promise<SecondFactorAnswer> {
  return factors.check(homeOf(await findOwn(site, who, who.address)), code);
}
