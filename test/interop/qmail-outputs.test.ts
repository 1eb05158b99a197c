// What notqmail's own programs print, queue and compile, recorded call by call in recorded/*.json, against ours in this
// process: qmail-inject (a hundred and forty header fields; flags and QMAILINJECT letters), qmail-qread, qmail-qstat, and
// the cdb files of qmail-newu, qmail-newmrh and ucspi-tcp's tcprules by their SHA-256. Dates and numbers are normalised.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { test } from 'node:test';
import type { Command } from '../../mta/commands/command.ts';
import * as qmailInject from '../../mta/commands/qmail-inject.ts';
import * as qmailNewmrh from '../../mta/commands/qmail-newmrh.ts';
import * as qmailNewu from '../../mta/commands/qmail-newu.ts';
import * as qmailQread from '../../mta/commands/qmail-qread.ts';
import * as qmailQstat from '../../mta/commands/qmail-qstat.ts';
import { compileTcpRules, TcpRulesError } from '../../mta/control/tcp-rules.ts';
import { resolveHome } from '../../mta/home.ts';
import { writeControl } from '../support/inject.ts';
import { makeQueueTree, withTemporaryDirectory } from '../support/queue.ts';

interface RecordedInject {
  readonly fields: readonly {
    readonly header: string;
    readonly printed: string;
    readonly sender: string;
    readonly recipients: readonly string[];
    readonly status: number;
  }[];
  readonly calls: readonly {
    readonly arguments: readonly string[];
    readonly letters: string;
    readonly header: string;
    readonly envelope: string;
  }[];
}

/** A source text and the SHA-256 of what it compiles to; null: it is refused. */
type RecordedCdb = Readonly<Record<string, readonly [string, string | null]>>;

async function readRecorded<T>(name: string): Promise<T> {
  return JSON.parse(await readFile(join(import.meta.dirname, 'recorded', `${name}.json`), 'utf8')) as T;
}

