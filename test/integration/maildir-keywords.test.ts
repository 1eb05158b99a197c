// Keywords and dot-locks on a real directory: Courier's steps for change and merge, what a crash or another program
// leaves between them, and who may hold a lock (spec/maildir-imap.md 3.2, 3.3, 3.7).
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { takeCourierLock, takeUidlistLock } from '../../mta/maildir/courier-lock.ts';
import { changeCourierKeywords, loadCourierKeywords } from '../../mta/maildir/keywords.ts';
import { createNameSource } from '../../mta/maildir/name.ts';
import { readPrivateFile, replacePrivateFile } from '../../mta/maildir/private-file.ts';
import { createFixture, type Fixture } from '../support/maildir.ts';

const names = createNameSource('host');

async function withMaildir(work: (fixture: Fixture) => Promise<void>): Promise<void> {
  const fixture = await createFixture();
  try {
    await work(fixture);
  } finally {
    await fixture.remove();
  }
}

const placeOf = ({ maildir }: Fixture) => ({
  directory: maildir,
  owner: { uid: process.getuid!(), gid: process.getgid!() },
  names,
});
const filesOf = async ({ maildir }: Fixture) => (await readdir(join(maildir, 'courierimapkeywords'))).sort();

describe('keywords of a folder', () => {
  it('are a change file after a change, and in :list after the next load for writing', () =>
    withMaildir(async (fixture) => {
      const place = placeOf(fixture);
      assert.equal(await loadCourierKeywords(place), undefined, 'there are none, and no directory is made');
      await changeCourierKeywords(place, 'a,S=1', ['work', '$Label1']);
      await changeCourierKeywords(place, 'b', ['work']);
      assert.deepEqual(await filesOf(fixture), ['a,S=1', 'b']);
      assert.deepEqual(await readdir(join(fixture.maildir, 'tmp')), []);
      const read = await loadCourierKeywords(place);
      assert.deepEqual(Object.fromEntries(read!), { 'a,S=1': ['work', '$Label1'], b: ['work'] });
      assert.deepEqual(await filesOf(fixture), ['a,S=1', 'b'], 'a reader changes nothing');

      await loadCourierKeywords(place, () => true);
      const period = Math.floor(Date.now() / 300_000) + 1;
      const merged = await filesOf(fixture);
      assert.ok(merged.includes(':list') && merged.some((name) => name.endsWith('.b')), String(merged));
      assert.ok(Number(merged.find((name) => name.endsWith('.b'))!.split('.')[1]) >= period - 1);
      assert.equal(
        await readFile(join(fixture.maildir, 'courierimapkeywords', ':list'), 'utf8'),
        'work\n$Label1\n\na,S=1:0 1\nb:0\n',
      );
    }));

  it('are taken away by an empty change, and forgotten with their message', () =>
    withMaildir(async (fixture) => {
      const place = placeOf(fixture);
      for (const base of ['a', 'b', 'c']) await changeCourierKeywords(place, base, ['x']);
      await loadCourierKeywords(place, () => true);
      await changeCourierKeywords(place, 'a', []);
      const read = await loadCourierKeywords(place, (base) => base !== 'b');
      assert.deepEqual([...read!.keys()], ['c']);
      const list = await readFile(join(fixture.maildir, 'courierimapkeywords', ':list'), 'utf8');
      assert.equal(list, 'x\n\nc:0\n');
      assert.deepEqual([...(await loadCourierKeywords(place, (base) => base !== 'b'))!.keys()], ['c']);
      await changeCourierKeywords(place, 'new', ['x']);
      await loadCourierKeywords(place, (base) => base === 'c');
      assert.ok(
        (await filesOf(fixture)).includes('new'),
        'the change of a message that nobody has seen yet stays',
      );
    }));

  it('are those of the newest change when merged ones of several periods lie there', () =>
    withMaildir(async (fixture) => {
      const place = placeOf(fixture);
      const directory = join(fixture.maildir, 'courierimapkeywords');
      await mkdir(directory);
      await writeFile(join(directory, ':list'), 'old\n\na:0\nb:0\n');
      await writeFile(join(directory, '.100.a'), 'older\n');
      await writeFile(join(directory, '.200.a'), 'newer\n');
      await writeFile(join(directory, '.200.b'), 'merged\n');
      await writeFile(join(directory, 'b'), 'newest\n');
      assert.deepEqual(Object.fromEntries((await loadCourierKeywords(place))!), {
        a: ['newer'],
        b: ['newest'],
      });
      await loadCourierKeywords(place, () => true);
      const left = await filesOf(fixture);
      assert.ok(!left.includes('.100.a') && left.includes('.200.a'), String(left));
      const quarter = Date.now() / 1000 - 16 * 60;
      await writeFile(join(directory, '.tmp.1.x'), '');
      for (const name of ['.200.a', '.tmp.1.x']) await utimes(join(directory, name), quarter, quarter);
      await loadCourierKeywords(place, () => true);
      assert.deepEqual(
        (await filesOf(fixture)).filter((name) => name === '.200.a' || name.startsWith('.tmp')),
        [],
      );
    }));

  it('survive changes and merges at the same time', () =>
    withMaildir(async (fixture) => {
      const place = placeOf(fixture);
      await changeCourierKeywords(place, 'm0', ['k0']);
      const merges = (async () => {
        for (let i = 0; i < 10; i++) await loadCourierKeywords(place, () => true);
      })();
      for (let i = 1; i < 40; i++) await changeCourierKeywords(place, `m${i}`, [`k${i % 5}`]);
      await merges;
      const read = await loadCourierKeywords(place, () => true);
      assert.equal(read!.size, 40);
    }));

  it('are not read through a directory or a file that leads elsewhere', () =>
    withMaildir(async (fixture) => {
      const place = placeOf(fixture);
      const elsewhere = join(fixture.root, 'elsewhere');
      await mkdir(elsewhere);
      await writeFile(join(elsewhere, 'a'), 'secret\n');
      await symlink(elsewhere, join(fixture.maildir, 'courierimapkeywords'));
      await assert.rejects(loadCourierKeywords(place), { code: /^(ENOTDIR|ELOOP)$/ });
      await assert.rejects(changeCourierKeywords(place, 'b', ['x']), { code: /^(ENOTDIR|ELOOP)$/ });
      assert.deepEqual(await readdir(elsewhere), ['a']);
      await symlink(join(elsewhere, 'a'), join(fixture.maildir, 'courierimapuiddb'));
      assert.equal(await readPrivateFile(join(fixture.maildir, 'courierimapuiddb'), place.owner), undefined);
    }));
});

