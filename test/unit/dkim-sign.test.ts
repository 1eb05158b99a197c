// DKIM signing: canonical forms by table, the vectors of RFC 6376 and 8463, which fields are signed, who is vouched for;
// whole letters are checked by another implementation (mailauth).
import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { createBodyEncoder } from '../../mta/remote/encode.ts';
import { createBodyHash, relaxField, splitHeader } from '../../mta/trust/canonical.ts';
import { recordText } from '../../mta/trust/dkim-record.ts';
import { chooseSignedHeader, makeSignature, type SigningKey, signText } from '../../mta/trust/dkim-sign.ts';
import { createLetterSigner, findAuthorDomain } from '../../mta/trust/letter-signer.ts';
import { mayVouch, readOrigin, resultOf } from '../../mta/trust/origin.ts';

const hashOf = (body: string, cuts: readonly number[] = []): string => {
  const hash = createBodyHash();
  const bytes = Buffer.from(body, 'latin1');
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    hash.update(bytes.subarray(from, cut));
    from = cut;
  }
  return hash.digest();
};
const plainHash = async (text: string): Promise<string> => {
  const { createHash } = await import('node:crypto');
  return createHash('sha256').update(text, 'latin1').digest('base64');
};

/** RFC 8463 A.2, with LF. */
const DINNER = `From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
`;
const DINNER_RSA = `-----BEGIN RSA PRIVATE KEY-----
MIICXQIBAAKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQi
Y/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqM
KrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB
AoGAH0cxOhFZDgzXWhDhnAJDw5s4roOXN4OhjiXa8W7Y3rhX3FJqmJSPuC8N9vQm
6SVbaLAE4SG5mLMueHlh4KXffEpuLEiNp9Ss3O4YfLiQpbRqE7Tm5SxKjvvQoZZe
zHorimOaChRL2it47iuWxzxSiRMv4c+j70GiWdxXnxe4UoECQQDzJB/0U58W7RZy
6enGVj2kWF732CoWFZWzi1FicudrBFoy63QwcowpoCazKtvZGMNlPWnC7x/6o8Gc
uSe0ga2xAkEA8C7PipPm1/1fTRQvj1o/dDmZp243044ZNyxjg+/OPN0oWCbXIGxy
WvmZbXriOWoSALJTjExEgraHEgnXssuk7QJBALl5ICsYMu6hMxO73gnfNayNgPxd
WFV6Z7ULnKyV7HSVYF0hgYOHjeYe9gaMtiJYoo0zGN+L3AAtNP9huqkWlzECQE1a
licIeVlo1e+qJ6Mgqr0Q7Aa7falZ448ccbSFYEPD6oFxiOl9Y9se9iYHZKKfIcst
o7DUw1/hz2Ck4N5JrgUCQQCyKveNvjzkkd8HjYs0SwM0fPjK16//5qDZ2UiDGnOe
uEzxBDAr518Z8VFbR41in3W4Y3yCDgQlLlcETrS+zYcL
-----END RSA PRIVATE KEY-----
`;
/** RFC 8410: what stands before the 32 bytes of an Ed25519 key in PKCS#8. */
const ed25519Key = (seed: string) =>
  createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.from(seed, 'base64')]),
    format: 'der',
    type: 'pkcs8',
  });