/** Runs a command in this process. */
async function runCommand(
  command: Command,
  args: readonly string[],
  home: string,
  { input = '', env = {} }: { readonly input?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<{ status: number; stdout: string; stderr: string }> {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const texts = Object.values(streams).map(async (stream) => {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('latin1');
  });
  const status = await command.run(args, {
    home: resolveHome({ home, qmail: home }, {}, home),
    env: { PATH: process.env.PATH, ...env },
    stdin: Readable.from([Buffer.from(input, 'latin1')]),
    ...streams,
  });
  for (const stream of Object.values(streams)) stream.end();
  const [stdout, stderr] = (await Promise.all(texts)) as [string, string];
  return { status, stdout, stderr };
}

/** Times and process ids differ from run to run. */
const normalise = (text: string): string =>
  text
    .replace(/\d{1,2} [A-Z][a-z]{2} 20\d\d \d\d:\d\d:\d\d -0000/g, 'DATE')
    .replace(/<\d{14}\.\d+\.qmail@/g, '<MID@')
    .replace(/\d{9,10}\.\d+/g, 'TIME.PID');

const author = { QMAILUSER: 'u', QMAILHOST: 'h.example', QMAILNAME: 'N M' };

/** A site with a program in place of qmail-queue that keeps what it is given. */
async function withRecorder(
  work: (home: string, env: NodeJS.ProcessEnv, taken: () => Promise<[string, string]>) => Promise<void>,
): Promise<void> {
  await withTemporaryDirectory(async (home) => {
    await writeControl(home, {
      me: 'mx.here.example\n',
      defaultdomain: 'dd.example\n',
      plusdomain: 'pd.example\n',
    });
    const program = join(home, 'queue-program');
    await writeFile(program, `#!/bin/sh\ncat >'${home}/message'\nexec cat <&1 >'${home}/envelope'\n`, {
      mode: 0o755,
    });
    const read = (name: string): Promise<string> => readFile(join(home, name), 'latin1');
    await work(home, { ...author, QMAILQUEUE: program }, async () => [
      await read('message'),
      await read('envelope'),
    ]);
  });
}

test('each header field is completed and sent as notqmail’s qmail-inject does', async () => {
  const { fields } = await readRecorded<RecordedInject>('qmail-inject');
  assert.ok(fields.length > 130);
  await withRecorder(async (home, env, taken) => {
    for (const { header, printed, sender, recipients, status } of fields) {
      const input = `${header}\n\nbody\n`;
      const shown = await runCommand(qmailInject, ['-n'], home, { input, env });
      assert.equal(shown.status, status, header);
      assert.equal(normalise(shown.stdout).replace(/\nbody\n$/, ''), printed, header);
      if (status !== 0) continue;
      assert.equal((await runCommand(qmailInject, [], home, { input, env })).status, 0, header);
      const [, envelope] = await taken();
      assert.equal(envelope, `F${sender}\0${recipients.map((one) => `T${one}\0`).join('')}\0`, header);
    }
  });
});

test('flags, -f and the letters of QMAILINJECT choose sender, recipients and fields as in notqmail', async () => {
  const { calls } = await readRecorded<RecordedInject>('qmail-inject');
  assert.ok(calls.length > 30);
  const input =
    'Return-Path: <rp@x.y>\nFrom: f@f.example\nMessage-ID: <a@b>\nTo: to1@x.y\nCc: cc1@x.y, cc2@x.y\nBcc: bcc@x.y\n\nb\n';
  await withRecorder(async (home, env, taken) => {
    for (const { arguments: args, letters, header, envelope } of calls) {
      const name = JSON.stringify([args, letters]);
      const ran = await runCommand(qmailInject, args, home, {
        input,
        env: letters === '' ? env : { ...env, QMAILINJECT: letters },
      });
      assert.equal(ran.status, 0, name + ran.stderr);
      const [message, records] = await taken();
      assert.equal(normalise(message).replace(/\nb\n$/, ''), header, name);
      assert.equal(normalise(records).replaceAll('\0', '\\0'), envelope, name);
    }
  });
});

test('qmail-qread and qmail-qstat print for each state of the queue what notqmail’s print', async () => {
  type Recorded = Record<
    string,
    { queue: Record<string, Record<string, string>>; qread: string; qstat: string }
  >;
  for (const [name, { queue, qread, qstat }] of Object.entries(await readRecorded<Recorded>('qmail-qread')))
    await withTemporaryDirectory(async (home) => {
      const tree = await makeQueueTree(home);
      for (const [id, places] of Object.entries(queue))
        for (const [place, bytes] of Object.entries(places)) {
          const isSplit = ['mess', 'info', 'local', 'remote'].includes(place);
          const path = join(tree, place, isSplit ? String(Number(id) % 23) : '', id);
          await mkdir(dirname(path), { recursive: true });
          await writeFile(path, bytes, 'latin1');
          await utimes(path, 1_700_000_000 + Number(id), 1_700_000_000 + Number(id));
        }
      const listed = await runCommand(qmailQread, [], home);
      const plain = listed.stdout.replace(/\d{1,2} [A-Z][a-z]{2} 20\d\d \d\d:\d\d:\d\d GMT/g, 'DATE GMT');
      const expected = qread.replace(/\d{1,2} [A-Z][a-z]{2} 20\d\d \d\d:\d\d:\d\d GMT/g, 'DATE GMT');
      assert.deepEqual([listed.status, plain], [0, expected], name);
      assert.deepEqual((await runCommand(qmailQstat, [], home)).stdout, qstat, name);
    });
});

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

test('users/cdb and morercpthosts.cdb are byte for byte those of notqmail, and what it refuses is refused', async () => {
  const recorded = await readRecorded<{ assign: RecordedCdb; morercpthosts: RecordedCdb }>('cdb');
  const compilers = [
    [recorded.assign, qmailNewu, 'users/assign', 'users/cdb'],
    [recorded.morercpthosts, qmailNewmrh, 'control/morercpthosts', 'control/morercpthosts.cdb'],
  ] as const;
  for (const [table, command, source, compiled] of compilers)
    for (const [name, [text, hash]] of Object.entries(table))
      await withTemporaryDirectory(async (home) => {
        await mkdir(dirname(join(home, source)), { recursive: true });
        await writeFile(join(home, source), text, 'latin1');
        const { status, stderr } = await runCommand(command, [], home);
        assert.equal(status, hash === null ? 111 : 0, `${name}: ${stderr}`);
        if (hash !== null) assert.equal(sha256(await readFile(join(home, compiled))), hash, name);
      });
});

test('the rules of tcpserver compile to the bytes of ucspi-tcp’s tcprules, and what it refuses is refused', async () => {
  const { tcprules } = await readRecorded<{ tcprules: RecordedCdb }>('cdb');
  for (const [name, [text, hash]] of Object.entries(tcprules))
    if (hash === null) assert.throws(() => compileTcpRules(text), TcpRulesError, name);
    else assert.equal(sha256(compileTcpRules(text)), hash, name);
});
