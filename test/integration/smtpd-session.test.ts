// The SMTP door over real sockets: what a session says, what reaches the queue, and in which words.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { permanent, temporary } from '../../mta/outcome.ts';
import { badList, startTestSmtpd } from '../support/smtp.ts';

test('a session in qmail’s words, and the message with its Received line on top', async () => {
  const smtpd = await startTestSmtpd({}, { now: () => 1_795_336_200_000 });
  const client = await smtpd.connect();
  assert.equal((await client.read()).text, '220 mx.our.test ESMTP');
  assert.equal(
    (await client.command('EHLO client.test')).text,
    '250-mx.our.test\n250-PIPELINING\n250-8BITMIME\n250-SMTPUTF8\n250-SIZE 52428800\n250-ENHANCEDSTATUSCODES\n250-CHUNKING\n250-DSN\n250 LIMITS MAILMAX=100 RCPTMAX=1000',
  );
  assert.equal((await client.command('MAIL FROM:<s@sender.test> SIZE=100 BODY=8BITMIME')).text, '250 ok');
  assert.equal((await client.command('RCPT TO:<u@our.test>')).text, '250 ok');
  assert.equal((await client.command('DATA')).text, '354 go ahead');
  await client.send('Subject: t\r\n\r\n..one\r\n...\r\nlast\r\n.\r\n');
  assert.equal((await client.read()).text, '250 ok 1732290000 qp 123');
  assert.equal((await client.command('QUIT')).text, '221 mx.our.test');
  assert.equal(await client.readToEnd(), '');
  client.close();
  assert.equal(smtpd.injector.messages.length, 1);
  const [message] = smtpd.injector.messages;
  assert.equal(message!.origin, 'network');
  assert.equal(message!.sender, 's@sender.test');
  assert.deepEqual(message!.recipients, ['u@our.test']);
  assert.equal(
    message!.message.toString(),
    'Received: from unknown (HELO client.test) (127.0.0.1)\n  by mx.our.test with ESMTP; 22 Nov 2026 08:30:00 -0000\n' +
      'Subject: t\n\n.one\n..\nlast\n',
  );
  await smtpd.service.close();
});

test('a session without HELO is served, as qmail-smtpd does, and is SMTP', async () => {
  const smtpd = await startTestSmtpd();
  const client = await smtpd.connect();
  await client.read();
  assert.equal((await client.sendMessage('', ['Postmaster'], 'x: y\r\n\r\n')).code, 250);
  assert.match(
    smtpd.injector.messages[0]!.message.toString(),
    /^Received: from unknown \(127\.0\.0\.1\)\n {2}by mx\.our\.test with SMTP; /,
  );
  assert.deepEqual(smtpd.injector.messages[0]!.recipients, ['Postmaster']);
  client.close();
  await smtpd.service.close();
});

test('two messages in one session, the second does not know the first', async () => {
  const smtpd = await startTestSmtpd();
  const client = await smtpd.connect();
  await client.hello();
  assert.equal((await client.sendMessage('a@x.test', ['u@our.test'], 'one')).code, 250);
  assert.equal((await client.command('RCPT TO:<u@our.test>')).text, '503 5.5.1 MAIL first (#5.5.1)');
  assert.equal((await client.sendMessage('b@x.test', ['postmaster@our.test'], 'two')).code, 250);
  client.close();
  assert.deepEqual(
    smtpd.injector.messages.map((one) => [one.sender, one.recipients]),
    [
      ['a@x.test', ['u@our.test']],
      ['b@x.test', ['postmaster@our.test']],
    ],
  );
  await smtpd.service.close();
});

test('a pipelined session is answered in order', async () => {
  const smtpd = await startTestSmtpd();
  const client = await smtpd.connect();
  await client.hello();
  await client.send(
    'RSET\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<u@our.test>\r\nRCPT TO:<nobody@our.test>\r\nRCPT TO:<v@relay.test>\r\nDATA\r\n',
  );
  const codes = [];
  for (let i = 0; i < 6; i++) codes.push((await client.read()).code);
  assert.deepEqual(codes, [250, 250, 250, 550, 553, 354]);
  await client.send('x\r\n.\r\nMAIL FROM:<b@x.test>\r\nNOOP\r\nQUIT\r\n');
  assert.match(
    await client.readToEnd(),
    /^250 ok 1732290000 qp 123\r\n250 ok\r\n250 ok\r\n221 mx\.our\.test\r\n$/,
  );
  client.close();
  await smtpd.service.close();
});

