// What the pages do to letters by their ids besides flags and moves, on a real Maildir: keywords as IMAP sees them,
// copies, removal of what is marked, bringing back.
import assert from 'node:assert/strict';
import { readdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { messageIdOf } from '../../server/mailbox/names.ts';
import type { Mailbox } from '../../server/mailbox/types.ts';
import { type MailSite, startMailSite } from '../support/mail-pages.ts';

const alice = 'alice@example.com';
let site: MailSite;
let maildir: string;
let mailbox: Mailbox;
before(async () => {
  site = await startMailSite();
  const account = await site.account(alice);
  maildir = account.maildir;
  mailbox = await site.mailboxes.open(account);
});
after(() => site.close());

let count = 0;
/** Delivers a read letter; gives its id. */
async function deliver(folder = 'INBOX', received = new Date(Date.now() - 86_400_000)): Promise<string> {
  const subject = `Letter ${++count}`;
  const id = messageIdOf(await site.deliver(alice, { folder, subject, flags: 'S', received }));
  await mailbox.find(id, folder);
  return id;
}
const rowOf = async (id: string) => (await mailbox.find(id))?.row;
const names = (folder = '') => readdir(join(maildir, folder, 'cur'));

describe('keywords', () => {
  test('are written where IMAP reads them, move along, and are put back by undo', async () => {
    const [one, two] = [await deliver(), await deliver()];
    const set = await mailbox.setKeywords([one, two], ['work', '$label1'], []);
    assert.equal(set.done, 2);
    assert.deepEqual((await rowOf(one))?.keywords, ['$label1', 'work']);
    const uids = await mailbox.uids.search('INBOX', { key: 'keyword', name: 'work' });
    assert.equal(uids.length, 2);
    const letters = (await readFile(join(maildir, 'dovecot-keywords'), 'utf8')).split('\n').filter(Boolean);
    assert.deepEqual(letters, ['0 work', '1 $label1']);

    const removed = await mailbox.setKeywords([one], [], ['WORK']);
    assert.deepEqual((await rowOf(one))?.keywords, ['$label1']);
    await mailbox.move([one], 'Archive');
    assert.deepEqual((await rowOf(one))?.keywords, ['$label1']);
    await mailbox.restore(removed.undo);
    assert.deepEqual(
      [(await rowOf(one))?.folder, (await rowOf(one))?.keywords],
      ['INBOX', ['$label1', 'work']],
    );
    await mailbox.restore(set.undo);
    assert.deepEqual((await rowOf(two))?.keywords, []);
    assert.equal((await mailbox.uids.search('INBOX', { key: 'keyword', name: 'work' })).length, 0);
  });

  test('more than 26 of a folder are kept all the same, and undone', async () => {
    const id = await deliver('Many');
    const many = Array.from({ length: 30 }, (_, n) => `k${n}`);
    await mailbox.setKeywords([id], many, []);
    assert.equal((await rowOf(id))?.keywords.length, 30);
    const { undo } = await mailbox.setKeywords([id], [], ['k29', 'k1']);
    assert.equal((await rowOf(id))?.keywords.length, 28);
    await mailbox.restore(undo);
    assert.equal((await rowOf(id))?.keywords.length, 30);
  });

  test('are found by label: in searches, whole and without regard to case', async () => {
    const id = await deliver();
    await mailbox.setKeywords([id], ['Projekt-X'], []);
    const find = async (search: string) =>
      (await mailbox.list({ search, limit: 50 })).rows.map((row) => row.id);
    assert.deepEqual(await find('label:projekt-x'), [id]);
    assert.deepEqual(await find('label:projekt'), []);
    assert.ok(!(await find('-label:projekt-x Letter')).includes(id));
  });
});

test('a copy is a file of its own with flags and keywords; the first stays', async () => {
  const id = await deliver();
  await mailbox.setKeywords([id], ['work'], []);
  const { done, made } = await mailbox.copy([id], 'Archive', 'INBOX');
  assert.equal(done, 1);
  const copy = await mailbox.find(made[0]!.id, 'Archive');
  assert.deepEqual([copy?.row.flags.replace(/[a-z]/g, ''), copy?.row.keywords], ['S', ['work']]);
  assert.equal((await rowOf(id))?.folder, 'INBOX');
  assert.notEqual(made[0]!.id, id);
});

test('expunge takes only what still has T, and lists do not show what has it', async () => {
  const [one, two] = [await deliver('Junk'), await deliver('Junk')];
  await mailbox.setFlags([one, two], 'T', '');
  assert.equal((await mailbox.list({ folder: 'Junk', limit: 50 })).total, 0);
  await mailbox.setFlags([two], '', 'T');
  assert.equal((await mailbox.expunge([one, two])).done, 1);
  assert.equal((await names('.Junk')).length, 1);
});

describe('bringing back', () => {
  let id: string;
  beforeEach(async () => {
    id = await deliver('Later', new Date(Date.now() - 30 * 86_400_000));
  });

  test('makes a letter unread and first, with its id and keywords', async () => {
    await deliver();
    await mailbox.setKeywords([id], ['work'], []);
    const now = Math.floor(Date.now() / 1000) * 1000;
    assert.equal(await mailbox.bringBack(id, 'Later', 'INBOX', now), true);
    const { rows } = await mailbox.list({ folder: 'INBOX', limit: 1 });
    assert.deepEqual(
      rows.map(({ id, seen, received, keywords }) => ({ id, seen, received, keywords })),
      [{ id, seen: false, received: now, keywords: ['work'] }],
    );
    const { path } = (await mailbox.find(id))!;
    assert.equal((await stat(path)).mtimeMs, now);
  });

  test('leaves alone what another program moved away, and finds what it renamed', async () => {
    const { path, row } = (await mailbox.find(id))!;
    await rename(path, join(maildir, '.Later', 'cur', `${row.base}:2,FS`));
    assert.equal(await mailbox.bringBack(id, 'Later', 'INBOX', Date.now()), true);
    assert.equal((await rowOf(id))?.flagged, true);
    assert.equal(await mailbox.bringBack(id, 'Later', 'INBOX', Date.now()), false);
    assert.equal((await rowOf(id))?.folder, 'INBOX');
  });
});
