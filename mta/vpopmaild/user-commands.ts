// Accounts: user_info, list_users, add_user, mod_user and the rest (spec/vpopmail.md 7.4). Not copied from vpopmail:
// mod_user drops what the asker may not change without a word (here all is refused, with the reason), lets everybody
// store a hash of their own making (here administrators of the system), and sizes read the wrong directory.
import { setPasswordHash } from '../accounts/account-changes.ts';
import type { Domain } from '../accounts/types.ts';
import { countMaildir } from '../maildir/quota.ts';
import { actorOf, addressOf, checkOwnDomain, ownDomain, pageOf, seenRecord, wordsOf } from './asked.ts';
import type { Command } from './commands.ts';
import { readUserChange, userLines } from './fields.ts';
import { fail, libraryError, lines, OK } from './replies.ts';
import type { Asking } from './session.ts';

const missing = 'User does not exist';
const shows = ({ person }: Asking) => ({ isCompact: person.isCompact, hash: person.rank === 3 });

async function userInfo(asking: Asking): Promise<string> {
  const [email = fail(6, 602)] = wordsOf(asking, 2);
  const asked = addressOf(email, 10, 603);
  checkOwnDomain(asking, asked.domain, 604);
  return lines(userLines(await seenRecord(asking, asked, 605), shows(asking)));
}

async function addUser(asking: Asking): Promise<string> {
  const [email = fail(6, 302), password] = wordsOf(asking, 2);
  const { name, domain, address } = addressOf(email, 10, 303);
  checkOwnDomain(asking, domain, 304);
  if (password === undefined) return fail(7, 305);
  await asking.site.administration.addAccount(actorOf(asking), { address, password, gecos: name });
  return OK;
}

async function deleteUser(asking: Asking): Promise<string> {
  const [email = fail(6, 402)] = wordsOf(asking, 2);
  const { domain, address } = addressOf(email, 10, 403);
  if (asking.person.rank < 3 && domain !== asking.person.domain.realName) fail(9, 404);
  await asking.site.administration.removeAccount(actorOf(asking), address);
  return OK;
}

/** `+OK` before the lines and after them, as vpopmail says it. */
async function modifyUser(asking: Asking): Promise<string> {
  const { person, site } = asking;
  const [email = fail(6, 501)] = wordsOf(asking, 2);
  const asked = addressOf(email, 10, 502);
  checkOwnDomain(asking, asked.domain, 503);
  const isOwn = asked.name === person.name && asked.domain === person.domain.realName;
  if (person.rank === 1 && !isOwn) fail(11, 504);
  const record = await seenRecord(asking, asked, 505);
  asking.say(OK);
  const change = readUserChange(await asking.readLines());
  if ('unknown' in change) return libraryError(507, `unknown field or value: ${change.unknown}`);
  const { gecos, quota, password, hash } = change;
  if (hash !== undefined && person.rank < 3) return fail(9, 507);
  const flags = change.flags(record.flags);
  const actor = actorOf(asking);
  await site.administration.changeAccount(actor, asked.address, {
    gecos,
    quota,
    password,
    ...(password !== undefined && isOwn ? { oldPassword: person.password } : {}),
    ...(flags === record.flags ? {} : { flags }),
  });
  if (hash !== undefined) {
    if (/[:\s]/.test(hash)) return libraryError(507, 'a password hash holds no colon and no blank');
    const domain = (await site.accounts.findDomain(asked.domain)) as Domain;
    await setPasswordHash(site.store, domain, asked.name, hash);
    await site.administration.note(actor, 'account.password', asked.address, 'a hash that was given');
  }
  return OK;
}

async function countUsers(asking: Asking): Promise<string> {
  const [name = fail(13, 2602)] = wordsOf(asking, 2);
  const domain = await ownDomain(asking, name, 2603);
  return lines([`count ${await asking.site.store.count(domain)}`]);
}

/** user_info of each, an empty line after each, one dot. */
async function listUsers(asking: Asking): Promise<string> {
  const [name = fail(6, 2702), ...page] = wordsOf(asking, 3);
  const domain = await ownDomain(asking, name, 2703);
  const { start, count } = pageOf(page.flatMap((words) => words.split(/\s+/)));
  asking.say('+OK+\r\n');
  let at = 0;
  for await (const record of asking.site.store.each(domain)) {
    if (at >= start + count) break;
    if (at >= start) await asking.sayLines([...userLines(record, shows(asking)), '']);
    at += 1;
  }
  return '.\r\n';
}

async function lastAuth(asking: Asking): Promise<string> {
  const [email = fail(6, 3702)] = wordsOf(asking, 2);
  const asked = addressOf(email, 10, 3703);
  checkOwnDomain(asking, asked.domain, 3704);
  const record = await seenRecord(asking, asked, 3705);
  const domain = (await asking.site.accounts.findDomain(asked.domain)) as Domain;
  const login = await asking.site.store.lastLogin(domain, record);
  return lines([`time ${login?.at ?? 0}`, `ip ${login?.ip ?? ''}`]);
}

async function userSize(asking: Asking): Promise<string> {
  const [email] = wordsOf(asking, 2);
  if (email === undefined) return '-ERR 3802 email_address required\r\n';
  const asked = addressOf(email, 10, 3803);
  checkOwnDomain(asking, asked.domain, 3804);
  const record = await seenRecord(asking, asked, 3805);
  const { bytes, count } = await countMaildir(`${record.directory}/Maildir`);
  return lines([`size ${bytes}`, `count ${count}`]);
}

async function domainSize(asking: Asking): Promise<string> {
  const [name] = wordsOf(asking, 2);
  if (name === undefined) return '-ERR 3902 domain required\r\n';
  const domain = await ownDomain(asking, name, 3903);
  const all: string[] = [];
  let [size, messages] = [0, 0];
  for await (const record of asking.site.store.each(domain)) {
    const { bytes, count } = await countMaildir(`${record.directory}/Maildir`);
    all.push(`user ${record.name}@${domain.realName}`, `size ${bytes}`, `count ${count}`);
    size += bytes;
    messages += count;
  }
  return lines([...all, `domain ${domain.realName}`, `size ${size}`, `count ${messages}`]);
}

const section = 'User';
export const userCommands: Readonly<Record<string, Command>> = {
  user_info: { rank: 2, section: 'Domain', help: 'user_domain<crlf>', minor: 605, missing, run: userInfo },
  get_domain_size: {
    rank: 2,
    section: 'Domain',
    help: 'domain<crlf>',
    minor: 3904,
    missing,
    run: domainSize,
  },
  add_user: {
    rank: 2,
    section,
    help: 'user@domain password<crlf>',
    minor: 305,
    missing: 'Domain does not exist',
    run: addUser,
  },
  del_user: { rank: 2, section, help: 'user@domain<crlf>', minor: 405, missing, run: deleteUser },
  user_count: { rank: 2, section, help: 'domain <crlf>', minor: 2604, missing, run: countUsers },
  list_users: {
    rank: 2,
    section,
    help: 'domain [page per_page]<crlf>',
    minor: 2704,
    missing,
    run: listUsers,
  },
  mod_user: {
    rank: 1,
    section,
    help: 'user@domain (option lines)<crlf>.<crlf>',
    minor: 507,
    missing,
    run: modifyUser,
  },
  get_lastauth: { rank: 1, section, help: 'user@domain<crlf>', minor: 3705, missing, run: lastAuth },
  get_user_size: { rank: 1, section, help: 'user@domain<crlf>', minor: 3805, missing, run: userSize },
};
