// Delivery into Maildirs under load, attack and failing disks: nothing lost, nothing half, nothing in foreign places.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fsync } from 'node:fs';
import {
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { promisify } from 'node:util';
import { makeMaildir } from '../../mta/maildir/create.ts';
import {
  createMaildirDelivery,
  type MaildirDelivery,
  type MaildirLetter,
} from '../../mta/maildir/deliver.ts';
import { createDirectorySync } from '../../mta/maildir/directory-sync.ts';
import { gid, isRoot, uid } from '../support/local.ts';

const run = promisify(execFile);
let home: string;
let syncs: number;
let failing: (() => Error | null) | undefined;
let delivery: MaildirDelivery;
let close: () => Promise<void>;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'facteur-maildir-'));
  await chown(home, uid, gid);
  syncs = 0;
  failing = undefined;
  const directorySync = createDirectorySync({
    fsync(descriptor, done) {
      syncs += 1;
      const error = failing?.();
      if (error) setImmediate(done, error);
      else fsync(descriptor, done);
    },
  });
  delivery = createMaildirDelivery({ hostname: 'h', directorySync });
  close = () => directorySync.close();
});
afterEach(async () => {
  delivery.close();
  await close();
  await rm(home, { recursive: true, force: true });
});

const owner = { uid, gid };
const make = (path = join(home, 'Maildir')) => makeMaildir(path, { owner });
const letter = (message: string, more: Partial<MaildirLetter> = {}): MaildirLetter => ({
  home,
  maildir: 'Maildir',
  owner,
  prefix: Buffer.from('Return-Path: <>\n'),
  message: Buffer.from(message),
  path: '/nonexistent',
  size: Buffer.byteLength(message),
  quota: 'none',
  ...more,
});
const list = (name: string) => readdir(join(home, 'Maildir', name));

test('64 deliveries at once are all stored, under different names, with few fsyncs of the directory', async () => {
  await make();
  const results = await Promise.all(
    Array.from({ length: 64 }, (_, i) => delivery.deliver(letter(`A: ${i}\n\nbody ${i}\n`))),
  );
  const names = results.map((result) => (result.stored ? result.name : String(result.error)));
  assert.deepEqual(names.sort(), (await list('new')).sort());
  assert.equal(new Set(names).size, 64);
  const bodies = await Promise.all(names.map((name) => readFile(join(home, 'Maildir/new', name), 'utf8')));
  assert.deepEqual(
    bodies.sort(),
    Array.from({ length: 64 }, (_, i) => `Return-Path: <>\nA: ${i}\n\nbody ${i}\n`).sort(),
  );
  assert.deepEqual(await list('tmp'), []);
  assert.ok(syncs < 64, `${syncs} fsyncs`);
});

test('a failing fsync of new gives the copy up: nothing in new, nothing in tmp, and the next one works', async () => {
  await make();
  failing = () => Object.assign(new Error('EIO'), { code: 'EIO' });
  const result = await delivery.deliver(letter('x\n'));
  assert.ok(!result.stored && result.reason === 'error');
  assert.deepEqual([await list('new'), await list('tmp')], [[], []]);
  failing = undefined;
  assert.ok((await delivery.deliver(letter('x\n'))).stored);
});

test('a failed delivery takes its quota line back', async () => {
  await make();
  failing = () => Object.assign(new Error('EIO'), { code: 'EIO' });
  const result = await delivery.deliver(letter('x\n', { quota: { limit: '1000S' } }));
  assert.ok(!result.stored);
  assert.equal(await readFile(join(home, 'Maildir/maildirsize'), 'utf8'), '1000S\n0 0\n18 1\n-18 -1\n');
});

test('a Maildir that was replaced, or removed, between deliveries is seen', async () => {
  await make();
  assert.ok((await delivery.deliver(letter('1\n'))).stored);
  await rename(join(home, 'Maildir'), join(home, 'old'));
  await make();
  assert.ok((await delivery.deliver(letter('2\n'))).stored);
  assert.equal((await list('new')).length, 1);
  assert.equal((await readdir(join(home, 'old/new'))).length, 1);
  await rename(join(home, 'Maildir/new'), join(home, 'Maildir/away'));
  await mkdir(join(home, 'Maildir/new'), { mode: 0o700 });
  await chown(join(home, 'Maildir/new'), uid, gid);
  assert.ok((await delivery.deliver(letter('3\n'))).stored);
  assert.equal((await list('new')).length, 1);
  await rm(join(home, 'Maildir'), { recursive: true });
  const gone = await delivery.deliver(letter('4\n'));
  assert.ok(!gone.stored && gone.reason === 'missing');
  await make();
  assert.ok((await delivery.deliver(letter('5\n'))).stored);
});

test('a Maildir of another user is not delivered to', async () => {
  await make();
  const result = await delivery.deliver(letter('x\n', { owner: { uid: uid + 1, gid } }));
  assert.ok(!result.stored && result.reason === 'missing');
  assert.deepEqual(await list('new'), []);
});

