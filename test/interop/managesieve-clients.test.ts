// A real ManageSieve client, sieve-connect, against the server: over TLS, as its users do.
import assert from 'node:assert/strict';
import { chmod, chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { listScripts } from '../../mta/sieve/store.ts';
import { isInstalled, run } from '../support/mail-clients.ts';
import { type SieveSite, sievePassword, sieveUser, startSieveSite } from '../support/managesieve.ts';

const skip = !(await isInstalled('sieve-connect')) && 'sieve-connect is not installed';

describe('sieve-connect', { skip }, () => {
  let site: SieveSite;
  let home: string;
  before(async () => {
    site = await startSieveSite();
    home = await mkdtemp(join(tmpdir(), 'facteur-client-'));
    await chmod(home, 0o755);
    await writeFile(join(home, 'password'), `${sievePassword}\n`);
    await writeFile(join(home, 'good'), 'require "fileinto";\nfileinto "Work";\n');
    await writeFile(join(home, 'bad'), 'keep;\nnonsense;\n');
    if (process.getuid?.() === 0) await chown(home, 65_534, 65_534);
  });
  after(async () => {
    await site?.close();
    await rm(home, { recursive: true, force: true });
  });

  /** The password comes on descriptor 3. */
  async function sieve(...args: readonly string[]) {
    const line = `exec sieve-connect "$@" --passwordfd 3 3<'${join(home, 'password')}'`;
    const usual = ['-s', '127.0.0.1', '-p', String(site.port), '-u', sieveUser, '--notlsverify'];
    return run('/bin/sh', ['-c', line, 'sieve-connect', ...usual, ...args], home);
  }

  it('saves, activates, lists and fetches a script, and takes it back', async () => {
    const commands = [
      'put "good" "work"',
      'activate "work"',
      'list',
      'get "work" "fetched"',
      'delete "work"',
      'deactivate',
      'delete "work"',
    ];
    await writeFile(join(home, 'commands'), `${commands.join('\n')}\n`);
    const { output, status } = await sieve('--exec', join(home, 'commands'));
    // It ends so where one of the commands was refused.
    assert.equal(status, 1, output);
    assert.match(output, /^"work" ACTIVE$/m);
    assert.match(output, /work is the active script/);
    assert.equal(
      (await readFile(join(home, 'fetched'), 'utf8')).trim(),
      'require "fileinto";\nfileinto "Work";',
    );
    assert.deepEqual(await listScripts(site.account), []);
    const did = site.log.flatMap((line) => /result=(\w+) reason=work/.exec(line)?.[1] ?? []);
    assert.deepEqual(did, ['putscript', 'setactive', 'deletescript']);
  });

  it('hears what is wrong in a script', async () => {
    const refused = await sieve('--upload', '--localsieve', join(home, 'bad'), '--remotesieve', 'bad');
    assert.notEqual(refused.status, 0);
    assert.match(refused.output, /line 2, column 1/);
  });
});
