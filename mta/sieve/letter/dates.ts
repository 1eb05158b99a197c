// Dates of letters and of now, and their parts in some zone (RFC 5260 4). Days are counted as RFC 5260 wants them (modified
// Julian day); zones are offsets, or IANA names whose offset is that of the moment.
import { normalizeMailDate } from '../../formats/date.ts';

/** A moment, and the offset that it was written with. */
export interface Moment {
  /** Seconds since 1970. */
  readonly seconds: number;
  /** Minutes east of Greenwich. */
  readonly offset: number;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

const normal = /^(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) ([+-]\d{4})$/;

/** A date of a header field's value, in Received what is behind its last semicolon (RFC 5260 4). Undefined: none. */
export function readMoment(value: string): Moment | undefined {
  // RFC 5322 4.3: blanks and comments may stand around the colons of old dates.
  const text = value
    .slice(value.lastIndexOf(';') + 1)
    .slice(0, 200)
    .replace(/\([^()]*\)/g, ' ')
    .replace(/ {0,20}: {0,20}/g, ':');
  // What programs put behind the zone is no part of the date.
  const [dated = text] =
    /^[^:]{0,60}:\d\d(?::\d\d)?[ \t]{0,20}(?:[+-]\d{4}|[A-Za-z]{1,5})\b/.exec(text) ?? [];
  const [, day, month = '', year, hour, minute, second, zone = ''] =
    normal.exec(normalizeMailDate(dated) ?? '') ?? [];
  const offset = readOffset(zone);
  const monthIndex = MONTHS.indexOf(month);
  if (offset === undefined || monthIndex < 0) return undefined;
  const local = Date.UTC(2000, monthIndex, Number(day), Number(hour), Number(minute), Number(second));
  const date = new Date(local);
  date.setUTCFullYear(Number(year), monthIndex, Number(day));
  return { seconds: Math.floor(date.getTime() / 1000) - offset * 60, offset };
}

/** `+0130` in minutes; undefined: it is no offset. */
export function readOffset(zone: string): number | undefined {
  const [, sign, hours, minutes] = /^([+-])([0-9]{2})([0-5][0-9])$/.exec(zone) ?? [];
  if (sign === undefined) return undefined;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Offset of an IANA zone at a moment, in minutes. A zone that there is not counts as UTC. */
export function offsetAt(zone: string, seconds: number): number {
  let format = formats.get(zone);
  if (format === undefined) {
    try {
      format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
    } catch {
      return 0;
    }
    // Zones are settings of accounts: there are some hundred names.
    if (formats.size < 1000) formats.set(zone, format);
  }
  const name = format.formatToParts(seconds * 1000).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours, minutes] = /^GMT([+-])(\d{2}):(\d{2})/.exec(name) ?? [];
  return sign === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

const two = (number: number): string => String(number).padStart(2, '0');
const four = (number: number): string => String(number).padStart(4, '0');

function writeOffset(offset: number, separator: string): string {
  const size = Math.abs(offset);
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${separator}${two(size % 60)}`;
}

const dateOf = (date: Date): string =>
  `${four(date.getUTCFullYear())}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
const timeOf = (date: Date): string =>
  `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;

/** RFC 5260 4.2. `date` holds local time as if it were UTC. */
export const dateParts: Readonly<Record<string, (date: Date, offset: number) => string>> = {
  year: (date) => four(date.getUTCFullYear()),
  month: (date) => two(date.getUTCMonth() + 1),
  day: (date) => two(date.getUTCDate()),
  date: dateOf,
  // Modified Julian day: days since 17 November 1858; 1970 began with day 40587.
  julian: (date) => String(Math.floor(date.getTime() / 86_400_000) + 40_587),
  hour: (date) => two(date.getUTCHours()),
  minute: (date) => two(date.getUTCMinutes()),
  second: (date) => two(date.getUTCSeconds()),
  time: timeOf,
  iso8601: (date, offset) =>
    `${dateOf(date)}T${timeOf(date)}${offset === 0 ? 'Z' : writeOffset(offset, ':')}`,
  std11: (date, offset) =>
    `${DAYS[date.getUTCDay()]}, ${two(date.getUTCDate())} ${MONTHS[date.getUTCMonth()]} ${four(date.getUTCFullYear())} ${timeOf(date)} ${writeOffset(offset, '')}`,
  zone: (_date, offset) => writeOffset(offset, ''),
  weekday: (date) => String(date.getUTCDay()),
};

/** A part of a moment in a zone of `offset` minutes. `part`: a key of dateParts. */
export function datePart(seconds: number, offset: number, part: string): string {
  return dateParts[part]!(new Date((seconds + offset * 60) * 1000), offset);
}
