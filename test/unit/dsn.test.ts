// Wishes about notifications as ESMTP parameters (RFC 3461), and the file that keeps them beside the queue.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fieldsOf, readOutcome, readRequest } from '../../mta/calls/delivery-calls.ts';
import {
  decodeXtext,
  encodeXtext,
  isPlainOrcpt,
  parseEnvid,
  parseNotify,
  parseOrcpt,
  readWishes,
  showOrcpt,
  wants,
  writeMailWishes,
  writeRcptWishes,
} from '../../mta/formats/dsn.ts';
import { forwardWishes } from '../../mta/local/forward-wishes.ts';
import { decodeDsn, encodeDsn, encodeNote } from '../../mta/queue/dsn-file.ts';
import { createWishes } from '../../mta/send/wishes.ts';
import { readRcptParameters } from '../../mta/smtpd/parameters.ts';
import { parsePath } from '../../mta/smtpd/path.ts';
import { replies } from '../../mta/smtpd/reply.ts';
import { testSettings } from '../support/smtp.ts';

describe('xtext', () => {
  it('gives printable ASCII back, and nothing else is xtext', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => {
        assert.equal(decodeXtext(encodeXtext(text)), text);
        assert.match(encodeXtext(text), /^[!-*,-<>-~+]*$/);
      }),
    );
    assert.equal(decodeXtext('a+2Bb+3Dc'), 'a+b=c');
    for (const bad of ['a b', 'a=b', 'a+', 'a+2', 'a+2b', 'a+0A', 'a+00', 'a+7F', 'a+80', 'é', 'a\n'])
      assert.equal(decodeXtext(bad), undefined, JSON.stringify(bad));
  });
});

describe('the parameters of RFC 3461', () => {
  it('NOTIFY is NEVER alone or a list of the others', () => {
    assert.deepEqual(parseNotify('never'), ['NEVER']);
    assert.deepEqual(parseNotify('Delay,SUCCESS'), ['SUCCESS', 'DELAY']);
    for (const bad of ['', 'NEVER,NEVER', 'NEVER,DELAY', 'SUCCESS,', ',DELAY', 'SOMETIMES', 'SUCCESS DELAY'])
      assert.equal(parseNotify(bad), undefined, bad);
  });

  it('ENVID has 1 to 100 characters, ORCPT a type and up to 500', () => {
    assert.equal(parseEnvid('a'.repeat(100))?.length, 100);
    for (const bad of ['', 'a'.repeat(101), 'a b', '+0A']) assert.equal(parseEnvid(bad), undefined, bad);
    assert.equal(parseOrcpt('rfc822;Joe+2Bx@far.test'), 'rfc822;Joe+2Bx@far.test');
    assert.equal(parseOrcpt('x400;/c=us/'.replace('=', '+3D')), 'x400;/c+3Dus/');
    assert.equal(parseOrcpt(`rfc822;${'a'.repeat(493)}`)?.length, 500);
    const bad = [
      '',
      'rfc822',
      'rfc822;',
      ';a@b',
      'rfc 822;a',
      'rfc822;a b',
      'rfc822;a+0Ab',
      'rfc822;é@far.test',
    ];
    for (const value of [...bad, `rfc822;${'a'.repeat(494)}`])
      assert.equal(parseOrcpt(value), undefined, value);
  });

  it('an ORCPT of type utf-8 is kept in ASCII (RFC 6533)', () => {
    assert.equal(parseOrcpt('utf-8;jürgen@far.test'), 'utf-8;j\\x{FC}rgen@far.test');
    assert.equal(parseOrcpt('utf-8;j\\x{FC}rgen@far.test'), 'utf-8;j\\x{FC}rgen@far.test');
    assert.equal(showOrcpt('UTF-8;a+2Bb@far.test'), 'utf-8; a+b@far.test');
  });

  it('RCPT takes them when they are offered, and only those', () => {
    const read = (parameters: string, mayNotify = true, utf8 = false) =>
      readRcptParameters(parsePath(`TO:<u@our.test>${parameters}`, 'TO')!, utf8, mayNotify);
    assert.equal(read(''), undefined);
    assert.deepEqual(read(' NOTIFY=SUCCESS orcpt=rfc822;x@y.test'), {
      notify: ['SUCCESS'],
      orcpt: 'rfc822;x@y.test',
    });
    // Postfix says it of every recipient; it is no wish.
    assert.equal(read(' ORCPT=rfc822;u@OUR.test'), undefined);
    assert.deepEqual(read(' ORCPT=rfc822;U@our.test'), { notify: undefined, orcpt: 'rfc822;U@our.test' });
    for (const bad of [' NOTIFY=NEVER,SUCCESS', ' ORCPT=u@our.test', ' ORCPT=utf-8;ü@our.test'])
      assert.equal(read(bad), replies.badParameter, bad);
    assert.deepEqual(read(' ORCPT=utf-8;ü@our.test', true, true), {
      notify: undefined,
      orcpt: 'utf-8;\\x{FC}@our.test',
    });
    for (const other of [' RET=FULL', ' SIZE=5', ' XDSN=1'])
      assert.equal(read(other), replies.unknownParameter, other);
    assert.equal(read(' NOTIFY=NEVER', false), replies.unknownParameter);
  });

  it('are read back as they are written', () => {
    const wishes = {
      ret: 'HDRS',
      envid: 'QQ+2B1',
      notify: ['SUCCESS', 'DELAY'],
      orcpt: 'rfc822;a@b.test',
    } as const;
    assert.deepEqual(readWishes(`${writeMailWishes(wishes)} ${writeRcptWishes(wishes)}`), wishes);
    assert.equal(writeMailWishes({}) + writeRcptWishes(undefined), '');
    for (const bad of ['RET=NONE', 'X=1', 'NOTIFY=NEVER NOTIFY', 'ENVID=a\rb', ' '])
      assert.equal(readWishes(bad), undefined, bad);
    assert.equal(isPlainOrcpt('rfc822;a+40b.test', 'a@b.test'), true);
    assert.deepEqual(
      (['SUCCESS', 'FAILURE', 'DELAY'] as const).map((event) => wants(undefined, event)),
      [false, true, false],
    );
  });
});

