// Ident (RFC 1413) at the doors: who is asked, what of the answer counts, and that a client's own machine can neither hold
// a session up nor write into a header. Real ident servers on loopback, which also lie, hang and refuse.
import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { after, test } from 'node:test';
import { askIdent, readIdentReply } from '../../mta/smtpd/ident.ts';
import { makePolicyHome, startPolicyServer, startPolicySmtpd } from '../support/policy.ts';
import { qmtpPackage } from '../support/qmtp.ts';
import type { RawSmtpClient, TestSmtpd } from '../support/smtp.ts';

/** An ident server: what it was asked, and the answer to a query's `PORT , PORT`; undefined: never. */
async function startIdent(answer: (ports: string) => string | undefined) {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.setEncoding('latin1').on('data', (query: string) => {
      asked.push(query);
      const reply = answer(query.trim());
      if (reply !== undefined) socket.end(reply, 'latin1');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
    });
  after(close);
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return { asked, port: address.port, close };
}

const user = (name: string) => (ports: string) => `${ports} : USERID : UNIX : ${name}\r\n`;
/** A connection that nobody holds: only its numbers are asked about. */
const connection = { remoteIp: '127.0.0.1', remotePort: 6193, localIp: '127.0.0.1', localPort: 25 };

const receivedOf = (smtpd: Pick<TestSmtpd, 'injector'>): string =>
  smtpd.injector.messages.at(-1)!.message.toString('latin1').split('\n')[0]!;

async function sendOne(client: RawSmtpClient, recipient = 'u@our.test'): Promise<string> {
  await client.hello('x');
  const { text } = await client.sendMessage('s@x.test', [recipient], 'Subject: s\r\n\r\nb');
  client.close();
  return text;
}

test('an answer is USERID for the very ports that were asked about; of the user only printable ASCII counts', () => {
  for (const [line, expected] of [
    ['6193, 25 : USERID : UNIX : stjohns', 'stjohns'],
    ['6193,25:USERID:UNIX,US-ASCII:st johns\r', 'stjohns'],
    ['6193 , 25 : USERID : OTHER : a:b@c', 'a:b@c'],
    ['6193, 25 : USERID : UNIX : x\r\0\x1b[2J\x7f\xff', 'x[2J'],
    [`6193, 25 : USERID : UNIX : ${'x'.repeat(600)}`, 'x'.repeat(512)],
    ['6193, 25 : USERID : UNIX : \r', undefined],
    ['6193, 25 : ERROR : NO-USER', undefined],
    ['6194, 25 : USERID : UNIX : stjohns', undefined],
    ['6193, 26 : USERID : UNIX : stjohns', undefined],
    ['25, 6193 : USERID : UNIX : stjohns', undefined],
    ['stjohns', undefined],
    ['', undefined],
  ] as const)
    assert.equal(readIdentReply(line, 6193, 25), expected, JSON.stringify(line));
});

test('whatever an ident server does, the answer comes in time: no user where it lies, floods, hangs or refuses', async () => {
  const ask = async (answer: (ports: string) => string | undefined, seconds = 20) => {
    const server = await startIdent(answer);
    const info = await askIdent(connection, seconds, server.port);
    assert.deepEqual(server.asked, ['6193 , 25\r\n']);
    await server.close();
    return info;
  };
  assert.equal(await ask(user('joe')), 'joe');
  assert.equal(await ask((ports) => `${user('joe')(ports)}evil\r\n`), 'joe', 'one line counts');
  assert.equal(await ask(() => `${'x'.repeat(10_000)}\r\n`), undefined, '10 kB');
  assert.equal(await ask((ports) => user('x'.repeat(10_000))(ports)), undefined, 'a line of 10 kB');
  assert.equal(await ask((ports) => `${ports} : USERID : UNIX : joe`), undefined, 'no line end');
  assert.equal(await ask(() => '1 , 2 : USERID : UNIX : joe\r\n'), undefined, 'other ports');
  assert.equal(await ask(() => undefined, 0.1), undefined, 'silence');
  const gone = await startIdent(user('joe'));
  await gone.close();
  assert.equal(await askIdent(connection, 20, gone.port), undefined, 'refused');
});

test('without control/ident nobody is asked; with it the user stands in the Received line as info@ip', async () => {
  const server = await startIdent(user('j(o)e'));
  const home = await makePolicyHome();
  const quiet = await startPolicySmtpd(home, { identPort: server.port });
  await sendOne(await quiet.connect());
  assert.match(receivedOf(quiet), /^Received: from unknown \(HELO x\) \(127\.0\.0\.1\)$/);
  assert.deepEqual(server.asked, []);
  const smtpd = await startPolicySmtpd(home, { settings: { ident: 20 }, identPort: server.port });
  await sendOne(await smtpd.connect());
  assert.match(receivedOf(smtpd), /^Received: from unknown \(HELO x\) \(j\?o\?e@127\.0\.0\.1\)$/);
  assert.match(server.asked[0]!, new RegExp(`^\\d+ , ${smtpd.port()}\r\n$`), 'the client’s port, then ours');
  const qmtpd = await startPolicyServer('qmtp', home, { settings: { ident: 20 }, identPort: server.port });
  const client = await qmtpd.connect();
  await client.send(qmtpPackage('\nSubject: s\n\nb\n', 's@x.test', ['u@our.test']));
  await client.read(1);
  client.close();
  assert.match(receivedOf(qmtpd), /^Received: from unknown \(j\?o\?e@127\.0\.0\.1\)$/);
});

test('rules for a user match before those for the address, by address and by name; programs see the user', async () => {
  let name = 'joe';
  const server = await startIdent((ports) => user(name)(ports));
  const home = await makePolicyHome();
  await home.control(
    'tcp.smtp',
    'joe@127.0.0.1:allow,RELAYCLIENT=""\nann@=host.our.test:allow,RELAYCLIENT=""\neve@127.0.0.1:deny\n127.:allow\n',
  );
  const note = await home.script('note', `echo "$TCPREMOTEINFO" > "$HOME_OF_TEST/info"`);
  const smtpd = await startPolicySmtpd(home, {
    settings: { ident: 20, rcptcheck: note },
    identPort: server.port,
    zone: {
      'host.our.test': { A: ['127.0.0.1'] },
      '1.0.0.127.in-addr.arpa': { PTR: ['host.our.test'] },
    },
  });
  for (const [who, code] of [
    ['joe', '250'],
    ['ann', '250'],
    ['bob', '553'],
  ] as const) {
    name = who;
    assert.equal((await sendOne(await smtpd.connect(), 'v@relay.test')).slice(0, 3), code, who);
  }
  await sendOne(await smtpd.connect());
  assert.equal(await home.note('info'), 'bob\n', 'programs are told as well');
  name = 'eve';
  assert.equal(await (await smtpd.connect()).readToEnd(), '', 'denied without a word');
});

test('a machine that does not say who it is costs its client a moment, and no session', async () => {
  const server = await startIdent(() => undefined);
  const home = await makePolicyHome();
  await home.control('tcp.smtp', 'joe@127.0.0.1:allow,RELAYCLIENT=""\n:allow\n');
  const smtpd = await startPolicySmtpd(home, { settings: { ident: 0.2 }, identPort: server.port });
  assert.match(await sendOne(await smtpd.connect(), 'v@relay.test'), /^553 /);
  assert.match(await sendOne(await smtpd.connect()), /^250 /);
  assert.match(receivedOf(smtpd), /\(HELO x\) \(127\.0\.0\.1\)$/);
});