describe('the relaxed canonical form', () => {
  test('of header fields is that of RFC 6376 3.4.5', () => {
    const [a, b] = splitHeader(Buffer.from('A: X\nB : Y\t\n\tZ  \n'));
    assert.equal(relaxField(a!), 'a:X');
    assert.equal(relaxField(b!), 'b:Y Z');
  });

  test('leaves bytes outside ASCII, and blanks that are none in DKIM, as they are', () => {
    const [field] = splitHeader(Buffer.from('Subject:\xe4\xa0\x0b  \x0c b \n', 'latin1'));
    assert.equal(relaxField(field!), 'subject:\xe4\xa0\x0b \x0c b');
  });

  test('knows where fields begin and where the header ends', () => {
    const table: readonly (readonly [string, readonly string[]])[] = [
      ['From: a\nTo: b\n\nCc: c\n', ['from', 'to']],
      ['From a b\n c\nTo: b', ['to']],
      ['\nFrom: a\n', []],
      ['A:1\n \n\t2\nB:3\n', ['a', 'b']],
      ['nonsense\n folded\nX-Y : 1\n', ['x-y']],
    ];
    for (const [text, names] of table)
      assert.deepEqual(
        splitHeader(Buffer.from(text)).map(({ name }) => name),
        names,
        JSON.stringify(text),
      );
  });

  test('of bodies, whatever their pieces', async () => {
    const table: readonly (readonly [body: string, canonical: string])[] = [
      [' C \nD \t E\n\n\n', ' C\r\nD E\r\n'],
      ['', ''],
      ['\n', ''],
      ['\n\n\n', ''],
      [' \t\n  \n', ''],
      ['a', 'a\r\n'],
      ['a \t ', 'a\r\n'],
      ['a\n\n\nb\n', 'a\r\n\r\n\r\nb\r\n'],
      ['\n\na', '\r\n\r\na\r\n'],
      ['  a  b\n \n c', ' a b\r\n\r\n c\r\n'],
      ['\xe4\x00\xff\n', '\xe4\x00\xff\r\n'],
    ];
    for (const [body, canonical] of table) {
      const expected = await plainHash(canonical);
      assert.equal(hashOf(body), expected, JSON.stringify(body));
      for (let cut = 1; cut < body.length; cut++)
        assert.equal(hashOf(body, [cut]), expected, `${JSON.stringify(body)} cut at ${cut}`);
      assert.equal(hashOf(body, [...body].map((_, at) => at).slice(1)), expected);
    }
    assert.equal(hashOf(''), '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=', 'RFC 6376 3.4.4');
  });

  test('counts many empty lines between two lines, in pieces of any size', async () => {
    const empty = '\n'.repeat(20_001);
    const expected = await plainHash(`a\r\n${'\r\n'.repeat(20_000)}b\r\n`);
    assert.equal(hashOf(`a${empty}b`), expected);
    assert.equal(hashOf(`a${empty}b`, [3, 20_000]), expected);
    assert.equal(hashOf(`a${empty}b`, [20_002]), expected);
  });
});

describe('signatures', () => {
  const fields = splitHeader(Buffer.from(DINNER));
  const signedText = (start: string): string =>
    ['from', 'to', 'subject', 'date', 'message-id']
      .map((name) => `${relaxField(fields.find((each) => each.name === name)!)}\r\n`)
      .join('') + relaxField({ name: 'dkim-signature', text: `DKIM-Signature:${start}` });
  const tags = (algorithm: string, selector: string): string =>
    ` v=1; a=${algorithm}; c=relaxed/relaxed;\n d=football.example.com; i=@football.example.com;\n q=dns/txt;` +
    ` s=${selector}; t=1528637909; h=from : to :\n subject : date : message-id : from : subject : date;\n` +
    ' bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\n b=';

  test('the body hash of RFC 8463 A', () => {
    assert.equal(
      hashOf(DINNER.slice(DINNER.indexOf('\n\n') + 2)),
      '2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=',
    );
  });

  test('the Ed25519 signature of RFC 8463 A', async () => {
    const key = ed25519Key('nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=');
    assert.equal(
      await signText(signedText(tags('ed25519-sha256', 'brisbane')), { algorithm: 'ed25519-sha256', key }),
      '/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==',
    );
    assert.equal(
      recordText(createPublicKey(key), 'ed25519-sha256'),
      'v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=',
    );
  });

  test('the RSA signature of RFC 8463 A', async () => {
    const key = createPrivateKey(DINNER_RSA);
    assert.equal(
      await signText(signedText(tags('rsa-sha256', 'test')), { algorithm: 'rsa-sha256', key }),
      'F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeef' +
        'Osk2JzdA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=',
    );
  });

  test('cover what readers see once more than it is there, other fields as often as they are, the lowest first', () => {
    const header = 'Received: x\nTo: 1\nTo: 2\nFrom: a@b.c\nList-Id: l\nX-Own: y\nDKIM-Signature: z\n';
    const { names, text } = chooseSignedHeader(splitHeader(Buffer.from(header)));
    assert.deepEqual(
      names.filter((name) =>
        ['to', 'from', 'subject', 'list-id', 'sender', 'received', 'x-own'].includes(name),
      ),
      ['from', 'from', 'subject', 'to', 'to', 'to', 'list-id'],
    );
    assert.ok(text.indexOf('to:2\r\n') < text.indexOf('to:1\r\n'));
  });

  test('stand in lines of at most 78 columns, without l=', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const header = chooseSignedHeader(fields);
    const domain = `${'long'.repeat(12)}.example`;
    const key: SigningKey = { domain, selector: 's'.repeat(40), algorithm: 'rsa-sha256', key: privateKey };
    const field = await makeSignature(header, hashOf('x'), key, 1_800_000_000);
    assert.match(field, /\n$/);
    for (const line of field.trimEnd().split('\n').slice(1)) assert.match(line, /^\t\S/);
    for (const line of field.split('\n')) assert.ok(line.length <= 78, line);
    assert.doesNotMatch(field, /[;\s]l=/);
  });
});

