// The header of a message: what our own system wrote is believed and nothing else; how a mailing is left; warnings.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readResults, readTrace } from '../../server/web/message/trace.ts';
import { readUnsubscribe } from '../../server/web/message/unsubscribe.ts';
import { senderWarnings } from '../../server/web/message/warnings.ts';
import { english } from '../../server/web/words/words.ts';

const me = 'mail.ours.example';
const date = '1 Jan 2026 00:00:00 -0000';
const field = (name: string, value: string) => ({ name, value });
const queue = field('Received', `(qmail 4711 invoked from network); ${date}`);
const door = (protocol: string) =>
  field('Received', `from mx.b.example (HELO b) (192.0.2.1)  by mail.ours.example with ${protocol}; ${date}`);
const signed = field('Authentication-Results', `${me}; dkim=pass (2048 bits) header.d=b.example; dmarc=pass`);
const trace = (...fields: { name: string; value: string }[]) => readTrace(fields, me, 'news.b.example');

describe('what our own system wrote', () => {
  test('the door’s line says who handed the message over, and whether that was encrypted', () => {
    for (const [protocol, isEncrypted] of [
      ['ESMTPS', true],
      ['UTF8SMTPSA', true],
      ['SMTPS', true],
      ['ESMTP', false],
      ['SMTP', false],
      ['UTF8SMTP', false],
      ['ESMTPA', false],
      ['QMTP', false],
    ] as const)
      assert.deepEqual(trace(queue, door(protocol)).hop, { host: 'mx.b.example', isEncrypted }, protocol);
    const unknown = field('Received', `from unknown (joe@192.0.2.1) by x with SMTP; ${date}`);
    assert.equal(trace(queue, unknown).hop?.host, '192.0.2.1');
  });

  test('lines of a forward stand above; whatever else stands there ends the trust', () => {
    const alias = field('Received', `(qmail 4712 invoked by alias); ${date}`);
    const user = field('Received', `(qmail 4712 invoked by uid 1000); ${date}`);
    assert.ok(trace(alias, field('Delivered-To', 'x'), queue, field('X-Scanned', 'y'), door('ESMTP')).hop);
    assert.equal(trace(user, queue, door('ESMTPS')).hop, undefined);
    assert.equal(trace(door('ESMTPS')).hop, undefined);
    assert.equal(trace(field('Received', 'from a by b with SMTP; x'), queue, door('ESMTPS')).hop, undefined);
    assert.equal(trace(queue, queue, door('ESMTPS')).hop, undefined);
  });

  test('a check is believed above the door’s line and under our name only (V2)', () => {
    assert.deepEqual(trace(queue, signed, door('ESMTPS')).check, {
      signedBy: 'b.example',
      comesFrom: '',
      failsDmarc: false,
    });
    assert.equal(trace(queue, door('ESMTPS'), signed).check, undefined, 'the sender’s own word');
    assert.equal(trace(signed).check, undefined, 'written by a local user');
    const other = field(
      'Authentication-Results',
      'mail.ours.example.evil.example; dkim=pass header.d=b.example',
    );
    assert.equal(trace(queue, other, door('ESMTPS')).check, undefined);
  });

  test('a signature counts for the domain of the sender, not for any', () => {
    const by = (value: string, domain = 'news.b.example') => readResults(`${me}; ${value}`, domain).signedBy;
    assert.equal(by('dkim=pass header.d=b.example'), 'b.example');
    assert.equal(by('dkim=pass header.i=@news.b.example'), 'news.b.example');
    assert.equal(by('dkim=pass header.d=evil.example'), '');
    assert.equal(by('dkim=pass header.d=example'), '');
    assert.equal(by('dkim=fail header.d=b.example'), '');
    assert.equal(by('(dkim=pass header.d=b.example) spf=pass'), '');
    assert.equal(
      by('dkim=fail; dkim=pass header.d=mailer.example; dkim=pass header.d=b.example'),
      'b.example',
    );
    assert.equal(by('dkim=pass header.d=k1.b.example', 'b.example'), 'k1.b.example');
  });

  test('a sender who vouches without a signature is named, others are not', () => {
    const from = (value: string, domain = 'b.example') => readResults(`${me}; ${value}`, domain).comesFrom;
    assert.equal(from('spf=pass smtp.mailfrom=b.example; dmarc=none'), 'b.example');
    assert.equal(from('spf=pass smtp.mailfrom=bounce.b.example'), 'bounce.b.example');
    assert.equal(from('spf=pass smtp.mailfrom=a.example; dmarc=pass header.from=b.example'), 'b.example');
    assert.equal(from('spf=pass smtp.mailfrom=evil.example; dmarc=fail header.from=b.example'), '');
    assert.equal(from('spf=fail smtp.mailfrom=b.example'), '');
    assert.equal(from('spf=pass smtp.helo=b.example'), '');
    assert.equal(from('dmarc=pass header.from=evil.example'), '');
    assert.equal(
      from('dmarc=pass header.from=xn--bcher-kva.example', 'bücher.example'),
      'xn--bcher-kva.example',
    );
  });

  test('a failure is warned of where the domain asks for more than watching and no trusted forwarder excuses it', () => {
    const fails = (value: string) => readResults(`${me}; ${value}`, 'b.example').failsDmarc;
    assert.equal(fails('dmarc=fail (p=reject) header.from=b.example'), true);
    assert.equal(fails('dmarc=fail (p=reject) header.from=b.example policy.dmarc=reject'), true);
    assert.equal(fails('dmarc=fail (p=none) header.from=b.example policy.dmarc=none'), false);
    assert.equal(
      fails('dmarc=fail header.from=b.example policy.dmarc=reject policy.override=trusted'),
      false,
    );
    assert.equal(fails('dmarc=permerror'), false);
  });

  test('a field of a megabyte is read in a moment', () => {
    for (const text of ['(', ';', 'dkim=pass ', '=', ' ', 'header.d=a.'])
      for (const name of ['Received', 'Authentication-Results', 'List-Unsubscribe']) {
        const value = text.repeat(1_000_000 / text.length);
        const begun = performance.now();
        trace(queue, field(name, value), door('ESMTP'));
        readUnsubscribe([field(name, value)]);
        assert.ok(performance.now() - begun < 500, `${name} ${text}`);
      }
  });
});

