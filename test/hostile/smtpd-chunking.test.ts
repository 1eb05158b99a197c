// CHUNKING (RFC 3030) at the door (spec/security.md R2): a chunk ends where its size says and nowhere else, what is in it
// is never a command, and the rules for line ends and limits are those of DATA.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChunkedMessage, parseBdat } from '../../mta/smtpd/chunking.ts';
import { IncomingMessage } from '../../mta/smtpd/message.ts';
import { defaultLimits } from '../../mta/smtpd/settings.ts';
import { CapturingInjector, type RawSmtpClient, startTestSmtpd } from '../support/smtp.ts';
import { SMUGGLING_SEQUENCES } from '../support/smuggling.ts';

const SMUGGLED =
  'MAIL FROM:<smug@x.test>\r\nRCPT TO:<u@our.test>\r\nDATA\r\nSubject: smuggled\r\n\r\ntwo\r\n.\r\n';
/** Everything that DATA would have to stuff or unstuff. */
const LETTER = 'Subject: t\r\n\r\n.\r\n..\r\n.x\r\n\r\nBDAT 5 LAST\r\nlast\r\n';
const STORED = LETTER.replaceAll('\r\n', '\n');

const bdat = (text: string, last = ''): string =>
  `BDAT ${Buffer.byteLength(text, 'latin1')}${last}\r\n${text}`;

async function begin(client: RawSmtpClient): Promise<void> {
  await client.hello();
  for (const line of ['MAIL FROM:<s@x.test>', 'RCPT TO:<u@our.test>'])
    assert.equal((await client.command(line)).code, 250);
}

/** The message as it was queued, without the Received line. */
const withoutTrace = (message: Buffer): string =>
  message.toString('latin1').replace(/^Received: .*\n(?:[ \t].*\n)*/, '');

test('a chunk is a message whatever is in it: no sequence in it ends it, and stray bytes are refused', async () => {
  const smtpd = await startTestSmtpd({ maxconnectionsperip: 1000 });
  let expected = 0;
  for (const [name, sequence] of SMUGGLING_SEQUENCES)
    for (const head of ['Subject: t\r\n\r\none', 'Subject: t', '']) {
      const client = await smtpd.connect();
      await begin(client);
      const text = head + sequence.toString('latin1') + SMUGGLED;
      await client.send(bdat(text, ' LAST'));
      const reply = await client.read();
      if (/\r(?!\n)|(?<!\r)\n|\0/.test(text)) {
        assert.match(reply.text, /^550 5\.5\.2 /, name);
        assert.equal(await client.readToEnd(), '', name);
      } else {
        assert.match(reply.text, /^250 ok /, name);
        assert.equal(
          withoutTrace(smtpd.injector.messages.at(-1)!.message),
          text.replaceAll('\r\n', '\n'),
          name,
        );
        assert.equal((await client.command('QUIT')).code, 221, name);
        expected++;
      }
      client.close();
    }
  assert.ok(expected > 0);
  assert.equal(smtpd.injector.messages.length, expected);
  assert.ok(smtpd.injector.messages.every(({ sender }) => sender === 's@x.test'));
});

test('borders of chunks at every octet, pipelined in one write, give the same message', async () => {
  const smtpd = await startTestSmtpd({ limits: { idleCommands: 1000, transactions: 1000 } });
  const client = await smtpd.connect();
  await client.hello();
  for (let at = 0; at <= LETTER.length; at++) {
    await client.send(
      `MAIL FROM:<s@x.test>\r\nRCPT TO:<u@our.test>\r\n${bdat(LETTER.slice(0, at))}${bdat(LETTER.slice(at), ' LAST')}`,
    );
    const replies = [await client.read(), await client.read(), await client.read(), await client.read()];
    assert.deepEqual(
      replies.map(({ code }) => code),
      [250, 250, 250, 250],
      String(at),
    );
    assert.equal(replies[2]?.text, `250 ok ${at} octets received`);
    assert.equal(withoutTrace(smtpd.injector.messages.at(-1)!.message), STORED, String(at));
  }
  assert.equal(smtpd.injector.messages.length, LETTER.length + 1);
});

