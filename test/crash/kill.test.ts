// kill -9 of the whole server at random moments while letters come in (security.md 6, T1): what was acknowledged is in
// every recipient's Maildir at least once with the bytes that were sent; duplicates are at most the deliveries that
// were in flight. FACTEUR_CRASH=long (or FACTEUR_CRASH_ROUNDS and FACTEUR_CRASH_LETTERS) makes it longer.
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { runFacteur, startServer } from '../support/facteur.ts';
import { queueFiles, withTemporaryDirectory } from '../support/queue.ts';

const isLong = process.env.FACTEUR_CRASH === 'long';
const rounds = Number(process.env.FACTEUR_CRASH_ROUNDS ?? (isLong ? 500 : 6));
const letters = Number(process.env.FACTEUR_CRASH_LETTERS ?? (isLong ? 20_000 : 700));
const connections = 4;
const concurrency = 10;
const domain = 'crash.example';
const users = ['u0', 'u1', 'u2', 'u3'];

interface Letter {
  readonly number: number;
  readonly recipients: readonly string[];
  /** What the client sent after DATA, LF line ends. */
  readonly body: string;
}

/** Letter n: most for one recipient, every fifth for three; sizes from 200 bytes to 100 kB. */
function makeLetter(number: number): Letter {
  const first = number % users.length;
  const recipients =
    number % 5 === 0
      ? [0, 1, 2].map((i) => users[(first + i) % users.length] as string)
      : [users[first] as string];
  const filling = `${'.'.repeat(number % 3)}line of letter ${number} `.repeat(1 + (number % 4)).trimEnd();
  const lines = number % 50 === 7 ? 1500 : 1 + (number % 40);
  return {
    number,
    recipients,
    body: `Subject: letter ${number}\nX-Letter: ${number}\n\n${`${filling}\n`.repeat(lines)}`,
  };
}

/** Sends letters on one connection until the server is gone or there are no more. Unanswered ones may come again. */
function sendUntilDead(
  port: number,
  take: () => Letter | undefined,
  acknowledged: (letter: Letter) => void,
  lost: (letter: Letter) => void,
): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    let current: Letter | undefined;
    let steps: string[] = [];
    let buffer = '';
    const next = (): void => {
      current = take();
      if (!current) {
        socket.end('QUIT\r\n');
        return;
      }
      steps = [
        ...current.recipients.map((user) => `RCPT TO:<${user}@${domain}>\r\n`),
        'DATA\r\n',
        `${current.body.replaceAll('\n', '\r\n').replace(/^\./gm, '..')}.\r\n`,
      ];
      socket.write('MAIL FROM:<sender@elsewhere.example>\r\n');
    };
    let greeted = false;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      buffer += text;
      for (let end = buffer.indexOf('\r\n'); end >= 0; end = buffer.indexOf('\r\n')) {
        const line = buffer.slice(0, end);
        buffer = buffer.slice(end + 2);
        if (line[3] === '-') continue;
        if (!greeted) {
          greeted = true;
          socket.write('HELO crash\r\n');
          steps = ['greeted'];
          continue;
        }
        const step = steps.shift();
        if (step === 'greeted') next();
        else if (step !== undefined && /^[23]/.test(line)) socket.write(step);
        else if (step === undefined) {
          if (current && line.startsWith('250')) acknowledged(current);
          else if (current) lost(current);
          current = undefined;
          next();
        } else {
          lost(current as Letter);
          current = undefined;
          socket.destroy();
        }
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (current) lost(current);
      resolve();
    });
  });
}

/** Every delivered copy: user -> letter number -> bodies. */
async function readMaildirs(home: string): Promise<Map<string, Map<number, string[]>>> {
  const found = new Map<string, Map<number, string[]>>();
  for (const user of users) {
    const copies = new Map<number, string[]>();
    for (const place of ['new', 'cur']) {
      const directory = join(home, 'vpopmail', 'domains', domain, user, 'Maildir', place);
      for (const name of await readdir(directory)) {
        const text = await readFile(join(directory, name), 'utf8');
        const number = Number(/^X-Letter: (\d+)$/m.exec(text)?.[1]);
        copies.set(number, [...(copies.get(number) ?? []), text]);
      }
    }
    found.set(user, copies);
  }
  return found;
}

