// The accounts of a site, as the roles ask for them: find a domain, find an account, does this
// recipient exist, is this the password. Reading only, but what follows from a login (login.ts). Everything is
// cached by file identity; the answers follow what vpopmail's own tools, or a text editor, do to the files.
import { join } from 'node:path';
import { CachedFile, CachedNames, CachedPaths } from '../control/cached-file.ts';
import { readSrsRecipient, rewriteRecipient } from '../control/match.ts';
import type { SettingsReader } from '../control/settings.ts';
import { openSettings } from '../control/settings.ts';
import { TrustedAnswers } from '../control/trusted-answers.ts';
import { lowerAscii, splitAddress } from '../formats/address.ts';
import { keptAddress } from '../formats/idn.ts';
import type { Home } from '../home.ts';
import { listDotQmailCandidates, parseDotQmail } from '../local/dot-qmail.ts';
import { parseVdelivermailLine } from '../local/vdelivermail-line.ts';
import type { Log } from '../log.ts';
import { quoted } from '../log.ts';
import { srsSettingNames } from '../trust/srs.ts';
import { defaultLimitsPath, giveHome } from './account-changes.ts';
import { findDomain as findDomainAmong } from './find-domain.ts';
import { effectiveFlags, parseLimits } from './limits.ts';
import type { FoundAccount, Logins } from './login.ts';
import { createLogins, shutBits } from './login.ts';
import { openLoginThrottle } from './login-throttle.ts';
import { MailboxRoom } from './mailbox-room.ts';
import { isUserName } from './names.ts';
import { openAccountStore } from './open-store.ts';
import type { PasswordHasher } from './password.ts';
import { createPasswordHasher } from './password.ts';
import { createScramDesk } from './scram-desk.ts';
import type { SecondFactor } from './second-factor.ts';
import { openSecondFactor } from './second-factor.ts';
import type { AccountRecord, AccountStore } from './store.ts';
import { createSubmissionDesk, type OpenedSubmissionDesk } from './submission-desk.ts';
import type {
  Account,
  AccountDirectory,
  DeliveryAccounts,
  Domain,
  LoginService,
  RecipientState,
  TableAlias,
} from './types.ts';
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
  /**
   * Write what follows from logins: lastauth, a better hash in the place of an outdated one (security.md A1), tries that
   * were wrong. Off for who may not write accounts.
   */
  readonly writesLogins?: boolean | undefined;
  readonly secondFactor?: SecondFactor | undefined;
  readonly log?: Log | undefined;
  /**
   * A home that this process may not look into has what is asked for: whoever delivers as its user will know. Without
   * it the question is an error.
   */
  readonly trustsClosedHomes?: boolean | undefined;
}

/** Accounts with an end: `close` stops the password threads and the store, unless they were passed in. */
export interface OpenedAccounts extends DeliveryAccounts, AccountDirectory {
  /** A login with its reason, for programs of this machine. */
  readonly login: Logins['login'];
  readonly submission: OpenedSubmissionDesk;
  close(): Promise<void>;
}

/**
 * Milliseconds for which what files said is good enough for RCPT, which may come a thousand times a second. A yes is
 * good for longer: the letter could as well have come that much sooner. A no is looked at again, so that who was just
 * added gets mail at once.
 */
const YES_MS = 200;
const NO_MS = 20;

/** `home`: the domain's directory. */
type Delivery = 'none' | 'some' | { readonly account: Account; readonly home: string };

