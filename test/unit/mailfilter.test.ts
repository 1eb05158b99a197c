// SqWebMail's .mailfilter as rules (spec/sqwebmail.md 9): what its marks say, what cannot be said, and files of others.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readMailfilter } from '../../mta/sieve/rules/mailfilter.ts';
import { noActions, readRule } from '../../mta/sieve/rules/rule.ts';

interface Marks {
  readonly op?: string;
  readonly header?: string;
  readonly value?: string;
  readonly folder?: string;
  readonly flags?: readonly string[];
  readonly name?: string;
}
const blockOf = ({
  op = 'contains',
  header = 'From',
  value = 'bob',
  folder = '.Family',
  flags = [],
  name = 'n',
}: Marks) =>
  `##Op:${op}\n##Header:${header}\n##Value:${value}\n##Folder:${folder}\n##From:\n` +
  `${flags.map((flag) => `##${flag}\n`).join('')}##Name:${name}\n\n\nif ((/^${header}:.*${value}/))\n{\n}\n`;
const fileOf = (...marks: Marks[]): Buffer =>
  Buffer.from(`#MFMAILDROP=2\n#\n# DO NOT EDIT\n\nFROM='a@b'\n${marks.map(blockOf).join('')}to "$DEFAULT"\n`);
function outcomeOf(marks: Marks) {
  const read = readMailfilter(fileOf(marks));
  assert.equal(read.kind, 'sqwebmail');
  const [first] = read.kind === 'sqwebmail' ? read.rules : [];
  assert.ok(first);
  return first.outcome;
}
const plain = { flags: ['PlainString'] };

describe('conditions', () => {
  const header = { field: 'header', header: 'From', test: 'contains', value: 'bob', isNot: false };
  const table: readonly (readonly [string, Marks, unknown])[] = [
    ['text is text', { ...plain, value: 'b.o*b' }, [{ ...header, value: 'b.o*b' }]],
    ['a pattern without special characters too', {}, [header]],
    ['a dot is one character', { value: 'b.b' }, [{ ...header, test: 'matches', value: '*b?b*' }]],
    [
      'a beginning',
      { op: 'startswith', value: 'a.*\\*b' },
      [{ ...header, test: 'matches', value: 'a*\\*b*' }],
    ],
    ['what is not so', { flags: ['DoesNot'] }, [{ ...header, isNot: true }]],
    ['the body', { flags: ['PlainString', 'Body'] }, [{ ...header, field: 'body', header: '' }]],
    ['size', { op: 'islargerthan', value: '500' }, [{ field: 'size', test: 'over', bytes: 500 }]],
    [
      'size, the other way',
      { op: 'islargerthan', value: '500', flags: ['DoesNot'] },
      [{ field: 'size', test: 'under', bytes: 501 }],
    ],
    [
      'a recipient',
      { op: 'hasrecipient', value: 'a@b' },
      [{ ...header, field: 'to', header: '', test: 'is', value: 'a@b' }],
    ],
    ['any letter', { op: 'anymessage' }, [{ field: 'any' }]],
  ];
  for (const [name, marks, expected] of table)
    test(name, () => {
      const outcome = outcomeOf(marks);
      assert.ok('rule' in outcome, JSON.stringify(outcome));
      assert.deepEqual(outcome.rule.conditions, expected);
      assert.ok(readRule({ id: 'x', ...outcome.rule }));
    });
});

describe('actions', () => {
  const table: readonly (readonly [string, Marks, object])[] = [
    ['a folder', {}, { place: { kind: 'move', folder: 'Family' }, stops: true }],
    [
      'a folder in modified UTF-7',
      { folder: '.A&AOQ-.B' },
      { place: { kind: 'move', folder: 'Aä.B' }, stops: true },
    ],
    ['a copy', { flags: ['Continue'] }, { copyTo: 'Family' }],
    ['the inbox', { folder: '.' }, { stops: true }],
    [
      'a forward',
      { folder: '!c@d.example' },
      { place: { kind: 'discard' }, forwardTo: ['c@d.example'], stops: true },
    ],
    ['a forward of a copy', { folder: '!c@d.example', flags: ['Continue'] }, { forwardTo: ['c@d.example'] }],
    ['a refusal', { folder: '*Go "away"' }, { place: { kind: 'reject', reason: 'Go "away"' }, stops: true }],
    ['the bin', { folder: 'exit' }, { place: { kind: 'discard' }, stops: true }],
  ];
  for (const [name, marks, expected] of table)
    test(name, () => {
      const outcome = outcomeOf(marks);
      assert.ok('rule' in outcome, JSON.stringify(outcome));
      assert.deepEqual(outcome.rule.actions, { ...noActions, ...expected });
    });
});

describe('what is not imported, with the reason', () => {
  const table: readonly (readonly [string, Marks])[] = [
    ['pattern', { value: '(a|b)+' }],
    ['pattern', { value: '\\d' }],
    ['body', { op: 'startswith', flags: ['Body', 'PlainString'] }],
    ['autoreply', { folder: '+vacation' }],
    ['address', { folder: '!| rm -rf /' }],
    ['folder', { folder: './../x' }],
    ['nothing', { folder: '.', flags: ['Continue'] }],
    ['unknown', { op: 'weather' }],
    ['unknown', { ...plain, value: '' }],
    ['unknown', { ...plain, header: 'a b' }],
  ];
  for (const [reason, marks] of table)
    test(`${reason}: ${JSON.stringify(marks)}`, () => assert.deepEqual(outcomeOf(marks), { reason }));
});

test('a file without the mark is somebody’s own', () => {
  for (const text of ['', 'to "Maildir"\n', '# x\n#MFMAILDROP=2\n##Op:anymessage\n##Name:x\n'])
    assert.deepEqual(readMailfilter(Buffer.from(text)), { kind: 'foreign' });
});

test('a rule cut off before its name is none, and a rule of a damaged file harms no other', () => {
  const whole = fileOf({ name: 'one\u2028\u0007two' });
  const read = readMailfilter(Buffer.concat([whole, Buffer.from('##Op:contains\n##Value:\xff\n', 'latin1')]));
  assert.ok(read.kind === 'sqwebmail');
  assert.deepEqual(
    read.rules.map(({ name }) => /^one.+two$/.test(name) && !/[\p{Cc}\u2028]/u.test(name)),
    [true],
  );
});
