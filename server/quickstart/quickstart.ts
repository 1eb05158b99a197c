// A home ready to serve, made from nothing: qmail's and vpopmail's directories, control files, one domain with its
// postmaster (spec/qmail.md 2.1, 3.2, config-fast; vpopmail.md 1.2). What it makes is an ordinary qmail and vpopmail site:
// real qmail and vpopmail tools can take it over. All is durable before the answer; when a step fails, what was made is
// removed again. It refuses directories that hold something.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { addDomain, defaultOwner } from '../../mta/accounts/domains.ts';
import type { Owner } from '../../mta/accounts/durable.ts';
import { createFile, makeDirectory, syncDirectory } from '../../mta/accounts/durable.ts';
import { VpopmailError } from '../../mta/accounts/errors.ts';
import { checkDomainName } from '../../mta/accounts/names.ts';
import { hashNewPassword, makeRandomPassword } from '../../mta/accounts/new-account.ts';
import { parsePasswd } from '../../mta/accounts/passwd-file.ts';
import { AccountFlag } from '../../mta/accounts/types.ts';
import { siteFile } from '../../mta/certificates/files.ts';
import { makeSiteCertificate } from '../../mta/certificates/make.ts';
import { isMissing } from '../../mta/control/cached-file.ts';
import { isDomainName, lowerAscii } from '../../mta/formats/address.ts';
import type { Home } from '../../mta/home.ts';
import { findKeyOwner, openKeyDesk } from '../../mta/trust/dkim-keys.ts';

/** The home cannot be made; the message is one line for people. */
export class QuickstartError extends Error {
  override name = 'QuickstartError';
}

export interface QuickstartOptions {
  readonly home: Home;
  /** The first mail domain. */
  readonly domain: string;
  /** This machine's full name; mail.DOMAIN when missing. */
  readonly host?: string | undefined;
  /** A file whose first line is the postmaster's password; else one is made up. */
  readonly passwordFile?: string | undefined;
}

/** conf-split of a new queue. */
const SPLIT = 23;
const RANDOM_PASSWORD_LENGTH = 16;
const TCPTO_BYTES = 1024;

/** Makes the home. Gives the postmaster's address and password. Throws QuickstartError. */
export async function quickstart(
  options: QuickstartOptions,
): Promise<{ readonly address: string; readonly password: string }> {
  const { home } = options;
  const domain = checkName(options.domain);
  const host = lowerAscii(options.host ?? `mail.${domain}`);
  if (!isDomainName(host)) throw new QuickstartError(`${JSON.stringify(host)} is not a host name`);
  const password =
    options.passwordFile === undefined
      ? makeRandomPassword(RANDOM_PASSWORD_LENGTH)
      : await readPassword(options.passwordFile);
  const bases = [home.home, home.qmail, home.vpopmail, home.state, home.run];
  for (const base of bases) await refuseFull(base);
  const site = new Site();
  try {
    const owner = await defaultOwner();
    await makeDirectories(site, home, owner);
    await makeQueue(site, join(home.qmail, 'queue'));
    await makeControl(join(home.qmail, 'control'), domain, host);
    await makeSelfSigned(join(home.qmail, 'control'), domain, host);
    await makeAliases(site, join(home.qmail, 'alias'), domain, await aliasOwner(home, owner));
    // Somebody must be able to open the admin pages: SA_ADMIN, which vmoduser takes away and gives others.
    const passwordHash = await hashNewPassword(home, 'postmaster', password);
    await addDomain(home, {
      name: domain,
      owner,
      postmaster: { passwordHash, gecos: 'Postmaster', flags: AccountFlag.systemAdmin },
    });
    await site.sync();
    // Not published yet, and so of no use and no harm; the admin page of the domain shows what to publish.
    await openKeyDesk({ qmail: home.qmail, owner: await findKeyOwner(home.qmail) }).add(domain);
    return { address: `postmaster@${domain}`, password };
  } catch (error) {
    await site.remove();
    if (error instanceof VpopmailError || (error as NodeJS.ErrnoException).syscall !== undefined)
      throw new QuickstartError((error as Error).message, { cause: error });
    throw error;
  }
}

/** What was made, for making it durable or taking it back. */
class Site {
  readonly #directories: string[] = [];
  /** What was already there, empty: its contents go, it stays. */
  readonly #found: string[] = [];

  /** Makes a directory and missing parents; one that is there is kept as it is. */
  async directory(path: string, mode: number, owner?: Owner | undefined): Promise<void> {
    try {
      await makeDirectory(path, mode, owner);
      this.#directories.push(path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' && dirname(path) !== path) {
        await this.directory(dirname(path), mode);
        return this.directory(path, mode, owner);
      }
      if (code !== 'EEXIST') throw error;
      if (!this.#directories.includes(path)) this.#found.push(path);
    }
  }

