// Line ends and the end of a message (spec/security.md R2): for each sequence that is not CR LF . CR LF, one message
// or none arrives and no second MAIL is executed, wherever the stream is cut.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { DataDecoder } from '../../mta/smtpd/data.ts';
import { startTestSmtpd } from '../support/smtp.ts';

/** Sequences that may not end the message. */
const FALSE_ENDS = [
  '\n.\n',
  '\n.\r\n',
  '\r.\r',
  '\r.\r\n',
  '\r\n.\n',
  '\r\n.\r',
  '\n.\r',
  '\r.\n',
  '\r\n.\r\r\n',
  '\r\r\n.\r\r\n',
  '\r\r\n.\r\n',
  '\r\n\0.\r\n',
  '\r\n.\0\r\n',
  '\r\0\n.\r\0\n',
  '\n\r.\n\r',
  '\r\n. \r\n',
  '\r\n.\t\r\n',
  '\r\n..\r\n',
  '\n..\n',
  '\n..\r\n',
  '\r\n\x80.\r\n',
  '\v.\v',
  '\f.\f',
  '\x85.\x85',
  '\xe2\x80\xa8.\xe2\x80\xa8',
  '\x8d\n.\x8d\n',
  '\r\n.\n\r\n',
] as const;

const SMUGGLED =
  'MAIL FROM:<smug@x.test>\r\nRCPT TO:<u@our.test>\r\nDATA\r\nSubject: smuggled\r\n\r\ntwo\r\n.\r\n';

/** What a decoder makes of a stream that is cut at these places. */
function decodeCut(stream: Buffer, cuts: readonly number[]) {
  const decoder = new DataDecoder();
  const parts: Buffer[] = [];
  let consumed = 0;
  const borders = [0, ...cuts, stream.length];
  for (let i = 1; i < borders.length; i++) {
    // A copy: the decoder works in place.
    const chunk = Buffer.from(stream.subarray(borders[i - 1], borders[i]));
    const result = decoder.decode(chunk);
    parts.push(Buffer.from(result.output));
    consumed += result.consumed;
    if (result.ended)
      return { ended: true, fault: decoder.fault, consumed, text: Buffer.concat(parts).toString('latin1') };
  }
  return { ended: false, fault: decoder.fault, consumed, text: Buffer.concat(parts).toString('latin1') };
}

/** The rule itself, by regular expressions over the whole stream. */
function judgeWhole(stream: string) {
  const end = stream.startsWith('.\r\n')
    ? 3
    : stream.indexOf('\r\n.\r\n') < 0
      ? -1
      : stream.indexOf('\r\n.\r\n') + 5;
  const data = end < 0 ? stream : stream.slice(0, end);
  const isFaulty = /\r(?!\n)|(?<!\r)\n|\0/.test(data);
  return {
    end,
    isFaulty,
    text: data
      .slice(0, end < 0 ? undefined : -3)
      .replace(/^\./gm, '')
      .replaceAll('\r\n', '\n'),
  };
}

test('the decoder agrees with the rule for every sequence, cut at every place and byte by byte', () => {
  for (const sequence of [...FALSE_ENDS, '\r\n.\r\n', '\x80\r\n.\r\n', '\r\n.x\r\n.\r\n', '\r\n...\r\n.\r\n'])
    for (const head of ['Subject: t\r\n\r\none', '', '.', '..', 'Subject: t']) {
      const stream = Buffer.from(head + sequence + SMUGGLED, 'latin1');
      const whole = judgeWhole(stream.toString('latin1'));
      const cuts: number[][] = [Array.from({ length: stream.length - 1 }, (_, i) => i + 1)];
      for (let i = 0; i <= stream.length; i++) cuts.push([i]);
      for (const cut of cuts) {
        const result = decodeCut(stream, cut);
        const name = JSON.stringify([head + sequence, cut.length > 1 ? 'bytewise' : cut]);
        assert.equal(result.ended, true, name);
        // A cut behind the end gives the decoder only what belongs to the message.
        assert.equal(result.consumed, whole.end, name);
        assert.equal(result.fault !== undefined, whole.isFaulty, name);
        if (!whole.isFaulty) assert.equal(result.text, whole.text, name);
      }
    }
});

test('the decoder finds the end behind 65,535, 65,536 and 65,537 bytes and in lines of every length', () => {
  for (const size of [1, 2, 3, 4, 5, 65_535, 65_536, 65_537]) {
    const stream = Buffer.from(`${'a'.repeat(size)}\r\n.\r\nRSET\r\n`);
    for (const cut of [size - 1, size, size + 1, size + 2, size + 3, size + 4, size + 5]) {
      const result = decodeCut(stream, [cut]);
      assert.deepEqual([result.ended, result.consumed, result.text.length], [true, size + 5, size + 1]);
    }
  }
});

