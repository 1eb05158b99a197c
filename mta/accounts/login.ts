// One login: the brake, the password or an app password, the switches, the second factor; and what follows from a good
// one, in the background: a better hash, a wiped clear text, vpopmail's lastauth. Unknown users cost the same work and
// time as known ones (security.md A3). Who asks over the network learns yes or no; the reason is for programs of the
// machine that must say it (vchkpw). Nothing that is written after a login delays or fails it.
import { setTimeout as sleep } from 'node:timers/promises';
import type { SettingsReader } from '../control/settings.ts';
import { lowerAscii } from '../formats/address.ts';
import type { Log } from '../log.ts';
import { quoted } from '../log.ts';
import { readDomainLimits, setPasswordHash } from './account-changes.ts';
import type { AppPassword } from './app-passwords.ts';
import {
  appPasswordForms,
  findAppPassword,
  listAppPasswords,
  looksLikeAppPassword,
  noteAppPasswordUse,
} from './app-passwords.ts';
import { isOutdated } from './crypt.ts';
import { effectiveFlags } from './limits.ts';
import type { LoginThrottle } from './login-throttle.ts';
import { LoginThrottled } from './login-throttle.ts';
import { MAX_PASSWORD } from './names.ts';
import type { PasswordHasher } from './password.ts';
import { createRecentPasswords } from './recent-passwords.ts';
import { fitsProof, type ScramProof, signScram } from './scram.ts';
import { keepScram, ofApp, ofPassword, readScram } from './scram-file.ts';
import type { SecondFactor } from './second-factor.ts';
import type { AccountRecord, AccountStore } from './store.ts';
import type { Account, Domain, LoginService } from './types.ts';
import { AccountFlag } from './types.ts';

/** pw_gid bits that shut a service. */
export const shutBits: Readonly<Record<LoginService, number>> = {
  web: AccountFlag.noWebmail,
  smtp: AccountFlag.noSmtp,
  imap: AccountFlag.noImap,
  pop3: AccountFlag.noPop,
  // vpopmail knows no such switch; filters are managed by mail programs that read over IMAP.
  sieve: AccountFlag.noImap,
};

export interface LoginAttempt {
  readonly address: string;
  readonly password: string;
  readonly service: LoginService;
  /** The client's IP address; undefined: it is not known, and nothing is counted or noted. */
  readonly ip?: string | undefined;
  /** The AccountFlag bit that shuts this login in the place of the service's own: noWebmail for an old webmail. */
  readonly shutBy?: number | undefined;
  /** Many users come from this address, as from an old webmail on this machine: its wrong tries are counted by account. */
  readonly isShared?: boolean | undefined;
  /** Count wrong tries in here; the usual way but for the web, which counts its own. */
  readonly isBraked?: boolean | undefined;
  /** A proof of SCRAM in the place of the password, which is '' then. */
  readonly scram?: ScramProof | undefined;
  /** Another proof than the password: given the clear password of an old site, does the answer fit (CRAM-MD5, APOP)? */
  readonly proves?: ((clear: string) => boolean) | undefined;
}

export interface FoundAccount {
  readonly domain: Domain;
  readonly account: Account;
  readonly entry: AccountRecord;
}

export type LoginResult =
  | {
      readonly isGood: true;
      readonly by: 'password' | 'app password' | 'challenge' | 'scram';
      readonly found: FoundAccount;
      /** For `scram`: our own proof, base64. */
      readonly signature?: string | undefined;
    }
  | {
      readonly isGood: false;
      /** `shut` (the service, or the domain) and `second factor`: the password was right. */
      readonly reason: 'unknown' | 'wrong' | 'no password' | 'shut' | 'second factor';
      readonly found?: FoundAccount | undefined;
    };

export interface LoginParts {
  readonly vpopmail: string;
  readonly store: AccountStore;
  readonly hasher: PasswordHasher;
  readonly settings: SettingsReader;
  readonly secondFactor: SecondFactor;
  readonly find: (address: string) => Promise<FoundAccount | undefined>;
  /** For doors that have no brake of their own: all but the web. */
  readonly throttle: () => Promise<LoginThrottle | undefined>;
  /** May this process write accounts? */
  readonly writes: boolean;
  readonly log: Log | undefined;
}

export interface Logins {
  /** @throws LoginThrottled, PasswordQueueError, and what the files say */
  login(attempt: LoginAttempt): Promise<LoginResult>;
  /** Resolves when all that follows from the logins so far is written. */
  settled(): Promise<void>;
}

