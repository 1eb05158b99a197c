// Rules as one Sieve script (webmail.md R4), and back. Each rule is a comment with all that it is, as JSON on one line,
// and the code that does it, made from nothing else; a rule that is off has no code. A script is ours as long as it is,
// byte for byte but for line ends, what we would write for its comments: changed by hand it is a script like any other.
// Pure. Delivery knows nothing of this: it runs the script.
import {
  type Blocked,
  isActive,
  type Rule,
  type RuleBook,
  readBlocked,
  readRule,
  ruleLimits,
} from './rule.ts';
import { escapePattern, quoteList, quoteString, requiredBy, writeTest } from './tests.ts';

/** Under which name a new one is kept. */
export const rulesName = 'facteur';

const head =
  '# Rules of the webmail, version 1. They are read back from the comments: changed by hand,\n' +
  '# this is a script like any other, and the webmail changes it no more.\n';
const ruleMark = '# rule ';
const blockedMark = '# blocked ';

/** On one line whatever it says: JSON escapes control characters, and we what others take for line ends. */
const writeJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\x7f-\x9f\u2028\u2029\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

function actionLines({ actions }: Rule): string[] {
  const { place, copyTo, labels, isRead, isStarred, forwardTo, stops } = actions;
  const flags = [...(isRead ? ['\\Seen'] : []), ...(isStarred ? ['\\Flagged'] : []), ...labels];
  return [
    // RFC 5232: what is stored from here on has them.
    ...(flags.length > 0 ? [`addflag ${quoteList(flags)};`] : []),
    ...(copyTo === '' ? [] : [`fileinto :copy ${quoteString(copyTo)};`]),
    ...forwardTo.map((address) => `redirect :copy ${quoteString(address)};`),
    ...(place.kind === 'move' ? [`fileinto ${quoteString(place.folder)};`] : []),
    ...(place.kind === 'discard' ? ['discard;'] : []),
    ...(place.kind === 'reject' ? [`reject ${quoteString(place.reason)};`] : []),
    ...(stops ? ['stop;'] : []),
  ];
}

function extensionsOf(rule: Rule): string[] {
  const { place, copyTo, labels, isRead, isStarred, forwardTo } = rule.actions;
  return [
    ...rule.conditions.flatMap(requiredBy),
    ...(isRead || isStarred || labels.length > 0 ? ['imap4flags'] : []),
    ...(place.kind === 'move' || copyTo !== '' ? ['fileinto'] : []),
    ...(copyTo !== '' || forwardTo.length > 0 ? ['copy'] : []),
    ...(place.kind === 'reject' ? ['reject'] : []),
  ];
}

function writeRule(rule: Rule): string {
  const comment = `${ruleMark}${writeJson(rule)}\n`;
  if (!isActive(rule)) return comment;
  const tests = rule.conditions.map(writeTest);
  const [only] = tests;
  const test =
    tests.length === 1 && only !== undefined
      ? only
      : `${rule.match}of (\n${tests.map((one) => `  ${one}`).join(',\n')}\n)`;
  const lines = actionLines(rule).map((line) => `  ${line}\n`);
  return `${comment}if ${test} {\n${lines.join('')}}\n`;
}

function writeSenders(senders: readonly string[], action: string): string {
  if (senders.length === 0) return '';
  const addresses = senders.filter((one) => !one.startsWith('@'));
  const domains = senders.filter((one) => one.startsWith('@')).map((one) => one.slice(1));
  const tests = [
    ...(addresses.length > 0 ? [`address :is :all "from" ${quoteList(addresses)}`] : []),
    ...(domains.length > 0
      ? [
          `address :matches :domain "from" ${quoteList(
            domains.map(escapePattern).flatMap((domain) => [domain, `*.${domain}`]),
          )}`,
        ]
      : []),
  ];
  return `if anyof (${tests.join(', ')}) {\n  ${action}\n  stop;\n}\n`;
}

const writeBlocked = (blocked: Blocked): string =>
  blocked.junk.length + blocked.discard.length === 0
    ? ''
    : `\n${blockedMark}${writeJson(blocked)}\n` +
      writeSenders(blocked.discard, 'discard;') +
      // RFC 8579 4: the folder that is Junk, whatever its name.
      writeSenders(blocked.junk, 'fileinto :specialuse "\\\\Junk" :create "Junk";');

/** What reading gives back, its fields in one order; what it would not give back is never written. */
function sound<T>(read: (value: unknown) => T | undefined, value: T): T {
  const known = read(value);
  if (known === undefined) throw new TypeError(`this is no rule: ${JSON.stringify(value)}`);
  return known;
}

/** The script of some rules. Read back, it gives the same rules. @throws TypeError for what is no rule */
export function writeRules(book: RuleBook): string {
  const rules = book.rules.map((rule) => sound(readRule, rule));
  const blocked = sound(readBlocked, book.blocked);
  const needed = new Set([
    ...rules.filter(isActive).flatMap(extensionsOf),
    ...(blocked.junk.length > 0 ? ['fileinto', 'mailbox', 'special-use'] : []),
  ]);
  const require = needed.size === 0 ? '' : `require [${[...needed].sort().map(quoteString).join(', ')}];\n`;
  return head + require + writeBlocked(blocked) + rules.map((rule) => `\n${writeRule(rule)}`).join('');
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** The rules that a script was made from; undefined: it is none of ours, or no more. */
export function readRules(script: string): RuleBook | undefined {
  const text = script.replaceAll('\r\n', '\n');
  if (!text.startsWith(head)) return undefined;
  const rules: Rule[] = [];
  let blocked: Blocked = { junk: [], discard: [] };
  // Part by part: a line within a string is no comment, whatever it says.
  let rest = text.slice(head.length).replace(/^require .*\n/, '');
  while (rest !== '') {
    const [, kind, json = ''] = /^\n# (rule|blocked) (.*)\n/.exec(rest) ?? [];
    let part: string;
    if (kind === 'rule') {
      const rule = readRule(parse(json));
      if (!rule) return undefined;
      rules.push(rule);
      part = `\n${writeRule(rule)}`;
    } else {
      const read = kind === 'blocked' ? readBlocked(parse(json)) : undefined;
      if (!read) return undefined;
      blocked = read;
      part = writeBlocked(read);
    }
    if (part === '' || !rest.startsWith(part)) return undefined;
    rest = rest.slice(part.length);
  }
  if (rules.length > ruleLimits.rules || new Set(rules.map(({ id }) => id)).size < rules.length)
    return undefined;
  const book = { rules, blocked };
  return writeRules(book) === text ? book : undefined;
}
