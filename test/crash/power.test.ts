// Power cuts (security.md 6, T3): the queue and the Maildirs lie on an ext4 file system of their own in a loop device; at
// random moments EXT4_IOC_SHUTDOWN cuts it off without its log, as a power cut does; then it is mounted anew, the server
// starts, and what it had acknowledged is compared with notes kept elsewhere; with ext4's data=ordered and data=writeback,
// over the plain queue and the journal. FACTEUR_CRASH=long (or FACTEUR_POWER_ROUNDS) makes it longer.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { runFacteur, startServer } from '../support/facteur.ts';
import { type DataMode, dataModes, noPowerCuts, PoweredDisk } from '../support/powered-disk.ts';
import { queueFiles, withTemporaryDirectory } from '../support/queue.ts';

const isLong = process.env.FACTEUR_CRASH === 'long';
const rounds = Number(process.env.FACTEUR_POWER_ROUNDS ?? (isLong ? 100 : 3));
const connections = 6;
const concurrency = 10;
const domain = 'power.example';
const users = ['u0', 'u1', 'u2', 'u3'];

interface Letter {
  readonly number: number;
  readonly recipients: readonly string[];
  /** As stored: LF line ends. */
  readonly body: string;
}

/** Most for one recipient; every fifth for three, some of 100 kB. */
function makeLetter(number: number): Letter {
  const count = number % 5 === 0 ? 3 : 1;
  const recipients = Array.from({ length: count }, (_, i) => users[(number + i) % users.length] as string);
  const lines = number % 40 === 7 ? 2000 : 1 + (number % 30);
  return {
    number,
    recipients,
    body: `Subject: letter ${number}\nX-Letter: ${number}\n\n${`line of letter ${number}, of no great interest\n`.repeat(lines)}`,
  };
}

/** Sends one letter after the other on one connection until the server is gone; `done` hears of each 250. */
async function sendUntilGone(
  port: number,
  next: () => Letter,
  done: (letter: Letter) => void,
): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => undefined);
  socket.setEncoding('latin1');
  let text = '';
  const replies = (async function* () {
    for await (const chunk of socket) {
      text += chunk;
      for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
        const line = text.slice(0, end);
        text = text.slice(end + 2);
        if (line[3] !== '-') yield line;
      }
    }
  })();
  const ask = async (line?: string): Promise<boolean> => {
    if (line !== undefined && !socket.destroyed) socket.write(line);
    const { value } = await replies.next();
    return typeof value === 'string' && /^[23]/.test(value);
  };
  try {
    if (!((await ask()) && (await ask('HELO power\r\n')))) return;
    for (;;) {
      const letter = next();
      const lines = [
        'MAIL FROM:<sender@elsewhere.example>\r\n',
        ...letter.recipients.map((user) => `RCPT TO:<${user}@${domain}>\r\n`),
        'DATA\r\n',
        `${letter.body.replaceAll('\n', '\r\n')}.\r\n`,
      ];
      for (const line of lines) if (!(await ask(line))) return;
      done(letter);
    }
  } catch {
    // The connection broke: the letter under way was not acknowledged.
  } finally {
    socket.destroy();
  }
}

/** Copies of each letter in each user's Maildir. */
async function readMaildirs(home: string): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const user of users)
    for (const place of ['new', 'cur']) {
      const directory = join(home, 'vpopmail', 'domains', domain, user, 'Maildir', place);
      for (const name of await readdir(directory)) {
        const text = await readFile(join(directory, name), 'utf8');
        const key = `${user} ${/^X-Letter: (\d+)$/m.exec(text)?.[1]}`;
        found.set(key, [...(found.get(key) ?? []), text]);
      }
    }
  return found;
}

/** Frees the disk between rounds: letters that were found are not looked at again. */
async function emptyMaildirs(home: string): Promise<void> {
  for (const user of users)
    for (const place of ['new', 'cur', 'tmp']) {
      const directory = join(home, 'vpopmail', 'domains', domain, user, 'Maildir', place);
      for (const name of await readdir(directory)) await rm(join(directory, name));
    }
}

