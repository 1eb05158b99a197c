// Dates, numbers and sizes in the reader's language and time zone. Formatters are costly to make and cheap to use,
// so each language and zone makes its own once.
import type { Language, Translate } from '../words/words.ts';

export interface Formats {
  readonly zone: string;
  /** The day in this zone as YYYY-MM-DD. */
  date(time: number): string;
  /** For a list: today `14:05`, the last six days `Tue`, this year `14 Nov`, else `14 Nov 2024`. */
  short(time: number, now: number): string;
  /** In full, for `title`: `Sunday, 22 November 2026 at 08:20`. */
  full(time: number): string;
  /** A moment to come: today `14:05`, else `Tue 24 Nov, 08:00`, with the year when that is another. */
  moment(time: number, now: number): string;
  /** Hours and minutes. */
  clock(time: number): string;
  /** Day and month: `14 Nov`. */
  day(time: number): string;
  /** A day that is named, `2026-12-03`, wherever the reader is: `3 Dec`, with the year when that is another. */
  namedDay(day: string, now: number): string;
  /** Machine-readable, for `<time datetime>`. */
  iso(time: number): string;
  number(value: number): string;
  percent(share: number): string;
  /** Several names, as in a sentence: `Bob, Carla, Dora`. */
  list(names: readonly string[]): string;
  /** Bytes for people: `412 kB`. */
  size(bytes: number): string;
}

/** What was asked for as a zone, and whether it is one: the runtime takes half a millisecond for it, and every page asks. */
const zones = new Map<string, boolean>();

/** Is this a time zone that the runtime knows? Zones come from a cookie. */
export function isZone(zone: string): boolean {
  if (!/^[A-Za-z0-9_+\-/]{1,64}$/.test(zone)) return false;
  const found = zones.get(zone);
  if (found !== undefined) return found;
  if (zones.size >= 1000) zones.clear();
  const is = isKnownZone(zone);
  zones.set(zone, is);
  return is;
}

function isKnownZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** Where clocks are the most apart from UTC, and more than the week in which days are named, milliseconds. */
const farthestZone = 16 * 3_600_000;
const oldEnough = 9 * 86_400_000;
const yearOf = (time: number): number => new Date(time).getUTCFullYear();

/** Makes the formats of one language and zone. English writes days before months and 24 hours, as mail does. */
export function createFormats(tag: string, zone: string): Formats {
  const locale = tag === 'en' ? 'en-GB' : tag;
  const make = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { timeZone: zone, ...options });
  const clock = make({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const weekday = make({ weekday: 'short' });
  const dayMonth = make({ day: 'numeric', month: 'short' });
  const dayMonthYear = make({ day: 'numeric', month: 'short', year: 'numeric' });
  const moments = ([false, true] as const).map((withYear) =>
    make({
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      ...(withYear ? { year: 'numeric' } : {}),
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    }),
  );
  const named = ([false, true] as const).map((withYear) =>
    make({ timeZone: 'UTC', day: 'numeric', month: 'short', ...(withYear ? { year: 'numeric' } : {}) }),
  );
  const full = make({ dateStyle: 'full', timeStyle: 'short' });
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  const numbers = new Intl.NumberFormat(locale);
  const percents = new Intl.NumberFormat(locale, { style: 'percent' });
  const sizes = (['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const).map(
    (unit) =>
      new Intl.NumberFormat(locale, {
        style: 'unit',
        unit,
        // `75 bytes`, not `75 byte`.
        unitDisplay: unit === 'byte' ? 'long' : 'short',
        maximumFractionDigits: 1,
      }),
  );
  const lists = new Intl.ListFormat(locale, { type: 'conjunction', style: 'narrow' });
  const days = new Map<number, string>();
  /** The date in this zone as YYYY-MM-DD; kept by quarters of an hour, at which days begin in every zone. */
  const dateOf = (time: number): string => {
    const quarter = Math.floor(time / 900_000);
    const known = days.get(quarter);
    if (known !== undefined) return known;
    if (days.size >= 1000) days.clear();
    const day = parts.format(time);
    days.set(quarter, day);
    return day;
  };
  const valid = (time: number): boolean => Number.isFinite(time) && Math.abs(time) < 8.64e15;
  return {
    zone,
    date: (time) => (valid(time) ? dateOf(time) : ''),
    short(time, now) {
      if (!valid(time)) return '';
      // Older than a week and of this year, or not, in every zone: no day needs to be known.
      if (now - time > oldEnough) {
        const [first, last] = [yearOf(time - farthestZone), yearOf(time + farthestZone)];
        const [earliest, latest] = [yearOf(now - farthestZone), yearOf(now + farthestZone)];
        if (first === last && earliest === latest)
          return first === earliest ? dayMonth.format(time) : dayMonthYear.format(time);
      }
      const today = dateOf(now);
      const day = dateOf(time);
      if (day === today) return clock.format(time);
      const age = Date.parse(today) - Date.parse(day);
      if (age > 0 && age < 7 * 86_400_000) return weekday.format(time);
      return day.slice(0, 4) === today.slice(0, 4) ? dayMonth.format(time) : dayMonthYear.format(time);
    },
    moment(time, now) {
      if (!valid(time)) return '';
      const [today, day] = [dateOf(now), dateOf(time)];
      if (day === today) return clock.format(time);
      return moments[day.slice(0, 4) === today.slice(0, 4) ? 0 : 1]!.format(time);
    },
    full: (time) => (valid(time) ? full.format(time) : ''),
    clock: (time) => (valid(time) ? clock.format(time) : ''),
    day: (time) => (valid(time) ? dayMonth.format(time) : ''),
    namedDay(day, now) {
      const time = Date.parse(`${day}T12:00:00Z`);
      return valid(time) ? named[day.slice(0, 4) === dateOf(now).slice(0, 4) ? 0 : 1]!.format(time) : '';
    },
    iso: (time) => (valid(time) ? new Date(time).toISOString() : ''),
    number: (value) => numbers.format(value),
    percent: (share) => percents.format(share),
    list: (names) => lists.format(names),
    size(bytes) {
      let value = Math.max(0, bytes);
      let step = 0;
      while (value >= 999.5 && step < 3) {
        value /= 1000;
        step++;
      }
      return sizes[step]!.format(step < 2 ? Math.round(value) : value);
    },
  };
}

/** A count for the folder column: nothing for none, `9,999+` above that. */
export function countText(count: number, formats: Formats, t: Translate): string {
  if (count <= 0) return '';
  return count > 9999 ? t('app.many', { n: 9999 }) : formats.number(count);
}

/** Keeps the formats of each language and zone that was asked for; the table is emptied when it grows large. */
export function keepFormats(): (language: Language, zone: string) => Formats {
  const made = new Map<string, Formats>();
  return (language, zone) => {
    const key = `${language.tag} ${zone}`;
    const found = made.get(key);
    if (found) return found;
    if (made.size > 500) made.clear();
    const formats = createFormats(language.tag, zone);
    made.set(key, formats);
    return formats;
  };
}