test('a chunk an octet and an empty last one give the same message, also with one octet a write', async () => {
  const smtpd = await startTestSmtpd({ limits: { idleCommands: 1000 } });
  for (const isBytewise of [false, true]) {
    const client = await smtpd.connect();
    await begin(client);
    const all = `${[...LETTER].map((octet) => bdat(octet)).join('')}BDAT 0 LAST\r\n`;
    if (isBytewise) for (const octet of all) await client.send(octet);
    else await client.send(all);
    for (let i = 0; i < LETTER.length; i++) assert.equal((await client.read()).code, 250);
    assert.match((await client.read()).text, /^250 ok \d+ qp /);
    assert.equal(withoutTrace(smtpd.injector.messages.at(-1)!.message), STORED);
    client.close();
  }
});

test('every cut of the stream into two writes gives the same message', async () => {
  const smtpd = await startTestSmtpd({ limits: { transactions: 1000, idleCommands: 1000 } });
  const client = await smtpd.connect();
  await client.hello();
  const half = Math.floor(LETTER.length / 2);
  const stream = bdat(LETTER.slice(0, half)) + bdat(LETTER.slice(half), ' LAST');
  for (let cut = 1; cut < stream.length; cut++) {
    for (const line of ['MAIL FROM:<s@x.test>', 'RCPT TO:<u@our.test>'])
      assert.equal((await client.command(line)).code, 250);
    await client.send(stream.slice(0, cut));
    await client.send(stream.slice(cut));
    for (let i = 0; i < 2; i++) assert.equal((await client.read()).code, 250, String(cut));
    assert.equal(withoutTrace(smtpd.injector.messages.at(-1)!.message), STORED, String(cut));
  }
  assert.equal(smtpd.injector.messages.length, stream.length - 1);
});

test('a size that is none, or that no chunk can have, ends the session: what follows is not executed', async () => {
  const smtpd = await startTestSmtpd();
  const bad = [
    '-1',
    '1e3',
    '+5',
    ' 5',
    '0x5',
    '5.0',
    '',
    'LAST',
    '5 5',
    '5 LASTT',
    '5  LAST',
    '5\tLAST',
    '٥',
  ];
  const huge = [
    '9007199254740992',
    '18446744073709551616',
    '99999999999999999999',
    '999999999999999999999999',
  ];
  for (const size of [...bad, ...huge])
    for (const last of ['', ' LAST']) {
      const client = await smtpd.connect();
      await begin(client);
      await client.send(Buffer.from(`BDAT ${size}${last}\r\n${SMUGGLED}`));
      const all = await client.readToEnd();
      // Every last form of a bad size is bad; `LAST` twice too.
      assert.match(all, /^(?:501 5\.5\.4|552 5\.3\.4) [^\r\n]*\r\n$/, JSON.stringify(size + last));
      client.close();
    }
  assert.equal(smtpd.injector.messages.length, 0);
});

test('a size of 2^31 or 2^32 is taken at its word: nothing behind it is a command, and nothing is queued', async () => {
  const smtpd = await startTestSmtpd();
  for (const size of [2 ** 31, 2 ** 32, 2 ** 53 - 1]) {
    const client = await smtpd.connect();
    await begin(client);
    await client.send(`BDAT ${size} LAST\r\n${SMUGGLED}`);
    client.end();
    assert.equal(await client.readToEnd(), '');
    client.close();
  }
  assert.equal(smtpd.injector.messages.length, 0);
  assert.equal(smtpd.injector.aborted, 3);
});

test('leading zeros are decimal digits (RFC 3030 2), and the keyword may be in any case', async () => {
  assert.deepEqual(parseBdat('BDAT 05'), { size: 5, isLast: false });
  assert.deepEqual(parseBdat('bdat 010 last'), { size: 10, isLast: true });
  assert.equal(parseBdat('BDATA 5'), undefined);
  const smtpd = await startTestSmtpd();
  const client = await smtpd.connect();
  await begin(client);
  await client.send('bdat 05\r\nx: y\rBDAT 03 Last\r\n\n\r\n');
  assert.equal((await client.read()).code, 250);
  assert.match((await client.read()).text, /^250 ok \d+ qp /);
  assert.equal(withoutTrace(smtpd.injector.messages[0]!.message), 'x: y\n\n');
});

