// The limits of the SMTP door (spec/security.md R4, R5, R8): each one below, at and above its value.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCertificate } from '../support/certificate.ts';
import { until } from '../support/serve.ts';
import { RawSmtpClient, startTestSmtpd, type TestSmtpd } from '../support/smtp.ts';

const start = async (client: RawSmtpClient) => {
  await client.hello();
  for (const line of ['MAIL FROM:<a@x.test>', 'RCPT TO:<u@our.test>', 'DATA']) await client.command(line);
};

/** Opens a session, sends one message and gives the reply to its end. */
async function sendData(smtpd: TestSmtpd, message: string): Promise<string> {
  const client = await smtpd.connect();
  await start(client);
  await client.send(`${message}.\r\n`);
  const { text } = await client.read();
  client.close();
  return text;
}

test('command lines: 512 bytes, 2,048 with an address, 12,288 for AUTH; the fourth too long closes', async () => {
  const smtpd = await startTestSmtpd({}, { names: ['submission', 'smtp'] });
  const client = await smtpd.connect('smtp');
  await client.hello();
  const line = (verb: string, size: number) => verb + 'x'.repeat(size - verb.length);
  for (const [verb, limit] of [
    ['NOOP ', 512],
    ['MAIL FROM:', 2048],
  ] as const) {
    for (const size of [limit - 1, limit])
      assert.notEqual((await client.command(line(verb, size))).code, 500, verb);
    assert.equal(
      (await client.command(line(verb, limit + 1))).text,
      '500 5.5.2 command line too long (#5.5.2)',
    );
  }
  await client.send('y'.repeat(70_000));
  await client.send('\r\n');
  assert.equal((await client.read()).code, 500);
  assert.equal((await client.command('NOOP')).code, 250);
  assert.match((await client.command(line('NOOP ', 513))).text, /^421 /);
  client.close();
  const other = await smtpd.connect('submission');
  await other.hello();
  for (const size of [12_287, 12_288])
    assert.equal((await other.command(line('AUTH PLAIN ', size))).code, 501);
  assert.equal((await other.command(line('AUTH PLAIN ', 12_289))).code, 500);
  other.close();
  await smtpd.service.close();
});

test('recipients: 452 4.5.3 above maxrcpt', async () => {
  const smtpd = await startTestSmtpd({ maxrcpt: 100 });
  const client = await smtpd.connect();
  await client.hello();
  await client.command('MAIL FROM:<a@x.test>');
  for (let i = 1; i <= 100; i++) assert.equal((await client.command('RCPT TO:<u@our.test>')).code, 250);
  assert.match((await client.command('RCPT TO:<u@our.test>')).text, /^452 4\.5\.3 /);
  client.close();
  await smtpd.service.close();
});

test('message size: SIZE= and counting, 552 5.3.4 above databytes', async () => {
  const smtpd = await startTestSmtpd({ databytes: 1000 });
  const client = await smtpd.connect();
  await client.hello();
  for (const [size, code] of [
    ['999', 250],
    ['1000', 250],
    ['1001', 552],
    ['9007199254740993', 552],
    ['99999999999999999999', 552],
    ['999999999999999999999', 501],
    ['1e3', 501],
    ['-1', 501],
    ['', 555],
  ] as const)
    assert.equal((await client.command(`MAIL FROM:<a@x.test> SIZE=${size}`)).code, code, size);
  client.close();
  // As stored: LF line ends, without our Received line.
  for (const [size, reply] of [
    [999, /^250 /],
    [1000, /^250 /],
    [1001, /^552 5\.3\.4 /],
    [200_000, /^552 5\.3\.4 sorry, that message size exceeds my databytes/],
  ] as const)
    assert.match(await sendData(smtpd, `${'x'.repeat(size - 1)}\r\n`), reply, String(size));
  assert.equal(smtpd.injector.messages.length, 2);
  await smtpd.service.close();
  const unlimited = await startTestSmtpd({ databytes: 0 });
  assert.match(await sendData(unlimited, `a: b\r\n\r\n${'x'.repeat(2_000_000)}\r\n`), /^250 /);
  await unlimited.service.close();
});

test('hops: 554 5.4.6 from 100 exact Received and Delivered-To fields on', async () => {
  const smtpd = await startTestSmtpd();
  const hops = (count: number) =>
    'Received: x\r\ndelivered-to: y\r\n'.repeat(count / 2) + (count % 2 ? 'RECEIVED : z\r\n' : '');
  assert.match(await sendData(smtpd, `${hops(98)}\r\n`), /^250 /);
  assert.match(await sendData(smtpd, `${hops(99)}\r\n`), /^250 /);
  assert.match(await sendData(smtpd, `${hops(100)}\r\n`), /^554 5\.4\.6 too many hops/);
  assert.match(await sendData(smtpd, `${hops(101)}\r\n`), /^554 5\.4\.6 /);
  assert.match(
    await sendData(smtpd, `${'Received-SPF: pass\r\nDelivered-X: y\r\n'.repeat(200)}\r\n`),
    /^250 /,
  );
  assert.match(await sendData(smtpd, `a: b\r\n\r\n${hops(200)}`), /^250 /);
  await smtpd.service.close();
});

