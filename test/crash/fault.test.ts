// A disk that fails fsync (security.md T4): whatever call it hits, the letter is acknowledged and arrives, or it is not
// acknowledged. The failure is put into the n-th fsync of the file thread by strace.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startServer } from '../support/facteur.ts';
import { withTemporaryDirectory } from '../support/queue.ts';
import { domain, makeHome, queued, sendLetter, subjectsOf, until } from '../support/serve.ts';

const calls = 8;

function noStrace(): string | false {
  const { status } = spawnSync('strace', ['-o', '/dev/null', 'true'], { stdio: 'ignore' });
  return status === 0 ? false : 'strace is not installed or may not trace';
}

test(`EIO from fsync, at each of the first ${calls} calls: nothing that was acknowledged is lost`, {
  skip: noStrace(),
  timeout: 120_000,
}, async (t) => {
  await withTemporaryDirectory(async (directory) => {
    const home = join(directory, 'home');
    await makeHome(home, ['ann']);
    const acknowledged: string[] = [];
    let injected = 0;
    for (let n = 1; n <= calls; n++) {
      const log = join(directory, `trace-${n}`);
      const inject = ['-e', 'trace=fsync', '-e', `inject=fsync:error=EIO:when=${n}`];
      // strace counts in each thread: with one file thread there is one count. -D keeps the server our own child.
      const strace = ['env', 'UV_THREADPOOL_SIZE=1', 'strace', '-D', '-f', '-qq', '-o', log, ...inject];
      const server = await startServer(home, 'smtp=127.0.0.1:0', [], strace);
      try {
        let refused = 0;
        let accepted = 0;
        for (const subject of [`first ${n}`, `second ${n}`, `third ${n}`]) {
          const reply = await sendLetter(server.ports.smtp as number, `ann@${domain}`, subject);
          if (reply.code === 250) acknowledged.push(subject);
          else {
            assert.match(reply.text, /^451 /, subject);
            refused += 1;
          }
          // Its delivery comes next in the order of calls. (What an earlier round left waits for its time.)
          const tried = (): number => server.stderr().match(/: (success|deferral): /g)?.length ?? 0;
          await until('the end of its first try', () => reply.code !== 250 || tried() > accepted);
          if (reply.code === 250) accepted += 1;
        }
        // The first calls belong to the start: a queue on a disk that fails then is not served.
        if (!/queue is not started/.test(server.stderr()))
          assert.ok(refused <= 1, `one failure refuses one letter, not ${refused}`);
        assert.equal(await server.stop(), 0);
        assert.doesNotMatch(server.stderr(), /bug/);
      } finally {
        if (server.process.exitCode === null && server.process.signalCode === null) await server.kill();
      }
      if (/INJECTED/.test(await readFile(log, 'utf8'))) injected += 1;
    }
    const server = await startServer(home, 'smtp=127.0.0.1:0');
    try {
      server.process.kill('SIGALRM');
      await until('an empty queue', async () => (await queued(home)).length === 0, 30);
      assert.equal(await server.stop(), 0);
    } finally {
      if (server.process.exitCode === null && server.process.signalCode === null) await server.kill();
    }
    const arrived = await subjectsOf(home, 'ann');
    const missing = acknowledged.filter((subject) => !arrived.includes(subject));
    t.diagnostic(
      `${injected} of ${calls} calls failed, ${acknowledged.length} acknowledged, ${missing.length} missing`,
    );
    assert.deepEqual(missing, []);
    assert.equal(injected, calls, 'every failure was met');
  });
});