/** lastauth is written at most so often for one account. */
const NOTE_MS = 60_000;
/** Accounts whose last note is remembered; the oldest go first. */
const MOST_NOTED = 20_000;
/** Causes of failures that are remembered as told. */
const MOST_TOLD = 1000;

export function createLogins(parts: LoginParts): Logins {
  const { store, hasher, settings, log } = parts;
  const recent = createRecentPasswords();
  const dummies = new Map<string, Promise<string>>();
  const noted = new Map<string, number>();
  const pending = new Set<Promise<void>>();

  /** The hash that unknown users are checked against: as costly as a new one. */
  async function dummyHash(): Promise<string> {
    const { passwordscheme } = await settings.read(['passwordscheme']);
    let dummy = dummies.get(passwordscheme);
    if (dummy === undefined) {
      dummy = hasher.hash('nobody has this password', passwordscheme);
      dummies.set(passwordscheme, dummy);
      dummy.catch(() => dummies.delete(passwordscheme));
    }
    return dummy;
  }

  const told = new Set<string>();
  /** Work that a good login leaves behind: it fails alone, and the log says why, once for each cause. */
  function later(address: string, what: string, work: () => Promise<void>): void {
    const done = work()
      .catch((error: unknown) => {
        const cause = `${what}: ${String(error)}`;
        if (told.has(cause)) return;
        if (told.size >= MOST_TOLD) told.clear();
        told.add(cause);
        log?.(`warning: ${what} of ${quoted(address)}: ${quoted(String(error))}`);
      })
      .then(() => void pending.delete(done));
    pending.add(done);
  }

  async function login(attempt: LoginAttempt): Promise<LoginResult> {
    const { password, service, ip, isBraked = service !== 'web' } = attempt;
    // security.md A7: longer ones are refused before hashing, whoever the user is.
    if (Buffer.byteLength(password) > MAX_PASSWORD || (password === '' && attempt.scram === undefined))
      return { isGood: false, reason: 'wrong' };
    const throttle = !isBraked || !ip ? undefined : await parts.throttle();
    const account = lowerAscii(attempt.address).slice(0, 320);
    const brake = throttle?.begin({
      account,
      address: ip ?? '',
      trustsKnown: true,
      isShared: attempt.isShared,
    });
    if (brake !== undefined && brake.wait > 0) throw new LoginThrottled(brake.wait);
    const judged = attempt.scram === undefined ? judge(attempt) : judgeProof(attempt, attempt.scram);
    const result = await judged.catch((error: unknown) => {
      // No answer is no wrong password.
      brake?.abandoned();
      throw error;
    });
    const knewPassword = result.isGood || result.reason === 'shut' || result.reason === 'second factor';
    if (knewPassword) brake?.succeeded();
    else {
      brake?.failed();
      throttle?.noteFailure(result.found?.account.address ?? '', ip ?? '', service);
      if (brake !== undefined && brake.delay > 0) await sleep(brake.delay);
    }
    if (result.isGood) follow(attempt, result.found, result.by);
    return result;
  }

  /** Who knew the password a moment ago does not pay for its hash again. */
  async function verify(address: string, password: string, stored: string): Promise<boolean> {
    const name = lowerAscii(address);
    if (recent.knows(name, password, stored)) return true;
    const isRight = await hasher.verify(password, stored);
    if (isRight) recent.note(name, password, stored);
    return isRight;
  }

  async function judge(attempt: LoginAttempt): Promise<LoginResult> {
    const { address, password, service, proves } = attempt;
    // Always made, so that the first unknown user costs no more than the next.
    const dummy = await dummyHash();
    const found = await parts.find(address);
    const app =
      found && looksLikeAppPassword(password)
        ? await findAppPassword(found.account, password, service)
        : undefined;
    const isProven = found?.entry.clear ? proves?.(found.entry.clear) === true : false;
    const stored = found?.entry.password || dummy;
    const fits = app !== undefined || isProven || (await verify(address, password, stored));
    if (found === undefined) return { isGood: false, reason: 'unknown' };
    if (app === undefined && !isProven && stored === dummy)
      return { isGood: false, reason: 'no password', found };
    if (!fits) return { isGood: false, reason: 'wrong', found };
    return admit(attempt, found, app, isProven ? 'challenge' : 'password');
  }

  /** SCRAM: one of the account's passwords that verifiers are kept of, and that is still good. */
  async function judgeProof(attempt: LoginAttempt, proof: ScramProof): Promise<LoginResult> {
    const found = await parts.find(attempt.address);
    if (found === undefined) return { isGood: false, reason: 'unknown' };
    // All are looked at, so that the time does not say which.
    const [keys] = ((await readScram(found.account))?.keys ?? []).filter((each) => fitsProof(each, proof));
    if (keys === undefined) return { isGood: false, reason: 'wrong', found };
    const isPassword = keys.of === ofPassword(found.entry.password);
    const apps = isPassword ? [] : await listAppPasswords(found.account);
    const app = apps.find(
      ({ id, services }) => keys.of === ofApp(id) && services.some((each) => each === attempt.service),
    );
    if (!isPassword && app === undefined) return { isGood: false, reason: 'wrong', found };
    const result = await admit(attempt, found, app, 'scram');
    return result.isGood ? { ...result, signature: signScram(keys, proof.authMessage) } : result;
  }

  /** What is asked of who knows a password of the account. @param app the app password, if it is one */
  async function admit(
    { service, shutBy = shutBits[service], password }: LoginAttempt,
    found: FoundAccount,
    app: AppPassword | undefined,
    by: 'password' | 'challenge' | 'scram',
  ): Promise<LoginResult> {
    // Said only to who knows the password: the service is shut.
    const limits = await readDomainLimits(store, found.domain, parts.vpopmail);
    const flags = effectiveFlags(found.entry.flags, limits);
    if ((flags & shutBy) !== 0 || found.domain.isDisabled) return { isGood: false, reason: 'shut', found };
    if (app !== undefined) {
      if (parts.writes) noteApp(found, app, password);
      return { isGood: true, by: by === 'scram' ? by : 'app password', found };
    }
    // The web asks for the second step after this one.
    if (service !== 'web' && (await parts.secondFactor.isOn(found.account)))
      return { isGood: false, reason: 'second factor', found };
    return { isGood: true, by, found };
  }

  function noteApp({ account }: FoundAccount, app: AppPassword, password: string): void {
    later(account.address, 'cannot note the use of an app password', () => noteAppPasswordUse(account, app));
    if (password !== '') laterScram(account, ofApp(app.id), appPasswordForms(password));
  }

  /** Keeps verifiers of a password that was said in full, where the site wants SCRAM. */
  const laterScram = (account: Account, of: string, forms: readonly string[]): void =>
    later(account.address, 'cannot keep a verifier for SCRAM', async () => {
      if ((await settings.read(['scram'])).scram) await keepScram(account, of, forms);
    });

  function follow({ password, ip }: LoginAttempt, found: FoundAccount, by: string): void {
    if (!parts.writes) return;
    const { address } = found.account;
    if (by === 'password')
      later(address, 'cannot store a stronger password hash', async () => {
        const stored = await upgrade(found, password);
        laterScram(found.account, ofPassword(stored), [password]);
      });
    if (ip === undefined || ip === '') return;
    const now = Date.now();
    if (now - (noted.get(address) ?? Number.NEGATIVE_INFINITY) < NOTE_MS) return;
    noted.delete(address);
    noted.set(address, now);
    if (noted.size > MOST_NOTED) noted.delete(noted.keys().next().value as string);
    const at = Math.floor(now / 1000);
    const bare = ip.replace(/^::ffff:(?=\d)/i, '');
    later(address, 'cannot note the last login', () =>
      store.recordLogin(found.domain, found.entry, { at, ip: bare }),
    );
  }

  /**
   * security.md A1: outdated hashes are replaced, and clear text is wiped where the site wants that.
   * @returns the hash that is stored now
   */
  async function upgrade({ entry, domain }: FoundAccount, password: string): Promise<string> {
    const { passwordscheme, clearpasswords } = await settings.read(['passwordscheme', 'clearpasswords']);
    const isWeak = isOutdated(entry.password, passwordscheme);
    const mustWipe = clearpasswords === 'wipe' && Boolean(entry.clear);
    if (!isWeak && !mustWipe) return entry.password;
    const hash = isWeak ? await hasher.hash(password, passwordscheme) : entry.password;
    await setPasswordHash(store, domain, entry.name, hash, { onlyIf: entry.password, keepsClear: !mustWipe });
    return hash;
  }

  return {
    login,
    settled: async () => {
      while (pending.size > 0) await Promise.allSettled([...pending]);
    },
  };
}
