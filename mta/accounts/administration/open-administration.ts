// The administration of one site over its files: for each call the actor is looked up anew, what he may see and do is
// decided, the work is done as the user of the domain, and changes, done or refused, are noted in the audit log.
// The parts are beside this file; what they promise is in ../administration.ts.
import { join } from 'node:path';
import { openSettings } from '../../control/settings.ts';
import { lowerAscii } from '../../formats/address.ts';
import type { Home } from '../../home.ts';
import { type Log, quoted } from '../../log.ts';
import { createPrograms } from '../../programs.ts';
import { signsMail } from '../../trust/dkim-keys.ts';
import { openAccounts } from '../accounts.ts';
import type { Actor, Administration } from '../administration.ts';
import { NoSuchObject, Refusal } from '../administration.ts';
import { addAliasDomain, removeAliasDomain } from '../alias-domains.ts';
import { setDomainDisabled } from '../domain-files.ts';
import { removeDomain } from '../domain-removal.ts';
import { addDomain, defaultOwner } from '../domains.ts';
import type { Owner } from '../durable.ts';
import { checkDomainName } from '../names.ts';
import { type ChangeWords, changeWords, runOnchange } from '../onchange.ts';
import { openAccountStore } from '../open-store.ts';
import { createPasswordHasher, type PasswordHasher } from '../password.ts';
import { checkNewPassword } from '../password-policy.ts';
import { removeNoted } from '../removal-notes.ts';
import type { AccountRecord, AccountStore } from '../store.ts';
import type { Domain } from '../types.ts';
import { addAccount, changeAccount, describeAccount, listAccounts, removeAccount } from './accounts.ts';
import { answerAliasQuestions } from './alias-questions.ts';
import { openAuditLog } from './audit.ts';
import { administers, type Standing } from './authority.ts';
import { answerBrandQuestions } from './brand.ts';
import { BulkJobs } from './bulk.ts';
import { nameIn, type Subject } from './changing.ts';
import { answerDkimQuestions, openSiteKeys } from './dkim-questions.ts';
import { describeDomain, listOwnDomains, setCatchAll, setLimits } from './domains.ts';
import { answerListQuestions } from './list-questions.ts';
import { createAddressFinder } from './own-addresses.ts';
import { answerOwnQuestions } from './own-questions.ts';
import { answerSecurityQuestions } from './security-questions.ts';
import { findOwnDomain, findSeen, findStanding, type Site, translateError, translating } from './site.ts';
import { answerSystemQuestions } from './system-questions.ts';

export interface AdministrationOptions {
  readonly home: Home;
  readonly log: Log;
  /** Opened and closed here when missing. */
  readonly store?: AccountStore | undefined;
  readonly hasher?: PasswordHasher | undefined;
  /** Where the audit log is; HOME/audit/audit.sqlite when missing. */
  readonly auditPath?: string | undefined;
  /**
   * Runs work as the user of a domain, or as root (undefined) for what is root's: a process that is root must not follow
   * what a domain's user lays into its way. Without it everything is done as who we are.
   */
  readonly as?: (<T>(owner: Owner | undefined, work: () => Promise<T>) => Promise<T>) | undefined;
  /** Whose new domains are; see defaultOwner. */
  readonly newDomainOwner?: Owner | undefined;
  readonly now?: (() => number) | undefined;
}

export interface OpenedAdministration extends Administration {
  close(): Promise<void>;
}

