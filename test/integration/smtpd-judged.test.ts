// What strangers send is held at the door until it was judged (spec/security.md X4): taken with what was found on top,
// refused or put off with the words of the judge; the site's own people are not judged.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { HoldingRoom } from '../../mta/trust/held.ts';
import { createJudge } from '../../mta/trust/judge.ts';
import type { ArrivingLetter, Finding, LetterCheck } from '../../mta/trust/types.ts';
import { until } from '../support/serve.ts';
import { type RawSmtpClient, startTestSmtpd } from '../support/smtp.ts';

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'facteur-judged-'));
});
after(() => rm(directory, { recursive: true, force: true }));

/** A door whose only check is this. */
async function start(check: (letter: ArrivingLetter) => Partial<Finding>, more = {}) {
  const seen: ArrivingLetter[] = [];
  const one: LetterCheck = {
    name: 'test',
    stage: 1,
    milliseconds: 5000,
    async check(letter) {
      seen.push(letter);
      return { findings: [{ check: 'test', result: 'seen', score: 0, words: '', ...check(letter) }] };
    },
  };
  const room = new HoldingRoom(join(directory, 'held'), { letterBytes: 4096, allBytes: 1_000_000 });
  const smtpd = await startTestSmtpd(more, {
    courts: {
      find: () => ({
        judge: createJudge({
          checks: [one],
          rules: () => ({ junkscore: 5, rejectscore: 15 }),
          log: (line) => assert.fail(line),
        }),
        room,
        cleanHeader: (header) =>
          Buffer.from(header.toString('latin1').replace(/^X-Facteur-Verdict:.*\n/im, ''), 'latin1'),
      }),
    },
  });
  return { ...smtpd, seen, room };
}

async function send(client: RawSmtpClient, text: string, sender = 's@sender.test'): Promise<string> {
  await client.command(`MAIL FROM:<${sender}>`);
  await client.command('RCPT TO:<u@our.test>');
  await client.command('DATA');
  await client.send(`${text}.\r\n`);
  return (await client.read()).text;
}

test('a taken letter has the verdict on top, then our Received line, then its own bytes without forged fields', async () => {
  const { connect, injector, seen, lines } = await start(() => ({ score: 6, words: 'because' }));
  const client = await connect();
  await client.hello();
  const body = `${'0123456789abcdef\r\n'.repeat(2000)}`;
  assert.match(await send(client, `x-facteur-verdict: take\r\nSubject: a\r\n\r\n${body}`), /^250 ok /);
  const [message] = injector.messages;
  assert.match(
    message!.message.toString().slice(0, 400),
    /^X-Facteur-Verdict: junk; score=6\.0;\n\ttest=seen \(because\) 6\.0\nReceived: from [^\n]*\n {2}by [^\n]*\nSubject: a\n\n0123/,
  );
  assert.ok(message!.message.toString().endsWith(`\n\n${body.replaceAll('\r', '')}`));
  assert.deepEqual(
    seen.map(({ sender, recipients, helo, ip, secure }) => ({ sender, recipients, helo, ip, secure })),
    [
      {
        sender: 's@sender.test',
        recipients: ['u@our.test'],
        helo: 'client.test',
        ip: '127.0.0.1',
        secure: false,
      },
    ],
  );
  assert.ok(
    lines.some((line) => /result=judged-junk reason=junk; score=6\.0; test=seen \(because\) 6\.0/.test(line)),
    lines.join('\n'),
  );
});

test('a refused letter is answered in the words of the finding, a doubtful one put off; nothing is queued, and the session goes on', async () => {
  const { connect, injector } = await start(({ sender }) =>
    sender.startsWith('bad')
      ? { measure: 'reject', reply: '550 5.7.23 SPF says no' }
      : sender.startsWith('new')
        ? { measure: 'defer' }
        : {},
  );
  const client = await connect();
  await client.hello();
  assert.equal(await send(client, 'Subject: a\r\n\r\n', 'bad@x.test'), '550 5.7.23 SPF says no');
  assert.match(await send(client, 'Subject: a\r\n\r\n', 'new@x.test'), /^451 4\.7\.1 /);
  assert.deepEqual([injector.opened, injector.messages.length], [0, 0]);
  assert.match(await send(client, 'Subject: a\r\n\r\n'), /^250 /);
  assert.equal(injector.messages.length, 1);
});

test('a client that may relay is not judged', async () => {
  const { connect, injector, seen } = await start(() => ({ measure: 'reject' }), {
    relayclients: ['127.0.0.1'],
  });
  const client = await connect();
  await client.hello();
  assert.match(await send(client, 'Subject: a\r\n\r\n'), /^250 /);
  assert.deepEqual([seen.length, injector.messages.length], [0, 1]);
  assert.match(injector.messages[0]!.message.toString(), /^Received: /);
});

test('limits hold while a letter is held, and one that breaks off leaves nothing', async () => {
  const { connect, injector, seen, room } = await start(() => ({}), { databytes: 10_000 });
  const client = await connect();
  await client.hello();
  assert.match(await send(client, `Subject: a\r\n\r\n${'x'.repeat(70)}\r\n`.repeat(300)), /^552 5\.3\.4 /);
  await client.command('MAIL FROM:<s@x.test>');
  await client.command('RCPT TO:<u@our.test>');
  await client.command('DATA');
  await client.send(`Subject: b\r\n\r\n${'x'.repeat(3000)}`);
  await until('a held letter', () => room.used > 3000);
  client.close();
  await until('an empty room', () => room.used === 0);
  assert.deepEqual([seen.length, injector.opened], [0, 0]);
});
