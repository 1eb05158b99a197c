// The keys of a domain: made, published, rotated, removed, and what signs meanwhile; records and how published ones compare.
import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { readMap } from '../../mta/control/reading.ts';
import { judgeDkim } from '../../mta/dns/records/dkim.ts';
import { quoteText } from '../../mta/dns/records/zone.ts';
import { openKeyring } from '../../mta/trust/dkim-keyring.ts';
import { DkimKeyError, type KeyDesk, openKeyDesk } from '../../mta/trust/dkim-keys.ts';
import { compareRecord, recordText } from '../../mta/trust/dkim-record.ts';

let base: string;
let qmail: string;
let desk: KeyDesk;
let count = 0;
const lines: string[] = [];
const day = 86_400_000;
let clock = Date.UTC(2026, 10, 23);

before(async () => {
  base = await mkdtemp(join(tmpdir(), 'dkim-'));
});
after(() => rm(base, { recursive: true, force: true }));
beforeEach(async () => {
  qmail = join(base, String(count++));
  await mkdir(join(qmail, 'control'), { recursive: true });
  clock = Date.UTC(2026, 10, 23);
  desk = openKeyDesk({ qmail, now: () => clock });
  lines.length = 0;
});

const keyPath = (...names: string[]): string => join(qmail, 'control', 'domainkeys', ...names);
const selectorsText = (): Promise<string> =>
  readFile(join(qmail, 'control', 'dkimselectors'), 'utf8').catch(() => '');
const states = async (domain = 'our.test') =>
  (await desk.list(domain)).map(({ selector, state }) => `${selector} ${state}`);
/** As if the keys had been made some days before: what is newer is told by the times of the files. */
const age = async (days: number, domain = 'our.test'): Promise<void> => {
  for (const name of await readdir(keyPath(domain))) {
    const { mtimeMs } = await stat(keyPath(domain, name));
    await utimes(keyPath(domain, name), (mtimeMs - days * day) / 1000, (mtimeMs - days * day) / 1000);
  }
};
const openRing = async () => {
  const text = await selectorsText();
  return openKeyring({
    directory: keyPath(),
    selectors: () => readMap({ path: 'dkimselectors', text, me: undefined }),
    log: (line) => lines.push(line),
    trustMs: 0,
  });
};
const signing = async (domain = 'our.test') =>
  (await (await openRing()).keysOf(domain)).map(({ selector }) => selector);

