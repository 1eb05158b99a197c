// date-time as IMAP writes it (RFC 9051 9): INTERNALDATE and SAVEDATE. Pure; what cannot be written in it, years of more
// than four digits, is brought to its borders.
const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const two = (number: number): string => (number < 10 ? `0${number}` : String(number));

/** A date-time has a year of four digits; files can be of any time that their file system knows. */
const [earliest, latest] = [Date.UTC(-1, 12), Date.UTC(9999, 11, 31, 23, 59, 59)];

/** RFC 9051 date-time, quoted, in UTC. */
export function formatDateTime(milliseconds: number): string {
  const date = new Date(Math.min(Math.max(milliseconds, earliest), latest));
  const day = String(date.getUTCDate()).padStart(2, ' ');
  const year = String(date.getUTCFullYear()).padStart(4, '0');
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  return `"${day}-${months[date.getUTCMonth()]}-${year} ${time} +0000"`;
}
