// More connections than there is room for (spec/security.md X1 to X3, T6): those that never come to a handshake keep nobody
// from theirs at any door with TLS, and a process that may open no more files stays calm and is itself again when they go.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { keepSecureContexts } from '../../mta/certificates/door-tls.ts';
import { programRoot } from '../../mta/root.ts';
import { createSecureDoor } from '../../server/web/shell/secure-door.ts';
import { createCertificate } from '../support/certificate.ts';
import { startImapSite } from '../support/imap.ts';
import { startPop3Site } from '../support/pop3.ts';
import { startTestSmtpd } from '../support/smtp.ts';

const { cert, key } = createCertificate('mx.our.test');
const tls = { cert: Buffer.from(cert), key: Buffer.from(key) };
const gone: (() => unknown)[] = [];
after(async () => {
  for (const end of gone.reverse()) await end();
});

/** A client that comes from an address of its own, and of whom nothing more is expected. */
function arrive(port: number, number: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: `127.1.${number >> 8}.${number & 255}` });
  gone.push(() => socket.destroy());
  socket.on('error', () => undefined).resume();
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(socket));
    socket.once('close', () => resolve(socket));
  });
}

/** TLS, and milliseconds until the handshake was done. */
async function shakeHands(port: number): Promise<{ socket: TLSSocket; took: number }> {
  const began = performance.now();
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, maxVersion: 'TLSv1.2' });
  gone.push(() => socket.destroy());
  await once(socket, 'secureConnect');
  return { socket, took: performance.now() - began };
}

test('half-open handshakes keep nobody from theirs, and nobody may begin a second one (renegotiation)', async () => {
  const certificates = () => tls;
  const smtpd = await startTestSmtpd({ maxconnections: 2000 }, { names: ['submissions'], tls: certificates });
  const imap = await startImapSite({ tls: certificates });
  gone.push(() => imap.close());
  const pop3 = await startPop3Site({ tls: certificates });
  gone.push(() => pop3.close());
  const http = createServer((_request, response) => response.end('page'));
  const secure = createSecureDoor(http, keepSecureContexts(certificates), undefined).listen(0, '127.0.0.1');
  gone.push(() => secure.close());
  await once(secure, 'listening');
  const ports = {
    submissions: smtpd.port('submissions'),
    imaps: imap.service.addresses[1]?.port ?? 0,
    pop3s: pop3.service.addresses[1]?.port ?? 0,
    https: (secure.address() as AddressInfo).port,
  };
  for (const [door, port] of Object.entries(ports)) {
    await shakeHands(port);
    const strangers = await Promise.all(Array.from({ length: 200 }, (_, number) => arrive(port, number)));
    assert.equal(strangers.filter(({ destroyed }) => destroyed).length, 0, door);
    // Of a handshake, the first byte only; of half of them not even that.
    for (const socket of strangers.slice(100)) socket.write(Buffer.of(22));
    const { socket, took } = await shakeHands(port);
    // X1 says a second; here others work on the same processors.
    assert.ok(took < 3000, `${door}: ${took} ms`);
    const refused = await new Promise<unknown>((resolve) => {
      socket.once('error', resolve);
      socket.renegotiate({ rejectUnauthorized: false }, resolve);
    });
    assert.ok(refused instanceof Error, door);
    await shakeHands(port);
  }
});

/** Processor time of a process, in milliseconds. proc(5): the 14th and 15th field, in hundredths of a second. */
async function processorTime(child: ChildProcess): Promise<number> {
  const fields = (await readFile(`/proc/${child.pid}/stat`, 'latin1')).replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

test('a process that may open no more files does not spin, and answers again when the crowd has gone', async () => {
  const program = `import { startTestSmtpd } from ${JSON.stringify(join(programRoot(), 'test/support/smtp.ts'))};
    const { port } = await startTestSmtpd({ maxconnections: 5000 });
    process.send(port());`;
  const child = spawn(
    'sh',
    ['-c', 'ulimit -n 80; exec "$0" --input-type=module -e "$1"', process.execPath, program],
    { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
  );
  gone.push(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  const [port] = (await once(child, 'message')) as [number];
  const strangers = await Promise.all(Array.from({ length: 300 }, (_, number) => arrive(port, number)));
  const before = await processorTime(child);
  await pause(500);
  const spent = (await processorTime(child)) - before;
  // T6: under 20 % of a processor, and what it took to let them in.
  assert.ok(spent < 200, `${spent} ms of processor time in half a second`);
  const turnedAway = strangers.filter(({ destroyed }) => destroyed).length;
  assert.ok(turnedAway > 220, `${turnedAway} of 300 turned away`);
  assert.equal(child.exitCode, null);
  for (const socket of strangers) socket.destroy();
  const began = performance.now();
  for (;;) {
    const client = await arrive(port, 1000);
    const said = await Promise.race([once(client, 'data'), once(client, 'close')]);
    if (/^220 /.test(String(said[0]))) break;
    assert.ok(performance.now() - began < 5000, 'no greeting within five seconds');
    await pause(20);
  }
});
