// facteur dkim as its caller sees it: what it prints, what it changes, its exit status; DNS from a real server.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { after, before, test } from 'node:test';
import { run, usage } from '../../mta/commands/dkim.ts';
import { resolveHome } from '../../mta/home.ts';
import { type DnsServer, startDns } from '../support/dns.ts';

let root: string;
let dns: DnsServer;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'facteur-dkim-'));
  dns = await startDns({});
  await mkdir(join(root, 'qmail', 'control'), { recursive: true });
  await writeFile(join(root, 'qmail', 'control', 'me'), 'mail.our.test\n');
  await writeFile(join(root, 'qmail', 'control', 'dnsservers'), `${dns.address}\n`);
});
after(async () => {
  await dns.close();
  await rm(root, { recursive: true, force: true });
});

async function dkim(...args: readonly string[]) {
  const said = { stdout: '', stderr: '' };
  const into = (name: keyof typeof said) =>
    new Writable({
      write(chunk, _encoding, done) {
        said[name] += String(chunk);
        done();
      },
    });
  const context = {
    home: resolveHome({ home: root }, {}, root),
    env: {},
    stdin: process.stdin,
    stdout: into('stdout'),
    stderr: into('stderr'),
  };
  const status = await run(args, context);
  return { status, ...said };
}

const keys = () => readdir(join(root, 'qmail', 'control', 'domainkeys', 'our.test'));
/** Publishes what `dkim record` prints. */
async function publish(): Promise<void> {
  const { stdout } = await dkim('record', 'our.test');
  for (const line of stdout.split('\n')) {
    const name = /^(\S+)\. \d+ IN TXT /.exec(line)?.[1];
    if (name) dns.zone[name] = { TXT: [[...line.matchAll(/"([^"]*)"/g)].map(([, text]) => text!)] };
  }
}

test('keys are made, published, rotated and removed by commands', async () => {
  assert.deepEqual(await dkim('list'), { status: 0, stdout: '', stderr: '' });
  const made = await dkim('add', 'OUR.test');
  assert.equal(made.status, 0);
  assert.match(made.stdout, /r\d{8} +current +rsa 2048/);
  assert.match(
    made.stdout,
    /^e\d{8}\._domainkey\.our\.test\. \d+ IN TXT "v=DKIM1; k=ed25519; p=[\w+/]{43}="$/m,
  );
  const unpublished = await dkim('check', 'our.test');
  assert.equal(unpublished.status, 1);
  assert.match(unpublished.stdout, /current .* missing$/m);
  await publish();
  assert.equal((await dkim('check', 'our.test')).status, 0);

  const first = await keys();
  for (const name of first)
    await utimes(
      join(root, 'qmail', 'control', 'domainkeys', 'our.test', name),
      1_700_000_000,
      1_700_000_000,
    );
  assert.match((await dkim('rotate', 'our.test')).stdout, / next .*[\s\S]*Publish:/);
  const early = await dkim('rotate', 'our.test');
  assert.equal(early.status, 1);
  assert.match(early.stdout, /Not published yet/);
  await publish();
  const rotated = await dkim('rotate', 'our.test');
  assert.equal(rotated.status, 0);
  for (const name of first) assert.match(rotated.stdout, new RegExp(` ${name} +old`));
  assert.equal(rotated.stdout.match(/ current /g)?.length, 2);

  const refused = await dkim('remove', 'our.test', (await keys()).find((name) => !first.includes(name))!);
  assert.deepEqual([refused.status, refused.stdout], [100, '']);
  assert.match(refused.stderr, /signs now: use another key first/);
  for (const name of first) assert.equal((await dkim('remove', 'our.test', name)).status, 0);
  assert.equal((await keys()).length, 2);
  assert.match((await dkim('list')).stdout, /^our\.test\n/);
  assert.equal((await dkim('record', 'our.test', 'nothing')).status, 100);
  assert.match((await dkim('use', 'our.test', 'nothing')).stderr, /has no key nothing/);
});

test('wrong words are answered with the usage', async () => {
  for (const args of [
    [],
    ['nothing'],
    ['add'],
    ['add', 'a.test', 'b'],
    ['list', '--signing'],
    ['use', 'a.test', '--x'],
  ])
    assert.deepEqual(await dkim(...args), { status: 100, stdout: '', stderr: usage });
  assert.match((await dkim('add', '../x')).stderr, /is no domain/);
});
