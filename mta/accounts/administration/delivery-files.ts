// The .qmail of an account and the words of its vacation on disk: read together, and written so that a later step that
// fails can take them back (delivery-choice.ts says what the lines mean). The home is the account's own directory below
// the domain's; nothing outside of it is read or written.
import { dirname, join } from 'node:path';
import type { DeliveryChoice } from '../administration.ts';
import { Refusal } from '../administration.ts';
import { readKeptFile, storeKeptFile } from '../kept-files.ts';
import type { AccountRecord } from '../store.ts';
import type { Domain } from '../types.ts';
import type { Undo } from '../undo.ts';
import { formatChoice, readChoice } from './delivery-choice.ts';
import { checkLocalDestinations, readDestinations } from './destinations.ts';
import { encodeLine } from './dot-qmail-lines.ts';
import { formatReplyText, readReplyText } from './reply-text.ts';
import { pathBelow, readMessageFile, removeReplyFiles, storeMessageFile } from './robot-files.ts';
import { checkReply, formatRobotLine, needAutorespond } from './robots.ts';
import type { Site } from './site.ts';
import {
  checkTimes,
  describeTimes,
  formatTimes,
  readRulesFile,
  storeContactsFile,
  storeRulesFile,
  withDays,
} from './vacation-files.ts';

const MAX_FILE = 262_144;
/** Forwards of one mailbox. qmailadmin: 5. */
export const MOST_FORWARDS = 20;

/** What is on disk. */
export interface DeliveryFiles {
  /** .qmail as latin1; undefined: none. */
  readonly text: string | undefined;
  readonly mode: number;
  /** The vacation's message file as latin1. */
  readonly message: string | undefined;
  /** The vacation's rules, beside it. */
  readonly rules: string | undefined;
  /** .qmail is there, but nothing that can be read or replaced. */
  readonly odd: string | undefined;
}

/** The home of a record, when it is one that files may be written in. */
const homeOf = (domain: Domain, record: AccountRecord): string | undefined =>
  pathBelow(domain.directory, encodeLine(record.directory));

/** Where the files of a vacation are; undefined: elsewhere than below the home. */
function directoryOf(home: string, message: string | undefined): string | undefined {
  const path = message === undefined ? undefined : pathBelow(home, message);
  return path === undefined || dirname(path) === home ? undefined : dirname(path);
}

export async function readDeliveryFiles(domain: Domain, record: AccountRecord): Promise<DeliveryFiles> {
  const none = { text: undefined, mode: 0o600, message: undefined, rules: undefined, odd: undefined };
  const home = homeOf(domain, record);
  if (home === undefined) return { ...none, odd: 'the home lies outside of the domain' };
  const found = await readKeptFile(join(home, '.qmail'), MAX_FILE);
  if (found.kind === 'missing') return none;
  if (found.kind === 'odd') return { ...none, odd: found.words };
  const { vacationMessage } = readChoice(found.text, home);
  const message = vacationMessage === undefined ? undefined : await readMessageFile(home, vacationMessage);
  const directory = directoryOf(home, vacationMessage);
  const rules = directory === undefined ? undefined : await readRulesFile(directory);
  return { text: found.text, mode: found.mode, message, rules, odd: undefined };
}

/** The choice as the form shows it. */
export function describeDelivery(record: AccountRecord, files: DeliveryFiles): DeliveryChoice {
  const choice = readChoice(files.text, record.directory);
  const { kind, forwards, keepsCopy, vacationMessage, otherLines } = choice;
  const words = files.message === undefined ? { subject: '', message: '' } : readReplyText(files.message);
  return {
    kind,
    forwards,
    keepsCopy,
    ...(vacationMessage === undefined
      ? {}
      : { vacation: { ...words, times: describeTimes(files.rules, choice.vacationSeconds) } }),
    otherLines: files.odd === undefined ? otherLines : [`(.qmail: ${files.odd})`],
  };
}

