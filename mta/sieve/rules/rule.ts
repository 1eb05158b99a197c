// Rules of the webmail (webmail.md R1, R7): what a person's filters are before they are Sieve. A rule says of which
// letters it speaks and what becomes of them; blocked senders are rules of their own kind. Here is what may stand in
// them, and how they are read from what was kept (JSON): whatever is not exactly a rule is none. Pure; script.ts makes a
// script of them and reads them back from it.
import { isSafeAddress } from '../../formats/address.ts';
import { cleanKeyword } from '../../maildir/keyword-files.ts';
import { SIEVE_REDIRECTS } from '../types.ts';

export const textFields = ['from', 'to', 'subject', 'list', 'header', 'body'] as const;
export type TextField = (typeof textFields)[number];
export const textTests = ['contains', 'is', 'begins', 'ends', 'matches', 'exists'] as const;
export type TextTest = (typeof textTests)[number];

export type Condition =
  | {
      readonly field: TextField;
      /** Its name, where the field is `header`; else ''. */
      readonly header: string;
      /** `matches`: * is any text, ? one character. Of `body` only `contains` and `matches`, which look within it. */
      readonly test: TextTest;
      /** '' with `exists`. */
      readonly value: string;
      readonly isNot: boolean;
    }
  | { readonly field: 'size'; readonly test: 'over' | 'under'; readonly bytes: number }
  | { readonly field: 'attachment'; readonly isNot: boolean }
  /** RFC 5235: 0 not tested, 1 clear ... 10 spam. */
  | { readonly field: 'spam'; readonly test: 'over' | 'under'; readonly score: number }
  /** All letters. */
  | { readonly field: 'any' };

/** Where the letter itself goes. `keep`: where it would go without this rule. */
export type Place =
  | { readonly kind: 'keep' }
  | { readonly kind: 'move'; readonly folder: string }
  | { readonly kind: 'discard' }
  | { readonly kind: 'reject'; readonly reason: string };

export interface Actions {
  readonly place: Place;
  /** '': none. */
  readonly copyTo: string;
  /** IMAP keywords. */
  readonly labels: readonly string[];
  readonly isRead: boolean;
  readonly isStarred: boolean;
  readonly forwardTo: readonly string[];
  /** Rules after this one are not asked. */
  readonly stops: boolean;
}

export interface Rule {
  readonly id: string;
  /** '': is called by what it does. */
  readonly name: string;
  readonly isOn: boolean;
  /** Of `forwardTo`: those that have not agreed yet. The rule does nothing as long as there are any. */
  readonly waitsFor: readonly string[];
  readonly match: 'all' | 'any';
  readonly conditions: readonly Condition[];
  readonly actions: Actions;
}

/** Addresses, or `@domain` with all below it; lower case. */
export interface Blocked {
  readonly junk: readonly string[];
  readonly discard: readonly string[];
}

/** All that a script of ours holds. */
export interface RuleBook {
  readonly rules: readonly Rule[];
  readonly blocked: Blocked;
}

export const emptyBook: RuleBook = { rules: [], blocked: { junk: [], discard: [] } };
export const noActions: Actions = {
  place: { kind: 'keep' },
  copyTo: '',
  labels: [],
  isRead: false,
  isStarred: false,
  forwardTo: [],
  stops: false,
};

/** Characters, but for counts and scores. */
export const ruleLimits = {
  rules: 200,
  conditions: 20,
  labels: 20,
  forwards: SIEVE_REDIRECTS,
  blocked: 1000,
  name: 100,
  value: 500,
  header: 70,
  folder: 200,
  reason: 1000,
  address: 320,
  bytes: 2_000_000_000,
  score: 10,
} as const;

/** The rule does something, now and where it matches. */
export const isActive = (rule: Rule): boolean => rule.isOn && rule.waitsFor.length === 0;

/** Folders that a rule names. */
export const foldersOf = ({ actions }: Rule): readonly string[] => [
  ...(actions.place.kind === 'move' ? [actions.place.folder] : []),
  ...(actions.copyTo === '' ? [] : [actions.copyTo]),
];

/** The rule as it is when folders have other names. */
export function renameFolders(rule: Rule, renamed: (folder: string) => string): Rule {
  const { place, copyTo } = rule.actions;
  const moved: Place = place.kind === 'move' ? { kind: 'move', folder: renamed(place.folder) } : place;
  return { ...rule, actions: { ...rule.actions, place: moved, copyTo: copyTo && renamed(copyTo) } };
}

/** RFC 5322 2.2: a field name; a colon ends it. */
export const isHeaderName = (text: string): boolean =>
  /^[!-9;-~]+$/.test(text) && text.length <= ruleLimits.header;

/** One line: characters that a form or an import may bring, and a comment or a string of a script may hold. */
const isLine = (text: string, longest: number): boolean =>
  text.length <= longest && text.isWellFormed() && !/[\p{Cc}\u2028\u2029]/u.test(text);
const isLines = (text: string, longest: number): boolean =>
  text.length <= longest && text.isWellFormed() && !/[^\P{Cc}\n\t]/u.test(text);
