// What strangers send cannot forge a log line, break the Received line, fill the log or the memory
// (spec/security.md R7, L1, L4, X1, X4).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RawSmtpClient, startTestSmtpd } from '../support/smtp.ts';

const POISON = [
  'x\x1b[31mred',
  'x> result=accepted reason=<y',
  'x result=accepted',
  'x\x07\x08\x7f\xff\xfe',
  'qmail: new msg 1',
  '(comment) by mx.our.test with SMTP; 1 Jan 1970',
  'a'.repeat(450),
  '"; id; "',
  '\x85\xa0é',
];

test('every log line is one event whose fields cannot be forged', async () => {
  const smtpd = await startTestSmtpd({ limits: { errorsToClose: 1000, errorsToDelay: 1000 } });
  const client = await smtpd.connect();
  await client.read();
  for (const poison of POISON) {
    await client.command(`EHLO ${poison}`);
    await client.command(`MAIL FROM:<"${poison.replaceAll('"', '')}"@x.test> SMTPUTF8`);
    await client.command(`RCPT TO:<"${poison.replaceAll('"', '')}"@relay.test>`);
    await client.command(poison);
  }
  client.close();
  await smtpd.service.close();
  assert.ok(smtpd.lines.length >= POISON.length);
  for (const line of smtpd.lines) {
    assert.match(
      line,
      /^smtpd: ip=127\.0\.0\.1 helo=[!-;=?-~]*(?: mail=<[!-;=?-~]*>)?(?: rcpt=<[!-;=?-~]*>(?:\+\d+)?)? result=(?:refused|closed) reason=[ -~]*$/,
    );
    assert.equal(line.match(/ result=/g)!.length, 1, line);
    assert.ok(line.length < 1200);
  }
});

test('the Received line is two lines whatever HELO says', async () => {
  const smtpd = await startTestSmtpd();
  for (const poison of POISON) {
    const client = await smtpd.connect();
    await client.hello(poison);
    assert.equal((await client.sendMessage('a@x.test', ['u@our.test'], 'first: line')).code, 250);
    client.close();
    assert.match(
      smtpd.injector.messages.at(-1)!.message.toString('latin1'),
      /^Received: from unknown \(HELO [A-Za-z0-9.@%+/=:[\]?-]{1,255}\) \(127\.0\.0\.1\)\n {2}by mx\.our\.test with ESMTP; [ -~]+ -0000\nfirst: line\n$/,
    );
  }
  await smtpd.service.close();
});

test('one client writes at most 100 log lines, then 20 a minute', async () => {
  const smtpd = await startTestSmtpd({ limits: { errorsToClose: 1000, errorsToDelay: 1000 } });
  const client = await smtpd.connect();
  await client.hello();
  void client.send('NONSENSE\r\n'.repeat(500));
  for (let i = 0; i < 500; i++) assert.equal((await client.read()).code, 502);
  client.close();
  await smtpd.service.close();
  assert.ok(smtpd.lines.length >= 100 && smtpd.lines.length <= 120, String(smtpd.lines.length));
});

test('random bytes never break a session but by a reply and a close', async () => {
  const smtpd = await startTestSmtpd({ maxconnectionsperip: 1000 });
  let state = 12345;
  const random = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
  const words = [
    'MAIL FROM:',
    'RCPT TO:',
    '<',
    '>',
    '@',
    'our.test',
    'u',
    '\r\n',
    '\r\n',
    '\n',
    '\r',
    '\0',
    '.',
    '"',
    '\\',
    'DATA\r\n',
    ' ',
    'EHLO x\r\n',
    'AUTH PLAIN ',
    '\xff',
    'RSET\r\n',
    ' SIZE=9',
    '[',
    ']',
    'MAIL FROM:<a@x.test>\r\nRCPT TO:<u@our.test>\r\n',
  ];
  for (let round = 0; round < 150; round++) {
    const client = await smtpd.connect();
    await client.read();
    let bytes = '';
    for (let i = 0; i < 60; i++) bytes += words[random(words.length)];
    await client.send(bytes);
    client.end();
    const said = await client.readToEnd();
    assert.match(said, /^(?:\d{3}[ -][ -~]*\r\n)*$/);
    client.close();
  }
  await smtpd.service.close();
  assert.equal(
    smtpd.lines.some((line) => line.includes('result=failed')),
    false,
  );
});