describe('letters', () => {
  const { privateKey: rsa } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { privateKey: ed } = generateKeyPairSync('ed25519');
  const keys: readonly SigningKey[] = [
    { domain: 'our.test', selector: 'r1', algorithm: 'rsa-sha256', key: rsa },
    { domain: 'our.test', selector: 'e1', algorithm: 'ed25519-sha256', key: ed },
  ];
  const records = new Map(
    keys.map(({ domain, selector, algorithm, key }) => [
      `${selector}._domainkey.${domain}`,
      recordText(createPublicKey(key), algorithm),
    ]),
  );
  const lines: string[] = [];
  const departure = {
    me: 'mail.our.test',
    rcpthosts: new Set(['our.test']),
    morercpthosts: undefined,
    srs_domain: '',
    srs_secrets: ['secret'],
    srs_maxage: 21,
    srs_hashlength: 4,
    srs_hashmin: 4,
    srs_separator: '=',
    srs_alwaysrewrite: 0,
  };
  /** What a test changes of them. */
  let srs: Partial<typeof departure> = {};
  const signer = createLetterSigner({
    keyring: { keysOf: async (domain) => (domain === 'our.test' ? keys : []) },
    settings: () => ({ ...departure, ...srs }),
    log: (line) => lines.push(line),
  });
  const inPieces = (letter: Buffer, size: number) => ({
    async *chunks() {
      for (let at = 0; at < letter.length; at += size) yield letter.subarray(at, at + size);
    },
  });
  const signed = async (letter: Buffer, sender = 'joe@our.test', size = 65_536) =>
    (await signer.prepare(inPieces(letter, size), sender)).fields;

  /** The bytes that a receiver has, dots undone, checked by mailauth: `d/s=result`. */
  async function judge(fieldsOnTop: string, letter: Buffer): Promise<readonly string[]> {
    const encoder = createBodyEncoder();
    const wire = Buffer.concat([
      encoder.write(Buffer.concat([Buffer.from(fieldsOnTop, 'latin1'), letter])),
      encoder.end(),
    ]);
    const text = wire.toString('latin1').slice(0, -3).replace(/^\./gm, '');
    const resolver = async (name: string, type: string) => {
      const text = records.get(name);
      if (type !== 'TXT' || text === undefined)
        throw Object.assign(new Error('ENOTFOUND'), { code: 'ENOTFOUND' });
      return [text.match(/.{1,255}/g) as string[]];
    };
    const { results } = await dkimVerify(Buffer.from(text, 'latin1'), { resolver: resolver as never });
    return results.map(
      ({ signingDomain, selector, status }) => `${signingDomain}/${selector}=${status.result}`,
    );
  }
  const both = ['our.test/r1=pass', 'our.test/e1=pass'];

  test('carry both signatures, and another implementation finds both right, whatever is in the letter', async () => {
    const head = 'From: Joe <joe@our.test>\n';
    const table: Readonly<Record<string, string>> = {
      plain: `${head}To: a@b.c\nSubject: x\n\nHello\n`,
      'no body': `${head}Subject: x\n\n`,
      'no empty line': `${head}Subject: x\n`,
      'empty lines at the end': `${head}\nHello\n\n\n \n`,
      'no last line end': `${head}\nHello`,
      'dots at line starts': `${head}\n.\n..\n.a\n`,
      'bare carriage returns and NUL': `${head}Subject: a\rX: b\n\nc\rd\r\ne\r\r\nf\0g\n`,
      'CR LF line ends': `${head}Subject: x\r\n\r\nHello\r\n`,
      'folded names': `From: Joe\n\tSix\n Pack <joe@our\n .test>\nSubject:\n folded\n  twice \n\nx\n`,
      '8-bit header and body': `${head}Subject: \xc3\xa4\xe4\n\n\xff\xfe \xa0\n`,
      'several of a name': `${head}To: a\nTo: b\nSubject: 1\nSubject: 2\n\nx\n`,
      'blanks before colons': 'From : joe@our.test\nSubject\t: x\n\ny\n',
      'an empty field': `${head}Subject:\nTo: \n\ny\n`,
      'a broken signature of others': `DKIM-Signature: v=1; d=other.test; s=r1; b=x\n${head}\nx\n`,
    };
    for (const [name, text] of Object.entries(table)) {
      const letter = Buffer.from(text, 'latin1');
      for (const size of [65_536, 1, 7]) {
        const found = await judge(await signed(letter, 'joe@our.test', size), letter);
        assert.deepEqual(found, both, `${name}, pieces of ${size}`);
      }
    }
  });

  test('are no longer right when anything that is seen changes', async () => {
    const letter = 'From: joe@our.test\nSubject: x\n\nHello\n';
    const top = await signed(Buffer.from(letter));
    const changes: Readonly<Record<string, string>> = {
      'another subject': letter.replace('x', 'y'),
      'a second subject': `Subject: z\n${letter}`,
      'a second author': `From: eve@evil.test\n${letter}`,
      'a recipient': `To: eve@evil.test\n${letter}`,
      'a type': `Content-Type: text/html\n${letter}`,
      'more text': `${letter}More\n`,
    };
    for (const [name, changed] of Object.entries(changes)) {
      const found = await judge(top, Buffer.from(changed));
      assert.equal(found.filter((each) => each.endsWith('=pass')).length, 0, name);
    }
    assert.deepEqual(await judge(top, Buffer.from(`X-Scanned: yes\n${letter.trimEnd()}  \n\n`)), both);
  });

  test('to many have one signature, and another one when anything differs, its key too', async () => {
    let current = keys;
    let seconds = 1_800_000_000;
    const own = createLetterSigner({
      keyring: { keysOf: async () => current },
      settings: () => departure,
      log: (line) => lines.push(line),
      now: () => seconds,
    });
    const sign = async (text: string): Promise<string> =>
      (await own.prepare(inPieces(Buffer.from(text), 100), 'joe@our.test')).fields;
    const letter = 'From: joe@our.test\nSubject: x\n\nHello\n';
    const first = await sign(letter);
    seconds += 100;
    assert.equal(await sign(letter), first);
    assert.notEqual(await sign(letter.replace('Hello', 'Hullo')), first);
    assert.notEqual(await sign(letter.replace(': x', ': y')), first);
    const changed = generateKeyPairSync('ed25519').privateKey;
    current = keys.map((key) => (key.selector === 'e1' ? { ...key, key: changed } : key));
    assert.notEqual(await sign(letter), first);
    current = keys;
    seconds += 1000;
    assert.match(await sign(letter), /t=1800001100;/);
  });

  test('of others, and those that bear our signature already, are left alone', async () => {
    assert.equal(await signed(Buffer.from('From: a@other.test\n\nx\n')), '');
    const letter = Buffer.from('From: joe@our.test\n\nx\n');
    const once = await signed(letter);
    assert.equal(await signed(Buffer.concat([Buffer.from(once, 'latin1'), letter])), '');
    const [first] = once.split(/(?<=\n)(?=DKIM-Signature)/);
    const rest = await signed(Buffer.concat([Buffer.from(first!, 'latin1'), letter]));
    assert.match(rest, /s=e1;/);
    assert.doesNotMatch(rest, /s=r1;/);
  });

  test('without an author are signed for their sender, and a bounce for its From', async () => {
    assert.match(await signed(Buffer.from('Subject: x\n\ny\n')), /d=our\.test;/);
    assert.equal(await signed(Buffer.from('Subject: x\n\ny\n'), 'a@other.test'), '');
    const bounce = Buffer.from(
      'Received: (qmail 1 invoked for bounce); x\nFrom: MAILER-DAEMON@our.test\n\ny\n',
    );
    assert.deepEqual(await judge(await signed(bounce, ''), bounce), both);
  });

  test('with a header of more than 1 MiB go out unsigned, and the log says so', async () => {
    const letter = Buffer.from(`From: joe@our.test\nX: ${'y'.repeat(1_300_000)}\n\nx\n`);
    assert.equal(await signed(letter), '');
    assert.match(lines.at(-1)!, /header of more than/);
  });

  test('of foreign senders that are forwarded leave under a sender of ours, where SRS is on', async () => {
    const forward = 'Received: (qmail 10 invoked by alias); x\nDelivered-To: a@our.test\n';
    const door =
      'Received: (qmail 9 invoked from network); x\nReceived: from a (1.2.3.4)\n  by m with SMTP; x\n';
    const letter = 'From: a@far.test\n\nx\n';
    const table: readonly (readonly [text: string, sender: string, isRewritten: boolean])[] = [
      [`${forward}${door}`, 'a@far.test', true],
      [forward, 'a@far.test', true],
      [door, 'a@far.test', false],
      [`${door}Delivered-To: b@far.test\n`, 'a@far.test', false],
      [`${forward}${door}`, 'joe@our.test', false],
      [`${forward}${door}`, '', false],
      [`${forward}${door}`, '#@[]', false],
      [`${forward}${door}`, 'list-@far.test-@[]', false],
    ];
    for (const [text, sender, isRewritten] of table) {
      const piece = inPieces(Buffer.from(text + letter), 65_536);
      srs = { srs_domain: 'our.test' };
      const left = (await signer.prepare(piece, sender)).sender;
      assert.equal(left !== sender, isRewritten, `${text} ${sender}`);
      if (isRewritten) assert.match(left, /^SRS0=[^=]{4}=[A-Z2-7]{2}=far\.test=a@our\.test$/);
      srs = {};
      assert.equal((await signer.prepare(piece, sender)).sender, sender, 'off');
    }
  });

  test('that leave for many as the same object are read once, and again when they are to be signed only later', async () => {
    const text = Buffer.from(`From: joe@our.test\n\n${'words\n'.repeat(100)}`);
    let reads = 0;
    let own: typeof keys = [];
    const late = createLetterSigner({
      keyring: { keysOf: async () => own },
      settings: () => departure,
      log: (line) => lines.push(line),
    });
    const letter = {
      chunks() {
        reads += 1;
        return inPieces(text, 100).chunks();
      },
    };
    assert.equal((await late.prepare(letter, 'joe@our.test')).fields, '');
    own = keys;
    const [one, other] = await Promise.all([
      late.prepare(letter, 'joe@our.test'),
      late.prepare(letter, 'ann@our.test'),
    ]);
    assert.equal(reads, 2);
    assert.equal(one.fields, other.fields);
    assert.deepEqual(await judge(one.fields, text), both);
    assert.equal((await late.prepare(letter, 'joe@our.test')).fields, one.fields);
    assert.equal(reads, 2);
  });

  test('of 50 MB are signed without being held', { timeout: 60_000 }, async () => {
    const head = Buffer.from('From: joe@our.test\n\n');
    const piece = Buffer.from(`${'x'.repeat(75)}\n`.repeat(862));
    let most = 0;
    const letter = {
      async *chunks() {
        yield head;
        for (let sent = 0; sent < 50_000_000; sent += piece.length) {
          yield piece;
          most = Math.max(most, process.memoryUsage().arrayBuffers);
        }
      },
    };
    globalThis.gc?.();
    const before = process.memoryUsage().arrayBuffers;
    assert.match((await signer.prepare(letter, 'joe@our.test')).fields, /a=ed25519-sha256/);
    assert.ok(most - before < 40_000_000, `${most - before} bytes more`);
  });
});

