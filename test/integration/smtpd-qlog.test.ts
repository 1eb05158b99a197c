// qlogenvelope and qlogreceived (spec/qmail.md 4.2): the fields that log readers of the patched qmails know, one line for
// each recipient and each message, and nothing that a client chose can end a field.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestSmtpd } from '../support/smtp.ts';

const names =
  'result code reason detail helo mailfrom rcptto relay rcpthosts size authuser authtype encrypted sslverified localip localport remoteip remoteport remotehost qp pid';

/** The fields of a line. */
function fieldsOf(line: string): Record<string, string> {
  const [, rest = ''] = /^qlog(?:envelope|received): (.*)$/.exec(line) ?? [];
  const pairs = rest.split(' ').map((pair) => [pair.split('=')[0]!, pair.slice(pair.indexOf('=') + 1)]);
  assert.equal(pairs.map(([name]) => name).join(' '), names, line);
  return Object.fromEntries(pairs) as Record<string, string>;
}

test('each recipient and each message has its line, with qmail’s reasons', async () => {
  const smtpd = await startTestSmtpd({ qlog: 1, databytes: 100 });
  const client = await smtpd.connect();
  await client.hello('he lo=x');
  await client.command('MAIL FROM:<s@far.test> SIZE=50');
  for (const recipient of ['u@our.test', 'nobody@our.test', 'v@relay.test', '"a =\\"b"@relay.test'])
    await client.command(`RCPT TO:<${recipient}>`);
  await client.command('DATA');
  await client.send('Subject: a\r\n\r\nb\r\n.\r\n');
  await client.read();
  await client.sendMessage('s@far.test', ['u@our.test'], 'x'.repeat(200));
  const lines = (kind: string) => smtpd.lines.filter((line) => line.startsWith(`${kind}:`)).map(fieldsOf);
  const envelopes = lines('qlogenvelope');
  assert.deepEqual(
    envelopes.map(({ result, code, reason, rcptto, rcpthosts }) => [result, code, reason, rcptto, rcpthosts]),
    [
      ['accepted', '250', 'ok', 'u@our.test', 'yes'],
      ['rejected', '550', 'nomailbox', 'nobody@our.test', 'yes'],
      ['rejected', '553', 'not_in_rcpthosts', 'v@relay.test', 'no'],
      ['rejected', '553', 'not_in_rcpthosts', envelopes[3]!.rcptto, 'no'],
      ['accepted', '250', 'ok', 'u@our.test', 'yes'],
    ],
  );
  assert.match(envelopes[3]!.rcptto!, /^a\\x20=.*@relay\.test$/);
  const { helo, mailfrom, size, remoteip, encrypted, relay, pid } = envelopes[0]!;
  assert.deepEqual(
    [helo, mailfrom, size, remoteip, encrypted, relay, pid],
    ['he\\x20lo=x', 's@far.test', '50', '127.0.0.1', 'no', 'no', String(process.pid)],
  );
  assert.deepEqual(
    lines('qlogreceived').map((one) => [one.result, one.code, one.reason, one.size, one.qp]),
    [
      ['accepted', '250', 'ok', '14', '123'],
      ['rejected', '552', 'databytes_limit_exceeded', '201', ''],
    ],
  );
  client.close();
});

test('without control/qlog there are none', async () => {
  const smtpd = await startTestSmtpd();
  const client = await smtpd.connect();
  await client.hello();
  await client.sendMessage('s@far.test', ['u@our.test'], 'x');
  assert.equal(smtpd.lines.filter((line) => line.startsWith('qlog')).length, 0);
  client.close();
});
