// valias: shows, adds and removes aliases of a domain (spec/vpopmail.md 3.4, 8): in the table of the back end when it has
// one, else in .qmail-NAME files. A line is stored exactly as it is given.

import {
  checkAliasLine,
  insertAliasLine,
  listAliasNames,
  readAliasLines,
  removeAliasFile,
} from '../accounts/alias-files.ts';
import { changeWords } from '../accounts/onchange.ts';
import type { AccountStore } from '../accounts/store.ts';
import type { Domain } from '../accounts/types.ts';
import { accountCommand, FAILED, readAddress, readOptions, showUsage, withSite } from './account-command.ts';
import type { CommandContext } from './command.ts';
import { ownerRights } from './owner-rights.ts';
import { tellChanges } from './tell-changes.ts';

export const usage = `valias: usage: [options] email_address ${''}
options: -v ( display the vpopmail version number )
         -n ( show alias names, use just domain )
         -s ( show aliases, can use just domain )
         -d ( delete alias )
         -i alias_line (insert alias line)

Example: valias -i fred@inter7.com bob@inter7.com
         (adds alias from bob@inter7.com to fred@inter7.com
`;

/** vpopmail's exit status for a wrong option. */
const MISUSED = -2 & 255;

/** Aliases of one domain, wherever they are kept. */
interface AliasKeeper {
  names(): Promise<readonly string[]>;
  lines(alias: string): Promise<readonly string[]>;
  insert(alias: string, line: string): Promise<void>;
  remove(alias: string): Promise<void>;
}

export const run = accountCommand(usage, async (args, context) => {
  const { stdout, stderr } = context;
  const { options, rest, bad } = readOptions('valias', args, 'vnsdi:', context);
  if (bad !== undefined) return showUsage(usage, context, MISUSED);
  const [given = ''] = rest;
  if (given === '') {
    stderr.write('must supply alias email address\n');
    return showUsage(usage, context);
  }
  const isAddress = given.includes('@');
  const address = isAddress ? await readAddress(given, context) : { name: '', domain: given.toLowerCase() };
  if (address === undefined) return FAILED;
  const action = options.findLast(({ letter }) => letter !== 'v') ?? { letter: 's', value: '' };
  return withSite(context, async ({ store, accounts }) => {
    const domain = await accounts.findDomain(address.domain);
    if (domain === undefined) stdout.write('invalid domain, not in qmail assign file\n');
    const keeper = domain && (await openAliases(store, domain));
    // vpopmail's look-up turns an alias domain into the real one for all that follows.
    const real = { name: address.name, domain: domain?.realName ?? address.domain };
    switch (action.letter) {
      case 'n':
        return showNames(keeper, isAddress, context);
      case 'd':
        // vpopmail: silent whether it was there or not.
        if (!isAddress || domain === undefined) return 0;
        await keeper?.remove(address.name);
        await tellChanges(context, domain, changeWords.aliasRemoved(`${real.name}@${real.domain}`));
        return 0;
      case 'i':
        if (!isAddress) return noAddress(context);
        if (domain === undefined || !(await insert(keeper, real, action.value, context))) return FAILED;
        await tellChanges(
          context,
          domain,
          changeWords.aliasLineAdded(`${real.name}@${real.domain}`, action.value),
        );
        return 0;
      default:
        return isAddress ? showOne(keeper, real, context) : showAll(keeper, real.domain, context);
    }
  });
});

async function openAliases(store: AccountStore, domain: Domain): Promise<AliasKeeper> {
  const aliases = await store.aliasTable();
  if (aliases !== undefined)
    return {
      names: async () => [...(await aliases.list(domain)).keys()],
      lines: (alias) => aliases.find(domain, alias),
      insert: (alias, line) => aliases.insert(domain, alias, checkAliasLine(line)),
      remove: async (alias) => void (await aliases.remove(domain, alias)),
    };
  const as = await ownerRights(domain.directory);
  return {
    names: () => listAliasNames(domain),
    lines: async (alias) => (await readAliasLines(domain, alias)) ?? [],
    insert: (alias, line) => as(domain, () => insertAliasLine(domain, alias, line)),
    remove: (alias) => as(domain, () => removeAliasFile(domain, alias)),
  };
}

function noAddress({ stderr }: CommandContext): number {
  stderr.write('valias: an alias line is inserted for user@domain\n');
  return FAILED;
}

async function showNames(
  keeper: AliasKeeper | undefined,
  isAddress: boolean,
  { stdout, stderr }: CommandContext,
): Promise<number> {
  if (isAddress) {
    stderr.write('Please enter domain name only.\n');
    return FAILED;
  }
  const names = (await keeper?.names()) ?? [];
  for (const name of names) stdout.write(`${name}\n`);
  return names.length === 0 ? FAILED : 0;
}

async function showOne(
  keeper: AliasKeeper | undefined,
  { name, domain }: { readonly name: string; readonly domain: string },
  { stdout }: CommandContext,
): Promise<number> {
  const lines = (await keeper?.lines(name)) ?? [];
  for (const line of lines) stdout.write(`${name}@${domain} -> ${line}\n`);
  if (lines.length > 0) return 0;
  stdout.write(`No aliases ${name}@${domain} found\n`);
  return FAILED;
}

async function showAll(
  keeper: AliasKeeper | undefined,
  domain: string,
  { stdout }: CommandContext,
): Promise<number> {
  const names = (await keeper?.names()) ?? [];
  for (const name of names)
    for (const line of (await keeper?.lines(name)) ?? []) stdout.write(`${name}@${domain} -> ${line}\n`);
  if (names.length > 0) return 0;
  stdout.write(`No aliases found for domain ${domain}\n`);
  return FAILED;
}

/** @returns whether the line is new, and stored */
async function insert(
  keeper: AliasKeeper | undefined,
  { name, domain }: { readonly name: string; readonly domain: string },
  line: string,
  { stderr }: CommandContext,
): Promise<boolean> {
  if (((await keeper?.lines(name)) ?? []).includes(line)) {
    stderr.write(`Error: alias ${name}@${domain} -> ${line} already exists.\n`);
    return false;
  }
  await keeper?.insert(name, line);
  return keeper !== undefined;
}
