// Control files of the patched qmails that say who may send what: badmailfrom and its kin, taps, environment, moreipme,
// smtpplugins (spec/qmail.md 3.2).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readBadList } from '../../mta/control/bad-list.ts';
import { judgeOwnAddress, readAddressList } from '../../mta/control/ip-list.ts';
import { ControlError } from '../../mta/control/reading.ts';
import { readVariables } from '../../mta/control/session-variables.ts';
import { settingTable } from '../../mta/control/settings.ts';
import { readPlugins } from '../../mta/control/smtp-plugins.ts';
import { readTaps } from '../../mta/control/taps.ts';

const file = (text: string | undefined, name = 'file') => ({ path: `control/${name}`, text, me: undefined });

describe('badmailfrom, badrcptto, badhelo', () => {
  test("netqmail's plain entries: whole addresses and @host, without regard to case, nothing more", () => {
    const list = readBadList(file('# bad ones\njoe@example.com \n@Evil.Test\nsales+x=y@a-b.test\n\n'));
    for (const [text, entry] of [
      ['JOE@example.COM', 'joe@example.com'],
      ['xjoe@example.com', undefined],
      ['joe@example.com.test', undefined],
      ['joe@exampleXcom', undefined],
      ['any@evil.test', '@Evil.Test'],
      ['any@sub.evil.test', undefined],
      ['sales+x=y@A-B.test', 'sales+x=y@a-b.test'],
      ['', undefined],
    ] as const)
      assert.equal(list.find(text), entry, text);
    assert.deepEqual(list.warnings, []);
  });

  test('everything else is an expression, unanchored; ! in front means what does not fit', () => {
    const list = readBadList(file('spam\n^[0-9]+@\n\\.example\\.net$\n!@.*\\.\n*@wild\\.test\nbare.test\n'));
    for (const [text, entry] of [
      ['nospamhere@x.test', 'spam'],
      ['123@x.test', '^[0-9]+@'],
      ['a@b.EXAMPLE.net', '\\.example\\.net$'],
      ['a@nodots', '!@.*\\.'],
      ['a@wild.test', '*@wild\\.test'],
      ['a@bare.test', 'bare.test'],
      ['a@x.test', undefined],
    ] as const)
      assert.equal(list.find(text), entry, text);
  });

  test('the empty sender fits nothing, not even a negated expression', () => {
    assert.equal(readBadList(file('!@example\\.com$\n^$\n@\n')).find(''), undefined);
  });

  test('a line that is no expression is told with file and line, and the others go on', () => {
    const list = readBadList(file('ok@x.test\n(broken\n^b\n', 'badmailfrom'));
    assert.deepEqual(list.warnings, [
      'control/badmailfrom line 2: "(broken" does not count: there is a ( without its )',
    ]);
    assert.equal(list.find('ok@x.test'), 'ok@x.test');
    assert.equal(list.find('bob@y.test'), '^b');
  });

  test('a plain @ does not refuse the world, CR LF line ends do no harm', () => {
    const list = readBadList(file('@\r\nx@y.test\r\n^q\r\n'));
    assert.equal(list.find('a@b.test'), undefined);
    assert.equal(list.find('x@y.test'), 'x@y.test');
    assert.equal(list.find('queen@b.test'), '^q');
  });
});

test('taps: the first line that fits adds one recipient; F senders, T recipients, A either', () => {
  const taps = readTaps(
    file(
      'F:@boss\\.test$:f@copy.test\nT:^joe@[[:alpha:]]+\\.test$:t@copy.test\nA:both:a@copy.test\nX:a:b@c\nF:(:f@x\nT:x:nowhere\n',
    ),
  );
  assert.equal(taps.find('a@boss.test', ['joe@x.test']), 'f@copy.test');
  assert.equal(taps.find('a@x.test', ['b@x.test', 'JOE@x.test']), 't@copy.test');
  assert.equal(taps.find('both@x.test', ['b@x.test']), 'a@copy.test');
  assert.equal(taps.find('b@x.test', ['both@x.test']), 'a@copy.test');
  assert.equal(taps.find('b@x.test', ['c@x.test']), undefined);
  assert.equal(taps.warnings.length, 3);
  assert.match(taps.warnings[0]!, /^control\/file line 4: "X:a:b@c" does not count: expected F, T or A/);
  assert.equal(readTaps(file(undefined)).find('a@boss.test', ['b@c.test']), undefined);
});

test('environment: NAME=value lines, as a run script exported them', () => {
  const { variables, warnings } = readVariables(
    file(
      '# run\nQMAILQUEUE=/var/qmail/bin/simscan\nexport RCPTCHECK="/usr/bin/check me"\nEMPTY=\nRELAYCLIENT=\n2X=y\nNOTHING\n',
    ),
  );
  assert.deepEqual(
    [...variables],
    [
      ['QMAILQUEUE', '/var/qmail/bin/simscan'],
      ['RCPTCHECK', '/usr/bin/check me'],
      ['EMPTY', ''],
    ],
  );
  assert.deepEqual(
    warnings.map((line) => /line \d+/.exec(line)?.[0]),
    ['line 5', 'line 6', 'line 7'],
  );
});

test('moreipme and notipme: the closer entry wins, netmasks as well as bits', () => {
  const more = readAddressList(file('192.0.2.0/255.255.255.0\n2001:db8::1\n'));
  const not = readAddressList(file('192.0.2.7\n192.0.0.0/8\n'));
  assert.deepEqual(more, ['192.0.2.0/24', '2001:db8::1/128']);
  for (const [ip, judged] of [
    ['192.0.2.1', 1],
    ['192.0.2.7', -1],
    ['192.0.9.1', -1],
    ['2001:db8::1', 1],
    ['198.51.100.1', 0],
  ] as const)
    assert.equal(judgeOwnAddress(ip, more, not), judged, ip);
  for (const line of ['192.0.2.0/255.0.255.0', '192.0.2.0/33', 'host.test', '2001:db8::/129'])
    assert.throws(() => readAddressList(file(`${line}\n`)), ControlError, line);
});

test('smtpplugins: commands by section, told by its first letter as in qmail-spp', () => {
  assert.equal(readPlugins(file(undefined)), undefined);
  assert.deepEqual(
    readPlugins(file('stray\n[connection]\n# no\n/a\n[rcpt]\n:b | c\n/d e\n[unknown]\n/f\n')),
    {
      connection: ['/a'],
      helo: [],
      mail: [],
      rcpt: [':b | c', '/d e'],
      pass: [],
      data: [],
      auth: [],
    },
  );
});

test('the text of tcp.smtp is a setting whose faults are named with their line', () => {
  const setting = settingTable.find(({ name }) => name === 'tcp.smtp')!;
  assert.throws(
    () => setting.read(file('127.:allow,RELAYCLIENT=""\n10.:permit\n', 'tcp.smtp')),
    /^ControlError: control\/tcp\.smtp line 2: "10\.:permit" is wrong; expected ADDRESS:allow or ADDRESS:deny/,
  );
  assert.equal(setting.read(file(undefined)), undefined);
});
