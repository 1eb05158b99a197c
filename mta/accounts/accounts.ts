// The accounts of a site, as the roles ask for them: find a domain, find an account, does this
// recipient exist, is this the password. Reading only, but that a good login may replace an outdated hash. Everything is
// cached by file identity; the answers follow what vpopmail's own tools, or a text editor, do to the files.
import { join } from 'node:path';
import { CachedFile, CachedNames, CachedPaths } from '../control/cached-file.ts';
import { rewriteRecipient } from '../control/match.ts';
import type { SettingsReader } from '../control/settings.ts';
import { openSettings } from '../control/settings.ts';
import { lowerAscii, splitAddress } from '../formats/address.ts';
import type { Home } from '../home.ts';
import { listDotQmailCandidates, parseDotQmail } from '../local/dot-qmail.ts';
import { parseVdelivermailLine } from '../local/vdelivermail-line.ts';
import type { Log } from '../log.ts';
import { quoted } from '../log.ts';
import { readDomainLimits, setPasswordHash } from './account-changes.ts';
import { isOutdated } from './crypt.ts';
import { effectiveFlags } from './limits.ts';
import { MailboxRoom } from './mailbox-room.ts';
import { isUserName, MAX_PASSWORD } from './names.ts';
import { openAccountStore } from './open-store.ts';
import type { PasswordHasher } from './password.ts';
import { createPasswordHasher } from './password.ts';
import type { AccountRecord, AccountStore } from './store.ts';
import type { Account, Accounts, Domain, LoginService, RecipientState } from './types.ts';
import { AccountFlag } from './types.ts';
import type { AssignedUsers, ControllingUser } from './users.ts';
import { openUsers } from './users.ts';

export interface AccountsOptions {
  readonly home: Home;
  /** Opened on home.qmail when missing. */
  readonly users?: AssignedUsers | undefined;
  readonly settings?: SettingsReader | undefined;
  /** The back end; opened by the site's settings when missing. */
  readonly store?: AccountStore | undefined;
  readonly hasher?: PasswordHasher | undefined;
  /** Replace outdated hashes after a good login (security.md A1); off for a role that may not write accounts. */
  readonly upgradeHashes?: boolean | undefined;
  readonly log?: Log | undefined;
  /**
   * A home that this process may not look into has what is asked for: whoever delivers as its user will know. Without
   * it the question is an error.
   */
  readonly trustsClosedHomes?: boolean | undefined;
}

/** Accounts with an end: `close` stops the password threads and the store, unless they were passed in. */
export interface OpenedAccounts extends Accounts {
  close(): Promise<void>;
}

/** RCPT may come a thousand times a second: files looked at so many milliseconds ago are fresh enough for it. */
const RECIPIENT_TRUST_MS = 20;

/** pw_gid bits that shut a service. */
const SHUT: Readonly<Record<LoginService, number>> = {
  web: AccountFlag.noWebmail,
  smtp: AccountFlag.noSmtp,
  imap: AccountFlag.noImap,
  pop3: AccountFlag.noPop,
};

interface Found {
  readonly domain: Domain;
  readonly account: Account;
  readonly entry: AccountRecord;
}

/** `home`: the domain's directory. */
type Delivery = 'none' | 'some' | { readonly account: Account; readonly home: string };

