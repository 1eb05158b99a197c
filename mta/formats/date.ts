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