describe('a private file', () => {
  it('is replaced whole, and kept when the new one cannot be written', () =>
    withMaildir(async (fixture) => {
      const { directory, owner } = placeOf(fixture);
      await replacePrivateFile(directory, 'courierimapuiddb', Buffer.from('one'), owner, names);
      await replacePrivateFile(directory, 'courierimapuiddb', Buffer.from('two'), owner, names);
      assert.equal(
        (await readPrivateFile(join(directory, 'courierimapuiddb'), owner))!.content.toString(),
        'two',
      );
      await mkdir(join(directory, 'blocked', 'x'), { recursive: true });
      await assert.rejects(replacePrivateFile(directory, 'blocked', Buffer.from('no'), owner, names));
      assert.deepEqual(await readdir(join(directory, 'tmp')), [], 'nothing of it stays');
      assert.equal(
        await readPrivateFile(join(directory, 'courierimapuiddb'), owner, 2),
        undefined,
        'larger than the limit',
      );
    }));
});

describe('a folder lock', () => {
  it('is held by one at a time and waited for', () =>
    withMaildir(async ({ maildir }) => {
      const first = (await takeCourierLock(maildir, { names }))!;
      assert.equal(await takeCourierLock(maildir, { names, waitMs: 30 }), undefined);
      assert.match(
        await readFile(join(maildir, 'tmp', 'courier.lock'), 'utf8'),
        new RegExp(`^${process.pid}:`),
      );
      const second = takeCourierLock(maildir, { names });
      const other = (await takeUidlistLock(maildir, { names, waitMs: 0 }))!;
      await first.release();
      const held = (await second)!;
      await held.refresh();
      await held.release();
      await other.release();
      assert.deepEqual(await readdir(join(maildir, 'tmp')), []);
      assert.ok(!(await readdir(maildir)).includes('dovecot-uidlist.lock'));
    }));

  it('older than two minutes is its dead owner’s, and a late owner does not take the next one’s away', () =>
    withMaildir(async ({ maildir }) => {
      const path = join(maildir, 'tmp', 'courier.lock');
      const late = (await takeCourierLock(maildir, { names }))!;
      const old = Date.now() / 1000 - 119;
      await utimes(path, old, old);
      assert.equal(await takeCourierLock(maildir, { names, waitMs: 0 }), undefined);
      await utimes(path, old - 10, old - 10);
      const next = (await takeCourierLock(maildir, { names, waitMs: 5000 }))!;
      await late.release();
      assert.ok((await readdir(join(maildir, 'tmp'))).includes('courier.lock'));
      await next.release();
      assert.deepEqual(await readdir(join(maildir, 'tmp')), []);
    }));

  it('of a process that was killed, or of a time that is to come, keeps nobody waiting; that of a living one does', () =>
    withMaildir(async ({ maildir }) => {
      const path = join(maildir, 'tmp', 'courier.lock');
      const take = () => takeCourierLock(maildir, { names, waitMs: 300 });
      const { pid } = spawnSync(process.execPath, ['--version']);
      await writeFile(path, `${pid}:${hostname()}`);
      const first = await take();
      assert.ok(first, 'its owner is gone');
      await first.release();
      for (const content of [
        `${process.ppid}:${hostname()}`,
        `${pid}:other.example`,
        `-1:${hostname()}`,
        '',
      ]) {
        await writeFile(path, content);
        assert.equal(await take(), undefined, content);
      }
      const later = Date.now() / 1000 + 86_400;
      await utimes(path, later, later);
      const second = await take();
      assert.ok(second, 'made before the clock was set back');
      await second.release();
    }));
});
