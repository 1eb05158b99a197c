// vpopmail's commands as root calls them, where the user who owns the domains has laid links into his directories: root
// goes there with his rights, so what is root's stays as it is, whatever the path says.
import assert from 'node:assert/strict';
import {
  chown,
  cp,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openCdbStore } from '../../mta/accounts/cdb-store.ts';
import { programRoot } from '../../mta/root.ts';
import { runWords } from '../support/command-process.ts';
import { gids, needsRoot, uids, withRootHome } from '../support/root.ts';
import { domain } from '../support/serve.ts';

const people = { uid: uids.people, gid: gids.people };
const main = join(programRoot(), 'server', 'main.ts');
const run = (home: string, name: string, ...args: string[]) =>
  runWords([process.execPath, main, name, '--home', home, ...args]);

/** A directory of root's, closed to others, with something to lose. */
async function makePrecious(home: string, ...names: string[]): Promise<string> {
  const precious = join(home, 'precious');
  await mkdir(join(precious, ...names), { recursive: true, mode: 0o700 });
  await writeFile(join(precious, ...names, 'kept'), 'root\n');
  return precious;
}

test('vadddomain and vdeldomain make and remove a domain as its owner', { skip: needsRoot }, () =>
  withRootHome(['ann'], async (home) => {
    const added = await run(
      home,
      'vadddomain',
      '-i',
      '7789',
      '-g',
      '7089',
      'second.example',
      'a good long one',
    );
    assert.deepEqual(added, { status: 0, signal: null, stdout: '', stderr: '' });
    const second = join(home, 'vpopmail', 'domains', 'second.example');
    assert.ok((await readdir(second)).includes('postmaster'));
    const removed = await run(home, 'vdeldomain', 'second.example');
    assert.deepEqual(removed, { status: 0, signal: null, stdout: '', stderr: '' });
    const left = await readdir(join(home, 'vpopmail', 'domains'));
    assert.ok(!left.some((name) => name.includes('second')), left.join(' '));
  }),
);

test(
  'a removal is noted as the webmail’s user, and a link in the place of the notes leads root nowhere',
  { skip: needsRoot },
  () =>
    withRootHome(['bob', 'cat'], async (home) => {
      const removed = join(home, 'state', 'removed');
      await mkdir(join(home, 'state'), { recursive: true, mode: 0o700 });
      await chown(join(home, 'state'), people.uid, people.gid);
      assert.equal((await run(home, 'vdeluser', `bob@${domain}`)).stderr, '');
      const [note = '', ...more] = await readdir(removed);
      assert.deepEqual(more, []);
      for (const path of [removed, join(removed, note)]) {
        const { uid, gid, mode } = await lstat(path);
        assert.deepEqual([uid, gid, mode & 0o077], [people.uid, people.gid, 0], path);
      }
      assert.equal(JSON.parse(await readFile(join(removed, note), 'utf8')).removed, `bob@${domain}`);

      const precious = await makePrecious(home);
      await rename(removed, `${removed}.old`);
      await symlink(precious, removed);
      const ran = await run(home, 'vdeluser', `cat@${domain}`);
      assert.equal(ran.status, 0);
      assert.match(ran.stderr, /^warning: what the webmail keeps of .*EACCES/);
      assert.deepEqual(await readdir(precious), ['kept']);
    }),
);

test(
  'a link in the place of the domains leads no command of root into what is root’s',
  { skip: needsRoot },
  () =>
    withRootHome(['ann'], async (home) => {
      const domains = join(home, 'vpopmail', 'domains');
      const precious = await makePrecious(home, domain);
      await rename(domains, `${domains}.old`);
      await symlink(precious, domains);
      const assign = await readFile(join(home, 'qmail', 'users', 'assign'), 'utf8');

      const removed = await run(home, 'vdeldomain', domain);
      assert.notEqual(removed.status, 0, removed.stdout);
      const added = await run(
        home,
        'vadddomain',
        '-i',
        '7789',
        '-g',
        '7089',
        'second.example',
        'a good long one',
      );
      assert.notEqual(added.status, 0, added.stdout);

      assert.deepEqual(await readdir(precious), [domain]);
      assert.equal(await readFile(join(precious, domain, 'kept'), 'utf8'), 'root\n');
      assert.equal(
        await readFile(join(home, 'qmail', 'users', 'assign'), 'utf8'),
        assign,
        'nothing is half done',
      );
    }),
);

test(
  'vdeluser and vdeloldusers remove no directory behind a link that is not the owner’s',
  { skip: needsRoot },
  () =>
    withRootHome(['ann', 'eve'], async (home) => {
      const dom = join(home, 'vpopmail', 'domains', domain);
      const precious = await makePrecious(home, 'Maildir');
      await symlink(home, join(dom, '0'));
      const at = { name: domain, realName: domain, directory: dom, ...people };
      for (const name of ['ann', 'eve'])
        await openCdbStore().change(at, name, (old) => ({ ...old, directory: join(dom, '0', 'precious') }));
      for (const name of ['vpasswd', 'vpasswd.cdb']) await chown(join(dom, name), people.uid, people.gid);
      await writeFile(join(precious, 'lastauth'), '192.0.2.1');

      assert.notEqual((await run(home, 'vdeluser', `ann@${domain}`)).status, 0);
      await run(home, 'vdeloldusers', '-a', '0', '-d', domain, '-D');
      assert.equal(await readFile(join(precious, 'Maildir', 'kept'), 'utf8'), 'root\n');
    }),
);

