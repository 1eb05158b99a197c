// QMQP (spec/qmail.md 11): the queue of hosts without one, for relayclients only; and both protocols in the running
// program, with qmail-qmqpc as the client.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { encodeQmqpPackage } from '../../mta/commands/qmail-qmqpc.ts';
import { temporary } from '../../mta/outcome.ts';
import { commandWords } from '../support/command-process.ts';
import { startServer } from '../support/facteur.ts';
import { NetstringClient, qmtpPackage, startTestServer } from '../support/qmtp.ts';
import { withTemporaryDirectory } from '../support/queue.ts';
import { domain, makeHome, setControl, subjectsOf, until } from '../support/serve.ts';

const ok = 'Kok 1732290000 qp 123';
const own = { relayclients: ['127.0.0.0/8'] };
const letter = (message: string, sender = 's@x.test', recipients = ['a@y.test', 'b@z.test']) =>
  encodeQmqpPackage(Buffer.from(message), { sender, recipients });

test('a client that is not in relayclients gets D and nothing is read of its message', async () => {
  const server = await startTestServer('qmqp');
  const client = await server.connect();
  await client.send(letter('x\n'));
  assert.deepEqual(await client.readToEnd(), [
    "Dsorry, your address isn't in my list of relayclients (#5.7.1)",
  ]);
  assert.equal(server.injector.opened, 0);
  client.close();
});

test('one package is queued for all its recipients `with QMQP`, answered once, and the connection ends', async () => {
  const server = await startTestServer('qmqp', own, { now: () => 1_732_290_000_000 });
  for (const [message, sender] of [
    ['Subject: s\n\nb', 's@x.test'],
    ['', ''],
    ['crlf\r\n', 'list-@x.test-@[]'],
    ['bounce\n', '#@[]'],
  ] as const) {
    const client = await server.connect();
    await client.send(letter(message, sender));
    assert.deepEqual(await client.readToEnd(), [ok]);
    client.close();
    const queued = server.injector.messages.pop()!;
    assert.equal(
      queued.message.toString(),
      `Received: from unknown (127.0.0.1)\n  by mx.our.test with QMQP; 22 Nov 2024 15:40:00 -0000\n${message}`,
    );
    assert.deepEqual([queued.sender, queued.recipients], [sender, ['a@y.test', 'b@z.test']]);
  }
});

test('refused for good: stray bytes, addresses that are none, too much; and the words of the queue', async () => {
  const server = await startTestServer('qmqp', { ...own, databytes: 1000 });
  const ask = async (bytes: Buffer): Promise<string[]> => {
    const client = await server.connect();
    await client.send(bytes);
    const answers = await client.readToEnd();
    client.close();
    return answers;
  };
  const lineEnds = 'Dsorry, bare CR, bare LF and NUL are refused in messages (#5.6.0)';
  const addresses = "Dsorry, I can't accept addresses like that (#5.1.3)";
  assert.deepEqual(await ask(letter('a\rb\n')), [lineEnds]);
  assert.deepEqual(await ask(letter('a\0b\n')), [lineEnds]);
  for (const bad of ['a\n@x.test', 'a\0@x.test', `${'a'.repeat(1000)}@x.test`, 'a@x.test> NOTIFY=NEVER']) {
    assert.deepEqual(await ask(letter('x\n', 's@x.test', ['a@x.test', bad])), [addresses], bad);
    assert.deepEqual(await ask(letter('x\n', bad)), [addresses], bad);
  }
  assert.deepEqual(await ask(letter('x'.repeat(1001))), [
    'Dsorry, that message size exceeds my databytes limit (#5.3.4)',
  ]);
  server.injector.answer = () => temporary('qq trouble creating files in queue (#4.3.0)');
  assert.deepEqual(await ask(letter('x\n')), ['Zqq trouble creating files in queue (#4.3.0)']);
  assert.equal(server.injector.messages.length, 0);
});

