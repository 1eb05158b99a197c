// UIDs when the list cannot be written: on a full disk the old list stays and new mail is hidden until there is room; on
// a file system that is read-only the index alone keeps them. Needs root, for a file system of the test's own.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createMailboxes } from '../../server/mailbox/mailboxes.ts';
import type { Mailbox } from '../../server/mailbox/types.ts';
import { createFixture, createTextSummariser, makeFixtureFolder, putMessage } from '../support/maildir.ts';

const run = promisify(execFile);

/** Mounts a small file system at `path`. False: not allowed here. */
const mountSmall = (path: string): Promise<boolean> =>
  run('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', path]).then(
    () => true,
    () => false,
  );

test('a list that cannot be written is never told from, and the old one stays', async (t) => {
  const fixture = await createFixture();
  const disk = join(fixture.root, 'disk');
  await mkdir(disk);
  const isMounted = await mountSmall(disk);
  t.after(async () => {
    if (isMounted) await run('umount', [disk]);
    await fixture.remove();
  });
  if (!isMounted) return t.skip('this user may not mount a file system');
  const maildir = join(disk, 'Maildir');
  await makeFixtureFolder(maildir, '');
  const log: string[] = [];
  const withMailbox = async (work: (mailbox: Mailbox) => Promise<void>): Promise<void> => {
    const mailboxes = createMailboxes({
      state: fixture.state,
      reader: createTextSummariser(),
      log: (line) => log.push(line),
      workers: 1,
    });
    try {
      await work(await mailboxes.open({ address: 'user@example.net', maildir }));
    } finally {
      await mailboxes.close();
    }
  };
  const readList = (): Promise<string> => readFile(join(maildir, 'courierimapuiddb'), 'utf8');

  await withMailbox(async ({ uids }) => {
    for (const base of ['1.a', '2.b']) await putMessage(maildir, { base });
    const first = (await uids.open('INBOX', false))!;
    await putMessage(maildir, { base: '3.c' });
    const before = await readList();
    await assert.rejects(writeFile(join(disk, 'fill'), Buffer.alloc(1_000_000)), /ENOSPC/);
    const full = (await uids.changesSince('INBOX', first.highestModseq, false))!;
    assert.deepEqual([full.messages, full.uidNext, full.changed, full.vanished], [2, 3, [], []]);
    assert.equal(await readList(), before);
    assert.deepEqual(await readdir(join(maildir, 'tmp')), [], 'nothing half-written stays');
    assert.equal(log.filter((line) => line.includes('UIDs of INBOX cannot be written: ENOSPC')).length, 1);
    await unlink(join(disk, 'fill'));
    let room = full;
    for (const end = Date.now() + 10_000; room.messages < 3 && Date.now() < end; await delay(100)) {
      room = (await uids.changesSince('INBOX', first.highestModseq, false))!;
    }
    assert.deepEqual([room.messages, room.changed.map(({ uid }) => uid), room.recentUids], [3, [3], [3]]);
  });

  await putMessage(maildir, { base: '4.d' });
  await run('mount', ['-o', 'remount,ro', disk]);
  await withMailbox(async ({ uids }) => {
    const opened = (await uids.open('INBOX', true))!;
    assert.deepEqual([...opened.uids], [1, 2, 3, 4]);
    assert.equal(log.filter((line) => line.includes('UIDs of INBOX cannot be written: EROFS')).length, 1);
  });
});
