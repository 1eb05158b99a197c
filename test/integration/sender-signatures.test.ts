// DKIM, DMARC and ARC of strangers' letters against a real DNS server on loopback: the examples of RFC 6376 and 8463, letters
// signed here, policies of RFC 7489 and 9989, chains of RFC 8617.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { DnsZone } from '../support/dns.ts';
import {
  findingOf,
  makeKey,
  makeKeyRecord,
  namesOf,
  openSenderDoor,
  type SenderDoor,
  sealLetter,
  senderRules,
  signLetter,
  writeLetter,
} from '../support/senders.ts';

// RFC 6376 A.2 and C, RFC 8463 A.
const example = `From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
`;
const ed25519Signature = `DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
`;
const rsaSignature = `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
`;

const key = makeKey(1024);
const record = (more: string, p = key.record.join('').replace(/^.*p=/, '')): readonly string[] =>
  `v=DKIM1; ${more}p=${p}`.match(/.{1,255}/g) ?? [];

const zone: Record<string, DnsZone[string]> = {
  'brisbane._domainkey.football.example.com': {
    TXT: ['v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo='],
  },
  'test._domainkey.football.example.com': {
    TXT: [
      'v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB',
    ],
  },
  's._domainkey.a.example': { TXT: [key.record] },
  'list._domainkey.list.example': { TXT: [key.record] },
  '_dmarc.a.example': { TXT: ['v=DMARC1; p=reject; rua=mailto:r@a.example'] },
};

let door: SenderDoor;
before(async () => {
  door = await openSenderDoor(zone);
});
after(() => door.close());

describe('DKIM', () => {
  const dkim = async (letter: string): Promise<string> =>
    namesOf(await door.arrive(letter))
      .filter((name) => name.startsWith('dkim'))
      .join(' ');

  test('the examples of RFC 8463 hold, and no longer when a byte is other', async () => {
    const result = await door.arrive(ed25519Signature + rsaSignature + example);
    assert.deepEqual(namesOf(result).slice(1, 3), ['dkim=pass', 'dkim=pass']);
    assert.match(
      result.headers ?? '',
      /^\tdkim=pass \(1024 bits\) header\.d=football\.example\.com header\.s=test header\.a=rsa-sha256 header\.b=F45dVWDf;$/m,
    );
    assert.equal(
      await dkim(ed25519Signature + rsaSignature + example.replace('lost', 'won')),
      'dkim=fail dkim=fail',
    );
    assert.equal(await dkim(ed25519Signature + example.replace('ready', 'eaten')), 'dkim=fail');
    assert.equal(await dkim(example), 'dkim=none');
  });

  test('canonical forms, kinds of keys, several signatures, a body without a last line end', async () => {
    const ed = makeKey(0);
    zone['ed._domainkey.a.example'] = { TXT: [ed.record] };
    const letter = writeLetter('ann@a.example', 'One  two \n\n\tthree\n\n\n', 'X-Long: a\n  b\n');
    for (const canonicalization of ['simple/simple', 'simple/relaxed', 'relaxed/simple', 'relaxed/relaxed'])
      assert.equal(
        await dkim(await signLetter(letter, 'a.example', 's', key, { canonicalization })),
        'dkim=pass',
      );
    const twice = await signLetter(
      await signLetter(letter, 'a.example', 'ed', ed),
      'list.example',
      'list',
      key,
    );
    assert.equal(await dkim(twice), 'dkim=pass dkim=pass');
    assert.equal(
      await dkim(await signLetter(writeLetter('ann@a.example', 'no end'), 'a.example', 's', key)),
      'dkim=pass',
    );
    assert.equal(
      await dkim(await signLetter(writeLetter('ann@a.example', ''), 'a.example', 's', key)),
      'dkim=pass',
    );
  });

  test('a letter of many chunks is read once from its first byte to its last', async () => {
    const letter = writeLetter('ann@a.example', 'All work and no play.\n'.repeat(60_000));
    const signed = await signLetter(letter, 'a.example', 's', key);
    assert.equal(await dkim(signed), 'dkim=pass');
    assert.equal(await dkim(`${signed.slice(0, -2)}!\n`), 'dkim=fail');
  });

  test('keys that may not be believed, and what is said of them', async () => {
    const letter = writeLetter('ann@a.example');
    const short = makeKey(512);
    for (const [selector, entry, result] of [
      ['short', { TXT: [short.record] }, 'dkim=policy'],
      ['long', { TXT: [makeKeyRecord(4096 + 64)] }, 'dkim=neutral'],
      ['longest', { TXT: [makeKeyRecord(16_384)] }, 'dkim=neutral'],
      ['gone', { TXT: ['v=DKIM1; p='] }, 'dkim=neutral'],
      ['none', undefined, 'dkim=neutral'],
      ['other', { TXT: [record('k=rsa; s=chat; ')] }, 'dkim=neutral'],
      ['hash', { TXT: [record('h=sha1; ')] }, 'dkim=neutral'],
      ['text', { TXT: ['v=DKIM1; p=not a key'] }, 'dkim=neutral'],
      ['soft', { fault: 'SERVFAIL' }, 'dkim=temperror'],
    ] as const) {
      if (entry !== undefined) zone[`${selector}._domainkey.a.example`] = entry;
      const signer = selector === 'short' ? short : key;
      assert.equal(await dkim(await signLetter(letter, 'a.example', selector, signer)), result, selector);
    }
  });

  test('a signature over a part of the body vouches for nothing (l=)', async () => {
    const signed = await signLetter(writeLetter('ann@a.example', 'Hello.\n'), 'a.example', 's', key, {
      maxBodyLength: 8,
    });
    assert.equal(await dkim(signed), 'dkim=pass', 'nothing was added');
    const result = await door.arrive(`${signed}\nPay here\n`);
    assert.deepEqual(namesOf(result).slice(1), ['dkim=policy', 'dmarc=fail']);
    assert.match(result.headers ?? '', /dkim=policy \(signs only a part of the body\)/);
  });
});

