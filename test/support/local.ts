// A small site for tests of local delivery: a home on disk owned by an ordinary user, and an injector that remembers.
// As root the homes belong to uid 65534, since nothing is delivered as root; else to the user who runs the tests.
import { chmod, chown, lchown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Account, Accounts } from '../../mta/accounts/types.ts';
import type { ControllingUser } from '../../mta/accounts/users.ts';
import type { FilterRule } from '../../mta/control/filter-rules.ts';
import type { Delivered, DeliveryDsn } from '../../mta/delivery.ts';
import type { DsnRequest } from '../../mta/formats/dsn.ts';
import type { Injector, Origin } from '../../mta/inject/types.ts';
import { createLocalAgent, type LocalAgent, type LocalAgentOptions } from '../../mta/local/delivery.ts';
import { createDirectorySync, type DirectorySync } from '../../mta/maildir/directory-sync.ts';
import type { Outcome } from '../../mta/outcome.ts';

export const isRoot = process.geteuid?.() === 0;
export const uid = isRoot ? 65534 : process.geteuid!();
export const gid = isRoot ? 65534 : process.getegid!();

export interface Injected {
  readonly origin: Origin;
  readonly message: string;
  readonly sender: string;
  readonly recipients: readonly string[];
  /** NOTIFY of each recipient, when the sender had wishes. */
  readonly notify?: readonly string[];
}

const notifyOf = (dsn: DsnRequest | undefined): { notify?: readonly string[] } =>
  dsn === undefined ? {} : { notify: dsn.recipients.map((one) => one?.notify?.join() ?? '') };

/** Remembers what is injected and answers what it is told to. */
export function rememberingInjector(answer: () => Outcome = () => ({ code: 'K', text: 'ok 1 qp 4711' })) {
  const injected: Injected[] = [];
  const injector: Injector = {
    open(origin) {
      const chunks: Buffer[] = [];
      return {
        write(chunk) {
          chunks.push(Buffer.from(chunk));
          return false;
        },
        drained: () => Promise.resolve(),
        async finish(sender, recipients, dsn) {
          const message = Buffer.concat(chunks).toString('latin1');
          injected.push({ origin, message, sender, recipients, ...notifyOf(dsn) });
          return answer();
        },
        abort() {},
      };
    },
    async inject(origin, message, sender, recipients, dsn) {
      injected.push({ origin, message: message.toString('latin1'), sender, recipients, ...notifyOf(dsn) });
      return answer();
    },
    close() {},
  };
  return { injector, injected };
}

export interface Site {
  readonly root: string;
  /** Home of joe, user `joe`, and of the domain example.org below it when a test wants one. */
  readonly home: string;
  readonly agent: LocalAgent;
  readonly injected: Injected[];
  readonly logged: string[];
  /** Changes what the injector answers. */
  answer: Outcome;
  /** Users by local part prefix: `joe`, `joe-x` (dash -, ext x), else undefined. */
  write(path: string, content: string, mode?: number): Promise<void>;
  makeDirectory(path: string, mode?: number): Promise<void>;
  makeMaildir(path: string): Promise<void>;
  read(path: string): Promise<string>;
  /** Contents of the files in new, by name order. */
  mails(maildir: string): Promise<string[]>;
  deliver(local: string, options?: DeliverOptions): Promise<Delivered>;
  close(): Promise<void>;
}

export interface DeliverOptions {
  readonly message?: string | undefined;
  readonly sender?: string | undefined;
  readonly host?: string | undefined;
  /** Gives the message only as a file. */
  readonly fromFile?: boolean | undefined;
  readonly dsn?: DeliveryDsn | undefined;
}

export interface SiteOptions {
  readonly accounts?: readonly Account[] | undefined;
  readonly defaultdelivery?: string | undefined;
  readonly timeoutprogram?: number | undefined;
  readonly overquotadefer?: number | undefined;
  readonly junkfolder?: number | undefined;
  readonly junkfilter?: number | undefined;
  readonly sieve?: number | undefined;
  readonly sievebefore?: string | undefined;
  readonly programenv?: ReadonlyMap<string, string | undefined> | undefined;
  readonly filterargs?: readonly FilterRule[] | undefined;
  readonly qmaillocal?: string | undefined;
  readonly directorySync?: DirectorySync | undefined;
  readonly user?: Partial<ControllingUser> | undefined;
  readonly agent?: Partial<LocalAgentOptions> | undefined;
  /** Where the site lies; a new directory unless told. */
  readonly root?: string | undefined;
}

