// vpopmaild's session (spec/vpopmail.md 7): a login, then commands, one line each, one answer each. What may be done is
// the administration's to say; this is its voice in vpopmail's words. Four commands before a login, three failed ones,
// a minute of silence: the connection ends.
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import type { OpenedAccounts } from '../accounts/accounts.ts';
import type { Administration } from '../accounts/administration.ts';
import { LoginThrottled } from '../accounts/login-throttle.ts';
import { isUserName, parseEmail } from '../accounts/names.ts';
import type { SecondFactor } from '../accounts/second-factor.ts';
import type { AccountStore } from '../accounts/store.ts';
import { AccountFlag, type Domain } from '../accounts/types.ts';
import { LineReader } from '../commands/line-reader.ts';
import type { Home } from '../home.ts';
import type { Log } from '../log.ts';
import { quoted } from '../log.ts';
import { commands, describeCommands } from './commands.ts';
import { userLines } from './fields.ts';
import { errorReply, fail, lines, OK, oneLine, ReplyError, replyToRefusal } from './replies.ts';

/** What sessions of a site share. */
export interface VpopmaildSite {
  readonly home: Home;
  readonly store: AccountStore;
  readonly accounts: Pick<OpenedAccounts, 'findDomain' | 'login'>;
  readonly secondFactor: SecondFactor;
  readonly administration: Administration;
  readonly log: Log;
}

/** 1 a mailbox user, 2 a domain's administrator, 3 the system's. */
export type Rank = 1 | 2 | 3;

/** Who is signed in. */
export interface Person {
  readonly name: string;
  readonly domain: Domain;
  readonly rank: Rank;
  /** clogin: flags as one number. */
  readonly isCompact: boolean;
  /** As it was given: the administration asks for it when users change their own. */
  readonly password: string;
  readonly ip: string;
}

/** A command's view of its connection. */
export interface Asking {
  readonly site: VpopmaildSite;
  readonly person: Person;
  /** What follows the command's name. */
  readonly rest: string;
  /** Says something before the answer. */
  say(text: string): void;
  /** Says lines of a long answer, as fast as they are taken. */
  sayLines(all: readonly string[]): Promise<void>;
  /** The lines that follow a command, up to a dot; the dots before them taken off. */
  readLines(): Promise<readonly string[]>;
}

const IDLE_MS = 60_000;
const MOST_BEFORE_LOGIN = 4;
const MOST_FAILED = 3;
const LINE_LIMIT = 4096;
const MOST_LINES = 2000;

/** Speaks with one client until it leaves. @returns vpopmaild's exit status */
export async function serveVpopmaild(stream: Duplex, ip: string, site: VpopmaildSite): Promise<number> {
  const reader = new LineReader(stream, IDLE_MS);
  const say = (text: string): void => {
    if (!stream.destroyed) stream.write(text);
  };
  const sayLines = async (all: readonly string[]): Promise<void> => {
    if (stream.destroyed) throw new ReplyError('');
    const isTaken = stream.write(all.map((line) => `${oneLine(line)}\r\n`).join(''));
    if (!isTaken) await Promise.race([once(stream, 'drain'), once(stream, 'close')]).catch(() => undefined);
  };
  const next = async (): Promise<string | undefined> => {
    const read = await reader.next(LINE_LIMIT);
    // A line that is too long is not cut into a shorter command.
    return read && (read.isCut ? '\0' : read.line.toString('utf8'));
  };
  const readLines = async (): Promise<readonly string[]> => {
    const all: string[] = [];
    for (;;) {
      const line = await next();
      if (line === undefined) throw new ReplyError(errorReply(3, 106));
      if (line.startsWith('.')) return all;
      if (all.length < MOST_LINES) all.push(line);
    }
  };

  say(OK);
  let person: Person | undefined;
  let failures = 0;
  for (let attempt = 1; person === undefined; attempt++) {
    if (attempt > MOST_BEFORE_LOGIN) {
      say(errorReply(5, 102));
      return 255;
    }
    const line = await next();
    if (line === undefined) return 255;
    const [, word = '', rest = ''] = /^\s*(\S*)\s*(.*)$/s.exec(line) ?? [];
    const name = word.toLowerCase();
    if (name === '') continue;
    if (isLeave(name)) {
      say(OK);
      return 0;
    }
    try {
      if (name === 'help') say(lines(describeCommands(0)));
      else if (name === 'login' || name === 'clogin' || name === 'slogin') {
        const entered = await login(name, rest, ip, site);
        person = entered.person;
        say(entered.answer);
      } else say(errorReply(4, 104));
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error;
      say(error.reply);
      if (error.reply.startsWith('-ERR 8.')) failures += 1;
      if (failures > MOST_FAILED) {
        say(errorReply(5, 105));
        return 255;
      }
    }
  }

  for (;;) {
    const line = await next();
    if (line === undefined) return 255;
    const [, word = '', rest = ''] = /^\s*(\S*)\s*(.*)$/s.exec(line) ?? [];
    const name = word.toLowerCase();
    if (name === '') continue;
    if (isLeave(name)) {
      say(OK);
      return 0;
    }
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (name === 'help') say(lines(describeCommands(person.rank)));
    else if (command === undefined || command.rank > person.rank) say(errorReply(4, 107));
    else
      say(
        await answer(
          () => command.run({ site, person: person as Person, rest, say, sayLines, readLines }),
          command,
        ),
      );
  }

  async function answer(
    work: () => Promise<string>,
    command: { readonly minor: number; readonly missing: string },
  ): Promise<string> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ReplyError) return error.reply;
      const reply = replyToRefusal(error, command.minor, command.missing);
      if (reply !== undefined) return reply;
      site.log(`vpopmaild: warning: ${quoted(error instanceof Error ? error.message : String(error))}`);
      return `-ERR 0.${command.minor} try again later\r\n`;
    }
  }
}

