// Deliveries to the users of this machine: what qmail-local reads.
// Each entry of the table says how its file is read and what holds without it; ../definitions.ts joins the rooms.
import { ControlError, readLines, readText } from '../reading.ts';
import type { Definitions } from './entry.ts';
import { ownNumber } from './entry.ts';

/** The values, after defaults. Domain names and keys are in lower case. */
export interface LocalSettings {
  readonly defaultdelivery: string;
  /** By name: the value, or undefined for the one that the server was started with. */
  readonly programenv: ReadonlyMap<string, string | undefined>;
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
  programenv: {
    kind: 'list',
    default: 'none',
    readers: 'local, remote',
    meaning:
      'Variables of all programs that deliveries run: NAME as the server was started with it, or NAME=value.',
    read: (file) =>
      new Map(
        (readLines(file) ?? []).map((line): [string, string | undefined] => {
          const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)(?:=(.*))?$/s.exec(line) ?? [];
          if (name === undefined) throw new ControlError(file.path, line, 'NAME or NAME=value');
          return [name, value];
        }),
      ),
  },
  timeoutprogram: {
    kind: 'int',
    default: '300',
    readers: 'local',
    meaning: 'Seconds that a program of a .qmail file may run.',
    read: ownNumber(300, 1, 86_400),
  },
};
