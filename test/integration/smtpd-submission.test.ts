// What an authenticated client sends at the submission doors is made complete (RFC 6409 8); nothing else is touched.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCertificate } from '../support/certificate.ts';
import { RawSmtpClient, startTestSmtpd, type TestSmtpd } from '../support/smtp.ts';

const { key, cert } = createCertificate('mx.our.test');
const pair = { key: Buffer.from(key), cert: Buffer.from(cert) };
const all = {
  tls: () => pair,
  names: ['smtp', 'submission', 'submissions'] as const,
  now: () => 1_732_290_000_000,
};

async function logIn(smtpd: TestSmtpd, name: 'submission' | 'submissions'): Promise<RawSmtpClient> {
  const client =
    name === 'submission' ? await smtpd.connect(name) : await RawSmtpClient.connectTls(smtpd.port(name));
  await client.hello();
  const login = Buffer.from('\0u@our.test\0secret').toString('base64');
  assert.equal((await client.command(`AUTH PLAIN ${login}`)).code, 235);
  return client;
}

/** The message as queued, without the two lines of smtpd's Received. */
const lastMessage = (smtpd: TestSmtpd): string =>
  smtpd.injector.messages
    .pop()!
    .message.toString('latin1')
    .replace(/^Received: .*\n {2}.*\n/, '');

const generated =
  /^Date: 22 Nov 2024 15:40:00 -0000\nMessage-ID: <20241122154000\.[0-9a-f]{16}\.qmail@mx\.our\.test>\nFrom: u@our\.test\n/;

for (const name of ['submission', 'submissions'] as const)
  test(`${name}: Date, Message-ID and From are added, Bcc is removed, the body stays`, async () => {
    const smtpd = await startTestSmtpd({}, all);
    const client = await logIn(smtpd, name);
    const ids = new Set<string>();
    for (let i = 0; i < 2; i++) {
      const letter =
        'Subject: s\r\nBcc: v@our.test,\r\n w@our.test\r\nTo: x@far.test\r\n\r\nBcc: body\r\n..\xe9\r\n';
      assert.equal((await client.sendMessage('u@our.test', ['u@our.test'], letter)).code, 250);
      const queued = lastMessage(smtpd);
      assert.match(queued, generated);
      assert.equal(queued.replace(generated, ''), 'Subject: s\nTo: x@far.test\n\nBcc: body\n.\xe9\n\n');
      ids.add(/^Message-ID: (.*)$/m.exec(queued)![1]!);
    }
    assert.equal(ids.size, 2);
    client.close();
  });

test('recipients without a whole host are completed for those who logged in, and for nobody else', async () => {
  const smtpd = await startTestSmtpd(
    { relayclients: ['127.0.0.1'] },
    { ...all, names: ['smtp', 'submission'] },
  );
  const client = await logIn(smtpd, 'submission');
  const letter = 'Subject: s\r\n\r\nb';
  assert.equal((await client.sendMessage('u@our.test', ['u', 'x@cs'], letter)).code, 250);
  assert.deepEqual(smtpd.injector.messages.pop()?.recipients, ['u@our.test', 'x@cs.our.test']);
  const stranger = await smtpd.connect('smtp');
  await stranger.hello();
  assert.equal((await stranger.sendMessage('u@our.test', ['x@cs'], letter)).code, 250);
  assert.deepEqual(smtpd.injector.messages.pop()?.recipients, ['x@cs']);
  for (const each of [client, stranger]) each.close();
});

test('a complete letter is queued byte for byte, whatever the pieces it comes in', async () => {
  const smtpd = await startTestSmtpd({}, all);
  const client = await logIn(smtpd, 'submission');
  const lines = ['From: a b <u@our.test>', 'X-\xe9: y', 'Message-Id:<x>', 'dAtE : now', '', 'body', '.', ''];
  const wire = lines.map((line) => (line === '.' ? '..' : line)).join('\r\n');
  for (let cut = 0; cut <= wire.length; cut += 3) {
    for (const line of ['MAIL FROM:<u@our.test>', 'RCPT TO:<u@our.test>', 'DATA'])
      assert.ok((await client.command(line)).code < 400);
    await client.send(wire.slice(0, cut));
    await client.send(`${wire.slice(cut)}.\r\n`);
    assert.equal((await client.read()).code, 250);
    assert.equal(lastMessage(smtpd), lines.join('\n'));
  }
  client.close();
});

test('a header of many pieces is held to its limit and no further; a text without header becomes a body', async () => {
  const smtpd = await startTestSmtpd({ limits: { headerBytes: 100_000 } }, all);
  const client = await logIn(smtpd, 'submission');
  const fields = (count: number) => `${'X-Filler: 89 12345678\r\n'.repeat(count)}\r\nb`;
  assert.equal((await client.sendMessage('u@our.test', ['u@our.test'], fields(4000))).code, 250);
  const queued = lastMessage(smtpd);
  assert.equal(queued.replace(generated, ''), `${'X-Filler: 89 12345678\n'.repeat(4000)}\nb\n`);
  assert.equal((await client.sendMessage('u@our.test', ['u@our.test'], fields(5000))).code, 552);
  assert.equal((await client.sendMessage('u@our.test', ['u@our.test'], 'hello')).code, 250);
  assert.match(lastMessage(smtpd), /^Date: .*\nMessage-ID: .*\nFrom: u@our\.test\n\nhello\n$/);
  client.close();
});

test('port 25 adds nothing, not even for relayclients', async () => {
  const smtpd = await startTestSmtpd({ relayclients: ['127.0.0.1'] }, all);
  const client = await smtpd.connect('smtp');
  await client.hello();
  const letter = 'Bcc: x\r\nSubject: s\r\n\r\nb';
  assert.equal((await client.sendMessage('s@x.test', ['v@relay.test'], letter)).code, 250);
  assert.equal(lastMessage(smtpd), 'Bcc: x\nSubject: s\n\nb\n');
  client.close();
});