  async sync(): Promise<void> {
    for (const path of this.#directories) await syncDirectory(path);
    for (const path of this.#directories.slice(0, 1)) await syncDirectory(dirname(path));
  }

  async remove(): Promise<void> {
    for (const path of this.#directories) await rm(path, { recursive: true, force: true });
    for (const path of this.#found)
      for (const name of await readdir(path)) await rm(join(path, name), { recursive: true, force: true });
  }
}

function checkName(domain: string): string {
  try {
    return checkDomainName(domain);
  } catch {
    throw new QuickstartError(
      `${JSON.stringify(domain)} is not a mail domain; expected one such as example.com`,
    );
  }
}

async function readPassword(path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new QuickstartError(`cannot read the password file: ${(error as Error).message}`);
  }
  const password = text.split('\n')[0]!.replace(/\r$/, '');
  if (password === '') throw new QuickstartError(`${path}: expected a password on the first line`);
  return password;
}

async function refuseFull(path: string): Promise<void> {
  try {
    const names = await readdir(path);
    if (names.length > 0)
      throw new QuickstartError(`${path} exists and is not empty; quickstart makes a new home only`);
  } catch (error) {
    if (isMissing(error) && (error as NodeJS.ErrnoException).code === 'ENOENT') return;
    if (error instanceof QuickstartError) throw error;
    throw new QuickstartError(`cannot use ${path}: ${(error as Error).message}`);
  }
}

async function makeDirectories(site: Site, home: Home, owner: Owner): Promise<void> {
  // Deliveries as other users than root walk down to their homes; without root there is only one user.
  const passage = process.getuid?.() === 0 ? 0o755 : 0o700;
  await site.directory(home.home, passage);
  await site.directory(home.qmail, passage);
  await site.directory(join(home.qmail, 'control'), 0o755);
  await site.directory(join(home.qmail, 'users'), 0o755);
  await site.directory(home.vpopmail, passage, owner);
  await site.directory(join(home.vpopmail, 'domains'), 0o700, owner);
  await site.directory(home.state, 0o700);
  await site.directory(home.run, 0o700);
}

/** spec/qmail.md 2.1, with qmail's modes. */
async function makeQueue(site: Site, queue: string): Promise<void> {
  await site.directory(queue, 0o750);
  const plain = [
    ['pid', 0o700],
    ['intd', 0o700],
    ['todo', 0o750],
    ['bounce', 0o700],
    ['lock', 0o750],
  ] as const;
  for (const [name, mode] of plain) await site.directory(join(queue, name), mode);
  const split = [
    ['mess', 0o750],
    ['info', 0o700],
    ['local', 0o700],
    ['remote', 0o700],
  ] as const;
  for (const [name, mode] of split) {
    await site.directory(join(queue, name), mode);
    for (let i = 0; i < SPLIT; i++) await site.directory(join(queue, name, String(i)), mode);
  }
  const lock = join(queue, 'lock');
  await createFile(join(lock, 'sendmutex'), '', 0o600);
  await createFile(join(lock, 'tcpto'), Buffer.alloc(TCPTO_BYTES), 0o644);
  // Node cannot make a FIFO.
  await promisify(execFile)('mkfifo', ['-m', '622', join(lock, 'trigger')]).catch((error: Error) => {
    throw new QuickstartError(`cannot make ${join(lock, 'trigger')}: ${error.message.trim()}`);
  });
}

async function makeControl(control: string, domain: string, host: string): Promise<void> {
  const isVirtual = host === domain;
  const files: Readonly<Record<string, string>> = {
    me: `${host}\n`,
    defaultdomain: `${domain}\n`,
    defaulthost: `${domain}\n`,
    plusdomain: `${domain}\n`,
    // Without the file the local domain would be me, and locals beat virtualdomains.
    locals: isVirtual ? '' : `${host}\n`,
    // addDomain adds the domain.
    rcpthosts: isVirtual ? '' : `${host}\n`,
    // qmail's own default is no limit at all; an internet-facing door has one (security.md R5).
    databytes: '52428800\n',
    defaultdelivery: './Maildir/\n',
    // qmail's 10 and 20 come from a time when each was a process.
    concurrencylocal: '40\n',
    concurrencyremote: '500\n',
    // On an old site no letter goes anywhere but where it went before.
    junkfilter: '1\n',
    junkfolder: '1\n',
    // An old site keeps the plain queue until its owner says otherwise; a new one has nothing to go back to.
    queuejournal: '1\n',
    // Who a stranger's letter is from is looked up; what its domain says of forgeries puts them into Junk.
    senderauth: '1\n',
    dmarcbehavior: 'junk\n',
    // Others' domains learn what came in their name, as we do from their hosts.
    dmarcreports: '1\n',
    tlsreports: '1\n',
    // The same with password hashes: the programs of an old site read sha512-crypt only.
    passwordscheme: 'argon2id\n',
    // Forwards leave under a sender that SPF lets us use.
    srs_domain: `${domain}\n`,
    srs_secrets: `${randomBytes(24).toString('base64url')}\n`,
  };
  for (const [name, text] of Object.entries(files)) await createFile(join(control, name), text, 0o644);
}

/** So that the doors speak TLS at once. Mail programs warn of it until there is one that an authority has signed. */
async function makeSelfSigned(control: string, domain: string, host: string): Promise<void> {
  const names = [...new Set([host, `mail.${domain}`, domain])];
  await createFile(join(control, siteFile), makeSiteCertificate(names, Date.now()), 0o600);
}

/** The user alias of this machine when our alias directory is his home, else who owns the domain. */
async function aliasOwner(home: Home, owner: Owner): Promise<Owner> {
  const alias = parsePasswd(await readFile('/etc/passwd', 'utf8')).get('alias');
  return alias?.home === join(home.qmail, 'alias') ? alias : owner;
}

/** RFC 2142: postmaster; the others are where a machine's own mail goes. */
async function makeAliases(site: Site, directory: string, domain: string, owner: Owner): Promise<void> {
  // qmail's own modes where roles have users of their own: who asks at RCPT is not the user alias.
  const [passage, mode] = process.getuid?.() === 0 ? [0o755, 0o644] : [0o700, 0o600];
  await site.directory(directory, passage, owner);
  for (const name of ['postmaster', 'mailer-daemon', 'root'])
    await createFile(join(directory, `.qmail-${name}`), `&postmaster@${domain}\n`, mode, owner);
}
