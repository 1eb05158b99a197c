// The Sieve scripts of an account on disk: Pigeonhole's files and link, changed in durable steps, and what is refused.
import assert from 'node:assert/strict';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import {
  activateScript,
  listScripts,
  readScript,
  removeScript,
  renameScript,
  ScriptStoreError,
  writeScript,
} from '../../mta/sieve/store.ts';
import { SIEVE_SCRIPT_BYTES } from '../../mta/sieve/types.ts';

const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
let home: { directory: string; uid: number; gid: number };

beforeEach(async () => {
  home = { directory: await mkdtemp(join(tmpdir(), 'facteur-sieve-')), ...owner };
});
afterEach(() => rm(home.directory, { recursive: true }));

const at = (path: string): string => join(home.directory, path);
const limits = { most: 3, check: undefined };
const put = (name: string, source = 'keep;\n') => writeScript(home, name, source, limits);
const names = async () =>
  (await listScripts(home)).map(({ name, isActive }) => (isActive ? `${name} (active)` : name));
const refuses = (work: Promise<unknown>, kind: ScriptStoreError['kind'], words?: RegExp) =>
  assert.rejects(work, (error: unknown) => {
    assert.ok(error instanceof ScriptStoreError, String(error));
    assert.equal(error.kind, kind);
    if (words) assert.match(error.message, words);
    return true;
  });

describe('scripts of an account', () => {
  it('lie where Pigeonhole has them, and the active one is named by its link', async () => {
    assert.deepEqual(await listScripts(home), []);
    await put('Müll & mehr', 'discard;\n');
    await activateScript(home, 'Müll & mehr');
    assert.equal(await readFile(at('sieve/Müll & mehr.sieve'), 'utf8'), 'discard;\n');
    assert.equal(await readlink(at('.dovecot.sieve')), 'sieve/Müll & mehr.sieve');
    assert.equal((await lstat(at('sieve'))).mode & 0o777, 0o700);
    assert.equal((await lstat(at('sieve/Müll & mehr.sieve'))).mode & 0o777, 0o600);
    const [script] = await listScripts(home);
    assert.equal(script?.size, 9);
    assert.equal(await readScript(home, 'Müll & mehr'), 'discard;\n');
  });

  it('are those of a site that comes from Dovecot', async () => {
    await mkdir(at('sieve/tmp'), { recursive: true });
    await writeFile(at('sieve/work.sieve'), 'keep;');
    await writeFile(at('sieve/work.svbin'), 'x');
    await symlink(at('sieve/work.sieve'), at('.dovecot.sieve'));
    assert.deepEqual(await names(), ['work (active)']);
  });

  it('change one at a time, in one step, and leave nothing beside them', async () => {
    await Promise.all([put('a', 'one'), put('a', 'two'), put('b', 'three')]);
    await activateScript(home, 'a');
    await activateScript(home, 'b');
    assert.deepEqual(await names(), ['a', 'b (active)']);
    assert.deepEqual((await readdir(at('sieve'))).sort(), ['a.sieve', 'b.sieve']);
    assert.deepEqual((await readdir(home.directory)).sort(), ['.dovecot.sieve', '.facteur', 'sieve']);
  });

  it('keep their place as the active one under another name', async () => {
    await put('a');
    await put('b');
    await activateScript(home, 'a');
    await renameScript(home, 'a', 'c');
    assert.deepEqual(await names(), ['b', 'c (active)']);
    await refuses(renameScript(home, 'b', 'c'), 'exists');
    await refuses(renameScript(home, 'a', 'd'), 'missing');
  });

  it('go, but not while they are active', async () => {
    await put('a');
    await activateScript(home, 'a');
    await refuses(removeScript(home, 'a'), 'active');
    await activateScript(home, undefined);
    await removeScript(home, 'a');
    assert.deepEqual(await names(), []);
    await refuses(removeScript(home, 'a'), 'missing');
    await refuses(activateScript(home, 'a'), 'missing');
    await refuses(readScript(home, 'a'), 'missing');
  });
});

describe('a script that somebody put in the place of the link', () => {
  it('is listed as the active one, and kept when another becomes that', async () => {
    await writeFile(at('.dovecot.sieve'), 'stop;\n');
    assert.deepEqual(await names(), ['dovecot.orig (active)']);
    assert.equal(await readScript(home, 'dovecot.orig'), 'stop;\n');
    await put('new');
    assert.deepEqual(await names(), ['dovecot.orig (active)', 'new']);
    assert.equal(await readlink(at('.dovecot.sieve')), 'sieve/dovecot.orig.sieve');
    await activateScript(home, 'new');
    assert.equal(await readScript(home, 'dovecot.orig'), 'stop;\n');
  });
});

describe('what is refused', () => {
  it('names that no script can have (RFC 5804 1.6)', async () => {
    for (const name of ['', 'a/b', '../x', '.x', 'a\nb', 'a\x7f', 'a\u2028b', 'a\ud800', 'x'.repeat(246)])
      await refuses(put(name), 'name');
    await put('x'.repeat(245));
    await put('ж'.repeat(122));
  });

  it('more scripts than an account may have, but not a new text of one', async () => {
    for (const name of ['a', 'b', 'c']) await put(name);
    await refuses(put('d'), 'count', /3 scripts/);
    await put('c', 'stop;');
  });

  it('texts that are too long, or no text, or not valid', async () => {
    await refuses(put('a', 'x'.repeat(SIEVE_SCRIPT_BYTES + 1)), 'size');
    await refuses(writeScript(home, 'a', Buffer.from([0xff, 0xfe]), limits), 'faults', /UTF-8/);
    const faults = [{ line: 3, column: 1, message: 'unknown command' }];
    const check = () => ({ script: undefined, faults });
    await refuses(writeScript(home, 'a', 'x', { most: 3, check }), 'faults', /line 3: unknown command/);
    assert.deepEqual(await names(), []);
  });

  it('links and directories in the places of scripts: they are neither read nor written through', async () => {
    await writeFile(at('secret'), 'secret');
    await mkdir(at('sieve'));
    await symlink('../secret', at('sieve/a.sieve'));
    await mkdir(at('sieve/b.sieve'));
    assert.deepEqual(await names(), []);
    await refuses(readScript(home, 'a'), 'odd');
    await refuses(readScript(home, 'b'), 'odd');
    await put('a', 'stop;');
    assert.equal(await readFile(at('secret'), 'utf8'), 'secret');
    await symlink('secret', at('.dovecot.sieve'));
    assert.deepEqual(await names(), ['a']);
    await activateScript(home, 'a');
    assert.deepEqual(await names(), ['a (active)']);
    await rm(at('.dovecot.sieve'));
    await mkdir(at('.dovecot.sieve'));
    await refuses(activateScript(home, 'a'), 'odd', /neither a script nor a link/);
    await rm(at('.dovecot.sieve'), { recursive: true });
    await rm(at('sieve'), { recursive: true });
    await symlink('/etc', at('sieve'));
    assert.deepEqual(await names(), []);
    await refuses(readScript(home, 'a'), 'odd');
    await refuses(put('a'), 'odd');
  });

  it('a file that the owner may not read', async () => {
    await put('a');
    await chmod(at('sieve/a.sieve'), 0o000);
    await assert.rejects(readScript(home, 'a'));
  });
});