export async function openAdministration(options: AdministrationOptions): Promise<OpenedAdministration> {
  const { home, log } = options;
  const settings = openSettings(home.qmail);
  const store = options.store ?? openAccountStore(home);
  const hasher = options.hasher ?? createPasswordHasher();
  const accounts = openAccounts({ home, store, hasher, settings, log });
  const audit = await openAuditLog(
    options.auditPath ?? join(home.home, 'audit', 'audit.sqlite'),
    options.now,
  );
  const jobs = new BulkJobs(options.now);
  const programs = createPrograms();
  const { now = Date.now } = options;
  const as = options.as ?? ((_owner, work) => work());
  const site: Site = {
    home,
    store,
    accounts,
    verifyPassword: (password, stored) => hasher.verify(password, stored),
    hashPassword: async (name, password, isPatient) => {
      await checkNewPassword(home, name, password);
      const { passwordscheme } = await settings.read(['passwordscheme']);
      return hasher.hash(password, passwordscheme, isPatient);
    },
    hashingThreads: hasher.threads,
  };

  /** Throws NoSuchObject for an account that is no more. */
  async function standingOf(actor: Actor): Promise<Standing> {
    const host = actor.kind === 'account' ? actor.address.slice(actor.address.lastIndexOf('@') + 1) : '';
    const domain = host === '' ? undefined : await accounts.findDomain(host);
    const who = domain ? await as(domain, () => findStanding(site, actor)) : await findStanding(site, actor);
    if (who === undefined) throw new NoSuchObject('no such account');
    return who;
  }

  const noteAs = (
    who: Standing | undefined,
    actor: Actor,
    domain: string,
    subject: Omit<Subject, 'tells'>,
  ): void => {
    const { action, object, details = '' } = subject;
    const { address, ip } = actor.kind === 'machine' ? { address: 'machine', ip: '' } : actor;
    try {
      audit.add({ domain, actor: who?.address ?? address, ip, action, object, details });
    } catch (error) {
      // What is done is done; it must not look as if it had failed.
      log(
        `alert: cannot write the audit log: ${quoted(String(error))}; lost: ${quoted(`${action} ${object}`)}`,
      );
    }
  };

  /** Reads something. */
  async function read<T>(
    actor: Actor,
    host: string | undefined,
    work: (who: Standing) => Promise<T>,
  ): Promise<T> {
    return translating(async () => {
      const who = await standingOf(actor);
      const domain = host === undefined ? undefined : await accounts.findDomain(host);
      return domain === undefined ? work(who) : as(domain, () => work(who));
    });
  }

  /** Changes something of a domain, as its user; `owner` 'root' for what is root's. Details come from the work. */
  async function change(
    actor: Actor,
    host: string,
    subject: Subject,
    work: (who: Standing) => Promise<string | undefined>,
    owner?: 'root',
  ): Promise<void> {
    let who: Standing | undefined;
    const domain = await accounts.findDomain(host);
    const realName = domain?.realName ?? host;
    try {
      who = await standingOf(actor);
      const standing = who;
      const does = (): Promise<string | undefined> => work(standing);
      const details = await (owner === 'root' ? as(undefined, does) : domain ? as(domain, does) : does());
      noteAs(who, actor, realName, { ...subject, details: details ?? subject.details });
    } catch (error) {
      const known = translateError(error);
      // Another domain's administrators do not learn who tries names.
      const seenIn = known instanceof NoSuchObject ? (who?.domain ?? '') : realName;
      const words = known instanceof Error ? known.message : String(known);
      noteAs(who, actor, seenIn, { ...subject, details: `refused: ${words}` });
      throw known;
    }
    await tell(domain, subject.tells?.(realName) ?? []);
  }

  /** Tells the site's hook. */
  async function tell(domain: Domain | undefined, changes: readonly ChangeWords[]): Promise<void> {
    const user = domain ?? options.newDomainOwner ?? (await defaultOwner());
    // A program is started by root as its user, not by one who could become root again.
    for (const words of changes)
      await as(undefined, () => runOnchange({ home, settings, programs, log }, user, words));
  }

  const findOwnAddresses = createAddressFinder(
    site,
    now,
    async () => (await settings.read(['allowedsenders'])).allowedsenders,
  );
  const hostOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1);
  const own = (who: Standing, domain: string): Promise<Domain> => findOwnDomain(site, who, domain);
  const mustBeSystem = (who: Standing, what: string): void => {
    if (who.level !== 'system') throw new NoSuchObject(`no ${what}`);
  };

  const readAsRoot = <T>(actor: Actor, work: (who: Standing) => Promise<T>): Promise<T> =>
    translating(async () => {
      const who = await standingOf(actor);
      return as(undefined, () => work(who));
    });

  return {
    async level(actor) {
      const who = await standingOf(actor).catch((error: unknown) => {
        if (error instanceof NoSuchObject) return undefined;
        throw translateError(error);
      });
      return who?.level;
    },

    domains: (actor, query) =>
      read(actor, undefined, async (who) => {
        if (who.level === 'user') throw new NoSuchObject('no domains');
        return listOwnDomains(site, who, query);
      }),
    domain: (actor, name) => read(actor, name, async (who) => describeDomain(site, await own(who, name))),
    addDomain: (actor, given, postmasterPassword) =>
      change(
        actor,
        given,
        {
          action: 'domain.add',
          object: given,
          tells: (domain) => [changeWords.domainAdded(lowerAscii(domain))],
        },
        async (who) => {
          mustBeSystem(who, 'such thing');
          const name = checkDomainName(given);
          const passwordHash = await site.hashPassword('postmaster', postmasterPassword);
          const owner = options.newDomainOwner ?? (await defaultOwner());
          const postmaster = { passwordHash, gecos: 'Postmaster' };
          await addDomain(home, { name, owner, postmaster, as });
          // A site that signs, signs for its new domains too. The domain is there, whatever becomes of its keys.
          if (!(await signsMail(home.qmail))) return undefined;
          const made = await openSiteKeys(home, as)
            .then((desk) => desk.add(name))
            .catch((error: Error) => {
              log(`alert: no signing keys for ${quoted(name)}: ${quoted(error.message)}`);
              return undefined;
            });
          return made && `with signing keys ${made.join(' ')}`;
        },
        'root',
      ),
    removeDomain: (actor, name) =>
      change(
        actor,
        name,
        { action: 'domain.remove', object: name, tells: (domain) => [changeWords.domainRemoved(domain)] },
        async (who) => {
          mustBeSystem(who, `domain ${name}`);
          const domain = await own(who, name);
          if (who.domain === domain.realName)
            throw new Refusal('domain', 'yourself', 'nobody removes the domain of the own account');
          const aliases = await removeDomain(home, store, domain.name, { withAliases: true, as, warn: log });
          return aliases.length === 0 ? undefined : `with ${aliases.join(' ')}`;
        },
        'root',
      ),
    addAliasDomain: (actor, name, alias) =>
      change(
        actor,
        name,
        {
          action: 'alias-domain.add',
          object: alias,
          details: `of ${name}`,
          tells: (domain) => [changeWords.aliasDomainAdded(lowerAscii(alias), domain)],
        },
        async (who) => {
          mustBeSystem(who, `domain ${name}`);
          await addAliasDomain(home, (await own(who, name)).name, checkDomainName(alias));
          return undefined;
        },
        'root',
      ),
    removeAliasDomain: (actor, name, alias) =>
      change(
        actor,
        name,
        {
          action: 'alias-domain.remove',
          object: alias,
          details: `of ${name}`,
          tells: (domain) => [changeWords.aliasDomainRemoved(lowerAscii(alias), domain)],
        },
        async (who) => {
          mustBeSystem(who, `domain ${name}`);
          const domain = await own(who, name);
          const found = await accounts.findDomain(alias);
          if (found?.realName !== domain.realName || found.name === found.realName)
            throw new NoSuchObject(`no alias domain ${alias}`);
          await removeAliasDomain(home, found.name);
          return undefined;
        },
        'root',
      ),
    setDomainDisabled: (actor, name, isDisabled) =>
      change(
        actor,
        name,
        { action: isDisabled ? 'domain.disable' : 'domain.enable', object: name },
        async (who) => {
          mustBeSystem(who, `domain ${name}`);
          const domain = await own(who, name);
          if (isDisabled && who.domain === domain.realName)
            throw new Refusal('domain', 'yourself', 'nobody disables the domain of the own account');
          await setDomainDisabled(home, domain.name, isDisabled);
          return undefined;
        },
        'root',
      ),
    setCatchAll: (actor, name, version, choice) =>
      change(actor, name, { action: 'domain.catch-all', object: name }, async (who) =>
        setCatchAll(site, await own(who, name), version, choice),
      ),
    setLimits: (actor, name, version, limits) =>
      change(actor, name, { action: 'domain.limits', object: name }, async (who) => {
        mustBeSystem(who, `domain ${name}`);
        return setLimits(site, await own(who, name), version, limits);
      }),

    accounts: (actor, name, query) =>
      read(actor, name, async (who) => listAccounts(site, await own(who, name), query)),
    account: (actor, address) => read(actor, hostOf(address), (who) => describeAccount(site, who, address)),
    addAccount: (actor, account) => {
      const { address, quota, flags } = account;
      const details = [quota && `quota ${quota}`, flags && `flags ${flags}`].filter(Boolean).join(', ');
      return change(
        actor,
        hostOf(address),
        {
          action: 'account.add',
          object: address,
          details,
          tells: (domain) => [changeWords.accountAdded(nameIn(domain, address))],
        },
        async (who) => {
          await addAccount(site, who, await own(who, hostOf(address)), account);
          return undefined;
        },
      );
    },
    changeAccount: (actor, address, wanted) =>
      change(
        actor,
        hostOf(address),
        {
          action: 'account.change',
          object: address,
          tells: (domain) => [changeWords.accountChanged(nameIn(domain, address))],
        },
        async (who) =>
          (await changeAccount(site, who, address, wanted, findOwnAddresses)).join(', ') || 'nothing',
      ),
    async removeAccount(actor, address, forwardTo) {
      const remove = (): Promise<void> =>
        change(
          actor,
          hostOf(address),
          {
            action: 'account.remove',
            object: address,
            details: forwardTo ? `forward to ${forwardTo}` : '',
            tells: (domain) => [changeWords.accountRemoved(nameIn(domain, address))],
          },
          async (who) => {
            // An own account of a user is seen, and not his to remove.
            if (who.level === 'user') await findSeen(site, who, address);
            await removeAccount(site, who, address, forwardTo);
            return undefined;
          },
        );
      const domain = await accounts.findDomain(hostOf(address));
      if (domain === undefined) return remove();
      const name = lowerAscii(address.slice(0, address.lastIndexOf('@')));
      const find = (): Promise<AccountRecord | undefined> => as(domain, () => store.find(domain, name));
      const record = await translating(find);
      if (record === undefined) return remove();
      // Before the rights are looked at, and not as the domain's user: the note is the webmail's. A refusal takes it back.
      await removeNoted(
        { home, as, warn: log },
        `${record.name}@${domain.realName}`,
        { directory: record.directory, owner: domain, isThere: async () => (await find()) !== undefined },
        remove,
      );
    },
    async startBulk(actor, name, lines, wanted) {
      let id = '';
      const object = name;
      await change(
        actor,
        name,
        {
          action: wanted.dryRun ? 'accounts.try' : 'accounts.import',
          object,
          details: `${lines.length} lines`,
        },
        async (who) => {
          const domain = await own(who, name);
          id = jobs.start({
            site,
            who,
            domain,
            lines,
            ...wanted,
            run: (work) => as(domain, work),
            added: (name) => tell(domain, [changeWords.accountAdded(`${name}@${domain.realName}`)]),
            ended: ({ state, report, dryRun }, error) => {
              const details = `${state}: ${report.added} added, ${report.refused} refused`;
              if (!dryRun)
                noteAs(who, actor, domain.realName, { action: 'accounts.imported', object, details });
              if (error !== undefined)
                log(`alert: an import into ${quoted(name)} failed: ${quoted(String(error))}`);
            },
          });
          return undefined;
        },
      );
      await jobs.wait(id, 1500);
      return id;
    },
    bulk: (actor, name, id) =>
      read(actor, undefined, async (who) => jobs.find((await own(who, name)).realName, id)),
    cancelBulk: (actor, name, id) =>
      change(actor, name, { action: 'accounts.cancel', object: name }, async (who) => {
        jobs.cancel((await own(who, name)).realName, id);
        return undefined;
      }),

    ...answerOwnQuestions({ site, read, findOwnAddresses }),
    ...answerSecurityQuestions({ site, now, read, change, note: noteAs }),

    ...answerAliasQuestions({ site, read, change }),
    ...answerListQuestions({ site, read, change }),
    ...answerDkimQuestions({ home, as, own, readAsRoot, change }),
    ...answerBrandQuestions({ site, read, change }),
    ...answerSystemQuestions({ home, settings, now, readAsRoot, change }),

    audit: (actor, query) =>
      read(actor, undefined, async (who) => {
        if (who.level === 'user') throw new NoSuchObject('no log');
        return audit.list({ ...query, ...(who.level === 'system' ? {} : { domain: who.domain }) });
      }),
    async note(actor, action, object, details) {
      const who = await standingOf(actor).catch(() => undefined);
      const host = hostOf(object);
      const domain = who !== undefined && administers(who, host) ? host : (who?.domain ?? '');
      noteAs(who, actor, domain, { action, object, details });
    },
    async close() {
      await jobs.close();
      await programs.stop();
      await as(undefined, async () => audit.close());
      await accounts.close();
      if (options.hasher === undefined) await hasher.close();
      if (options.store === undefined) await store.close();
    },
  };
}
