// Pure rules of the administration's pages: CSV both ways, quotas as typed, flags, bars of a chart, what a form keeps.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noLimits } from '../../mta/accounts/limits.ts';
import { AccountFlag } from '../../mta/accounts/types.ts';
import { csvLine, findSeparator, safeCell, splitCsv } from '../../server/message/csv-records.ts';
import { drawBars, roundUp } from '../../server/web/admin/chart.ts';
import { readAccounts } from '../../server/web/admin/csv.ts';
import { flagNames, flagsOfNames, readFlags } from '../../server/web/admin/flags.ts';
import { makePassword } from '../../server/web/admin/generated.ts';
import { limitValues, readLimits } from '../../server/web/admin/limits.ts';
import { fullness, quotaValues, readQuota } from '../../server/web/admin/quota-field.ts';
import { readAddresses } from '../../server/web/settings/delivery-form.ts';
import { english } from '../../server/web/words/words.ts';

const { t } = english;

test('CSV: separators, quotation marks, line ends inside cells, and lines counted as people count them', () => {
  assert.deepEqual(
    [findSeparator('a;b;c'), findSeparator('a\tb'), findSeparator('a,b;c,d')],
    [';', '\t', ','],
  );
  const records = splitCsv('\ufeffa,"b ""c""",d\r\n\r\n"two\nlines",x\nlast', ',');
  assert.deepEqual(
    records.map(({ line, cells }) => [line, ...cells]),
    [
      [1, 'a', 'b "c"', 'd'],
      [3, 'two\nlines', 'x'],
      [5, 'last'],
    ],
  );
});

test('CSV: a quotation mark without its end tears one line, not the file', () => {
  const { lines, problems } = readAccounts('anna,pw\nbert,"pw\ncarl,pw\n', 'example.com');
  assert.deepEqual(
    lines.map(({ line, address }) => [line, address]),
    [
      [1, 'anna@example.com'],
      [3, 'carl@example.com'],
    ],
  );
  assert.deepEqual(
    problems.map(({ line }) => line),
    [2],
  );
});

test('CSV: the first line may name the columns in any order; others are passed over', () => {
  const text = 'last_login,Password,Email\n2026,secret words,anna@example.com\n';
  assert.deepEqual(readAccounts(text, 'example.com').lines, [
    { line: 2, address: 'anna@example.com', password: 'secret words', gecos: '', quota: undefined, flags: 0 },
  ]);
  const [problem] = readAccounts('a,b,c,d,e,f\n', 'example.com').problems;
  assert.match(problem?.words ?? '', /expected 5 columns, found 6/);
});

test('CSV: a column of hashes counts when the first line names it; a password beside one is a mistake', () => {
  const text =
    'email,hash,password\nanna@example.com,$1$a$b,\nbert@example.com,$1$a$b,pw\ncarl@example.com,,pw\n';
  const { lines, problems } = readAccounts(text, 'example.com');
  assert.deepEqual(
    lines.map(({ passwordHash, password }) => [passwordHash, password]),
    [
      ['$1$a$b', ''],
      [undefined, 'pw'],
    ],
  );
  assert.deepEqual(
    problems.map(({ line, field }) => [line, field]),
    [[3, 'hash']],
  );
});

