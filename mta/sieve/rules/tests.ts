// Conditions of rules as tests of Sieve (RFC 5228 5, 5173, 5235, 5703). What a person typed is only ever inside a quoted
// string or, for numbers, digits: nothing of it can end a string, begin a comment or become a command. Pure.
import type { Condition } from './rule.ts';

/** RFC 5228 2.4.2: a quoted string. Line ends in it are LF. */
export const quoteString = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

export const quoteList = (texts: readonly string[]): string =>
  texts.length === 1 && texts[0] !== undefined
    ? quoteString(texts[0])
    : `[${texts.map(quoteString).join(', ')}]`;

/** RFC 5228 2.7.1: the text as a pattern that matches only itself. */
export const escapePattern = (text: string): string => text.replace(/[\\*?]/g, '\\$&');

/** The text that a value is looked for as: match type and key. */
function matchOf(condition: Extract<Condition, { value: string }>): readonly [string, string] {
  const { test, value } = condition;
  switch (test) {
    case 'begins':
      return [':matches', `${escapePattern(value)}*`];
    case 'ends':
      return [':matches', `*${escapePattern(value)}`];
    case 'matches':
      return [':matches', value];
    case 'is':
      return [':is', value];
    default:
      return [':contains', value];
  }
}

/** RFC 2919: the id stands in angle brackets behind a phrase, or alone. */
function listTest({ test, value }: Extract<Condition, { value: string }>): string {
  if (test === 'contains') return `header :contains "list-id" ${quoteString(value)}`;
  if (test === 'matches') return `header :matches "list-id" ${quoteList([value, `*<${value}>*`])}`;
  const plain = escapePattern(value);
  const keys: Readonly<Record<string, readonly string[]>> = {
    is: [plain, `*<${plain}>*`],
    begins: [`${plain}*`, `*<${plain}*`],
    ends: [`*${plain}`, `*${plain}>*`],
  };
  return `header :matches "list-id" ${quoteList(keys[test] ?? [])}`;
}

function textTest(condition: Extract<Condition, { value: string }>): string {
  const { field, test, header } = condition;
  const names = { from: ['from'], to: ['to', 'cc'], subject: ['subject'], list: ['list-id'] } as const;
  if (test === 'exists') {
    const asked = field === 'header' ? [header] : field === 'body' ? [] : names[field];
    const tests = asked.map((name) => `exists ${quoteString(name)}`);
    return tests.length === 1 && tests[0] !== undefined ? tests[0] : `anyof (${tests.join(', ')})`;
  }
  if (field === 'list') return listTest(condition);
  const [type, key] = matchOf(condition);
  // A body is not one line of which somebody knows beginning and end.
  if (field === 'body') {
    const within = test === 'matches' ? `*${key}*` : key;
    return `body :text ${type} ${quoteString(within)}`;
  }
  // Names and addresses are looked through; what begins, ends or is, is the address.
  if ((field === 'from' || field === 'to') && test !== 'contains')
    return `address ${type} :all ${quoteList(names[field])} ${quoteString(key)}`;
  const asked = field === 'header' ? [header] : names[field];
  return `header ${type} ${quoteList(asked)} ${quoteString(key)}`;
}

/** A condition as a test; one that is whole (rule.ts `faultOfCondition`). */
export function writeTest(condition: Condition): string {
  const not = 'isNot' in condition && condition.isNot ? 'not ' : '';
  switch (condition.field) {
    case 'any':
      return 'true';
    case 'size':
      return `size :${condition.test} ${condition.bytes}`;
    case 'spam': {
      const relation = condition.test === 'over' ? 'gt' : 'lt';
      return `spamtest :value "${relation}" :comparator "i;ascii-numeric" "${condition.score}"`;
    }
    case 'attachment':
      return `${not}header :mime :anychild :matches "content-disposition" "attachment*"`;
    default:
      return `${not}${textTest(condition)}`;
  }
}

/** Extensions that a condition needs. */
export function requiredBy(condition: Condition): readonly string[] {
  if (condition.field === 'spam') return ['spamtest', 'relational', 'comparator-i;ascii-numeric'];
  if (condition.field === 'attachment') return ['mime'];
  return condition.field === 'body' ? ['body'] : [];
}
