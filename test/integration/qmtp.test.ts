// QMTP (spec/qmail.md 11): packages in, an answer for each recipient in order out, and nothing queued that was not whole.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { permanent, success, temporary } from '../../mta/outcome.ts';
import { qmtpPackage, startTestServer } from '../support/qmtp.ts';
import { badList } from '../support/smtp.ts';

const ok = 'Kok 1732290000 qp 123';
const noRelay = "Dsorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)";
const noMailbox = 'Dsorry, no mailbox here by that name (#5.1.1)';
const badRecipient = "Dsorry, I can't handle that recipient (#5.1.3)";
const letter = '\nSubject: s\n\nbody\n';
/** The message as queued, without the Received line of qmtpd. */
const withoutTrace = (message: Buffer) => message.toString('latin1').replace(/^Received: .*\n {2}.*\n/, '');

test('both forms of a message arrive with LF line ends under a Received line `with QMTP`', async () => {
  const server = await startTestServer('qmtp', {}, { now: () => 1_732_290_000_000 });
  const client = await server.connect();
  await client.send(qmtpPackage(letter, 's@x.test', ['u@our.test']));
  await client.send(qmtpPackage('\rSubject: s\r\n\r\nbody\r\n', 's@x.test', ['u@our.test']));
  assert.deepEqual(await client.read(2), [ok, ok]);
  client.close();
  for (const { message, sender, recipients, origin } of server.injector.messages) {
    assert.equal(
      message.toString(),
      'Received: from unknown (127.0.0.1)\n  by mx.our.test with QMTP; 22 Nov 2024 15:40:00 -0000\n' +
        'Subject: s\n\nbody\n',
    );
    assert.deepEqual([origin, sender, recipients], ['network', 's@x.test', ['u@our.test']]);
  }
  assert.equal(server.injector.messages.length, 2);
});

test('each recipient has its answer, in order, in qmails words', async () => {
  const server = await startTestServer('qmtp', { maxrcpt: 13 });
  const client = await server.connect();
  const recipients = [
    'u@our.test',
    'v@relay.test',
    'nobody@our.test',
    'u@our.test\0@relay.test',
    `${'a'.repeat(1000)}@our.test`,
    'v@OUR.test',
    '',
    Buffer.from([0xff, 0x40, 0x78]),
    'u@our.test\nT',
    'v@relay.test@our.test',
    '@our.test',
    'u@our.test> X=Y',
    'POSTMASTER',
    'u@our.test',
    'v@our.test',
  ];
  await client.send(qmtpPackage(letter, 'S@X.test', recipients));
  assert.deepEqual(await client.read(recipients.length), [
    ok,
    noRelay,
    noMailbox,
    badRecipient,
    badRecipient,
    ok,
    badRecipient,
    badRecipient,
    badRecipient,
    noMailbox,
    badRecipient,
    badRecipient,
    ok,
    'Zsorry, too many recipients (#4.5.3)',
    'Zsorry, too many recipients (#4.5.3)',
  ]);
  assert.deepEqual(server.injector.messages[0]!.recipients, ['u@our.test', 'v@our.test', 'POSTMASTER']);
  assert.equal(server.injector.messages[0]!.sender, 'S@x.test');
  client.close();
});

test('relaying is for relayclients, and nothing of theirs is looked up elsewhere', async () => {
  const server = await startTestServer('qmtp', { relayclients: ['127.0.0.0/8'] });
  const client = await server.connect();
  await client.send(qmtpPackage(letter, '', ['v@relay.test', 'nobody@our.test']));
  assert.deepEqual(await client.read(2), [ok, noMailbox]);
  assert.deepEqual(server.injector.messages[0]!.recipients, ['v@relay.test']);
  client.close();
});

test('without rcpthosts nothing is taken', async () => {
  const server = await startTestServer('qmtp', { rcpthosts: undefined });
  const client = await server.connect();
  await client.send(qmtpPackage(letter, 's@x.test', ['u@our.test']));
  assert.deepEqual(await client.read(), [noRelay]);
  assert.equal(server.injector.messages.length, 0);
  client.close();
});

