// UID lists and keyword files that lie or are no files at all (security.md F2): a folder opens all the same, soon, its
// messages have UIDs that ascend and are nobody's else, and the next opening tells the same ones.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import type { Mailbox } from '../../server/mailbox/types.ts';
import type { FolderSnapshot } from '../../server/mailbox/uid-types.ts';
import { makeFixtureFolder, openFixture, putMessage } from '../support/maildir.ts';

const run = promisify(execFile);
const list = 'courierimapuiddb';

/** What is put in the place of a folder's list, and the UIDs that its messages 1.a, 2.b and 3.c must have then. */
interface Case {
  readonly what: string;
  readonly uids: readonly number[];
  /** UIDVALIDITY that the list has; undefined: it is not believed. */
  readonly uidValidity?: number | undefined;
  place(path: string): Promise<unknown>;
}

const text = (what: string, content: string, uids?: readonly number[]): Case => ({
  what: `a list ${what}`,
  uids: uids ?? [1, 2, 3],
  uidValidity: uids && 7,
  place: (path) => writeFile(path, content),
});

const longList = Array.from({ length: 200_000 }, (_, i) => `${i + 1} ${i === 77_777 ? '2.b' : `9${i}.x`}\n`);

const cases: readonly Case[] = [
  text('empty', ''),
  text('of another version', '2 1 2\n1 1.a\n'),
  text('of no numbers', 'not a list\n1 1.a\n'),
  text('with UIDVALIDITY 0', '1 0 5\n1 1.a\n'),
  text('with UIDVALIDITY 2^33', `1 ${2 ** 33} 5\n1 1.a\n`),
  text('with UIDNEXT 2^33', `1 7 ${2 ** 33}\n1 1.a\n`),
  text('with a UID of 2^33', `1 7 9\n${2 ** 33} 1.a\n3 2.b\n`, [3, 9, 10]),
  text('with UID 0 and -1', '1 7 9\n0 1.a\n-1 2.b\n', [9, 10, 11]),
  text('that descends', '1 7 9\n8 1.a\n5 2.b\n3 3.c\n', [3, 5, 8]),
  text('with a UID twice', '1 7 9\n4 1.a\n4 2.b\n', [4, 9, 10]),
  text('with a name twice', '1 7 9\n4 1.a\n5 1.a\n', [4, 9, 10]),
  text('with UIDNEXT too low', '1 7 2\n40 1.a\n', [40, 41, 42]),
  text('torn in its last line', '1 7 9\n4 1.a\n5 2', [4, 9, 10]),
  text('at the end of all UIDs', '1 7 4294967295\n4294967293 1.a\n'),
  text('with NUL bytes', '1 7 9\n4 1.a\n\0\0\0\0\n5 \0.b\n', [4, 9, 10]),
  text('with paths for names', '1 7 9\n4 ../../1.a\n5 /etc/passwd\n', [9, 10, 11]),
  text('of 200,000 lines', `1 7 200001\n${longList.join('')}`, [77_778, 200_001, 200_002]),
  { what: 'a FIFO', uids: [1, 2, 3], place: (path) => run('mkfifo', [path]) },
  {
    what: 'a link: what it leads to is neither read nor written',
    uids: [1, 2, 3],
    async place(path) {
      await writeFile(`${path}.target`, linked);
      await symlink(`${path}.target`, path);
    },
  },
  {
    what: 'a directory, which is put aside',
    uids: [1, 2, 3],
    async place(path) {
      await mkdir(path);
      await writeFile(join(path, 'file'), 'x');
    },
  },
  {
    what: 'a sparse file of a terabyte',
    uids: [1, 2, 3],
    place: (path) => run('truncate', ['-s', '1T', path]),
  },
];

const linked = '1 7 9\n4 1.a\n';

interface Opened {
  readonly first: FolderSnapshot;
  readonly second: FolderSnapshot;
}

test('whatever lies in the place of courierimapuiddb, messages have UIDs, and without the index the same', async (t) => {
  const { maildir, mailbox, restart, log, close } = await openFixture();
  t.after(close);
  for (const [index, { place }] of cases.entries()) {
    const path = await makeFixtureFolder(maildir, `.L${index}`);
    for (const base of ['1.a', '2.b', '3.c']) await putMessage(maildir, { folder: `.L${index}`, base });
    await place(join(path, list));
  }
  const openAll = (from: Mailbox): Promise<FolderSnapshot[]> =>
    Promise.all(cases.map(async (_case, index) => (await from.uids.open(`L${index}`, false))!));
  const first = await openAll(mailbox);
  const { mailbox: again } = await restart({ index: false });
  const second = await openAll(again);
  for (const [index, { what, uids, uidValidity }] of cases.entries()) {
    await t.test(what, () => check({ first: first[index]!, second: second[index]! }, uids, uidValidity));
  }
  assert.equal(log.filter((line) => line.includes('a directory in the place of')).length, 1);
  const link = cases.findIndex(({ what }) => what.startsWith('a link'));
  assert.equal(await readFile(join(maildir, `.L${link}`, `${list}.target`), 'utf8'), linked);
});

function check({ first, second }: Opened, uids: readonly number[], uidValidity: number | undefined): void {
  assert.deepEqual([...first.uids], uids);
  assert.ok(uids.at(-1)! < first.uidNext && first.uidNext <= 0xffff_ffff);
  if (uidValidity === undefined) assert.ok(first.uidValidity > 700_000_000);
  else assert.equal(first.uidValidity, uidValidity);
  assert.deepEqual([...second.uids], uids);
  assert.deepEqual([second.uidValidity, second.uidNext], [first.uidValidity, first.uidNext]);
}

test('keyword files that are links, FIFOs or full of noise', async (t) => {
  const { fixture, maildir, mailbox, close } = await openFixture();
  t.after(close);
  await putMessage(maildir, { base: '1.a', flags: 'Sab' });
  const secret = join(fixture.root, 'secret');
  await mkdir(secret);
  await writeFile(join(secret, ':list'), 'Secret\n\n1.a:0\n');
  await symlink(secret, join(maildir, 'courierimapkeywords'));
  await run('mkfifo', [join(maildir, 'dovecot-keywords')]);
  const opened = (await mailbox.uids.open('INBOX', false))!;
  assert.deepEqual([...opened.knownKeywords], []);
  await makeNoise(maildir);
  const { changed } = (await mailbox.uids.changesSince('INBOX', 0, false))!;
  assert.equal(changed.length, 1);
  assert.equal(await readFile(join(secret, ':list'), 'utf8'), 'Secret\n\n1.a:0\n');
  assert.equal((await stat(secret)).isDirectory(), true);
});

async function makeNoise(maildir: string): Promise<void> {
  await run('rm', [join(maildir, 'dovecot-keywords'), join(maildir, 'courierimapkeywords')]);
  await mkdir(join(maildir, 'courierimapkeywords'));
  await writeFile(join(maildir, 'courierimapkeywords', ':list'), `${'x'.repeat(1000)}\n`.repeat(1000));
  await writeFile(join(maildir, 'courierimapkeywords', '1.a'), 'a b(c\n\0\n'.repeat(10_000));
  await writeFile(join(maildir, 'dovecot-keywords'), '99 High\n-1 Low\n0 \n1 ok\nnonsense\n');
}
