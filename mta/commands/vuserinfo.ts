// vuserinfo: shows an account, or all of a domain (spec/vpopmail.md 3.3, 3.4). Output as vpopmail's, byte for byte, in
// local time. A password hash is shown, for that is what the command is for; a clear password of an old site is not.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readDomainLimits } from '../accounts/account-changes.ts';
import { effectiveFlags } from '../accounts/limits.ts';
import type { AccountRecord, AccountStore, LastLogin } from '../accounts/store.ts';
import type { Domain } from '../accounts/types.ts';
import { AccountFlag } from '../accounts/types.ts';
import { isMissing } from '../control/cached-file.ts';
import { quoted } from '../log.ts';
import { parseMaildirSize, parseQuota, percentUsed } from '../maildir/quota.ts';
import { accountCommand, FAILED, readAddress, readOptions, withSite } from './account-command.ts';
import type { CommandContext } from './command.ts';

export const usage = `vuserinfo: usage: [options] email_address
options: -v (print version number)
         -a (display all fields, this is the default)
         -n (display name field)
         -p (display crypted password)
         -u (display uid field)
         -g (display gid field)
         -c (display comment field)
         -d (display directory)
         -q (display quota field)
         -Q (display quota usage)
         -l (display last authentication time)
         -D domainname (show all users on this domain)
`;

/** Flag bits and their words, in vpopmail's order. */
const LIMITS: readonly (readonly [number, string])[] = [
  [AccountFlag.noPasswordChange, 'password can not be changed by user'],
  [AccountFlag.noPop, 'pop access closed'],
  [AccountFlag.noWebmail, 'webmail access closed'],
  [AccountFlag.noImap, 'imap access closed'],
  [AccountFlag.noSmtp, 'smtp access is closed'],
  [AccountFlag.noRelay, 'user not allowed to relay mail'],
  [0x4000, 'spamassassin processing disabled'],
  [0x8000, 'delete spam'],
  [0x40000, 'maildrop processing disabled'],
  [0x40, 'no dialup flag has been set'],
  [AccountFlag.bounceMail, 'mail will be bounced back to sender'],
  [AccountFlag.domainAdmin, 'has qmailadmin administrator access'],
  [AccountFlag.systemAdmin, 'has system administrator access'],
  [0x20000, 'has expert access'],
  [0x80, 'user flag 0 is set'],
  [0x100, 'user flag 1 is set'],
  [0x200, 'user flag 2 is set'],
  [0x400, 'user flag 3 is set'],
  [0x2000, 'user is not subject to domain limits'],
];

/** What is shown of one account beside its line. */
interface Details {
  readonly entry: AccountRecord;
  readonly flags: number;
  readonly usage: string;
  readonly lastLogin: string;
}

export const run = accountCommand(usage, showUsers);

async function showUsers(args: readonly string[], context: CommandContext): Promise<number> {
  const { options, rest, bad } = readOptions('vuserinfo', args, 'anpugcdqQvlD:C', context);
  const wholeDomain = options.findLast(({ letter }) => letter === 'D')?.value;
  const [email] = rest;
  if (bad !== undefined || (email === undefined && wholeDomain === undefined)) {
    context.stdout.write(usage);
    return FAILED;
  }
  const fields = options.map(({ letter }) => letter).filter((letter) => 'npugcdqQlC'.includes(letter));
  // vpopmail: the last of -a and a field rules.
  const all = (options.findLast(({ letter }) => 'anpugcdqQlC'.includes(letter))?.letter ?? 'a') === 'a';
  return withSite(context, async ({ store, accounts }) => {
    const address =
      wholeDomain === undefined ? await readAddress(email!, context) : { name: '', domain: wholeDomain };
    if (address === undefined) return FAILED;
    const domain = await accounts.findDomain(address.domain);
    const name = wholeDomain === undefined ? address.name : undefined;
    const shown = domain === undefined ? [] : await readRecords(store, domain, name, context);
    if (wholeDomain === undefined && shown.length === 0) {
      const host = address.domain === '' ? '' : `@${address.domain}`;
      context.stdout.write(`no such user ${address.name}${host}\n`);
      return FAILED;
    }
    for (const entry of shown) {
      const details = await readDetails(entry, domain!, store, context);
      if (wholeDomain !== undefined) context.stdout.write(`${'-'.repeat(42)}\n`);
      context.stdout.write(
        all ? formatAll(details, wholeDomain !== undefined) : formatFields(details, fields),
      );
    }
    return 0;
  });
}