test('CSV: no cell is a formula to a spreadsheet, and what was made safe comes back', () => {
  for (const [value, cell] of [
    ['=1+1', "'=1+1"],
    ['+49', "'+49"],
    ['-x', "'-x"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\tx', '"\'\tx"'],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['plain', 'plain'],
  ] as const)
    assert.equal(safeCell(value), cell);
  const line = csvLine(['anna@example.com', 'pw', '=cmd', '', '']);
  assert.equal(readAccounts(line, 'example.com').lines[0]?.gecos, '=cmd');
});

test('a stored quota comes back as the form’s number and unit, and the same when it is sent unchanged', () => {
  for (const [stored, quota, quotaUnit, quotaMessages] of [
    ['', '', 'none', ''],
    ['NOQUOTA', '', 'none', ''],
    ['10485760S', '10', 'MB', ''],
    ['1610612736S,1000C', '1.5', 'GB', '1000'],
    ['102400S', '100', 'kB', ''],
    ['500C', '', 'none', '500'],
  ] as const) {
    const values = quotaValues(stored);
    assert.deepEqual(values, { quota, quotaUnit, quotaMessages }, stored);
    const { quota: again, faults } = readQuota(values, t);
    assert.deepEqual([again, faults], [stored === '' ? 'NOQUOTA' : stored, []], stored);
  }
});

test('a quota that is no number is refused with its field', () => {
  for (const quota of ['1e9', '-1', '0', 'ten', '', '1.2345', ' '])
    assert.equal(
      readQuota({ quota, quotaUnit: 'MB', quotaMessages: '' }, t).faults[0]?.field,
      'quota',
      quota,
    );
  const unitless = readQuota({ quota: '5', quotaUnit: 'none', quotaMessages: 'x' }, t).faults;
  assert.deepEqual(
    unitless.map(({ field }) => field),
    ['quota', 'quotaMessages'],
  );
});

test('how full a mailbox is follows the tighter of size and messages', () => {
  assert.equal(fullness('1000S,10C', { bytes: 100, messages: 9 }), 90);
  assert.equal(fullness('1000S', { bytes: 5000, messages: 9 }), 100);
  assert.equal(fullness('NOQUOTA', { bytes: 5000, messages: 9 }), undefined);
  assert.equal(fullness('1000S', undefined), undefined);
});

test('flags: what a form does not show stays as it is', () => {
  const stored = AccountFlag.systemAdmin | AccountFlag.noPop;
  assert.equal(
    readFlags(['noImap', 'systemExpert'], stored, 'domain'),
    AccountFlag.systemAdmin | AccountFlag.noImap,
  );
  assert.equal(readFlags(['noImap'], stored, 'system'), AccountFlag.noImap);
  assert.deepEqual(flagsOfNames(['NOPOP', 'domainadmin']), {
    flags: AccountFlag.noPop | AccountFlag.domainAdmin,
    unknown: undefined,
  });
  assert.equal(flagsOfNames(['nothing']).unknown, 'nothing');
  const every = Object.values(AccountFlag).reduce((sum: number, bit) => sum | bit, 0);
  assert.equal(flagNames(every).length, Object.keys(AccountFlag).length);
});

test('limits come back as they were stored, to the byte', () => {
  const limits = {
    ...noLimits,
    maxAccounts: 0,
    defaultQuota: 1_000_001,
    flags: AccountFlag.noPop | AccountFlag.user1,
  };
  const read = readLimits(limitValues(limits), limits, t);
  assert.deepEqual([read.limits, read.faults], [limits, []]);
});

test('addresses are one a line or with commas; a bare name is of the domain', () => {
  assert.deepEqual(readAddresses(' anna, x@y.example;\nbert ', 'example.com'), [
    'anna@example.com',
    'x@y.example',
    'bert@example.com',
  ]);
});

test('made passwords differ and hold what common policies want', () => {
  const made = new Set(Array.from({ length: 50 }, makePassword));
  assert.equal(made.size, 50);
  for (const word of made) assert.match(word, /^(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[\w]{4}(-[\w]{4}){3}$/);
});

test('the bars of a chart stand on each other, one message is seen, and the numbers are a table too', () => {
  assert.deepEqual([0, 1, 3, 17, 200, 201].map(roundUp), [1, 1, 5, 20, 200, 500]);
  const chart = drawBars({
    id: 'c',
    title: 'Mail',
    names: ['one', 'two'],
    ticks: ['', 'two'],
    series: [
      { label: 'good', values: [10, 0] },
      { label: 'bad', values: [10_000, 1] },
    ],
    format: String,
  });
  assert.deepEqual(
    chart.bars.map(({ series }) => series),
    [1, 2, 2],
  );
  const [low, high, single] = chart.bars;
  assert.equal(Math.round(low!.y), Math.round(high!.y + high!.height));
  assert.ok(single!.height >= 1);
  assert.deepEqual(chart.rows, [
    { name: 'one', values: ['10', '10000'] },
    { name: 'two', values: ['0', '1'] },
  ]);
  assert.equal(chart.legend[1]?.total, '10001');
});
