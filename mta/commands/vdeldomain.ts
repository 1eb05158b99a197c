// vdeldomain: removes a virtual domain with its accounts and their mail, or an alias domain (spec/vpopmail.md 1.3, 3.2).
// A domain that has alias domains goes only with -f, and they with it.

import { removeAliasDomain } from '../accounts/alias-domains.ts';
import { listDomains } from '../accounts/domain-list.ts';
import { AliasDomainsError, removeDomain } from '../accounts/domain-removal.ts';
import { VpopmailError } from '../accounts/errors.ts';
import { MAX_DOMAIN_NAME } from '../accounts/names.ts';
import { changeWords } from '../accounts/onchange.ts';
import { lowerAscii } from '../formats/address.ts';
import { accountCommand, readOptions, showUsage } from './account-command.ts';
import type { CommandContext } from './command.ts';
import { ownerRights } from './owner-rights.ts';
import { tellChanges } from './tell-changes.ts';

export const usage = `vdeldomain: usage: [options] domain_name
options: -v (print version number)
options: -f (force delete of virtual domains)
`;

export const run = accountCommand(usage, async (args, context) => {
  const { options, rest, bad } = readOptions('vdeldomain', args, 'vf', context);
  const [given] = rest;
  if (bad !== undefined || given === undefined) return showUsage(usage, context, 0);
  const name = lowerAscii(given);
  if (name.length > MAX_DOMAIN_NAME) throw new VpopmailError(-26);
  return deleteDomain(
    name,
    options.some(({ letter }) => letter === 'f'),
    context,
  );
});

async function deleteDomain(name: string, force: boolean, context: CommandContext): Promise<number> {
  const { home, stdout, stderr } = context;
  const domains = await listDomains(home);
  const domain = domains.find((one) => one.name === name);
  if (domain === undefined) {
    await removeAliasDomain(home, name);
    const real = domains.find(({ aliases }) => aliases.includes(name))!;
    await tellChanges(context, real, changeWords.aliasDomainRemoved(name, real.name));
    return 0;
  }
  const list = (aliases: readonly string[]): string => aliases.map((alias) => `   ${alias}\n`).join('');
  try {
    const aliases = await removeDomain(home, undefined, name, {
      withAliases: force,
      as: await ownerRights(domain.directory, home.state),
      warn: (line) => void stderr.write(`${line}\n`),
    });
    if (aliases.length > 0) stdout.write(`Warning: Alias domains deleted:\n${list(aliases)}`);
    await tellChanges(context, domain, changeWords.domainRemoved(name));
  } catch (error) {
    if (!(error instanceof AliasDomainsError)) throw error;
    stdout.write(`Warning: Alias domains exist:\n${list(error.aliases)}`);
    stdout.write('   use -f to force delete of domain and all aliases\n');
  }
  return 0;
}