test('a client that closes its side at once still gets its answers', async () => {
  const smtpd = await startTestSmtpd();
  const client = await smtpd.connect();
  await client.hello();
  await client.send('MAIL FROM:<a@x.test>\r\nRCPT TO:<u@our.test>\r\n');
  client.end();
  assert.equal(await client.readToEnd(), '250 ok\r\n250 ok\r\n');
  await smtpd.service.close();
});

test('the queue’s answer becomes the reply: Z is 451, D is 554, a lost queue is 451', async () => {
  const smtpd = await startTestSmtpd();
  const client = await smtpd.connect();
  await client.hello();
  smtpd.injector.answer = () => temporary('qq write error or disk full (#4.3.0)');
  assert.equal(
    (await client.sendMessage('a@x.test', ['u@our.test'], 'm')).text,
    '451 4.3.0 qq write error or disk full (#4.3.0)',
  );
  smtpd.injector.answer = () => permanent('mail server permanently rejected\nmessage (#5.3.0)');
  assert.equal(
    (await client.sendMessage('a@x.test', ['u@our.test'], 'm')).text,
    '554 5.3.0 mail server permanently rejected message (#5.3.0)',
  );
  smtpd.injector.answer = () => Promise.reject(new Error('socket closed'));
  assert.equal(
    (await client.sendMessage('a@x.test', ['u@our.test'], 'm')).text,
    '451 4.3.0 qqt failure (#4.3.0)',
  );
  client.close();
  assert.equal(smtpd.injector.messages.length, 0);
  await smtpd.service.close();
});

test('a client that leaves in the middle of a message queues nothing', async () => {
  const smtpd = await startTestSmtpd();
  const client = await smtpd.connect();
  await client.hello();
  for (const line of ['MAIL FROM:<a@x.test>', 'RCPT TO:<u@our.test>', 'DATA']) await client.command(line);
  await client.send('Subject: half\r\n\r\nhalf a message\r\n');
  client.close();
  await smtpd.service.close();
  assert.equal(smtpd.injector.messages.length, 0);
  assert.equal(smtpd.injector.aborted, 1);
});

test('unknown commands are 502, VRFY and EXPN say nothing of anybody', async () => {
  const smtpd = await startTestSmtpd();
  const client = await smtpd.connect();
  await client.hello();
  assert.equal((await client.command('TURN')).text, '502 5.5.1 unimplemented (#5.5.1)');
  assert.equal((await client.command('AUTH PLAIN')).code, 502);
  assert.equal((await client.command('STARTTLS')).code, 502);
  for (const line of ['VRFY u@our.test', 'VRFY nobody@our.test', 'EXPN list'])
    assert.equal((await client.command(line)).text, "252 send some mail, i'll try my best");
  assert.equal((await client.command('HELP')).code, 214);
  client.close();
  await smtpd.service.close();
});

test('badmailfrom refuses each recipient, whole addresses and @host', async () => {
  const smtpd = await startTestSmtpd({ badmailfrom: badList('bad@x.test', '@evil.test') });
  const client = await smtpd.connect();
  await client.hello();
  for (const [sender, code] of [
    ['BAD@x.test', 553],
    ['any@Evil.test', 553],
    ['good@x.test', 250],
    ['any@sub.evil.test', 250],
    ['', 250],
  ] as const) {
    assert.equal((await client.command(`MAIL FROM:<${sender}>`)).code, 250);
    assert.equal((await client.command('RCPT TO:<u@our.test>')).code, code, sender);
  }
  client.close();
  await smtpd.service.close();
});

test('a lookup that fails is temporary, and a missing rcpthosts is an empty list with one warning', async () => {
  const smtpd = await startTestSmtpd({ rcpthosts: undefined });
  const client = await smtpd.connect();
  await client.hello();
  await client.command('MAIL FROM:<a@x.test>');
  assert.equal((await client.command('RCPT TO:<u@our.test>')).code, 553);
  client.close();
  await smtpd.service.close();
  assert.equal(smtpd.lines.filter((line) => line.includes('rcpthosts is missing')).length, 1);

  const broken = await startTestSmtpd(
    {},
    {
      accounts: {
        findDomain: () => Promise.reject(new Error('EIO')),
        findAccount: () => Promise.reject(new Error('EIO')),
        recipientExists: () => Promise.reject(new Error('EIO')),
        examineRecipient: () => Promise.reject(new Error('EIO')),
        authenticate: () => Promise.reject(new Error('EIO')),
      },
      hasRoom: (bytes) => bytes < 1000,
    },
  );
  const other = await broken.connect();
  await other.hello();
  assert.equal((await other.command('MAIL FROM:<a@x.test> SIZE=1000')).code, 452);
  await other.command('MAIL FROM:<a@x.test> SIZE=999');
  assert.match((await other.command('RCPT TO:<u@our.test>')).text, /^451 4\.3\.0 /);
  other.close();
  await broken.service.close();
});

