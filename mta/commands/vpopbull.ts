// vpopbull: puts one message into the mailboxes of all accounts, or of those of some domains (spec/vpopmail.md 3.4). A copy
// is delivered like any other message: whole in new/ and durable, or not there; a quota does not stop it. Links (-h, -s) are
// made under the name that vpopmail gives, and are the message as it is. Called by root it goes into Maildirs with the
// rights of the domain's user, who says where their paths lead.
import { constants } from 'node:fs';
import { chmod, chown, link, open, readFile, stat, symlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { listDomains } from '../accounts/domain-list.ts';
import type { RunAsOwner } from '../accounts/durable.ts';
import type { AccountRecord } from '../accounts/store.ts';
import type { Domain } from '../accounts/types.ts';
import { formatRfc5322Date } from '../formats/date.ts';
import { safe } from '../log.ts';
import { describeError } from '../maildir/calls.ts';
import { makeMaildir } from '../maildir/create.ts';
import { createMaildirDelivery, type MaildirDelivery } from '../maildir/deliver.ts';
import { createDirectorySync } from '../maildir/directory-sync.ts';
import {
  accountCommand,
  FAILED,
  type OpenedSite,
  readOptions,
  showUsage,
  withSite,
} from './account-command.ts';
import type { CommandContext } from './command.ts';
import { ownerRights } from './owner-rights.ts';

export const usage = `usage: vpopbull [options] -f [email_file] [virtual_domain] [...]
       -v (print version number)
       -V (verbose)
       -f email_file (file with message contents)
       -e exclude_email_addr_file (list of addresses to exclude)
       -n (don't mail. Use with -V to list accounts)
       -c (default, copy file)
       -h (use hard links)
       -s (use symbolic links)
`;

type Method = 'copy' | 'hard' | 'symbolic';

/** What goes to everybody. */
interface Bulletin {
  readonly path: string;
  /** Undefined with -n. */
  readonly message: Buffer | undefined;
  readonly method: Method;
  readonly excluded: ReadonlySet<string>;
  readonly isVerbose: boolean;
  /** The name of links. */
  readonly name: string;
}

export const run = accountCommand(usage, async (args, context) => {
  const { stderr } = context;
  if (args.length === 0) return showUsage(usage, context);
  const { options, rest, bad } = readOptions('vpopbull', args, 'Vvcshnf:e:', context);
  if (bad !== undefined) return showUsage(usage, context);
  const value = (letter: string): string | undefined =>
    options.findLast((one) => one.letter === letter)?.value;
  const [file, exclude] = [value('f'), value('e')];
  let message: Buffer | undefined;
  let excluded = '';
  for (const [path, use] of [
    [file, (bytes: Buffer) => (message = bytes)],
    [exclude, (bytes: Buffer) => (excluded = bytes.toString('utf8'))],
  ] as const) {
    if (path === undefined) continue;
    try {
      use(await readFile(path));
    } catch {
      stderr.write(`Could not open file ${safe(path)}\n`);
      return FAILED;
    }
  }
  if (message?.length === 0) {
    stderr.write(`Error: ${safe(file ?? '')} is empty\n`);
    return FAILED;
  }
  const isQuiet = value('n') !== undefined;
  if (message === undefined && !isQuiet) {
    stderr.write('Error: email_file not specified\n');
    return showUsage(usage, context);
  }
  const method = options.findLast(({ letter }) => 'csh'.includes(letter))?.letter;
  const bulletin: Bulletin = {
    path: resolve(file ?? ''),
    message: isQuiet ? undefined : message,
    method: method === 'h' ? 'hard' : method === 's' ? 'symbolic' : 'copy',
    excluded: new Set(excluded.split(/\r?\n/)),
    isVerbose: value('V') !== undefined,
    name: `${Math.floor(Date.now() / 1000)}.${process.pid}.${hostname().replace(/[/:]/g, '_')}`,
  };
  return withSite(context, (site) => sendAll(bulletin, rest, site, context));
});

async function sendAll(
  bulletin: Bulletin,
  names: readonly string[],
  site: OpenedSite,
  context: CommandContext,
): Promise<number> {
  const { stderr, home } = context;
  const all = await listDomains(home);
  const wanted: Domain[] = [];
  if (names.length === 0) {
    for (const domain of all) {
      wanted.push(domain);
      if (bulletin.isVerbose)
        for (const alias of domain.aliases) stderr.write(`skipping ${alias} (alias of ${domain.name})\n`);
    }
  }
  for (const name of names) {
    const domain = await site.accounts.findDomain(name);
    if (domain === undefined) stderr.write(`Error: domain ${safe(name)} does not exist\n`);
    else wanted.push({ ...domain, name: domain.realName });
  }
  const directorySync = createDirectorySync();
  const maildirs = createMaildirDelivery({ hostname: hostname(), directorySync });
  try {
    for (const domain of wanted) {
      const as = await ownerRights(domain.directory);
      for await (const record of site.store.each(domain))
        await sendOne(bulletin, domain, record, maildirs, as, context);
    }
  } finally {
    maildirs.close();
    await directorySync.close();
  }
  return 0;
}

async function sendOne(
  bulletin: Bulletin,
  domain: Domain,
  record: AccountRecord,
  maildirs: MaildirDelivery,
  as: RunAsOwner,
  { stdout, stderr }: CommandContext,
): Promise<void> {
  const address = `${record.name}@${domain.name}`;
  const { message, method } = bulletin;
  if (bulletin.excluded.has(address)) return;
  if (message === undefined) return void stdout.write(`${address}\n`);
  try {
    if (method === 'copy') await as(domain, () => copyTo(record, address, message, domain, maildirs));
    else await linkTo(record, bulletin, domain, as);
    if (bulletin.isVerbose) stdout.write(`${address}\n`);
  } catch (error) {
    stderr.write(`${address}: ERROR COPYING TO ${record.directory}: ${describeError(error)}\n`);
  }
}

async function copyTo(
  record: AccountRecord,
  address: string,
  message: Buffer,
  domain: Domain,
  maildirs: MaildirDelivery,
): Promise<void> {
  const date = hasDate(message) ? '' : `Date: ${formatRfc5322Date(new Date())}\n`;
  const deliver = () =>
    maildirs.deliver({
      home: record.directory,
      maildir: 'Maildir',
      owner: domain,
      prefix: Buffer.from(`To: ${address}\n${date}`),
      message,
      path: '',
      size: message.length,
      quota: 'none',
    });
  let result = await deliver();
  if (!result.stored && result.reason === 'missing') {
    await makeMaildir(join(record.directory, 'Maildir'), { owner: domain, from: domain.directory });
    result = await deliver();
  }
  if (!result.stored) throw result.error;
}

/** Has the header a Date? */
export function hasDate(message: Buffer): boolean {
  const end = message.indexOf('\n\n');
  return /^date:/im.test(message.toString('latin1', 0, end < 0 ? message.length : end));
}

async function linkTo(
  record: AccountRecord,
  { path, method, name }: Bulletin,
  owner: Domain,
  as: RunAsOwner,
): Promise<void> {
  const directory = join(record.directory, 'Maildir', 'new');
  if (method === 'symbolic') return as(owner, () => symlink(path, join(directory, name)));
  // The way to the Maildir is the owner's, the bulletin is the caller's, and may lie where only he comes.
  const place = await as(owner, () => open(directory, constants.O_RDONLY | constants.O_DIRECTORY));
  try {
    await link(path, `/proc/self/fd/${place.fd}/${name}`);
  } finally {
    await place.close();
  }
  // One file in all mailboxes: it must be theirs to read.
  if (process.getuid?.() === 0 && (await stat(path)).uid !== owner.uid)
    await chown(path, owner.uid, owner.gid);
  await chmod(path, 0o600);
}