export function openAccounts(options: AccountsOptions): OpenedAccounts {
  const { home, upgradeHashes = false, trustsClosedHomes = false, log } = options;
  const users = options.users ?? openUsers(home.qmail);
  const settings = options.settings ?? openSettings(home.qmail);
  const hasher = options.hasher ?? createPasswordHasher();
  const store = options.store ?? openAccountStore(home);
  const homes = new CachedPaths((path) => new CachedNames(path, (name) => name.startsWith('.qmail')));
  const dotQmails = new CachedPaths((path) => new CachedFile(path, (bytes) => bytes?.toString('utf8') ?? ''));
  const overQuotaTexts = new CachedPaths(
    (path) => new CachedFile(path, (bytes) => bytes?.toString('utf8', 0, 4096)),
  );
  const rooms = new MailboxRoom(dotQmails);
  const dummies = new Map<string, Promise<string>>();

  async function findDomain(domain: string, trustMs = 0): Promise<Domain | undefined> {
    const name = lowerAscii(domain);
    // vpopmail vget_assign: a domain has a dot; its entry is `+domain-`.
    if (!name.includes('.') || name.length > 255) return undefined;
    const entry = await users.findWildcard(`${name}-`, trustMs);
    if (entry === undefined) return undefined;
    return { name, realName: lowerAscii(entry.user), directory: entry.home, uid: entry.uid, gid: entry.gid };
  }

  async function find(address: string, trustMs = 0): Promise<Found | undefined> {
    const { local, domain: host } = splitAddress(address);
    const name = lowerAscii(local);
    if (!isUserName(name)) return undefined;
    const domain = await findDomain(host, trustMs);
    if (domain === undefined) return undefined;
    const entry = await store.find(domain, name, trustMs);
    return entry && { domain, entry, account: accountOf(domain, entry) };
  }

  async function recipientExists(address: string): Promise<boolean> {
    return (await findDelivery(address)) !== 'none';
  }

  async function examineRecipient(address: string, bytes: number): Promise<RecipientState> {
    const delivery = await findDelivery(address);
    if (typeof delivery === 'string') return { exists: delivery !== 'none' };
    const { account, home } = delivery;
    const known = { exists: true, account: account.address, hasQuota: !/^(?:NO|$)/.test(account.quota) };
    if (!known.hasQuota || !(await rooms.isOver(account, bytes))) return known;
    return { ...known, full: (await overQuotaText(home)) ?? 'user is over quota' };
  }

  /** vdelivermail: the domain's text, or the one for all domains. One that cannot be read is none. */
  async function overQuotaText(domainHome: string): Promise<string | undefined> {
    for (const directory of [domainHome, join(home.vpopmail, 'domains')]) {
      const path = join(directory, '.over-quota.msg');
      const text = await overQuotaTexts
        .get(path)
        .read()
        .catch((error) => {
          log?.(`warning: cannot read ${quoted(path)}: ${quoted(String(error))}`);
          return undefined;
        });
      if (text !== undefined) return text;
    }
    return undefined;
  }

  /** What local delivery would do with a recipient: nothing that it finds, something, or deliver to an account. */
  async function findDelivery(address: string): Promise<Delivery> {
    const names = ['locals', 'virtualdomains', 'percenthack', 'envnoathost'] as const;
    const routing = await settings.read(names, RECIPIENT_TRUST_MS);
    const recipient = rewriteRecipient(address, routing);
    // Not delivered here: whoever relays it knows.
    if (recipient.channel === 'remote') return 'some';
    const { local, domain } = splitAddress(recipient.address);
    const user = await users.find(local, RECIPIENT_TRUST_MS);
    if (user === undefined) return 'none';
    try {
      return await findDeliveryOf(user, domain);
    } catch (error) {
      if (trustsClosedHomes && (error as NodeJS.ErrnoException).code === 'EACCES') return 'some';
      throw error;
    }
  }

  /** Would qmail-local, as this user, find somebody to deliver to? */
  async function findDeliveryOf(user: ControllingUser, domain: string): Promise<Delivery> {
    const there = await homes.get(user.home).read(RECIPIENT_TRUST_MS);
    if (there === undefined) throw new Error(`${user.home}: the home of a recipient is missing`);
    const candidates = listDotQmailCandidates(user.dash, user.ext);
    const name = candidates.find((one) => there.has(one.name))?.name;
    // qmail-local: without a file, the user himself gets the default delivery, his extensions do not exist.
    if (name === undefined) return user.dash === '' ? 'some' : 'none';
    const content = await dotQmails.get(join(user.home, name)).read(RECIPIENT_TRUST_MS);
    const first = parseDotQmail(content, false)[0];
    const catchAll = first?.type === 'program' && parseVdelivermailLine(first.command, user.ext, domain);
    if (!catchAll) return 'some';
    const found = await find(`${user.ext}@${domain}`, RECIPIENT_TRUST_MS);
    // vdelivermail: a locked account bounces, and does not fall to the catch-all.
    if (found !== undefined)
      return found.entry.flags & AccountFlag.bounceMail
        ? 'none'
        : { account: found.account, home: user.home };
    return catchAll.type === 'bounce' ? 'none' : 'some';
  }

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

  async function authenticate(
    address: string,
    password: string,
    service: LoginService,
  ): Promise<Account | undefined> {
    // security.md A7: longer ones are refused before hashing, whoever the user is.
    if (Buffer.byteLength(password) > MAX_PASSWORD || password === '') return undefined;
    // Always made, so that the first unknown user costs no more than the next.
    const dummy = await dummyHash();
    const found = await find(address);
    const stored = found?.entry.password || dummy;
    const fits = await hasher.verify(password, stored);
    if (!fits || found === undefined || stored === dummy) return undefined;
    // Said only to who knows the password: the service is shut.
    const limits = await readDomainLimits(store, found.domain, home.vpopmail);
    const flags = effectiveFlags(found.entry.flags, limits);
    if ((flags & SHUT[service]) !== 0) return undefined;
    if (upgradeHashes) await upgradeHash(found, password);
    return found.account;
  }

  /** A login never fails because its hash could not be made better; the log says why. */
  async function upgradeHash({ account, entry, domain }: Found, password: string): Promise<void> {
    const { passwordscheme } = await settings.read(['passwordscheme']);
    if (!isOutdated(entry.password, passwordscheme)) return;
    try {
      const hash = await hasher.hash(password, passwordscheme);
      await setPasswordHash(store, domain, account.name, hash, entry.password);
    } catch (error) {
      log?.(
        `warning: cannot store a stronger password hash of ${quoted(account.address)}: ${quoted(String(error))}`,
      );
    }
  }

  return {
    findDomain: (domain) => findDomain(domain),
    findAccount: async (address, trustMs) => (await find(address, trustMs))?.account,
    recipientExists,
    examineRecipient,
    authenticate,
    close: async () => {
      if (options.hasher === undefined) await hasher.close();
      if (options.store === undefined) await store.close();
    },
  };
}

function accountOf(domain: Domain, entry: AccountRecord): Account {
  const { name, gecos, directory, quota, flags } = entry;
  if (!directory.startsWith('/'))
    throw new Error(
      `the account ${quoted(`${name}@${domain.realName}`)} has no absolute directory: ${quoted(directory)}`,
    );
  return {
    name,
    domain: domain.realName,
    address: `${name}@${domain.realName}`,
    gecos,
    directory,
    maildir: join(directory, 'Maildir'),
    quota,
    flags,
    uid: domain.uid,
    gid: domain.gid,
  };
}