test('clients of relayclients may send anywhere', async () => {
  const smtpd = await startTestSmtpd({ relayclients: ['127.0.0.0/8'] });
  const client = await smtpd.connect();
  await client.hello();
  assert.equal((await client.sendMessage('a@our.test', ['v@relay.test', 'u@our.test'], 'm')).code, 250);
  await client.command('MAIL FROM:<a@our.test>');
  assert.equal((await client.command('RCPT TO:<nobody@our.test>')).code, 550);
  client.close();
  await smtpd.service.close();
});

test('close() lets a message under way finish and says 421 to the idle', async () => {
  const smtpd = await startTestSmtpd();
  const idle = await smtpd.connect();
  await idle.hello();
  const busy = await smtpd.connect();
  await busy.hello();
  for (const line of ['MAIL FROM:<a@x.test>', 'RCPT TO:<u@our.test>', 'DATA']) await busy.command(line);
  await busy.send('Subject: t\r\n');
  const closing = smtpd.service.close();
  assert.match((await idle.read()).text, /^421 4\.3\.2 /);
  await busy.send('\r\nbody\r\n.\r\n');
  assert.equal((await busy.read()).code, 250);
  assert.match((await busy.read()).text, /^421 4\.3\.2 /);
  await closing;
  await smtpd.service.close();
  assert.equal(smtpd.injector.messages.length, 1);
});

test('a bug in what the door is given ends one session with 451, not the server', async () => {
  const smtpd = await startTestSmtpd(
    {},
    {
      hasRoom: () => {
        throw new Error('a bug');
      },
    },
  );
  const client = await smtpd.connect();
  await client.hello();
  await client.send('MAIL FROM:<a@x.test>\r\nRCPT TO:<u@our.test>\r\n');
  assert.match(await client.readToEnd(), /^451 4\.3\.0 [^\r\n]*\r\n$/);
  client.close();
  const other = await smtpd.connect();
  assert.equal((await other.hello()).code, 250);
  other.close();
  assert.ok(smtpd.lines.some((line) => line.includes('result=failed reason=Error: a bug')));
  await smtpd.service.close();
});

test('wishes about notifications reach the queue with their recipients (RFC 3461), wrong ones are refused', async () => {
  const smtpd = await startTestSmtpd();
  const client = await smtpd.connect();
  await client.hello();
  assert.equal((await client.command('MAIL FROM:<s@x.test> RET=SOME')).code, 501);
  assert.equal((await client.command('MAIL FROM:<s@x.test> NOTIFY=NEVER')).code, 555);
  assert.equal((await client.command('MAIL FROM:<s@x.test> ret=hdrs ENVID=QQ+2B1')).code, 250);
  for (const [parameters, code] of [
    ['NOTIFY=NEVER,SUCCESS', 501],
    ['ORCPT=u@our.test', 501],
    ['ORCPT=rfc822;u+our.test', 501],
    ['RET=FULL', 555],
    ['NOTIFY=NEVER NOTIFY=NEVER', 555],
    ['ORCPT=rfc822;u@our.test', 250],
    ['NOTIFY=success,delay ORCPT=rfc822;First@x.test', 250],
  ] as const)
    assert.equal((await client.command(`RCPT TO:<u@our.test> ${parameters}`)).code, code, parameters);
  await client.send('BDAT 6 LAST\r\na: b\r\n');
  assert.equal((await client.read()).code, 250);
  assert.deepEqual(smtpd.injector.messages[0]?.dsn, {
    ret: 'HDRS',
    envid: 'QQ+2B1',
    recipients: [null, { notify: ['SUCCESS', 'DELAY'], orcpt: 'rfc822;First@x.test' }],
  });
  // The next message knows nothing of it.
  assert.equal((await client.sendMessage('s@x.test', ['u@our.test'], 'a: b')).code, 250);
  assert.equal(smtpd.injector.messages[1]?.dsn, undefined);
});

test('with control/dsn 0 nothing of it is offered or taken', async () => {
  const smtpd = await startTestSmtpd({ dsn: 0 });
  const client = await smtpd.connect();
  assert.doesNotMatch((await client.hello()).text, /DSN/);
  assert.equal((await client.command('MAIL FROM:<s@x.test> RET=HDRS')).code, 555);
  assert.equal((await client.command('MAIL FROM:<s@x.test>')).code, 250);
  assert.equal((await client.command('RCPT TO:<u@our.test> NOTIFY=NEVER')).code, 555);
});
