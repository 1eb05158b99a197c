// What a mailing list does to a post: its header for members and archive, its parts and trailer, the name in From where the
// author's would not be believed; and what comes back to it: bounce addresses, a moderator's comment.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { possibleMembers, readQsbmf, readReturnAddress } from '../../mta/lists/bounces/return-address.ts';
import { makeCookie } from '../../mta/lists/cookie.ts';
import { findComment } from '../../mta/lists/moderation/comment.ts';
import { policyInResults, policyOfRecord, recordNames } from '../../mta/lists/post/author-policy.ts';
import { type BodyRules, openPostBody, quotePrintable } from '../../mta/lists/post/body.ts';
import {
  type HeaderRules,
  isFromMainList,
  makeNewFrom,
  makePostHeaders,
  numberOfMainList,
  readPostHeader,
} from '../../mta/lists/post/header.ts';
import { readContentType } from '../../mta/lists/post/mime-type.ts';

const rules: HeaderRules = {
  outlocal: 'friends',
  outhost: 'lists.example',
  added: 'Mailing-List: contact friends-help@lists.example; run by ezmlm\nList-ID: <friends.lists.example>\n',
  removed: { names: new Set(['return-path', 'precedence']), isAllBut: false },
  prefix: '[friends #]',
  plainPrefix: '[friends #]',
  isSublist: false,
  mainListField: '',
  keepsReceived: false,
  repliesToList: false,
};
const come =
  'Received: (qmail 7 invoked from network); 23 Nov 2026 10:00:00 -0000\n' +
  'Authentication-Results: mail.lists.example;\n\tdmarc=pass (p=reject) header.from=a.example policy.dmarc=reject\n' +
  'Received: from a (1.2.3.4)\n  by mail.lists.example with ESMTPS; 23 Nov 2026 10:00:00 -0000\n' +
  'Received: from home; 23 Nov 2026 09:59:00 -0000\n' +
  'Return-Path: <x>\nFrom: Ann <ann@a.example>\nPrecedence: bulk\nList-Id: theirs\nSubject: hello\n there\n';
const own =
  'Delivered-To: mailing list friends@lists.example\n' +
  'Received: (qmail 7 invoked from network); 23 Nov 2026 10:00:00 -0000\n' +
  'Authentication-Results: mail.lists.example;\n\tdmarc=pass (p=reject) header.from=a.example policy.dmarc=reject\n' +
  'Received: from a (1.2.3.4)\n  by mail.lists.example with ESMTPS; 23 Nov 2026 10:00:00 -0000\n';