test('header block: 552 above 10,000 lines or 1 MiB', async () => {
  const smtpd = await startTestSmtpd();
  assert.match(await sendData(smtpd, `${'a:b\r\n'.repeat(10_000)}\r\nbody\r\n`), /^250 /);
  assert.match(await sendData(smtpd, `${'a:b\r\n'.repeat(10_001)}\r\nbody\r\n`), /^552 /);
  const size = 1_048_576 - 1;
  assert.match(await sendData(smtpd, `a:${'x'.repeat(size - 3)}\r\n\r\n`), /^250 /);
  assert.match(await sendData(smtpd, `a:${'x'.repeat(size - 1)}\r\n\r\n`), /^552 /);
  assert.match(await sendData(smtpd, `a: b\r\n\r\n${'x'.repeat(3_000_000)}\r\n`), /^250 /);
  await smtpd.service.close();
});

test('errors: 10 at once, then each waits, and the 21st closes', async () => {
  const smtpd = await startTestSmtpd({ limits: { errorDelay: 0.03 } });
  const client = await smtpd.connect();
  await client.hello();
  let began = performance.now();
  for (let i = 1; i <= 10; i++) assert.equal((await client.command('BAD')).code, 502);
  assert.ok(performance.now() - began < 250);
  began = performance.now();
  for (let i = 11; i <= 20; i++) assert.equal((await client.command('BAD')).code, 502);
  assert.ok(performance.now() - began >= 290);
  assert.match((await client.command('BAD')).text, /^421 4\.7\.0 too many errors/);
  assert.equal(await client.readToEnd(), '');
  client.close();
  await smtpd.service.close();
});

test('unknown recipients: 5 at once, then each waits, and the 21st closes', async () => {
  const smtpd = await startTestSmtpd({
    limits: { errorDelay: 0.03, errorsToDelay: 1000, errorsToClose: 1000 },
  });
  const client = await smtpd.connect();
  await client.hello();
  await client.command('MAIL FROM:<a@x.test>');
  for (let i = 1; i <= 5; i++) assert.equal((await client.command('RCPT TO:<nobody@our.test>')).code, 550);
  const began = performance.now();
  for (let i = 6; i <= 20; i++) assert.equal((await client.command('RCPT TO:<nobody@our.test>')).code, 550);
  assert.ok(performance.now() - began >= 430);
  assert.match(
    (await client.command('RCPT TO:<nobody@our.test>')).text,
    /^421 4\.7\.0 too many invalid addresses/,
  );
  client.close();
  await smtpd.service.close();
});

test('commands without mail: the 101st closes', async () => {
  const smtpd = await startTestSmtpd();
  const client = await smtpd.connect();
  await client.read();
  const verbs = ['NOOP', 'RSET', 'HELP', 'VRFY x', 'EHLO y'];
  for (let i = 0; i < 100; i++) assert.notEqual((await client.command(verbs[i % 5]!)).code, 421);
  assert.match((await client.command('NOOP')).text, /^421 4\.7\.0 too many commands without mail/);
  client.close();
  await smtpd.service.close();
});

test('transactions: the 101st closes, but not for a client that may relay', async () => {
  for (const relayclients of [[], ['127.0.0.1']]) {
    const smtpd = await startTestSmtpd({ relayclients });
    const client = await smtpd.connect();
    await client.hello();
    for (let i = 0; i < 100; i++)
      assert.equal((await client.sendMessage('a@x.test', ['u@our.test'], 'm')).code, 250);
    assert.equal((await client.command('MAIL FROM:<a@x.test>')).code, relayclients.length > 0 ? 250 : 421);
    client.close();
    await smtpd.service.close();
  }
});

test('connections: 421 4.7.0 above the limit of an address and in all; a closed one makes room', async () => {
  for (const settings of [{ maxconnectionsperip: 3 }, { maxconnections: 3 }]) {
    const smtpd = await startTestSmtpd(settings);
    const clients = [];
    for (let i = 0; i < 3; i++) {
      const client = await smtpd.connect();
      assert.equal((await client.read()).code, 220);
      clients.push(client);
    }
    const refused = await smtpd.connect();
    assert.match(await refused.readToEnd(), /^421 4\.7\.0 too many connections/);
    await clients[0]!.command('QUIT');
    await clients[0]!.readToEnd();
    clients[0]!.close();
    // The server counts it as gone when it has seen our side close.
    for (;;) {
      const next = await smtpd.connect();
      const { code } = await next.read();
      next.close();
      if (code === 220) break;
    }
    for (const client of clients) client.close();
    await smtpd.service.close();
  }
});

test('connections a second from one address', async () => {
  const smtpd = await startTestSmtpd({ limits: { connectionsPerSecond: 5 } });
  const codes = [];
  for (let i = 0; i < 6; i++) {
    const client = await smtpd.connect();
    codes.push((await client.read()).code);
    client.close();
  }
  assert.deepEqual(codes, [220, 220, 220, 220, 220, 421]);
  const elsewhere = await RawSmtpClient.connect(smtpd.port(), '127.0.0.1', '127.0.0.2');
  assert.equal((await elsewhere.read()).code, 220);
  elsewhere.close();
  await smtpd.service.close();
});

