// An IMAP server with several accounts in vpopmail's layout, whose folders may be shared: real Maildirs, real sockets. The
// password of each account is its name.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Account } from '../../mta/accounts/types.ts';
import { startImapd } from '../../server/imap/imapd.ts';
import type { ImapSettings } from '../../server/imap/settings.ts';
import { createMailboxes } from '../../server/mailbox/mailboxes.ts';
import { createMessageReader } from '../../server/message/reader.ts';
import { ImapClient, testSettings } from './imap.ts';
import { makeFixtureFolder } from './maildir.ts';

export interface SharedSite {
  readonly root: string;
  readonly log: string[];
  /** May be changed while the server runs. */
  readonly settings: { -readonly [Name in keyof ImapSettings]: ImapSettings[Name] };
  readonly indexPath: string;
  accountOf(address: string): Account;
  /** Where a folder lies. */
  pathOf(address: string, folder?: string): string;
  /** Signs in as `ann@example.net`. */
  signIn(address: string): Promise<ImapClient>;
  makeFolder(address: string, folder: string): Promise<string>;
  /** Gives a folder these lines as its list of rights. */
  writeAcl(address: string, folder: string, lines: readonly string[]): Promise<void>;
  readAcl(address: string, folder: string): Promise<string>;
  putMessage(address: string, folder: string, name: string, text?: string): Promise<void>;
  writeIndex(lines: readonly string[]): Promise<void>;
  /** The line of an account in an index. */
  lineOf(address: string, name?: string): string;
  addAccount(address: string): Promise<Account>;
  close(): Promise<void>;
}

export async function startSharedSite(
  addresses: readonly string[],
  given: Partial<ImapSettings> = {},
): Promise<SharedSite> {
  const root = await mkdtemp(join(tmpdir(), 'facteur-shared-'));
  const indexPath = join(root, 'shared', 'index');
  const settings = { ...testSettings, sharedindex: indexPath, ...given };
  const log: string[] = [];
  const note = (line: string): void => void log.push(line);
  const accounts = new Map<string, Account>();
  const reader = createMessageReader({ log: note });
  const mailboxes = createMailboxes({
    state: join(root, 'state'),
    reader,
    log: note,
    hostname: 'test.example',
  });
  const service = await startImapd({
    listeners: [{ name: 'imap', host: '127.0.0.1', port: 0 }],
    tls: () => undefined,
    settings: () => settings,
    accounts: {
      isShut: async () => false,
      findAccount: async (address) => accounts.get(address),
      authenticate: async (address, password) =>
        accounts.get(address)?.name === password ? accounts.get(address) : undefined,
    },
    mailboxes,
    log: note,
  });
  const clients: ImapClient[] = [];
  const accountOf = (address: string): Account => {
    const account = accounts.get(address);
    if (!account) throw new Error(`no account ${address}`);
    return account;
  };
  const pathOf = (address: string, folder = 'INBOX'): string => {
    const { maildir } = accountOf(address);
    return folder === 'INBOX' ? maildir : join(maildir, `.${folder}`);
  };
  const addAccount = async (address: string): Promise<Account> => {
    const [name = '', domain = ''] = address.split('@');
    const directory = join(root, 'domains', domain, name);
    const account: Account = {
      name,
      domain,
      address,
      gecos: '',
      directory,
      maildir: join(directory, 'Maildir'),
      quota: '',
      flags: 0,
      uid: process.getuid?.() || 1,
      gid: process.getgid?.() || 1,
    };
    await makeFixtureFolder(account.maildir, '');
    accounts.set(address, account);
    return account;
  };
  for (const address of addresses) await addAccount(address);
  return {
    root,
    log,
    settings,
    indexPath,
    accountOf,
    pathOf,
    addAccount,
    signIn: async (address) => {
      const client = await ImapClient.connect(service.addresses[0]?.port ?? 0);
      clients.push(client);
      await client.ok(`LOGIN "${address}" "${accountOf(address).name}"`);
      return client;
    },
    makeFolder: (address, folder) => makeFixtureFolder(accountOf(address).maildir, `.${folder}`),
    writeAcl: (address, folder, lines) =>
      writeFile(join(pathOf(address, folder), 'courierimapacl'), lines.map((line) => `${line}\n`).join('')),
    readAcl: (address, folder) => readFile(join(pathOf(address, folder), 'courierimapacl'), 'utf8'),
    putMessage: async (address, folder, name, text = 'Subject: One\n\nBody.\n') => {
      await writeFile(join(pathOf(address, folder), 'cur', name), text);
    },
    writeIndex: async (lines) => {
      await mkdir(dirname(indexPath), { recursive: true });
      await writeFile(indexPath, lines.map((line) => `${line}\n`).join(''));
    },
    lineOf: (address, name) => {
      const { uid, gid, directory } = accountOf(address);
      return [name ?? accountOf(address).name, uid, gid, directory].join('\t');
    },
    close: async () => {
      for (const client of clients) client.destroy();
      await service.close();
      await mailboxes.close();
      await reader.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}