describe('the header of a post', () => {
  test('has the fields of the list on top, those of the author that pass, and a numbered prefix', () => {
    const { outgoing, archived } = makePostHeaders(readPostHeader(come), rules, 12);
    const last = 'From: Ann <ann@a.example>\n';
    assert.equal(outgoing, `${rules.added}${own}${last}Subject: [friends 12] hello\n there\n\n`);
    assert.equal(
      archived,
      `${own}Received: from home; 23 Nov 2026 09:59:00 -0000\n${last}Subject: hello\n there\n\n`,
    );
  });

  test('gets no second prefix, and none without one', () => {
    const subject = (line: string, prefix: string): string =>
      /^Subject:.*$/m.exec(
        makePostHeaders(readPostHeader(`Subject: ${line}\n`), { ...rules, prefix, plainPrefix: prefix }, 3)
          .outgoing,
      )?.[0] ?? '';
    assert.equal(subject('Re: [friends 2] x', '[friends #]'), 'Subject: Re: [friends 2] x');
    assert.equal(subject('x', '[f]'), 'Subject: [f] x');
    assert.equal(subject('x', ''), 'Subject: x');
    assert.equal(
      makePostHeaders(readPostHeader('To: x\n'), rules, 1).outgoing.split('\n').at(-3),
      'Subject: [friends 1]',
    );
  });

  test('may be all but what is kept; folded and broken lines go with their fields', () => {
    const removed = { names: new Set(['from']), isAllBut: true };
    const { outgoing } = makePostHeaders(
      readPostHeader('From: a\n b\nX: y\n\tz\nno field\n'),
      { ...rules, removed, prefix: '', added: '' },
      1,
    );
    assert.equal(outgoing, 'Delivered-To: mailing list friends@lists.example\nFrom: a\n b\nno field\n\n');
  });

  test('that has been here, or on another list, is refused; a sublist wants the latter', () => {
    const refused = (header: string, more: Partial<HeaderRules> = {}): string => {
      try {
        makePostHeaders(readPostHeader(header), { ...rules, ...more }, 1);
        return '';
      } catch (error) {
        return (error as Error).message;
      }
    };
    assert.match(refused('Delivered-To: mailing list friends@lists.example\n'), /looping/);
    assert.equal(refused('Delivered-To: mailing list others@lists.example\n'), '');
    assert.match(refused('mailing-list: x\n'), /Mailing-List/);
    assert.match(refused('X-Main: x\n', { mainListField: 'x-main' }), /Mailing-List/);
    assert.match(refused('From: x\n', { isSublist: true }), /sublist/);
    assert.equal(refused('Mailing-List: x\n', { isSublist: true }), '');
  });

  test('of a sublist must come from the main list, whose number it has', () => {
    const main = 'main@l.example';
    for (const [sender, is, number] of [
      ['main-return-12-sub=x.example@L.example', true, 12],
      ['main-return-x@l.example', true, 0],
      ['main@evil.example', false, 0],
      ['x', false, 0],
    ] as const) {
      assert.equal(isFromMainList(sender, main), is, sender);
      if (is) assert.equal(numberOfMainList(sender, main), number, sender);
    }
  });

  test('shows the author beside the list where his own From would not be believed', () => {
    const from = (text: string, more: Partial<HeaderRules> = {}, name = 'Ann') => {
      const header = readPostHeader(text);
      const all = { ...rules, prefix: '', added: '', ...more };
      return makePostHeaders(header, all, 1, makeNewFrom(all, name, header))
        .outgoing.split('\n')
        .slice(1, -2);
    };
    assert.deepEqual(from('From: Ann <ann@a.example>\nTo: x\n'), [
      'From: "Ann via friends" <friends@lists.example>',
      'Reply-To: Ann <ann@a.example>',
      'To: x',
    ]);
    assert.deepEqual(from('From: ann@a.example\nReply-To: office@a.example\n'), [
      'From: "Ann via friends" <friends@lists.example>',
      'Reply-To: office@a.example',
    ]);
    assert.deepEqual(from('From: ann@a.example\nReply-To: x@y\n', { repliesToList: true }), [
      'Reply-To: <friends@lists.example>',
      'From: "Ann via friends" <friends@lists.example>',
      'Cc: ann@a.example',
    ]);
    assert.match(from('From: x\n', {}, '"\\"><evil@x>')[0]!, /^From: "\\"\\"><evil@x> via friends" </);
    assert.match(
      from('From: x\n', {}, '\xc3\x84nn')[0]!,
      /^From: =\?utf-8\?B\?w4RubiB2aWEgZnJpZW5kcw==\?= </,
    );
    assert.match(from('From: x\n', {}, '')[0]!, /^From: "Somebody via friends"/);
  });
});

describe('the policy of an author', () => {
  test('is what our own check wrote on top of the letter, never what a stranger wrote', () => {
    const { results } = readPostHeader(come);
    assert.equal(policyInResults(results, 'a.example'), 'reject');
    assert.equal(policyInResults(results, 'b.example'), undefined);
    assert.equal(
      policyInResults(['m; dmarc=fail header.from=a.example policy.dmarc=quarantine'], 'a.example'),
      'quarantine',
    );
    assert.equal(policyInResults(['m; dmarc=pass header.from=a.example'], 'a.example'), 'none');
    assert.equal(policyInResults(['m; x="dmarc=fail policy.dmarc=reject"'], 'a.example'), undefined);
    const forged = come.replace(/Authentication-Results:[^\n]*\n[^\n]*\n/, '');
    const below = `${forged}Authentication-Results: mail.lists.example; dmarc=pass header.from=a.example\n`;
    assert.deepEqual(readPostHeader(below).results, []);
  });

  test('is that of its record, or of the one above it', () => {
    assert.equal(policyOfRecord('v=DMARC1; p=reject', true), 'reject');
    assert.equal(policyOfRecord('v=DMARC1; p=reject; sp=none', false), 'none');
    assert.equal(policyOfRecord('v=DMARC1;p=Quarantine', false), 'quarantine');
    assert.equal(policyOfRecord('v=spf1 -all', true), undefined);
    assert.deepEqual(recordNames('a.b.example'), ['a.b.example', 'b.example']);
    assert.equal(recordNames(`${'x.'.repeat(120)}example`).length, 7);
  });
});

const plain = {
  text: Buffer.from('-- \ntrailer\n'),
  charset: 'us-ascii',
  part: 'Content-Type: text/plain\n\n\n-- \ntrailer\n',
};

