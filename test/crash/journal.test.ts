// The journal alone, through many segments and those used again, which letters sent one by one to a server do not reach: kill
// -9 and failure at each call on its files, and power cuts at random moments (security.md 6, T2 to T4). What was stored
// and not struck is there, whole; what was refused is not; what is struck comes back only if the strike was just made.
// FACTEUR_CRASH=long takes every call; without, every k-th from a random one on (FACTEUR_CRASH_STEP, _FIRST).
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createDirectorySync } from '../../mta/maildir/directory-sync.ts';
import { Journal } from '../../mta/queue/journal.ts';
import type { JournalLetter } from '../../mta/queue/journal-format.ts';
import { readJournal, recoverJournal } from '../../mta/queue/journal-recovery.ts';
import { type CallError, CallShim, noShim } from '../support/call-shim.ts';
import { makeMessage } from '../support/journal-life.ts';
import { dataModes, noPowerCuts, PoweredDisk } from '../support/powered-disk.ts';
import { withTemporaryDirectory } from '../support/queue.ts';

const isLong = process.env.FACTEUR_CRASH === 'long';
const step = isLong ? 1 : Number(process.env.FACTEUR_CRASH_STEP ?? 59);
const first = isLong ? 1 : Number(process.env.FACTEUR_CRASH_FIRST ?? 1 + Math.floor(Math.random() * step));
const cuts = Number(process.env.FACTEUR_POWER_ROUNDS ?? (isLong ? 100 : 3));
const life = join(import.meta.dirname, '..', 'support', 'journal-life.ts');
/** Strikes of one batch and the one before: written, but not yet before an answer that was heard. */
const justStruck = 8;

interface Said {
  readonly tried: ReadonlyMap<string, number>;
  readonly stored: ReadonlySet<string>;
  readonly refused: ReadonlySet<string>;
  readonly struck: ReadonlySet<string>;
  readonly isWhole: boolean;
}

/** Runs a life to its end, which is always a kill. */
function runLife(
  queue: string,
  rounds: number,
  wrapper: readonly string[],
  onceAtWork?: (kill: () => void) => Promise<void>,
): Promise<Said> {
  const [program = '', ...args] = [...wrapper, process.execPath, life, queue, String(rounds)];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.setEncoding('latin1').on('data', (chunk: string) => {
      const isFirst = !text.includes('stored');
      text += chunk;
      if (isFirst && text.includes('stored')) onceAtWork?.(() => child.kill('SIGKILL')).catch(reject);
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (signal !== 'SIGKILL') return reject(new Error(`ended with ${code ?? signal}: ${text.slice(-500)}`));
      const lines = text.split('\n').map((line) => line.split(' '));
      const of = (word: string): string[][] => lines.filter(([said]) => said === word);
      const idsOf = (word: string) => new Set(of(word).map(([, id = '']) => id));
      resolve({
        tried: new Map(of('try').map(([, id = '', length]) => [id, Number(length)])),
        stored: idsOf('stored'),
        refused: idsOf('refused'),
        struck: idsOf('strike'),
        isWhole: of('end').length > 0,
      });
    });
  });
}

/** Takes up what is left. @returns how many struck letters came back */
async function compare(queue: string, { tried, stored, refused, struck }: Said): Promise<number> {
  const directorySync = createDirectorySync({ isOwn: true });
  const found = new Map<string, JournalLetter>();
  await recoverJournal(queue, directorySync, async (letter) => {
    assert.ok(!found.has(letter.id), `${letter.id} came twice`);
    found.set(letter.id, letter);
  });
  await directorySync.close();
  const lost = [...stored].filter((id) => !struck.has(id) && !found.has(id));
  assert.deepEqual(lost, [], 'stored letters that are nowhere');
  for (const { id, message } of found.values()) {
    assert.ok(tried.has(id), `${id} is nobody's letter`);
    assert.ok(message.equals(makeMessage(id, tried.get(id) as number)), `${id} is torn`);
    assert.ok(!refused.has(id), `${id} was refused`);
  }
  const back = [...struck].filter((id) => found.has(id));
  return back.length;
}

for (const action of ['kill', 'tear'] as const)
  test(`a journal that meets a ${action} at each of its calls has what it stored`, {
    skip: noShim(),
    timeout: isLong ? 3_600_000 : 600_000,
  }, async (t) => {
    await withTemporaryDirectory(async (directory) => {
      const queue = join(directory, 'queue');
      const shim = new CallShim(directory, [queue]);
      let met = 0;
      let back = 0;
      for (let n = first, isWhole = false; !isWhole; n += step) {
        await mkdir(queue);
        shim.arm(action, n);
        const said = await runLife(queue, 20, shim.wrapper);
        isWhole = said.isWhole;
        const call = shim.call(n);
        shim.disarm();
        try {
          const doubled = await compare(queue, said);
          assert.ok(doubled <= justStruck, `${doubled} struck letters came back`);
          back += doubled;
        } catch (error) {
          throw new Error(`${action} at call ${n} (${call}): ${(error as Error).message}`);
        }
        await rm(queue, { recursive: true });
        if (!isWhole) met += 1;
      }
      t.diagnostic(`${met} at every ${step}. call from ${first} on: 0 lost, ${back} struck ones came back`);
      assert.ok(met * step > 40, 'the calls were met');
      shim.close();
    });
  });

