import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completionOptions, fromByteString, toByteString } from '../../mta/inject/header/author.ts';
import {
  type CompletionOptions,
  completeAddress,
  completeHeader,
  HeaderFault,
} from '../../mta/inject/header/complete.ts';

const settings = {
  defaultdomain: 'dom.test',
  defaulthost: 'host',
  plusdomain: 'plus.test',
  idhost: 'id.test',
};
const now = Date.UTC(2026, 10, 22, 8, 20, 0) / 1000;

function options(
  env: NodeJS.ProcessEnv = {},
  occasion: { sender?: string; lists?: readonly string[] } = {},
): CompletionOptions {
  const { sender, lists } = occasion;
  return completionOptions({ USER: 'joe', ...env }, settings, { sender, lists, now, pid: 77 });
}

const complete = (fields: readonly string[], given = options()) =>
  completeHeader(fields.map(toByteString), given);

/** The fields after the generated ones. */
function rewrite(field: string): string {
  const { header } = complete([field, 'Date: x\n', 'Message-ID: x\n', 'From: x@y.z\n', 'Cc: q@y.z\n']);
  return fromByteString(header.slice(0, header.indexOf('Date: x\n')))!;
}

test('an address of an argument is completed in qmail-inject’s order', () => {
  const table: readonly (readonly [string, string])[] = [
    ['joe', 'joe@host.dom.test'],
    ['joe@', 'joe@host.dom.test'],
    ['joe@h', 'joe@h.dom.test'],
    ['joe@h.', 'joe@h.dom.test'],
    ['joe@h+', 'joe@h.plus.test'],
    ['joe@h.org', 'joe@h.org'],
    ['joe@h.org.', 'joe@h.org'],
    ['joe@[1.2.3.4]', 'joe@[1.2.3.4]'],
    ['joe smith@h.org', 'joe smith@h.org'],
    ['a@b@h', 'a@b@h.dom.test'],
    ['list-@h-@[]', 'list-@h-@[]'],
    ['#@[]', '#@[]'],
    ['', ''],
  ];
  for (const [given, completed] of table)
    assert.equal(completeAddress(given, options().rules), completed, given);
  assert.throws(() => completeAddress('joe@(h', options().rules), HeaderFault);
});

test('a list keeps names, comments and groups, gets its missing commas and is completed', () => {
  const table: readonly (readonly [string, string])[] = [
    ['To: a, b c\n', 'To: a@host.dom.test, b@host.dom.test, c@host.dom.test\n'],
    ['to :a@h.org\n', 'to: a@h.org\n'],
    ['To: A B <a@h> (there), "x, y" <b@h.org>\n', 'To: A B <a@h.dom.test>(there), "x, y" <b@h.org>\n'],
    ['To: a (one (two)) @ h . org\n', 'To: a@h.org (one \\(two\\))\n'],
    ['To: <a@h (c)>\n', 'To: <a@h.dom.test>(c)\n'],
    ['To: <@r.org,@s.org:a@h.org>\n', 'To: <a@h.org>\n'],
    ['To: friends: a, <b@h.org>;, c@h.org\n', 'To: friends: a@host.dom.test, <b@h.org>;, c@h.org\n'],
    ['To: a: b@x.y; c: d@x.y;\n', 'To: a: b@x.y;, c: d@x.y;\n'],
    ['To: <>\n', 'To: <>\n'],
    ['To: <a@h.org> <b@h.org>\n', 'To: <a@h.org>, <b@h.org>\n'],
    ['To: <a@h.org> B <b@h.org> c@h.org\n', 'To: <a@h.org>, B <b@h.org>, c@h.org\n'],
    ['To: A <a@h.org, b@h.org\n', 'To: A <a@h.org>, b@h.org\n'],
    ['To: <<a@h.org>>\n', 'To: <a@h.org>\n'],
    ['To: a@h.org; b@h.org; c@h.org\n', 'To: a@h.org, b@h.org, c@h.org\n'],
    ['To: a)b@h.org\n', 'To: "a\\)b"@h.org\n'],
    ['To: a\\ b@h.org\n', 'To: "a b"@h.org\n'],
    ['To: "a\\"b"@h.org\n', 'To: "a\\"b"@h.org\n'],
    ['To: "a\n b"@h.org\n', 'To: "a b"@h.org\n'],
    ['To: Jürgen <ü@münchen.test>\n', 'To: "Jürgen" <"ü"@münchen.test>\n'],
    ['To:\n', 'To:\n'],
    ['To: a@h.org,\n', 'To: a@h.org,\n'],
    ['Subject: a, b (\n', 'Subject: a, b (\n'],
    ['MBOX-Line: From me now\n', 'MBOX-Line: From me now\n'],
  ];
  for (const [given, completed] of table) assert.equal(rewrite(given), completed);
});