test('messages of 50 MiB pass without staying in memory', async () => {
  let bytes = 0;
  const smtpd = await startTestSmtpd(
    {},
    {
      injector: {
        open: () => ({
          write: (chunk) => {
            bytes += chunk.length;
            return true;
          },
          drained: () => Promise.resolve(),
          finish: async () => ({ code: 'K', text: 'ok 1 qp 1' }),
          abort: () => undefined,
        }),
        inject: () => Promise.reject(new Error('not used')),
        close: () => undefined,
      },
    },
  );
  const block = Buffer.from(`${'x'.repeat(1022)}\r\n`.repeat(1024));
  const before = process.memoryUsage().rss;
  let peak = 0;
  const sendOne = async () => {
    const client = await smtpd.connect();
    await client.hello();
    for (const line of ['MAIL FROM:<s@x.test>', 'RCPT TO:<u@our.test>', 'DATA']) await client.command(line);
    await client.send('Subject: large\r\n\r\n');
    for (let i = 0; i < 49; i++) {
      await client.send(block);
      peak = Math.max(peak, process.memoryUsage().rss - before);
    }
    await client.send('.\r\n');
    assert.equal((await client.read()).code, 250);
    client.close();
  };
  await Promise.all(Array.from({ length: 4 }, sendOne));
  assert.ok(bytes > 4 * 49 * 1023 * 1024);
  // Client and server share this process; four messages are 196 MiB.
  assert.ok(peak < 120 * 2 ** 20, `${peak >> 20} MiB`);
  await smtpd.service.close();
});

test('an injection that is full holds the client back, and nothing is read ahead', async () => {
  let isFull = true;
  let release: () => void = () => undefined;
  let written = 0;
  const smtpd = await startTestSmtpd(
    {},
    {
      injector: {
        open: () => ({
          write: (chunk) => {
            written += chunk.length;
            return !isFull;
          },
          drained: () =>
            new Promise((resolve) => {
              release = resolve;
            }),
          finish: async () => ({ code: 'K', text: 'ok 1 qp 1' }),
          abort: () => undefined,
        }),
        inject: () => Promise.reject(new Error('not used')),
        close: () => undefined,
      },
    },
  );
  const client = await smtpd.connect();
  await client.hello();
  for (const line of ['MAIL FROM:<s@x.test>', 'RCPT TO:<u@our.test>', 'DATA']) await client.command(line);
  const sent = client.send(Buffer.from(`a: b\r\n\r\n${`${'x'.repeat(998)}\r\n`.repeat(30_000)}.\r\n`));
  const other = await RawSmtpClient.connect(smtpd.port());
  assert.equal((await other.read()).code, 220);
  assert.equal((await other.command('NOOP')).code, 250);
  assert.ok(written < 1_000_000, `${written} bytes taken while full`);
  isFull = false;
  release();
  await sent;
  assert.equal((await client.read()).code, 250);
  assert.ok(written > 29_000_000);
  for (const one of [client, other]) one.close();
  await smtpd.service.close();
});

test('many silent and slow clients do not keep a normal one from its greeting', async () => {
  const smtpd = await startTestSmtpd({ maxconnections: 400, maxconnectionsperip: 400 });
  const slow = await Promise.all(Array.from({ length: 300 }, () => smtpd.connect()));
  for (const client of slow) void client.send('E');
  const began = performance.now();
  const client = await smtpd.connect();
  assert.equal((await client.hello()).code, 250);
  assert.equal((await client.sendMessage('a@x.test', ['u@our.test'], 'm')).code, 250);
  assert.ok(performance.now() - began < 1000);
  for (const one of [client, ...slow]) one.close();
  await smtpd.service.close();
});