test('the author is the first address of the first From that can be read', () => {
  const table: readonly (readonly [string, string | undefined])[] = [
    ['From: a@One.test\n', 'one.test'],
    ['From: "x@two.test" <a@one.test>\n', 'one.test'],
    ['From: a@one.test, b@two.test\n', 'one.test'],
    ['From: Joe (x@two.test) <a@one.test>\n', 'one.test'],
    ['From: g: a@one.test, b@two.test;\n', 'one.test'],
    ['From: a@b\xc3\xbccher.test\n', 'xn--bcher-kva.test'],
    ['From: undisclosed\n', undefined],
    ['From: (\n', undefined],
    ['To: a@one.test\n', undefined],
    ['From: a@one.test\nFrom: b@two.test\n', 'one.test'],
  ];
  for (const [text, domain] of table)
    assert.equal(findAuthorDomain(splitHeader(Buffer.from(text, 'latin1'))), domain, text);
});

test('a forged letter in our name does not get our signature by being forwarded', () => {
  const queue = 'Received: (qmail 9 invoked from network); x\n';
  const door = 'Received: from a (1.2.3.4)\n  by mail.our.test with ESMTPS; x\n';
  const authenticated = door.replace('ESMTPS', 'ESMTPSA');
  const forward = 'Received: (qmail 10 invoked by alias); x\nDelivered-To: a@our.test\n';
  const result = (what: string) => `Authentication-Results: mail.our.test; ${what}\n`;
  const forged = result('dmarc=pass header.from=our.test');
  const table: readonly (readonly [text: string, isVouched: boolean, words: string])[] = [
    ['From: a@our.test\n', true, 'made here'],
    [`${queue}${door}`, true, 'a relay client'],
    [`${queue}${authenticated}`, true, 'signed in'],
    [`${forward}${queue}${authenticated}`, true, 'signed in, forwarded'],
    [`${forward}${queue}${door}`, false, 'a stranger, forwarded, not checked'],
    [`${queue}${result('dmarc=fail')}${door}`, false, 'a stranger whose check failed'],
    [`${forward}${queue}${result('spf=pass; dmarc=pass')}${door}`, true, 'proved'],
    [`${forward}${queue}${result('x=1 (dmarc=pass); dmarc=fail')}${door}`, false, 'a comment is no result'],
    [`${forward}${queue}${door}${forged}`, false, "the stranger's own results"],
    [
      `${forward}${queue}${result('dmarc=pass').replace('mail.our', 'mail.other')}${door}`,
      false,
      "others' results",
    ],
    [`${forward}Received: (qmail 9 invoked by uid 1); x\n${authenticated}`, false, 'fetched from elsewhere'],
  ];
  for (const [text, isVouched, words] of table)
    assert.equal(mayVouch(readOrigin(splitHeader(Buffer.from(text)), 'mail.our.test')), isVouched, words);
  assert.equal(resultOf(['m 1; spf=pass smtp.mailfrom="x; dmarc=fail"; dmarc = PASS'], 'dmarc'), 'pass');
  assert.equal(resultOf(['m; none'], 'dmarc'), undefined);
});