const isLeave = (name: string): boolean => name === 'quit' || name === 'exit' || name === 'q';

/** login, clogin, slogin. */
async function login(
  kind: 'login' | 'clogin' | 'slogin',
  rest: string,
  ip: string,
  site: VpopmaildSite,
): Promise<{ readonly person: Person; readonly answer: string }> {
  // The password may hold blanks: it is the rest of the line.
  const [, email = '', password = ''] = /^(\S*)\s?(.*)$/s.exec(rest) ?? [];
  if (email === '') fail(6, 203);
  if (password === '') fail(7, 204);
  const { name, domain: host } = parseEmail(email);
  if (!isUserName(name)) fail(8, 205);
  const found = await checkPassword(`${name}@${host}`, password, ip, site);
  const { account, entry } = found;
  const domain = (await site.accounts.findDomain(account.domain)) as Domain;
  const isDomainAdmin = name === 'postmaster' || (entry.flags & AccountFlag.domainAdmin) !== 0;
  const rank: Rank = (entry.flags & AccountFlag.systemAdmin) !== 0 ? 3 : isDomainAdmin ? 2 : 1;
  const person: Person = { name, domain, rank, isCompact: kind === 'clogin', password, ip };
  if (kind === 'slogin') return { person, answer: OK };
  const answer = lines([
    `vpopmail_dir ${site.home.vpopmail}`,
    `domain_dir ${domain.directory}`,
    `uid ${domain.uid}`,
    `gid ${domain.gid}`,
    ...userLines(entry, { isCompact: person.isCompact, hash: rank === 3 }),
  ]);
  return { person, answer };
}

async function checkPassword(address: string, password: string, ip: string, site: VpopmaildSite) {
  try {
    const isShared = ip === '' || ip === '127.0.0.1' || ip === '::1';
    // No switch of a service shuts this door, an app password does not open it, and it cannot ask for a second step.
    const asked = { address, password, service: 'web', ip, isShared, isBraked: true, shutBy: 0 } as const;
    const result = await site.accounts.login(asked);
    if (result.isGood && !(await site.secondFactor.isOn(result.found.account))) {
      site.log(`vpopmaild: login success ${result.found.account.address}:${quoted(ip)}`);
      return result.found;
    }
    site.log(`vpopmaild: password fail ?:${quoted(ip)}`);
  } catch (error) {
    if (!(error instanceof LoginThrottled))
      site.log(`vpopmaild: warning: cannot check a password: ${quoted(String(error))}`);
    else site.log(`vpopmaild: password fail ?:${quoted(ip)}`);
  }
  return fail(8, 206);
}
