// Watching folders (UidMailbox.watch): whoever changes something, those who watch are told soon, of the folders they
// asked for; nothing is held when nobody watches any more, and directories that inotify cannot watch are looked at.
import assert from 'node:assert/strict';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createDirectoryWatch } from '../../server/mailbox/folder-watch.ts';
import { createMailboxes } from '../../server/mailbox/mailboxes.ts';
import {
  createFixture,
  createTextSummariser,
  makeFixtureFolder,
  openFixture,
  putMessage,
} from '../support/maildir.ts';

/** Collects what is told, and waits for a telling. */
function createEar(): {
  readonly told: (string | undefined)[];
  hear(folder: string | undefined): void;
  /** Waits until `folder` is told once more; the milliseconds it took. */
  waitFor(folder: string | undefined): Promise<number>;
} {
  const told: (string | undefined)[] = [];
  let waiting: { readonly folder: string | undefined; done(): void }[] = [];
  return {
    told,
    hear(folder) {
      told.push(folder);
      for (const wait of waiting.filter((entry) => entry.folder === folder)) wait.done();
      waiting = waiting.filter((entry) => entry.folder !== folder);
    },
    async waitFor(folder) {
      const start = performance.now();
      await new Promise<void>((done) => waiting.push({ folder, done }));
      return performance.now() - start;
    },
  };
}

test('a delivery, a change of flags and of Courier’s keywords are told at once, to who asked for the folder', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  await makeFixtureFolder(maildir, '.Work');
  await mkdir(join(maildir, 'courierimapkeywords'));
  const [inbox, all] = [createEar(), createEar()];
  t.after(mailbox.uids.watch(inbox.hear, ['INBOX']));
  t.after(mailbox.uids.watch(all.hear));
  await Promise.all([inbox.waitFor('INBOX'), all.waitFor('INBOX'), all.waitFor('Work')]);
  const after = async (folder: string, change: () => Promise<unknown>): Promise<void> => {
    const heard = all.waitFor(folder);
    await change();
    const took = await heard;
    t.diagnostic(`${folder} told after ${took.toFixed(0)} ms`);
    assert.ok(took < 5000);
    await delay(150);
  };
  let base = '';
  await after('INBOX', async () => {
    base = await putMessage(maildir, { half: 'new' });
  });
  assert.equal((await mailbox.uids.changesSince('INBOX', 0, false))!.messages, 1);
  await delay(150);
  await after('INBOX', () => rename(join(maildir, 'cur', `${base}:2,`), join(maildir, 'cur', `${base}:2,S`)));
  await after('INBOX', () => writeFile(join(maildir, 'courierimapkeywords', base), 'Work\n'));
  const before = inbox.told.length;
  await after('Work', () => putMessage(maildir, { folder: '.Work' }));
  assert.equal(inbox.told.length, before, 'who watches INBOX hears of nothing else');
});

test('folders that come and go are told, and those that came are watched', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  const ear = createEar();
  const stop = mailbox.uids.watch(ear.hear);
  await ear.waitFor('INBOX');
  await delay(150);
  const made = ear.waitFor(undefined);
  const watched = ear.waitFor('New');
  const path = await makeFixtureFolder(maildir, '.New');
  await made;
  await watched;
  await delay(150);
  const told = ear.waitFor('New');
  await putMessage(maildir, { folder: '.New', half: 'new' });
  await told;
  const gone = ear.waitFor(undefined);
  await rm(path, { recursive: true });
  await gone;
  stop();
  const count = ear.told.length;
  await putMessage(maildir, { half: 'new' });
  await delay(300);
  assert.equal(ear.told.length, count, 'nothing is told after the end');
});

test('where inotify has no room INBOX is looked at each second', async (t) => {
  const fixture = await createFixture();
  t.after(fixture.remove);
  const mailboxes = createMailboxes({
    state: fixture.state,
    reader: createTextSummariser(),
    log: () => {},
    workers: 1,
    watches: 0,
  });
  t.after(() => mailboxes.close());
  const mailbox = await mailboxes.open({ address: 'user@example.net', maildir: fixture.maildir });
  const ear = createEar();
  t.after(mailbox.uids.watch(ear.hear, ['INBOX']));
  await ear.waitFor('INBOX');
  const heard = ear.waitFor('INBOX');
  await putMessage(fixture.maildir, { half: 'new' });
  const took = await heard;
  t.diagnostic(`told after ${took.toFixed(0)} ms`);
  assert.ok(took < 10_000);
});

test('many changes are told as few; a directory is watched once however often, and let go', async (t) => {
  const fixture = await createFixture();
  t.after(fixture.remove);
  const watch = createDirectoryWatch(100);
  t.after(() => watch.close());
  let told = 0;
  const stop = watch.watchFolder(fixture.maildir, { isInbox: true, isLocal: true }, () => {
    told += 1;
  });
  assert.equal(watch.watching, 2);
  for (let i = 0; i < 100; i++) await putMessage(fixture.maildir, { half: 'new' });
  await waitUntil(t, () => told > 0);
  assert.ok(told < 30, `${told} tellings of 100 deliveries`);
  stop();
  assert.equal(watch.watching, 0);
});

async function waitUntil(t: TestContext, isSo: () => boolean): Promise<void> {
  for (const end = performance.now() + 10_000; performance.now() < end; await delay(10)) if (isSo()) return;
  t.assert.fail('it did not come to be');
}
