// A web with everything real behind it, on a home of its own: vpopmail domains and accounts, Maildirs, the index, the
// message reader, the built browser files. Mail is put into Maildirs as files; browsing is done with `Client`, which
// keeps cookies and sends what a browser sends with its forms.
import { mkdir, mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAccount } from '../../mta/accounts/account-changes.ts';
import { openAccounts } from '../../mta/accounts/accounts.ts';
import { openAdministration } from '../../mta/accounts/administration/open-administration.ts';
import { addDomain } from '../../mta/accounts/domains.ts';
import { openAccountStore } from '../../mta/accounts/open-store.ts';
import { createPasswordHasher } from '../../mta/accounts/password.ts';
import type { Account } from '../../mta/accounts/types.ts';
import type { Injector } from '../../mta/inject/types.ts';
import { createMailboxes } from '../../server/mailbox/mailboxes.ts';
import type { Mailboxes } from '../../server/mailbox/types.ts';
import { createMessageReader } from '../../server/message/reader.ts';
import { serveWebApp } from '../../server/web/serve.ts';
import type { WebOptions } from '../../server/web/types.ts';
import { createWebApp, type WebParts } from '../../server/web/web.ts';
import { buildStatic } from '../../static/build.mjs';
import { rememberingInjector } from './local.ts';

/** Password of every account of a test site, and its hash: crypt's oldest good one, for it is quick to check. */
export const password = 'correct horse battery';
const passwordHash = '$1$fixture0$nGmpzWwhqJPjUiT2AoLGy0';

export interface WebSite {
  readonly home: WebOptions['home'];
  /** `http://127.0.0.1:PORT`. */
  readonly base: string;
  readonly web: WebParts;
  readonly mailboxes: Mailboxes;
  readonly logged: string[];
  readonly injected: ReturnType<typeof rememberingInjector>['injected'];
  /** The site's clock moves only when told: milliseconds to add. */
  advance(milliseconds: number): void;
  account(address: string): Promise<Account>;
  /** Stores a message file in a folder ('' or 'INBOX' is the inbox), without anybody being told. Gives its base name. */
  deliver(address: string, mail: FixtureMail): Promise<string>;
  /** A fresh client without cookies. `from` is the loopback address it comes from. */
  client(from?: string): Client;
  /** A client that is signed in. */
  signIn(address: string): Promise<Client>;
  close(): Promise<void>;
}

export interface FixtureMail {
  readonly folder?: string;
  readonly from?: string;
  readonly to?: string;
  readonly subject?: string;
  readonly body?: string;
  /** Flags of a file in cur/; undefined: the file is new. */
  readonly flags?: string;
  readonly received?: Date;
  readonly headers?: readonly string[];
  /** The whole message instead. */
  readonly raw?: string | Buffer;
}

const encodeWord = (text: string): string =>
  /^[\x20-\x7e]*$/.test(text) ? text : `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`;