test('what is wrong with the whole message is said to every recipient that would have had it', async () => {
  const server = await startTestServer('qmtp', { databytes: 100, badmailfrom: badList('@bad.test') });
  const client = await server.connect();
  const both = ['u@our.test', 'v@relay.test'];
  const lineEnds = 'Dsorry, bare CR, bare LF and NUL are refused in messages (#5.6.0)';
  const tooBig = 'Dsorry, that message size exceeds my databytes limit (#5.3.4)';
  for (const [message, sender, answer] of [
    ['\nx\r\n', 's@x.test', lineEnds],
    ['\nx\rMAIL', 's@x.test', lineEnds],
    ['\rx\r\n.\n', 's@x.test', lineEnds],
    ['\rx\r\n\r', 's@x.test', lineEnds],
    ['\nx\0', 's@x.test', lineEnds],
    [`\n${'x'.repeat(100)}`, 's@x.test', ok],
    [`\n${'x'.repeat(101)}`, 's@x.test', tooBig],
    [`\r${'x\r\n'.repeat(50)}`, 's@x.test', ok],
    [`\r${'x\r\n'.repeat(51)}`, 's@x.test', tooBig],
    [letter, 'a b\n@x.test', 'Dunacceptable sender (#5.1.7)'],
    [letter, `${'a'.repeat(1000)}@x.test`, 'Dunacceptable sender (#5.1.7)'],
    [letter, 's@bad.test', 'Dsorry, your envelope sender is in my badmailfrom list (#5.7.1)'],
    ['\n', '', ok],
  ] as const) {
    await client.send(qmtpPackage(message, sender, both));
    // badmailfrom comes before rcpthosts, as in qmail-smtpd.
    const second = sender === 's@bad.test' ? answer : noRelay;
    assert.deepEqual(await client.read(2), [answer, second], JSON.stringify([message, sender]));
  }
  assert.equal(server.injector.messages.length, 3);
  client.close();
});

test("a header of 100 hops is a loop, and the queue's words are passed on", async () => {
  const server = await startTestServer('qmtp');
  const client = await server.connect();
  await client.send(qmtpPackage(`\n${'Received: x\n'.repeat(100)}\n`, '', ['u@our.test']));
  assert.deepEqual(await client.read(), ['Dtoo many hops, this message is looping (#5.4.6)']);
  for (const outcome of [temporary('qq write error or disk full (#4.3.0)'), permanent('no (#5.3.0)')]) {
    server.injector.answer = () => outcome;
    await client.send(qmtpPackage(letter, '', ['u@our.test', 'v@our.test']));
    const words = outcome.code + outcome.text;
    assert.deepEqual(await client.read(2), [words, words]);
  }
  client.close();
});

test('a full disk is Z', async () => {
  const server = await startTestServer('qmtp', {}, { hasRoom: async () => false });
  const client = await server.connect();
  await client.send(qmtpPackage(letter, '', ['u@our.test']));
  assert.deepEqual(await client.read(), ['Zsorry, my disk is nearly full (#4.3.1)']);
  client.close();
});

test('cut at every byte: nothing is queued before the last byte, and one message after it', async () => {
  const server = await startTestServer('qmtp', { maxconnectionsperip: 1000 });
  const bytes = qmtpPackage('\rS: s\r\n\r\nb\r\n', 's@x.test', ['u@our.test', 'v@our.test']);
  for (let cut = 0; cut < bytes.length; cut++) {
    const client = await server.connect();
    await client.send(bytes.subarray(0, cut));
    client.socket.end();
    assert.deepEqual(await client.readToEnd(), [], `cut at ${cut}`);
    client.close();
  }
  assert.equal(server.injector.messages.length, 0);
  const client = await server.connect();
  for (const byte of bytes) await client.send(Buffer.from([byte]));
  assert.deepEqual(await client.read(2), [ok, ok]);
  assert.equal(server.injector.messages.length, 1);
  assert.equal(withoutTrace(server.injector.messages[0]!.message), 'S: s\n\nb\n');
  client.close();
});

test('wrong netstrings end the connection without an answer, and keep those given before', async () => {
  const server = await startTestServer('qmtp');
  const good = qmtpPackage(letter, '', ['u@our.test']).toString('latin1');
  for (const wrong of [
    'EHLO x\r\n',
    ':',
    '-1:',
    '01:\n,',
    '0:,0:,0:,',
    '3:abc,0:,0:,',
    '1:\nX',
    '200000001:',
    '99999999999999999999:',
    '1:\n,0:X',
    '1:\n,0:,3:9:a,,',
    '1:\n,0:,4:2:u,,',
    '1:\n,0:,4:1:u,X',
    '1:\n,0:,200000000:',
  ]) {
    const client = await server.connect();
    await client.send(good + wrong);
    assert.deepEqual(await client.readToEnd(), [ok], wrong);
    client.close();
  }
  assert.ok(server.lines.some((line) => /^qmtpd: ip=127\.0\.0\.1 result=closed reason=netstring/.test(line)));
});