describe('DMARC', () => {
  const arrive = async (from: string, more: { signed?: string; sender?: string } = {}) => {
    const letter = writeLetter(from);
    return door.arrive(more.signed === undefined ? letter : await signLetter(letter, more.signed, 's', key), {
      sender: more.sender ?? '',
    });
  };
  const dmarc = async (...given: Parameters<typeof arrive>) => {
    const finding = findingOf(await arrive(...given), 'dmarc');
    return `${finding.result} ${finding.measure ?? '-'}`;
  };

  test('passes by a signature or a sender of the author’s house, strictly or not', async () => {
    zone['mail.a.example'] = { TXT: ['v=spf1 ip4:192.0.2.1 -all'] };
    zone['other.example'] = { TXT: ['v=spf1 ip4:192.0.2.1 -all'] };
    zone['s._domainkey.sub.a.example'] = { TXT: [key.record] };
    zone['s._domainkey.other.example'] = { TXT: [key.record] };
    zone['_dmarc.s.example'] = { TXT: ['v=DMARC1; p=quarantine; adkim=s; aspf=s'] };
    zone['s._domainkey.s.example'] = { TXT: [key.record] };
    zone['s._domainkey.m.s.example'] = { TXT: [key.record] };
    zone['m.s.example'] = { TXT: ['v=spf1 ip4:192.0.2.1 -all'] };
    assert.equal(await dmarc('ann@a.example', { signed: 'a.example' }), 'pass -');
    assert.equal(await dmarc('ann@a.example', { signed: 'sub.a.example' }), 'pass -');
    assert.equal(await dmarc('ann@A.Example', { sender: 'bounce@mail.a.example' }), 'pass -');
    assert.equal(
      await dmarc('ann@a.example', { signed: 'other.example', sender: 'x@other.example' }),
      'fail reject',
    );
    assert.equal(await dmarc('ann@s.example', { signed: 's.example' }), 'pass -');
    assert.equal(await dmarc('ann@s.example', { signed: 'm.s.example' }), 'fail junk');
    assert.equal(await dmarc('ann@s.example', { sender: 'x@m.s.example' }), 'fail junk');
    assert.equal(await dmarc('ann@nothing.example'), 'none -');
  });

  test('takes p, sp or np of the house for names below it', async () => {
    zone['_dmarc.tree.example'] = { TXT: ['v=DMARC1; p=reject; sp=quarantine; np=none'] };
    zone['real.tree.example'] = { A: ['192.0.2.7'] };
    zone['_dmarc.test.example'] = { TXT: ['v=DMARC1; p=reject; t=y'] };
    assert.equal(await dmarc('a@tree.example'), 'fail reject');
    assert.equal(await dmarc('a@real.tree.example'), 'fail junk');
    assert.equal(await dmarc('a@made.up.tree.example'), 'fail -');
    assert.equal(await dmarc('a@test.example'), 'fail junk');
    const { published, headerFrom } = door.recorded.find((row) => row.headerFrom === 'made.up.tree.example')!;
    assert.deepEqual(
      [headerFrom, published.domain, published.p, published.sp, published.np],
      ['made.up.tree.example', 'tree.example', 'reject', 'quarantine', 'none'],
    );
  });

  test('records that are wrong or several count as none; a DNS that does not answer costs nothing', async () => {
    zone['_dmarc.two.example'] = { TXT: ['v=DMARC1; p=reject', 'v=DMARC1; p=none'] };
    zone['_dmarc.bad.example'] = { TXT: ['v=DMARC1; p=sometimes'] };
    zone['_dmarc.soft.example'] = { fault: 'SERVFAIL' };
    assert.equal(await dmarc('a@two.example'), 'none -');
    assert.equal(await dmarc('a@bad.example'), 'none -');
    const soft = findingOf(await arrive('a@soft.example'), 'dmarc');
    assert.deepEqual([soft.result, soft.score, soft.measure], ['temperror', 0, undefined]);
  });

  test('no author, several, or more than one From field: no way around a policy', async () => {
    const second = (more: string) => writeLetter('ann@free.example').replace('\nTo:', `\n${more}\nTo:`);
    for (const [letter, result] of [
      [writeLetter('ann@free.example').replace(/^From: .*\n/, ''), 'permerror -'],
      [writeLetter('nobody'), 'permerror -'],
      [writeLetter('ann@free.example, bob@free.example'), 'none -'],
      [writeLetter('ann@free.example, bob@a.example'), 'fail reject'],
      [second('From: bob@a.example'), 'fail reject'],
      [second('FROM : bob@a.example'), 'fail reject'],
      [second('From: bob@free2.example'), 'permerror -'],
      [writeLetter(Array.from({ length: 500 }, (_, each) => `a@d${each}.example`).join(', ')), 'permerror -'],
      [writeLetter('"ann@a.example" <x@free.example>'), 'none -'],
      [writeLetter('<@free.example:ann@a.example>'), 'fail reject'],
    ] as const) {
      const { result: found, measure } = findingOf(await door.arrive(letter), 'dmarc');
      assert.equal(`${found} ${measure ?? '-'}`, result, letter.slice(0, 100));
    }
    const asked = door.dns.queries.filter(({ name }) => /^_dmarc\.d\d+\.example$/.test(name));
    assert.equal(asked.length, 0);
  });

  test('names in other scripts are compared as A-labels', async () => {
    zone['_dmarc.xn--bcher-kva.example'] = { TXT: ['v=DMARC1; p=reject'] };
    zone['s._domainkey.xn--bcher-kva.example'] = { TXT: [key.record] };
    assert.equal(await dmarc('ann@bücher.example'), 'fail reject');
    assert.equal(await dmarc('ann@bücher.example', { signed: 'xn--bcher-kva.example' }), 'pass -');
  });

  test('what is recorded for reports is told once a letter', async () => {
    const before = door.recorded.length;
    await arrive('ann@a.example', { signed: 'a.example', sender: 'bounce@mail.a.example' });
    await arrive('ann@nothing.example');
    assert.equal(door.recorded.length, before + 1);
    const { dkimAligned, spfAligned, envelopeFrom, published, time } = door.recorded.at(-1)!;
    assert.deepEqual(
      [dkimAligned, spfAligned, envelopeFrom, published.rua, time],
      [true, true, 'mail.a.example', ['mailto:r@a.example'], 1_795_435_200],
    );
  });
});

