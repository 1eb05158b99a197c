// Known weaknesses of the qmail family (spec/qmail.md 14), as far as they lie at the doors: each test names its number
// there, and shows that it does not work here.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readBadList } from '../../mta/control/bad-list.ts';
import { HeaderScan } from '../../mta/smtpd/header-scan.ts';
import { derivePolicy } from '../../mta/smtpd/session-policy.ts';
import { defaultLimits } from '../../mta/smtpd/settings.ts';
import { makePolicyHome, startPolicySmtpd } from '../support/policy.ts';
import { badList, RawSmtpClient, startTestSmtpd, type TestSmtpd, testSettings } from '../support/smtp.ts';

/** Waits for the reply to the end of a message begun with these header lines. */
async function sendRaw(smtpd: TestSmtpd, parts: Iterable<string>): Promise<string> {
  const client = await smtpd.connect();
  await client.hello();
  for (const line of ['MAIL FROM:<s@x.test>', 'RCPT TO:<u@our.test>', 'DATA']) await client.command(line);
  for (const part of parts) await client.send(part);
  await client.send('\r\n.\r\n');
  const { text } = await client.read(30_000);
  client.close();
  return text;
}

test('1 and 4 (CVE-2005-1513, long headers): a header line of megabytes is refused at 1 MiB, and never held', async () => {
  const smtpd = await startTestSmtpd();
  const megabytes = function* () {
    yield 'Subject: ';
    for (let i = 0; i < 48; i++) yield 'x'.repeat(65_536);
  };
  const before = process.memoryUsage().rss;
  assert.equal(
    await sendRaw(smtpd, megabytes()),
    '552 5.3.4 sorry, that message header is too large (#5.3.4)',
  );
  assert.ok(process.memoryUsage().rss - before < 100 * 1024 * 1024);
  assert.equal(smtpd.injector.messages.length, 0);
});

test('2 (CVE-2005-1514): a command line without end is thrown away as it comes, and the fourth ends the session', async () => {
  const smtpd = await startTestSmtpd();
  const client = await smtpd.connect();
  await client.hello();
  for (let line = 1; line <= 4; line++) {
    for (let i = 0; i < 16; i++) await client.send('y'.repeat(65_536));
    await client.send('\r\n');
    assert.equal((await client.read()).code, line < 4 ? 500 : 421);
  }
  client.close();
});

test('3 (CVE-2005-1515): recipients are bounded by maxrcpt, and by 100,000 whatever a variable says', async () => {
  const smtpd = await startTestSmtpd({ maxrcpt: 2 });
  const client = await smtpd.connect();
  await client.hello();
  await client.command('MAIL FROM:<s@x.test>');
  const codes: number[] = [];
  for (let i = 0; i < 4; i++) codes.push((await client.command('RCPT TO:<u@our.test>')).code);
  assert.deepEqual(codes, [250, 250, 452, 452]);
  client.close();
  const variables = new Map([['DISABLE_MAXRCPT', '1']]);
  const facts = { variables, isNamed: true, isRelayClient: true, host: undefined };
  assert.equal(derivePolicy(facts, testSettings).maxrcpt, 100_000);
});

test('7 (smuggling in): ALLOW_BARELF is no switch here, on no door and for no client', async () => {
  const home = await makePolicyHome();
  await home.control('tcp.smtp', ':allow,ALLOW_BARELF="1",RELAYCLIENT=""\n');
  await home.control('tcp.submission', ':allow,ALLOW_BARELF="1"\n');
  const smtpd = await startPolicySmtpd(home);
  for (const end of ['\n.\n', '\n.\r\n', '\r\n.\n', '\r.\r']) {
    const client = await smtpd.connect();
    await client.hello();
    for (const line of ['MAIL FROM:<s@x.test>', 'RCPT TO:<v@relay.test>', 'DATA']) await client.command(line);
    await client.send(`a${end}MAIL FROM:<evil@x.test>\r\nRCPT TO:<u@our.test>\r\nDATA\r\nb\r\n.\r\n`);
    assert.match((await client.read()).text, /^550 5\.5\.2 /, JSON.stringify(end));
    assert.equal(await client.readToEnd(), '', 'nothing behind it is answered');
  }
  assert.equal(smtpd.injector.messages.length, 0);
});

test('8 (bare CR stored): a message with a lone CR is refused, in the header and in the body', async () => {
  const smtpd = await startTestSmtpd();
  for (const text of ['Subject: a\rb\r\n\r\nc', 'Subject: a\r\n\r\nb\rc', 'Subject: a\r\n\r\nb\r\r\nc'])
    assert.match(await sendRaw(smtpd, [text]), /^550 5\.5\.2 /, JSON.stringify(text));
  assert.equal(smtpd.injector.messages.length, 0);
});

test('11 (backscatter): who does not exist is refused at RCPT, also when validrcptto and plugins know nothing of him', async () => {
  const smtpd = await startTestSmtpd({ validrcptto: new Set(['other@our.test']) });
  const client = await smtpd.connect();
  await client.hello();
  await client.command('MAIL FROM:<>');
  assert.equal((await client.command('RCPT TO:<nobody@our.test>')).code, 550);
  assert.equal((await client.command('RCPT TO:<other@our.test>')).code, 250);
  client.close();
});