test('cut at every byte, or with netstrings that do not fit, nothing is queued and nothing said', async () => {
  const server = await startTestServer('qmqp', own);
  const bytes = letter('S: s\n\nb\n').toString('latin1');
  const cuts = Array.from(bytes, (_, at) => bytes.slice(0, at));
  const wrong = [
    '0:,',
    '3:0:,,',
    '4:0:,0,',
    '10:3:a\n\n,9:b,',
    '9:1:a,1:s,X,',
    '8:1:a,1:s,X',
    '9:1:a,1:s,1:,',
    'x',
    '200000001:',
  ];
  for (const part of [...cuts, ...wrong]) {
    const client = await server.connect();
    await client.send(part);
    client.socket.end();
    assert.deepEqual(await client.readToEnd(), [], JSON.stringify(part));
    client.close();
  }
  assert.equal(server.injector.messages.length, 0);
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('a message of 40 MiB passes in small pieces through little memory, as fast as the queue takes it', async () => {
  const server = await startTestServer('qmqp', own);
  let queued = 0;
  let most = 0;
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  // Takes one piece, then nothing until it is released; keeps nothing, as the queue does.
  server.injector.open = () => ({
    write: (chunk) => {
      queued += chunk.length;
      most = Math.max(most, chunk.length);
      return false;
    },
    drained: () => released,
    finish: async () => ({ code: 'K', text: 'ok 1 qp 2' }),
    abort: () => undefined,
  });
  const client = await server.connect();
  const batch = Buffer.concat(Array(64).fill(Buffer.from(`${'x'.repeat(1023)}\n`)));
  const batches = 640;
  // The blank line first: no header.
  const size = 1 + batches * batch.length;
  const tail = '1:s,1:r,';
  const before = process.memoryUsage().arrayBuffers;
  await client.send(`${`${size}:`.length + size + 1 + tail.length}:${size}:\n`);
  const held: number[] = [];
  for (let sent = 0; sent < batches; sent++) {
    const taken = client.send(batch);
    // The kernel's buffers are full, and nothing more was read.
    if (!(await Promise.race([taken.then(() => true), pause(300, false)]))) release();
    await taken;
    if (sent % 40 !== 0) continue;
    collectGarbage();
    held.push(process.memoryUsage().arrayBuffers - before);
  }
  await client.send(`,${tail},`);
  assert.deepEqual(await client.readToEnd(60_000), ['Kok 1 qp 2']);
  client.close();
  assert.ok(queued > size, `${queued}`);
  assert.ok(most <= 131_072, `a piece of ${most} bytes`);
  // The collector frees buffers in its own time, so single values may be high; what is held is in all of them.
  const median = held.sort((a, b) => a - b)[held.length >> 1]!;
  assert.ok(median < 1_048_576, `${median} bytes of buffers`);
});

/** qmail-qmqpc with a message on descriptor 0 and an envelope on descriptor 1; its exit status. */
async function runQmqpc(home: string, message: string, envelope: string): Promise<number | null> {
  const [program = '', ...args] = commandWords('qmail-qmqpc');
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { PATH: process.env.PATH, FACTEUR_HOME: home },
  });
  const one = child.stdout as unknown as Duplex;
  one.resume();
  for (const stream of [child.stdin, one]) stream.on('error', () => undefined); // it may have ended
  child.stdin.end(message);
  one.end(envelope);
  const [status] = await once(child, 'exit');
  return status as number | null;
}

test('the running program serves both: qmail-qmqpc for its own hosts, QMTP for all', async (t) => {
  await withTemporaryDirectory(async (home) => {
    await makeHome(home, ['ann']);
    await setControl(home, 'relayclients', '127.0.0.0/8\n');
    const server = await startServer(home, 'qmtp=127.0.0.1:0,qmqp=127.0.0.1:0');
    try {
      assert.doesNotMatch(server.stderr(), /not served/);
      await setControl(home, 'qmqpservers', `127.0.0.1:${server.ports.qmqp}\n`);
      const message = 'Subject: by qmqp\n\nx\n';
      assert.equal(await runQmqpc(home, message, `Fs@x.test\0Tann@${domain}\0\0`), 0);
      assert.equal(await runQmqpc(home, message, `Fs@x.test\0Ta\nb@${domain}\0\0`), 31);

      const client = await NetstringClient.connect(server.ports.qmtp!);
      await client.send(
        qmtpPackage('\nSubject: by qmtp\n\nx\n', 's@x.test', [`ann@${domain}`, `nobody@${domain}`]),
      );
      const [first = '', second] = await client.read(2);
      assert.match(first, /^Kok \d+ qp \d+$/);
      assert.equal(second, 'Dsorry, no mailbox here by that name (#5.1.1)');
      await until(
        'both letters lie in the Maildir',
        async () => (await subjectsOf(home, 'ann')).length === 2,
      );
      assert.deepEqual(await subjectsOf(home, 'ann'), ['by qmqp', 'by qmtp']);

      const letters = 1000;
      const one = qmtpPackage(`\nSubject: many\n\n${'x'.repeat(2000)}\n`, 's@x.test', [`ann@${domain}`]);
      const begun = performance.now();
      await client.send(Buffer.concat(Array(letters).fill(one)));
      const answers = await client.read(letters, 60_000);
      const seconds = (performance.now() - begun) / 1000;
      assert.equal(answers.filter((answer) => answer.startsWith('K')).length, letters);
      t.diagnostic(`QMTP: ${Math.round(letters / seconds)} letters/s acknowledged on one connection`);
      const inbox = join(home, 'vpopmail', 'domains', domain, 'ann', 'Maildir', 'new');
      await until(
        'all letters lie in the Maildir',
        async () => (await readdir(inbox)).length === letters + 2,
        60,
      );
      client.close();
    } finally {
      assert.equal(await server.stop(), 0);
    }
  });
});