test('idle: before the first command, between commands, in a message, and when it is crowded', async () => {
  const smtpd = await startTestSmtpd({
    timeoutsmtpd: 0.3,
    maxconnections: 10,
    limits: { firstCommandSeconds: 0.1, crowdedSeconds: 0.05 },
  });
  const silent = await smtpd.connect();
  assert.match(await silent.readToEnd(), /^220 [^\r]*\r\n421 4\.4\.2 timeout/);
  const slow = await smtpd.connect();
  await slow.hello();
  const began = performance.now();
  // Single bytes of an unfinished command win no time.
  const drip = setInterval(() => void slow.send('N'), 20);
  assert.match(await slow.readToEnd(), /^421 4\.4\.2 timeout/);
  clearInterval(drip);
  assert.ok(performance.now() - began > 250);
  const half = await smtpd.connect();
  await start(half);
  await half.send('Subject: x\r\n');
  assert.match(await half.readToEnd(), /^421 4\.4\.2 timeout/);
  for (const client of [silent, slow, half]) client.close();
  assert.equal(smtpd.injector.messages.length, 0);
  await smtpd.service.close();
});

test('a message that drips is ended, a fast one of the same length in time is not', async () => {
  const smtpd = await startTestSmtpd({ timeoutsmtpd: 5, limits: { slowAfterSeconds: 0.2, slowBytes: 1000 } });
  const slow = await smtpd.connect();
  const fast = await smtpd.connect();
  for (const client of [slow, fast]) await start(client);
  const drip = setInterval(() => {
    void slow.send('x');
    void fast.send('x'.repeat(200));
  }, 20);
  assert.match(await slow.readToEnd(), /^421 4\.4\.2 too slow/);
  clearInterval(drip);
  await fast.send('\r\n.\r\n');
  assert.equal((await fast.read()).code, 250);
  for (const client of [slow, fast]) client.close();
  await smtpd.service.close();
});

test('a TLS handshake that does not come ends too', async () => {
  const { key, cert } = createCertificate();
  const pair = { key: Buffer.from(key), cert: Buffer.from(cert) };
  // Few places, so that all are crowded and a handshake has little time.
  const smtpd = await startTestSmtpd(
    { limits: { firstCommandSeconds: 0.1, crowdedSeconds: 0.1 }, maxconnections: 20 },
    { names: ['submissions'], tls: () => pair },
  );
  const clients = await Promise.all(Array.from({ length: 20 }, () => RawSmtpClient.connect(smtpd.port())));
  for (const [index, client] of clients.entries())
    if (index % 2 === 0) await client.send('\x16\x03\x01\x02\x00\x01');
  // Down to 80 % of the places: then it is no longer crowded, and the others have their usual time.
  await until('four are ended', () => clients.filter((client) => client.isClosed).length >= 4);
  for (const client of clients) {
    assert.equal(client.unread, '');
    client.close();
  }
  const next = await RawSmtpClient.connectTls(smtpd.port());
  assert.equal((await next.read()).code, 220);
  next.close();
  await smtpd.service.close();
});

test('who talks before the greeting, or speaks TLS or HTTP, is turned away', async () => {
  const smtpd = await startTestSmtpd({ limits: { greetDelay: 0.2 } });
  const early = await smtpd.connect();
  await early.send('EHLO x\r\n');
  assert.match(await early.readToEnd(), /^554 5\.5\.0 SMTP protocol violation/);
  const hello = await smtpd.connect();
  await hello.send('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03');
  assert.match(await hello.readToEnd(), /^554 /);
  for (const client of [early, hello]) client.close();
  await smtpd.service.close();
  const next = await startTestSmtpd();
  for (const line of ['GET / HTTP/1.1', 'POST / HTTP/1.1', 'CONNECT a:1 HTTP/1.1', 'Host: our.test']) {
    const client = await next.connect();
    await client.read();
    await client.send(`${line}\r\nHost: x\r\n\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<u@our.test>\r\n`);
    assert.match(await client.readToEnd(), /^421 [^\r\n]*\r\n$/);
    client.close();
  }
  const late = await next.connect();
  await late.read();
  await late.send('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03');
  assert.match(await late.readToEnd(), /^554 /);
  late.close();
  await next.service.close();
});

test('a message that comes before 354 ends the session', async () => {
  const smtpd = await startTestSmtpd();
  const client = await smtpd.connect();
  await client.hello();
  await client.send('MAIL FROM:<a@x.test>\r\nRCPT TO:<u@our.test>\r\nDATA\r\nSubject: x\r\n\r\n.\r\n');
  assert.match(await client.readToEnd(), /^250 ok\r\n250 ok\r\n554 5\.5\.0 [^\r\n]*\r\n$/);
  client.close();
  assert.equal(smtpd.injector.messages.length, 0);
  await smtpd.service.close();
});