test('12: SIZE is judged at MAIL by the limit of this client, and so is the room on the disk', async () => {
  const home = await makePolicyHome();
  await home.control('tcp.smtp', '127.0.0.1:allow,DATABYTES="1000"\n');
  const smtpd = await startPolicySmtpd(home);
  const client = await smtpd.connect();
  await client.hello();
  assert.equal((await client.command('MAIL FROM:<s@x.test> SIZE=1001')).code, 552);
  assert.equal((await client.command('MAIL FROM:<s@x.test> SIZE=1000')).code, 250);
  client.close();
  const full = await startTestSmtpd({}, { hasRoom: () => false });
  const other = await full.connect();
  await other.hello();
  assert.match((await other.command('MAIL FROM:<s@x.test>')).text, /^452 4\.3\.1 /);
  other.close();
});

test('13: without a control file there are limits on recipients, connections, errors, commands and time', () => {
  const { maxrcpt, maxconnections, maxconnectionsperip } = testSettings;
  for (const limit of [
    maxrcpt,
    maxconnections,
    maxconnectionsperip,
    ...Object.values({ ...defaultLimits, greetDelay: 1 }),
  ])
    assert.ok(limit > 0 && Number.isFinite(limit));
});

test('14 (open relay): no rcpthosts means nobody; RELAYCLIENT for everybody does not come by accident', async () => {
  const smtpd = await startTestSmtpd({ rcpthosts: undefined });
  const client = await smtpd.connect();
  await client.hello();
  await client.command('MAIL FROM:<s@x.test>');
  for (const recipient of ['v@relay.test', 'u@our.test', 'v%relay.test@our.test', '@our.test:v@relay.test'])
    assert.equal((await client.command(`RCPT TO:<${recipient}>`)).code, 553, recipient);
  client.close();
  const home = await makePolicyHome();
  await home.control('tcp.smtp', '127.0.0.9:deny\n:allow,RELAYCLIENT=""\n');
  const open = await startPolicySmtpd(home);
  const greeted = await open.connect();
  await greeted.hello();
  greeted.close();
  assert.ok(open.lines.some((line) => /warning: the rules of .* let everybody relay/.test(line)));
});

test('20: what strangers say is never part of a command: names and addresses go to programs as variables', async () => {
  const home = await makePolicyHome();
  await home.script(
    'plugin',
    'printf "%s|%s|%s\\n" "$SMTPHELOHOST" "$SMTPMAILFROM" "$#" > "$HOME_OF_TEST/seen"',
  );
  await home.control('smtpplugins', '[mail]\nbin/plugin\n');
  await home.control('tcp.smtp', ':allow,ENABLE_SPP="",SPPCONFFILE="control/smtpplugins"\n');
  const smtpd = await startPolicySmtpd(home);
  const client = await smtpd.connect();
  await client.hello(';reboot;`id`');
  assert.equal((await client.command('MAIL FROM:<"$(id)|x"@x.test>')).code, 250);
  assert.equal(await home.note('seen'), ';reboot;`id`|$(id)|x@x.test|0\n');
  client.close();
});

test('21: lists are compared with the address after its quotes and escapes are gone, and without regard to case', async () => {
  const smtpd = await startTestSmtpd({
    badmailfrom: badList('bad@x.test', '@evil.test'),
    badrcptto: badList('^u@our\\.test$'),
  });
  for (const sender of [
    'bad@x.test',
    'BAD@X.TEST',
    '"bad"@x.test',
    'b\\ad@x.test',
    '@relay.test:bad@x.test',
    'x@EVIL.test',
  ]) {
    const client = await smtpd.connect();
    await client.hello();
    assert.equal((await client.command(`MAIL FROM:<${sender}>`)).code, 250);
    assert.match((await client.command('RCPT TO:<postmaster@our.test>')).text, /badmailfrom/, sender);
    client.close();
  }
  for (const recipient of ['u@our.test', '"u"@our.test', 'U@OUR.TEST', '\\u@our.test', '"\\u"@[127.0.0.1]']) {
    const client = await smtpd.connect();
    await client.hello();
    await client.command('MAIL FROM:<s@x.test>');
    assert.match(
      (await client.command(`RCPT TO:<${recipient}>`)).text,
      /recipient has been denied/,
      recipient,
    );
    client.close();
  }
});

test('22: hops are Received and Delivered-To fields, not all whose names begin so', () => {
  const scan = new HeaderScan();
  const fields = [
    'Received',
    'received',
    'Delivered-To',
    'Received-SPF',
    'Delivered-Date',
    'Receivedx',
    'X-Received',
  ];
  scan.push(
    Buffer.from(`${fields.map((name) => `${name}: x\n`).join('')} Received: folded\n\nReceived: body\n`),
  );
  assert.equal(scan.hops, 3);
});

test('patterns of an administrator cannot be made slow by a stranger', () => {
  const list = readBadList({
    path: 'badmailfrom',
    text: '^(([a-z])+.)+[A-Z]([a-z])+@$\n(a*)*(b*)*c@d\n',
    me: undefined,
  });
  const began = performance.now();
  for (let i = 0; i < 20; i++) list.find(`${'a'.repeat(880)}@example.com`);
  assert.ok(performance.now() - began < 5000);
});

test('a rule that closes the door closes it before a byte is read', async () => {
  const home = await makePolicyHome();
  await home.control('tcp.smtp', ':deny\n');
  const smtpd = await startPolicySmtpd(home);
  const client = await RawSmtpClient.connect(smtpd.port());
  await client.send('EHLO early\r\nMAIL FROM:<a@b.test>\r\n');
  assert.equal(await client.readToEnd(), '');
});