export async function makeSite(options: SiteOptions = {}): Promise<Site> {
  const root = options.root ?? (await mkdtemp(join(tmpdir(), 'facteur-local-')));
  await chmod(root, 0o755);
  const home = join(root, 'joe');
  await mkdir(home, { mode: 0o700 });
  await chown(home, uid, gid);
  const accounts = options.accounts ?? [];
  const logged: string[] = [];
  const directorySync = options.directorySync ?? createDirectorySync();
  let site: Site;
  const { injector, injected } = rememberingInjector(() => site.answer);
  const findAccount: Accounts['findAccount'] = async (address) =>
    accounts.find((account) => account.address === address.toLowerCase());
  const agent = createLocalAgent({
    home: {
      home: root,
      qmail: join(root, 'qmail'),
      vpopmail: join(root, 'vpopmail'),
      state: root,
      run: root,
    },
    users: {
      async find(local) {
        const user = { user: 'joe', uid, gid, home, dash: '', ext: '', ...options.user };
        if (local === 'joe') return user;
        if (local.startsWith('joe-')) return { ...user, dash: '-', ext: local.slice(4) };
        return undefined;
      },
    },
    accounts: {
      findAccount,
      findAlias: async () => undefined,
      findDomain: async () => undefined,
      recipientExists: async (address) => (await findAccount(address)) !== undefined,
      examineRecipient: async (address) => ({ exists: (await findAccount(address)) !== undefined }),
      authenticate: async () => undefined,
    },
    injector,
    settings: () => ({
      defaultdelivery: options.defaultdelivery ?? './Maildir/\n',
      timeoutprogram: options.timeoutprogram ?? 30,
      overquotadefer: options.overquotadefer ?? 0,
      junkfolder: options.junkfolder,
      junkfilter: options.junkfilter,
      sieve: options.sieve,
      sievebefore: options.sievebefore,
      programenv: options.programenv,
      filterargs: options.filterargs,
      qmaillocal: options.qmaillocal,
    }),
    directorySync,
    hostname: 'mail.example.org',
    log: (line) => logged.push(line),
    ...options.agent,
  });
  let count = 0;
  const absolute = (path: string): string => (path.startsWith('/') ? path : join(home, path));
  site = {
    root,
    home,
    agent,
    injected,
    logged,
    answer: { code: 'K', text: 'ok 1 qp 4711' },
    async write(path, content, mode = 0o600) {
      await site.makeDirectory(dirname(absolute(path)));
      await writeFile(absolute(path), content);
      await chmod(absolute(path), mode);
      await lchown(absolute(path), uid, gid);
    },
    async makeDirectory(path, mode = 0o700) {
      const first = await mkdir(absolute(path), { recursive: true });
      if (first === undefined) return;
      for (let at = absolute(path); at.length >= first.length; at = dirname(at)) {
        await chmod(at, mode);
        await chown(at, uid, gid);
      }
    },
    async makeMaildir(path) {
      for (const name of ['cur', 'new', 'tmp']) await site.makeDirectory(join(path, name));
    },
    read: (path) => readFile(absolute(path), 'latin1'),
    async mails(maildir) {
      const directory = join(absolute(maildir), 'new');
      const names = (await readdir(directory)).sort();
      return Promise.all(names.map((name) => readFile(join(directory, name), 'latin1')));
    },
    async deliver(
      local,
      { message = letter, sender = 'sender@example.net', host = 'example.org', fromFile, dsn } = {},
    ) {
      count += 1;
      const path = join(root, `mess-${count}`);
      await writeFile(path, message, 'latin1');
      const bytes = Buffer.from(message, 'latin1');
      return agent.deliver({
        id: String(count),
        path,
        size: bytes.length,
        message: fromFile ? undefined : bytes,
        sender,
        recipient: `${local}@${host}`,
        dsn,
      });
    },
    async close() {
      await agent.close();
      await directorySync.close();
      await rm(root, { recursive: true, force: true });
    },
  };
  return site;
}

/** An ordinary letter. */
export const letter = 'From: sender@example.net\nTo: joe@example.org\nSubject: hello\n\nGood day.\n';

export function makeAccount(home: string, name: string, more: Partial<Account> = {}): Account {
  const directory = join(home, name);
  return {
    name,
    domain: 'example.org',
    address: `${name}@example.org`,
    gecos: '',
    directory,
    maildir: join(directory, 'Maildir'),
    quota: 'NOQUOTA',
    flags: 0,
    uid,
    gid,
    ...more,
  };
}
