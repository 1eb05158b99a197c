// The bounce text and the failure file (spec/qmail.md 7.5, RFC 3464, RFC 6522, security.md W3 and R9).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import {
  appendFailure,
  type BounceOptions,
  buildBounce,
  parseFailures,
  statusOfReport,
} from '../../mta/send/bounce-message.ts';

const ORIGINAL = Buffer.from('Subject: hello\nFrom: a@our.test\n\nbody\n');

function options(change: Partial<BounceOptions> = {}): BounceOptions {
  return {
    kind: 'single',
    recipient: 'sender@far.test',
    sender: 'sender@far.test',
    failures: [
      {
        address: 'nobody@other.test',
        report:
          '192.0.2.7 does not like recipient.\nRemote host said: 550 5.1.1 no such user\nGiving up on 192.0.2.7.',
      },
    ],
    bouncefrom: 'MAILER-DAEMON',
    bouncehost: 'our.test',
    original: ORIGINAL,
    originalSize: ORIGINAL.length,
    truncated: false,
    now: new Date('2026-11-22T08:20:00Z'),
    arrival: new Date('2026-11-22T08:19:00Z'),
    reportingMta: 'mail.our.test',
    messageIdHost: 'our.test',
    ...change,
  };
}

/** Splits a bounce into its header lines and its three parts. */
function take(bounce: Buffer): { header: string[]; parts: { header: string; body: Buffer }[] } {
  const text = bounce.toString('latin1');
  const boundary = /boundary="([^"]+)"/.exec(text)![1]!;
  const [head, ...rest] = text.split(`--${boundary}`);
  assert.equal(rest.at(-1), '--\n');
  const parts = rest.slice(0, -1).map((piece) => {
    const blank = piece.indexOf('\n\n');
    return { header: piece.slice(1, blank), body: Buffer.from(piece.slice(blank + 2, -1), 'latin1') };
  });
  return { header: head!.trimEnd().split('\n'), parts };
}

describe('the failure file bounce/ID', () => {
  it('has the address line, the report and a blank line', () => {
    assert.equal(
      appendFailure('u@x.test', 'No such user. (#5.1.1)\n'),
      '<u@x.test>:\nNo such user. (#5.1.1)\n\n',
    );
    assert.equal(appendFailure('u@x.test', 'one\ntwo'), '<u@x.test>:\none\ntwo\n\n');
    assert.equal(appendFailure('u@x.test', ''), '<u@x.test>:\n\n');
  });

  it('keeps blank lines out of the report as qmail-send does', () => {
    assert.equal(appendFailure('u@x.test', 'a\n\nb'), '<u@x.test>:\na\n/b\n\n');
    assert.equal(appendFailure('u@x.test', 'a\n\n\nb\n'), '<u@x.test>:\na\n//b\n\n');
    assert.equal(appendFailure('u@x.test', '\nb'), '<u@x.test>:\n/b\n\n');
  });

  it('keeps an address in its line', () => {
    assert.equal(appendFailure('a\n>:\nb@x.test', 'no'), '<a_>:_b@x.test>:\nno\n\n');
  });

  it('reads back what was appended, whatever the report says', () => {
    const report = fc.array(
      fc.constantFrom('\n', '\n\n', 'x', '<a@b>:', '/', ' ', '-', 'é', 'line', '\n<evil@x>:\n'),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.emailAddress(), report), { maxLength: 5 }), (pairs) => {
        const file = pairs.map(([address, words]) => appendFailure(address, words.join(''))).join('');
        const failures = parseFailures(Buffer.from(file));
        assert.deepEqual(
          failures.map((failure) => failure.address),
          pairs.map(([address]) => address),
        );
        const again = failures.map(({ address, report }) => appendFailure(address, report)).join('');
        assert.equal(again.replace(/\n+/g, '\n'), file.replace(/\n+/g, '\n'));
      }),
    );
  });

  it('reads a file of qmail with ISO 8859-1 in it', () => {
    assert.deepEqual(parseFailures(Buffer.from('<u@x.test>:\nd\xe9sol\xe9\n\n', 'latin1')), [
      { address: 'u@x.test', report: 'désolé' },
    ]);
  });
});

