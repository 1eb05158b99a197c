// When a snoozed letter comes back (webmail.md M18): later today, tomorrow or next Monday at 08:00, or a date and time, by
// the clock of the person's zone; a year ahead at most. Pure.

import { dateText, timeText } from '../outbox/later.ts';
import { checkMoment, momentOf, presetsOf, readMoment, wallTimeOf } from '../outbox/schedule.ts';
import type { Formats } from '../shell/formats.ts';
import type { Translate, WordKey } from '../words/words.ts';

/** Hours from now that "later today" is at least. */
const laterHours = 3;

interface Preset {
  readonly name: 'today' | 'tomorrow' | 'monday';
  readonly at: number;
}

/** The full hour three hours from now, while that is today; then mornings. */
export function snoozePresets(now: number, zone: string): readonly Preset[] {
  const wall = wallTimeOf(now, zone);
  const hour = wall.hour + laterHours + (wall.minute > 0 ? 1 : 0);
  const mornings = presetsOf(now, zone);
  if (hour > 23) return mornings;
  return [{ name: 'today', at: momentOf({ ...wall, hour, minute: 0 }, zone) }, ...mornings];
}

/** When a form wants it back, or what is wrong with its date and time. */
export function readSnooze(
  asked: { readonly when: string; readonly date: string; readonly time: string },
  now: number,
  zone: string,
): { readonly at: number } | { readonly fault: WordKey } {
  const preset = snoozePresets(now, zone).find(({ name }) => name === asked.when);
  if (preset) return { at: preset.at };
  // A page from before midnight still offers "later today".
  if (asked.when === 'today') return { at: now + laterHours * 3600_000 };
  if (asked.when === 'monday') return readSnooze({ ...asked, when: 'tomorrow' }, now, zone);
  const read = checkMoment(readMoment(asked.date, asked.time, zone), now);
  if ('at' in read) return read;
  const faults = {
    'outbox.noTime': 'snooze.noTime',
    'outbox.pastTime': 'snooze.pastTime',
    'outbox.farTime': 'snooze.farTime',
  } as const;
  return { fault: faults[read.fault] };
}

/** What the menu offers. */
export interface SnoozeMenu {
  readonly presets: readonly { readonly name: string; readonly words: string }[];
  readonly date: string;
  readonly time: string;
  readonly least: string;
  readonly zone: string;
}

const menus = new WeakMap<Formats, { readonly minute: number; readonly menu: SnoozeMenu }>();

/** The same for everybody of a language and a zone (who share their formats), for a minute. */
export function snoozeMenu(
  now: number,
  words: { readonly t: Translate; readonly formats: Formats },
): SnoozeMenu {
  const minute = Math.floor(now / 60_000);
  const known = menus.get(words.formats);
  if (known?.minute === minute) return known.menu;
  const menu = makeMenu(now, words);
  menus.set(words.formats, { minute, menu });
  return menu;
}

function makeMenu(
  now: number,
  { t, formats }: { readonly t: Translate; readonly formats: Formats },
): SnoozeMenu {
  const { zone } = formats;
  const presets = snoozePresets(now, zone);
  const tomorrow = presets.find(({ name }) => name === 'tomorrow')?.at ?? now;
  return {
    presets: presets.map(({ name, at }) => ({
      name,
      words: t(`snooze.${name}`, { time: formats.clock(at), day: formats.day(at) }),
    })),
    date: dateText(tomorrow, zone),
    time: timeText(tomorrow, zone),
    least: dateText(now, zone),
    zone,
  };
}
