// What a folder of many letters takes of the memory of the whole program, as it is started: opened, taken into the index
// and searched before its letters are. 200,000 of them, with FACTEUR_CRASH=long as the other tests that take minutes. The
// goal is 300 MiB for the whole program, which is 170 when somebody has signed in; from its sources it is more, so the
// bound is on what the folder adds.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startServer } from '../support/facteur.ts';
import { ImapClient } from '../support/imap.ts';
import { fillFolder } from '../support/maildir.ts';
import { withTemporaryDirectory } from '../support/queue.ts';
import { domain, makeHome } from '../support/serve.ts';

const skip = process.env.FACTEUR_CRASH === 'long' ? false : 'takes minutes; set FACTEUR_CRASH=long';
const count = 200_000;
/** MiB. */
const most = 130;
/** As bin/launch.mjs starts the program. */
const launched = ['env', 'MALLOC_ARENA_MAX=2'];

/** Resident memory, MiB: now, and the most since the last `forgetPeak`. */
async function memoryOf(pid: number): Promise<{ readonly now: number; readonly peak: number }> {
  const text = await readFile(`/proc/${pid}/status`, 'latin1');
  const read = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)![1]) / 1024;
  return { now: read('VmRSS'), peak: read('VmHWM') };
}

/** proc_pid_clear_refs(5): the peak begins anew. */
const forgetPeak = (pid: number): Promise<void> => writeFile(`/proc/${pid}/clear_refs`, '5');

test(
  `${count} letters in a folder: the whole program stays within its memory`,
  { skip, timeout: 900_000 },
  (t) =>
    withTemporaryDirectory(async (home) => {
      await makeHome(home, ['ann']);
      await fillFolder(join(home, 'vpopmail', 'domains', domain, 'ann', 'Maildir'), count);
      const server = await startServer(home, 'imap=127.0.0.1:0', [], launched);
      try {
        const client = await ImapClient.connect(server.ports.imap!);
        await client.ok(`LOGIN ann@${domain} whole-password`);
        await forgetPeak(server.pid);
        const before = await memoryOf(server.pid);
        const opened = await client.ok('SELECT INBOX');
        assert.ok(opened.includes(`* ${count} EXISTS`));
        await client.ok('STATUS INBOX (MESSAGES)');
        await client.ok('SEARCH SUBJECT "nowhere-to-be-found"');
        await client.ok('FETCH 1:* (FLAGS)');
        client.destroy();
        const { peak } = await memoryOf(server.pid);
        t.diagnostic(`${before.now.toFixed(0)} MiB signed in, ${peak.toFixed(0)} at most`);
        assert.ok(peak - before.now < most, `${peak - before.now} MiB more`);
      } finally {
        await server.stop();
      }
    }),
);
