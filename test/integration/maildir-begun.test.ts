// A copy that is begun in tmp/ before its message is queued: its delivery goes on with it, nobody else's does, and what
// nobody takes leaves nothing behind.
import assert from 'node:assert/strict';
import { watch } from 'node:fs';
import { chown, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { makeMaildir } from '../../mta/maildir/create.ts';
import {
  createMaildirDelivery,
  type MaildirDelivery,
  type MaildirLetter,
} from '../../mta/maildir/deliver.ts';
import { createDirectorySync } from '../../mta/maildir/directory-sync.ts';
import { gid, uid } from '../support/local.ts';

const owner = { uid, gid };
let home: string;
let delivery: MaildirDelivery;
let close: () => Promise<void>;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'facteur-begun-'));
  await chown(home, uid, gid);
  await makeMaildir(join(home, 'Maildir'), { owner });
  const directorySync = createDirectorySync();
  delivery = createMaildirDelivery({ hostname: 'h', directorySync });
  close = () => directorySync.close();
});
afterEach(async () => {
  delivery.close();
  await close();
  await rm(home, { recursive: true, force: true });
});

const letter = (message: Buffer, more: Partial<MaildirLetter> = {}): MaildirLetter => ({
  home,
  maildir: 'Maildir',
  owner,
  prefix: Buffer.from('Return-Path: <>\n'),
  message,
  path: '/nonexistent',
  size: message.length,
  quota: 'none',
  ...more,
});
const list = (name: string): Promise<string[]> => readdir(join(home, 'Maildir', name));

/** Resolves when a look at tmp satisfies. */
async function tmpHolds(isEnough: (names: readonly string[]) => boolean): Promise<readonly string[]> {
  let changed = Promise.withResolvers<void>();
  const watcher = watch(join(home, 'Maildir/tmp'), () => changed.resolve());
  try {
    for (;;) {
      changed = Promise.withResolvers();
      const names = await list('tmp');
      if (isEnough(names)) return names;
      await changed.promise;
    }
  } finally {
    watcher.close();
  }
}

test('the delivery of the same message takes the begun copy and leaves nothing in tmp', async () => {
  const message = Buffer.from('A: 1\n\nhi\n');
  delivery.begin(letter(message));
  const [begun = ''] = await tmpHolds((names) => names.length === 1);
  const result = await delivery.deliver(letter(message));
  assert.ok(result.stored);
  assert.ok(result.name.startsWith(`${begun},S=`), `${result.name} goes on from ${begun}`);
  assert.deepEqual([await list('new'), await list('tmp')], [[result.name], []]);
  assert.equal(
    await readFile(join(home, 'Maildir/new', result.name), 'utf8'),
    'Return-Path: <>\nA: 1\n\nhi\n',
  );
});

test('another message, even of the same bytes, another sender and another quota get copies of their own', async () => {
  const message = Buffer.from('A: 1\n\nhi\n');
  delivery.begin(letter(message));
  const [begun = ''] = await tmpHolds((names) => names.length === 1);
  for (const other of [letter(Buffer.from(message)), letter(message, { prefix: Buffer.from('X: y\n') })]) {
    const result = await delivery.deliver(other);
    assert.ok(result.stored && !result.name.startsWith(begun));
  }
  const over = await delivery.deliver(letter(message, { quota: { limit: '5S' } }));
  assert.ok(!over.stored && over.reason === 'quota');
  assert.deepEqual(await list('tmp'), [begun]);
});

test('a letter that is foreseen finds its file made, begun or not, and by time it goes', async () => {
  const foresee = async (): Promise<string> => {
    const before = await list('tmp');
    delivery.foresee({ home, maildir: 'Maildir', owner });
    const names = await tmpHolds((now) => now.length > before.length);
    return names.find((name) => !before.includes(name)) ?? '';
  };
  const message = Buffer.from('A: 1\n\nhi\n');
  for (const isBegun of [false, true]) {
    const blank = await foresee();
    if (isBegun) delivery.begin(letter(message));
    const result = await delivery.deliver(letter(message));
    assert.ok(result.stored && result.name.startsWith(`${blank},S=`), `${result.stored} ${blank}`);
    assert.deepEqual(await list('tmp'), []);
    const text = await readFile(join(home, 'Maildir/new', result.name), 'utf8');
    assert.equal(text, 'Return-Path: <>\nA: 1\n\nhi\n');
  }
  await foresee();
  await tmpHolds((names) => names.length === 0);
});

test('what no delivery takes is removed: by the next one, by time, and by the end', async () => {
  delivery.begin(letter(Buffer.from('one\n')));
  const [first = ''] = await tmpHolds((names) => names.length === 1);
  delivery.begin(letter(Buffer.from('two\n')));
  const [second = ''] = await tmpHolds((names) => names.length === 1 && names[0] !== first);
  assert.notEqual(second, first);
  await tmpHolds((names) => names.length === 0);
  delivery.begin(letter(Buffer.from('three\n')));
  await tmpHolds((names) => names.length === 1);
  delivery.close();
  await tmpHolds((names) => names.length === 0);
});

test('a Maildir that was replaced meanwhile gets its own copy', async () => {
  const message = Buffer.from('A: 1\n\nhi\n');
  delivery.begin(letter(message));
  await tmpHolds((names) => names.length === 1);
  await rename(join(home, 'Maildir'), join(home, 'Old'));
  await makeMaildir(join(home, 'Maildir'), { owner });
  const result = await delivery.deliver(letter(message));
  assert.ok(result.stored);
  assert.deepEqual([await list('new'), await list('tmp')], [[result.name], []]);
  assert.deepEqual(await readdir(join(home, 'Old/new')), []);
});

test('a long message is not begun, and a Maildir that is not there harms nothing', async () => {
  const long = Buffer.alloc(200_000, 'x\n');
  delivery.begin(letter(long));
  delivery.begin(letter(Buffer.from('x\n'), { maildir: 'Nowhere' }));
  const result = await delivery.deliver(letter(long));
  assert.ok(result.stored);
  assert.deepEqual(await list('new'), [result.name]);
});
