// The menu "Send later" of the compose form (views/compose/later.ejs).
import type { Formats } from '../shell/formats.ts';
import type { Translate } from '../words/words.ts';
import { presetsOf, wallTimeOf } from './schedule.ts';

export interface LaterModel {
  readonly presets: readonly { readonly name: string; readonly words: string }[];
  /** What the fields hold: as typed before, else tomorrow morning. */
  readonly date: string;
  readonly time: string;
  /** The earliest day. */
  readonly least: string;
  readonly zone: string;
  readonly isOpen: boolean;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** A moment as `<input type=date>` wants it. */
export function dateText(at: number, zone: string | undefined): string {
  const { year, month, day } = wallTimeOf(at, zone);
  return `${year}-${two(month)}-${two(day)}`;
}

/** A moment as `<input type=time>` wants it. */
export function timeText(at: number, zone: string | undefined): string {
  const { hour, minute } = wallTimeOf(at, zone);
  return `${two(hour)}:${two(minute)}`;
}

/** @param typed what came with the form; `isOpen`: it was the fault */
export function laterModel(
  now: number,
  { t, formats }: { readonly t: Translate; readonly formats: Formats },
  typed?: { readonly date: string; readonly time: string; readonly isOpen: boolean },
): LaterModel {
  const { zone } = formats;
  const presets = presetsOf(now, zone);
  const at = presets[0]?.at ?? now;
  return {
    presets: presets.map((preset) => ({
      name: preset.name,
      words: t(`outbox.${preset.name}`, { time: formats.clock(preset.at) }),
    })),
    date: typed?.date || dateText(at, zone),
    time: typed?.time || timeText(at, zone),
    least: dateText(now, zone),
    zone,
    isOpen: typed?.isOpen ?? false,
  };
}
