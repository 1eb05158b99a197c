// Relaying (spec/security.md R1): every known way of writing a foreign recipient, from every kind of sender, is refused
// or is local delivery to exactly the quoted user; nothing ever goes to a foreign host for a stranger.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listedAccounts, startTestSmtpd } from '../support/smtp.ts';

const SENDERS = ['s@sender.test', 's@our.test', 's@localhost', 's', '', 's@[127.0.0.1]', 'postmaster'];

/** [argument of RCPT, the local recipient that may be taken or undefined for "refused"] */
const FORMS: readonly (readonly [string, string?])[] = [
  ['<v@relay.test>'],
  ['<"v@relay.test">'],
  ['<"v%relay.test">'],
  ['<v%relay.test>'],
  ['<v%relay.test@our.test>'],
  ['<v%relay.test@[127.0.0.1]>'],
  ['<v%relay.test@localhost>'],
  ['<v@relay.test@our.test>'],
  ['<"v@relay.test"@our.test>'],
  ['<v@relay.test@[127.0.0.1]>'],
  ['<@our.test:v@relay.test>'],
  ['<@[127.0.0.1]:v@relay.test>'],
  ['<@our.test,@x.test:v@relay.test>'],
  ['<relay.test!v>'],
  ['<relay.test!v@our.test>'],
  ['<relay.test!v@[127.0.0.1]>'],
  ['<relay.test!our.test!v>'],
  ['<our.test!relay.test!v>'],
  ['<v%relay.test%our.test>'],
  ['<v@relay.test.>'],
  ['<v@our.test.relay.test>'],
  ['<v@evilour.test>'],
  ['<v@our.test.>'],
  ['<u@OUR.TEST>', 'u@our.test'],
  ['<v@relay.test(@our.test)>'],
  ['<v(@our.test)@relay.test>'],
  ['<"a@our.test,v"@relay.test>'],
  ['<v@relay.test,u@our.test>'],
  ['<u@our.test> <v@relay.test>'],
  ['<v@relay.test> ORCPT=rfc822;u@our.test'],
  ['v@relay.test'],
  [' <v@relay.test>'],
  ['\t<v@relay.test>'],
  ['<v@relay.test'],
  ['<u@our.test'],
  ['<v@127.0.0.1>'],
  ['<v@[127.0.0.1]>'],
  ['<v@[::1]>'],
  ['<v@[IPv6:::1]>'],
  ['<v@[IPv6:::ffff:127.0.0.1]>'],
  ['<v@2130706433>'],
  ['<v@0x7f000001>'],
  ['<v@relay.test\0@our.test>'],
  ['<v@relay.test\r@our.test>'],
  ['<v@relay.test\t@our.test>'],
  ['<v@relay.test @our.test>'],
  ['<v@relay.test\x80@our.test>'],
  ['<v@xn--our-test-9b1b.test>'],
  [Buffer.from('<u@ｏｕｒ.test>').toString('latin1')],
  [Buffer.from('<u@our。test>').toString('latin1')],
  ['<@relay.test>'],
  ['<>'],
  ['<Postmaster>', 'Postmaster'],
  ['<abuse@our.test>', 'abuse@our.test'],
  ['<u-v=relay.test@our.test>', 'u-v=relay.test@our.test'],
  ['<SRS0=xxxx=TT=relay.test=v@our.test>'],
  ['<SRS1=xxxx=relay.test==TT=v@our.test>'],
  ['<list-subscribe-v=relay.test@our.test>'],
  ['<alias-|cmd@our.test>'],
  ['<u-../../x@our.test>'],
  ['<u/../../x@our.test>'],
  ['<-f@our.test>'],
  ['<-oQ@our.test>'],
  [`<${'a'.repeat(64)}@our.test>`],
  [`<${'a'.repeat(65)}@our.test>`],
  [`<${'a'.repeat(900)}@our.test>`],
  [`<${'a'.repeat(1001)}@our.test>`],
  [`<v@${`${'a'.repeat(62)}.`.repeat(4)}x>`],
  [`<v@${`${'a'.repeat(62)}.`.repeat(4)}xx>`],
  [`<v@${`${'a'.repeat(62)}.`.repeat(4)}xxx>`],
  [`<v@${'a'.repeat(63)}.test>`],
  [`<v@${'a'.repeat(64)}.test>`],
  ['<...@our.test>'],
  ['<.v@our.test>'],
  ['<v..w@our.test>'],
  ['<v@...>'],
  ['<"">'],
  ['<""@our.test>'],
  ['<"u"@our.test>', 'u@our.test'],
  ['<u>', 'u'],
  ['<nobody>'],
];

const accounts = listedAccounts({ 'u@our.test': '', 'abuse@our.test': '', 'u-v=relay.test@our.test': '' });