describe('the file dsn/ID', () => {
  const identity = { size: 100n, mtime: 1_795_336_200_123_456_789n };
  const request = {
    ret: 'HDRS',
    envid: 'e1',
    recipients: [undefined, { notify: ['SUCCESS'] }, { orcpt: 'rfc822;o@x.test' }],
  } as const;
  const bytes = encodeDsn(identity, ['a@x.test', 'b\n@x.test', 'c@x.test'], request);

  it('gives wishes and notes back', () => {
    const notes = [
      { served: { address: 'b', action: 'delivered' } },
      { delayed: ['c'] },
      { told: 1 },
      { served: { address: 'd', action: 'relayed', orcpt: 'rfc822;d@x.test' } },
    ] as const;
    const stored = decodeDsn(Buffer.concat([bytes, ...notes.map(encodeNote)]), identity);
    assert.ok(typeof stored !== 'string');
    assert.deepEqual(
      [...stored.recipients],
      [
        ['b\n@x.test', { notify: ['SUCCESS'] }],
        ['c@x.test', { orcpt: 'rfc822;o@x.test' }],
      ],
    );
    assert.deepEqual([stored.ret, stored.envid, stored.told], ['HDRS', 'e1', 1]);
    assert.deepEqual([stored.served.length, [...stored.delayed]], [2, ['c']]);
  });

  it('is torn wherever its first line is cut, and another’s when size or time differ', () => {
    for (let cut = 0; cut < bytes.length - 1; cut++)
      assert.equal(decodeDsn(bytes.subarray(0, cut), identity), 'torn', String(cut));
    for (const [size, mtime] of [
      [101n, identity.mtime],
      [100n, identity.mtime + 4_000_000n],
      [100n, identity.mtime - 4_000_000n],
    ] as const)
      assert.equal(decodeDsn(bytes, { size, mtime }), 'foreign');
    // queue-repair sets times with a double's precision.
    assert.ok(typeof decodeDsn(bytes, { size: 100n, mtime: identity.mtime - 500n }) !== 'string');
  });

  it('a note that a crash cut spoils neither what is before it nor what comes after', () => {
    const first = encodeNote({ told: 1 });
    const second = encodeNote({ delayed: ['c'] });
    for (let cut = 0; cut < second.length - 1; cut++) {
      const file = Buffer.concat([bytes, first, second.subarray(0, cut), encodeNote({ told: 2 })]);
      const stored = decodeDsn(file, identity);
      assert.ok(typeof stored !== 'string');
      assert.deepEqual([stored.told, stored.delayed.size], [2, 0], String(cut));
    }
  });
});