describe('ARC', () => {
  before(() => {
    door.rules = { ...senderRules, arctrusted: new Set(['list.example']) };
  });
  const pass = 'mx.list.example; dkim=pass header.d=a.example; dmarc=pass header.from=a.example';
  const summary = async (letter: string) => {
    const result = await door.arrive(letter);
    const { measure } = findingOf(result, 'dmarc');
    return [...namesOf(result).filter((name) => /^(arc|dmarc)=/.test(name)), measure ?? '-'].join(' ');
  };
  /** What a list does: a footer breaks the author's signature. */
  const listed = async () =>
    `${await signLetter(writeLetter('ann@a.example'), 'a.example', 's', key)}-- \nThe list\n`;

  test('a DMARC failure is softened by a chain that a trusted domain sealed', async () => {
    const letter = await listed();
    assert.equal(await summary(letter), 'dmarc=fail reject');
    const sealed = await sealLetter(letter, 'list.example', 'list', key, 'none', pass);
    assert.equal(await summary(sealed), 'arc=pass dmarc=fail -');
    const { headers = '' } = await door.arrive(sealed);
    assert.match(headers, /^\tarc=pass \(i=1 d=list\.example\)$/m);
    assert.match(headers, / policy\.override=trusted/);
    assert.equal(door.recorded.at(-1)?.reasons[0]?.type, 'trusted_forwarder');
  });

  test('not by others, not where it failed before, not after a change', async () => {
    zone['list._domainkey.evil.example'] = { TXT: [key.record] };
    const letter = await listed();
    const evil = await sealLetter(letter, 'evil.example', 'list', key, 'none', pass);
    assert.equal(await summary(evil), 'arc=pass dmarc=fail reject');
    const failed = await sealLetter(
      letter,
      'list.example',
      'list',
      key,
      'none',
      pass.replace('dmarc=pass', 'dmarc=fail'),
    );
    assert.equal(await summary(failed), 'arc=pass dmarc=fail reject');
    const changed = (await sealLetter(letter, 'list.example', 'list', key, 'none', pass)).replace(
      'The list',
      'The liar',
    );
    assert.equal(await summary(changed), 'arc=fail dmarc=fail reject');
    assert.equal(
      await summary(
        await sealLetter(evil, 'list.example', 'list', key, 'pass', 'mx.list.example; arc=pass; dmarc=fail'),
      ),
      'arc=pass dmarc=fail reject',
      'the one who says that it passed is not trusted',
    );
  });

  test('a chain of two whose sealers are both trusted holds; a gap or a double does not', async () => {
    zone['list._domainkey.hop.example'] = { TXT: [key.record] };
    door.rules = { ...door.rules, arctrusted: new Set(['list.example', 'hop.example']) };
    const first = await sealLetter(await listed(), 'list.example', 'list', key, 'none', pass);
    const second = await sealLetter(
      first,
      'hop.example',
      'list',
      key,
      'pass',
      'mx.hop.example; arc=pass; dmarc=fail',
    );
    assert.equal(await summary(second), 'arc=pass dmarc=fail -');
    assert.equal(
      await summary(second.replace(/^ARC-Seal: i=1.*\n(?:[ \t].*\n)*/m, '')),
      'arc=fail dmarc=fail reject',
    );
    assert.equal(await summary(second.replaceAll('i=2;', 'i=3;')), 'arc=fail dmarc=fail reject');
  });
});
