// What the delivery history reads out of log lines: qmail-send's own words, and those of our doors.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readableWords, readHistoryLine } from '../../server/history/lines.ts';

test("each of qmail-send's lines about a letter is an event", () => {
  const events = [
    'new msg 417',
    'info msg 417: bytes 2213 from <ann@example.com> qp 9012 uid 81',
    'starting delivery 5: msg 417 to local example.org-joe@example.org',
    'status: local 1/10 remote 0/20',
    'delivery 5: deferral: Connected_to_192.0.2.1_but_greeting_failed./',
    'bounce msg 417 qp 9100',
    'end msg 417',
    'status: exiting',
  ].map(readHistoryLine);
  assert.deepEqual(events, [
    undefined,
    { kind: 'info', msg: '417', bytes: 2213, sender: 'ann@example.com', qp: '9012' },
    { kind: 'start', number: 5, msg: '417', channel: 'local', recipient: 'example.org-joe@example.org' },
    undefined,
    {
      kind: 'report',
      number: 5,
      fate: 'deferral',
      words: 'Connected_to_192.0.2.1_but_greeting_failed./',
    },
    { kind: 'bounce', msg: '417', qp: '9100' },
    { kind: 'end', msg: '417' },
    { kind: 'exit' },
  ]);
  assert.equal(
    readableWords('Connected_to_192.0.2.1_but_greeting_failed./Remote_host_said:_421_busy/'),
    'Connected to 192.0.2.1 but greeting failed.\nRemote host said: 421 busy',
  );
});

test('the lines of the doors tell where letters came from, refusals and log-ins', () => {
  const door = 'smtpd: ip=192.0.2.9 helo=mail.example.net';
  assert.deepEqual(
    [
      `${door} user=ann@example.com mail=<ann@example.com> rcpt=<bob@example.org> result=accepted reason=ok 1790000000 qp 9012`,
      `${door} mail=<x@example.net> rcpt=<nobody@example.com> result=refused reason=550 5.1.1 no such mailbox`,
      `${door} mail=<x@example.net> rcpt=<bob@example.com>+1 result=judged-junk reason=junk; score=6.0`,
      `${door} result=refused reason=535 5.7.8 authentication failed`,
      `${door} user=ann@example.com result=authenticated reason=ok`,
      'web: ann@example.com signed in from 192.0.2.9',
      'web: sign in refused from 192.0.2.9',
    ].map(readHistoryLine),
    [
      { kind: 'accepted', qp: '9012', ip: '192.0.2.9', helo: 'mail.example.net', user: 'ann@example.com' },
      {
        kind: 'refused',
        ip: '192.0.2.9',
        sender: 'x@example.net',
        recipient: 'nobody@example.com',
        words: '550 5.1.1 no such mailbox',
      },
      {
        kind: 'junked',
        ip: '192.0.2.9',
        sender: 'x@example.net',
        recipient: 'bob@example.com',
        words: 'junk; score=6.0',
      },
      { kind: 'login', isGood: false },
      { kind: 'login', isGood: true },
      { kind: 'login', isGood: true },
      { kind: 'login', isGood: false },
    ],
  );
});

test('what a stranger says in his own words is no event of another letter', () => {
  for (const line of [
    'delivery 5: success',
    'delivery x: success: end msg 1',
    ' end msg 417',
    'end msg 417 ',
    'smtpd: ip=192.0.2.9 helo=end_msg_417 result=closed reason=end msg 417',
    `info msg 1: bytes 1 from <> qp ${'9'.repeat(30)} uid 1`,
    '',
  ])
    assert.equal(readHistoryLine(line), undefined, line);
});
