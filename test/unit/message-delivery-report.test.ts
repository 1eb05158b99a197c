// Delivery reports read (spec/webmail.md V13; RFC 3464, RFC 6522, QSBMF): our own, qmail's, those of others, and what
// strangers make of them.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { buildBounce } from '../../mta/send/bounce-message.ts';
import { viewMessage } from '../../server/message/view.ts';
import { reasonOf } from '../../server/web/outbox/report.ts';

const original = Buffer.from(
  'Message-ID: <contract@our.test>\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\nTo: nobody@other.test\n\nText\n',
);
const ours = buildBounce({
  kind: 'single',
  recipient: 'alice@our.test',
  sender: 'alice@our.test',
  failures: [
    {
      address: 'nobody@other.test',
      report:
        '192.0.2.7 does not like recipient.\nRemote host said: 550 5.1.1 no such user\nGiving up on 192.0.2.7.\n',
    },
    { address: 'full@third.test', report: 'mailbox full (#5.2.2)\n' },
  ],
  bouncefrom: 'MAILER-DAEMON',
  bouncehost: 'our.test',
  original,
  originalSize: original.length,
  truncated: false,
  now: new Date('2026-11-22T08:20:00Z'),
  arrival: new Date('2026-11-22T08:19:00Z'),
  reportingMta: 'mail.our.test',
  messageIdHost: 'our.test',
});
const reportOf = (message: Buffer | string) => viewMessage(Buffer.from(message)).report;

describe('a delivery report', () => {
  test('of our queue: addresses, status, the other side’s words, and which letter it was', () => {
    const report = reportOf(ours);
    assert.deepEqual(
      report?.recipients.map(({ address, action, status }) => [address, action, status]),
      [
        ['nobody@other.test', 'failed', '5.1.1'],
        ['full@third.test', 'failed', '5.2.2'],
      ],
    );
    assert.match(report?.recipients[0]?.words ?? '', /550 5\.1\.1 no such user/);
    assert.equal(report?.original.messageId, 'contract@our.test');
    assert.equal(report?.original.subject, 'Grüße');
    assert.notEqual(report?.original.part, '');
  });

  test('of qmail itself is text (QSBMF)', () => {
    const report = reportOf(
      [
        'From: MAILER-DAEMON@qmail.test',
        'Subject: failure notice',
        '',
        'Hi. This is the qmail-send program at qmail.test.',
        "I'm afraid I wasn't able to deliver your message to the following addresses.",
        "This is a permanent error; I've given up. Sorry it didn't work out.",
        '',
        '<joe@far.test>:',
        'Connected to 192.0.2.9 but sender was rejected.',
        'Remote host said: 553 sorry (#5.7.1)',
        '',
        '<ann@far.test>:',
        'Sorry, no mailbox here by that name. (#5.1.1)',
        '',
        '--- Below this line is a copy of the message.',
        '',
        'Return-Path: <alice@our.test>',
        'Message-Id: <older@our.test>',
        'Subject: hello',
        '',
        '<fake@far.test>:',
        'x',
        '',
      ].join('\n'),
    );
    assert.deepEqual(
      report?.recipients.map(({ address, status }) => [address, status]),
      [
        ['joe@far.test', '5.7.1'],
        ['ann@far.test', '5.1.1'],
      ],
    );
    assert.match(report?.recipients[0]?.words ?? '', /^Connected to 192\.0\.2\.9[\s\S]*\(#5\.7\.1\)$/);
    assert.deepEqual(report?.original, { messageId: 'older@our.test', subject: 'hello', part: '' });
  });

  test('of others: delays, header only, addresses in UTF-8, folded fields', () => {
    const report = reportOf(
      [
        'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
        '',
        '--b',
        '',
        'This is the mail system.',
        '--b',
        'Content-Type: message/delivery-status',
        '',
        'Reporting-MTA: dns; mx.far.test',
        '',
        'Final-Recipient: utf-8; gr\\x{FC}n@far.test',
        'Action: delayed',
        'Status: 4.4.1',
        'Diagnostic-Code: smtp; 451 4.4.1',
        ' come back later',
        '',
        'Original-Recipient: rfc822;second@far.test',
        'Action: Failed',
        'Status: 5.0.0 (unknown)',
        '',
        'Action: failed',
        'Status: 5.0.0',
        '--b',
        'Content-Type: text/rfc822-headers',
        '',
        'Message-ID: <h@our.test>',
        'Subject: only the head',
        '--b--',
        '',
      ].join('\n'),
    );
    assert.deepEqual(report?.recipients, [
      { address: 'grün@far.test', action: 'delayed', status: '4.4.1', words: '451 4.4.1 come back later' },
      { address: 'second@far.test', action: 'failed', status: '5.0.0', words: '' },
    ]);
    assert.deepEqual(report?.original, { messageId: 'h@our.test', subject: 'only the head', part: '' });
  });

  test('is not what other messages are, also when they quote one or carry one', () => {
    assert.equal(reportOf('Subject: x\n\nHi. This is the new program.\n\nBye\n'), undefined);
    assert.equal(
      reportOf(`Subject: x\n\n> Hi. This is the qmail-send program at x.\n\n<a@b.test>:\nx\n`),
      undefined,
    );
    const carried = `Subject: fwd\nContent-Type: multipart/mixed; boundary=m\n\n--m\n\nSee below\n--m\nContent-Type: message/rfc822\n\n${ours.toString()}\n--m--\n`;
    assert.equal(reportOf(carried), undefined);
  });

  test('of a stranger is bounded', () => {
    const blocks = Array.from(
      { length: 5000 },
      (_, n) =>
        `Final-Recipient: rfc822; r${n}@far.test\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; ${'x'.repeat(3000)}\n`,
    );
    const message = `Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n${blocks.join('\n')}\n--b--\n`;
    const began = performance.now();
    const report = reportOf(message);
    assert.ok(performance.now() - began < 5000);
    assert.ok((report?.recipients.length ?? 0) > 10 && (report?.recipients.length ?? 0) <= 100);
    assert.ok(report?.recipients.every(({ words }) => words.length <= 2000));
  });
});

describe('why, in words', () => {
  for (const [status, key] of [
    ['5.1.1', 'report.noMailbox'],
    ['5.4.4', 'report.noDomain'],
    ['5.2.2', 'report.full'],
    ['5.3.4', 'report.tooLarge'],
    ['5.7.26', 'report.policy'],
    ['5.4.1', 'report.unreachable'],
    ['4.3.0', 'report.unreachable'],
    ['5.0.0', 'report.refused'],
    ['', 'report.refused'],
  ] as const) {
    test(`${status || 'no status'}: ${key}`, () => {
      assert.equal(reasonOf({ action: 'failed', status }), key);
    });
  }
});