test('lines are folded after commas, as long as qmail makes them', () => {
  const list = Array.from({ length: 9 }, (_, i) => `someone${i}@host${i}.example.org`).join(',');
  assert.equal(
    rewrite(`To: ${list}\n`),
    [
      'To: someone0@host0.example.org, someone1@host1.example.org,',
      '  someone2@host2.example.org, someone3@host3.example.org,',
      '  someone4@host4.example.org, someone5@host5.example.org,',
      '  someone6@host6.example.org, someone7@host7.example.org,',
      '  someone8@host8.example.org\n',
    ].join('\n'),
  );
  // Two characters of the 80 are kept for the fold.
  const fits = `To: ${'a'.repeat(30)}@example.org, ${'b'.repeat(18)}@example.org\n`;
  assert.equal(rewrite(fits), fits);
  const wide = `To: ${'a'.repeat(30)}@example.org, ${'b'.repeat(19)}@example.org\n`;
  assert.equal(rewrite(wide), wide.replace(', ', ',\n  '));
});

test('generated fields come first, then the given ones in their order, without those that stay out', () => {
  const { header, sender, recipients } = complete([
    'Subject: s\n',
    'Bcc: hidden, x@y.z\n',
    'Return-Path: <back@far.org>\n',
    'Content-Length: 12\n',
    'Apparently-To: app@far.org\n',
    'Return-Path: <later@far.org>\n',
    'X-Fold: a\n b\n',
    'Reply-To: me\n',
  ]);
  assert.equal(
    header,
    'Date: 22 Nov 2026 08:20:00 -0000\n' +
      'Message-ID: <20261122082000.77.qmail@id.test>\n' +
      'From: joe@host.dom.test\n' +
      'Cc: recipient list not shown: ;\n' +
      'Subject: s\nApparently-To: app@far.org\nX-Fold: a\n b\nReply-To: me@host.dom.test\n',
  );
  assert.equal(sender, 'back@far.org');
  // Right to left within a field.
  assert.deepEqual(recipients, ['x@y.z', 'hidden@host.dom.test', 'app@far.org']);
});

test('a message that is sent again gets Resent- fields and only their recipients', () => {
  const { header, recipients } = complete(['To: first@far.org\n', 'Resent-Bcc: again@far.org\n']);
  assert.equal(
    header,
    'Resent-Date: 22 Nov 2026 08:20:00 -0000\n' +
      'Resent-Message-ID: <20261122082000.77.qmail@id.test>\n' +
      'Resent-From: joe@host.dom.test\n' +
      'Resent-Cc: recipient list not shown: ;\n' +
      'To: first@far.org\n',
  );
  assert.deepEqual(recipients, ['again@far.org']);
});

const fromLine = (env: NodeJS.ProcessEnv): string => {
  const { header } = complete([], options(env));
  return fromByteString(/^From: .*$/m.exec(header)?.[0] as string)!;
};

test('the author comes from the first variable of each chain', () => {
  const all = { QMAILUSER: 'q', MAILUSER: 'm', USER: 'u', LOGNAME: 'l' };
  assert.equal(fromLine(all), 'From: q@host.dom.test');
  assert.equal(fromLine({ ...all, QMAILUSER: undefined }), 'From: m@host.dom.test');
  assert.equal(fromLine({ USER: undefined, LOGNAME: 'l' }), 'From: l@host.dom.test');
  assert.equal(fromLine({ USER: undefined }), 'From: anonymous@host.dom.test');
  assert.equal(fromLine({ QMAILHOST: 'a.org', MAILHOST: 'b.org' }), 'From: joe@a.org');
  assert.equal(fromLine({ MAILHOST: 'h+' }), 'From: joe@h.plus.test');
  assert.equal(fromLine({ NAME: 'J. (Q) "D"' }), 'From: "J. \\(Q\\) \\"D\\"" <joe@host.dom.test>');
  assert.equal(fromLine({ NAME: 'n', MAILNAME: 'm', QMAILINJECT: 'c' }), 'From: joe@host.dom.test (m)');
  assert.equal(fromLine({ NAME: 'Zoé', USER: 'a b' }), 'From: "Zoé" <"a b"@host.dom.test>');
  assert.equal(fromLine({ NAME: 'x\nBcc: all@far.org' }), 'From: "x Bcc: all@far.org" <joe@host.dom.test>');
  assert.equal(fromLine({ QMAILDEFAULTHOST: 'o', QMAILDEFAULTDOMAIN: 'p.q' }), 'From: joe@o.p.q');
  assert.match(complete([], options({ QMAILIDHOST: 'i' })).header, /\.qmail@i>$/m);
});

