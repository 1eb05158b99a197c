// The delivery history of the admin pages; qmail kept none but its log.
// Each entry of the table says how its file is read and what holds without it; ../definitions.ts joins the rooms.
import type { Definitions } from './entry.ts';
import { ownNumber } from './entry.ts';

export interface HistorySettings {
  readonly historydays: number;
}

/** Ten years. */
const MOST_DAYS = 3660;

export const historySettings: Definitions<HistorySettings> = {
  historydays: {
    kind: 'int',
    default: '30',
    readers: 'history',
    meaning: 'Days for which the admin pages know what became of a letter; 0 keeps no delivery history.',
    atStart: true,
    read: ownNumber(30, 0, MOST_DAYS),
  },
};
