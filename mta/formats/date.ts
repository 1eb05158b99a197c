// The three date forms of a mail system: qmail's own (datetime.c, date822fmt.c), the one of the mbox From_ line
// (myctime.c), and RFC 5322 with the local offset for mail that people write here.
// Qmail's two are always UTC, so that logs and headers of two machines compare.

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

const two = (number: number): string => String(number).padStart(2, '0');

const utcClock = (date: Date): string =>
  `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;

/** `22 Nov 2026 08:20:00 -0000`: Received and Date lines as qmail writes them. `seconds` since 1970. */
export function formatQmailDate(seconds: number): string {
  const date = new Date(Math.floor(seconds) * 1000);
  // date822fmt: the day is not padded.
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()} ${utcClock(date)} -0000`;
}

/** `Sun Nov 22 08:20:00 2026`: the date of an mbox From_ line ($UFLINE). UTC; `seconds` since 1970. */
export function formatMailboxDate(seconds: number): string {
  const date = new Date(Math.floor(seconds) * 1000);
  // myctime: the day has two digits.
  return `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${two(date.getUTCDate())} ${utcClock(date)} ${date.getUTCFullYear()}`;
}

/** `Sun, 22 Nov 2026 09:20:00 +0100`: RFC 5322 3.3 date-time in this machine's time zone. */
export function formatRfc5322Date(date: Date): string {
  const offset = -date.getTimezoneOffset();
  const sign = offset < 0 ? '-' : '+';
  const minutes = Math.abs(offset);
  const zone = `${sign}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${DAYS[date.getDay()]}, ${date.getDate()} ${MONTHS[date.getMonth()]} ${date.getFullYear()} ${clock} ${zone}`;
}

/** RFC 822 5.1: zones by name, in minutes. */
const ZONES: ReadonlyMap<string, number> = new Map([
  ...['UT', 'UTC', 'GMT', 'Z'].map((name): [string, number] => [name, 0]),
  ['EST', -300],
  ['EDT', -240],
  ['CST', -360],
  ['CDT', -300],
  ['MST', -420],
  ['MDT', -360],
  ['PST', -480],
  ['PDT', -420],
]);
const MAIL_DATE =
  /^\s*(?:[A-Za-z]+\s*,\s*)?(\d{1,2})\s+([A-Za-z]{3})[a-z]*\s+(\d{4}|\d{2})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([+-]\d{4}|[A-Za-z]+)?\s*$/;

/**
 * A date as people's programs write it (RFC 5322 4.3), in one form: `22 Nov 2026 09:20:00 +0100`, as mess822 does. An
 * unknown zone is -0000. Undefined: no date.
 */
export function normalizeMailDate(text: string): string | undefined {
  const plain = text.replace(/\([^()]*\)/g, ' ').replace(/\s+/g, ' ');
  const [, day = '', month = '', year = '', hour = '', minute = '', second = '0', zone = ''] =
    MAIL_DATE.exec(plain) ?? [];
  const monthIndex = MONTHS.findIndex((name) => name.toLowerCase() === month.toLowerCase());
  if (monthIndex < 0 || Number(day) < 1 || Number(day) > 31) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  // RFC 5322 4.3: two digits are a year from 1950 to 2049.
  const full = year.length === 4 ? year : String(Number(year) + (Number(year) < 50 ? 2000 : 1900));
  const clock = `${two(Number(hour))}:${minute}:${two(Number(second))}`;
  return `${Number(day)} ${MONTHS[monthIndex]} ${full} ${clock} ${normalizeZone(zone)}`;
}

function normalizeZone(zone: string): string {
  if (/^[+-]/.test(zone)) return zone;
  const minutes = ZONES.get(zone.toUpperCase());
  if (minutes === undefined || minutes === 0) return '-0000';
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${two(size % 60)}`;
}
