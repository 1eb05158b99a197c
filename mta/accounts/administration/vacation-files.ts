// The rules of a vacation beside its message: which days, how often, only to contacts (reply/vacation-rules.ts says what the
// files mean). How often is in the program line itself, so that any autorespond keeps to it; the rest is in files of ours,
// which other programs pass by. Files lie in the vacation's directory and go with it.
import { join } from 'node:path';
import {
  CONTACTS_FILE,
  formatContacts,
  formatVacationRules,
  isDay,
  isZone,
  MOST_RULES,
  RULES_FILE,
  readVacationRules,
} from '../../reply/vacation-rules.ts';
import { Refusal, type VacationTimes } from '../administration.ts';
import type { Owner } from '../durable.ts';
import { readKeptFile, storeKeptFile } from '../kept-files.ts';
import { encodeLine, joinLines, readLine, splitText } from './dot-qmail-lines.ts';

/** A sender is answered again after so many days (webmail.md R5). */
export const MOST_DAYS = 30;
const DAY_SECONDS = 86_400;

/** Seconds of the line as days of the form. */
export const daysOf = (seconds: number): number =>
  Math.min(MOST_DAYS, Math.max(1, Math.round(seconds / DAY_SECONDS)));

/** The .qmail with `days` in its vacation line; every other byte stays. */
export function withDays(text: string | undefined, days: number): string | undefined {
  if (text === undefined) return undefined;
  const lines = splitText(text);
  const at = lines.findIndex((line) => readLine(line).kind === 'robot');
  const line = readLine(lines[at] ?? '');
  if (line.kind !== 'robot' || line.robot.seconds === undefined || daysOf(line.robot.seconds) === days)
    return text;
  lines[at] = line.text.replace(
    /^(\|[ \t]*(?:'[^']*'|[^\s']+)[ \t]+)\d+([ \t]+)\d+/,
    (_all, program: string, blank: string) => `${program}${days * DAY_SECONDS}${blank}1`,
  );
  return joinLines(lines);
}

/** Checks what a form says. Throws Refusal. Pure. */
export function checkTimes(times: VacationTimes): VacationTimes {
  const { days, from, until, zone } = times;
  if (!Number.isInteger(days) || days < 1 || days > MOST_DAYS)
    throw new Refusal(
      'vacation-days',
      'days',
      `the days between two answers are a number from 1 to ${MOST_DAYS}`,
    );
  for (const [field, day] of [
    ['vacation-from', from],
    ['vacation-until', until],
  ] as const)
    if (day !== undefined && !isDay(day))
      throw new Refusal(field, 'day', `${JSON.stringify(day)} is no day; expected one such as 2026-12-03`);
  if (from !== undefined && until !== undefined && until < from)
    throw new Refusal('vacation-until', 'order', 'the last day lies before the first');
  if (!isZone(zone))
    throw new Refusal(
      'vacation-until',
      'zone',
      `${JSON.stringify(zone)} is no time zone; expected one such as Europe/Paris`,
    );
  return times;
}

/** The file with the rules as text; undefined: none. */
export async function readRulesFile(directory: string): Promise<string | undefined> {
  const found = await readKeptFile(join(directory, RULES_FILE), MOST_RULES);
  return found.kind === 'file' ? Buffer.from(found.text, 'latin1').toString('utf8') : undefined;
}

/** What the form shows; `seconds` of the program line. */
export function describeTimes(text: string | undefined, seconds: number | undefined): VacationTimes {
  const days = daysOf(seconds ?? DAY_SECONDS);
  const rules = text === undefined ? undefined : readVacationRules(text);
  if (rules === undefined) return { days, zone: 'UTC', contactsOnly: false };
  const { from, until, zone, contactsOnly } = rules;
  return {
    days,
    ...(from === undefined ? {} : { from }),
    ...(until === undefined ? {} : { until }),
    zone,
    contactsOnly,
  };
}

/** The text of the rules file. */
export const formatTimes = (
  { from, until, zone, contactsOnly }: VacationTimes,
  addresses: readonly string[],
): string => formatVacationRules({ from, until, zone, contactsOnly, addresses });

export const storeRulesFile = (directory: string, text: string | undefined, owner: Owner): Promise<void> =>
  storeKeptFile(join(directory, RULES_FILE), text === undefined ? undefined : encodeLine(text), owner);

export const storeContactsFile = (
  directory: string,
  addresses: readonly string[],
  owner: Owner,
): Promise<void> =>
  storeKeptFile(join(directory, CONTACTS_FILE), encodeLine(formatContacts(addresses)), owner);
