// Rules in words (webmail.md R1): "From contains “bob@” → move to Family". Every foreign text is cleaned here; the
// template escapes it. Pure.
import {
  type Actions,
  type Condition,
  type Rule,
  type TextField,
  type TextTest,
  textTests,
} from '../../../mta/sieve/rules/rule.ts';
import { cleanLine, isolate } from '../shell/foreign.ts';
import type { Formats } from '../shell/formats.ts';
import { folderLabel } from '../shell/frame.ts';
import type { Translate, WordKey } from '../words/words.ts';

/** What a condition may look at, in the order of the form. */
export const fieldWords = {
  from: 'message.from',
  to: 'rules.field.to',
  subject: 'list.bySubject',
  list: 'rules.field.list',
  header: 'rules.field.header',
  body: 'rules.field.body',
  size: 'list.bySize',
  attachment: 'rules.field.attachment',
  spam: 'rules.field.spam',
  any: 'rules.field.any',
} as const satisfies Readonly<Record<Condition['field'], WordKey>>;

/** A test as the form offers it: the text tests, each with its opposite, and those of numbers. */
export type TestName = TextTest | `${TextTest}Not` | 'over' | 'under';
export const testWords = {
  contains: 'rules.test.contains',
  containsNot: 'rules.test.containsNot',
  is: 'rules.test.is',
  isNot: 'rules.test.isNot',
  begins: 'rules.test.begins',
  beginsNot: 'rules.test.beginsNot',
  ends: 'rules.test.ends',
  endsNot: 'rules.test.endsNot',
  matches: 'rules.test.matches',
  matchesNot: 'rules.test.matchesNot',
  exists: 'rules.test.exists',
  existsNot: 'rules.test.existsNot',
  over: 'rules.test.over',
  under: 'rules.test.under',
} as const satisfies Readonly<Record<TestName, WordKey>>;

export const isTextTest = (test: string): test is TextTest => textTests.some((one) => one === test);

/** Words of the reader, and what their own things are called. */
export interface RuleWords {
  readonly t: Translate;
  readonly formats: Formats;
  readonly folder: (name: string) => string;
  readonly label: (keyword: string) => string;
}

/** The test of a condition by its name in the form. */
export function testOf(condition: Condition): TestName {
  if (condition.field === 'any') return 'exists';
  if (condition.field === 'attachment') return condition.isNot ? 'existsNot' : 'exists';
  if (condition.field === 'size' || condition.field === 'spam') return condition.test;
  return condition.isNot ? `${condition.test}Not` : condition.test;
}

const nameOfField = (condition: Extract<Condition, { field: TextField }>, t: Translate): string =>
  condition.field === 'header' ? isolate(condition.header) : t(fieldWords[condition.field]);

export function describeCondition(condition: Condition, { t, formats }: RuleWords): string {
  if (condition.field === 'any') return t('rules.field.any');
  const test = t(testWords[testOf(condition)]);
  if (condition.field === 'attachment')
    return t('rules.saysShort', { field: t('rules.field.attachment'), test });
  if (condition.field === 'size' || condition.field === 'spam') {
    const value =
      condition.field === 'size' ? formats.size(condition.bytes) : formats.number(condition.score);
    return t('rules.saysNumber', { field: t(fieldWords[condition.field]), test, value });
  }
  const field = nameOfField(condition, t);
  if (condition.test === 'exists') return t('rules.saysShort', { field, test });
  return t('rules.says', { field, test, value: isolate(cleanLine(condition.value, 60)) });
}

/** What is done, one phrase each. */
export function describeActions(
  actions: Actions,
  { t, formats, folder, label }: RuleWords,
): readonly string[] {
  const { place, copyTo, labels, isRead, isStarred, forwardTo } = actions;
  const phrases = [
    ...(place.kind === 'move' ? [t('rules.do.move', { folder: folder(place.folder) })] : []),
    ...(place.kind === 'discard' ? [t('rules.do.discard')] : []),
    ...(place.kind === 'reject'
      ? [t('rules.do.reject', { text: isolate(cleanLine(place.reason, 60)) })]
      : []),
    ...(copyTo === '' ? [] : [t('rules.do.copy', { folder: folder(copyTo) })]),
    ...(labels.length === 0 ? [] : [t('rules.do.label', { label: formats.list(labels.map(label)) })]),
    ...(isRead ? [t('rules.do.read')] : []),
    ...(isStarred ? [t('rules.do.star')] : []),
    ...(forwardTo.length === 0
      ? []
      : [
          t('rules.do.forward', {
            address: formats.list(forwardTo.map((one) => isolate(cleanLine(one, 320)))),
          }),
        ]),
  ];
  if (phrases.length === 0) phrases.push(t('rules.do.keep'));
  return actions.stops ? [...phrases, t('rules.do.stop')] : phrases;
}

/** What a rule is called: by its name, else by what it looks for first. */
export const nameOfRule = (rule: Pick<Rule, 'name' | 'conditions'>, words: RuleWords): string => {
  const [first] = rule.conditions;
  return cleanLine(rule.name, 100) || (first ? describeCondition(first, words) : '');
};

/** A folder as people know it, with the special ones in their language. */
export const folderNamer =
  (
    folders: readonly { readonly name: string; readonly role: Parameters<typeof folderLabel>[0]['role'] }[],
    t: Translate,
  ) =>
  (name: string): string =>
    isolate(folderLabel(folders.find((one) => one.name === name) ?? { name, role: 'folder' }, t));
