// When a letter is to leave (spec/webmail.md 4.9): tomorrow or Monday at 08:00, or a date and time, all by the clock of
// the person's zone; at most a year ahead, never the past. Pure.
import { wallOf } from '../../message/zone-clock.ts';

const minute = 60_000;
const day = 24 * 3600_000;
/** How far ahead a letter may leave, milliseconds. */
export const furthest = 366 * day;

/** A day and time as a clock on the wall shows them. */
export interface WallTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
}

/** The moment at which the clocks of a zone show this; where they skip it, the moment they come to it. */
export function momentOf(wall: WallTime, zone: string | undefined): number {
  const wanted = Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute);
  // The offset at the first guess may be that of the other side of a change of clocks: the second is right.
  const first = wanted - (wallOf(wanted, zone) - wanted);
  const second = wanted - (wallOf(first, zone) - first);
  return wallOf(second, zone) === wanted ? second : Math.max(first, second);
}

/** The day of a moment by the clocks of a zone. */
export function wallTimeOf(at: number, zone: string | undefined): WallTime {
  const wall = new Date(wallOf(at, zone));
  return {
    year: wall.getUTCFullYear(),
    month: wall.getUTCMonth() + 1,
    day: wall.getUTCDate(),
    hour: wall.getUTCHours(),
    minute: wall.getUTCMinutes(),
  };
}

function morning(now: number, days: number, zone: string | undefined): number {
  const today = wallTimeOf(now, zone);
  return momentOf({ ...today, day: today.day + days, hour: 8, minute: 0 }, zone);
}

export interface Preset {
  readonly name: 'tomorrow' | 'monday';
  readonly at: number;
}

/** The moments offered; Monday is left out on Sundays, when it is tomorrow. */
export function presetsOf(now: number, zone: string | undefined): readonly Preset[] {
  const { year, month, day } = wallTimeOf(now, zone);
  const weekday = new Date(Date.UTC(year, month - 1, day)).getUTCDay();
  const toMonday = (8 - weekday) % 7 || 7;
  const tomorrow: Preset = { name: 'tomorrow', at: morning(now, 1, zone) };
  return toMonday === 1 ? [tomorrow] : [tomorrow, { name: 'monday', at: morning(now, toMonday, zone) }];
}

/** What `<input type=date>` and `<input type=time>` send. */
export function readMoment(date: string, time: string, zone: string | undefined): number | undefined {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date.trim()) ?? [];
  const [, hour, minute] = /^(\d{1,2}):(\d{2})(?::\d{2})?$/.exec(time.trim()) ?? [];
  if (year === undefined || hour === undefined) return undefined;
  const wall = {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
  };
  const check = new Date(Date.UTC(wall.year, wall.month - 1, wall.day));
  const isDay = check.getUTCMonth() === wall.month - 1 && check.getUTCDate() === wall.day;
  return isDay && wall.hour < 24 && wall.minute < 60 ? momentOf(wall, zone) : undefined;
}

export type LaterFault = 'outbox.noTime' | 'outbox.pastTime' | 'outbox.farTime';

/**
 * When a form wants its letter to leave: the button `later` with `tomorrow`, `monday` or `at` (and then the fields
 * `later-date` and `later-time`); undefined: now.
 */
export function readLater(
  field: (name: string) => string,
  now: number,
  zone: string | undefined,
): { readonly at: number } | { readonly fault: LaterFault } | undefined {
  const choice = field('later');
  if (choice === '') return undefined;
  const preset = presetsOf(now, zone).find(({ name }) => name === choice);
  if (preset) return { at: preset.at };
  return checkMoment(readMoment(field('later-date'), field('later-time'), zone), now);
}

export function checkMoment(
  at: number | undefined,
  now: number,
): { readonly at: number } | { readonly fault: LaterFault } {
  if (at === undefined || Number.isNaN(at)) return { fault: 'outbox.noTime' };
  // The minute that is under way is no past yet: somebody who chose it means now.
  if (at < now - minute) return { fault: 'outbox.pastTime' };
  return at > now + furthest ? { fault: 'outbox.farTime' } : { at: Math.max(at, now) };
}
