// Full disks and tight limits under a real server (security.md T4, T6): clients are told to come back, nothing that is
// half written is delivered, and when there is room again all acknowledged mail arrives without a restart.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chown, mkdir, readdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type RunningServer, startServer } from '../support/facteur.ts';
import { fillDisk, fillInodes, noMounts, withSmallDisk } from '../support/faults.ts';
import { withTemporaryDirectory } from '../support/queue.ts';
import { domain, makeHome, queued, sendLetter, setControl, subjectsOf, until } from '../support/serve.ts';
import { RawSmtpClient } from '../support/smtp.ts';

const skip = noMounts();
const ann = `ann@${domain}`;

/** A home with the account ann, its queue on a small disk, and a server over it. */
async function withSmallQueue(
  options: string,
  use: (server: RunningServer, home: string, disk: string) => Promise<void>,
): Promise<void> {
  await withTemporaryDirectory(async (directory) => {
    const home = join(directory, 'home');
    await makeHome(home, ['ann']);
    // In the journal a short letter may find room where a queue entry finds none.
    await setControl(home, 'queuejournal', '0\n');
    // Without a size limit of messages the disk itself is the limit.
    await setControl(home, 'databytes', '0\n');
    const disk = join(directory, 'disk');
    await withSmallDisk(disk, options, async () => {
      const queue = join(home, 'qmail', 'queue');
      execFileSync('cp', ['-a', queue, join(disk, 'queue')]);
      await rm(queue, { recursive: true });
      await symlink(join(disk, 'queue'), queue);
      const server = await startServer(home, 'smtp=127.0.0.1:0');
      try {
        await use(server, home, disk);
        assert.doesNotMatch(server.stderr(), /bug/);
        assert.equal(await server.stop(), 0);
      } finally {
        if (server.process.exitCode === null && server.process.signalCode === null) await server.kill();
      }
    });
  });
}

/** A client that has been told to send its message. */
async function openData(port: number): Promise<RawSmtpClient> {
  const client = await RawSmtpClient.connect(port);
  await client.hello();
  for (const line of ['MAIL FROM:<a@elsewhere.example>', `RCPT TO:<${ann}>`, 'DATA'])
    assert.ok((await client.command(line)).code < 400, line);
  return client;
}

const code = async (reply: Promise<{ code: number }>): Promise<number> => (await reply).code;

