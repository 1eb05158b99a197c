// What a form shows after it was wrong: every value as it was typed, and for each field what is the matter with it, in
// words that stand beside the field and once more above the form (webmail.md 5.1). Pure; views/partials/field.ejs and
// faults.ejs draw it.
import { allValues, oneValue } from './paths.ts';

export interface Fault {
  /** Name of the input; '' for the form as a whole. */
  readonly field: string;
  readonly words: string;
}

export interface Form {
  readonly faults: readonly Fault[];
  /** The value of a field as it was typed, '' when it was not there. */
  value(name: string): string;
  has(name: string, value?: string): boolean;
  faultOf(name: string): string;
}

/** What was typed, of the fields named: a form's own names and no others come back to the page. */
export type Values = Readonly<Record<string, string | readonly string[]>>;

/** With what a form is shown again: what was typed, what is wrong with it, and whether somebody else saved meanwhile. */
export interface Shown {
  readonly values?: Values;
  readonly faults?: readonly Fault[];
  readonly isConflict?: boolean;
}

/** One field of a form that two saved at once. */
export interface ConflictRow {
  readonly label: string;
  readonly theirs: string;
  readonly yours: string;
}

/**
 * What partials/conflict.ejs shows: the fields that differ, which may be none (what is not shown, a password for one, was
 * what somebody else changed); undefined: nobody else has saved.
 */
export const conflictOf = (
  isConflict: boolean | undefined,
  rows: readonly ConflictRow[],
): readonly ConflictRow[] | undefined =>
  isConflict === true ? rows.filter(({ theirs, yours }) => theirs !== yours) : undefined;

export function formOf(values: Values, faults: readonly Fault[] = []): Form {
  const all = (name: string): readonly string[] => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    return value === undefined ? [] : typeof value === 'string' ? [value] : value;
  };
  return {
    faults,
    value: (name) => all(name)[0] ?? '',
    has: (name, value) => (value === undefined ? (all(name)[0] ?? '') !== '' : all(name).includes(value)),
    faultOf: (name) => faults.find((fault) => fault.field === name)?.words ?? '',
  };
}

/** The named fields of a body, each cut at `longest` characters. */
export function readValues<Name extends string>(
  body: Readonly<Record<string, unknown>> | undefined,
  names: readonly Name[],
  longest = 65_536,
): Readonly<Record<Name, string>> {
  const values = names.map((name) => [name, oneValue(body?.[name]).slice(0, longest)] as const);
  return Object.fromEntries(values) as Record<Name, string>;
}

/** All fields of a body, to be sent along once more; those named in `but` are left out. */
export function carryFields(
  body: Readonly<Record<string, unknown>> | undefined,
  but: readonly string[],
): readonly { readonly name: string; readonly value: string }[] {
  return Object.entries(body ?? {})
    .filter(([name]) => !but.includes(name))
    .flatMap(([name, value]) => allValues(value).map((one) => ({ name, value: one })));
}