describe('keys', () => {
  test('the first ones sign at once, are of both kinds, and nobody else may read them', async () => {
    assert.deepEqual(await desk.list('our.test'), []);
    assert.deepEqual(await desk.add('our.test'), ['r20261123', 'e20261123']);
    assert.deepEqual((await states()).sort(), ['e20261123 current', 'r20261123 current']);
    assert.deepEqual(await signing(), ['r20261123', 'e20261123']);
    assert.equal(await selectorsText(), 'our.test:r20261123,e20261123\n');
    for (const names of [[], ['our.test']]) assert.equal((await stat(keyPath(...names))).mode & 0o777, 0o700);
    for (const name of await readdir(keyPath('our.test'))) {
      assert.equal((await stat(keyPath('our.test', name))).mode & 0o777, 0o600);
      assert.match(await readFile(keyPath('our.test', name), 'utf8'), /^-----BEGIN PRIVATE KEY-----\n/);
    }
  });

  test('new ones wait, sign when told, and the old ones rest until they are removed', async () => {
    await desk.add('our.test');
    await age(300);
    clock += 300 * day;
    const made = await desk.add('our.test');
    assert.deepEqual(await signing(), ['r20261123', 'e20261123']);
    assert.deepEqual((await states()).filter((each) => each.endsWith('next')).length, 2);
    await assert.rejects(desk.add('our.test'), (error: DkimKeyError) => error.key === 'waiting');
    await desk.use('our.test', made);
    assert.deepEqual(await signing(), made);
    assert.deepEqual((await states()).filter((each) => each.endsWith('old')).length, 2);
    await assert.rejects(desk.remove('our.test', made[0]!), (error: DkimKeyError) => error.key === 'current');
    await desk.remove('our.test', 'r20261123');
    await desk.remove('our.test', 'e20261123');
    assert.deepEqual(await signing(), made);
    assert.equal((await readdir(keyPath('our.test'))).length, 2);
  });

  test('one kind can be changed alone; who signs no more does not come back by rule', async () => {
    const [rsa, ed] = (await desk.add('our.test')) as [string, string];
    await age(1);
    const [rsa2] = (await desk.add('our.test')) as [string];
    await desk.use('our.test', [rsa2]);
    assert.deepEqual(await signing(), [rsa2, ed]);
    await desk.remove('our.test', rsa2, true);
    await desk.remove('our.test', ed, true);
    assert.deepEqual(await signing(), []);
    assert.ok((await states()).includes(`${rsa} next`) || (await states()).includes(`${rsa} old`));
    assert.equal(await selectorsText(), 'our.test:\n');
    for (const { selector } of await desk.list('our.test')) await desk.remove('our.test', selector);
    assert.equal(await selectorsText(), '');
    await assert.rejects(stat(keyPath('our.test')));
  });

  test('of an old site sign without a line: default, else the oldest, one of each kind', async () => {
    const pem = (bits: number) =>
      generateKeyPairSync('rsa', { modulusLength: bits }).privateKey.export({ format: 'pem', type: 'pkcs1' });
    await mkdir(keyPath('old.test'), { recursive: true });
    for (const [at, name] of ['first', 'second', 'default.pub'].entries()) {
      await writeFile(keyPath('old.test', name), pem(1024));
      await utimes(keyPath('old.test', name), 1_700_000_000 + at, 1_700_000_000 + at);
    }
    assert.deepEqual(await signing('old.test'), ['first']);
    await writeFile(keyPath('old.test', 'default'), pem(1024));
    assert.deepEqual(await signing('old.test'), ['default']);
    // A second kind does not change what signs.
    await desk.add('old.test');
    assert.deepEqual(await signing('old.test'), ['default']);
  });

  test('that cannot be used are told once with their file, and the letter has the others', async () => {
    const [rsa, ed] = (await desk.add('our.test')) as [string, string];
    const ring = await openRing();
    await writeFile(keyPath('our.test', rsa), 'nonsense');
    for (let at = 0; at < 3; at++)
      assert.deepEqual(
        (await ring.keysOf('our.test')).map(({ selector }) => selector),
        [ed],
      );
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, new RegExp(`domainkeys/our.test/${rsa}.*private key in PEM`));
    assert.match(
      (await desk.list('our.test')).find(({ selector }) => selector === rsa)?.problem ?? '',
      /PEM/,
    );
    await rm(keyPath('our.test', rsa));
    await ring.keysOf('our.test');
    assert.equal(lines.length, 2);
    // What strangers write as a domain leads nowhere.
    for (const domain of ['../our.test', 'OUR.TEST', '', 'a/b', 'other.test'])
      assert.deepEqual(await ring.keysOf(domain), []);
    assert.equal(lines.length, 2);
  });

  test('of other sizes and kinds are refused with words', async () => {
    await mkdir(keyPath('our.test'), { recursive: true });
    const write = (name: string, key: { export(options: object): string | Buffer }) =>
      writeFile(keyPath('our.test', name), key.export({ format: 'pem', type: 'pkcs8' }));
    await write('short', generateKeyPairSync('rsa', { modulusLength: 512 }).privateKey as never);
    await write('curve', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey as never);
    const problems = (await desk.list('our.test')).map(({ problem }) => problem).sort();
    assert.deepEqual(problems, [
      'expected an RSA key of 1024 to 4096 bits, found 512',
      'expected an RSA or Ed25519 key, found ec',
    ]);
    assert.deepEqual(await signing(), []);
  });

  test('changed on disk sign from the next look on', async () => {
    await desk.add('our.test');
    const ring = await openRing();
    const [before] = await ring.keysOf('our.test');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await writeFile(
      keyPath('our.test', before!.selector),
      privateKey.export({ format: 'pem', type: 'pkcs8' }),
    );
    const [now] = await ring.keysOf('our.test');
    assert.ok(now!.key.equals(privateKey));
  });

  test('are named in lower case under names that are domains', async () => {
    for (const domain of ['Our.test', '../x', 'a b', ''])
      await assert.rejects(
        desk.add(domain),
        (error) => error instanceof DkimKeyError && error.key === 'domain',
      );
    await mkdir(keyPath(), { recursive: true });
    await chmod(keyPath(), 0o700);
    assert.deepEqual(await readdir(keyPath()), []);
  });
});

describe('records', () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const text = recordText(publicKey, 'rsa-sha256');
  const p = text.slice(text.indexOf('p=') + 2);

  test('hold the public key, in strings of at most 255 bytes', () => {
    assert.equal(
      recordText(createPublicKey(publicKey.export({ format: 'pem', type: 'spki' })), 'rsa-sha256'),
      text,
    );
    const strings = [...quoteText(text).matchAll(/"([^"]*)"/g)].map(([, each]) => each!);
    assert.equal(strings.join(''), text);
    assert.deepEqual(
      strings.map((each) => each.length <= 255),
      [true, true],
    );
  });

  test('that are published compare as receivers read them', () => {
    const table: readonly (readonly [published: string, fit: string])[] = [
      [text, 'fits'],
      [`p=${p}`, 'fits'],
      [`v=DKIM1;k=rsa ; h=sha256:sha1; s=*; n=note; p= ${p.slice(0, 30)} ${p.slice(30)};`, 'fits'],
      ['v=DKIM1; p=', 'revoked'],
      [`v=DKIM1; k=rsa; p=${p.slice(0, -8)}`, 'other key'],
      [`v=DKIM1; k=ed25519; p=${p}`, 'other key'],
      [`v=DKIM1; t=s:y; p=${p}`, 'testing'],
      [`v=DKIM1; t=s; p=${p}`, 'fits'],
      [`v=DKIM1; h=sha1; p=${p}`, 'restricted'],
      [`v=DKIM1; s=other; p=${p}`, 'restricted'],
      [`v=DKIM2; p=${p}`, 'no record'],
      ['v=spf1 -all', 'no record'],
      ['', 'no record'],
    ];
    for (const [published, fit] of table) assert.equal(compareRecord(text, published), fit, published);
    assert.equal(judgeDkim(text, []).verdict, 'missing');
    assert.equal(judgeDkim(text, [text, text]).why, 'dkim-several');
    assert.equal(judgeDkim(text, [text]).verdict, 'right');
  });
});
