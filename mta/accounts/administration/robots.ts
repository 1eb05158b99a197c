// Mail robots (spec/qmailadmin.md 2.7): an alias whose line calls autorespond, with a text and perhaps a copy to somebody.
// Robots that qmailadmin made are changed in place: their line, their directory and every other line stay; only the text
// and the copy change. The text is there before the line that needs it.

import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isMissing } from '../../control/cached-file.ts';
import { describeError } from '../../maildir/calls.ts';
import { makeLinks, writeSite } from '../../program-links.ts';
import { programRoot } from '../../root.ts';
import type { RobotInput } from '../administration.ts';
import { Conflict, Refusal } from '../administration.ts';
import { shellWord } from '../shell-word.ts';
import type { Domain } from '../types.ts';
import { readAlias, type StoredAlias, storeAlias } from './alias-files.ts';
import { checkAliasName, checkNoMailbox, countAliases, kindOf } from './aliases.ts';
import { checkCount, checkDenied, type Standing } from './authority.ts';
import { fromTo } from './change-words.ts';
import { checkLocalDestinations, readDestination } from './destinations.ts';
import { encodeLine, replaceAddresses } from './dot-qmail-lines.ts';
import { cleanReply, formatReplyText, MAX_MESSAGE, MAX_SUBJECT, type ReplyText } from './reply-text.ts';
import {
  chooseRobotDirectory,
  pathBelow,
  readRobotText,
  removeReplyFiles,
  robotLineOf,
  storeMessageFile,
} from './robot-files.ts';
import { checkVersion, limitsOf, type Site, whileAlone } from './site.ts';

/** The program of new lines, beside vpopmail's own. */
export const autorespondPath = (vpopmail: string): string => `${vpopmail}/bin/autorespond`;

/** autorespond's line, as latin1: at most `replies` answers a sender within `seconds` (spec/qmailadmin.md 4.1). */
export function formatRobotLine(
  start: '|' | '| ',
  vpopmail: string,
  seconds: number,
  replies: number,
  directory: string,
): string {
  const words = [
    shellWord(autorespondPath(vpopmail)),
    seconds,
    replies,
    shellWord(`${directory}/message`),
    shellWord(directory),
  ];
  return encodeLine(`${start}${words.join(' ')}`);
}

/** Checks what a robot or a vacation says. Throws Refusal. */
export function checkReply(wanted: ReplyText, prefix = ''): ReplyText {
  const reply = cleanReply(wanted);
  if (reply.subject === '') throw new Refusal(`${prefix}subject`, 'missing', 'a subject is needed');
  if (reply.message.trim() === '') throw new Refusal(`${prefix}message`, 'missing', 'a text is needed');
  if ([...reply.subject].length > MAX_SUBJECT)
    throw new Refusal(`${prefix}subject`, 'too-long', `a subject has at most ${MAX_SUBJECT} characters`);
  if (Buffer.byteLength(reply.message) > MAX_MESSAGE)
    throw new Refusal(`${prefix}message`, 'too-long', `a text has at most ${MAX_MESSAGE} bytes`);
  return reply;
}

/**
 * A new line needs its program: without one at its path, a link to our own is made there, as install-links makes them.
 * Throws Refusal when that cannot be done.
 */
export const needAutorespond = ({ home }: Pick<Site, 'home'>): Promise<void> =>
  needProgram({ home }, autorespondPath(home.vpopmail), 'message');

