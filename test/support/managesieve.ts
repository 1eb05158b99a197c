// A ManageSieve server over a real account, and a client that shows every byte.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createAccount } from '../../mta/accounts/account-changes.ts';
import { type OpenedAccounts, openAccounts } from '../../mta/accounts/accounts.ts';
import { openCdbStore } from '../../mta/accounts/cdb-store.ts';
import { addDomain } from '../../mta/accounts/domains.ts';
import { hashPassword } from '../../mta/accounts/new-hash.ts';
import type { Account } from '../../mta/accounts/types.ts';
import type { Home } from '../../mta/home.ts';
import type { Service } from '../../mta/service.ts';
import type { ConnectionLimits } from '../../server/door/mail-door.ts';
import type { SievedSettings } from '../../server/managesieve/settings.ts';
import { startSieved } from '../../server/managesieve/sieved.ts';
import { makeBareSite } from './accounts.ts';
import { createCertificate } from './certificate.ts';
import { LineClient, openSocket } from './line-client.ts';

export const sieveUser = 'ann@example.test';
export const sievePassword = 'correct horse';

export interface SieveSite {
  readonly home: Home;
  readonly account: Account;
  readonly accounts: OpenedAccounts;
  readonly log: string[];
  /** What tests change while it runs. */
  readonly settings: { -readonly [K in keyof SievedSettings]: SievedSettings[K] };
  /** A server of its own beside the usual one; the caller ends it. */
  start(limits?: Partial<ConnectionLimits>): Promise<Service>;
  readonly port: number;
  connect(port?: number): Promise<SieveClient>;
  signIn(): Promise<SieveClient>;
  close(): Promise<void>;
}

export async function startSieveSite(): Promise<SieveSite> {
  const site = await makeBareSite();
  const { home } = site;
  const owner = { uid: process.getuid?.() || 89, gid: process.getgid?.() || 89 };
  const passwordHash = hashPassword(sievePassword, 'sha512-crypt');
  await addDomain(home, { name: 'example.test', owner, postmaster: { passwordHash } });
  await mkdir(home.state, { recursive: true });
  await writeFile(join(home.qmail, 'control', 'scram'), '1\n');
  const accounts = openAccounts({ home, writesLogins: true });
  const domain = (await accounts.findDomain('example.test'))!;
  await createAccount(openCdbStore(), domain, home.vpopmail, { name: 'ann', passwordHash });
  const account = (await accounts.findAccount(sieveUser))!;
  const log: string[] = [];
  const { cert, key } = createCertificate('mail.example.test');
  const tls = { cert: Buffer.from(cert), key: Buffer.from(key) };
  const settings = {
    me: 'mail.example.test',
    cleartextlogin: 0,
    maxsieveconnections: 100,
    maxsieveconnectionsperip: 20,
    scram: true,
    sievescripts: 3,
  };
  const start = (limits?: Partial<ConnectionLimits>): Promise<Service> =>
    startSieved({
      listeners: [{ name: 'sieve', host: '127.0.0.1', port: 0 }],
      tls: () => tls,
      settings: () => settings,
      accounts,
      log: (line) => log.push(line),
      limits,
    });
  const service = await start();
  const port = service.addresses[0]!.port!;
  const clients: SieveClient[] = [];
  const connect = async (to = port): Promise<SieveClient> => {
    const client = await new SieveClient(openSocket(to, false)).opened();
    clients.push(client);
    return client;
  };
  return {
    home,
    account,
    accounts,
    log,
    settings,
    start,
    port,
    connect,
    async signIn() {
      const client = await connect();
      await client.ok(`AUTHENTICATE "PLAIN" "${plainOf(sieveUser, sievePassword)}"`);
      return client;
    },
    async close() {
      for (const client of clients) client.destroy();
      await service.close();
      await accounts.close();
      await site.remove();
    },
  };
}

export const plainOf = (user: string, password: string): string =>
  Buffer.from(`\0${user}\0${password}`).toString('base64');

/** A literal as clients say it (RFC 5804 4). */
export const literal = (text: string | Buffer): string =>
  `{${Buffer.byteLength(text)}+}\r\n${typeof text === 'string' ? Buffer.from(text).toString('latin1') : text.toString('latin1')}`;

export class SieveClient extends LineClient {
  capabilities: readonly string[] = [];

  async opened(): Promise<this> {
    this.capabilities = await this.answer();
    return this;
  }

  /** A line, with the literal at its end when it has one. */
  protected override lengthOfLine(text: string): number | undefined {
    const end = text.indexOf('\r\n');
    const [, size] = /\{(\d+)\}$/.exec(text.slice(0, Math.max(0, end))) ?? [];
    if (size === undefined) return end < 0 ? undefined : end;
    const behind = text.indexOf('\r\n', end + 2 + Number(size));
    return behind < 0 ? undefined : behind;
  }

  /** The lines of an answer; the last one says how it ended. */
  async answer(): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      lines.push(await this.line());
      if (/^(?:OK|NO|BYE)\b/.test(lines.at(-1)!)) return lines;
    }
  }

  /** Sends a command; gives the lines of its answer. */
  send(command: string): Promise<string[]> {
    this.write(`${command}\r\n`);
    return this.answer();
  }

  /** The same; its last line, which must be OK, is left out. */
  async ok(command: string): Promise<string[]> {
    const lines = await this.send(command);
    const last = lines.pop()!;
    if (!last.startsWith('OK')) throw new Error(`${command}: ${last}`);
    return lines;
  }

  /** The last line of an answer. */
  async last(command: string): Promise<string> {
    return (await this.send(command)).at(-1)!;
  }
}