describe('the status code of a report', () => {
  for (const [report, status] of [
    ['Sorry, no mailbox here by that name. (#5.1.1)', '5.1.1'],
    ['192.0.2.1 does not like recipient.\nRemote host said: 550 5.7.26 no DMARC', '5.7.26'],
    ['Remote host said: 550-5.1.1 The account\n550 5.1.1 does not exist', '5.1.1'],
    ['Remote host said: 550 from 5.9.12.34 refused', '5.0.0'],
    ['5.9.12.34 does not like recipient.\nRemote host said: 550 no', '5.0.0'],
    [
      "Sorry, I wasn't able to establish an SMTP connection. (#4.4.1)\nI'm not going to try again; this message has been in the queue too long.",
      '4.4.1',
    ],
    ['no code at all', '5.0.0'],
  ] as const)
    it(`of ${JSON.stringify(report.slice(0, 60))} is ${status}`, () => {
      assert.equal(statusOfReport(report), status);
    });
});

describe('a bounce', () => {
  it('carries the text of qmail-send exactly in its first part', () => {
    const { parts } = take(buildBounce(options()));
    assert.equal(
      parts[0]!.body.toString(),
      'Hi. This is the qmail-send program at our.test.\n' +
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n" +
        "This is a permanent error; I've given up. Sorry it didn't work out.\n" +
        '\n' +
        '<nobody@other.test>:\n' +
        '192.0.2.7 does not like recipient.\n' +
        'Remote host said: 550 5.1.1 no such user\n' +
        'Giving up on 192.0.2.7.\n' +
        '\n' +
        '--- Below this line is a copy of the message.\n',
    );
  });

  it('has the headers of an automatic answer and no others', () => {
    const { header } = take(buildBounce(options()));
    const names = header.filter((line) => !line.startsWith(' ')).map((line) => line.split(':')[0]);
    assert.deepEqual(names, [
      'Date',
      'From',
      'To',
      'Subject',
      'Message-ID',
      'MIME-Version',
      'Auto-Submitted',
      'Content-Type',
      'Content-Transfer-Encoding',
    ]);
    assert.equal(header[0], 'Date: 22 Nov 2026 08:20:00 -0000');
    assert.equal(header[1], 'From: MAILER-DAEMON@our.test');
    assert.equal(header[2], 'To: sender@far.test');
    assert.equal(header[3], 'Subject: failure notice');
    assert.equal(header[6], 'Auto-Submitted: auto-replied');
  });

  it('tells programs the same in message/delivery-status', () => {
    const { parts } = take(buildBounce(options()));
    assert.match(parts[1]!.header, /^Content-Type: message\/delivery-status$/m);
    assert.equal(
      parts[1]!.body.toString(),
      'Reporting-MTA: dns; mail.our.test\n' +
        'Arrival-Date: 22 Nov 2026 08:19:00 -0000\n' +
        '\n' +
        'Final-Recipient: rfc822; nobody@other.test\n' +
        'Action: failed\n' +
        'Status: 5.1.1\n' +
        'Diagnostic-Code: smtp; 550 5.1.1 no such user\n',
    );
  });

  it('returns the original byte for byte after its Return-Path', () => {
    const original = Buffer.from('Subject: \xe9\n\n\x80\xff\0\r\nlast line without end', 'latin1');
    const { parts } = take(buildBounce(options({ original, originalSize: original.length })));
    assert.match(parts[2]!.header, /^Content-Type: message\/rfc822$/m);
    assert.deepEqual(
      parts[2]!.body,
      Buffer.concat([Buffer.from('Return-Path: <sender@far.test>\n'), original]),
    );
  });

  it('returns only the header of an original that was cut', () => {
    const { parts } = take(buildBounce(options({ truncated: true, originalSize: 90_000 })));
    assert.match(parts[2]!.header, /^Content-Type: text\/rfc822-headers/m);
    assert.equal(
      parts[2]!.body.toString(),
      'Return-Path: <sender@far.test>\nSubject: hello\nFrom: a@our.test\n',
    );
    assert.match(parts[0]!.body.toString(), /\n--- Below this line is the header .* 90000 bytes\.\n$/);
    const endless = Buffer.from('Subject: hello\nX-Long: no blank line and cut in the mid');
    const cut = take(buildBounce(options({ truncated: true, original: endless, originalSize: 90_000 })));
    assert.equal(cut.parts[2]!.body.toString(), 'Return-Path: <sender@far.test>\nSubject: hello\n');
  });

  it('that bounced goes to the postmaster with its own words', () => {
    const { header, parts } = take(
      buildBounce(options({ kind: 'double', sender: '', recipient: 'postmaster@our.test' })),
    );
    assert.equal(header[2], 'To: postmaster@our.test');
    const text = parts[0]!.body.toString();
    assert.match(
      text,
      /^Hi\. This is the qmail-send program at our\.test\.\nI tried to deliver a bounce message to this address, but the bounce bounced!\n\n</,
    );
    assert.match(text, /\n\n--- Below this line is the original bounce\.\n$/);
    assert.match(parts[2]!.body.toString(), /^Return-Path: <>\n/);
  });

  it('does not show the VERP ending of a list', () => {
    const { parts } = take(buildBounce(options({ sender: 'list-return-@our.test-@[]' })));
    assert.match(parts[2]!.body.toString(), /^Return-Path: <list-return-@our\.test>\n/);
  });

  it('names an address outside ASCII as RFC 6533 wants it', () => {
    const failures = [{ address: 'jürgen@münchen.test', report: 'no. (#5.1.1)' }];
    const { parts } = take(buildBounce(options({ failures })));
    assert.match(
      parts[1]!.body.toString(),
      /^Final-Recipient: utf-8; j\\x\{FC\}rgen@m\\x\{FC\}nchen\.test$/m,
    );
    assert.match(parts[0]!.body.toString(), /^<jürgen@münchen\.test>:$/m);
  });

  it('is read by a MIME parser as a report with three parts', async () => {
    const parsed = await simpleParser(buildBounce(options()), { keepDeliveryStatus: true });
    assert.equal(parsed.subject, 'failure notice');
    assert.match(parsed.text ?? '', /Hi\. This is the qmail-send program/);
    assert.deepEqual(
      parsed.attachments.map((attachment) => attachment.contentType),
      ['message/delivery-status', 'message/rfc822'],
    );
  });

  it('never has its boundary in its content', () => {
    const first = buildBounce(options());
    const boundary = /boundary="([^"]+)"/.exec(first.toString())![1]!;
    // The original quotes an earlier bounce with its boundary lines.
    const original = Buffer.concat([Buffer.from('Subject: x\n\n'), first, Buffer.from(`--${boundary}--\n`)]);
    const { parts } = take(buildBounce(options({ original, originalSize: original.length })));
    assert.equal(parts.length, 3);
    assert.ok(parts[2]!.body.includes(original));
  });

  it('gets no header, status field or part from an address or a report (W3)', () => {
    const evil = fc.string({
      unit: fc.constantFrom(
        '\r\n',
        '\n',
        '\r',
        '\n\n',
        '\0',
        '\v',
        '\f',
        '\u0085',
        '\u2028',
        '\u560a',
        '\ud800',
        'Bcc: v@x.test',
        '--',
        '<',
        '>',
        ',',
        ';',
        '"',
        '\\',
        '@',
        'a',
        'Remote host said: ',
        'é',
        'Status: 2.0.0',
        'x'.repeat(2000),
      ),
      maxLength: 12,
    });
    fc.assert(
      fc.property(evil, evil, evil, (recipient, address, report) => {
        const bounce = buildBounce(
          options({ recipient, sender: recipient, failures: [{ address, report }] }),
        );
        const { header, parts } = take(bounce);
        assert.equal(header.length, 10);
        assert.equal(parts.length, 3);
        assert.ok(!header.join('').match(/[\r\0\v\f]/));
        const fields = parts[1]!.body
          .toString()
          .split('\n')
          .filter((line) => !/^( |$)/.test(line));
        const names = fields.map((line) => line.split(':')[0]);
        const expected = ['Reporting-MTA', 'Arrival-Date', 'Final-Recipient', 'Action', 'Status'];
        assert.deepEqual(
          names.filter((name) => name !== 'Diagnostic-Code'),
          expected,
        );
        assert.equal(parts[1]!.body.toString().match(/\n\n/g)?.length, 1);
        assert.match(parts[2]!.body.toString(), /^Return-Path: <[^\n]*>\nSubject: hello\n/);
        for (const line of [...parts[0]!.body.toString().split('\n'), ...fields])
          assert.ok(Buffer.byteLength(line) <= 998);
      }),
    );
  });
});
