// Rules of the webmail as Sieve and back (webmail.md R1, R4, R7): what is written is read back, what somebody typed adds
// no command, and what was changed by hand is nobody's rules any more.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type Condition,
  emptyBook,
  faultOfCondition,
  noActions,
  type Rule,
  type RuleBook,
  readRule,
  renameFolders,
} from '../../mta/sieve/rules/rule.ts';
import { readRules, writeRules } from '../../mta/sieve/rules/script.ts';
import { writeTest } from '../../mta/sieve/rules/tests.ts';

const fromBob: Condition = { field: 'from', header: '', test: 'contains', value: 'bob@', isNot: false };
const rule = (changes: Partial<Rule> = {}): Rule => ({
  id: 'r1',
  name: 'Bob',
  isOn: true,
  waitsFor: [],
  match: 'all',
  conditions: [fromBob],
  actions: { ...noActions, place: { kind: 'move', folder: 'Family' }, stops: true },
  ...changes,
});
const bookOf = (...rules: Rule[]): RuleBook => ({ ...emptyBook, rules });
/** What a script does: without comments. */
const codeOf = (script: string): string =>
  script
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .trim();

describe('a script of rules', () => {
  test('says what the rule says', () => {
    assert.equal(
      codeOf(writeRules(bookOf(rule()))),
      'require ["fileinto"];\n\nif header :contains "from" "bob@" {\n  fileinto "Family";\n  stop;\n}',
    );
  });

  test('marks before it stores, copies before it moves, and requires what it uses', () => {
    const many = rule({
      match: 'any',
      conditions: [fromBob, { field: 'size', test: 'over', bytes: 5000 }],
      actions: {
        place: { kind: 'move', folder: 'Family' },
        copyTo: 'Copies',
        labels: ['work'],
        isRead: true,
        isStarred: true,
        forwardTo: ['carla@example.org'],
        stops: false,
      },
    });
    assert.equal(
      codeOf(writeRules(bookOf(many))),
      [
        'require ["copy", "fileinto", "imap4flags"];',
        '',
        'if anyof (',
        '  header :contains "from" "bob@",',
        '  size :over 5000',
        ') {',
        '  addflag ["\\\\Seen", "\\\\Flagged", "work"];',
        '  fileinto :copy "Copies";',
        '  redirect :copy "carla@example.org";',
        '  fileinto "Family";',
        '}',
      ].join('\n'),
    );
  });

  test('has no code for a rule that is off or waits for an address to agree, and keeps both', () => {
    const forwarding = { ...noActions, forwardTo: ['carla@example.org'] };
    const book = bookOf(
      rule({ isOn: false }),
      rule({ id: 'r2', actions: forwarding, waitsFor: ['carla@example.org'] }),
    );
    const script = writeRules(book);
    assert.equal(codeOf(script), '');
    assert.deepEqual(readRules(script), book);
  });

  test('puts blocked senders first: whole domains with those below, one address as it is', () => {
    const script = writeRules({
      rules: [rule()],
      blocked: { junk: ['a@b.example'], discard: ['@c.example'] },
    });
    assert.match(
      codeOf(script),
      /if anyof \(address :matches :domain "from" \["c\.example", "\*\.c\.example"\]\) \{\n {2}discard;\n {2}stop;\n\}\nif anyof \(address :is :all "from" "a@b\.example"\) \{\n {2}fileinto :specialuse "\\\\Junk" :create "Junk";\n {2}stop;\n\}[\s\S]*fileinto "Family"/,
    );
    assert.deepEqual(readRules(script)?.blocked, { junk: ['a@b.example'], discard: ['@c.example'] });
  });
});

