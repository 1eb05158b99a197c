// Remote destinations beside each other (security.md X8), over the real server: one that is slow keeps nobody else
// waiting, gets no more at once than it may, and is offered more as long as that goes well.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type RunningServer, startServer } from '../support/facteur.ts';
import { withTemporaryDirectory } from '../support/queue.ts';
import { makeHome, queued, setControl, until } from '../support/serve.ts';
import { RawSmtpClient } from '../support/smtp.ts';
import { type Sink, type SinkReply, startSink } from '../support/smtp-sink.ts';

interface Place {
  readonly server: RunningServer;
  readonly home: string;
  readonly slow: Sink;
  readonly well: Sink;
}

/** A server that may relay for us, and two hosts: slow.test, which answers as told, and well.test. */
async function withTwoHosts(
  files: Readonly<Record<string, string>>,
  dot: SinkReply | readonly SinkReply[],
  use: (place: Place) => Promise<void>,
): Promise<void> {
  await withTemporaryDirectory(async (directory) => {
    const home = join(directory, 'home');
    await makeHome(home);
    const slow = await startSink({ replies: { dot } });
    const well = await startSink();
    await setControl(
      home,
      'smtproutes',
      `slow.test:127.0.0.1:${slow.port}\nwell.test:127.0.0.1:${well.port}\n`,
    );
    await setControl(home, 'relayclients', '127.0.0.1\n');
    for (const [name, text] of Object.entries(files)) await setControl(home, name, text);
    const server = await startServer(home, 'smtp=127.0.0.1:0');
    try {
      await use({ server, home, slow, well });
      assert.equal(await server.stop(), 0);
    } finally {
      if (server.process.exitCode === null && server.process.signalCode === null) await server.kill();
      await Promise.all([slow.close(), well.close()]);
    }
  });
}

async function send(server: RunningServer, count: number, to: string): Promise<void> {
  const client = await RawSmtpClient.connect(server.ports.smtp as number);
  try {
    await client.hello();
    for (let i = 0; i < count; i++) {
      const reply = await client.sendMessage('s@elsewhere.example', [to], `Subject: ${i}\r\n\r\n${i}`);
      assert.equal(reply.code, 250, reply.text);
    }
  } finally {
    client.close();
  }
}

for (const queuejournal of ['0\n', '1\n'])
  describe(`with queuejournal ${queuejournal.trim()}`, () => {
    test('a host that takes long holds no letter to another, however many wait for it', () =>
      withTwoHosts(
        { queuejournal, concurrencyremote: '5\n' },
        { reply: '250 ok', delayMs: 1500 },
        async (place) => {
          const { server, slow, well } = place;
          await send(server, 40, 'u@slow.test');
          await until('letters at the slow host', () => slow.connections.length >= 4);
          await send(server, 3, 'u@well.test');
          await well.waitForMessages(3);
          assert.ok(slow.messages.length < 20, 'most wait still');
          assert.ok(slow.connections.length <= 4, `${slow.connections.length} of 5 slots are its own`);
        },
      ));

    test('concurrencyperhost is how many go to one destination at once; all arrive', () =>
      withTwoHosts(
        { queuejournal, concurrencyperhost: '3\n' },
        { reply: '250 ok', delayMs: 30 },
        async (place) => {
          const { server, slow, home } = place;
          await send(server, 30, 'u@slow.test');
          await slow.waitForMessages(30);
          assert.equal(slow.connections.length, 3);
          await until('an empty queue', async () => (await queued(home)).length === 0);
        },
      ));
  });

test('a destination that does well is offered more at once than at the beginning', () =>
  withTwoHosts(
    { concurrencyremote: '200\n' },
    { reply: '250 ok', delayMs: 400 },
    async ({ server, slow }) => {
      await Promise.all([1, 2, 3, 4].map(() => send(server, 50, 'u@slow.test')));
      await slow.waitForMessages(200);
      assert.ok(slow.connections.length > 20, `${slow.connections.length} connections`);
    },
  ));

test('domains of suppls0 share the limit of concurrencysuppl0; other mail goes beside them', () =>
  withTwoHosts(
    { suppls0: 'Slow.test\nslower.test\n', concurrencysuppl0: '2\n' },
    { reply: '250 ok', delayMs: 1000 },
    async ({ server, home, slow, well }) => {
      await setControl(
        home,
        'smtproutes',
        `slow.test:127.0.0.1:${slow.port}\nslower.test:127.0.0.1:${slow.port}\nwell.test:127.0.0.1:${well.port}\n`,
      );
      await send(server, 3, 'u@slow.test');
      await send(server, 3, 'u@slower.test');
      await send(server, 5, 'u@well.test');
      await well.waitForMessages(5);
      const [begun, ended] = [slow.connections.length, slow.messages.length];
      assert.ok(begun <= 2 + ended, `${begun} begun, ${ended} ended`);
      await slow.waitForMessages(6);
      await until('an empty queue', async () => (await queued(home)).length === 0);
    },
  ));
