// kill -9 at each single call that changes the queue or a Maildir (security.md 6, T2): a letter is sent, the n-th call is
// the program's last one (writes also once half done), the program starts again, and what was acknowledged is
// everywhere it belongs with the bytes that were sent; also what a mail filter and a list make of it. Then n + 1, until no
// call is left; over the plain queue and the journal. FACTEUR_CRASH=long takes every call; without, every k-th from a random one on (FACTEUR_CRASH_STEP, _FIRST).
import assert from 'node:assert/strict';
import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { CallShim, noShim } from '../support/call-shim.ts';
import type { RunningServer } from '../support/facteur.ts';
import { withTemporaryDirectory } from '../support/queue.ts';
import { queued, until } from '../support/serve.ts';
import {
  batch,
  endServer,
  hasEnded,
  mostDuplicates,
  ruledTrials,
  type SentLetter,
  type Trial,
  TrialSite,
  trials,
} from '../support/trials.ts';

const isLong = process.env.FACTEUR_CRASH === 'long';
const step = isLong ? 1 : Number(process.env.FACTEUR_CRASH_STEP ?? 79);
const first = isLong ? 1 : Number(process.env.FACTEUR_CRASH_FIRST ?? 1 + Math.floor(Math.random() * step));
const skip = noShim();

/** One home, killed again and again. */
class Ordeal {
  readonly site: TrialSite;
  readonly #shim: CallShim;
  #server: RunningServer | undefined;
  kills = 0;
  letters = 0;
  duplicates = 0;

  constructor(site: TrialSite, shim: CallShim) {
    this.site = site;
    this.#shim = shim;
  }

  /** Sends letters and kills at call n. @returns false when there was no call n */
  async kill(letters: readonly Trial[], n: number, action: 'kill' | 'tear'): Promise<boolean> {
    const { site } = this;
    this.#server ??= await site.start(this.#shim.wrapper);
    const server = this.#server;
    this.#shim.arm(action, n);
    const sent = await Promise.all(letters.map((trial) => site.send(server, trial)));
    this.letters += sent.length;
    await this.#settle(server, sent);
    const call = this.#shim.call(n);
    const about = `${letters.map(({ name }) => name).join(', ')}: ${action} at call ${n} (${call})`;
    const wasHit = this.#shim.wasHit;
    this.#shim.disarm();
    if (wasHit) {
      this.kills += 1;
      // Of several processes only the one that made the call is dead.
      await server.kill();
      this.#server = await site.start(this.#shim.wrapper);
    }
    try {
      await site.drain(this.#server);
      const { wrong, duplicates } = await site.look(sent);
      assert.deepEqual(wrong, []);
      this.duplicates += duplicates;
      const most = sent.reduce((sum, { trial }) => sum + mostDuplicates(trial), 0);
      assert.ok(duplicates <= most, `${duplicates} copies too many`);
      if (!wasHit) assert.equal(duplicates, 0);
    } catch (error) {
      throw new Error(`${about}: ${(error as Error).message}\n${server.stderr().slice(-3000)}`);
    }
    await site.forget();
    return wasHit;
  }

  /** Until the blow has fallen, or everything is done and no call comes any more. */
  async #settle(server: RunningServer, sent: readonly SentLetter[]): Promise<void> {
    const deadline = Date.now() + 30_000;
    let calls = -1;
    while (!(await hasEnded(server, 0)) && !this.#shim.wasHit) {
      if (Date.now() > deadline) throw new Error(`no end: ${server.stderr().slice(-3000)}`);
      if (this.site.hasDeferred) {
        this.site.openLater();
        server.process.kill('SIGALRM');
      }
      await pause(15);
      const isDone = (await this.site.unfinished()).length === 0 && calls === this.#shim.count;
      calls = this.#shim.count;
      if (isDone && (await this.site.look(sent)).wrong.length === 0) return;
    }
  }

  callName(n: number): string {
    return this.#shim.call(n)?.split(' ')[0] ?? '';
  }

  /** What the kills left behind goes with the first sweep after 36 hours, and nothing else is there. */
  async sweepAfter36Hours(): Promise<string[]> {
    await endServer(this.#server);
    const queue = join(this.site.home, 'qmail', 'queue');
    const left = await queued(this.site.home);
    const old = Date.now() / 1000 - 37 * 3600;
    for (const place of ['pid', 'mess', 'intd', 'todo'])
      for (const entry of await readdir(join(queue, place), { recursive: true, withFileTypes: true }))
        if (entry.isFile()) await utimes(join(entry.parentPath, entry.name), old, old);
    const server = await this.site.start();
    this.#server = server;
    await until('an empty queue', async () => (await queued(this.site.home)).length === 0);
    assert.equal(await server.stop(), 0);
    assert.deepEqual(await readdir(join(queue, 'journal')), []);
    return left;
  }

  async end(): Promise<void> {
    await endServer(this.#server);
  }
}

async function killAtEachCall(t: TestContext, journal: number): Promise<void> {
  await withTemporaryDirectory(async (directory) => {
    const site = await TrialSite.make(join(directory, 'home'), journal, true);
    const shim = new CallShim(directory, site.mailDirectories);
    const ordeal = new Ordeal(site, shim);
    try {
      const calls: string[] = [];
      for (const letters of [...[...trials, ...ruledTrials].map((trial) => [trial]), batch]) {
        let n = first;
        for (; await ordeal.kill(letters, n, 'kill'); n += step)
          if (/^p?writev?$/.test(ordeal.callName(n))) await ordeal.kill(letters, n, 'tear');
        calls.push(`${letters.length > 1 ? 'all at once' : letters[0]?.name}: ${shim.count}`);
      }
      const left = await ordeal.sweepAfter36Hours();
      for (const file of left) assert.match(file, /^(pid|mess|intd|dsn)\//);
      t.diagnostic(
        `${ordeal.kills} kills at every ${step}. call from ${first} on, ${ordeal.letters} letters, 0 lost, ${ordeal.duplicates} doubled, ${left.length} leftovers swept; calls of ${calls.join(', ')}`,
      );
      assert.ok(ordeal.kills * step > 150, 'the calls were met');
    } finally {
      await ordeal.end();
      shim.close();
      await site.close();
    }
  });
}

// Side by side: most of their time is a server's start.
describe('kill -9 at each call', { concurrency: 2 }, () => {
  for (const [journal, way] of ['plain queue', 'journal'].entries())
    test(
      `${way}: killed at each call, nothing that was acknowledged is lost or torn`,
      { skip, timeout: isLong ? 3_600_000 : 600_000 },
      (t) => killAtEachCall(t, journal),
    );
});