test('BDAT is not mixed with DATA, MAIL or RCPT, and RSET ends it', async () => {
  const smtpd = await startTestSmtpd();
  const client = await smtpd.connect();
  await begin(client);
  await client.send(bdat('Subject: first\r\n'));
  assert.equal((await client.read()).code, 250);
  for (const line of ['DATA', 'MAIL FROM:<t@x.test>', 'RCPT TO:<u@our.test>'])
    assert.match((await client.command(line)).text, /^503 5\.5\.1 /, line);
  assert.equal((await client.command('RSET')).code, 250);
  assert.equal(smtpd.injector.aborted, 1);
  await client.send(bdat(SMUGGLED, ' LAST'));
  assert.match((await client.read()).text, /^503 5\.5\.1 MAIL first/);
  assert.equal((await client.sendMessage('a@x.test', ['u@our.test'], 'x: y\r\n')).code, 250);
  assert.equal(smtpd.injector.messages.length, 1);
});

test('the octets of a chunk that belongs to no transaction are read and not executed', async () => {
  const smtpd = await startTestSmtpd();
  const client = await smtpd.connect();
  await client.hello();
  for (const last of ['', ' LAST']) {
    await client.send(`${bdat(SMUGGLED, last)}NOOP\r\n`);
    assert.match((await client.read()).text, /^503 5\.5\.1 MAIL first/);
    assert.equal((await client.read()).code, 250);
  }
  // All recipients refused, and the client did not wait to hear it.
  await client.send(
    `MAIL FROM:<s@x.test>\r\nRCPT TO:<nobody@our.test>\r\n${bdat(SMUGGLED)}${bdat('x', ' LAST')}NOOP\r\n`,
  );
  const codes = [];
  for (let i = 0; i < 5; i++) codes.push((await client.read()).code);
  assert.deepEqual(codes, [250, 550, 503, 503, 250]);
  // One of two refused: the message goes to the other.
  await client.send(
    `MAIL FROM:<s@x.test>\r\nRCPT TO:<nobody@our.test>\r\nRCPT TO:<u@our.test>\r\n${bdat('a: b\r\n', ' LAST')}`,
  );
  for (const code of [250, 550, 250, 250]) assert.equal((await client.read()).code, code);
  assert.deepEqual(smtpd.injector.messages[0]?.recipients, ['u@our.test']);
});

test('the limits of a message hold over its chunks, and the rest of a refused one is read', async () => {
  const smtpd = await startTestSmtpd({ databytes: 1000 });
  const client = await smtpd.connect();
  const line = `${'x'.repeat(598)}\r\n`;
  await begin(client);
  await client.send(bdat(line) + bdat(line) + bdat(line) + bdat(line, ' LAST'));
  assert.equal((await client.read()).code, 250);
  for (let i = 0; i < 3; i++) assert.match((await client.read()).text, /^552 5\.3\.4 /);
  assert.match((await client.command('BDAT 0 LAST')).text, /^503 /);
  for (const [text, words] of [
    ['Received: x\r\n'.repeat(100), /^(?:554 5\.4\.6|552 5\.3\.4) /],
    [`a: ${'h'.repeat(5000)}\r\n`, /^552 5\.3\.4 /],
  ] as const) {
    await client.send(`MAIL FROM:<s@x.test>\r\nRCPT TO:<u@our.test>\r\n${bdat(text, ' LAST')}`);
    assert.equal((await client.read()).code, 250);
    assert.equal((await client.read()).code, 250);
    assert.match((await client.read()).text, words);
  }
  assert.equal((await client.sendMessage('a@x.test', ['u@our.test'], 'x: y\r\n')).code, 250);
  assert.equal(smtpd.injector.messages.length, 1);
});

test('hops and header bytes are counted over the borders of chunks', async () => {
  const smtpd = await startTestSmtpd({ limits: { hops: 3, headerBytes: 200 } });
  const client = await smtpd.connect();
  await client.hello();
  for (const [chunks, code] of [
    [['Rece', 'ived: a\r\nReceived', ': b\r\nDelivered-To: c\r', '\n\r\n'], 554],
    [['a: ', 'b'.repeat(150), 'b'.repeat(150)], 552],
    [['Received: a\r\n', 'Received: b\r\n', '\r\nReceived: c\r\n'], 250],
  ] as const) {
    await client.send('MAIL FROM:<s@x.test>\r\nRCPT TO:<u@our.test>\r\n');
    for (const text of chunks) await client.send(bdat(text));
    await client.send('BDAT 0 LAST\r\n');
    for (let i = 0; i < chunks.length + 2; i++) await client.read();
    assert.equal((await client.read()).code, code);
  }
});