/** A plain message from its parts. */
export function composeFixture(mail: FixtureMail, to: string): string | Buffer {
  if (mail.raw !== undefined) return mail.raw;
  const from = /^(.*) <(.*)>$/.exec(mail.from ?? 'Bob Jones <bob@example.org>');
  return [
    `From: ${from ? `${encodeWord(from[1]!)} <${from[2]}>` : mail.from}`,
    `To: ${mail.to ?? to}`,
    `Subject: ${encodeWord(mail.subject ?? 'Hello')}`,
    `Date: ${(mail.received ?? new Date()).toUTCString()}`,
    `Message-ID: <${Math.random().toString(36).slice(2)}@fixture.example>`,
    ...(mail.headers ?? []),
    ...(mail.headers?.some((line) => /^content-type:/i.test(line))
      ? []
      : ['MIME-Version: 1.0', 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 8bit']),
    '',
    mail.body ?? 'A short text.',
    '',
  ].join('\n');
}

let stored = 0;

/** Starts a site with the accounts `alice@example.com` and `bob@example.com`, or those given. */
export async function startSite(
  options: Partial<WebOptions> & {
    readonly people?: readonly string[];
    /** Seconds in which people may undo sending; 0: letters leave while the form is answered. */
    readonly undoSeconds?: 0 | 5 | 10 | 20 | 30;
    /** Writes settings before anything is opened. */
    readonly prepare?: (home: WebOptions['home']) => Promise<void>;
  } = {},
): Promise<WebSite> {
  const root = await mkdtemp(join(tmpdir(), 'facteur-web-'));
  const home = {
    home: root,
    qmail: join(root, 'qmail'),
    vpopmail: join(root, 'vpopmail'),
    state: join(root, 'state'),
    run: join(root, 'run'),
  };
  for (const directory of [join(home.qmail, 'control'), join(home.qmail, 'users'), home.vpopmail, home.run])
    await mkdir(directory, { recursive: true });
  await writeFile(join(home.qmail, 'control', 'me'), 'mail.example.com\n');
  await options.prepare?.(home);
  const owner = { uid: process.geteuid!(), gid: process.getegid!() };
  const names = options.people ?? ['alice@example.com', 'bob@example.com'];
  for (const domain of new Set(names.map((name) => name.split('@')[1]!)))
    await addDomain(home, { name: domain, postmaster: { passwordHash }, owner });
  const logged: string[] = [];
  const log = (line: string) => void logged.push(line);
  const hasher = createPasswordHasher();
  const accounts = openAccounts({ home, hasher, log });
  const store = openAccountStore(home);
  for (const name of names) {
    const [local = '', domain = ''] = name.split('@');
    const found = await accounts.findDomain(domain);
    await createAccount(store, found!, home.vpopmail, {
      name: local,
      passwordHash,
      gecos: titleOf(local),
    });
  }
  await store.close();
  const reader = createMessageReader({ log, workers: 1 });
  const mailboxes = createMailboxes({
    state: home.state,
    qmail: home.qmail,
    learnAfter: 5,
    reader,
    log,
    workers: 1,
  });
  const { injector, injected } = rememberingInjector();
  const assets = join(root, 'static');
  await buildStatic(assets);
  let ahead = 0;
  const now = (): number => Date.now() + ahead;
  const administration = await openAdministration({ home, log, hasher, now });
  const webOptions: WebOptions = {
    home,
    plain: { host: '127.0.0.1', port: 0 },
    accounts,
    administration,
    mailboxes,
    reader,
    injector: injector as Injector,
    log,
    me: 'mail.example.com',
    defaultDomain: 'example.com',
    assets,
    now,
    ...options,
  };
  const built = await createWebApp(webOptions);
  for (const name of names) built.web.choiceStore.change(name, { undoSeconds: options.undoSeconds ?? 0 });
  const service = await serveWebApp(built, webOptions);
  const base = `http://127.0.0.1:${service.addresses[0]!.port}`;

  const account = async (address: string): Promise<Account> => {
    const found = await accounts.findAccount(address);
    if (!found) throw new Error(`the site has no account ${address}`);
    return found;
  };
  const site: WebSite = {
    home,
    base,
    web: built.web,
    mailboxes,
    logged,
    injected,
    advance(milliseconds) {
      ahead += milliseconds;
    },
    account,
    async deliver(address, mail) {
      const { maildir } = await account(address);
      const folder = mail.folder ?? 'INBOX';
      const directory = folder === 'INBOX' ? maildir : join(maildir, `.${folder}`);
      for (const part of ['tmp', 'new', 'cur']) await mkdir(join(directory, part), { recursive: true });
      if (folder !== 'INBOX') await writeFile(join(directory, 'maildirfolder'), '');
      const received = mail.received ?? new Date();
      stored++;
      const name = `${Math.floor(received.getTime() / 1000)}.M${String(stored).padStart(6, '0')}P${process.pid}.test`;
      const path =
        mail.flags === undefined
          ? join(directory, 'new', name)
          : join(directory, 'cur', `${name}:2,${mail.flags}`);
      // In new/ with its time: who is looking renames it at once.
      const fresh = join(directory, 'tmp', name);
      await writeFile(fresh, composeFixture(mail, address));
      await utimes(fresh, received, received);
      await rename(fresh, path);
      return name;
    },
    client: (from) => new Client(base, from),
    async signIn(address) {
      const client = new Client(base);
      const answer = await client.signIn(address);
      if (answer.status !== 303) throw new Error(`sign in of ${address} answered ${answer.status}`);
      return client;
    },
    async close() {
      await service.close();
      await mailboxes.close();
      await reader.close();
      await administration.close();
      await accounts.close();
      await hasher.close();
      await rm(root, { recursive: true, force: true, maxRetries: 3 });
    },
  };
  return site;
}

const titleOf = (local: string): string => `${local.slice(0, 1).toUpperCase()}${local.slice(1)} Example`;

/** An answer with its body read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  readonly location: string;
}

/** An HTTP client with a cookie jar. Redirects are not followed. */
export class Client {
  readonly base: string;
  readonly cookies = new Map<string, string>();
  readonly forwarded: string | undefined;

  constructor(base: string, forwarded?: string) {
    this.base = base;
    this.forwarded = forwarded;
  }

  async request(
    path: string,
    init: RequestInit & { headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const headers: Record<string, string> = { ...init.headers };
    if (this.cookies.size > 0)
      headers.cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    if (this.forwarded !== undefined) headers['x-forwarded-for'] = this.forwarded;
    const response = await fetch(this.base + path, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const at = pair.indexOf('=');
      const value = pair.slice(at + 1);
      if (value === '' || /max-age=0/i.test(line)) this.cookies.delete(pair.slice(0, at));
      else this.cookies.set(pair.slice(0, at), value);
    }
    const location = response.headers.get('location') ?? '';
    return { status: response.status, headers: response.headers, body: await response.text(), location };
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.request(path, { headers });
  }

  /** Posts a form as a page of the site would. */
  post(
    path: string,
    fields: Readonly<Record<string, string | readonly string[]>>,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const body = new URLSearchParams();
    for (const [name, value] of Object.entries(fields))
      for (const one of typeof value === 'string' ? [value] : value) body.append(name, one);
    return this.request(path, {
      method: 'POST',
      headers: {
        origin: this.base,
        'content-type': 'application/x-www-form-urlencoded',
        ...headers,
      },
      body: body.toString(),
    });
  }

  /** The CSRF token of a page. */
  async token(path = '/settings/general'): Promise<string> {
    const page = await this.get(path);
    const found = /name="csrf" value="([^"]+)"/.exec(page.body);
    if (!found) throw new Error(`${path} answered ${page.status} and holds no form`);
    return found[1]!;
  }

  async signIn(address: string, word = password, fields: Record<string, string> = {}): Promise<Answer> {
    const csrf = await this.token('/login');
    return this.post('/login', { csrf, address, password: word, ...fields });
  }
}