/** Writes a body in pieces of several sizes and looks that they do not matter. */
function pass(text: string, more: Partial<BodyRules> & { readonly type?: string } = {}) {
  const outcomes = [1, 7, 100_000].map((size) => {
    const body = openPostBody({
      contentType: readContentType(more.type ?? ''),
      encoding: more.encoding ?? '',
      parts: more.parts,
      trailer: more.trailer,
    });
    let outgoing = '';
    let archived = '';
    const bytes = Buffer.from(text, 'latin1');
    for (let at = 0; at <= bytes.length; at += size) {
      const piece = at < bytes.length ? body.write(bytes.subarray(at, at + size)) : body.end();
      outgoing += piece.outgoing.toString('latin1');
      archived += piece.archived.toString('latin1');
      if (at < bytes.length && at + size >= bytes.length) {
        const last = body.end();
        outgoing += last.outgoing.toString('latin1');
        archived += last.archived.toString('latin1');
        break;
      }
    }
    return { outgoing, archived, hasContent: body.hasContent };
  });
  assert.deepEqual(outcomes[0], outcomes[1]);
  assert.deepEqual(outcomes[1], outcomes[2]);
  return outcomes[0]!;
}

describe('the body of a post', () => {
  const multipart = (type: string, ...parts: readonly string[]): readonly [string, { type: string }] => [
    `preamble\n${parts.map((part) => `--b\n${part}`).join('')}--b--\nepilogue\n`,
    { type: ` multipart/${type}; boundary="b"` },
  ];
  const text = 'Content-Type: text/plain\n\nhello\n';
  const html = 'Content-Type: text/html;\n charset=x\n\n<p>\n';

  test('passes as it is without rules', () => {
    assert.deepEqual(pass('a\n\nb'), { outgoing: 'a\n\nb', archived: 'a\n\nb', hasContent: true });
    const [body, type] = multipart('mixed', text, html);
    assert.equal(pass(body, type).outgoing, body);
  });

  test('loses parts of unwanted types, or keeps only wanted ones; nothing left is told', () => {
    const types = new Set(['text/html']);
    const [body, type] = multipart('alternative', text, html, '\nno fields\n');
    const without = pass(body, { ...type, parts: { types, isKept: false } });
    assert.equal(without.outgoing, `--b\n${text}--b\n\nno fields\n--b--\nepilogue\n`);
    assert.equal(without.archived, without.outgoing);
    const only = pass(body, { ...type, parts: { types, isKept: true } });
    assert.equal(only.outgoing, `--b\n${html}--b\n\nno fields\n--b--\nepilogue\n`);
    const [page, pageType] = multipart('mixed', html);
    assert.equal(pass(page, { ...pageType, parts: { types, isKept: false } }).hasContent, false);
    assert.equal(
      pass('--b\nnot of parts', { parts: { types, isKept: false } }).outgoing,
      '--b\nnot of parts',
    );
  });

  test('with a boundary that another one begins with, or a line without end, is not mistaken', () => {
    const types = new Set(['text/html']);
    const inner = `Content-Type: multipart/alternative; boundary=bb\n\n--bb\n${html}--bb--\n`;
    const [body, type] = multipart('mixed', inner);
    assert.equal(
      pass(body, { ...type, parts: { types, isKept: false } }).outgoing,
      `--b\n${inner}--b--\nepilogue\n`,
    );
    const long = `--b\n\n${'x'.repeat(40_000)}--b\n--b--\n`;
    assert.equal(pass(long, { ...type, parts: { types, isKept: false } }).outgoing, long);
  });

  test('gets the trailer in the way that it is coded, and the archive does not', () => {
    assert.deepEqual(pass('hi\n', { trailer: plain }), {
      outgoing: 'hi\n\n-- \ntrailer\n\n',
      archived: 'hi\n',
      hasContent: true,
    });
    const coded = pass('hi=20\n', {
      trailer: plain,
      encoding: ' Quoted-Printable',
      type: 'text/plain',
    }).outgoing;
    assert.equal(coded, 'hi=20\n\n--=20\ntrailer\n\n');
    for (const length of [0, 1, 2, 3, 57, 58, 3000]) {
      const original = Buffer.alloc(length, 'x');
      const lines = original.toString('base64').replace(/.{1,76}/g, '$&\n');
      const { outgoing, archived } = pass(lines, { trailer: plain, encoding: 'base64', type: 'text/plain' });
      assert.equal(archived, lines);
      const decoded = Buffer.from(outgoing, 'base64').toString('latin1');
      assert.ok(decoded === `${original}\r\n-- \r\ntrailer\r\n`, String(length));
      assert.ok(!/=[^\n=]/.test(outgoing), 'no padding in the middle');
      assert.ok(outgoing.split('\n').every((line) => line.length <= 76));
    }
  });

  test('of parts gets it as a part of its own where parts stand side by side', () => {
    const [body, type] = multipart('mixed', text);
    assert.equal(
      pass(body, { ...type, trailer: plain }).outgoing,
      `preamble\n--b\n${text}\n--b\nContent-Type: text/plain\n\n\n-- \ntrailer\n--b--\nepilogue\n`,
    );
    for (const other of ['alternative', 'related', 'signed', 'encrypted']) {
      const [whole, otherType] = multipart(other, text);
      assert.equal(pass(whole, { ...otherType, trailer: plain }).outgoing, whole, other);
    }
  });

  test('that is no plain text, or in a charset that cannot carry it, gets none', () => {
    for (const type of ['text/html', 'image/png', 'application/pgp-encrypted', 'multipart/mixed'])
      assert.equal(pass('x\n', { type, trailer: plain }).outgoing, 'x\n', type);
    const utf8 = { ...plain, text: Buffer.from('Grüße\n'), charset: 'utf-8' };
    assert.equal(pass('x\n', { type: 'text/plain; charset=koi8-r', trailer: utf8 }).outgoing, 'x\n');
    assert.match(pass('x\n', { type: 'text/plain; charset="UTF-8"', trailer: utf8 }).outgoing, /Gr/);
  });

  test('is quoted in lines that pass everywhere', () => {
    const coded = quotePrintable(Buffer.from(`${'é='.repeat(60)} \n.`));
    assert.ok(coded.split('\n').every((line) => line.length <= 76 && /^[\x21-\x7e ]*$/.test(line)));
    assert.match(coded, /=20\n\.$/);
  });
});