/** What lies in a directory: each file with its bytes, whose it is and when it changed. */
async function snapshot(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  const lines = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    const { uid, mtimeMs } = await stat(path);
    return `${path} ${uid} ${entry.isFile() ? `${mtimeMs} ${await readFile(path, 'latin1')}` : ''}`;
  });
  return (await Promise.all(lines)).sort();
}

/** Each command of root's that changes a domain's records, aliases, limits or Maildirs. */
const changes: readonly (readonly [name: string, ...args: string[]])[] = [
  ['vadduser', `new@${domain}`, 'a good long one'],
  ['vpasswd', `ann@${domain}`, 'another good long one'],
  ['vmoduser', '-c', 'Ann', '-q', '5000000S', `ann@${domain}`],
  ['vmoduser', '-p', domain],
  ['valias', '-i', `ann@${domain}`, `sales@${domain}`],
  ['vsetuserquota', `ann@${domain}`, '7000000S'],
  ['vsetuserquota', domain, '8000000S'],
  ['vmoddomlimits', '-P', '7', domain],
  ['vmakedotqmail', '-d', domain, '-q', 'default'],
  ['valias', '-d', `sales@${domain}`],
];

/** Commands that go on where one thing fails, and say so: what they leave behind is what counts. */
const conversions = (files: string): readonly (readonly [name: string, ...args: string[]])[] => [
  ['vconvert', '-p', join(files, 'hashes'), '-c', domain],
  ['vconvert', '-S', domain],
  ['vpopbull', '-f', join(files, 'bulletin'), domain],
  ['vpopbull', '-s', '-f', join(files, 'bulletin'), domain],
  ['vpopbull', '-h', '-f', join(files, 'bulletin'), domain],
];

/** Files of root's that conversions read, where nobody else comes. */
async function makeSources(home: string): Promise<string> {
  const files = join(home, 'sources');
  await mkdir(files, { mode: 0o700 });
  await writeFile(join(files, 'hashes'), 'carl:$1$fixture0$nGmpzWwhqJPjUiT2AoLGy0\n');
  await writeFile(join(files, 'bulletin'), 'Subject: to all\n\nhello\n');
  return files;
}

test('root converts accounts and sends bulletins as the domain’s owner', { skip: needsRoot }, () =>
  withRootHome(['ann'], async (home) => {
    const dom = join(home, 'vpopmail', 'domains', domain);
    for (const [name, ...args] of conversions(await makeSources(home))) {
      const { status, stderr } = await run(home, name, ...args);
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' }, `${name} ${args.join(' ')}`);
    }
    for (const entry of await readdir(dom, { withFileTypes: true, recursive: true }))
      assert.equal((await lstat(join(entry.parentPath, entry.name))).uid, uids.people, entry.name);
    const news = await readdir(join(dom, 'carl', 'Maildir', 'new'));
    assert.equal(news.length, 3);
    assert.match(await readFile(join(dom, 'ann', 'Maildir', 'sqwebmail-pass'), 'utf8'), /^\t\$/);
  }),
);

test(
  'a link in the place of a Maildir leads no bulletin and no conversion of root’s into what is root’s',
  { skip: needsRoot },
  () =>
    withRootHome(['ann'], async (home) => {
      const dom = join(home, 'vpopmail', 'domains', domain);
      const precious = await makePrecious(home, 'new');
      await mkdir(join(precious, 'tmp'));
      await mkdir(join(precious, 'cur'));
      const maildir = join(dom, 'ann', 'Maildir');
      await rename(maildir, `${maildir}.old`);
      await symlink(precious, maildir);
      const sources = conversions(await makeSources(home));
      const before = await snapshot(precious);
      for (const [name, ...args] of sources) {
        await run(home, name, ...args);
        assert.deepEqual(await snapshot(precious), before, `${name} ${args.join(' ')}`);
      }
    }),
);

test('root changes a domain’s accounts, aliases and limits as its owner', { skip: needsRoot }, () =>
  withRootHome(['ann'], async (home) => {
    for (const [name, ...args] of changes) {
      const { status, stderr } = await run(home, name, ...args);
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' }, `${name} ${args.join(' ')}`);
    }
    const dom = join(home, 'vpopmail', 'domains', domain);
    for (const entry of await readdir(dom, { withFileTypes: true, recursive: true }))
      assert.equal((await stat(join(entry.parentPath, entry.name))).uid, uids.people, entry.name);
    assert.match(await readFile(join(dom, 'vpasswd'), 'latin1'), /^ann:[^:]*:1:2:Ann:[^:]*:8000000S/m);
  }),
);

test(
  'a link in the place of a domain leads no change of root’s into what is root’s',
  { skip: needsRoot },
  () =>
    withRootHome(['ann'], async (home) => {
      const dom = join(home, 'vpopmail', 'domains', domain);
      const precious = await makePrecious(home);
      await cp(dom, join(precious, domain), { recursive: true });
      await writeFile(join(precious, domain, `.qmail-sales`), `&ann@${domain}\n`);
      await rename(dom, `${dom}.old`);
      await symlink(join(precious, domain), dom);
      const before = await snapshot(precious);
      for (const [name, ...args] of changes) {
        const { status } = await run(home, name, ...args);
        assert.notEqual(status, 0, `${name} ${args.join(' ')}`);
        assert.deepEqual(await snapshot(precious), before, `${name} ${args.join(' ')}`);
      }
    }),
);
