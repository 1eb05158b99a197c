// Deliveries to the users of this machine: what qmail-local reads.
// Each entry of the table says how its file is read and what holds without it; ../definitions.ts joins the rooms.
import { readText } from '../reading.ts';
import type { Definitions } from './entry.ts';
import { ownNumber } from './entry.ts';

/** The values, after defaults. Domain names and keys are in lower case. */
export interface LocalSettings {
  readonly defaultdelivery: string;
  readonly timeoutprogram: number;
}

export const localSettings: Definitions<LocalSettings> = {
  defaultdelivery: {
    kind: 'text',
    default: './Maildir/',
    readers: 'local',
    meaning: 'Delivery instructions for a user who has no .qmail file, in the form of a .qmail file.',
    read: (file) => readText(file) || './Maildir/',
  },
  timeoutprogram: {
    kind: 'int',
    default: '300',
    readers: 'local',
    meaning: 'Seconds that a program of a .qmail file may run.',
    read: ownNumber(300, 1, 86_400),
  },
};