/** What a form asks for, checked. Throws Refusal. Pure. */
export function checkDelivery(
  wanted: Omit<DeliveryChoice, 'otherLines'>,
  domain: Domain,
): Omit<DeliveryChoice, 'otherLines'> {
  const { kind, keepsCopy, vacation } = wanted;
  if (!['mailbox', 'forward', 'discard'].includes(kind))
    throw new Refusal('delivery', 'kind', 'mail goes to the mailbox, is forwarded, or is thrown away');
  const forwards =
    kind === 'forward' ? readDestinations(wanted.forwards, domain.name, 'forwards', MOST_FORWARDS) : [];
  // qmailadmin 215, before anything is written.
  if (kind === 'forward' && forwards.length === 0)
    throw new Refusal('forwards', 'missing', 'an address to forward to is needed');
  return {
    kind,
    forwards,
    keepsCopy: kind === 'forward' && keepsCopy,
    vacation: vacation && {
      ...checkReply(vacation, 'vacation-'),
      times: vacation.times && checkTimes(vacation.times),
    },
  };
}

/** Writes a checked choice. `undo` gets what takes it back. */
export async function storeDelivery(
  site: Site,
  domain: Domain,
  record: AccountRecord,
  files: DeliveryFiles,
  wanted: Omit<DeliveryChoice, 'otherLines'>,
  ownAddresses: () => Promise<readonly string[]>,
  undo: Undo[],
): Promise<void> {
  const home = homeOf(domain, record);
  if (home === undefined || files.odd !== undefined)
    throw new Refusal('delivery', 'elsewhere', `.qmail cannot be changed here: ${files.odd ?? 'no home'}`);
  const was = readChoice(files.text, home);
  const added = wanted.forwards.filter((address) => !was.forwards.includes(address));
  await checkLocalDestinations(site, domain, record.name, added, 'forwards');
  const directory = join(home, 'vacation');
  const { vacation } = wanted;
  const vacationLine = formatRobotLine('| ', site.home.vpopmail, 86_400, 3, directory);
  const chosen = formatChoice(
    files.text,
    { ...wanted, hasVacation: vacation !== undefined },
    { home, vacationLine },
  );
  const text = vacation?.times === undefined ? chosen : withDays(chosen, vacation.times.days);
  const path =
    was.vacationMessage === undefined ? join(directory, 'message') : pathBelow(home, was.vacationMessage);
  if (vacation !== undefined) {
    if (path === undefined)
      throw new Refusal(
        'vacation-message',
        'elsewhere',
        'the text lies outside of the home; change it there',
      );
    const message = formatReplyText('vacation', `${record.name}@${domain.realName}`, vacation, files.message);
    if (was.vacationMessage === undefined) await needAutorespond(site);
    if (message !== files.message) {
      const before = files.message;
      undo.push(() =>
        before === undefined
          ? removeReplyFiles(home, encodeLine(directory))
          : storeMessageFile(path, before, domain),
      );
      await storeMessageFile(path, message, domain);
    }
    if (vacation.times !== undefined) {
      const rules = formatTimes(vacation.times, await ownAddresses());
      if (rules !== files.rules) {
        undo.push(() => storeRulesFile(dirname(path), files.rules, domain));
        await storeRulesFile(dirname(path), rules, domain);
      }
    }
  }
  const qmail = join(home, '.qmail');
  if (text !== files.text) {
    undo.push(() => storeKeptFile(qmail, files.text, domain, files.mode));
    await storeKeptFile(qmail, text, domain, files.mode);
  }
}

/** After all else is stored: the words of a vacation that is over go, with the log of whom it answered. */
export async function removeEndedVacation(
  domain: Domain,
  record: AccountRecord,
  wanted: Omit<DeliveryChoice, 'otherLines'>,
): Promise<void> {
  const home = homeOf(domain, record);
  if (home !== undefined && wanted.vacation === undefined)
    await removeReplyFiles(home, encodeLine(join(home, 'vacation')));
}

/** Whom a vacation answers that is only for contacts. False: there is none. */
export async function storeVacationContacts(
  domain: Domain,
  record: AccountRecord,
  addresses: readonly string[],
): Promise<boolean> {
  const home = homeOf(domain, record);
  const files = await readDeliveryFiles(domain, record);
  const directory =
    home === undefined ? undefined : directoryOf(home, readChoice(files.text, home).vacationMessage);
  if (directory === undefined || !describeTimes(files.rules, undefined).contactsOnly) return false;
  await storeContactsFile(directory, addresses, domain);
  return true;
}