/** The same for any of our programs. `field` is what a form is told about. */
export async function needProgram({ home }: Pick<Site, 'home'>, path: string, field: string): Promise<void> {
  try {
    await access(path, constants.X_OK);
    return;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  try {
    await makeLinks(dirname(path), [basename(path)], join(programRoot(), 'bin', 'facteur'));
    await writeSite(dirname(path), home);
  } catch (error) {
    const why = describeError(error);
    throw new Refusal(field, 'program', `${path} is needed, and cannot be made: ${why}`);
  }
}

/** Makes a robot, or changes the texts of one. Gives what the audit log is told. */
export async function setRobot(
  site: Site,
  who: Standing,
  domain: Domain,
  givenName: string,
  wanted: RobotInput,
): Promise<string> {
  const name = checkAliasName(givenName);
  const reply = checkReply(wanted);
  const copyText = wanted.copyTo?.trim() ?? '';
  const copies = copyText === '' ? [] : [readDestination(copyText, domain.name, 'copyTo')];
  return whileAlone(domain, async () => {
    const old = await readAlias(site, domain, name);
    await checkNoMailbox(site, domain, name);
    const limits = await limitsOf(site, domain);
    if (old === undefined) {
      if (wanted.version !== undefined) throw new Conflict(`${name} was removed meanwhile`);
      checkDenied(who, limits, 'robot', 'create', 'name');
      if (who.level === 'domain' && limits.maxRobots >= 0)
        checkCount(who, limits.maxRobots, (await countAliases(site, domain)).robots, 'name', 'mail robots');
      await checkLocalDestinations(site, domain, name, copies, 'copyTo');
      await makeRobot(site, domain, name, reply, copies);
      return copies.length === 0 ? '' : `copy to ${copies.join(' ')}`;
    }
    if (wanted.version === undefined)
      throw new Refusal('name', 'taken', `${name}@${domain.name} is there already`);
    if (kindOf(old) !== 'robot') throw new Refusal('name', 'kind', `${name}@${domain.name} is no mail robot`);
    checkDenied(who, limits, 'robot', 'modify', 'name');
    return changeRobot(site, domain, old, wanted.version, reply, copies);
  });
}

async function makeRobot(
  site: Site,
  domain: Domain,
  name: string,
  reply: ReplyText,
  copies: readonly string[],
): Promise<void> {
  await needAutorespond(site);
  const directory = await chooseRobotDirectory(domain, name);
  const line = formatRobotLine('|', site.home.vpopmail, 10_000, 5, directory);
  try {
    await storeMessageFile(
      join(directory, 'message'),
      formatReplyText('robot', `${name}@${domain.name}`, reply),
      domain,
    );
    const lines = [line, ...copies.map((address) => encodeLine(`&${address}`))];
    await storeAlias(site, domain, name, undefined, lines);
  } catch (error) {
    await removeReplyFiles(domain.directory, encodeLine(directory));
    throw error;
  }
}

async function changeRobot(
  site: Site,
  domain: Domain,
  old: StoredAlias,
  version: string,
  reply: ReplyText,
  copies: readonly string[],
): Promise<string> {
  const now = await readRobotText(domain, old);
  checkVersion(version, now.version, old.name);
  const path = pathBelow(domain.directory, robotLineOf(old)?.message ?? '');
  if (path === undefined)
    throw new Refusal(
      'message',
      'elsewhere',
      'the text of this robot lies outside of the domain; change it there',
    );
  const before = old.lines.flatMap((line) => (line.kind === 'address' ? [line.address] : []));
  const added = copies.filter((address) => !before.includes(address));
  await checkLocalDestinations(site, domain, old.name, added, 'copyTo');
  // The form shows the first copy; further ones of the file are kept.
  const addresses = [...copies, ...before.slice(1).filter((address) => !copies.includes(address))];
  const text = formatReplyText('robot', `${old.name}@${domain.name}`, reply, now.file);
  if (text !== now.file) await storeMessageFile(path, text, domain);
  const lines = replaceAddresses(old.lines, addresses);
  const words = [
    ...(reply.subject === now.text.subject
      ? []
      : [`subject ${fromTo(JSON.stringify(now.text.subject), JSON.stringify(reply.subject))}`]),
    ...(reply.message === now.text.message ? [] : ['text']),
    ...(before.join(' ') === addresses.join(' ')
      ? []
      : [`copy to ${fromTo(before.join(' '), addresses.join(' '))}`]),
  ];
  const told = words.join(', ') || 'nothing';
  if (lines.join('\n') === old.lines.map((line) => line.text).join('\n')) return told;
  try {
    await storeAlias(site, domain, old.name, old, lines);
  } catch (error) {
    if (text !== now.file && now.file !== undefined) await storeMessageFile(path, now.file, domain);
    throw error;
  }
  return told;
}
