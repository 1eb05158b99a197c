// ARC: which sets follow which, what is sealed, and that another implementation finds a chain of ours right.
import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import { arc } from 'mailauth/lib/arc/index.js';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { type HeaderRules, makePostHeaders, readPostHeader } from '../../mta/lists/post/header.ts';
import { readChain } from '../../mta/trust/arc-seal.ts';
import { splitHeader } from '../../mta/trust/canonical.ts';
import { recordText } from '../../mta/trust/dkim-record.ts';
import type { SigningKey } from '../../mta/trust/dkim-sign.ts';
import { createLetterSigner } from '../../mta/trust/letter-signer.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const keyOf = (domain: string): SigningKey => ({
  domain,
  selector: 's',
  algorithm: 'rsa-sha256',
  key: privateKey,
});
const record = recordText(createPublicKey(privateKey), 'rsa-sha256');
const signerOf = (host: string, domain: string) =>
  createLetterSigner({
    keyring: { keysOf: async (asked) => (asked === domain ? [keyOf(domain)] : []) },
    settings: () => ({
      me: host,
      rcpthosts: new Set([domain]),
      morercpthosts: undefined,
      srs_domain: '',
      srs_secrets: [],
      srs_maxage: 21,
      srs_hashlength: 4,
      srs_hashmin: 4,
      srs_separator: '=',
      srs_alwaysrewrite: 0,
    }),
    log: (line) => assert.fail(line),
  });

/** A letter as it lies in the queue of a forwarder. */
const arrive = (host: string, domain: string, results: string, letter: string): string =>
  `Received: (qmail 10 invoked by alias); x\nDelivered-To: ${domain}-a@${domain}\n` +
  `Received: (qmail 9 invoked from network); x\nAuthentication-Results: ${host};\n\t${results}\n` +
  `Received: from a (1.2.3.4)\n  by ${host} with ESMTPS; x\n${letter}`;

async function leave(host: string, domain: string, letter: string): Promise<string> {
  const bytes = Buffer.from(letter, 'latin1');
  const chunks = async function* () {
    yield bytes;
  };
  const { fields } = await signerOf(host, domain).prepare({ chunks }, 'a@far.test');
  return fields + letter;
}

async function judge(letter: string): Promise<string> {
  const resolver = (async () => [record.match(/.{1,255}/g)]) as never;
  const { arc: chain } = await dkimVerify(Buffer.from(letter.replaceAll('\n', '\r\n'), 'latin1'), {
    resolver,
  });
  const { status } = await arc(chain as never, { resolver } as never);
  return (status as { result: string }).result;
}

const letter =
  'From: Far <a@far.test>\nTo: x@one.test\nSubject: hi\nDKIM-Signature: v=1; d=far.test; b=x\n\nHello  you\n\n';

