import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { test } from 'node:test';
import { EnvelopeFault, exitStatusOf, parseQueueEnvelope } from '../../mta/commands/qmail-queue.ts';
import { addressToBytes } from '../../mta/formats/address-bytes.ts';
import { programRoot } from '../../mta/root.ts';
import { runFacteur } from '../support/facteur.ts';
import { withInjectSite } from '../support/inject.ts';
import { makeQueueTree, withTemporaryDirectory } from '../support/queue.ts';
import { until } from '../support/serve.ts';

interface Finished {
  readonly status: number | null;
  readonly stderr: string;
}

/** Runs qmail-queue as old programs do: message on descriptor 0, envelope on descriptor 1. */
function runQueue(
  home: string,
  message: string,
  envelope: Buffer | string,
  isLate = false,
): Promise<Finished> {
  const child = spawn(process.execPath, [join(programRoot(), 'server', 'main.ts'), 'qmail-queue'], {
    stdio: 'pipe',
    env: { ...process.env, FACTEUR_HOME: home, NODE_NO_WARNINGS: '1' },
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const descriptor1 = child.stdout as unknown as Duplex;
  descriptor1.resume();
  for (const stream of [child.stdin, descriptor1]) stream.on('error', () => undefined); // it may have ended already
  child.stdin.end(message);
  if (isLate) {
    // Byte by byte, and the pipe stays open: the empty record ends the envelope.
    const bytes = Buffer.from(envelope);
    let at = 0;
    const next = (): void => {
      if (at < bytes.length) descriptor1.write(bytes.subarray(at, ++at), () => setTimeout(next, 10));
    };
    setTimeout(next, 400);
  } else descriptor1.end(envelope);
  return new Promise((resolve) => child.once('exit', (status) => resolve({ status, stderr })));
}

test('qmail-queue takes the message from descriptor 0 and the envelope from descriptor 1', async () => {
  await withInjectSite(async ({ home, takeMessage }) => {
    const message = `Subject: s\n\nno line end, \0 and \r stay`;
    assert.deepEqual(await runQueue(home, message, 'Fs@far.org\0Tb@far.org\0T\0Ta b@far.org\0\0'), {
      status: 0,
      stderr: '',
    });
    const queued = await takeMessage(2);
    assert.equal(queued.sender, 's@far.org');
    assert.deepEqual(queued.recipients, ['a b@far.org', 'b@far.org'], 'an empty recipient is nobody');
    assert.equal(queued.message, message);
    assert.match(
      queued.received,
      new RegExp(`^Received: \\(qmail \\d+ invoked by uid ${process.getuid?.()}\\); `),
    );
    const late = await runQueue(home, message, 'F\0Tlate@far.org\0\0', true);
    assert.deepEqual(late, { status: 0, stderr: '' });
    assert.deepEqual((await takeMessage(1)).recipients, ['late@far.org']);
  });
});

test('a terminal that hangs up does not stop qmail-queue; ALRM ends it with 52 and nothing is queued', async () => {
  const started: ChildProcess[] = [];
  await withInjectSite(async (site) => {
    const begin = async () => {
      const child = spawn(process.execPath, [join(programRoot(), 'server', 'main.ts'), 'qmail-queue'], {
        stdio: 'pipe',
        env: { ...process.env, FACTEUR_HOME: site.home, NODE_NO_WARNINGS: '1' },
      });
      for (const stream of [child.stdin, child.stdout]) stream.on('error', () => undefined);
      started.push(child);
      const ended = once(child, 'exit') as Promise<[number | null]>;
      // HUP, INT, QUIT and ALRM are caught.
      await until('its signal handlers', async () => {
        const caught = /^SigCgt:\s*([0-9a-f]+)/m.exec(await readFile(`/proc/${child.pid}/status`, 'utf8'));
        return (BigInt(`0x${caught?.[1]}`) & 0x2007n) === 0x2007n;
      });
      return { child, ended };
    };
    const typed = await begin();
    for (const signal of ['SIGHUP', 'SIGINT', 'SIGQUIT'] as const) typed.child.kill(signal);
    typed.child.stdin.end('Subject: typed\n\n');
    (typed.child.stdout as unknown as Duplex).end('F\0Ta@b.org\0\0');
    assert.deepEqual((await typed.ended)[0], 0);
    assert.deepEqual((await site.takeMessage(1)).recipients, ['a@b.org']);
    const late = await begin();
    late.child.stdin.write('Subject: late\n\n');
    late.child.kill('SIGALRM');
    assert.deepEqual((await late.ended)[0], 52);
    assert.equal(site.left, 0);
  }).finally(() => {
    for (const child of started) child.kill('SIGKILL');
  });
});

test('qmail-queue’s exit statuses: 54 for an envelope cut short, 11 for a long address, 91 for bad form', async () => {
  await withInjectSite(async (site) => {
    assert.equal((await runQueue(site.home, 'x\n', 'Fs@a.org\0Tb@a.org\0')).status, 54);
    assert.equal((await runQueue(site.home, 'x\n', `F\0T${'x'.repeat(1003)}\0\0`)).status, 11);
    const bad = await runQueue(site.home, 'x\n', 'Xs\0\0');
    assert.deepEqual(bad, { status: 91, stderr: 'qmail-queue: a sender does not begin with F\n' });
    assert.equal(site.left, 0);
  });
});

test('without a running queue qmail-queue says 74', async () => {
  await withTemporaryDirectory(async (home) => {
    assert.deepEqual(await runQueue(home, 'x\n', 'F\0Ta@b.org\0\0'), {
      status: 74,
      stderr: 'qmail-queue: communication with mail server failed (#4.4.2)\n',
    });
  });
});

test('envelopes are read as qmail-queue reads them', () => {
  const longest = 'x'.repeat(1002);
  assert.deepEqual(parseQueueEnvelope(Buffer.from(`F\0T${longest}\0\0`)), {
    sender: '',
    recipients: [longest],
  });
  assert.deepEqual(parseQueueEnvelope(Buffer.from('Fs\0\0rest')), { sender: 's', recipients: [] });
  assert.deepEqual(parseQueueEnvelope(Buffer.from('Fü\0Tü@ö\0\0')), { sender: 'ü', recipients: ['ü@ö'] });
  // qmail-queue asks nothing of the bytes of an address.
  const latin1 = parseQueueEnvelope(Buffer.from('F\xff\0T\xe9@a.org\0\0', 'latin1'));
  assert.deepEqual(addressToBytes(latin1.sender), Buffer.from('\xff', 'latin1'));
  assert.deepEqual(addressToBytes(latin1.recipients[0] ?? ''), Buffer.from('\xe9@a.org', 'latin1'));
  const table: readonly (readonly [string, number])[] = [
    ['', 54],
    ['F', 54],
    ['Fs\0', 54],
    ['Fs\0Tr', 54],
    ['\0', 91],
    ['Ts\0\0', 91],
    ['Fs\0Fr\0\0', 91],
    [`F${longest}x\0\0`, 11],
    [`F${longest}xyz`, 11],
  ];
  for (const [bytes, status] of table)
    assert.throws(
      () => parseQueueEnvelope(Buffer.from(bytes, 'latin1')),
      (error) => error instanceof EnvelopeFault && error.status === status,
      JSON.stringify(bytes.slice(0, 20)),
    );
  assert.equal(exitStatusOf({ code: 'D', text: 'envelope address too long for qq (#5.1.3)' }), 11);
  assert.equal(exitStatusOf({ code: 'Z', text: 'qq write error or disk full (#4.3.0)' }), 53);
});

/** A queue with one message being delivered, one that bounces and one that is not preprocessed. */
async function makeQueue(home: string): Promise<string> {
  const queue = await makeQueueTree(join(home, 'qmail'));
  const put = (name: string, text: string) => writeFile(join(queue, name), text);
  await put('mess/5/28', 'x'.repeat(321));
  await put('info/5/28', 'Fjoe@far.org\0');
  await put('local/5/28', 'Thost-a@host\0Dhost-b@host\0');
  await put('remote/5/28', 'Dc@far.org\0Td\u00e9\nx@far.org\0');
  await put('mess/6/29', 'x'.repeat(9));
  await put('info/6/29', 'F\0');
  await put('bounce/29', 'x');
  await put('mess/7/30', 'x');
  await put('todo/30', 'u1\0p2\0F\0Tx@y\0');
  for (const name of ['info/5/28', 'info/6/29'])
    await utimes(join(queue, name), 1_700_000_000, 1_700_000_000);
  return queue;
}

const listing = [
  '14 Nov 2023 22:13:20 GMT  #28  321  <joe@far.org> ',
  '\tlocal\thost-a@host',
  '  done\tlocal\thost-b@host',
  '  done\tremote\tc@far.org',
  '\tremote\td___x@far.org',
  '14 Nov 2023 22:13:20 GMT  #29  9  <>  bouncing',
  '',
].join('\n');

test('qmail-qread and mailq list the queue, qmail-qstat counts it', async () => {
  await withTemporaryDirectory(async (home) => {
    const queue = await makeQueue(home);
    const env = { FACTEUR_HOME: home };
    for (const name of ['qmail-qread', 'mailq'])
      assert.deepEqual(await runFacteur([name], '', env), { status: 0, stdout: listing, stderr: '' });
    assert.deepEqual(await runFacteur(['qmail-qstat'], '', env), {
      status: 0,
      stdout: 'messages in queue: 3\nmessages in queue but not yet preprocessed: 1\n',
      stderr: '',
    });
    await rm(join(queue, 'mess/5/28'));
    const { stdout } = await runFacteur(['qmail-qread'], '', env);
    assert.match(stdout, /^warning: trouble with #28: file does not exist\n14 Nov .* #29 /);
  });
});

test('a queue that is none is named, with 111', async () => {
  await withTemporaryDirectory(async (home) => {
    for (const name of ['qmail-qread', 'qmail-qstat']) {
      const done = await runFacteur([name], '', { FACTEUR_HOME: home });
      assert.equal(done.status, 111);
      assert.ok(
        done.stderr.startsWith(`${name}: fatal: ${join(home, 'qmail', 'queue', 'mess')}: `),
        done.stderr,
      );
    }
  });
});
