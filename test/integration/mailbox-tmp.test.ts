// What crashes left in tmp goes after 36 hours (spec/maildir-imap.md 1.8), and nothing else does.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createNameSource } from '../../mta/maildir/name.ts';
import { createAccount } from '../../server/mailbox/account.ts';
import { clearTmp } from '../../server/mailbox/tmp-sweep.ts';
import { createFixture, createPlainReader, putMessage } from '../support/maildir.ts';
import { until } from '../support/serve.ts';

const hour = 3_600_000;
const uid = process.getuid?.() ?? 0;

test('files that nobody changed for 36 hours are removed; young ones, names with a dot, directories and links stay', async () => {
  const { maildir, root, remove } = await createFixture();
  try {
    const tmp = join(maildir, 'tmp');
    await writeFile(join(root, 'secret'), 'x');
    for (const name of ['1700000000.M1P1.h', 'courier.lock', '.hidden'])
      await writeFile(join(tmp, name), 'x');
    await mkdir(join(tmp, 'directory'));
    await symlink(join(root, 'secret'), join(tmp, 'link'));
    spawnSync('mkfifo', [join(tmp, 'fifo')]);
    const all = (await readdir(tmp)).sort();
    // An old time of content or of reading says nothing of when it came here.
    await utimes(join(tmp, '1700000000.M1P1.h'), 0, 0);
    assert.equal(await clearTmp(tmp, uid, Date.now() + 35 * hour), 0);
    assert.deepEqual((await readdir(tmp)).sort(), all);
    // And one that is to come says that it is no old one.
    const later = new Date(Date.now() + 100 * hour);
    await utimes(join(tmp, 'courier.lock'), later, later);
    assert.equal(await clearTmp(tmp, uid, Date.now() + 37 * hour), 1);
    assert.deepEqual((await readdir(tmp)).sort(), ['.hidden', 'courier.lock', 'directory', 'fifo', 'link']);
    assert.equal(await clearTmp(tmp, uid + 1, Date.now() + 1000 * hour), 0, 'of somebody else');
  } finally {
    await remove();
  }
});

test('a link in the place of tmp leads nowhere', async () => {
  const { maildir, root, remove } = await createFixture();
  try {
    await mkdir(join(root, 'elsewhere'));
    await writeFile(join(root, 'elsewhere', 'file'), 'x');
    await rm(join(maildir, 'tmp'), { recursive: true });
    await symlink(join(root, 'elsewhere'), join(maildir, 'tmp'));
    await assert.rejects(clearTmp(join(maildir, 'tmp'), uid, Date.now() + 1000 * hour));
    assert.deepEqual(await readdir(join(root, 'elsewhere')), ['file']);
  } finally {
    await remove();
  }
});

test('who opens a folder clears its tmp; who only asks for its state does not', async (t) => {
  const { maildir, state, remove } = await createFixture();
  const account = createAccount({
    address: 'user@example.net',
    maildir,
    state,
    log: () => undefined,
    names: createNameSource('test.example'),
    reader: createPlainReader(),
    tellChange: () => undefined,
    busy: { calls: 0 },
  });
  try {
    await putMessage(maildir);
    const left = join(maildir, 'tmp', '1700000000.M1P1.h');
    await writeFile(left, 'half of a messa');
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 37 * hour });
    await account.call('uidStatus', ['INBOX']);
    await account.call('uidOpen', ['INBOX', true]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal((await readdir(join(maildir, 'tmp'))).length, 1);
    await account.call('uidOpen', ['INBOX', false]);
    await until('tmp is empty', async () => (await readdir(join(maildir, 'tmp'))).length === 0);
  } finally {
    t.mock.timers.reset();
    await account.close();
    await remove();
  }
});