describe('seals', () => {
  test('of one, two and three forwarders make a chain that another implementation finds right', async () => {
    const first = await leave(
      'mx.one.test',
      'one.test',
      arrive('mx.one.test', 'one.test', 'spf=pass; arc=none', letter),
    );
    assert.match(first, /^ARC-Seal: i=1; a=rsa-sha256; cv=none;/);
    assert.match(first, /^ARC-Authentication-Results: i=1;\n\tmx\.one\.test;\n\tspf=pass;\n\tarc=none$/m);
    assert.match(first, /\n\th=from:from:[\s\S]*:dkim-signature;/);
    assert.equal(await judge(first), 'pass');
    const second = await leave(
      'mx.two.test',
      'two.test',
      arrive('mx.two.test', 'two.test', 'arc=pass (i=1); dmarc=fail', first),
    );
    assert.match(second, /^ARC-Seal: i=2; a=rsa-sha256; cv=pass;/);
    assert.equal(await judge(second), 'pass');
    const third = await leave(
      'three.test',
      'three.test',
      arrive('three.test', 'three.test', 'arc=pass', second),
    );
    assert.match(third, /^ARC-Seal: i=3;/);
    assert.equal(await judge(third), 'pass');
    for (const line of third.slice(0, third.indexOf('Received:')).split('\n'))
      assert.ok(line.length <= 78, line);
    assert.equal(await judge(third.replace('Subject: hi', 'Subject: ho')), 'fail');
    assert.equal(await judge(third.replace('\tspf=pass', '\tspf=fail')), 'fail');
  });

  test("of a post on a mailing list are the list's domain's, which signs the post as well, whoever wrote it", async () => {
    const come =
      `Received: (qmail 9 invoked from network); x\nAuthentication-Results: mx.one.test;\n\tspf=pass; dmarc=pass header.from=far.test\n` +
      `Received: from a (1.2.3.4)\n  by mx.one.test with ESMTPS; x\n${letter.slice(0, letter.indexOf('\n\n') + 1)}`;
    const rules: HeaderRules = {
      outlocal: 'list',
      outhost: 'one.test',
      added: 'Mailing-List: contact list-help@one.test; run by ezmlm\n',
      removed: { names: new Set(), isAllBut: false },
      prefix: '[list]',
      plainPrefix: '[list]',
      isSublist: false,
      mainListField: '',
      keepsReceived: false,
      repliesToList: false,
    };
    const { outgoing } = makePostHeaders(readPostHeader(come), rules, 1);
    const queued = `Received: (qmail 10 invoked by alias); x\n${outgoing}Hello  you\n\n`;
    const sent = await leave('mx.one.test', 'one.test', queued);
    assert.match(sent, /^ARC-Seal: i=1;/);
    assert.match(sent, /^DKIM-Signature: [\s\S]*?d=one\.test;/m);
    assert.match(sent, /^Subject: \[list\] hi$/m);
    assert.equal(await judge(sent), 'pass');
  });

  test('are made for nobody but strangers, on forwards, with results of our own, by a domain with a key', async () => {
    const whole = arrive('mx.one.test', 'one.test', 'spf=pass', letter);
    const table: Readonly<Record<string, string>> = {
      'not forwarded': whole.replace(/^Received:.*\nDelivered-To:.*\n/, ''),
      'signed in': whole.replace('with ESMTPS', 'with ESMTPSA'),
      'no results': whole.replace(/^Authentication-Results:.*\n.*\n/m, ''),
      'results of others': whole.replace('Results: mx.one', 'Results: mx.other'),
      'another domain': whole.replace('a@one.test\nReceived', 'a@other.test\nReceived'),
    };
    for (const [what, text] of Object.entries(table)) {
      assert.notEqual(text, whole, what);
      assert.equal(await leave('mx.one.test', 'one.test', text), text, what);
    }
  });
});

test('a set follows others only when they were found right, or says that they are not', () => {
  const set = (i: number, cv: string): string =>
    `ARC-Seal: i=${i}; cv=${cv}; b=x\nARC-Message-Signature: i=${i}; b=y\nARC-Authentication-Results: i=${i}; m; spf=pass\n`;
  const say = (text: string, results: string): string => {
    const chain = readChain(splitHeader(Buffer.from(text)), [`m; ${results}`]);
    return chain ? `${chain.instance} ${chain.cv} ${chain.sealed.length}` : 'no set';
  };
  const table: readonly (readonly [text: string, results: string, expected: string])[] = [
    ['From: a\n', 'spf=pass', '1 none 0'],
    [set(1, 'none'), 'arc=pass', '2 pass 3'],
    [set(2, 'pass') + set(1, 'none'), 'arc=pass', '3 pass 6'],
    [set(1, 'none'), 'arc=fail', '2 fail 0'],
    [set(1, 'fail'), 'arc=fail', 'no set'],
    [set(1, 'none'), 'spf=pass', 'no set'],
    [set(1, 'none'), 'arc=temperror', 'no set'],
    [set(2, 'pass'), 'arc=pass', 'no set'],
    [set(1, 'none') + set(1, 'none'), 'arc=pass', 'no set'],
    [set(0, 'none'), 'arc=pass', 'no set'],
    [set(1, 'none').replace('i=1', 'i=one'), 'arc=pass', 'no set'],
    [Array.from({ length: 50 }, (_, at) => set(at + 1, 'pass')).join(''), 'arc=pass', 'no set'],
  ];
  for (const [text, results, expected] of table)
    assert.equal(say(text, results), expected, `${results}\n${text}`.slice(0, 300));
});