async function cutAndCompare(t: TestContext, journal: number, data: DataMode): Promise<void> {
  await withTemporaryDirectory(async (place) => {
    const disk = new PoweredDisk(place, data);
    await disk.make();
    try {
      const home = join(disk.directory, 'home');
      assert.equal((await runFacteur(['quickstart', '--home', home, '--domain', domain])).status, 0);
      for (const user of users)
        assert.equal(
          (await runFacteur(['vadduser', '--home', home, `${user}@${domain}`, 'power-password'])).status,
          0,
        );
      const queue = join(home, 'qmail', 'queue');
      await writeFile(join(home, 'qmail', 'control', 'concurrencylocal'), `${concurrency}\n`);
      await writeFile(join(home, 'qmail', 'control', 'queuejournal'), `${journal}\n`);
      execFileSync('sync', ['-f', disk.directory]);
      let number = 0;
      const totals = { acknowledged: 0, lost: 0, torn: 0, duplicates: 0, waiting: 0 };
      for (let round = 0; round < rounds; round++) {
        // Notes outside the disk: only what was answered 250.
        const acknowledged: Letter[] = [];
        let server = await startServer(home, 'smtp=127.0.0.1:0');
        const clients = Promise.all(
          Array.from({ length: connections }, () =>
            sendUntilGone(
              server.ports.smtp as number,
              () => makeLetter(number++),
              (letter) => acknowledged.push(letter),
            ),
          ),
        );
        await pause(200 + Math.random() * 1000);
        disk.cutPower();
        await server.kill();
        await clients;
        await disk.unmount();
        await disk.mount();
        totals.waiting += (await queueFiles(queue)).filter((file) => /^(todo|info)\//.test(file)).length;
        server = await startServer(home, 'smtp=127.0.0.1:0');
        const unfinished = async (): Promise<string[]> =>
          (await queueFiles(queue)).filter((file) => /^(todo|info|local|remote|bounce)\//.test(file));
        const deadline = Date.now() + 30_000;
        while ((await unfinished()).length > 0 && Date.now() < deadline) await pause(20);
        assert.deepEqual(await unfinished(), [], 'the queue is empty in half a minute');
        assert.equal(await server.stop(), 0);
        const found = await readMaildirs(home);
        totals.acknowledged += acknowledged.length;
        for (const letter of acknowledged)
          for (const user of letter.recipients) {
            const copies = found.get(`${user} ${letter.number}`) ?? [];
            if (copies.length === 0) totals.lost += 1;
            totals.duplicates += Math.max(0, copies.length - 1);
            totals.torn += copies.filter((copy) => !copy.endsWith(`\n${letter.body}`)).length;
          }
        // Of letters that nobody was told are safe there may be none, but never a part.
        for (const [key, copies] of found)
          for (const copy of copies)
            if (!copy.endsWith(`\n${makeLetter(Number(key.split(' ')[1])).body}`)) totals.torn += 1;
        await emptyMaildirs(home);
      }
      t.diagnostic(
        `${totals.acknowledged} acknowledged, ${rounds} power cuts, ${totals.lost} lost, ${totals.torn} torn, ${totals.duplicates} duplicates, ${totals.waiting} found waiting in the queue`,
      );
      assert.ok(totals.acknowledged >= rounds, 'letters were acknowledged');
      assert.equal(totals.lost, 0, 'acknowledged letters that are nowhere');
      assert.equal(totals.torn, 0, 'copies with other bytes than sent');
      // A delivery whose end was not on disk yet is made again: a mark, an unlink, or a strike in the journal.
      assert.ok(
        totals.duplicates <= rounds * (concurrency + connections) * 3,
        `${totals.duplicates} duplicates for ${rounds} cuts`,
      );
    } finally {
      await disk.unmount();
    }
  });
}

const skip = await noPowerCuts();
// Side by side: most of their time is a server's start.
describe('power cuts', { concurrency: 2 }, () => {
  for (const [journal, way] of ['plain queue', 'journal'].entries())
    for (const data of dataModes)
      test(
        `${way}, data=${data}: ${rounds} power cuts lose nothing that was acknowledged`,
        { skip, timeout: 30_000 + rounds * 30_000 },
        (t) => cutAndCompare(t, journal, data),
      );
});