export const isForwardTarget = (text: string): boolean =>
  text.length <= ruleLimits.address && isSafeAddress(text) && /^[^\s@"<>()[\],;:\\]+@[^\s@]+$/.test(text);
/** `bob@example.com` or `@example.com`. */
export const isBlockable = (text: string): boolean =>
  isLine(text, ruleLimits.address) && /^[^\s@"<>(),;:\\]*@[^\s@"<>(),;:\\]+$/.test(text);

/** What a condition lacks; undefined: it is whole. */
export function faultOfCondition(condition: Condition): 'header' | 'value' | 'test' | undefined {
  switch (condition.field) {
    case 'any':
    case 'attachment':
      return undefined;
    case 'size':
      return isCount(condition.bytes, 1, ruleLimits.bytes) ? undefined : 'value';
    case 'spam':
      return isCount(condition.score, 0, ruleLimits.score) ? undefined : 'value';
    default:
      if (condition.field === 'header' && !isHeaderName(condition.header)) return 'header';
      if (condition.field === 'body' && condition.test !== 'contains' && condition.test !== 'matches')
        return 'test';
      if (condition.test === 'exists') return undefined;
      return condition.value.trim() !== '' && isLine(condition.value, ruleLimits.value) ? undefined : 'value';
  }
}

const isCount = (value: unknown, least: number, most: number): value is number =>
  Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;

type Fields = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isOneOf = <T extends string>(known: readonly T[], value: unknown): value is T =>
  known.some((one) => one === value);
const isText = (value: unknown, longest: number): value is string =>
  typeof value === 'string' && isLine(value, longest);
const isList = (value: unknown, most: number, isGood: (one: unknown) => boolean): value is string[] =>
  Array.isArray(value) && value.length <= most && value.every(isGood) && new Set(value).size === value.length;
const isFolder = (value: unknown): value is string => isText(value, ruleLimits.folder) && value !== '';
const isAddress = (value: unknown): boolean => typeof value === 'string' && isForwardTarget(value);

function readCondition(value: unknown): Condition | undefined {
  if (!isObject(value)) return undefined;
  const { field, test, isNot } = value;
  let read: Condition | undefined;
  if (field === 'any') read = { field };
  else if (field === 'attachment' && typeof isNot === 'boolean') read = { field, isNot };
  else if (field === 'size' && (test === 'over' || test === 'under'))
    read = { field, test, bytes: Number(value.bytes) };
  else if (field === 'spam' && (test === 'over' || test === 'under'))
    read = { field, test, score: Number(value.score) };
  else if (isOneOf(textFields, field) && isOneOf(textTests, test) && typeof isNot === 'boolean') {
    const { header, value: text } = value;
    if (typeof header === 'string' && typeof text === 'string')
      read = { field, header, test, value: text, isNot };
  }
  return read && faultOfCondition(read) === undefined ? read : undefined;
}

function readPlace(value: unknown): Place | undefined {
  if (!isObject(value)) return undefined;
  const { kind, folder, reason } = value;
  if (kind === 'keep' || kind === 'discard') return { kind };
  if (kind === 'move' && isFolder(folder)) return { kind, folder };
  if (kind === 'reject' && typeof reason === 'string' && reason !== '' && isLines(reason, ruleLimits.reason))
    return { kind, reason };
  return undefined;
}

function readActions(value: unknown): Actions | undefined {
  if (!isObject(value)) return undefined;
  const { copyTo, labels, isRead, isStarred, forwardTo, stops } = value;
  const place = readPlace(value.place);
  if (!place || (copyTo !== '' && !isFolder(copyTo))) return undefined;
  if (!isList(labels, ruleLimits.labels, (one) => typeof one === 'string' && cleanKeyword(one) === one))
    return undefined;
  if (!isList(forwardTo, ruleLimits.forwards, isAddress)) return undefined;
  if (typeof isRead !== 'boolean' || typeof isStarred !== 'boolean' || typeof stops !== 'boolean')
    return undefined;
  // RFC 5429 2.1: what is refused is not kept or sent on as well.
  if (place.kind === 'reject' && (copyTo !== '' || forwardTo.length > 0)) return undefined;
  return { place, copyTo, labels, isRead, isStarred, forwardTo, stops };
}

/** The rule that some JSON is; undefined: none. Reading what was read gives the same. */
export function readRule(value: unknown): Rule | undefined {
  if (!isObject(value)) return undefined;
  const { id, name, isOn, match, waitsFor } = value;
  if (typeof id !== 'string' || !/^[A-Za-z0-9_-]{1,40}$/.test(id)) return undefined;
  if (!isText(name, ruleLimits.name) || typeof isOn !== 'boolean') return undefined;
  if (match !== 'all' && match !== 'any') return undefined;
  const actions = readActions(value.actions);
  if (!actions || !isList(waitsFor, ruleLimits.forwards, (one) => actions.forwardTo.includes(String(one))))
    return undefined;
  if (!Array.isArray(value.conditions) || value.conditions.length > ruleLimits.conditions) return undefined;
  const conditions = value.conditions.map(readCondition);
  const whole = conditions.filter((one) => one !== undefined);
  if (whole.length === 0 || whole.length < conditions.length) return undefined;
  return { id, name, isOn, waitsFor, match, conditions: whole, actions };
}

/** The list of blocked senders that some JSON is; undefined: none. */
export function readBlocked(value: unknown): Blocked | undefined {
  if (!isObject(value)) return undefined;
  const { junk, discard } = value;
  const isGood = (one: unknown): boolean =>
    typeof one === 'string' && isBlockable(one) && one === one.toLowerCase();
  if (!isList(junk, ruleLimits.blocked, isGood) || !isList(discard, ruleLimits.blocked, isGood))
    return undefined;
  return { junk, discard };
}