test('the envelope sender: -f, then Return-Path, then the environment, with QMAILINJECT’s r, m and s', () => {
  const senderOf = (env: NodeJS.ProcessEnv, field = '', sender?: string): string =>
    complete(field ? [field] : [], options(env, sender === undefined ? {} : { sender })).sender;
  assert.equal(senderOf({}), 'joe@host.dom.test');
  assert.equal(senderOf({ QMAILSUSER: 's', QMAILSHOST: 'sh', QMAILHOST: 'h' }), 's@sh.dom.test');
  assert.equal(senderOf({ QMAILHOST: 'h' }), 'joe@h.dom.test');
  assert.equal(senderOf({}, 'Return-Path: a@b\n'), 'a@b.dom.test');
  assert.equal(senderOf({}, 'Return-Path: <>\n'), '');
  assert.equal(senderOf({ QMAILINJECT: 's' }, 'Return-Path: a@b\n'), 'joe@host.dom.test');
  assert.equal(senderOf({}, 'Return-Path: a@b\n', 'f x'), 'f x@host.dom.test');
  for (const none of ['', '<>']) assert.equal(senderOf({}, 'Return-Path: a@b\n', none), '');
  assert.equal(senderOf({}, '', '<f@g.org>'), 'f@g.org');
  assert.equal(senderOf({ QMAILINJECT: 'r' }), 'joe-@host.dom.test-@[]');
  assert.equal(senderOf({ QMAILINJECT: 'm' }), `joe-${now}.77@host.dom.test`);
  assert.equal(senderOf({ QMAILINJECT: 'rm' }), `joe-${now}.77-@host.dom.test-@[]`);
  assert.equal(senderOf({ QMAILINJECT: 'r' }, 'Return-Path: a-@b.c\n'), 'a-@b.c-@[]');
  assert.equal(senderOf({ QMAILINJECT: 'r' }, '', 'a-@b.c'), 'a-@b.c');
});

test('QMAILINJECT f and i replace From and Message-ID', () => {
  const fields = ['From: old@far.org\n', 'Message-ID: <old>\n'];
  assert.doesNotMatch(complete(fields, options({ QMAILINJECT: 'fi' })).header, /old/);
  assert.match(complete(fields).header, /^From: old@far\.org\nMessage-ID: <old>\n/m);
});

test('Mail-Followup-To names everyone in To and Cc when one of them is a listed list', () => {
  const fields = ['To: a@h.org, Some-List@lists.org\n', 'Cc: "x y"@h.org\n'];
  const { header } = complete(fields, options({}, { lists: ['some-LIST@lists.org'] }));
  assert.match(header, /^Mail-Followup-To: "x y"@h\.org,\n {2}a@h\.org,\n {2}Some-List@lists\.org\nTo: /m);
  const quiet = [...fields, 'Mail-Followup-To: a@h.org\n'];
  assert.equal(
    complete(quiet, options({}, { lists: ['some-list@lists.org'] })).header.match(/Followup/g)?.length,
    1,
  );
  assert.doesNotMatch(complete(fields, options({}, { lists: ['other@lists.org'] })).header, /Followup/);
});

test('a recipient field that cannot be parsed stays and is reported; a sender field is an error', () => {
  for (const list of [
    '"a',
    'a (b',
    'a@[1',
    'a) b@(c',
    'a@h.org>',
    'friends: a@h.org',
    '<a@h.org, b@h.org>',
  ]) {
    const { header, unparsed } = complete([`To: ${list}\n`, 'Cc: fine@h.org\n']);
    assert.ok(header.includes(`\nTo: ${list}\n`), list);
    assert.deepEqual(unparsed, [`To: ${list}`]);
    assert.throws(() => complete([`From: ${list}\n`]), HeaderFault);
  }
});
