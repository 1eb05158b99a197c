// dotqmail2valias: moves the .qmail-NAME files of domains into the alias table of the back end (spec/vpopmail.md 8.2).
// Lists stay files. The lines are in the table before a file goes, so an alias is never nowhere; when a file cannot be
// moved as a whole, its lines are taken back out of the table.

import { listAliasNames, readAliasLines, removeAliasFile } from '../accounts/alias-files.ts';
import { listAssignedDomains } from '../accounts/domain-list.ts';
import type { RunAsOwner } from '../accounts/durable.ts';
import { changeWords } from '../accounts/onchange.ts';
import type { AliasTable } from '../accounts/store.ts';
import type { Domain } from '../accounts/types.ts';
import { lowerAscii } from '../formats/address.ts';
import { safe } from '../log.ts';
import { accountCommand, FAILED, readOptions, showUsage, withSite } from './account-command.ts';
import type { CommandContext } from './command.ts';
import { ownerRights } from './owner-rights.ts';
import { tellChanges } from './tell-changes.ts';

export const usage = `usage: dotqmail2valias [options] [domainlist]
  Converts .qmail-alias files for listed domains to valias format.
  Options:
    -a = convert all domains
    -v = version
    -d = debug info
`;

export const run = accountCommand(usage, async (args, context) =>
  withSite(context, async ({ store }) => {
    const aliases = await store.aliasTable();
    const { stdout, stderr } = context;
    if (aliases === undefined) {
      stderr.write('You must keep aliases in a database (control/vpopmailauth) to use this program.\n');
      return FAILED;
    }
    const { options, rest, bad } = readOptions('dotqmail2valias', args, 'avd', context);
    const isAll = options.some(({ letter }) => letter === 'a');
    if (bad !== undefined || (rest.length === 0 && !isAll)) return showUsage(usage, context);
    const domains = await listAssignedDomains(context.home);
    const names = rest.length > 0 ? rest.map(lowerAscii) : domains.map(({ name }) => name);
    for (const name of names) {
      stdout.write(`converting ${safe(name)}\n`);
      const domain = domains.find((one) => one.name === name);
      if (domain === undefined) stderr.write(`Error, domain ${safe(name)} not found in users/cdb.\n`);
      else if (domain.realName !== name) stderr.write(`Skipping ${name} (alias of ${domain.realName}).\n`);
      else if (await convertDomain(domain, aliases, context)) continue;
      stderr.write(`conversion of ${safe(name)} failed\n`);
    }
    return 0;
  }),
);

/** @returns whether all of it could be done */
async function convertDomain(domain: Domain, aliases: AliasTable, context: CommandContext): Promise<boolean> {
  const { stdout } = context;
  let isWhole = true;
  // His own links could make root read, or remove, what is not the domain's.
  const as = await ownerRights(domain.directory);
  for (const alias of await as(domain, () => listAliasNames(domain))) {
    stdout.write(`  checking ${safe(alias)}@${domain.name}...`);
    try {
      stdout.write(`${await convertAlias(domain, alias, aliases, as, context)}\n`);
    } catch (error) {
      isWhole = false;
      stdout.write(`Error: ${safe((error as Error).message)}, skipping.\n`);
    }
  }
  return isWhole;
}

async function convertAlias(
  domain: Domain,
  alias: string,
  aliases: AliasTable,
  as: RunAsOwner,
  context: CommandContext,
): Promise<string> {
  if ((await aliases.find(domain, alias)).length > 0) return 'valias already exists, skipping.';
  const lines = (await as(domain, () => readAliasLines(domain, alias))) ?? [];
  // vpopmail: a program line of ezmlm makes it a list.
  if (lines.some((line) => /^\|[^ ]*\/ezmlm-/.test(line) || line.includes('ezmlm-reject')))
    return 'mailing list, skipping.';
  // qmail-local: an empty file is the default delivery; the table has no such thing.
  if (lines.length === 0) return 'empty, skipping.';
  try {
    for (const line of lines) await aliases.insert(domain, alias, line);
  } catch (error) {
    await aliases.remove(domain, alias);
    throw error;
  }
  await as(domain, () => removeAliasFile(domain, alias));
  const address = `${alias}@${domain.name}`;
  await tellChanges(context, domain, ...lines.map((line) => changeWords.aliasLineAdded(address, line)));
  return ` converted ${lines.length} entries.`;
}