const errors: readonly CallError[] = ['EIO', 'ENOSPC', 'EMFILE', 'ENOMEM'];

test('whatever call of a journal fails, once or from then on, what it stored is there and what it refused is not', {
  skip: noShim(),
  timeout: isLong ? 3_600_000 : 600_000,
}, async (t) => {
  await withTemporaryDirectory(async (directory) => {
    const queue = join(directory, 'queue');
    const shim = new CallShim(directory, [queue]);
    const counts = { met: 0, refused: 0, back: 0 };
    let turn = first;
    for (let n = Math.max(first, 4), wasHit = true; wasHit; n += step) {
      const faults = errors.flatMap((error) => (['fail', 'fail-on'] as const).map((how) => ({ error, how })));
      for (const { error, how } of isLong ? faults : faults.filter((_, at) => at === turn % faults.length)) {
        await mkdir(join(queue, 'journal'), { recursive: true });
        shim.arm(how, n, { error });
        const said = await runLife(queue, 20, shim.wrapper);
        wasHit = shim.wasHit;
        const call = shim.call(n);
        shim.disarm();
        assert.ok(said.isWhole, 'it lives on');
        try {
          // Strikes that cannot be written are made good by the end of their file, if that can be removed.
          const doubled = await compare(queue, said);
          if (how === 'fail') assert.ok(doubled <= justStruck, `${doubled} struck letters came back`);
          if (how === 'fail') assert.ok(said.refused.size <= 3, `${said.refused.size} letters refused`);
          counts.back += doubled;
        } catch (problem) {
          throw new Error(`${error} ${how} call ${n} (${call}): ${(problem as Error).message}`);
        }
        counts.refused += said.refused.size;
        if (wasHit) counts.met += 1;
        await rm(queue, { recursive: true });
      }
      turn += 1;
    }
    t.diagnostic(
      `${counts.met} failures at every ${step}. call from ${first} on: ${counts.refused} refused, 0 lost, ${counts.back} struck ones came back`,
    );
    assert.ok(counts.met * step > 40, 'the calls were met');
    shim.close();
  });
});

const noCuts = await noPowerCuts();
for (const data of dataModes)
  test(`data=${data}: ${cuts} power cuts take nothing from a journal whose segments are used again`, {
    skip: noCuts,
    timeout: 30_000 + cuts * 10_000,
  }, async (t) => {
    await withTemporaryDirectory(async (place) => {
      const disk = new PoweredDisk(place, data);
      await disk.make();
      try {
        let stored = 0;
        let back = 0;
        for (let cut = 0; cut < cuts; cut++) {
          const queue = join(disk.directory, `queue${cut}`);
          await mkdir(queue);
          const said = await runLife(queue, 100_000, [], async (kill) => {
            await pause(Math.random() * 600);
            disk.cutPower();
            kill();
          });
          await disk.unmount();
          await disk.mount();
          stored += said.stored.size;
          back += await compare(queue, said);
          await rm(queue, { recursive: true });
        }
        t.diagnostic(`${stored} stored, ${cuts} power cuts, 0 lost, ${back} struck ones came back`);
        assert.ok(stored > cuts * 10, 'letters were stored');
      } finally {
        await disk.unmount();
      }
    });
  });

for (const data of dataModes)
  test(`data=${data}: strikes that fill pages before a letter do not part it from the records before them`, {
    skip: noCuts,
  }, async () => {
    await withTemporaryDirectory(async (place) => {
      const disk = new PoweredDisk(place, data);
      await disk.make();
      const directorySync = createDirectorySync({ isOwn: true });
      try {
        const queue = join(disk.directory, 'queue');
        await mkdir(queue);
        const { journal } = await Journal.open(
          queue,
          directorySync,
          () => assert.fail('there was nothing'),
          () => undefined,
        );
        const store = async (): Promise<string> => {
          const id = journal.nextId();
          await journal.append({ id, envelope: Buffer.from('u0\0'), message: makeMessage(id, 200) });
          return id;
        };
        const ids = await Promise.all(Array.from({ length: 500 }, store));
        for (const id of ids.slice(0, 400)) journal.strike(id);
        // Without a letter after them they are not flushed for a second.
        while ((await readJournal(queue)).letters > 100) await pause(1);
        const last = await store();
        disk.cutPower();
        for (const id of [...ids.slice(400), last]) journal.strike(id);
        await journal.close();
        await directorySync.close();
        await disk.unmount();
        await disk.mount();
        const found: string[] = [];
        await recoverJournal(queue, directorySync, async ({ id }) => void found.push(id));
        // Nothing that was stored is lost or out of its order; a strike that did not reach the disk gives its letter back.
        const struck = new Set(ids.slice(0, 400));
        assert.deepEqual(
          found.filter((id) => !struck.has(id)),
          [...ids.slice(400), last],
        );
      } finally {
        await directorySync.close();
        await disk.unmount();
      }
    });
  });