describe('faults', { concurrency: 2 }, () => {
  test(
    'a disk that gets full during DATA: 451 or 452, nothing half delivered, and it recovers by itself',
    {
      skip,
    },
    () =>
      withSmallQueue('size=8m', async (server, home, disk) => {
        const port = server.ports.smtp as number;
        assert.equal(await code(sendLetter(port, ann, 'before')), 250);
        const huge = await openData(port);
        await huge.send(`Subject: too much\r\n\r\n${`${'x'.repeat(900)}\r\n`.repeat(20_000)}.\r\n`);
        assert.match((await huge.read()).text, /^45[12] /);
        await until('what was begun is gone', async () => (await queued(home)).length === 0);
        assert.equal((await huge.sendMessage('', [ann], 'Subject: same session\r\n\r\nx')).code, 250);
        huge.close();

        // A letter that leaves the full disk would make room for the next.
        await until('an empty queue', async () => (await queued(home)).length === 0);
        const open = await openData(port);
        const free = await fillDisk(disk);
        await open.send('Subject: no room\r\n\r\nx\r\n.\r\n');
        assert.match((await open.read()).text, /^45[12] /);
        await until('MAIL is refused', async () => (await code(sendLetter(port, ann, 'no room'))) === 452);
        await free();
        await until('room again', async () => (await code(sendLetter(port, ann, 'after'))) === 250);
        await until('an empty queue', async () => (await queued(home)).length === 0);
        assert.deepEqual(await subjectsOf(home, 'ann'), ['after', 'before', 'same session']);
      }),
  );

  test('acknowledged mail that waits while the queue is full arrives when there is room', { skip }, () =>
    withSmallQueue('size=8m', async (server, home, disk) => {
      const port = server.ports.smtp as number;
      await setControl(home, 'concurrencylocal', '0\n');
      server.process.kill('SIGHUP');
      await until('held', async () => {
        assert.equal(await code(sendLetter(port, ann, 'held')), 250);
        await pause(100);
        return (await queued(home)).length > 0;
      });
      const open = await openData(port);
      const free = await fillDisk(disk);
      await open.send('Subject: refused\r\n\r\nx\r\n.\r\n');
      assert.match((await open.read()).text, /^45[12] /);
      await setControl(home, 'concurrencylocal', '10\n');
      server.process.kill('SIGHUP');
      await until('delivered from a full queue', async () => (await queued(home)).length === 0);
      await free();
      const subjects = await subjectsOf(home, 'ann');
      assert.ok(subjects.length > 0 && subjects.every((subject) => subject === 'held'), subjects.join());
    }),
  );

  test('no inodes left: 451 or 452, and it recovers by itself', { skip }, () =>
    withSmallQueue('size=8m,nr_inodes=180', async (server, home, disk) => {
      const port = server.ports.smtp as number;
      assert.equal(await code(sendLetter(port, ann, 'before')), 250);
      await until('delivered', async () => (await queued(home)).length === 0);
      const open = await openData(port);
      const free = await fillInodes(disk);
      await open.send('Subject: no inode\r\n\r\nx\r\n.\r\n');
      assert.match((await open.read()).text, /^45[12] /);
      await until('MAIL is refused', async () => (await code(sendLetter(port, ann, 'no inode'))) === 452);
      await free();
      await until('room again', async () => (await code(sendLetter(port, ann, 'after'))) === 250);
      await until('an empty queue', async () => (await queued(home)).length === 0);
      assert.deepEqual(await subjectsOf(home, 'ann'), ['after', 'before']);
    }),
  );

  test(
    'a Maildir on a full disk defers, leaves nothing in tmp, and ALRM delivers when there is room',
    {
      skip,
    },
    () =>
      withTemporaryDirectory(async (directory) => {
        const home = join(directory, 'home');
        await makeHome(home, ['ann']);
        // In the journal a short letter may find room where a queue entry finds none.
        await setControl(home, 'queuejournal', '0\n');
        const maildir = join(home, 'vpopmail', 'domains', domain, 'ann', 'Maildir');
        const { uid, gid } = await stat(maildir);
        await withSmallDisk(maildir, `size=256k,mode=700,uid=${uid},gid=${gid}`, async () => {
          for (const part of ['tmp', 'new', 'cur']) {
            await mkdir(join(maildir, part), { mode: 0o700 });
            await chown(join(maildir, part), uid, gid);
          }
          const free = await fillDisk(maildir);
          const server = await startServer(home, 'smtp=127.0.0.1:0');
          try {
            const port = server.ports.smtp as number;
            assert.equal(await code(sendLetter(port, ann, 'patience')), 250);
            await until('a deferral', () => /deferral/.test(server.stderr()));
            assert.deepEqual(await readdir(join(maildir, 'tmp')), []);
            await free();
            server.process.kill('SIGALRM');
            await until('the letter', async () => (await subjectsOf(home, 'ann')).length === 1);
            await until('an empty queue', async () => (await queued(home)).length === 0);
            assert.equal(await server.stop(), 0);
          } finally {
            if (server.process.exitCode === null && server.process.signalCode === null) await server.kill();
          }
        });
      }),
  );

  test('64 files at most: clients are refused for now, no busy loop, and it recovers', () =>
    withTemporaryDirectory(async (directory) => {
      const home = join(directory, 'home');
      await makeHome(home, ['ann']);
      // In the journal a short letter may find room where a queue entry finds none.
      await setControl(home, 'queuejournal', '0\n');
      const limited = ['/bin/sh', '-c', 'ulimit -n 64; exec "$@"', 'sh'];
      const server = await startServer(home, 'smtp=127.0.0.1:0', [], limited);
      const clients: RawSmtpClient[] = [];
      try {
        const port = server.ports.smtp as number;
        assert.equal(await code(sendLetter(port, ann, 'before')), 250);
        const openFiles = async (): Promise<number> => (await readdir(`/proc/${server.pid}/fd`)).length;
        const greeted: RawSmtpClient[] = [];
        const refusals = new Set<number>();
        // As fast as one address may connect, until no file is left for a message.
        await until('no file left', async () => {
          const client = await RawSmtpClient.connect(port);
          clients.push(client);
          const reply = await client.read();
          if (reply.code === 220) greeted.push(client);
          else refusals.add(reply.code);
          return (await openFiles()) >= 62 && refusals.has(0);
        });
        const before = await cpuSeconds(server.pid);
        await pause(1000);
        const busy = (await cpuSeconds(server.pid)) - before;
        assert.ok(busy < 0.2, `${busy} s of CPU in one second`);
        const [first] = greeted;
        await first?.command('EHLO tight');
        const reply = await first?.sendMessage('', [ann], 'Subject: tight\r\n\r\nx');
        assert.match(reply?.text ?? '', /^4[25]1 /);
        for (const client of clients) client.close();
        await until(
          'recovery',
          async () => (await code(sendLetter(port, ann, 'after').catch(() => ({ code: 0 })))) === 250,
        );
        await until('an empty queue', async () => (await queued(home)).length === 0);
        assert.deepEqual(await subjectsOf(home, 'ann'), ['after', 'before']);
        assert.doesNotMatch(server.stderr(), /bug/);
        assert.equal(await server.stop(), 0);
      } finally {
        for (const client of clients) client.close();
        if (server.process.exitCode === null && server.process.signalCode === null) await server.kill();
      }
    }));
});

/** User and system time of a process. */
async function cpuSeconds(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  // In clock ticks, of which Linux shows 100 a second.
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