export function openAccounts(options: AccountsOptions): OpenedAccounts {
  const { home, writesLogins = false, trustsClosedHomes = false, log } = options;
  const users = options.users ?? openUsers(home.qmail);
  const settings = options.settings ?? openSettings(home.qmail);
  const hasher = options.hasher ?? createPasswordHasher();
  const store = options.store ?? openAccountStore(home);
  const homes = new CachedPaths((path) => new CachedNames(path, (name) => name.startsWith('.qmail')));
  const dotQmails = new CachedPaths((path) => new CachedFile(path, (bytes) => bytes?.toString('utf8') ?? ''));
  const overQuotaTexts = new CachedPaths(
    (path) => new CachedFile(path, (bytes) => bytes?.toString('utf8', 0, 4096)),
  );
  const defaultLimits = new CachedFile(defaultLimitsPath(home.vpopmail), (bytes) =>
    parseLimits(bytes?.toString('utf8')),
  );
  const rooms = new MailboxRoom(dotQmails);
  let opened: ReturnType<typeof openLoginThrottle> | undefined;
  const throttle = (): ReturnType<typeof openLoginThrottle> => {
    if (!writesLogins) return Promise.resolve(undefined);
    // A site whose state cannot be opened has logins without a brake: better than no mail; the log says so once.
    opened ??= openLoginThrottle(home.state).catch((error: unknown) => {
      log?.(`alert: wrong passwords are not counted: ${quoted(String(error))}`);
      return undefined;
    });
    return opened;
  };

  /** Asked several times for each letter. */
  const trustedDomains = new TrustedAnswers<Domain | undefined>();
  const findDomain = (domain: string, trustMs = 0): Promise<Domain | undefined> =>
    trustMs === 0 ? lookUpDomain(domain) : trustedDomains.get(domain, trustMs, () => lookUpDomain(domain));

  async function lookUpDomain(domain: string): Promise<Domain | undefined> {
    const found = await findDomainAmong(users, domain);
    if (found === undefined) return undefined;
    const { disableddomains } = await settings.read(['disableddomains']);
    const isDisabled = disableddomains.has(found.realName) || disableddomains.has(found.name);
    return isDisabled ? { ...found, isDisabled } : found;
  }

  async function findEntry(address: string, trustMs = 0): Promise<Omit<FoundAccount, 'account'> | undefined> {
    const { local, domain: host } = splitAddress(address);
    const name = lowerAscii(local);
    if (!isUserName(name)) return undefined;
    const domain = await findDomain(host, trustMs);
    if (domain === undefined) return undefined;
    const entry = await store.find(domain, name, trustMs);
    return entry && { domain, entry };
  }

  /** The account, with a home: one that other software made without gets it with the first login or delivery. */
  async function find(address: string, trustMs = 0): Promise<FoundAccount | undefined> {
    const found = await findEntry(address, trustMs);
    if (found === undefined) return undefined;
    const { domain } = found;
    const entry = found.entry.directory === '' ? await giveHome(store, domain, found.entry) : found.entry;
    return { domain, entry, account: accountOf(domain, entry) };
  }

  async function findAlias(address: string, trustMs = 0): Promise<TableAlias | undefined> {
    const table = await store.aliasTable();
    if (table === undefined) return undefined;
    const { local, domain: host } = splitAddress(address);
    const name = lowerAscii(local);
    const domain = await findDomain(host, trustMs);
    if (domain === undefined || name === '') return undefined;
    const dashes = [...name.matchAll(/-/g)].map(({ index }) => index + 1).reverse();
    const aliases = [name, ...dashes.map((end) => `${name.slice(0, end)}default`)];
    const found = await table.findFirst(domain, aliases, trustMs);
    if (found === undefined) return undefined;
    const { alias, lines } = found;
    return { lines, default: alias === name ? undefined : local.slice(alias.length - 'default'.length) };
  }

  async function isShut({ domain: name, flags }: Account, service: LoginService): Promise<boolean> {
    // Whoever asks has just looked for the account, and for its domain with it.
    const domain = await findDomain(name, YES_MS);
    if (domain === undefined) return true;
    const limits = (await store.limits(domain)) ?? (await defaultLimits.read());
    return (effectiveFlags(flags, limits) & shutBits[service]) !== 0;
  }

  async function recipientExists(address: string): Promise<boolean> {
    if ((await findDelivery(address, YES_MS)) !== 'none') return true;
    return (await findDelivery(address, NO_MS)) !== 'none';
  }

  async function examineRecipient(address: string, bytes: number): Promise<RecipientState> {
    const state = await lookAtRecipient(address, bytes, YES_MS);
    const isGood = state.exists && state.isDisabled !== true && state.full === undefined;
    return isGood ? state : lookAtRecipient(address, bytes, NO_MS);
  }

  async function lookAtRecipient(address: string, bytes: number, trustMs: number): Promise<RecipientState> {
    const domain = await findDomain(splitAddress(address).domain, trustMs);
    if (domain?.isDisabled) return { exists: true, isDisabled: true };
    const delivery = await findDelivery(address, trustMs);
    if (typeof delivery === 'string') return { exists: delivery !== 'none' };
    const { account, home } = delivery;
    const known = { exists: true, account: account.address, hasQuota: !/^(?:NO|$)/.test(account.quota) };
    if (!known.hasQuota || !(await rooms.isOver(account, bytes))) return known;
    return { ...known, full: (await overQuotaText(home)) ?? 'user is over quota' };
  }

  async function searchAccounts(name: string, text: string, limit: number) {
    const domain = await findDomain(name);
    if (domain === undefined) return [];
    const { privatedomains } = await settings.read(['privatedomains']);
    if (privatedomains.has('*') || privatedomains.has(domain.realName)) return [];
    const { records } = await store.list(domain, { search: text, limit });
    return records
      .filter(({ flags }) => (flags & AccountFlag.bounceMail) === 0)
      .map((record) => ({ name: record.gecos, address: `${record.name}@${domain.realName}` }));
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
  async function findDelivery(address: string, trustMs: number): Promise<Delivery> {
    const names = ['locals', 'virtualdomains', 'percenthack', 'envnoathost', ...srsSettingNames] as const;
    const routing = await settings.read(names, trustMs);
    // Nobody is told that a made-up address of SRS exists.
    if (readSrsRecipient(address, routing)?.kind === 'invalid') return 'none';
    const recipient = rewriteRecipient(address, routing);
    // Not delivered here: whoever relays it knows.
    if (recipient.channel === 'remote') return 'some';
    const { local, domain } = splitAddress(recipient.address);
    const user = await users.find(local, trustMs);
    if (user === undefined) return 'none';
    try {
      return await findDeliveryOf(user, domain, trustMs);
    } catch (error) {
      if (trustsClosedHomes && (error as NodeJS.ErrnoException).code === 'EACCES') return 'some';
      throw error;
    }
  }

  /** Would qmail-local, as this user, find somebody to deliver to? */
  async function findDeliveryOf(user: ControllingUser, domain: string, trustMs: number): Promise<Delivery> {
    const there = await homes.get(user.home).read(trustMs);
    if (there === undefined) throw new Error(`${user.home}: the home of a recipient is missing`);
    const candidates = listDotQmailCandidates(user.dash, user.ext);
    const name = candidates.find((one) => there.has(one.name))?.name;
    // qmail-local: without a file, the user himself gets the default delivery, his extensions do not exist.
    if (name === undefined) return user.dash === '' ? 'some' : 'none';
    const content = await dotQmails.get(join(user.home, name)).read(trustMs);
    const first = parseDotQmail(content, false)[0];
    const catchAll = first?.type === 'program' && parseVdelivermailLine(first.command, user.ext, domain);
    if (!catchAll) return 'some';
    const address = `${user.ext}@${domain}`;
    if ((await findAlias(address, trustMs)) !== undefined) return 'some';
    const found = await findEntry(address, trustMs);
    // vdelivermail: a locked account bounces, and does not fall to the catch-all.
    if (found !== undefined) {
      if ((found.entry.flags & AccountFlag.bounceMail) !== 0) return 'none';
      // Without a home there is nothing in it: the delivery makes one.
      if (found.entry.directory === '') return 'some';
      return { account: accountOf(found.domain, found.entry), home: user.home };
    }
    return catchAll.type === 'bounce' ? 'none' : 'some';
  }

  const logins = createLogins({
    vpopmail: home.vpopmail,
    store,
    hasher,
    settings,
    secondFactor: options.secondFactor ?? openSecondFactor(),
    find,
    throttle,
    writes: writesLogins,
    log,
  });

  // In one form, so that the brake on guessing counts both spellings of a domain together.
  const login: Logins['login'] = (request) =>
    logins.login({ ...request, address: keptAddress(request.address) });

  const submission = createSubmissionDesk({
    site: { home, store, accounts: { findDomain: (domain) => findDomain(domain) } },
    settings,
    state: writesLogins ? home.state : undefined,
    log: log ?? (() => undefined),
    now: Date.now,
  });

  return {
    submission,
    findDomain: (domain) => findDomain(domain),
    findAccount: async (address, trustMs) => (await find(address, trustMs))?.account,
    findAlias,
    isShut,
    recipientExists,
    examineRecipient,
    searchAccounts,
    authenticate: async (address, password, service, ip) => {
      const result = await login({ address, password, service, ip });
      return result.isGood ? result.found.account : undefined;
    },
    scram: createScramDesk(home.state, find, login),
    login,
    close: async () => {
      await logins.settled();
      (await opened)?.close();
      await submission.close();
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
    ...(domain.isDisabled && { isDisabled: true }),
  };
}