/** One account or all. Where lines are shown that are no accounts, or nobody is found, they are told on standard error. */
async function readRecords(
  store: AccountStore,
  domain: Domain,
  name: string | undefined,
  context: CommandContext,
): Promise<readonly AccountRecord[]> {
  // A domain may have a hundred thousand: for one, the others are not looked at.
  const record = name === undefined ? undefined : await store.find(domain, name);
  if (record !== undefined) return [record];
  for (const { where, words } of await store.problems(domain))
    context.stderr.write(`${where}: ${quoted(words)}\n`);
  const all: AccountRecord[] = [];
  if (name === undefined) for await (const one of store.each(domain)) all.push(one);
  return all;
}

async function readDetails(
  entry: AccountRecord,
  domain: Domain,
  store: AccountStore,
  context: CommandContext,
): Promise<Details> {
  const limits = await readDomainLimits(store, domain, context.home.vpopmail);
  return {
    entry,
    flags: effectiveFlags(entry.flags, limits),
    usage: await readUsage(entry),
    lastLogin: formatLastLogin(await store.lastLogin(domain, entry)),
  };
}

async function readOptional(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function readUsage({ quota, directory }: AccountRecord): Promise<string> {
  if (quota === 'NOQUOTA') return quota;
  const content = await readOptional(join(directory, 'Maildir', 'maildirsize'));
  const size = content && parseMaildirSize(content);
  return `${size === undefined ? 0 : percentUsed(parseQuota(quota), size.bytes, size.count)}%`;
}

function formatLastLogin(login: LastLogin | undefined): string {
  if (login === undefined) return 'last auth: Never logged in\n';
  const when = asctime(new Date(login.at * 1000));
  // vpopmail NULL_REMOTE_IP: written when the account was made.
  if (login.ip === '0.0.0.0') return `account created: ${when}\nlast auth: Never logged in\n`;
  return `last auth: ${when}\nlast auth ip: ${quoted(login.ip)}\n`;
}

/** asctime(localtime()): `Sun Nov 22 13:17:39 2026`, the day padded with a blank. */
function asctime(date: Date): string {
  const [day, month, , year] = date.toDateString().split(' ');
  const clock = date.toTimeString().slice(0, 8);
  return `${day} ${month} ${String(date.getDate()).padStart(2)} ${clock} ${year}`;
}

function formatLimits({ entry, flags }: Details): string {
  if (flags === 0) return 'limits: No user limits set.\n';
  const lines = LIMITS.filter(([bit]) => (flags & bit) !== 0).map(
    ([bit, words]) => `        ${words}${(entry.flags & bit) !== 0 ? '' : ' (*)'}\n`,
  );
  const note = entry.flags === flags ? '' : '        * = set by domain-wide limits\n';
  return `limits:\n${lines.join('')}${note}`;
}

function formatAll(details: Details, isListed: boolean): string {
  const { entry, flags, usage: used, lastLogin } = details;
  return [
    `name:   ${entry.name}\n`,
    `passwd: ${entry.password}\n`,
    // vpopmail: what it prints of a string that it has not read.
    `clear passwd: ${isListed ? '(null)' : ''}\n`,
    `comment/gecos: ${entry.gecos}\n`,
    `uid:    ${entry.uid}\n`,
    `gid:    ${entry.flags}\n`,
    `flags:  ${flags}\n`,
    `gecos: ${entry.gecos}\n`,
    formatLimits(details),
    `dir:       ${entry.directory}\n`,
    `quota:     ${entry.quota}\n`,
    `usage:     ${used}\n`,
    lastLogin,
  ].join('');
}

/** One value a line, in vpopmail's order whatever the order of the options. */
function formatFields({ entry, usage: used, lastLogin }: Details, fields: readonly string[]): string {
  const lines: readonly (readonly [string, string])[] = [
    ['n', `${entry.name}\n`],
    ['p', `${entry.password}\n`],
    ['u', `${entry.uid}\n`],
    ['g', `${entry.flags}\n`],
    ['c', `${entry.gecos}\n`],
    ['d', `${entry.directory}\n`],
    ['q', `${entry.quota}\n`],
    ['Q', `${used}\n`],
    ['l', lastLogin],
  ];
  return lines
    .filter(([letter]) => fields.includes(letter))
    .map(([, line]) => line)
    .join('');
}