// Side by side: most of their time is a server's start.
describe('kill -9 at random moments', { concurrency: 2 }, () => {
  for (const journal of [0, 1]) {
    const way = journal === 0 ? 'plain queue' : 'journal';
    const name = `${way}: ${rounds} kills over ${letters} letters lose nothing that was acknowledged`;
    test(name, { timeout: isLong ? 3_600_000 : 900_000 }, (t) => killAndCompare(t, journal));
  }
});

async function killAndCompare(t: TestContext, journal: number): Promise<void> {
  await withTemporaryDirectory(async (directory) => {
    const home = join(directory, 'home');
    assert.equal((await runFacteur(['quickstart', '--home', home, '--domain', domain])).status, 0);
    for (const user of users)
      assert.equal(
        (await runFacteur(['vadduser', '--home', home, `${user}@${domain}`, 'crash-password'])).status,
        0,
      );
    await writeFile(join(home, 'qmail', 'control', 'concurrencylocal'), `${concurrency}\n`);
    await writeFile(join(home, 'qmail', 'control', 'queuejournal'), `${journal}\n`);
    const waiting = Array.from({ length: letters }, (_, number) => makeLetter(number));
    const acknowledged = new Map<number, Letter>();
    const sentAgain = new Set<number>();
    const lost = (letter: Letter): void => {
      // Its fate is unknown: sending it again may double it, so it is not counted as a duplicate of ours.
      sentAgain.add(letter.number);
      waiting.push(letter);
    };
    let kills = 0;
    for (let round = 0; round < rounds; round++) {
      const server = await startServer(home, 'smtp=127.0.0.1:0');
      const target = Math.ceil(((round + 1) * letters) / rounds);
      // At most this round's share, so that every round has letters under way when the blow comes.
      const take = (): Letter | undefined =>
        acknowledged.size + connections < target + letters / rounds || round === rounds - 1
          ? waiting.shift()
          : undefined;
      const clients = Promise.all(
        Array.from({ length: connections }, () =>
          sendUntilDead(
            server.ports.smtp as number,
            take,
            (letter) => acknowledged.set(letter.number, letter),
            lost,
          ),
        ),
      );
      await pause(Math.random() * 300);
      await server.kill();
      kills += 1;
      await clients;
    }
    const server = await startServer(home, 'smtp=127.0.0.1:0');
    try {
      while (waiting.length > 0)
        await Promise.all(
          Array.from({ length: connections }, () =>
            sendUntilDead(
              server.ports.smtp as number,
              () => waiting.shift(),
              (letter) => acknowledged.set(letter.number, letter),
              lost,
            ),
          ),
        );
      const queue = join(home, 'qmail', 'queue');
      const deadline = Date.now() + 60_000;
      const unfinished = async (): Promise<string[]> =>
        (await queueFiles(queue)).filter((file) => /^(todo|info|local|remote|bounce)\//.test(file));
      while ((await unfinished()).length > 0 && Date.now() < deadline) await pause(50);
      assert.deepEqual(await unfinished(), [], 'the queue is empty within a minute');
      assert.equal(await server.stop(), 0);
    } finally {
      await server.kill();
    }
    const found = await readMaildirs(home);
    let missing = 0;
    let duplicates = 0;
    let torn = 0;
    for (const letter of acknowledged.values()) {
      for (const user of letter.recipients) {
        const copies = found.get(user)?.get(letter.number) ?? [];
        if (copies.length === 0) missing += 1;
        if (!sentAgain.has(letter.number)) duplicates += Math.max(0, copies.length - 1);
        // Line ends and dots as sent, trace lines on top.
        torn += copies.filter((copy) => !copy.endsWith(`\n${letter.body}`)).length;
      }
    }
    t.diagnostic(
      `${acknowledged.size} acknowledged, ${kills} kills, ${missing} missing, ${torn} torn, ${duplicates} duplicates, ${sentAgain.size} sent again`,
    );
    assert.equal(acknowledged.size, letters);
    assert.equal(missing, 0, 'acknowledged letters that are nowhere');
    assert.equal(torn, 0, 'copies with other bytes than sent');
    assert.ok(duplicates <= kills * concurrency, `${duplicates} duplicates for ${kills} kills`);
  });
}
