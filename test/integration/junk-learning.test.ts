// What the accounts' filters learn: letters that are moved into the folder for junk and out of it, by the webmail, over
// IMAP or by another program in the Maildir; once each, taken back when the move is, and only where the site has filters.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import { makeMaildir } from '../../mta/maildir/create.ts';
import { openFixture } from '../support/maildir.ts';

let qmail: string;
let opened: Awaited<ReturnType<typeof openFixture>>;

const setFilter = (value: string): Promise<void> =>
  writeFile(join(qmail, 'control', 'junkfilter'), `${value}\n`);

before(async () => {
  qmail = await mkdtemp(join(tmpdir(), 'facteur-qmail-'));
  await mkdir(join(qmail, 'control'));
});
after(() => rm(qmail, { recursive: true }));
beforeEach(async () => {
  await setFilter('1');
  opened = await openFixture({ qmail });
});
afterEach(() => opened.close());

const store = (folder: string, subject: string) =>
  opened.mailbox.append(folder, Buffer.from(`From: a@example.net\nSubject: ${subject}\n\nsome words\n`), 'S');

/** Waits until the filter has learned so much. */
async function learned(junk: number, good: number): Promise<void> {
  for (let tries = 0; ; tries++) {
    const state = await opened.mailbox.junkFilter();
    if (state.junk === junk && state.good === good) return;
    assert.ok(
      tries < 2000,
      `learned ${state.junk} and ${state.good}, not ${junk} and ${good}: ${opened.log.join('\n')}`,
    );
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Waits until no note is left in the index. */
async function noted(): Promise<void> {
  const directory = join(opened.fixture.state, 'index');
  const name = (await readdir(directory)).find((entry) => entry.endsWith('.sqlite'))!;
  const db = new Database(join(directory, name), { readonly: true });
  try {
    for (let tries = 0; db.prepare('SELECT count(*) FROM lesson').pluck().get() !== 0; tries++) {
      assert.ok(tries < 2000, opened.log.join('\n'));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  } finally {
    db.close();
  }
}

describe('a filter learns', () => {
  it('from moves into Junk and out of it, each letter once, and takes the first lesson back', async () => {
    const { mailbox } = opened;
    const [one, two] = [await store('INBOX', 'one'), await store('INBOX', 'two')];
    await mailbox.move([one, two], 'Junk');
    await learned(2, 0);
    await mailbox.move([one], 'INBOX', 'Junk');
    await learned(1, 1);
    // Into Trash is no praise; a letter filed from the inbox is one.
    await mailbox.move([two], 'Trash', 'Junk');
    const three = await store('INBOX', 'three');
    await mailbox.move([three], 'Archive');
    await learned(1, 2);
    await mailbox.move([one], 'Junk');
    await mailbox.move([one], 'INBOX', 'Junk');
    await mailbox.move([one], 'Junk');
    await learned(2, 1);
  });

  it('from MOVE and COPY over IMAP', async () => {
    const { uids } = opened.mailbox;
    await store('INBOX', 'one');
    await store('INBOX', 'two');
    await opened.mailbox.ensureFolder('Junk');
    const { uids: numbers } = (await uids.open('INBOX', true))!;
    await uids.move('INBOX', [numbers[0]!], 'Junk');
    await uids.copy('INBOX', [numbers[1]!], 'Junk');
    await learned(2, 0);
  });

  it('from renames by another program, whichever folder is looked at first', async () => {
    const { mailbox, maildir } = opened;
    for (const subject of ['one', 'two', 'three']) await store('INBOX', subject);
    await makeMaildir(`${maildir}/.Junk`, { folder: true });
    await mailbox.refresh();
    const names = (await readdir(join(maildir, 'cur'))).sort();
    const move = (name: string, from: string, to: string): Promise<void> =>
      rename(join(maildir, from, 'cur', name), join(maildir, to, 'cur', name));
    await move(names[0]!, '', '.Junk');
    await mailbox.refresh('INBOX');
    await mailbox.refresh('Junk');
    await learned(1, 0);
    await move(names[1]!, '', '.Junk');
    await mailbox.refresh('Junk');
    await mailbox.refresh('INBOX');
    await learned(2, 0);
    await move(names[0]!, '.Junk', '');
    await mailbox.refresh();
    await learned(1, 1);
    // What comes into Junk from nowhere was delivered there: nobody said anything.
    await writeFile(join(maildir, '.Junk', 'new', '1700000000.M1P1.host'), 'Subject: delivered\n\nx\n');
    await mailbox.refresh('Junk');
    await move(names[2]!, '', '.Junk');
    await mailbox.refresh();
    await learned(2, 1);
  });

  it('from what its owner has in folders, when asked to', async () => {
    const { mailbox } = opened;
    for (let i = 0; i < 50; i++) await store(i % 2 === 0 ? 'Junk' : 'INBOX', `letter ${i}`);
    await mailbox.append('INBOX', Buffer.from('Subject: not read\n\nx\n'), '');
    await store('Sent', 'mine');
    let from: number | undefined = 0;
    let count = 0;
    while (from !== undefined) {
      const step: Awaited<ReturnType<typeof mailbox.learnFromFolders>> = await mailbox.learnFromFolders(from);
      assert.equal(step.total, 50);
      count += step.learned;
      from = step.next;
    }
    assert.equal(count, 50);
    await learned(25, 25);
    assert.equal((await mailbox.learnFromFolders(0)).learned, 0);
    await mailbox.forgetJunkFilter();
    await learned(0, 0);
  });
});

describe('nothing is learned', () => {
  it('where the site has no filters, or their owner wants none', async () => {
    const { mailbox } = opened;
    const one = await store('INBOX', 'one');
    await setFilter('0');
    await mailbox.move([one], 'Junk');
    assert.equal((await mailbox.junkFilter()).isOffered, false);
    // The note is dropped, not kept for later.
    await noted();
    await setFilter('1');
    await mailbox.chooseJunkFilter('no', 'careful');
    const two = await store('INBOX', 'two');
    await mailbox.move([two], 'Junk');
    await noted();
    await mailbox.chooseJunkFilter('yes', 'careful');
    const three = await store('INBOX', 'three');
    await mailbox.move([three], 'Junk');
    await learned(1, 0);
    assert.equal((await mailbox.junkFilter()).strictness, 'careful');
  });
});