describe('wishes in a channel file', () => {
  it('are found under the rewritten address, also when the rules have changed since', () => {
    const stored = {
      ret: undefined,
      envid: 'e',
      recipients: new Map([
        ['u@virt.test', { notify: ['NEVER'] as const }],
        ['v', { notify: ['DELAY'] as const }],
      ]),
      served: [],
      told: 0,
      delayed: new Set<string>(),
    };
    const settings = { ...testSettings, virtualdomains: new Map([['virt.test', 'joe-x']]) };
    for (const rules of [settings, { ...settings, virtualdomains: new Map<string, string>() }]) {
      const wishes = createWishes(stored, rules);
      assert.deepEqual(wishes.of('joe-x-u@virt.test'), { notify: ['NEVER'] });
      assert.deepEqual(wishes.of('v@our.test'), { notify: ['DELAY'] });
      assert.equal(wishes.of('w@our.test'), undefined);
      assert.deepEqual(wishes.forDelivery('w@our.test'), { ret: undefined, envid: 'e' });
    }
  });
});

describe('a forward (RFC 3461 5.2.7)', () => {
  const wishes = {
    ret: 'HDRS',
    envid: 'e',
    notify: ['SUCCESS', 'FAILURE'],
    orcpt: 'rfc822;o@x.test',
  } as const;
  const facts = { recipients: ['a@x.test'], isOnly: true, hasNewSender: false };

  it('of an alias with one address takes everything with it', () => {
    const { notify, orcpt, ...message } = wishes;
    assert.deepEqual(forwardWishes(wishes, facts), {
      dsn: { ...message, recipients: [{ notify, orcpt }] },
      fate: 'passed on',
    });
  });

  it('to several, or beside a mailbox, takes all but SUCCESS', () => {
    const two = forwardWishes(wishes, { ...facts, recipients: ['a@x.test', 'b@x.test'] });
    assert.deepEqual(
      two.dsn?.recipients.map((one) => one?.notify),
      [['FAILURE'], ['FAILURE']],
    );
    assert.equal(two.fate, 'expanded');
    const beside = forwardWishes({ notify: ['SUCCESS'] }, { ...facts, isOnly: false });
    assert.deepEqual([beside.dsn?.recipients[0]?.notify, beside.fate], [['NEVER'], undefined]);
    assert.deepEqual(
      forwardWishes({ notify: ['NEVER'] }, { ...facts, isOnly: false }).dsn?.recipients[0]?.notify,
      ['NEVER'],
    );
  });

  it('of a list takes nothing', () => {
    assert.deepEqual(forwardWishes(wishes, { ...facts, hasNewSender: true }), {
      dsn: undefined,
      fate: undefined,
    });
  });
});

describe('between the roles', () => {
  it('the wishes go with the order and the fate comes with the answer', () => {
    const dsn = { ret: 'HDRS', envid: 'e', notify: ['SUCCESS'], orcpt: 'rfc822;o@x.test' } as const;
    const order = { id: '1', path: '/q/1', size: 3, sender: 's@x.test', recipient: 'r@x.test', dsn };
    const fields = JSON.parse(JSON.stringify(fieldsOf(order)));
    assert.deepEqual(readRequest(fields, Buffer.alloc(0))?.dsn, dsn);
    for (const fate of ['passed on', 'relayed', 'expanded'] as const)
      assert.deepEqual(readOutcome({ code: 'K', text: 'ok', fate }), { code: 'K', text: 'ok', fate });
    assert.deepEqual(readOutcome({ code: 'K', text: 'ok', fate: 'eaten' }), { code: 'K', text: 'ok' });
  });
});
