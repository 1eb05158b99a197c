// Aliases and lists (spec/vpopmail.md 7.4). An alias line is an address: what vpopmail took besides, programs and
// directories, is refused, since it runs as the domain's user (security.md F4). A line is removed exactly, not by its
// beginning, and an unknown address is an answer without lines.
import { type AliasDetails, NoSuchObject } from '../accounts/administration.ts';
import { lowerAscii } from '../formats/address.ts';
import { actorOf, addressOf, checkOwnDomain, ownDomain, wordsOf } from './asked.ts';
import type { Command } from './commands.ts';
import { fail, lines, type Major, OK } from './replies.ts';
import type { Asking } from './session.ts';

const PAGE = 500;

async function readAlias(asking: Asking, domain: string, name: string): Promise<AliasDetails | undefined> {
  try {
    return await asking.site.administration.alias(actorOf(asking), domain, name);
  } catch (error) {
    if (error instanceof NoSuchObject) return undefined;
    throw error;
  }
}

/** The alias that a command names. */
function aliasOf(
  asking: Asking,
  first: number,
): { readonly name: string; readonly domain: string; readonly line: string } {
  const [alias = fail(14, first), line = ''] = wordsOf(asking, 3);
  const { name, domain } = addressOf(alias, 15, first + 1);
  checkOwnDomain(asking, domain, first + 2);
  return { name, domain, line };
}

/** A destination as it was typed, without the & of .qmail files. */
const destination = (line: string): string => line.replace(/^&/, '').trim();

/** What is refused is one error, whatever the reason; the log of the administration knows more. */
async function changing(
  asking: Asking,
  major: Major,
  minor: number,
  work: () => Promise<void>,
): Promise<string> {
  try {
    await work();
    return OK;
  } catch (error) {
    asking.site.log(`vpopmaild: alias not changed: ${String(error)}`);
    return fail(major, minor);
  }
}

async function addAlias(asking: Asking): Promise<string> {
  const { name, domain, line } = aliasOf(asking, 902);
  if (line === '') return fail(16, 906);
  return changing(asking, 17, 907, async () => {
    const old = await readAlias(asking, domain, name);
    await asking.site.administration.setAlias(actorOf(asking), domain, name, {
      version: old?.version,
      addresses: [...(old?.addresses ?? []), destination(line)],
    });
  });
}

async function removeLine(asking: Asking): Promise<string> {
  const { name, domain, line } = aliasOf(asking, 1002);
  if (line === '') return fail(16, 1006);
  const gone = lowerAscii(destination(line));
  return changing(asking, 18, 1007, async () => {
    const { administration } = asking.site;
    const old = await readAlias(asking, domain, name);
    const addresses = old?.addresses.filter((one) => lowerAscii(one) !== gone) ?? [];
    if (old === undefined || addresses.length === old.addresses.length)
      throw new NoSuchObject('no such line');
    if (addresses.length + old.otherLines.length > 0)
      await administration.setAlias(actorOf(asking), domain, name, { version: old.version, addresses });
    else await administration.removeAlias(actorOf(asking), domain, name, old.version);
  });
}

async function deleteAlias(asking: Asking): Promise<string> {
  const { name, domain } = aliasOf(asking, 1102);
  return changing(asking, 19, 1106, async () => {
    const old = await readAlias(asking, domain, name);
    if (old === undefined) throw new NoSuchObject('no such alias');
    await asking.site.administration.removeAlias(actorOf(asking), domain, name, old.version);
  });
}

/** All aliases of a domain, a page at a time. */
async function* eachAlias(asking: Asking, domain: string): AsyncGenerator<AliasDetails> {
  for (let after: string | undefined; ; ) {
    const page = await asking.site.administration.aliases(actorOf(asking), domain, {
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    });
    yield* page.items;
    if (!page.hasAfter || page.items.length === 0) return;
    after = page.items.at(-1)?.name;
  }
}

const linesOf = ({ name, addresses, otherLines }: AliasDetails, domain: string): string[] =>
  [...addresses, ...otherLines].map((line) => `${name}@${domain} ${line}`);

async function listAliases(asking: Asking): Promise<string> {
  const [word = fail(13, 2802)] = wordsOf(asking, 2);
  if (word.includes('@')) {
    const { name, domain } = addressOf(word, 10, 2803);
    const own = await ownDomain(asking, domain, 2804);
    const alias = await readAlias(asking, own.realName, name);
    return lines(alias === undefined ? [] : linesOf(alias, own.realName));
  }
  const own = await ownDomain(asking, word, 2804);
  asking.say('+OK+\r\n');
  for await (const alias of eachAlias(asking, own.realName))
    await asking.sayLines(linesOf(alias, own.realName));
  return '.\r\n';
}

/** The names of the lists' files. */
async function listLists(asking: Asking): Promise<string> {
  const [word = fail(6, 2902)] = wordsOf(asking, 2);
  const own = await ownDomain(asking, word, 2903);
  const names: string[] = [];
  for await (const alias of eachAlias(asking, own.realName))
    if (alias.kind === 'list') names.push(`.qmail-${alias.name.replaceAll('.', ':')}`);
  return lines(names);
}

const common = { rank: 2, section: 'Alias', missing: 'Domain does not exist' } as const;
export const aliasCommands: Readonly<Record<string, Command>> = {
  add_alias: { ...common, help: 'user@domain user@otherdomain<crlf>', minor: 907, run: addAlias },
  delete_alias: { ...common, help: 'user@domain<crlf>', minor: 1106, run: deleteAlias },
  list_alias: { ...common, help: 'domain<crlf>', minor: 2804, run: listAliases },
  remove_alias: { ...common, help: 'user@domain user@otherdomain<crlf>', minor: 1007, run: removeLine },
  list_lists: { ...common, section: 'User', help: 'domain<crlf>', minor: 2904, run: listLists },
};