describe('tests', () => {
  const text = (changes: Partial<Extract<Condition, { value: string }>>): Condition =>
    ({ ...fromBob, value: 'x', ...changes }) as Condition;
  const table: readonly (readonly [Condition, string])[] = [
    [text({ isNot: true }), 'not header :contains "from" "x"'],
    [text({ test: 'is' }), 'address :is :all "from" "x"'],
    [text({ field: 'to', test: 'ends', value: '@x' }), 'address :matches :all ["to", "cc"] "*@x"'],
    [text({ field: 'to', test: 'exists' }), 'anyof (exists "to", exists "cc")'],
    [text({ field: 'subject', test: 'begins', value: '[a*b]' }), 'header :matches "subject" "[a\\\\*b]*"'],
    [text({ field: 'subject', test: 'matches', value: 'a*b?' }), 'header :matches "subject" "a*b?"'],
    [text({ field: 'header', header: 'X-Y', test: 'is' }), 'header :is "X-Y" "x"'],
    [text({ field: 'list', test: 'is' }), 'header :matches "list-id" ["x", "*<x>*"]'],
    [text({ field: 'body' }), 'body :text :contains "x"'],
    [text({ field: 'body', test: 'matches', value: 'a*b' }), 'body :text :matches "*a*b*"'],
    [
      { field: 'attachment', isNot: true },
      'not header :mime :anychild :matches "content-disposition" "attachment*"',
    ],
    [{ field: 'spam', test: 'over', score: 5 }, 'spamtest :value "gt" :comparator "i;ascii-numeric" "5"'],
    [{ field: 'any' }, 'true'],
  ];
  for (const [condition, expected] of table)
    test(expected, () => assert.equal(writeTest(condition), expected));

  test('what is not whole is known', () => {
    assert.equal(faultOfCondition(text({ value: ' ' })), 'value');
    assert.equal(faultOfCondition(text({ value: 'a\nb' })), 'value');
    assert.equal(faultOfCondition(text({ field: 'header', header: 'X Y' })), 'header');
    assert.equal(faultOfCondition(text({ field: 'body', test: 'is' })), 'test');
    assert.equal(faultOfCondition({ field: 'spam', test: 'over', score: 11 }), 'value');
    assert.equal(faultOfCondition({ field: 'size', test: 'over', bytes: 1.5 }), 'value');
  });
});

describe('what somebody typed', () => {
  const nasty = 'x\n*/ redirect "e@x"; "; stop; # \\';
  test('in a name, a value, a folder or a reason adds no command', () => {
    const typed = nasty.replace('\n', ' ');
    const book = bookOf(
      rule({
        name: typed,
        conditions: [{ ...fromBob, value: typed }],
        actions: { ...noActions, place: { kind: 'move', folder: typed } },
      }),
      rule({
        id: 'r2',
        actions: { ...noActions, place: { kind: 'reject', reason: `${nasty}\n# rule {}\n}` } },
      }),
    );
    const script = writeRules(book);
    assert.deepEqual(readRules(script), book);
    // Without its strings the code has the commands of two rules.
    const bare = codeOf(script.replace(/^#.*$/gm, '')).replace(/"(?:[^"\\]|\\[\s\S])*"/g, 'S');
    assert.equal(
      bare.replace(/\s+/g, ' '),
      'require [S, S]; if header :contains S S { fileinto S; } if header :contains S S { reject S; }',
    );
  });

  test('in a name with line ends is no rule at all', () => {
    assert.equal(readRule({ ...rule(), name: nasty }), undefined);
    for (const char of ['\u2028', '\u0085', '\ud800', '\0'])
      assert.equal(readRule({ ...rule(), name: char }), undefined);
  });
});

describe('reading back', () => {
  const script = writeRules(bookOf(rule({ name: 'Ärger “x”' }), rule({ id: 'r2' })));
  test('gives the same rules, also when line ends are CR LF by now', () => {
    assert.deepEqual(readRules(script), readRules(script.replaceAll('\n', '\r\n')));
    assert.equal(readRules(script)?.rules.length, 2);
    assert.deepEqual(readRules(writeRules(emptyBook)), emptyBook);
  });

  test('does not depend on the order of fields, and what could not be read back is never written', () => {
    const turned = Object.fromEntries(Object.entries(rule()).reverse()) as unknown as Rule;
    assert.equal(writeRules(bookOf(turned)), writeRules(bookOf(rule())));
    assert.throws(() => writeRules(bookOf(rule({ name: 'a\nb' }))), /this is no rule/);
  });

  const changes: Readonly<Record<string, (text: string) => string>> = {
    'another folder in the code': (text) => text.replace('fileinto "Family"', 'fileinto "Other"'),
    'another folder in the comment': (text) => text.replace('"folder":"Family"', '"folder":"Other"'),
    'a command at the end': (text) => `${text}keep;\n`,
    'a comment more': (text) => `${text}# mine\n`,
    'a rule twice': (text) => text + text.slice(text.lastIndexOf('\n# rule ')),
    'a rule with a field that we do not write': (text) => text.replaceAll('"isOn"', '"more":1,"isOn"'),
    'no mark': (text) => text.slice(1),
    'no JSON': (text) => text.replace('# rule {', '# rule '),
  };
  for (const [name, change] of Object.entries(changes))
    test(`${name} makes it a script like any other`, () => {
      assert.notEqual(change(script), script);
      assert.equal(readRules(change(script)), undefined);
    });
});

test('a folder that gets another name has it in its rules', () => {
  const renamed = renameFolders(
    rule({ actions: { ...noActions, place: { kind: 'move', folder: 'A.B' }, copyTo: 'A' } }),
    (folder) => folder.replace(/^A/, 'C'),
  );
  assert.deepEqual(renamed.actions.place, { kind: 'move', folder: 'C.B' });
  assert.equal(renamed.actions.copyTo, 'C');
});
