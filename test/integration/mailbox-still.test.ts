// Answers that clients poll for are given again while nothing changed, and by nothing that changed (spec/maildir-imap.md
// 1.11): over a real Maildir and a real index; only the time of the day is ours, so that no test waits for it.
import assert from 'node:assert/strict';
import { chmod, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openIndex } from '../../server/mailbox/schema.ts';
import { type About, createStillAnswers } from '../../server/mailbox/still-answers.ts';
import { createStillColumns } from '../../server/mailbox/still-columns.ts';
import { createFixture, makeFixtureFolder, putMessage } from '../support/maildir.ts';

const inbox: About = { folder: '', since: 0 };

async function createScene(t: TestContext, ahead = 5000) {
  const { maildir, state, remove } = await createFixture();
  t.after(remove);
  const db = await openIndex(state, 'index.sqlite', () => undefined);
  t.after(() => db.close());
  await makeFixtureFolder(maildir, '.Work');
  await putMessage(maildir, {});
  const file = join(state, 'index', 'index.sqlite');
  const still = createStillAnswers(
    maildir,
    () => file,
    () => Date.now() + ahead,
  );
  let asked = 0;
  const ask = (about: About | undefined = inbox, isKept = true): Promise<number> =>
    still.ask(
      'status',
      about,
      async () => ++asked,
      () => isKept,
    );
  /** The file system's clock goes on: kernels before 6.13 give changes of one tick one time. */
  const tick = async (): Promise<void> => {
    const probe = join(state, 'probe');
    await writeFile(probe, '');
    const { ctimeMs } = await stat(probe);
    while ((await stat(probe)).ctimeMs === ctimeMs) await writeFile(probe, 'a');
  };
  return { maildir, db, ask, tick };
}

test('what nothing happened to is told again without a question', async (t) => {
  const { ask } = await createScene(t);
  assert.deepEqual([await ask(), await ask(), await ask()], [1, 1, 1]);
});

test('each kind of change has the question put again', async (t) => {
  const { maildir, db, ask, tick } = await createScene(t);
  const changes: Record<string, () => Promise<unknown> | unknown> = {
    'a delivery': () => writeFile(join(maildir, 'new', '1.M1P1.test'), 'Subject: a\n\na\n'),
    'a move to cur': () =>
      rename(join(maildir, 'new', '1.M1P1.test'), join(maildir, 'cur', '1.M1P1.test:2,')),
    'a flag': () => rename(join(maildir, 'cur', '1.M1P1.test:2,'), join(maildir, 'cur', '1.M1P1.test:2,S')),
    'a letter removed': () => rm(join(maildir, 'cur', '1.M1P1.test:2,S')),
    'keywords of Courier': () => mkdir(join(maildir, 'courierimapkeywords')),
    'a keyword of Courier': () => writeFile(join(maildir, 'courierimapkeywords', 'a'), 'Work\n'),
    'keywords of Dovecot': () => writeFile(join(maildir, 'dovecot-keywords'), '0 Work\n'),
    'keywords of Dovecot, in their place': () => writeFile(join(maildir, 'dovecot-keywords'), '0 Home\n'),
    'a list of UIDs': () => writeFile(join(maildir, 'courierimapuiddb'), '1 1 1\n'),
    rights: () => chmod(join(maildir, 'cur'), 0o500),
    'the index': () => db.run("INSERT OR REPLACE INTO fact (name, value) VALUES ('test', 'a')"),
  };
  let last = await ask();
  for (const [what, change] of Object.entries(changes)) {
    await tick();
    await change();
    const now = await ask();
    assert.equal(now, last + 1, what);
    assert.equal(await ask(), now, `after ${what}`);
    last = now;
  }
});

test('a client that knows another state is not told what holds for this one', async (t) => {
  const { ask } = await createScene(t);
  assert.equal(await ask({ folder: '', since: 7 }), 1);
  assert.equal(await ask({ folder: '', since: 8 }), 2);
});

