// The Date field (RFC 5322 3.3 and 4.3) and its common broken forms (no weekday, two-digit years, zone names, ctime,
// ISO 8601). Bounded: only the first 100 characters count. Gives milliseconds since 1970 or nothing.

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Minutes east of Greenwich (RFC 5322 4.3); unknown names count as UTC. */
const zones: Readonly<Record<string, number>> = {
  est: -300,
  edt: -240,
  cst: -360,
  cdt: -300,
  mst: -420,
  mdt: -360,
  pst: -480,
  pdt: -420,
  cet: 60,
  cest: 120,
  met: 60,
  mest: 120,
  bst: 60,
  jst: 540,
  msk: 180,
};

/** Reads a date field; undefined when it is none or lies outside the years 1970 to 2199. */
export const readDate = (value: string): number | undefined => readDateField(value)?.time;

/** A date field both as a moment and as the day that is written, whatever its zone (RFC 9051 6.4.4: SENTON). */
export function readDateField(value: string): { readonly time: number; readonly day: number } | undefined {
  const text = value
    .slice(0, 100)
    .replace(/\([^()]*\)/g, ' ')
    .toLowerCase();
  const iso = /^\s*(\d{4})-(\d\d)-(\d\d)[t ](\d\d):(\d\d)(?::(\d\d))?/.exec(text);
  let [year, month, day] = [0, -1, 0];
  let clock: RegExpExecArray | null;
  if (iso) {
    [year, month, day] = [Number(iso[1]), Number(iso[2]) - 1, Number(iso[3])];
    clock = /(\d\d):(\d\d)(?::(\d\d))?/.exec(text);
  } else {
    clock = /(\d{1,2})[:.](\d{1,2})(?:[:.](\d{1,2}))?/.exec(text);
    const words = text.split(/[\s,/-]+/);
    const monthAt = words.findIndex((word) => months.includes(word.slice(0, 3)));
    if (monthAt < 0) return undefined;
    month = months.indexOf(words[monthAt]!.slice(0, 3));
    const numbers = words.filter((word, i) => /^\d{1,4}$/.test(word) && i >= monthAt - 1 && i <= monthAt + 4);
    const dayFirst = /^\d{1,2}$/.test(words[monthAt - 1] ?? '');
    const dayText = dayFirst ? words[monthAt - 1]! : words[monthAt + 1];
    if (dayText === undefined || !/^\d{1,2}$/.test(dayText)) return undefined;
    day = Number(dayText);
    const yearText = dayFirst ? words[monthAt + 1] : numbers.find((word) => word.length === 4);
    if (yearText === undefined || !/^\d{2,4}$/.test(yearText)) return undefined;
    year = Number(yearText);
    // RFC 5322 4.3: two digits below 50 are 20xx, others and three digits are added to 1900.
    if (yearText.length < 4) year += yearText.length === 2 && year < 50 ? 2000 : 1900;
  }
  const [hour, minute, second] = [Number(clock?.[1] ?? 0), Number(clock?.[2] ?? 0), Number(clock?.[3] ?? 0)];
  if (year < 1970 || year > 2199 || month < 0 || month > 11 || day < 1 || day > 31) return undefined;
  if (hour > 24 || minute > 59 || second > 60) return undefined;
  const rest = clock ? text.slice(clock.index + clock[0].length) : '';
  const offset = /(?:^|[\s\d.])([+-])(\d\d):?(\d\d)/.exec(rest);
  const zoneName = /([a-z]{3,4})/.exec(rest)?.[1] ?? '';
  const minutes = offset
    ? (offset[1] === '-' ? -1 : 1) * (Number(offset[2]) * 60 + Number(offset[3]))
    : (zones[zoneName] ?? 0);
  const time = Date.UTC(year, month, day, hour, minute, second) - minutes * 60_000;
  return Number.isFinite(time) ? { time, day: Date.UTC(year, month, day) } : undefined;
}
