// Domains and their limits (spec/vpopmail.md 7.4): for administrators of the system.
import { readDomainLimits } from '../accounts/account-changes.ts';
import { NoSuchObject } from '../accounts/administration.ts';
import { listAssignedDomains, listDomains } from '../accounts/domain-list.ts';
import { lowerAscii } from '../formats/address.ts';
import { actorOf, checkSystem, pageOf, wordsOf } from './asked.ts';
import type { Command } from './commands.ts';
import { limitLines, readLimits } from './fields.ts';
import { errorReply, fail, libraryError, lines, OK } from './replies.ts';
import type { Asking } from './session.ts';

const missing = 'Domain does not exist';

async function addDomain(asking: Asking): Promise<string> {
  const [domain = fail(13, 802), password] = wordsOf(asking, 2);
  if (password === undefined) return fail(7, 803);
  await asking.site.administration.addDomain(actorOf(asking), domain, password);
  return OK;
}

async function deleteDomain(asking: Asking): Promise<string> {
  const [domain = fail(13, 1302)] = wordsOf(asking, 2);
  await asking.site.administration.removeDomain(actorOf(asking), domain);
  return OK;
}

async function addAliasDomain(asking: Asking): Promise<string> {
  const [domain = fail(13, 1202), alias] = wordsOf(asking, 3);
  if (alias === undefined) return fail(14, 1203);
  await asking.site.administration.addAliasDomain(actorOf(asking), domain, alias);
  return OK;
}

/** vpopmail: an alias domain does not exist here. */
async function domainInfo(asking: Asking): Promise<string> {
  await checkSystem(asking, 1401);
  const [name = fail(13, 1402)] = wordsOf(asking, 2);
  const found = (await listDomains(asking.site.home)).find((one) => one.name === lowerAscii(name));
  if (found === undefined) return libraryError(1404, missing);
  const { directory, uid, gid, aliases } = found;
  const about = [`domain ${found.name}`, `path ${directory}`, `uid ${uid}`, `gid ${gid}`];
  return lines([...about, ...aliases.map((alias) => `alias ${alias}`)]);
}

async function listAllDomains(asking: Asking): Promise<string> {
  await checkSystem(asking, 2301);
  const { start, count } = pageOf(wordsOf(asking, 3));
  const all = await listAssignedDomains(asking.site.home);
  return lines(all.slice(start, start + count).map(({ name, realName }) => `${realName} ${name}`));
}

/** On which page of list_domains it stands; nothing when it stands on none. */
async function findDomain(asking: Asking): Promise<string> {
  await checkSystem(asking, 2401);
  const [name = fail(13, 2402), size = '0'] = wordsOf(asking, 3);
  const all = await listAssignedDomains(asking.site.home);
  const index = all.findIndex((one) => one.name === lowerAscii(name));
  const each = /^[1-9][0-9]{0,5}$/.test(size) ? Number(size) : all.length;
  return lines(index < 0 ? [] : [`page ${Math.floor(index / each) + 1}`]);
}

async function countDomains(asking: Asking): Promise<string> {
  await checkSystem(asking, 2501);
  return lines([`count ${(await listAssignedDomains(asking.site.home)).length}`]);
}

/** The limits as they are, with the version that a change is made of. */
async function limitsOf(asking: Asking, name: string) {
  const { administration, accounts, home, store } = asking.site;
  const { version } = await administration.domain(actorOf(asking), name);
  const domain = await accounts.findDomain(name);
  if (domain === undefined) throw new NoSuchObject(missing);
  return { version, limits: await readDomainLimits(store, domain, home.vpopmail) };
}

async function getLimits(asking: Asking): Promise<string> {
  // vpopmail's table says rank 2, its code SA_ADMIN.
  await checkSystem(asking, 3401);
  const [name = fail(13, 3402)] = wordsOf(asking, 2);
  const found = await limitsOf(asking, name).catch((error: unknown) => {
    if (error instanceof NoSuchObject) return undefined;
    throw error;
  });
  return found === undefined ? fail(34, 3403) : lines(limitLines(found.limits));
}

async function setLimits(asking: Asking): Promise<string> {
  await checkSystem(asking, 3501);
  const [name = fail(13, 3502)] = wordsOf(asking, 2);
  const { version, limits } = await limitsOf(asking, name);
  asking.say(OK);
  const read = readLimits(await asking.readLines(), limits);
  for (const _line of read.unknown) asking.say('  Warning: invalid option\r\n');
  try {
    await asking.site.administration.setLimits(actorOf(asking), name, version, read.limits);
  } catch (error) {
    asking.site.log(`vpopmaild: warning: cannot set limits: ${String(error)}`);
    return errorReply(35, 3504);
  }
  return OK;
}

async function deleteLimits(asking: Asking): Promise<string> {
  const [name = fail(13, 3602)] = wordsOf(asking, 2);
  const { version } = await limitsOf(asking, name);
  await asking.site.administration.setLimits(actorOf(asking), name, version, undefined);
  return OK;
}

const section = 'Domain';
const common = { rank: 3, section, missing } as const;
export const domainCommands: Readonly<Record<string, Command>> = {
  list_domains: { ...common, help: '[page per_page]<crlf>', minor: 2302, run: listAllDomains },
  find_domain: { ...common, help: 'domain [per-page]<crlf>', minor: 2403, run: findDomain },
  domain_count: { ...common, help: '<crlf>', minor: 2502, run: countDomains },
  add_alias_domain: { ...common, help: 'domain alias<crlf>', minor: 1204, run: addAliasDomain },
  add_domain: { ...common, help: 'domain postmaster-password<crlf>', minor: 804, run: addDomain },
  del_domain: { ...common, help: 'domain<crlf>', minor: 1303, run: deleteDomain },
  dom_info: { ...common, help: 'domain<crlf>', minor: 1403, run: domainInfo },
  get_limits: { ...common, rank: 2, help: 'domain<crlf>', minor: 3403, run: getLimits },
  set_limits: { ...common, help: 'domain (option lines)<crlf>.<crlf>', minor: 3505, run: setLimits },
  del_limits: { ...common, help: 'domain<crlf>', minor: 3603, run: deleteLimits },
};
