import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readHostRuleLines } from '../../mta/control/rewrite-lines.ts';
import { normalizeMailDate } from '../../mta/formats/date.ts';
import {
  defaultHostRules,
  parseHostRule,
  rewriteEnvelopeAddress,
  rewriteHost,
} from '../../mta/inject/header/host-rules.ts';
import { HeaderParts } from '../../mta/inject/header/rebuild.ts';

const usual = defaultHostRules({ defaulthost: 'host', defaultdomain: 'def.test', plusdomain: 'plus.test' });
const defaults = (host: string): string => rewriteHost(host, usual);

test('each instruction is applied once, in order, and does what rewriting(5) says', () => {
  const rules = ['*.:', '=:vangogh', '?:.cs.b', '*.b:.berkeley.edu', '-.local:cs.berkeley.edu'].map(
    (line) => parseHostRule(line)!,
  );
  const table: readonly (readonly [string, string])[] = [
    ['', 'vangogh.cs.berkeley.edu'],
    ['vangogh', 'vangogh.cs.berkeley.edu'],
    ['vangogh.cs.b', 'vangogh.cs.berkeley.edu'],
    ['VANGOGH.CS.B', 'VANGOGH.CS.berkeley.edu'],
    ['x.y.', 'x.y'],
    ['x.y..', 'x.y.'],
    ['me.LOCAL', 'cs.berkeley.edu'],
    ['[127.0.0.1]', '[127.0.0.1]'],
    ['far.test', 'far.test'],
  ];
  for (const [host, wanted] of table) assert.equal(rewriteHost(host, rules), wanted, host);
});

test('without control/rewrite: trailing dot, default host, plus domain, default domain', () => {
  const table: readonly (readonly [string, string])[] = [
    ['joe', 'joe@host.def.test'],
    ['joe@', 'joe@host.def.test'],
    ['joe@cs', 'joe@cs.def.test'],
    ['joe@cs+', 'joe@cs.plus.test'],
    ['joe@far.test.', 'joe@far.test'],
    ['a@b@cs', 'a@b@cs.def.test'],
    ['', ''],
    ['list-@host-@[]', 'list-@host-@[]'],
    ['joe@[1.2.3.4]', 'joe@[1.2.3.4]'],
  ];
  for (const [given, wanted] of table) assert.equal(rewriteEnvelopeAddress(given, defaults), wanted, given);
});

test('a line of control/rewrite that is no instruction is told with its file', () => {
  const read = (text: string | undefined) =>
    readHostRuleLines({ path: 'control/rewrite', text, me: undefined });
  assert.equal(read(undefined), undefined);
  assert.deepEqual(read('# none\n=a:b\n\n'), [{ kind: '=', post: 'a', next: 'b' }]);
  assert.throws(() => read('=a:b\na:b\n'), /control\/rewrite: "a:b" is wrong; expected =POST:NEW/);
});

test('dates are written in one form; what is none is no date', () => {
  const table: readonly (readonly [string, string | undefined])[] = [
    [' Sun, 22 Nov 2026 09:20:00 +0100', '22 Nov 2026 09:20:00 +0100'],
    ['1 jan 70 1:02 EST (comment)', '1 Jan 1970 01:02:00 -0500'],
    ['02 Feb 03 04:05:06 GMT', '2 Feb 2003 04:05:06 -0000'],
    ['Sun,\n 22 November 2026 09:20', '22 Nov 2026 09:20:00 -0000'],
    ['22 Nov 2026 24:20:00 +0100', undefined],
    ['0 Nov 2026 09:20:00 +0100', undefined],
    ['yesterday', undefined],
    ['', undefined],
  ];
  for (const [given, wanted] of table) assert.equal(normalizeMailDate(given), wanted, given);
});

/** A header taken apart and put together, without its generated Date and Message-ID. */
function rebuild(
  fields: readonly string[],
  change: { wins?: boolean; lists?: readonly string[] } = {},
): string {
  const parts = new HeaderParts(fields, defaults);
  const header = parts.render({
    idAppend: '.1.qmail@id.test',
    now: 0,
    author: { name: 'Joe', address: 'joe@host.def.test', wins: change.wins ?? false },
    followUpLists: change.lists && new Set(change.lists),
  });
  return header.replace(
    'Date: 1 Jan 1970 00:00:00 -0000\nMessage-ID: <19700101000000.1.qmail@id.test>\n',
    '',
  );
}

test('fields of one name are merged and written in mess822’s order, the trace first', () => {
  assert.equal(
    rebuild([
      'Subject: s\n',
      'Cc: c1\n',
      'To: a, B <b@far.test>\n',
      'Received: r\n',
      'to: d\n',
      'Cc: c2\n',
      'Content-Length: 3\n',
      'Resent-To: z\n',
      'Reply-To: r\n',
      'From: a\n',
      'Sender: s\n',
      'Bcc: hidden\n',
      'X-Other: o\n',
    ]),
    'Received: r\nResent-To: z\nFrom: a@host.def.test\nSender: s@host.def.test\nReply-To: r@host.def.test\n' +
      'To: a@host.def.test, B <b@far.test>, d@host.def.test\nCc: c1@host.def.test, c2@host.def.test\n' +
      'Subject: s\nX-Other: o\n',
  );
});

test('what is missing is made, and a From that is there wins unless it is dropped', () => {
  assert.equal(rebuild([]), 'From: "Joe" <joe@host.def.test>\nCc: recipient list not shown: ;\n');
  assert.equal(rebuild(['From: x@far.test\n', 'To: y@far.test\n']), 'From: x@far.test\nTo: y@far.test\n');
  assert.match(rebuild(['From: x@far.test\n'], { wins: true }), /^From: "Joe" <joe@host\.def\.test>\nCc:/);
  assert.equal(
    rebuild(['From: x@far.test\n', 'To: l@far.test\n', 'Cc: y@far.test\n'], { lists: ['l@far.test'] }),
    'From: x@far.test\nMail-Followup-To: l@far.test,\n  y@far.test\nTo: l@far.test\nCc: y@far.test\n',
  );
});

test('a group and a field that is no list stay; the envelope fields are taken and not written', () => {
  const fields = ['From: x@far.test\n', 'To: friends: ;\n', 'Cc: "open\n', 'Envelope-Sender: <s@far.test>\n'];
  const parts = new HeaderParts(
    [...fields, 'Envelope-Recipients: r1, r2@far.test\n', 'Return-Path: <p>\n'],
    defaults,
  );
  assert.equal(parts.sender(true), 's@far.test');
  assert.deepEqual(parts.recipients, ['r1@host.def.test', 'r2@far.test']);
  assert.deepEqual(parts.unparsed, ['Cc: "open\n']);
  assert.equal(rebuild(fields), 'From: x@far.test\nTo: friends: ;\nCc: "open\n');
  assert.equal(new HeaderParts(['Return-Path: <p>\n'], defaults).sender(true), 'p@host.def.test');
  assert.equal(new HeaderParts(['Return-Path: <p>\n'], defaults).sender(false), undefined);
  assert.equal(new HeaderParts(['Return-Path: <>\n'], defaults).sender(true), '');
});
