// vmakedotqmail: gives accounts a .qmail made of control/defaultdelivery, takes it away, or rewrites .qmail-default
// (spec/vpopmail.md 3.4). A .qmail that is there is kept unless -o says otherwise; -t only tells.
import { lstat, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readText } from '../accounts/domain-files.ts';
import { listAssignedDomains } from '../accounts/domain-list.ts';
import { replaceFile, syncDirectory } from '../accounts/durable.ts';
import { VpopmailError } from '../accounts/errors.ts';
import type { AccountRecord } from '../accounts/store.ts';
import type { Domain } from '../accounts/types.ts';
import { isMissing } from '../control/cached-file.ts';
import { safe } from '../log.ts';
import {
  accountCommand,
  FAILED,
  type OpenedSite,
  readAddress,
  readOptions,
  showUsage,
  withSite,
} from './account-command.ts';
import type { CommandContext } from './command.ts';
import { ownerRights } from './owner-rights.ts';

export const usage = `vmakedotqmail: usage: [options]
options: -u user@domain (the .qmail of one account)
         -d domain (of all accounts of a domain)
         -A (of all accounts)
         -o (overwrite a .qmail that is there)
         -r (remove the .qmail files)
         -t (only show what would be done)
         -q default | "line" (with -d or -A: rewrite .qmail-default with this line, or with vdelivermail)
`;

interface Wanted {
  readonly isOverwriting: boolean;
  readonly isRemoving: boolean;
  readonly isTesting: boolean;
  /** The line for .qmail-default. */
  readonly line: string | undefined;
  /** control/defaultdelivery; undefined when it is missing. */
  readonly content: string | undefined;
}

const RULE = `${'='.repeat(66)}\n`;

export const run = accountCommand(usage, async (args, context) => {
  const { home, stdout } = context;
  const { options, rest, bad } = readOptions('vmakedotqmail', args, 'aAu:d:q:orth', context);
  const value = (letter: string): string | undefined =>
    options.findLast((one) => one.letter === letter)?.value;
  const isAll = value('A') !== undefined || value('a') !== undefined;
  const [user, name, line] = [value('u'), value('d'), value('q')];
  if (bad !== undefined || rest.length > 0 || value('h') !== undefined) return showUsage(usage, context);
  if (line !== undefined && !isAll && name === undefined) {
    stdout.write('If using -q, always pass argument -d <domain> or -A (all)\n');
    return showUsage(usage, context);
  }
  if (!isAll && name === undefined && user === undefined) return showUsage(usage, context);
  if (line !== undefined && /[\n\0]/.test(line)) throw new VpopmailError(-20, 'one line only');
  const content = await readText(join(home.qmail, 'control', 'defaultdelivery'));
  const isRemoving = value('r') !== undefined;
  if (line === undefined && content === undefined && !isRemoving) {
    stdout.write(`\nERROR: Missing ${home.qmail}/control/defaultdelivery file.\n`);
    return FAILED;
  }
  const wanted: Wanted = {
    isOverwriting: value('o') !== undefined,
    isRemoving,
    isTesting: value('t') !== undefined,
    line: line === 'default' ? `| ${home.vpopmail}/bin/vdelivermail '' delete` : line,
    content,
  };
  return withSite(context, (site) => {
    if (isAll) return makeAll(wanted, site, context);
    return name !== undefined
      ? makeDomain(name, wanted, site, context)
      : makeUser(user!, wanted, site, context);
  });
});

async function makeAll(wanted: Wanted, site: OpenedSite, context: CommandContext): Promise<number> {
  for (const { name, realName } of await listAssignedDomains(context.home)) {
    if (name === realName) await makeDomain(name, wanted, site, context);
    else context.stdout.write(`${RULE}SKIP domain: ${name} (alias of ${realName})\n${RULE}\n`);
  }
  return 0;
}

async function makeDomain(
  name: string,
  wanted: Wanted,
  { store, accounts }: OpenedSite,
  { stdout }: CommandContext,
): Promise<number> {
  stdout.write(`${RULE}Domain: ${safe(name)}\n\n`);
  const domain = await accounts.findDomain(name);
  if (domain === undefined) {
    stdout.write(`Error: Domain ${safe(name)} does not exist\n\n`);
    return FAILED;
  }
  const as = await ownerRights(domain.directory);
  if (wanted.line !== undefined) {
    const text = `${wanted.line}\n`;
    stdout.write(`${name}: rewriting .qmail-default: "${safe(wanted.line)}": `);
    if (!wanted.isTesting)
      await as(domain, () => replaceFile(join(domain.directory, '.qmail-default'), text, 0o600, domain));
    stdout.write(wanted.isTesting ? '**TESTING**\n' : 'DONE\n');
  } else {
    for await (const record of store.each(domain))
      stdout.write(await as(domain, () => makeDotQmail(domain, record, wanted)));
  }
  stdout.write(`${RULE}\n`);
  return 0;
}

async function makeUser(
  email: string,
  wanted: Wanted,
  { store, accounts }: OpenedSite,
  context: CommandContext,
): Promise<number> {
  const address = await readAddress(email, context);
  if (address === undefined) return FAILED;
  const domain = await accounts.findDomain(address.domain);
  const record = domain && (await store.find(domain, address.name));
  if (domain === undefined || record === undefined) {
    context.stdout.write(`no such user ${address.name}@${address.domain}\n`);
    return FAILED;
  }
  const as = await ownerRights(domain.directory);
  context.stdout.write(await as(domain, () => makeDotQmail(domain, record, wanted)));
  return 0;
}

/** Does it for one account. @returns the line about it */
async function makeDotQmail(
  domain: Domain,
  { name, directory }: AccountRecord,
  { isOverwriting, isRemoving, isTesting, content }: Wanted,
): Promise<string> {
  const path = join(directory, '.qmail');
  const title = `${isTesting ? '**TESTING** ' : ''}${name}@${domain.realName}`;
  if (isRemoving) {
    if (!isTesting) {
      await rm(path, { force: true });
      await syncDirectory(directory);
    }
    return `${title} REMOVED existing .qmail\n`;
  }
  // vdelivermail would be asked by itself, over and over.
  if (content?.includes('vdelivermail') === true)
    return `${title} SKIP (control/defaultdelivery already has vdelivermail)\n`;
  const isThere = await lstat(path).then(
    () => true,
    (error: unknown) => {
      if (isMissing(error)) return false;
      throw error;
    },
  );
  if (isThere && !isOverwriting) return `${title} SKIP (.qmail already exists)\n`;
  if (!isTesting) await replaceFile(path, Buffer.from(content ?? '', 'latin1'), 0o600, domain);
  return `${title} DONE${isThere ? ' (existing .qmail overwritten)' : ''}\n`;
}
