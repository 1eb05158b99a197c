// A kill at each file call of an order: the message that was to be dropped is whole or gone, never half, and what is left
// of it is swept.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createDirectorySync } from '../../mta/maildir/directory-sync.ts';
import { Queue } from '../../mta/queue/queue.ts';
import { programRoot } from '../../mta/root.ts';
import { CallShim, noShim } from '../support/call-shim.ts';
import { makeQueueTree, putMessage, queueFiles, withTemporaryDirectory } from '../support/queue.ts';

const main = join(programRoot(), 'server', 'main.ts');

/** Removes leftovers as the server does after 36 hours. */
async function sweep(queue: string): Promise<void> {
  const directorySync = createDirectorySync({ isOwn: true });
  const open = await Queue.open({ directory: queue, directorySync, onQueued: () => undefined });
  try {
    await open.sweep(Date.now() / 1000 + 40 * 3600);
  } finally {
    await open.close();
    await directorySync.close();
  }
}

const states = {
  S5: { info: 'Fa@b\0', remote: 'Dc@d\0Te@f\0', local: 'Tg@h\0', bounce: '<c@d>:\nno\n\n' },
  S4: { todo: 'u1\0p2\0Fa@b\0Te@f\0', info: 'Fa@b\0', remote: 'Te@f\0' },
};

describe('a drop that is killed at any of its file calls', { skip: noShim(), concurrency: 2 }, () => {
  for (const [state, files] of Object.entries(states))
    test(`of a message in ${state} leaves it whole or gone`, () =>
      withTemporaryDirectory(async (home) => {
        const qmail = join(home, 'qmail');
        await mkdir(join(qmail, 'control'), { recursive: true });
        await writeFile(join(qmail, 'control', 'me'), 'here.test\n');
        const queue = await realpath(await makeQueueTree(qmail));
        const shim = new CallShim(home, [queue]);
        const [program = '', ...wrapper] = shim.wrapper;
        const order = async (id: string): Promise<number | null> => {
          const line = [...wrapper, process.execPath, main, 'qmHandle', '--home', home, `-d${id}`];
          const [status] = await once(spawn(program, line, { stdio: 'ignore', timeout: 30_000 }), 'exit');
          return status;
        };
        let gone = 0;
        for (let call = 1; ; call++) {
          const id = await putMessage(queue, files);
          const whole = await queueFiles(queue);
          shim.arm('kill', call);
          const status = await order(id);
          const wasHit = shim.wasHit;
          shim.disarm();
          if (!wasHit) {
            assert.equal(status, 0);
            assert.deepEqual(await queueFiles(queue), []);
            break;
          }
          const left = await queueFiles(queue);
          if (left.includes(`todo/${id}`)) {
            // Beside todo, info and the channels are leftovers by qmail's own rule.
            assert.ok(left.includes(`mess/${id}`), `call ${call}`);
          } else if (left.includes(`info/${id}`)) assert.deepEqual(left, whole, `call ${call}`);
          else gone += 1;
          if (left.some((name) => name.startsWith('todo/') || name.startsWith('info/')))
            assert.equal(await order(id), 0, `call ${call}: the order is given again`);
          await sweep(queue);
          assert.deepEqual(await queueFiles(queue), [], `call ${call}`);
        }
        assert.ok(gone >= 3, `${gone} kills came after the message was gone`);
      }));
});
