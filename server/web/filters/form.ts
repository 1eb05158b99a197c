// The form of a rule (webmail.md R1, 2.2): what was typed, row by row, so that nothing of it is lost whatever button was
// pressed; the rule that it says, or what is wrong with it beside its field; and a rule as the form shows it. Pure.
import { cleanKeyword } from '../../../mta/maildir/keyword-files.ts';
import {
  type Actions,
  type Condition,
  faultOfCondition,
  isForwardTarget,
  type Place,
  type Rule,
  ruleLimits,
  textFields,
} from '../../../mta/sieve/rules/rule.ts';
import { cleanLine } from '../shell/foreign.ts';
import type { Fault } from '../shell/form.ts';
import { allValues, oneValue } from '../shell/paths.ts';
import type { Translate } from '../words/words.ts';
import { fieldWords, isTextTest, type TestName, testOf, testWords } from './sentence.ts';

/** A row of conditions as typed. */
export interface ConditionRow {
  readonly field: string;
  readonly test: string;
  readonly value: string;
  readonly header: string;
}

/** The whole form as typed. */
export interface RuleForm {
  readonly name: string;
  readonly isOn: boolean;
  readonly match: string;
  readonly rows: readonly ConditionRow[];
  readonly place: string;
  readonly folder: string;
  readonly reason: string;
  readonly copyTo: string;
  readonly labels: readonly string[];
  readonly isRead: boolean;
  readonly isStarred: boolean;
  readonly forwardTo: string;
  readonly stops: boolean;
}

const emptyRow: ConditionRow = { field: 'from', test: 'contains', value: '', header: '' };

/** A form nobody has typed in. */
export const newForm: RuleForm = {
  name: '',
  isOn: true,
  match: 'all',
  rows: [emptyRow],
  place: 'move',
  folder: '',
  reason: '',
  copyTo: '',
  labels: [],
  isRead: false,
  isStarred: false,
  forwardTo: '',
  stops: true,
};

type Body = Readonly<Record<string, unknown>> | undefined;

/** What was typed, each field cut to what it may have and a little more, so that too much is said and not lost. */
export function readForm(body: Body): RuleForm {
  const one = (name: string, longest: number): string => oneValue(body?.[name]).slice(0, longest * 2);
  const [fields, tests, values, headers] = ['field', 'test', 'value', 'header'].map((name) =>
    allValues(body?.[name]).slice(0, ruleLimits.conditions),
  ) as [string[], string[], string[], string[]];
  return {
    name: one('name', ruleLimits.name),
    isOn: one('on', 1) === '1',
    match: one('match', 3),
    rows: fields.map((field, at) => ({
      field: field.slice(0, 20),
      test: (tests[at] ?? '').slice(0, 20),
      value: (values[at] ?? '').slice(0, ruleLimits.value * 2),
      header: (headers[at] ?? '').slice(0, ruleLimits.header * 2),
    })),
    place: one('place', 10),
    folder: one('folder', ruleLimits.folder),
    reason: one('reason', ruleLimits.reason),
    copyTo: one('copy', ruleLimits.folder),
    labels: allValues(body?.label).slice(0, 200),
    isRead: one('read', 1) === '1',
    isStarred: one('star', 1) === '1',
    forwardTo: one('forward', ruleLimits.address * ruleLimits.forwards),
    stops: one('stop', 1) === '1',
  };
}

export const addRow = (form: RuleForm): RuleForm =>
  form.rows.length >= ruleLimits.conditions ? form : { ...form, rows: [...form.rows, emptyRow] };

/** Without one row; one is always there. */
export function removeRow(form: RuleForm, at: number): RuleForm {
  const rows = form.rows.filter((_, index) => index !== at);
  return { ...form, rows: rows.length === 0 ? [emptyRow] : rows };
}

const units: Readonly<Record<string, number>> = {
  '': 1e6,
  b: 1,
  k: 1e3,
  kb: 1e3,
  m: 1e6,
  mb: 1e6,
  g: 1e9,
  gb: 1e9,
};

/** Bytes of `5 MB`, `500k`, `1,5`; without a unit megabytes. */
export function readSize(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^\s*(\d{1,9}(?:[.,]\d{1,3})?)\s*([a-z]{0,2})\s*$/i.exec(text) ?? [];
  const factor = units[unit.toLowerCase()];
  return digits === '' || factor === undefined
    ? undefined
    : Math.round(Number(digits.replace(',', '.')) * factor);
}

/** The same written so that reading it gives the same. */
function writeSize(bytes: number): string {
  const [factor, unit] = bytes % 1e6 === 0 ? [1e6, 'MB'] : bytes % 1e3 === 0 ? [1e3, 'kB'] : [1, 'B'];
  return `${bytes / factor} ${unit}`;
}

type RowFault =
  | 'rules.fault.value'
  | 'rules.fault.size'
  | 'rules.fault.score'
  | 'rules.fault.header'
  | 'rules.fault.test';