describe('leaving a mailing', () => {
  const read = (list: string, post = '') =>
    readUnsubscribe([field('List-Unsubscribe', list), field('List-Unsubscribe-Post', post)]);
  const oneClick = 'List-Unsubscribe=One-Click';

  test('one click where it is offered over https, else a letter, else a page', () => {
    const both = '<mailto:leave@b.example?subject=leave%20me>, <https://b.example/u?x=1>';
    assert.deepEqual(read(both, oneClick), {
      kind: 'post',
      url: 'https://b.example/u?x=1',
      host: 'b.example',
    });
    assert.deepEqual(read(both), {
      kind: 'letter',
      to: 'leave@b.example',
      subject: 'leave me',
      body: 'unsubscribe',
    });
    assert.equal(read('<http://b.example/u>', oneClick)?.kind, 'page');
    assert.equal(read('<https://b.example/u>', 'yes')?.kind, 'page');
  });

  test('what is no way is none', () => {
    for (const list of [
      '',
      'https://b.example/u',
      '<javascript:alert(1)>',
      '<https://user:pass@b.example/>',
      '<ftp://b.example/>',
      '<mailto:a@b.example,c@d.example>',
      '<mailto:a@b.example%0d%0aBcc:c@d.example>',
      '<mailto:%ff>',
      '<https://>',
    ])
      assert.equal(read(list, oneClick), undefined, list);
  });

  test('of a letter only subject and text count', () => {
    const letter = read('<mailto:a@b.example?cc=x@y.example&bcc=x@y.example&body=go+away&Subject=1+1>');
    assert.deepEqual(letter, { kind: 'letter', to: 'a@b.example', subject: '1+1', body: 'go+away' });
  });
});

describe('warnings about a sender (V3)', () => {
  const person = { name: 'Alice Example', address: 'alice@evil.example' };
  const warn = (
    from: typeof person,
    reader: Partial<Parameters<typeof senderWarnings>[2]> = {},
    replyTo = '',
  ) =>
    senderWarnings(
      { from: [from], replyTo: replyTo === '' ? [] : [{ name: '', address: replyTo }], listPost: '' },
      english.t,
      { isKnown: false, ownName: 'Alice Example', isOwnAddress: false, ...reader },
    );

  test('one’s own name from elsewhere, in any order and case', () => {
    assert.match(warn(person)[0] ?? '', /own name.*alice@evil\.example/);
    assert.match(warn({ ...person, name: 'EXAMPLE, Alice' })[0] ?? '', /own name/);
    assert.deepEqual(warn(person, { isOwnAddress: true }), []);
    assert.deepEqual(warn(person, { isKnown: true }), []);
    assert.deepEqual(
      warn({ ...person, name: 'Alice' }, { ownName: 'Alice' }),
      [],
      'one word is many people’s',
    );
  });

  test('who is new and wants answers elsewhere is named as new', () => {
    const bob = { name: 'Bob', address: 'bob@b.example' };
    assert.match(warn(bob, {}, 'x@evil.example')[0] ?? '', /not written to bob@b\.example.*x@evil\.example/);
    assert.match(warn(bob, { isKnown: true }, 'x@evil.example')[0] ?? '', /^Answers to this message go/);
    assert.deepEqual(warn(bob, {}, 'x@mail.b.example'), []);
  });
});
