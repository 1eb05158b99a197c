// Invitations (iCalendar, RFC 5545; iTIP, RFC 5546; iMIP, RFC 6047) read for showing and answering: what, when, where, who.
// Every field is plain text; HTML in them stays letters, alarms and attachments are not looked at. Bounds: 256 kB, 50
// events, 200 people an event. Pure; runs in a worker.
import { ianaZone, momentBy, momentIn, type Observance, type Wall, wallMs } from './calendar-zone.ts';
import { type ContentLine, parameterOf, readContentLines, unescapeText } from './content-lines.ts';

export interface CalendarPerson {
  readonly name: string;
  /** '' when it is no mail address. */
  readonly address: string;
  /** PARTSTAT in lower case: 'accepted', 'declined', 'tentative', 'needs-action' ...; '' for the organizer. */
  readonly status: string;
}

export interface CalendarTime {
  /** Milliseconds since 1970; of a day or a time without zone as if it were UTC. */
  readonly at: number;
  /** 'day': a whole day; 'floating': the same clock time wherever one is; 'moment': a moment. */
  readonly kind: 'day' | 'floating' | 'moment';
  /** IANA name that it was written in, '' when UTC or unknown. */
  readonly zone: string;
}

/** How often it comes again; what has no words here is left out. */
export interface Recurrence {
  readonly frequency: 'daily' | 'weekly' | 'monthly' | 'yearly';
  readonly interval: number;
  /** 0 is Sunday; of a weekly one. */
  readonly weekdays: readonly number[];
  readonly count: number | undefined;
  readonly until: number | undefined;
}

export interface CalendarEvent {
  readonly uid: string;
  readonly sequence: number;
  /** The one of a series that is meant; undefined: all, or it is no series. */
  readonly instance: CalendarTime | undefined;
  readonly summary: string;
  readonly location: string;
  readonly description: string;
  /** Lower case: 'confirmed', 'tentative', 'cancelled', ''. */
  readonly status: string;
  readonly start: CalendarTime | undefined;
  readonly end: CalendarTime | undefined;
  readonly recurrence: Recurrence | undefined;
  readonly organizer: CalendarPerson | undefined;
  readonly attendees: readonly CalendarPerson[];
  /** What somebody said with an answer. */
  readonly comment: string;
}

export interface Calendar {
  /** Lower case: 'request', 'reply', 'cancel', 'counter', 'publish' ...; '' when the file names none. */
  readonly method: string;
  readonly events: readonly CalendarEvent[];
  /** There are more events than are read. */
  readonly isCut: boolean;
}

export const mostCalendarBytes = 256 * 1024;
const mostEvents = 50;
const mostPeople = 200;
const mostComponents = 1000;
const longestText = 5_000;

interface Component {
  readonly name: string;
  readonly lines: ContentLine[];
  readonly parts: Component[];
}

/** Undefined: no calendar, or none that names an event. */
export function readCalendar(file: Buffer): Calendar | undefined {
  if (file.length > mostCalendarBytes) return undefined;
  const root = readComponents(file);
  const calendar = root.parts.find(({ name }) => name === 'VCALENDAR');
  if (!calendar) return undefined;
  const zones = new Map(
    calendar.parts
      .filter(({ name }) => name === 'VTIMEZONE')
      .map((zone) => [textOf(zone, 'TZID', 200), observancesOf(zone)] as const),
  );
  const found = calendar.parts.filter(({ name }) => name === 'VEVENT');
  const events = found.slice(0, mostEvents).map((event) => readEvent(event, zones));
  if (events.length === 0) return undefined;
  return {
    method: textOf(calendar, 'METHOD', 30).toLowerCase(),
    events,
    isCut: found.length > mostEvents,
  };
}

function readComponents(file: Buffer): Component {
  const root: Component = { name: '', lines: [], parts: [] };
  const open = [root];
  let count = 0;
  for (const line of readContentLines(file)) {
    const here = open.at(-1)!;
    if (line.name === 'BEGIN') {
      if (++count > mostComponents || open.length > 10) break;
      const part: Component = { name: line.value.trim().toUpperCase(), lines: [], parts: [] };
      here.parts.push(part);
      open.push(part);
    } else if (line.name === 'END') {
      if (open.length > 1) open.pop();
    } else if (here.lines.length < 1000) here.lines.push(line);
  }
  return root;
}

const lineOf = (component: Component, name: string): ContentLine | undefined =>
  component.lines.find((line) => line.name === name);

function cleanText(text: string, most: number): string {
  return text
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    .replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]+/g, ' ')
    .trim()
    .slice(0, most);
}

const textOf = (component: Component, name: string, most: number): string =>
  cleanText(unescapeText(lineOf(component, name)?.value ?? ''), most);

type Zones = ReadonlyMap<string, readonly Observance[]>;

function readEvent(event: Component, zones: Zones): CalendarEvent {
  const start = timeOf(lineOf(event, 'DTSTART'), zones);
  const people = event.lines.filter(({ name }) => name === 'ATTENDEE').slice(0, mostPeople);
  const organizer = lineOf(event, 'ORGANIZER');
  return {
    uid: textOf(event, 'UID', 1000),
    sequence: Math.min(2 ** 31 - 1, Math.max(0, Number.parseInt(textOf(event, 'SEQUENCE', 20), 10) || 0)),
    instance: timeOf(lineOf(event, 'RECURRENCE-ID'), zones),
    summary: textOf(event, 'SUMMARY', 500).replace(/\s+/g, ' '),
    location: textOf(event, 'LOCATION', 500),
    description: textOf(event, 'DESCRIPTION', longestText),
    status: textOf(event, 'STATUS', 30).toLowerCase(),
    start,
    end: timeOf(lineOf(event, 'DTEND'), zones) ?? endBy(start, textOf(event, 'DURATION', 50)),
    recurrence: recurrenceOf(lineOf(event, 'RRULE')?.value ?? ''),
    organizer: organizer && personOf(organizer),
    attendees: people.map(personOf),
    comment: textOf(event, 'COMMENT', 1000),
  };
}

