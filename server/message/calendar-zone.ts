// The moment that a time of an invitation means (RFC 5545 3.3.5, 3.6.5): zones by their IANA name, by the name that Windows
// gives them, or by the rules that the file itself brings along. Pure.
import { wallOf } from './zone-clock.ts';

/** A time as it is written: no zone yet. */
export interface Wall {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** One rule of a VTIMEZONE: from when on which offset holds. */
export interface Observance {
  readonly start: Wall;
  /** Minutes east of Greenwich. */
  readonly offset: number;
  /** Yearly: in which month, on which weekday (0 is Sunday) of which week (-1 is the last). */
  readonly yearly?: { readonly month: number; readonly week: number; readonly weekday: number } | undefined;
}

const windowsZones: Readonly<Record<string, string>> = {
  'AUS Eastern Standard Time': 'Australia/Sydney',
  'Arab Standard Time': 'Asia/Riyadh',
  'Arabian Standard Time': 'Asia/Dubai',
  'Argentina Standard Time': 'America/Argentina/Buenos_Aires',
  'Atlantic Standard Time': 'America/Halifax',
  'Central America Standard Time': 'America/Guatemala',
  'Central Europe Standard Time': 'Europe/Budapest',
  'Central European Standard Time': 'Europe/Warsaw',
  'Central Standard Time': 'America/Chicago',
  'China Standard Time': 'Asia/Shanghai',
  'E. Europe Standard Time': 'Europe/Chisinau',
  'E. South America Standard Time': 'America/Sao_Paulo',
  'Eastern Standard Time': 'America/New_York',
  'Egypt Standard Time': 'Africa/Cairo',
  'FLE Standard Time': 'Europe/Kiev',
  'GMT Standard Time': 'Europe/London',
  'GTB Standard Time': 'Europe/Bucharest',
  'Greenwich Standard Time': 'Atlantic/Reykjavik',
  'India Standard Time': 'Asia/Kolkata',
  'Israel Standard Time': 'Asia/Jerusalem',
  'Korea Standard Time': 'Asia/Seoul',
  'Mountain Standard Time': 'America/Denver',
  'New Zealand Standard Time': 'Pacific/Auckland',
  'Pacific Standard Time': 'America/Los_Angeles',
  'Romance Standard Time': 'Europe/Paris',
  'Russian Standard Time': 'Europe/Moscow',
  'SA Pacific Standard Time': 'America/Bogota',
  'SE Asia Standard Time': 'Asia/Bangkok',
  'Singapore Standard Time': 'Asia/Singapore',
  'South Africa Standard Time': 'Africa/Johannesburg',
  'Tokyo Standard Time': 'Asia/Tokyo',
  'Turkey Standard Time': 'Europe/Istanbul',
  UTC: 'UTC',
  'W. Europe Standard Time': 'Europe/Berlin',
};

/** The IANA name that an identifier means; undefined: none is known. */
export function ianaZone(tzid: string): string | undefined {
  const plain = tzid.replace(/^"|"$/g, '').trim();
  // `/freeassociation.sourceforge.net/Europe/Oslo` and its like end with the name.
  const tail = /([A-Za-z_]+\/[A-Za-z_+-]+(?:\/[A-Za-z_]+)?)$/.exec(plain)?.[1];
  for (const name of [windowsZones[plain], plain, tail]) {
    if (name === undefined || !/^[A-Za-z0-9_+\-/]{1,64}$/.test(name)) continue;
    try {
      return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
    } catch {}
  }
  return undefined;
}

export const wallMs = ({ year, month, day, hour, minute, second }: Wall): number =>
  Date.UTC(year, month - 1, day, hour, minute, second);

/** Milliseconds east of Greenwich of a zone at a moment. */
const offsetAt = (zone: string, at: number): number => wallOf(at, zone) - Math.floor(at / 1000) * 1000;

/** The moment of a time in a zone; one that the clocks skip is the one after. Milliseconds since 1970. */
export function momentIn(zone: string, wall: Wall): number {
  const shown = wallMs(wall);
  const first = shown - offsetAt(zone, shown);
  return shown - offsetAt(zone, first);
}

/** The moment by the file's own rules; undefined without rules. */
export function momentBy(observances: readonly Observance[], wall: Wall): number | undefined {
  const at = wallMs(wall);
  let best: { readonly onset: number; readonly offset: number } | undefined;
  for (const { start, offset, yearly } of observances.slice(0, 50)) {
    const begins = wallMs(start);
    const onsets = yearly
      ? [wall.year, wall.year - 1]
          .map((year) => onsetOf(year, yearly, start))
          .filter((onset) => onset >= begins)
      : [begins];
    for (const onset of onsets)
      if (onset <= at && (best === undefined || onset > best.onset)) best = { onset, offset };
  }
  const offset = best?.offset ?? observances[0]?.offset;
  return offset === undefined ? undefined : at - offset * 60_000;
}

function onsetOf(
  year: number,
  { month, week, weekday }: NonNullable<Observance['yearly']>,
  { hour, minute, second }: Wall,
): number {
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const first = new Date(Date.UTC(year, month - 1, 1)).getUTCDay();
  const begin = 1 + ((weekday - first + 7) % 7);
  const day = week > 0 ? begin + (week - 1) * 7 : begin + Math.floor((days - begin) / 7) * 7 + (week + 1) * 7;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