test('pipelined packages are answered in order although they are queued side by side', async () => {
  const server = await startTestServer('qmtp');
  let atOnce = 0;
  let most = 0;
  server.injector.answer = async ({ sender }) => {
    most = Math.max(most, ++atOnce);
    // Later ones are done earlier.
    await pause(20 - Number(sender.slice(1).split('@')[0]));
    atOnce--;
    return success(sender);
  };
  const client = await server.connect();
  const senders = Array.from({ length: 20 }, (_, i) => `s${i}@x.test`);
  await client.send(Buffer.concat(senders.map((sender) => qmtpPackage(letter, sender, ['u@our.test']))));
  client.socket.end();
  assert.deepEqual(
    await client.readToEnd(),
    senders.map((sender) => `K${sender}`),
  );
  assert.ok(most > 4 && most <= 16, `${most} at once`);
  client.close();
});

test('who tries a dictionary is slowed down, then sent away', async () => {
  const server = await startTestServer('qmtp', { limits: { unknownToDelay: 2, unknownToClose: 4 } });
  const client = await server.connect();
  const names = Array.from({ length: 8 }, (_, i) => `n${i}@our.test`);
  await client.send(qmtpPackage(letter, '', [...names, 'u@our.test']));
  const answers = await client.readToEnd();
  assert.deepEqual(answers.slice(0, 5), Array(5).fill(noMailbox));
  assert.deepEqual(answers.slice(5), Array(4).fill('Ztoo many invalid addresses, goodbye (#4.7.0)'));
  client.close();
});

test('a stranger has 100 packages a connection, the sites own hosts have no such limit', async () => {
  const bytes = Buffer.concat(Array(102).fill(qmtpPackage(letter, '', ['u@our.test'])));
  const strange = await startTestServer('qmtp');
  const client = await strange.connect();
  await client.send(bytes);
  const answers = await client.readToEnd();
  assert.deepEqual([...new Set(answers.slice(0, 100))], [ok]);
  assert.deepEqual(answers.slice(100), ['Ztoo many messages in one session, please reconnect (#4.7.0)']);
  client.close();
  const own = await startTestServer('qmtp', { relayclients: ['127.0.0.1'] });
  const second = await own.connect();
  await second.send(bytes);
  assert.equal((await second.read(102)).length, 102);
  second.close();
});

test('silence, dripping and crowds end: idle time, data rate, connections of one address', async () => {
  const limits = { firstCommandSeconds: 0.1, slowAfterSeconds: 0.2, slowBytes: 10_000 };
  const server = await startTestServer('qmtp', { limits, timeoutsmtpd: 0.3, maxconnectionsperip: 2 });
  const silent = await server.connect();
  const slow = await server.connect();
  await slow.send('100:\nx');
  const third = await server.connect();
  assert.deepEqual(await third.readToEnd(), []);
  assert.deepEqual(await silent.readToEnd(3000), []);
  assert.deepEqual(await slow.readToEnd(3000), []);
  for (const reason of ['timeout', 'too slow', 'too many connections from your address'])
    assert.ok(
      server.lines.some((line) => line.includes(reason)),
      reason,
    );
});

test('close() sends idle clients away and finishes the package under way', async () => {
  const server = await startTestServer('qmtp');
  const idle = await server.connect();
  const half = await server.connect();
  const bytes = qmtpPackage(letter, '', ['u@our.test']);
  await half.send(bytes.subarray(0, 10));
  await idle.send(bytes);
  assert.deepEqual(await idle.read(), [ok]);
  const closed = server.service.close();
  assert.deepEqual(await idle.readToEnd(), []);
  await half.send(bytes.subarray(10));
  assert.deepEqual(await half.readToEnd(), [ok]);
  await closed;
});

test('a stranger cannot forge a log line', async () => {
  const server = await startTestServer('qmtp');
  const client = await server.connect();
  await client.send(qmtpPackage(letter, 'a\n> result=accepted@x', ['u@our.test', 'q\nqmail: new msg 1@x']));
  await client.read(2);
  assert.ok(server.lines.length >= 2);
  for (const line of server.lines)
    assert.match(line, /^qmtpd: ip=127\.0\.0\.1 mail=<[^> ]*> rcpt=<[^> ]*> result=refused [ -~]+$/);
  client.close();
});