describe('a bounce', () => {
  const key = Buffer.from('secretkey0123456');
  const now = 1_800_000_000;
  const of = (text: string) => readReturnAddress(text, key, now);

  test('says by its address whose it is', () => {
    assert.deepEqual(of('12-joe=x.example'), { kind: 'message', number: 12, member: 'joe@x.example' });
    assert.deepEqual(of('12-1a=b=x.example'), { kind: 'message', number: 12, member: '1a=b@x.example' });
    assert.deepEqual(of('12-'), { kind: 'unexpanded', number: 12 });
    assert.equal(of('').kind, 'trash');
    for (const text of ['x', 'g-12-', '-joe=x', 'receipt-1-2', '99999999999999999999-a=b'])
      assert.equal(of(text).kind, 'unknown', text);
  });

  test('in a virtual domain has the name of the domain before its member', () => {
    assert.deepEqual(possibleMembers('x.example-joe@x.example'), [
      'x.example-joe@x.example',
      'joe@x.example',
    ]);
    assert.deepEqual(possibleMembers('X.example-joe@x.Example').at(-1), 'joe@x.Example');
    for (const member of ['joe@x.example', 'x.example-@x.example', 'y.example-joe@x.example', 'joe', '@'])
      assert.deepEqual(possibleMembers(member), [member]);
  });

  test('of a warning or a last try counts with a cookie of ours, for five weeks', () => {
    const warning = (word: string, letter: string, time: number, member = 'joe@x.example') =>
      `${word}-${time}.${makeCookie(key, String(time), member, letter)}-joe=x.example`;
    assert.deepEqual(of(warning('warn', 'W', now - 100)), { kind: 'warning', member: 'joe@x.example' });
    assert.deepEqual(of(warning('probe', 'P', now - 3_000_000)), { kind: 'probe', member: 'joe@x.example' });
    for (const text of [
      warning('probe', 'P', now - 3_000_001),
      warning('probe', 'W', now),
      warning('warn', 'W', now, 'other@x.example'),
      'probe-1.aaaaaaaaaaaaaaaaaaaa-joe=x.example',
      'probe-junk',
    ])
      assert.equal(of(text).kind, 'trash', text);
  });

  test("of qmail for a whole message names its members; others' texts name nobody", () => {
    const text =
      'From: x\n\nHi. This is the qmail-send program at a.\nI tried.\n\n<joe@x.example>:\nno such user\n\n<ann@y.example>:\nfull\n\n--- Below this line\n\n<evil@x>:\n';
    assert.deepEqual(
      readQsbmf(text).map(({ member }) => member),
      ['joe@x.example', 'ann@y.example'],
    );
    assert.match(readQsbmf(text)[0]!.bounce, /no such user/);
    assert.deepEqual(readQsbmf('From: x\n\nWe are sorry\n\n<joe@x.example>:\n'), []);
    assert.deepEqual(readQsbmf(''), []);
  });
});

test("a moderator's comment stands between two lines of %%%, quoted or not", () => {
  const table: readonly (readonly [string, string | undefined])[] = [
    ['%%% Start comment\nnot here\n%%% End comment\n', 'not here\n'],
    ['hello\n> %%% Start\n> one\ntwo\r\n> %%% End\n', 'one\ntwo\n'],
    ['%%%\n%%%\n', undefined],
    ['%%%\nno end\n', undefined],
    ['I say %%% here\n', undefined],
    ['', undefined],
  ];
  for (const [body, comment] of table) assert.equal(findComment(body), comment, body);
});