/** The condition of a row. */
export function readRow(row: ConditionRow): Condition | RowFault {
  const { field, test } = row;
  const value = cleanLine(row.value, ruleLimits.value);
  if (field === 'any') return { field };
  if (field === 'attachment')
    return test === 'exists' || test === 'existsNot'
      ? { field, isNot: test === 'existsNot' }
      : 'rules.fault.test';
  if (field === 'size' || field === 'spam') {
    if (test !== 'over' && test !== 'under') return 'rules.fault.test';
    const number = field === 'size' ? readSize(value) : /^\d{1,2}$/.test(value) ? Number(value) : undefined;
    const words = field === 'size' ? 'rules.fault.size' : 'rules.fault.score';
    if (number === undefined) return words;
    const condition: Condition =
      field === 'size' ? { field, test, bytes: number } : { field, test, score: number };
    return faultOfCondition(condition) === undefined ? condition : words;
  }
  const known = textFields.find((one) => one === field);
  const isNot = test.endsWith('Not') && test !== 'isNot' ? true : test === 'isNot';
  const plain = isNot ? test.slice(0, -'Not'.length) : test;
  if (known === undefined || !isTextTest(plain)) return 'rules.fault.test';
  const condition: Condition = {
    field: known,
    header: known === 'header' ? row.header.trim().replace(/:$/, '') : '',
    test: plain,
    value: plain === 'exists' ? '' : value,
    isNot,
  };
  const fault = faultOfCondition(condition);
  return fault === undefined ? condition : `rules.fault.${fault}`;
}

/** What there is to choose from. */
export interface FormChoices {
  readonly folders: readonly string[];
  readonly labels: readonly string[];
}

export const splitAddresses = (text: string): string[] => [
  ...new Set(text.split(/[\s,;]+/).filter((one) => one !== '')),
];

/** What becomes of the letters, and what is wrong with that. */
function readActions(form: RuleForm, choices: FormChoices, t: Translate) {
  const faults: Fault[] = [];
  const fault = (field: string, words: string): void => void faults.push({ field, words });
  const hasFolder = (name: string): boolean => choices.folders.includes(name);
  let place: Place = { kind: 'keep' };
  if (form.place === 'move') {
    place = { kind: 'move', folder: form.folder };
    if (!hasFolder(form.folder)) fault('folder', t('rules.fault.folder'));
  } else if (form.place === 'discard') place = { kind: 'discard' };
  else if (form.place === 'reject') {
    const reason = form.reason
      .toWellFormed()
      .replace(/\r\n?/g, '\n')
      .replace(/[^\P{Cc}\n\t]/gu, '')
      .trim();
    place = { kind: 'reject', reason };
    if (reason === '' || reason.length > ruleLimits.reason)
      fault('reason', t('rules.fault.reason', { n: ruleLimits.reason }));
  }
  if (form.copyTo !== '' && !hasFolder(form.copyTo)) fault('copy', t('rules.fault.folder'));
  const forwardTo = splitAddresses(form.forwardTo);
  if (!forwardTo.every(isForwardTarget)) fault('forward', t('rules.fault.forward'));
  else if (forwardTo.length > ruleLimits.forwards)
    fault('forward', t('rules.fault.forwards', { n: ruleLimits.forwards }));
  // RFC 5429 2.1.
  if (place.kind === 'reject' && (form.copyTo !== '' || forwardTo.length > 0))
    fault('place', t('rules.fault.rejectAlone'));
  const actions: Actions = {
    place,
    copyTo: form.copyTo,
    labels: choices.labels
      .filter((keyword) => form.labels.includes(keyword) && cleanKeyword(keyword) === keyword)
      .slice(0, ruleLimits.labels),
    isRead: form.isRead,
    isStarred: form.isStarred,
    forwardTo,
    stops: form.stops,
  };
  return { actions, faults };
}

/** The rule that a form says, or what is wrong, by the fields of the form; a row's are `value-0`, `header-0`, `test-0`. */
export function ruleOf(
  form: RuleForm,
  id: string,
  choices: FormChoices,
  t: Translate,
): { readonly rule: Rule } | { readonly faults: readonly Fault[] } {
  const conditions: Condition[] = [];
  const faults: Fault[] = [];
  for (const [at, row] of form.rows.entries()) {
    const read = readRow(row);
    if (typeof read !== 'string') {
      conditions.push(read);
      continue;
    }
    const field = read === 'rules.fault.header' ? 'header' : read === 'rules.fault.test' ? 'test' : 'value';
    faults.push({ field: `${field}-${at}`, words: t(read) });
  }
  const { actions, faults: more } = readActions(form, choices, t);
  faults.push(...more);
  const name = cleanLine(form.name, 1000);
  if (name.length > ruleLimits.name)
    faults.push({ field: 'name', words: t('label.nameLong', { n: ruleLimits.name }) });
  if (conditions.length === 0 && faults.length === 0)
    faults.push({ field: 'value-0', words: t('rules.fault.value') });
  if (faults.length > 0) return { faults };
  const match = form.match === 'any' ? 'any' : 'all';
  return { rule: { id, name, isOn: form.isOn, waitsFor: [], match, conditions, actions } };
}

function rowOf(condition: Condition): ConditionRow {
  const row = { field: condition.field, test: testOf(condition), value: '', header: '' };
  if (condition.field === 'size') return { ...row, value: writeSize(condition.bytes) };
  if (condition.field === 'spam') return { ...row, value: String(condition.score) };
  return 'value' in condition ? { ...row, value: condition.value, header: condition.header } : row;
}

/** A rule as the form shows it. */
export function formOfRule({ name, isOn, match, conditions, actions }: Rule): RuleForm {
  const { place, copyTo, labels, isRead, isStarred, forwardTo, stops } = actions;
  return {
    name,
    isOn,
    match,
    rows: conditions.map(rowOf),
    place: place.kind,
    folder: place.kind === 'move' ? place.folder : '',
    reason: place.kind === 'reject' ? place.reason : '',
    copyTo,
    labels,
    isRead,
    isStarred,
    forwardTo: forwardTo.join(', '),
    stops,
  };
}

/** The choices of the two lists of a row, in words. */
export const rowChoices = (t: Translate) => ({
  fields: Object.entries(fieldWords).map(([value, key]) => ({ value, words: t(key) })),
  tests: (Object.keys(testWords) as TestName[]).map((value) => ({ value, words: t(testWords[value]) })),
});
