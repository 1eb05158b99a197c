// The clock of a running server is set wrongly (security.md 6, T5), by libfaketime: an hour back and forth, 400 days on,
// 30 years back. Nothing is lost, nothing is given up before its time, and names in Maildirs stay unique.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { withTemporaryDirectory } from '../support/queue.ts';
import { domain, until } from '../support/serve.ts';
import { endServer, type SentLetter, type Trial, TrialSite, trials } from '../support/trials.ts';

const library = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib']
  .map((directory) => join(directory, 'faketime', 'libfaketimeMT.so.1'))
  .find((path) => existsSync(path));
const skip = library === undefined && 'libfaketime is not installed';

const jumps = ['-3600', '+3600', `+${400 * 86_400}`, '+0', `-${30 * 365 * 86_400}`, '+0'];
const trialOf = (name: string): Trial => trials.find((trial) => trial.name === name) as Trial;

// Side by side: most of their time is a server's start.
describe('a clock that is set wrongly', { concurrency: 2 }, () => {
  for (const [journal, way] of ['plain queue', 'journal'].entries())
    test(`${way}: with the clock set back, forth, far ahead and to 1996, all mail arrives and none bounces`, {
      skip,
      timeout: 180_000,
    }, async () => {
      await withTemporaryDirectory(async (directory) => {
        const site = await TrialSite.make(join(directory, 'home'), journal);
        const offset = join(directory, 'offset');
        await writeFile(offset, '+0\n');
        const server = await site.start([
          'env',
          `LD_PRELOAD=${library}`,
          `FAKETIME_TIMESTAMP_FILE=${offset}`,
          'FAKETIME_NO_CACHE=1',
          'FAKETIME_DONT_FAKE_MONOTONIC=1',
          'NO_FAKE_STAT=1',
        ]);
        const logged = (pattern: RegExp): number =>
          server
            .stderr()
            .split('\n')
            .filter((line) => pattern.test(line)).length;
        try {
          const letters: SentLetter[] = [];
          const send = async (name: string): Promise<void> => {
            const letter = await site.send(server, trialOf(name));
            assert.equal(letter.code, 250, name);
            letters.push(letter);
          };
          await send('a deferral');
          await until('a deferral', () => logged(/ deferral: /) === 1);
          for (const [at, jump] of jumps.entries()) {
            await writeFile(offset, `${jump}\n`);
            await send('one account');
            await send('three accounts');
            await send('a deferral');
            await until('deferrals of the new letter', () => logged(/ deferral: /) > at + 1);
            // What waits is tried on the new clock, and waits on.
            const before = logged(/ deferral: /);
            server.process.kill('SIGALRM');
            await until(`a try of each at ${jump}`, () => logged(/ deferral: /) >= before + at + 2);
          }
          assert.equal(logged(/ failure: /), 0, 'given up too early');
          assert.equal(logged(/^warning: the clock was set forward by /), 2);
          assert.equal(logged(/^warning: the clock was set back by /), 2);
          await site.drain(server);
          assert.deepEqual(await site.look(letters), { wrong: [], duplicates: 0 });
          assert.equal(await server.stop(), 0);
        } finally {
          await endServer(server);
          await site.close();
        }
        const names: string[] = [];
        for (const user of ['u0', 'u1', 'u2'])
          for (const part of ['new', 'cur'])
            names.push(
              ...(await readdir(join(site.home, 'vpopmail', 'domains', domain, user, 'Maildir', part))),
            );
        assert.equal(names.length, jumps.length * 4);
        assert.equal(new Set(names.map((name) => name.split(',')[0])).size, names.length);
      });
    });
});