test('no form of a recipient relays for a stranger, from any sender', async () => {
  for (const percenthack of [new Set<string>(), new Set(['our.test'])]) {
    const smtpd = await startTestSmtpd(
      {
        percenthack,
        limits: { errorsToClose: 10_000, unknownToClose: 10_000, idleCommands: 10_000, transactions: 10_000 },
      },
      { accounts },
    );
    const client = await smtpd.connect();
    await client.hello();
    for (const sender of SENDERS)
      for (const [form, local] of FORMS)
        for (const parameters of ['', ' SMTPUTF8']) {
          assert.equal((await client.command('RSET')).code, 250);
          assert.equal((await client.command(`MAIL FROM:<${sender}>${parameters}`)).code, 250, sender);
          const reply = await client.command(`RCPT TO:${form}`);
          const name = JSON.stringify([sender, form, reply.text]);
          assert.ok(local === undefined ? reply.code >= 500 : reply.code === 250, name);
        }
    client.close();
    await smtpd.service.close();
  }
});

test('a line feed inside a recipient ends the session before anything is taken', async () => {
  const smtpd = await startTestSmtpd({}, { accounts });
  for (const address of ['v@relay.test\n@our.test', 'u@our.test\nRCPT TO:<v@relay.test>']) {
    const client = await smtpd.connect();
    await client.hello();
    await client.command('MAIL FROM:<s@sender.test>');
    await client.send(`RCPT TO:<${address}>\r\nDATA\r\nx\r\n.\r\n`);
    assert.match(await client.readToEnd(), /^500 5\.5\.2 [^\r\n]*\r\n$/, JSON.stringify(address));
    client.close();
  }
  assert.equal(smtpd.injector.messages.length, 0);
  await smtpd.service.close();
});

test('what is taken is queued for exactly that local user', async () => {
  const smtpd = await startTestSmtpd({}, { accounts });
  const client = await smtpd.connect();
  await client.hello();
  for (const [form, local] of FORMS) {
    if (local === undefined) continue;
    await client.command('MAIL FROM:<s@sender.test>');
    await client.command(`RCPT TO:${form}`);
    await client.command('DATA');
    await client.send('x\r\n.\r\n');
    assert.equal((await client.read()).code, 250);
    assert.deepEqual(smtpd.injector.messages.at(-1)!.recipients, [local]);
  }
  client.close();
  await smtpd.service.close();
});

test('a source route is dropped, our own address is localiphost, percenthack cannot leave the site', async () => {
  const smtpd = await startTestSmtpd({ percenthack: new Set(['our.test']), limits: { errorsToClose: 1000 } });
  const client = await smtpd.connect();
  await client.hello();
  await client.command('MAIL FROM:<s@sender.test>');
  for (const form of [
    '<@x.test,@y.test:u@our.test>',
    '<u@[127.0.0.1]>',
    '<u%our.test@our.test>',
    ' <u@our.test>',
    'u@our.test',
  ])
    assert.equal((await client.command(`RCPT TO:${form}`)).code, 250, form);
  await client.command('DATA');
  await client.send('x\r\n.\r\n');
  await client.read();
  assert.deepEqual(smtpd.injector.messages[0]!.recipients, [
    'u@our.test',
    'u@our.test',
    'u%our.test@our.test',
    'u@our.test',
    'u@our.test',
  ]);
  client.close();
  await smtpd.service.close();
});

test('RCPT before MAIL, after a refused MAIL and after RSET is 503', async () => {
  const smtpd = await startTestSmtpd();
  const client = await smtpd.connect();
  await client.hello();
  assert.equal((await client.command('RCPT TO:<v@relay.test>')).code, 503);
  assert.equal((await client.command('MAIL FROM:<a@x.test> SIZE=99999999999')).code, 552);
  assert.equal((await client.command('RCPT TO:<u@our.test>')).code, 503);
  assert.equal((await client.command('MAIL FROM:<a@x.test>')).code, 250);
  assert.equal((await client.command('RSET')).code, 250);
  assert.equal((await client.command('RCPT TO:<u@our.test>')).code, 503);
  assert.equal((await client.command('DATA')).code, 503);
  client.close();
  await smtpd.service.close();
});

test('10,000 recipients in one transaction: 452 behind the limit, the accepted ones are delivered', async () => {
  const smtpd = await startTestSmtpd();
  const client = await smtpd.connect();
  await client.hello();
  await client.command('MAIL FROM:<s@sender.test>');
  void client.send('RCPT TO:<u@our.test>\r\n'.repeat(10_000));
  const counts = new Map<string, number>();
  for (let i = 0; i < 10_000; i++) {
    const { text } = await client.read();
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  assert.deepEqual(
    [...counts],
    [
      ['250 ok', 1000],
      ['452 4.5.3 sorry, too many recipients (#4.5.3)', 9000],
    ],
  );
  await client.command('DATA');
  await client.send('x\r\n.\r\n');
  assert.equal((await client.read()).code, 250);
  assert.equal(smtpd.injector.messages[0]!.recipients.length, 1000);
  client.close();
  await smtpd.service.close();
});

test('all refusals of unknown local users have the same words', async () => {
  const smtpd = await startTestSmtpd();
  const client = await smtpd.connect();
  await client.hello();
  await client.command('MAIL FROM:<s@sender.test>');
  for (const form of ['<nobody@our.test>', '<nobody>', '<nobody@[127.0.0.1]>'])
    assert.equal(
      (await client.command(`RCPT TO:${form}`)).text,
      '550 5.1.1 sorry, no mailbox here by that name (#5.1.1)',
    );
  client.close();
  await smtpd.service.close();
});
