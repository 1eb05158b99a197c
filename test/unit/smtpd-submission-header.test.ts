// Completion of a letter at submission: what is added, what is taken away, and what is not touched.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultHostRules, rewriteHost } from '../../mta/inject/header/host-rules.ts';
import { completeSubmission } from '../../mta/smtpd/submission-header.ts';

const rules = defaultHostRules({
  defaulthost: 'our.test',
  defaultdomain: 'our.test',
  plusdomain: 'plus.test',
});
const facts = {
  sender: 'ann@our.test',
  name: '',
  completeHost: (host: string) => (host === 'localhost' ? host : rewriteHost(host, rules)),
  idhost: 'mx.our.test',
  now: 1_732_290_000,
  unique: 'u1',
};
const complete = (text: string, sender = facts.sender) =>
  completeSubmission(Buffer.from(text, 'latin1'), { ...facts, sender }).toString('utf8');

const date = 'Date: 22 Nov 2024 15:40:00 -0000\n';
const id = 'Message-ID: <20241122154000.u1.qmail@mx.our.test>\n';
const from = 'From: ann@our.test\n';

test('what is missing comes on top; what is there stays where and as it is', () => {
  for (const [given, expected] of [
    ['Subject: s\n\nb\n', `${date}${id}${from}Subject: s\n\nb\n`],
    ['FROM : x@y.test\nsubject: s\n\nb', `${date}${id}FROM : x@y.test\nsubject: s\n\nb`],
    ['date: never\nSubject: s\n folded\n', `${id}${from}date: never\nSubject: s\n folded\n`],
    ['Message-Id: <x>\nFrom: a@b.test\n\n', `${date}Message-Id: <x>\nFrom: a@b.test\n\n`],
    // A line of the body is no field, nor is a folded one.
    ['X: y\n Date: z\n\nFrom: me\n', `${date}${id}${from}X: y\n Date: z\n\nFrom: me\n`],
    ['\nDate: z\n', `${date}${id}${from}\nDate: z\n`],
    ['', date + id + from],
    ['hello\n', `${date}${id}${from}\nhello\n`],
    ['hello\n\nDate: z\n', `${date}${id}${from}\nhello\n\nDate: z\n`],
  ] as const)
    assert.equal(complete(given), expected);
});

test('a complete letter is the very same buffer', () => {
  for (const text of [
    'Date: a\nMessage-ID: b\nFrom: c@d.test\n\nBcc: d\n',
    'From: c@d.test\n (junk)\njunk\nDATE:\nMessage-Id:x\n\n\xff\0',
    'Date: a\nFrom: c@d.test\nMessage-ID: b',
  ]) {
    const given = Buffer.from(text, 'latin1');
    assert.equal(completeSubmission(given, facts), given);
  }
});

test('Bcc and Resent-Bcc go with their folded lines, wherever they are', () => {
  const head = 'Date: a\nMessage-ID: b\nFrom: c@d.test\n';
  assert.equal(complete(`Bcc: x@y,\n z@y\n${head}\nb`), `${head}\nb`);
  assert.equal(complete(`${head}bCC :x\nTo: q@r.test\nRESENT-BCC: r\n\ts\n\nb`), `${head}To: q@r.test\n\nb`);
  assert.equal(complete(`${head}Bcc: x`), head);
  assert.equal(complete(`${head}Bccx: x\nX-Bcc: y\n\n`), `${head}Bccx: x\nX-Bcc: y\n\n`);
});

test('a local part that must be quoted is, and no name is too long to be read', () => {
  assert.match(complete('\n', 'a b@our.test'), /^From: "a b"@our\.test$/m);
  assert.match(complete('\n', 'grüße@our.test'), /^From: "?grüße"?@our\.test$/m);
  assert.ok(complete(`${'x'.repeat(100_000)}: y\n\n`).endsWith('xxx: y\n\n'));
});

test('a From that was left out has the name of the account, in whatever letters it is', () => {
  const withName = (name: string) =>
    /^From:.*\n(?: .*\n)*/m.exec(
      completeSubmission(Buffer.from('Subject: s\n\n'), { ...facts, name }).toString('utf8'),
    )![0];
  assert.equal(withName('Ann Example'), 'From: "Ann Example" <ann@our.test>\n');
  assert.equal(withName('Ann "A" \\ E\n'), 'From: "Ann \\"A\\" \\\\ E" <ann@our.test>\n');
  assert.equal(withName('Änne'), 'From: =?utf-8?B?w4RubmU=?= <ann@our.test>\n');
  const long = withName('ü'.repeat(60));
  const words = long.match(/=\?utf-8\?B\?([^?]*)\?=/g)!;
  assert.ok(words.length > 2 && words.every((word) => word.length <= 75));
  const decoded = words.map((word) => Buffer.from(word.slice(10, -2), 'base64').toString('utf8'));
  assert.equal(decoded.join(''), 'ü'.repeat(60));
});

test('addresses without a host or with half of one are completed; whole ones and what is no list stay', () => {
  const rest = 'Date: d\nMessage-ID: m\n';
  for (const [given, expected] of [
    ['From: ann\n', 'From: ann@our.test\n'],
    [
      'From: x@y.test\nTo: bob, Carl <carl@cs>,\n  d@far.test\n',
      'From: x@y.test\nTo: bob@our.test, Carl <carl@cs.our.test>, d@far.test\n',
    ],
    ['From: x@y.test\nTo: a@far.test ,b@far.test\n', undefined],
    ['From: x@y.test\nTo: root@localhost\n', undefined],
    ['From: x@y.test\nTo: "open\nCc: undisclosed: ;\nX-To: bob\n', undefined],
  ] as const)
    assert.equal(complete(rest + given), rest + (expected ?? given));
});