test('more Maildirs than are kept open get their mail', async () => {
  await Promise.all(Array.from({ length: 150 }, (_, i) => make(join(home, `m${i}`))));
  for (let round = 0; round < 2; round++) {
    const results = await Promise.all(
      Array.from({ length: 150 }, (_, i) => delivery.deliver(letter('x\n', { maildir: `m${i}` }))),
    );
    assert.ok(results.every((result) => result.stored));
  }
  for (let i = 0; i < 150; i++) assert.equal((await readdir(join(home, `m${i}/new`))).length, 2);
});

test('swapping new for a symbolic link during deliveries puts no byte into the foreign directory', async () => {
  await make();
  const foreign = join(home, 'foreign');
  await make(foreign);
  // Another process swaps as fast as it can; it says when it has begun and ends when its input does.
  const script = `
    const { renameSync, symlinkSync, unlinkSync, readSync } = require('node:fs');
    const at = process.argv[1] + '/Maildir/new', target = process.argv[1] + '/foreign/new';
    process.stdin.on('data', () => process.exit(0));
    function swap() {
      for (let i = 0; i < 50; i++) {
        renameSync(at, at + '.real'); symlinkSync(target, at); unlinkSync(at); renameSync(at + '.real', at);
      }
      setImmediate(swap);
    }
    swap();
    console.log('begun');`;
  const swapper = spawn(process.execPath, ['-e', script, home], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(swapper.stdout, 'data');
  let stored = 0;
  for (let round = 0; round < 40; round++) {
    const results = await Promise.all(
      Array.from({ length: 16 }, (_, i) => delivery.deliver(letter(`${round}-${i}\n`))),
    );
    stored += results.filter((result) => result.stored).length;
  }
  swapper.stdin.write('end');
  await once(swapper, 'exit');
  assert.deepEqual(await readdir(join(foreign, 'new')), []);
  assert.deepEqual(await readdir(join(foreign, 'tmp')), []);
  // What was reported as stored is there; what was given up is not.
  assert.equal((await list('new')).length, stored);
  assert.deepEqual(await list('tmp'), []);
});

test('a full disk is a system error, never a quota, and leaves nothing behind; with room again mail goes in', {
  skip: !isRoot && 'needs root to mount a small file system',
}, async (t) => {
  const disk = join(home, 'disk');
  await mkdir(disk);
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=256k,nr_inodes=32', 'tmpfs', disk]);
  } catch {
    t.skip('mount is not allowed here');
    return;
  }
  try {
    await chown(disk, uid, gid);
    await make(join(disk, 'Maildir'));
    const big = letter('x'.repeat(150_000), { home: disk });
    assert.ok((await delivery.deliver(big)).stored);
    for (const quota of ['none', { limit: '9000000S' }] as const) {
      const full = await delivery.deliver({ ...big, quota });
      assert.ok(!full.stored && full.reason === 'error', JSON.stringify(full));
      assert.equal((full.error as NodeJS.ErrnoException).code, 'ENOSPC');
    }
    assert.equal((await readdir(join(disk, 'Maildir/new'))).length, 1);
    assert.deepEqual(await readdir(join(disk, 'Maildir/tmp')), []);
    const sizes = await readFile(join(disk, 'Maildir/maildirsize'), 'utf8');
    assert.match(sizes, /^9000000S\n150016 1\n/);
    // And without a free inode.
    const fillers: string[] = [];
    try {
      for (;;) {
        const path = join(disk, `filler${fillers.length}`);
        await writeFile(path, '');
        fillers.push(path);
      }
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
    }
    const small = letter('small\n', { home: disk });
    const noInode = await delivery.deliver(small);
    assert.ok(!noInode.stored && noInode.reason === 'error');
    for (const path of fillers) await rm(path);
    assert.ok((await delivery.deliver(small)).stored);
    delivery.close();
    await close();
  } finally {
    await run('umount', ['-l', disk]);
  }
});

test('makeMaildir is repeatable, marks folders, and refuses links', async () => {
  await make();
  await make();
  await makeMaildir(join(home, 'Maildir/.Sent'), { owner, folder: true });
  await makeMaildir(join(home, 'Maildir/.Sent'), { owner, folder: true });
  assert.deepEqual((await readdir(join(home, 'Maildir/.Sent'))).sort(), [
    'cur',
    'maildirfolder',
    'new',
    'tmp',
  ]);
  for (const name of ['', '.Sent', '.Sent/cur', '.Sent/maildirfolder']) {
    const stats = await stat(join(home, 'Maildir', name));
    assert.equal(stats.uid, uid);
    assert.equal(stats.mode & 0o777, stats.isDirectory() ? 0o700 : 0o600);
  }
  await symlink(join(home, 'Maildir'), join(home, 'Maildir/.Link'));
  await assert.rejects(makeMaildir(join(home, 'Maildir/.Link'), { owner, folder: true }));
  await assert.rejects(makeMaildir(join(home, 'none/Maildir'), { owner }), { code: 'ENOENT' });
  await makeMaildir(join(home, 'a/b/Maildir'), { owner, from: home });
  assert.equal((await stat(join(home, 'a/b'))).uid, uid);
});
