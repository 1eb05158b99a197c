// A whole mail system for tests that walk from end to end: a home made by quickstart, accounts by vadduser, and the
// real `facteur serve` on free ports. Beside it what those who walk need: the files of a Maildir, and waiting for them.
import { execFile } from 'node:child_process';
import { chmod, chown, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { type RunningServer, runFacteur, startServer } from './facteur.ts';
import { roleUsersOf } from './root.ts';
import { Client, password } from './site.ts';

export interface Road {
  readonly home: string;
  readonly domain: string;
  /** What quickstart said. */
  readonly printed: string;
  readonly server: RunningServer;
  readonly smtpPort: number;
  /** `http://127.0.0.1:PORT`. */
  readonly base: string;
  /** The Maildir of an account of the domain, `alice`. */
  maildir(name: string): string;
  /** An HTTP client, signed in on the sign-in page. */
  signIn(name: string): Promise<Client>;
  /** Lines of the log so far that say the web role or a server itself failed. */
  faults(): readonly string[];
  /** kill -9, and a new start on other ports. */
  crash(): Promise<void>;
  close(): Promise<void>;
}

export interface RoadOptions {
  /** Accounts of example.com beside its postmaster; each has the password of test/support/site.ts. */
  readonly people: readonly string[];
  /** Lines of control/smtproutes. */
  readonly routes?: readonly string[] | undefined;
  /** Other control files: name and content. */
  readonly control?: Readonly<Record<string, string>> | undefined;
  /** Other doors than smtp and http. */
  readonly doors?: readonly string[] | undefined;
  /** Seconds in which people may undo sending; 0: letters leave while the form is answered. */
  readonly undoSeconds?: number | undefined;
  /** One process a role, each under its own user; needs root. */
  readonly separate?: boolean | undefined;
}

const domain = 'example.com';

/** Makes the home and starts the system, as a new user does. */
export async function startRoad(options: RoadOptions): Promise<Road> {
  const root = await mkdtemp(join(tmpdir(), 'facteur-road-'));
  const home = join(root, 'home');
  const printed = await succeed(['quickstart', '--home', home, '--domain', domain]);
  for (const name of options.people)
    await succeed(['vadduser', '--home', home, '-c', fullName(name), `${name}@${domain}`, password]);
  const control = join(home, 'qmail', 'control');
  if (options.routes) await writeFile(join(control, 'smtproutes'), `${options.routes.join('\n')}\n`);
  for (const [name, text] of Object.entries(options.control ?? {}))
    await writeFile(join(control, name), text);
  if (options.separate) await giveRolesUsers(root, home, domain);
  const listen = ['smtp', 'http', ...(options.doors ?? [])].map((name) => `${name}=127.0.0.1:0`).join();
  const start = () => startServer(home, listen, options.separate ? 'separate' : []);
  let server = await start();
  const baseOf = () => `http://127.0.0.1:${server.ports.http}`;
  chooseUndoSeconds(join(home, 'state'), options.people, options.undoSeconds ?? 0);
  return {
    home,
    domain,
    printed,
    get server() {
      return server;
    },
    get smtpPort() {
      return server.ports.smtp as number;
    },
    get base() {
      return baseOf();
    },
    async crash() {
      await server.kill();
      server = await start();
    },
    maildir: (name) => join(home, 'vpopmail', 'domains', domain, name, 'Maildir'),
    async signIn(name) {
      const client = new Client(baseOf());
      const answer = await client.signIn(`${name}@${domain}`);
      if (answer.status !== 303)
        throw new Error(`sign in of ${name} answered ${answer.status}: ${answer.body}`);
      return client;
    },
    faults: () =>
      server
        .stderr()
        .split('\n')
        .filter((line) =>
          /^(?!web: .* signed in from )(?:web|mailbox|message|reader|alert|facteur|inject|queue): |Error: /.test(
            line,
          ),
        ),
    async close() {
      const status = await server.stop();
      await rm(root, { recursive: true, force: true, maxRetries: 3 });
      if (status !== 0)
        throw new Error(`the server ended with status ${status}: ${server.stderr().slice(-4000)}`);
    },
  };
}

/** The web and the accounts are those who own the domain. */
async function giveRolesUsers(root: string, home: string, name: string): Promise<void> {
  // Other users walk through it.
  await chmod(root, 0o755);
  const { uid, gid } = await stat(join(home, 'vpopmail', 'domains', name));
  await writeFile(join(home, 'qmail', 'control', 'roleusers'), roleUsersOf({ uid, gid }));
}

/** Chooses for people of the site how long they may undo sending. */
export function chooseUndoSeconds(state: string, people: readonly string[], seconds: number): void {
  const database = new Database(join(state, 'facteur.sqlite'), { timeout: 2000 });
  const choose = database.prepare("insert or replace into web_choices values (?, 'undoSeconds', ?)");
  for (const name of people) choose.run(`${name}@${domain}`, JSON.stringify(seconds));
  database.close();
}

/** What vadduser was told: `alice` is Alice Example. */
export const fullName = (name: string): string => `${name.slice(0, 1).toUpperCase()}${name.slice(1)} Example`;

/** Runs a command of the site; it must succeed. */
export const runRoadCommand = (road: Road, command: string, args: readonly string[]): Promise<string> =>
  succeed([command, '--home', road.home, ...args]);

async function succeed(args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await runFacteur(args);
  if (status !== 0) throw new Error(`facteur ${args.join(' ')} ended with ${status}: ${stdout}${stderr}`);
  return stdout;
}

/** Looks until `look` gives something, for at most `seconds`. */
export async function waitFor<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  seconds = 15,
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await pause(25);
  }
}

export interface StoredMessage {
  /** File name: base and flags. */
  readonly name: string;
  readonly bytes: Buffer;
}

/** The messages of a Maildir or of one of its folders, whether new or read. */
export async function readMaildir(maildir: string, folder = 'INBOX'): Promise<readonly StoredMessage[]> {
  const directory = folder === 'INBOX' ? maildir : join(maildir, `.${folder}`);
  const found: StoredMessage[] = [];
  for (const place of ['new', 'cur'])
    for (const name of await readdir(join(directory, place)).catch(() => []))
      found.push({ name, bytes: await readFile(join(directory, place, name)) });
  return found;
}

/** Waits for a message of a folder that contains a text. */
export const waitForMessage = (maildir: string, text: string, folder = 'INBOX'): Promise<StoredMessage> =>
  waitFor(`a message with ${JSON.stringify(text)} in ${folder}`, async () =>
    (await readMaildir(maildir, folder)).find(({ bytes }) => bytes.includes(text)),
  );

/** Puts a message into a Maildir as a file, as another program of the account's owner would. */
export async function putMessage(maildir: string, base: string, bytes: Buffer): Promise<void> {
  const { uid, gid } = await stat(maildir);
  const path = join(maildir, 'tmp', base);
  await writeFile(path, bytes);
  await chown(path, uid, gid);
  await rename(path, join(maildir, 'new', base));
}

/** Is a program of this name installed? With CI=true it must be. */
export async function isThere(program: string): Promise<boolean> {
  const found = await promisify(execFile)('which', [program]).then(
    () => true,
    () => false,
  );
  if (!found && process.env.CI === 'true') throw new Error(`${program} is not installed`);
  return found;
}