test('no sequence is an end where 64 KiB end, inside a header line or inside a line of base64', () => {
  const heads = [65_535, 65_536, 65_537].flatMap((size) =>
    [0, 1, 2, 3, 4].map((back) => 'a'.repeat(size - back)),
  );
  heads.push('Subject: t', 'Subject: t\r\nX-Long: y', 'A: b\r\n\r\nSGVsbG8sIHdvcmxk');
  for (const head of heads)
    for (const sequence of FALSE_ENDS) {
      const stream = Buffer.from(head + sequence + SMUGGLED, 'latin1');
      const whole = judgeWhole(stream.toString('latin1'));
      const at = head.length;
      for (const cuts of [[], [65_536], [at, at + 1, at + 2, at + 3], [at + sequence.length]]) {
        const result = decodeCut(
          stream,
          cuts.filter((cut) => cut < stream.length),
        );
        const name = JSON.stringify([head.length, sequence, cuts]);
        assert.deepEqual([result.ended, result.consumed], [true, whole.end], name);
        assert.equal(result.fault !== undefined, whole.isFaulty, name);
      }
    }
});

test('over a socket: no false end gives a second message, and a stray byte ends the session', async () => {
  const smtpd = await startTestSmtpd({ maxconnectionsperip: 1000 });
  let expected = 0;
  for (const sequence of FALSE_ENDS)
    for (const place of ['body', 'header', 'first line'] as const) {
      const client = await smtpd.connect();
      await client.hello();
      for (const line of ['MAIL FROM:<s@x.test>', 'RCPT TO:<u@our.test>', 'DATA']) await client.command(line);
      const head = place === 'body' ? 'Subject: t\r\n\r\none' : place === 'header' ? 'Subject: t' : '';
      const bytes = head + sequence + SMUGGLED;
      await client.send(bytes);
      const reply = await client.read();
      const isFaulty = judgeWhole(bytes).isFaulty;
      assert.match(reply.text, isFaulty ? /^550 5\.5\.2 / : /^250 ok /, JSON.stringify(bytes));
      if (isFaulty) assert.equal(await client.readToEnd(), '', JSON.stringify(bytes));
      else expected++;
      client.close();
    }
  assert.ok(expected > 0);
  assert.equal(smtpd.injector.messages.length, expected);
  assert.equal(smtpd.injector.messages.filter((one) => one.sender !== 's@x.test').length, 0);
  await smtpd.service.close();
});

test('over a socket, one byte a write: the end is the end, and a dot stays data', async () => {
  const smtpd = await startTestSmtpd();
  const client = await smtpd.connect();
  await client.hello();
  for (const line of ['MAIL FROM:<s@x.test>', 'RCPT TO:<u@our.test>', 'DATA']) await client.command(line);
  for (const byte of 'a: b\r\n\r\n..\r\n.c\r\n.\r\n') await client.send(byte);
  assert.equal((await client.read()).code, 250);
  assert.match(smtpd.injector.messages[0]!.message.toString(), /\na: b\n\n\.\nc\n$/);
  for (const byte of 'QUIT\r\n') await client.send(byte);
  assert.equal((await client.read()).code, 221);
  client.close();
  await smtpd.service.close();
});

test('over a socket, a pause of three seconds inside the end or a false end changes nothing', async () => {
  const smtpd = await startTestSmtpd({ maxconnectionsperip: 1000 });
  const pauses = [...FALSE_ENDS, '\r\n.\r\n'].flatMap((sequence) =>
    Array.from({ length: sequence.length - 1 }, (_, i) => ({ sequence, at: i + 1 })),
  );
  let expected = 0;
  // All at once: the pauses are the time of one.
  await Promise.all(
    pauses.map(async ({ sequence, at }) => {
      const client = await smtpd.connect();
      const name = JSON.stringify([sequence, at]);
      await client.hello();
      for (const line of ['MAIL FROM:<s@x.test>', 'RCPT TO:<u@our.test>', 'DATA']) await client.command(line);
      const bytes = `Subject: t\r\n\r\none${sequence}${sequence === '\r\n.\r\n' ? '' : SMUGGLED}`;
      const border = bytes.indexOf(sequence) + at;
      await client.send(bytes.slice(0, border));
      await pause(3000);
      assert.equal(client.unread, '', `an answer before the end: ${name}`);
      await client.send(bytes.slice(border));
      const { isFaulty } = judgeWhole(bytes);
      assert.match((await client.read()).text, isFaulty ? /^550 5\.5\.2 / : /^250 ok /, name);
      if (isFaulty) assert.equal(await client.readToEnd(), '', name);
      else expected++;
      client.close();
    }),
  );
  assert.ok(expected > 4, 'the true end in four places, and more');
  assert.equal(smtpd.injector.messages.length, expected);
  assert.deepEqual(
    smtpd.injector.messages.filter((one) => one.sender !== 's@x.test'),
    [],
  );
  await smtpd.service.close();
});

test('commands end with CR LF: a bare LF ends the session, a CR or NUL inside is refused', async () => {
  const smtpd = await startTestSmtpd();
  const client = await smtpd.connect();
  await client.hello();
  assert.match((await client.command('MAIL FROM:<a@x.test>\0')).text, /^500 5\.5\.2 /);
  assert.match((await client.command('MAIL FROM:<a@x\r.test>')).text, /^500 5\.5\.2 /);
  assert.match((await client.command('NOOP\r')).text, /^500 5\.5\.2 /);
  await client.send('NOOP\nMAIL FROM:<a@x.test>\r\n');
  assert.match(await client.readToEnd(), /^500 5\.5\.2 [^\r\n]*\r\n$/);
  client.close();
  await smtpd.service.close();
});