test('which folders there are is asked again when one comes, goes or is subscribed to', async (t) => {
  const { maildir, ask, tick } = await createScene(t);
  const folders: About = { folders: ['', '.Work'] };
  assert.deepEqual([await ask(folders), await ask(folders)], [1, 1]);
  await mkdir(join(maildir, '.New'));
  assert.equal(await ask(folders), 2);
  await tick();
  await rm(join(maildir, '.Work', 'cur'), { recursive: true });
  assert.equal(await ask(folders), 3);
  await writeFile(join(maildir, 'courierimapsubscribed'), 'INBOX\n');
  assert.equal(await ask(folders), 4);
  await tick();
  await writeFile(join(maildir, 'courierimapsubscribed'), 'INBOX.Work\n');
  assert.deepEqual([await ask(folders), await ask(folders)], [5, 5]);
});

test('times that may hide another change behind them keep nothing', async (t) => {
  const { ask } = await createScene(t, 0);
  assert.deepEqual([await ask(), await ask()], [1, 2]);
});

test('times that are to come keep nothing: the clock was set back', async (t) => {
  const { ask } = await createScene(t, -3_600_000);
  assert.deepEqual([await ask(), await ask()], [1, 2]);
});

test('an answer that only holds once is not given again, nor one about a place that is not known', async (t) => {
  const { ask } = await createScene(t);
  assert.deepEqual([await ask(inbox, false), await ask(inbox, false)], [1, 2]);
  assert.equal(await ask(undefined), 3);
});

test('what a page shows of all folders is asked again after a change in any of them', async (t) => {
  const { maildir, db, ask, tick } = await createScene(t);
  const all: About = { within: ['', '.Work'] };
  assert.deepEqual([await ask(all), await ask(all)], [1, 1]);
  const changes: Record<string, () => Promise<unknown> | unknown> = {
    'a delivery': () => writeFile(join(maildir, '.Work', 'new', '2.M1P1.test'), 'Subject: a\n\na\n'),
    'a letter removed': () => rm(join(maildir, '.Work', 'new', '2.M1P1.test')),
    'a flag': () => writeFile(join(maildir, 'cur', '3.M1P1.test:2,S'), 'Subject: a\n\na\n'),
    'a new folder': () => makeFixtureFolder(maildir, '.Other'),
    'a folder hidden': () => writeFile(join(maildir, 'courierimapsubscribed'), 'INBOX\n'),
    'a quota': () => writeFile(join(maildir, 'maildirsize'), '1000S\n'),
    'its use': () => writeFile(join(maildir, 'maildirsize'), '1000S\n10 1\n'),
    'the index': () => db.run("INSERT OR REPLACE INTO fact (name, value) VALUES ('test', 'a')"),
    'a folder removed': () => rm(join(maildir, '.Work'), { recursive: true }),
  };
  let last = 1;
  for (const [what, change] of Object.entries(changes)) {
    await tick();
    await change();
    const now = await ask(all);
    assert.equal(now, last + 1, what);
    last = now;
  }
});

test('the folders beside a page that is held come with their new counts', async (t) => {
  const { maildir, state, remove } = await createFixture();
  t.after(remove);
  await makeFixtureFolder(maildir, '.Work');
  await putMessage(maildir, {});
  const calls: string[] = [];
  const column = createStillColumns(() => Date.now() + 5000)(
    'a',
    maildir,
    join(state, 'index', 'none.sqlite'),
  );
  const directories = ['', '.Work'];
  const ask = (page?: object, known: readonly string[] | undefined = directories) =>
    column('m', async () => {
      calls.push('asked');
      return { folders: [], quota: undefined, directories: known, page };
    });
  await ask();
  await ask();
  await ask();
  assert.equal(calls.length, 2, 'the first answer says which folders there are');
  await writeFile(join(maildir, '.Work', 'new', '2.M1P1.test'), 'Subject: a\n\na\n');
  await ask({}, undefined);
  await ask({}, undefined);
  assert.equal(calls.length, 4, 'neither a fresh page nor a folder that is being read is told twice');
});
