// One entry of the table of settings, and the readers that several of them share: a host name that defaults to me, a
// number of qmail's (leading digits), a number of ours (nothing but digits, in its range).
import type { ControlFile } from '../reading.ts';
import { ControlError, readLine, readNumber } from '../reading.ts';

/** One setting, told by the room that it belongs to; its name is the key in the room's table. */
export interface Entry<V> {
  /**
   * line: first line. int: its digits. list: one entry a line. map: key:value lines. text: the whole file. cdb: NAME.cdb.
   * rules: the text of tcprules, or NAME.cdb.
   */
  readonly kind: 'line' | 'int' | 'list' | 'map' | 'text' | 'cdb' | 'rules';
  /** What holds when the file is missing, for people. */
  readonly default: string;
  /** Programs or roles, as in qmail-control(9). */
  readonly readers: string;
  /** One sentence. */
  readonly meaning: string;
  /** True: a file of qmail 1.03. False: of a patch, or ours. */
  readonly qmail?: boolean;
  /** True: the default is the line of control/me. */
  readonly usesMe?: boolean;
  /** True: read when the program starts, and not again. */
  readonly atStart?: boolean;
  /** Makes the value. Throws ControlError. */
  read(file: ControlFile): V;
}

export type Definitions<S> = { readonly [K in keyof S]: Entry<S[K]> };

export const EMPTY_SET: ReadonlySet<string> = new Set();

/** A name that defaults to me, and without me to the setting's own name: qmail's control_rldef. */
export const hostOr = (literal: string) => (file: ControlFile) => readLine(file) ?? file.me ?? literal;

/** A name that defaults to me and cannot do without. */
export const hostNeeded = (file: ControlFile): string => {
  const host = readLine(file) ?? file.me;
  if (host === undefined || host === '')
    throw new ControlError(file.path, '', 'a host name here or in control/me');
  return host;
};

export const numberOr = (value: number) => (file: ControlFile) => readNumber(file) ?? value;

/** A number of ours: nothing but digits, within its range. */
export const ownNumber = (value: number, least: number, most: number) => (file: ControlFile) => {
  const line = readLine(file);
  if (line === undefined || line === '') return value;
  const number = Number(line);
  if (!/^[0-9]{1,12}$/.test(line) || number < least || number > most)
    throw new ControlError(file.path, line, `a number from ${least} to ${most}`);
  return number;
};
