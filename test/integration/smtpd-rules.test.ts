// Access rules of the doors (tcp.smtp, tcp.qmtp, tcp.qmqp; spec/qmail.md 4.5) and what the variables that they give do
// to a session (4.1), over real sockets and files.
import assert from 'node:assert/strict';
import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { compileTcpRules } from '../../mta/control/tcp-rules.ts';
import { encodeNetstring } from '../../mta/formats/netstring.ts';
import { makePolicyHome, startPolicyServer, startPolicySmtpd } from '../support/policy.ts';
import { qmtpPackage } from '../support/qmtp.ts';
import { until } from '../support/serve.ts';
import { RawSmtpClient, type TestSmtpd } from '../support/smtp.ts';

/** The code of RCPT for an address elsewhere. */
async function relay(smtpd: TestSmtpd, to = 'v@relay.test'): Promise<string> {
  const client = await smtpd.connect();
  await client.hello();
  await client.command('MAIL FROM:<s@x.test>');
  const { text } = await client.command(`RCPT TO:<${to}>`);
  client.close();
  return text;
}

test('deny closes without a word, as tcpserver does', async () => {
  const home = await makePolicyHome();
  await home.control('tcp.smtp', '127.0.0.2:allow\n127.:deny\n');
  const smtpd = await startPolicySmtpd(home);
  const client = await smtpd.connect();
  assert.equal(await client.readToEnd(), '');
  const other = await RawSmtpClient.connect(smtpd.port(), '127.0.0.1', '127.0.0.2');
  assert.equal((await other.read()).code, 220);
  other.close();
  assert.ok(smtpd.lines.some((line) => line.includes('result=denied')));
});

test('RELAYCLIENT lets the client send to anywhere; its value is appended to each recipient', async () => {
  const home = await makePolicyHome();
  await home.control(
    'tcp.smtp',
    '127.0.0.1:allow,RELAYCLIENT=""\n127.0.0.2:allow,RELAYCLIENT="@gate.test"\n:allow\n',
  );
  const smtpd = await startPolicySmtpd(home);
  assert.equal(await relay(smtpd), '250 ok');
  for (const [address, relayed] of [
    ['127.0.0.2', '250'],
    ['127.0.0.3', '553'],
  ] as const) {
    const client = await RawSmtpClient.connect(smtpd.port(), '127.0.0.1', address);
    await client.hello();
    const reply = await client.sendMessage('s@x.test', ['v@relay.test'], 'Subject: s\r\n\r\nb');
    assert.ok(reply.text.startsWith(relayed), reply.text);
    client.close();
  }
  const stranger = await RawSmtpClient.connect(smtpd.port(), '127.0.0.1', '127.0.0.3');
  await stranger.hello();
  await stranger.sendMessage('s@x.test', ['u@our.test'], 'Subject: s\r\n\r\nb');
  stranger.close();
  assert.deepEqual(
    smtpd.injector.messages.map(({ origin, recipients }) => [origin, recipients]),
    [
      ['relay', ['v@relay.test@gate.test']],
      ['network', ['u@our.test']],
    ],
    'the queue hears who may relay',
  );
});

test('a change of the rules counts within a second, and the cdb wins unless it is older', async () => {
  const home = await makePolicyHome();
  const text = join(home.home, 'control', 'tcp.smtp');
  const at = (path: string, seconds: number) => utimes(path, seconds, seconds);
  const smtpd = await startPolicySmtpd(home);
  assert.match(await relay(smtpd), /^553 /);
  await home.control('tcp.smtp', ':allow,RELAYCLIENT=""\n');
  await at(text, 1_700_000_000);
  await until('the text counts', async () => (await relay(smtpd)).startsWith('250'));
  await home.control('tcp.smtp.cdb', compileTcpRules(':allow\n'));
  await at(`${text}.cdb`, 1_700_000_000);
  await until('the cdb counts', async () => (await relay(smtpd)).startsWith('553'));
  assert.deepEqual(
    smtpd.lines.filter((line) => line.includes('newer')),
    [],
  );
  await at(text, 1_700_000_001);
  await until('the text is newer', async () => (await relay(smtpd)).startsWith('250'));
  const warned = smtpd.lines.filter((line) => line.includes('is newer than its cdb'));
  assert.equal(warned.length, 1, 'said once, not for each connection');
});

test('rules that have become unreadable keep their old form, and are told once with their line', async () => {
  const home = await makePolicyHome();
  await home.control('tcp.smtp', ':allow,RELAYCLIENT=""\n');
  const smtpd = await startPolicySmtpd(home);
  assert.match(await relay(smtpd), /^250/);
  await home.control('tcp.smtp', ':allow\n10.:permit\n');
  await until('it is told', async () => {
    assert.match(await relay(smtpd), /^250/);
    return smtpd.lines.some((line) => line.includes('alert'));
  });
  const alert = smtpd.lines.find((line) => line.includes('alert'))!;
  assert.match(alert, /tcp\.smtp, keeping the old rules: line 2: unable to parse this line: 10\.:permit/);
});

test('rules that never were readable let nobody in: nobody knows who was denied', async () => {
  const home = await makePolicyHome();
  await home.control('tcp.smtp', 'nonsense:\n');
  const smtpd = await startPolicySmtpd(home);
  const client = await smtpd.connect();
  assert.equal((await client.read()).text, '421 4.3.0 unable to read controls (#4.3.0)');
});

