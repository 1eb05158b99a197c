// kill -9 during the start that recovers from the last one: a queue with messages in every state of a crash, and a journal
// with letters in it, is taken up; the n-th call on it is the program's last; it starts again, and everything is where
// it belongs. Then n + 1 (FACTEUR_CRASH=long), or every k-th call from a random one on (FACTEUR_CRASH_STEP, _FIRST).
import assert from 'node:assert/strict';
import { link, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import {
  encodeLetter,
  encodeStart,
  encodeStrike,
  type JournalLetter,
  newSalt,
} from '../../mta/queue/journal-format.ts';
import { readQueueLayout } from '../../mta/queue/layout.ts';
import { CallShim, noShim } from '../support/call-shim.ts';
import type { RunningServer } from '../support/facteur.ts';
import { type FixturePlace, putMessage, withTemporaryDirectory } from '../support/queue.ts';
import { domain } from '../support/serve.ts';
import { endServer, hasEnded, type SentLetter, type Trial, TrialSite } from '../support/trials.ts';

const isLong = process.env.FACTEUR_CRASH === 'long';
const step = isLong ? 1 : Number(process.env.FACTEUR_CRASH_STEP ?? 53);
const first = isLong ? 1 : Number(process.env.FACTEUR_CRASH_FIRST ?? 1 + Math.floor(Math.random() * step));
const skip = noShim();

const sender = `u3@${domain}`;
/** As the scheduler writes it into local: the virtual domain's prepend in front. */
const local = (user: string): string => `${domain}-${user}@${domain}`;
let number = 0;

function makeLetter(name: string, arrivesAt: Trial['arrivesAt']): SentLetter & { readonly mess: string } {
  const tag = `R${++number}`;
  const text = `words of ${tag}\n`;
  const body = `Subject: ${name}\nX-Tag: ${tag}\n\n${text}`;
  return {
    trial: { name, recipients: [], arrivesAt },
    tag,
    body,
    text,
    code: 250,
    mess: `Received: (qmail 1 invoked by uid 1); 1 Jan 2026 00:00:00 -0000\n${body}`,
  };
}

const envelope = (...to: string[]): string => `u1\0p2\0F${sender}\0${to.map((one) => `T${one}\0`).join('')}`;

/** Fills the queue with what crashes leave. @returns the letters that were acknowledged */
async function fillQueue(queue: string): Promise<SentLetter[]> {
  const letters: SentLetter[] = [];
  const put = async (
    name: string,
    arrivesAt: Trial['arrivesAt'],
    files: Partial<Record<FixturePlace, string>>,
  ): Promise<string> => {
    const letter = makeLetter(name, arrivesAt);
    letters.push(letter);
    return putMessage(queue, { mess: letter.mess, ...files });
  };
  await put('S4', ['u0'], { todo: envelope(`u0@${domain}`) });
  const both = await put('S4 of qmail-queue', ['u1', 'u2'], {
    intd: envelope(`u1@${domain}`, `u2@${domain}`),
  });
  const layout = await readQueueLayout(queue);
  await link(layout.path('intd', both), layout.path('todo', both));
  await put('S4, half preprocessed', ['u0', 'far'], {
    todo: envelope(`u0@${domain}`, 'ann@far.example'),
    info: `F${sender}\0`,
    local: `T${local('u2')}\0`,
  });
  await put('S4, for one, half preprocessed', ['u1'], {
    todo: envelope(`u1@${domain}`),
    info: `F${sender}\0`,
    local: `T${local('u2')}\0`,
  });
  await put('S5, half done', ['u1', 'far'], {
    info: `F${sender}\0`,
    local: `D${local('u0')}\0T${local('u1')}\0`,
    remote: 'Tann@far.example\0',
  });
  await put('S5, only its bounce is left', ['bounce'], {
    info: `F${sender}\0`,
    bounce: '<nobody@refuse.example>:\nNo. (#5.1.1)\n\n',
  });
  await mkdir(join(queue, 'journal'), { recursive: true });
  const idOf = (at: number): string => `179537000000000${at}`;
  const records = ['u0', 'u2', ''].map((user, at) => {
    const letter = makeLetter('journal', user === '' ? [] : [user as 'u0' | 'u2']);
    if (user !== '') letters.push(letter);
    return {
      id: idOf(at),
      envelope: Buffer.from(envelope(`${user || 'u0'}@${domain}`)),
      message: Buffer.from(letter.mess),
    };
  });
  const salt = newSalt();
  const before = newSalt();
  const torn = encodeLetter(salt, {
    id: idOf(9),
    envelope: Buffer.from('u1'),
    message: Buffer.alloc(99, 'x'),
  });
  await writeFile(
    join(queue, 'journal', `1795370000000000.${++number}`),
    Buffer.concat([
      encodeStart(salt),
      ...records.flatMap((record) => encodeLetter(salt, record)),
      encodeStrike(salt, idOf(2)),
      Buffer.concat(torn).subarray(0, 90),
      // What its file held before, and zeros.
      ...encodeLetter(before, { ...(records[0] as JournalLetter), id: idOf(8) }),
      Buffer.alloc(9000),
    ]),
  );
  // As a version without salts left it.
  const old = makeLetter('old journal', ['u1']);
  letters.push(old);
  const bytes = Buffer.from(`${envelope(`u1@${domain}`)}${old.mess}`);
  const crc = crc32(bytes).toString(16).padStart(8, '0');
  const length = envelope(`u1@${domain}`).length;
  await writeFile(
    join(queue, 'journal', `1795370000000000.${++number}`),
    `FJ1 ${idOf(5)} ${length} ${old.mess.length} ${crc}\n${bytes}FJ1 ${idOf(6)} 30 40 00000000\nu1\0p2`,
  );
  return letters;
}

test('a start that is killed at each of its calls has lost nothing when the next one is done', {
  skip,
  timeout: isLong ? 3_600_000 : 600_000,
}, async (t) => {
  await withTemporaryDirectory(async (directory) => {
    const site = await TrialSite.make(join(directory, 'home'), 1);
    const queue = join(site.home, 'qmail', 'queue');
    const shim = new CallShim(directory, site.mailDirectories);
    let server: RunningServer | undefined;
    let kills = 0;
    let doubled = 0;
    try {
      for (let n = first, wasHit = true; wasHit; n += step) {
        const letters = await fillQueue(queue);
        shim.arm('kill', n);
        // It may be dead before it is ready.
        server = await site.start(shim.wrapper).catch(() => undefined);
        if (server)
          while (!shim.wasHit && (await site.unfinished()).length > 0)
            if (await hasEnded(server, 0.02)) break;
        wasHit = shim.wasHit;
        const call = shim.call(n);
        shim.disarm();
        if (wasHit) {
          kills += 1;
          await endServer(server);
          server = await site.start();
        }
        assert.ok(server, 'the server started');
        try {
          await site.drain(server);
          const { wrong, duplicates } = await site.look(letters);
          assert.deepEqual(wrong, []);
          assert.ok(duplicates <= letters.length, `${duplicates} copies too many`);
          doubled += duplicates;
          assert.equal(await server.stop(), 0);
        } catch (error) {
          throw new Error(
            `kill at call ${n} (${call}): ${(error as Error).message}\n${server.stderr().slice(-4000)}`,
          );
        }
        await site.forget();
      }
      t.diagnostic(
        `${kills} kills at every ${step}. call from ${first} on (${shim.count} calls): 0 lost, ${doubled} doubled`,
      );
      assert.ok(kills * step > 100, 'the calls were met');
    } finally {
      await endServer(server);
      shim.close();
      await site.close();
    }
  });
});