function personOf(line: ContentLine): CalendarPerson {
  const address = /^mailto:(.*)$/i.exec(line.value.trim())?.[1] ?? parameterOf(line, 'EMAIL');
  const name = cleanText(parameterOf(line, 'CN'), 200).replace(/\s+/g, ' ');
  return {
    name,
    address: /^[^\s@<>]{1,64}@[^\s@<>]{1,255}$/.test(address) ? cleanText(address, 320) : '',
    status:
      line.name === 'ATTENDEE'
        ? (parameterOf(line, 'PARTSTAT') || 'needs-action').toLowerCase().slice(0, 30)
        : '',
  };
}

const timePattern = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z?))?$/;

function wallOf(
  text: string,
): { readonly wall: Wall; readonly isDay: boolean; readonly isUtc: boolean } | undefined {
  const found = timePattern.exec(text.trim());
  if (!found) return undefined;
  const [year, month, day, hour = 0, minute = 0, second = 0] = found
    .slice(1, 7)
    .map((part) => (part === undefined ? 0 : Number(part)));
  const wall: Wall = { year: year!, month: month!, day: day!, hour, minute, second: Math.min(59, second) };
  const date = new Date(wallMs(wall));
  if (date.getUTCMonth() !== wall.month - 1 || date.getUTCDate() !== wall.day || hour > 23 || minute > 59)
    return undefined;
  return { wall, isDay: found[4] === undefined, isUtc: found[7] === 'Z' };
}

function timeOf(line: ContentLine | undefined, zones: Zones): CalendarTime | undefined {
  const read = line && wallOf(line.value);
  if (!read) return undefined;
  const { wall, isDay, isUtc } = read;
  if (isDay) return { at: wallMs(wall), kind: 'day', zone: '' };
  if (isUtc) return { at: wallMs(wall), kind: 'moment', zone: '' };
  const tzid = parameterOf(line, 'TZID');
  if (tzid === '') return { at: wallMs(wall), kind: 'floating', zone: '' };
  const zone = ianaZone(tzid);
  if (zone !== undefined) return { at: momentIn(zone, wall), kind: 'moment', zone };
  const at = momentBy(zones.get(tzid) ?? [], wall);
  return at === undefined
    ? { at: wallMs(wall), kind: 'floating', zone: '' }
    : { at, kind: 'moment', zone: '' };
}

/** RFC 5545 3.3.6. */
function endBy(start: CalendarTime | undefined, text: string): CalendarTime | undefined {
  const found =
    /^\+?P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?$/.exec(text);
  if (!start || !found) return undefined;
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = found
    .slice(1)
    .map((part) => Number(part ?? 0));
  const length = ((((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
  return { ...start, at: start.at + length };
}

const weekdayNames = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];

const rulesOf = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text
      .slice(0, 2000)
      .toUpperCase()
      .split(';')
      .slice(0, 30)
      .map((rule) => [rule.slice(0, rule.indexOf('=')), rule.slice(rule.indexOf('=') + 1)]),
  );

function recurrenceOf(text: string): Recurrence | undefined {
  if (text === '') return undefined;
  const rules = rulesOf(text);
  const frequency = (rules.get('FREQ') ?? '').toLowerCase();
  if (frequency !== 'daily' && frequency !== 'weekly' && frequency !== 'monthly' && frequency !== 'yearly')
    return undefined;
  const number = (name: string): number | undefined => {
    const value = Number(rules.get(name) ?? Number.NaN);
    return Number.isInteger(value) && value > 0 && value < 100_000 ? value : undefined;
  };
  const until = wallOf(rules.get('UNTIL') ?? '');
  return {
    frequency,
    interval: number('INTERVAL') ?? 1,
    weekdays:
      frequency === 'weekly'
        ? (rules.get('BYDAY') ?? '')
            .split(',')
            .map((day) => weekdayNames.indexOf(day))
            .filter((day) => day >= 0)
        : [],
    count: number('COUNT'),
    until: until && wallMs(until.wall),
  };
}

function observancesOf(zone: Component): readonly Observance[] {
  return zone.parts.slice(0, 50).flatMap((part): Observance[] => {
    const start = wallOf(lineOf(part, 'DTSTART')?.value ?? '');
    const offset = /^([+-])(\d{2})(\d{2})/.exec(lineOf(part, 'TZOFFSETTO')?.value.trim() ?? '');
    if (!start || !offset) return [];
    const minutes = (Number(offset[2]) * 60 + Number(offset[3])) * (offset[1] === '-' ? -1 : 1);
    const rules = rulesOf(lineOf(part, 'RRULE')?.value ?? '');
    const day = /^([+-]?[1-5])(SU|MO|TU|WE|TH|FR|SA)$/.exec(rules.get('BYDAY') ?? '');
    const month = Number(rules.get('BYMONTH') ?? 0);
    const yearly =
      day && month >= 1 && month <= 12
        ? { month, week: Number(day[1]), weekday: weekdayNames.indexOf(day[2] ?? '') }
        : undefined;
    return [{ start: start.wall, offset: minutes, ...(yearly ? { yearly } : {}) }];
  });
}