test('names count only when they lead back to the address, and are asked for only by rules with names', async () => {
  const home = await makePolicyHome();
  await home.control('tcp.smtp', '=friend.test:allow,RELAYCLIENT=""\n:allow\n');
  const zone = {
    '1.0.0.127.in-addr.arpa': { PTR: ['friend.test'] },
    '2.0.0.127.in-addr.arpa': { PTR: ['friend.test'] },
    'friend.test': { A: ['127.0.0.1'] },
  };
  const smtpd = await startPolicySmtpd(home, { zone });
  assert.match(await relay(smtpd), /^250/);
  const liar = await RawSmtpClient.connect(smtpd.port(), '127.0.0.1', '127.0.0.2');
  await liar.hello();
  await liar.command('MAIL FROM:<s@x.test>');
  assert.equal((await liar.command('RCPT TO:<v@relay.test>')).code, 553);
  liar.close();
  const client = await smtpd.connect();
  await client.hello('friend.test');
  await client.sendMessage('s@x.test', ['u@our.test'], 'Subject: s\r\n\r\nb');
  client.close();
  const [message] = smtpd.injector.messages;
  assert.match(message!.message.toString(), /^Received: from friend\.test \(127\.0\.0\.1\)\n/);
});

test('DATABYTES takes the place of databytes, in EHLO, at MAIL and while the message comes; 0 is no limit', async () => {
  const home = await makePolicyHome();
  await home.control('tcp.smtp', '127.0.0.1:allow,DATABYTES="50"\n:allow,DATABYTES="0"\n');
  const smtpd = await startPolicySmtpd(home, { settings: { databytes: 20 } });
  const client = await smtpd.connect();
  assert.match((await client.hello()).text, /^250-SIZE 50$/m);
  assert.equal((await client.command('MAIL FROM:<s@x.test> SIZE=51')).code, 552);
  assert.equal((await client.sendMessage('s@x.test', ['u@our.test'], 'x'.repeat(60))).code, 552);
  assert.equal((await client.sendMessage('s@x.test', ['u@our.test'], 'x'.repeat(40))).code, 250);
  client.close();
  const free = await RawSmtpClient.connect(smtpd.port(), '127.0.0.1', '127.0.0.9');
  assert.match((await free.hello()).text, /^250-SIZE 0$/m);
  assert.equal((await free.sendMessage('s@x.test', ['u@our.test'], 'x'.repeat(60))).code, 250);
  free.close();
});

test('RBLSMTPD answers every recipient, as rblsmtpd did', async () => {
  const home = await makePolicyHome();
  await home.control(
    'tcp.smtp',
    '127.0.0.1:allow,RBLSMTPD="-Blocked - see http://x.test/"\n:allow,RBLSMTPD="Later"\n',
  );
  const smtpd = await startPolicySmtpd(home);
  assert.equal(await relay(smtpd, 'u@our.test'), '553 5.7.1 Blocked - see http://x.test/');
  const client = await RawSmtpClient.connect(smtpd.port(), '127.0.0.1', '127.0.0.5');
  await client.hello();
  await client.command('MAIL FROM:<s@x.test>');
  assert.equal((await client.command('RCPT TO:<u@our.test>')).text, '451 4.7.1 Later');
  client.close();
});

test('RELAYCLIENT does not stand in for a login at the submission doors (R1)', async () => {
  const home = await makePolicyHome();
  await home.control('tcp.submission', ':allow,RELAYCLIENT=""\n');
  const smtpd = await startPolicySmtpd(home, { names: ['submission'] });
  const client = await smtpd.connect('submission');
  await client.hello();
  assert.equal((await client.command('MAIL FROM:<s@x.test>')).code, 530);
  client.close();
});

test('qmtpd obeys tcp.qmtp: relaying, its size limit, deny', async () => {
  const home = await makePolicyHome();
  await home.control('tcp.qmtp', '127.:allow,RELAYCLIENT="",DATABYTES="10"\n');
  const server = await startPolicyServer('qmtp', home);
  const client = await server.connect();
  await client.send(qmtpPackage('\nshort\n', 's@x.test', ['v@relay.test']));
  assert.deepEqual(await client.read(), ['Kok 1732290000 qp 123']);
  await client.send(qmtpPackage('\nlonger than ten\n', 's@x.test', ['v@relay.test']));
  assert.deepEqual(await client.read(), ['Dsorry, that message size exceeds my databytes limit (#5.3.4)']);
  client.close();
});

test('qmqpd takes mail from those whom a rule of tcp.qmqp lets in, and from nobody else', async () => {
  const home = await makePolicyHome();
  const server = await startPolicyServer('qmqp', home);
  const packet = encodeNetstring(
    Buffer.concat(['Subject: s\n\nb\n', 's@x.test', 'v@relay.test'].map((text) => encodeNetstring(text))),
  );
  const stranger = await server.connect();
  assert.deepEqual(await stranger.read(), ["Dsorry, your address isn't in my list of relayclients (#5.7.1)"]);
  stranger.close();
  await home.control('tcp.qmqp', '127.0.0.1:allow\n:deny\n');
  await until('the rule counts', async () => {
    const client = await server.connect();
    await client.send(packet);
    const [answer] = await client.read();
    client.close();
    return answer?.startsWith('K') === true;
  });
});
