// A disk, or a system, that fails at each single call on queue and Maildirs (security.md 6, T2, T4): once, or from that
// call on until it is mended. The client hears 250 or a temporary refusal; nobody bounces; the program neither ends nor
// spins; and without a restart everything acknowledged arrives, whole. Over the plain queue and the journal.
// FACTEUR_CRASH=long: each error at each call; without, every k-th call meets the next error (FACTEUR_CRASH_STEP, _FIRST).
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type CallError, CallShim, noShim } from '../support/call-shim.ts';
import type { RunningServer } from '../support/facteur.ts';
import { withTemporaryDirectory } from '../support/queue.ts';
import {
  endServer,
  hasEnded,
  mostDuplicates,
  ruledTrials,
  type Trial,
  TrialSite,
  trials,
} from '../support/trials.ts';

const isLong = process.env.FACTEUR_CRASH === 'long';
const step = isLong ? 1 : Number(process.env.FACTEUR_CRASH_STEP ?? 67);
const first = isLong ? 1 : Number(process.env.FACTEUR_CRASH_FIRST ?? 1 + Math.floor(Math.random() * step));
const skip = noShim();

interface Fault {
  readonly error: CallError;
  /** From this call on, or only there. */
  readonly lasts: boolean;
}

const errors: readonly CallError[] = ['EIO', 'ENOSPC', 'EMFILE', 'ENOMEM', 'EAGAIN'];
/** libuv itself repeats what EINTR stopped, so it is never a lasting state. */
const faults: readonly Fault[] = [
  { error: 'EINTR', lasts: false },
  ...errors.flatMap((error) => [
    { error, lasts: false },
    { error, lasts: true },
  ]),
];
/** A program that spins on an error makes thousands of calls in the time of a trial; ours stops and waits. */
const mostCallsWhileFailing = 400;

/** Sends a letter into the failing system. @returns false when there was no call n */
async function failAt(
  server: RunningServer,
  site: TrialSite,
  shim: CallShim,
  trial: Trial,
  n: number,
  { error, lasts }: Fault,
  counts: { duplicates: number; refused: number },
): Promise<boolean> {
  const seen = server.stderr().length;
  shim.arm(lasts ? 'fail-on' : 'fail', n, { error, reads: true });
  const letter = await site.send(server, trial);
  const deadline = Date.now() + 20_000;
  let calls = -1;
  let quiet = 0;
  while (quiet < 4 && Date.now() < deadline) {
    if (site.hasDeferred && !lasts) {
      site.openLater();
      server.process.kill('SIGALRM');
    }
    await pause(15);
    quiet = calls === shim.count ? quiet + 1 : 0;
    calls = shim.count;
  }
  const wasHit = shim.wasHit;
  const call = shim.call(n);
  shim.disarm();
  try {
    assert.equal(await hasEnded(server, 0), false, 'the server lives');
    assert.ok(
      letter.code === 250 || (letter.code >= 400 && letter.code < 500),
      `the client heard ${letter.code}`,
    );
    if (lasts) assert.ok(calls - n < mostCallsWhileFailing, `${calls - n} calls while failing`);
    if (letter.code !== 250) counts.refused += 1;
    await site.drain(server);
    const { wrong, duplicates } = await site.look([letter], true);
    assert.deepEqual(wrong, []);
    assert.ok(duplicates <= mostDuplicates(trial), `${duplicates} copies too many`);
    counts.duplicates += duplicates;
    assert.doesNotMatch(server.stderr().slice(seen), /bug/);
  } catch (problem) {
    throw new Error(
      `${trial.name}: ${error} ${lasts ? 'from' : 'at'} call ${n} (${call}): ${(problem as Error).message}\n${server.stderr().slice(seen).slice(-4000)}`,
    );
  }
  await site.forget();
  return wasHit;
}

async function failAtEachCall(t: TestContext, journal: number): Promise<void> {
  await withTemporaryDirectory(async (directory) => {
    const site = await TrialSite.make(join(directory, 'home'), journal, true);
    const shim = new CallShim(directory, site.mailDirectories);
    const server = await site.start(shim.wrapper);
    const counts = { duplicates: 0, refused: 0 };
    let met = 0;
    let turn = first;
    try {
      // What is read once and kept: the first letter of a run reads more.
      for (const trial of [...trials, ...ruledTrials]) {
        let n = first;
        for (let isThere = true; isThere; n += step) {
          const these = isLong ? faults : [faults[turn++ % faults.length] as Fault];
          for (const fault of these) {
            isThere = await failAt(server, site, shim, trial, n, fault, counts);
            if (isThere) met += 1;
          }
        }
      }
      assert.equal(await server.stop(), 0);
      t.diagnostic(
        `${met} failures at every ${step}. call from ${first} on: ${counts.refused} letters refused for now, 0 lost, ${counts.duplicates} doubled`,
      );
      assert.ok(met * step > 150, 'the calls were met');
    } finally {
      await endServer(server);
      shim.close();
      await site.close();
    }
  });
}

// Side by side: most of their time is a server's start.
describe('each call fails', { concurrency: 2 }, () => {
  for (const [journal, way] of ['plain queue', 'journal'].entries())
    test(
      `${way}: whatever call fails, the answer is temporary or the letter arrives`,
      { skip, timeout: isLong ? 3_600_000 : 600_000 },
      (t) => failAtEachCall(t, journal),
    );
});

/** User and system time of a process, seconds. */
async function cpuSeconds(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

describe('every call fails', { concurrency: 2 }, () => {
  for (const [journal, way] of ['plain queue', 'journal'].entries())
    test(`${way}: while every call fails the program is idle, and what waits arrives when it ends`, {
      skip,
    }, async () => {
      await withTemporaryDirectory(async (directory) => {
        const site = await TrialSite.make(join(directory, 'home'), journal);
        const shim = new CallShim(directory, site.mailDirectories);
        const server = await site.start(shim.wrapper);
        try {
          // Acknowledged before, deferred, and waiting with all of its files.
          const waiting = await site.send(server, trials.find(({ name }) => name === 'a deferral') as Trial);
          assert.equal(waiting.code, 250);
          while (!site.hasDeferred) await pause(15);
          shim.arm('fail-on', 1, { error: 'EIO', reads: true });
          const refused = await site.send(server, trials[0] as Trial);
          assert.ok(refused.code >= 400 && refused.code < 500, `${refused.code}`);
          server.process.kill('SIGALRM');
          await pause(300);
          const before = await cpuSeconds(server.pid);
          await pause(1500);
          const busy = (await cpuSeconds(server.pid)) - before;
          assert.ok(busy < 0.3, `${busy} s of CPU in 1.5 s`);
          shim.disarm();
          await site.drain(server);
          const after = await site.send(server, trials[0] as Trial);
          assert.equal(after.code, 250);
          await site.drain(server);
          assert.deepEqual((await site.look([waiting, refused, after])).wrong, []);
          assert.equal(await server.stop(), 0);
        } finally {
          await endServer(server);
          shim.close();
          await site.close();
        }
      });
    });
});