test('a last line without its end gets one; a CR at the end of the message is refused', async () => {
  for (const [text, expected] of [
    ['a: b\r\n\r\nhalf', 'a: b\n\nhalf\n'],
    ['a: b\r\n\r\nhalf\r', undefined],
    ['', ''],
    ['\r\n', '\n'],
  ] as const)
    for (let cut = 0; cut <= text.length; cut++) {
      const injector = new CapturingInjector();
      const message = new IncomingMessage({
        injector,
        origin: 'network',
        expected: undefined,
        received: '',
        databytes: 0,
        limits: defaultLimits,
      });
      const chunked = new ChunkedMessage(message);
      chunked.take(Buffer.from(text.slice(0, cut)));
      chunked.take(Buffer.from(text.slice(cut)));
      await chunked.end();
      const reply = await message.finish({ sender: 's@x.test', recipients: ['u@our.test'] });
      assert.match(reply.text, expected === undefined ? /^550 5\.5\.2 / : /^250 /);
      assert.equal(injector.messages[0]?.message.toString(), expected);
    }
});

test('who leaves between two chunks, or begins TLS or EHLO anew, queues nothing', async () => {
  const smtpd = await startTestSmtpd();
  const leaver = await smtpd.connect();
  await begin(leaver);
  await leaver.send(bdat('Subject: t\r\n'));
  await leaver.read();
  leaver.end();
  await leaver.readToEnd();
  assert.equal(smtpd.injector.aborted, 1);
  const other = await smtpd.connect();
  await begin(other);
  await other.send(bdat('Subject: t\r\n'));
  await other.read();
  assert.equal((await other.command('EHLO again')).code, 250);
  assert.equal(smtpd.injector.aborted, 2);
  assert.match((await other.command('BDAT 0 LAST')).text, /^503 /);
  assert.equal(smtpd.injector.messages.length, 0);
});

test('chunks of a few octets without end are commands without mail, and end the session', async () => {
  const smtpd = await startTestSmtpd({ limits: { idleCommands: 20 } });
  const client = await smtpd.connect();
  await begin(client);
  await client.send(bdat('x').repeat(30));
  const all = await client.readToEnd();
  assert.match(all, /421 4\.7\.0 [^\r\n]*\r\n$/);
  assert.equal(smtpd.injector.messages.length, 0);
});

test('a message that drips in chunks is ended like one that drips in DATA', async () => {
  const smtpd = await startTestSmtpd({ limits: { slowAfterSeconds: 0.2, slowBytes: 1000 } });
  const client = await smtpd.connect();
  await begin(client);
  await client.send('BDAT 1000 LAST\r\nSubject: t\r\n');
  assert.match(await client.readToEnd(), /^421 4\.4\.2 too slow/);
  assert.equal(smtpd.injector.messages.length, 0);
});

test('the submission doors take chunks too, and complete the header', async () => {
  const smtpd = await startTestSmtpd({}, { names: ['submission'] });
  const client = await smtpd.connect('submission');
  await client.hello();
  await client.send(bdat('x: y\r\n', ' LAST'));
  assert.match((await client.read()).text, /^503 /);
  const login = Buffer.from('\0u@our.test\0secret').toString('base64');
  assert.equal((await client.command(`AUTH PLAIN ${login}`)).code, 235);
  for (const line of ['MAIL FROM:<u@our.test>', 'RCPT TO:<far@else.test>'])
    assert.equal((await client.command(line)).code, 250);
  await client.send(bdat('Subj') + bdat('ect: t\r\n\r') + bdat('\nx\r\n', ' LAST'));
  for (let i = 0; i < 3; i++) assert.equal((await client.read()).code, 250);
  const text = smtpd.injector.messages[0]!.message.toString();
  assert.match(text, /\nSubject: t\n/);
  assert.match(text, /\nMessage-ID: </i);
});
