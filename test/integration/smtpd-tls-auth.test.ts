// STARTTLS, implicit TLS and AUTH (spec/security.md R3, A6, W6): nothing from before TLS survives, nobody sends under
// another's name, and a password is only taken where nobody can listen.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { LoginThrottled } from '../../mta/accounts/login-throttle.ts';
import { AccountFlag } from '../../mta/accounts/types.ts';
import { createCertificate } from '../support/certificate.ts';
import { listedAccounts, RawSmtpClient, startTestSmtpd } from '../support/smtp.ts';

const { key, cert } = createCertificate('mx.our.test');
const pair = { key: Buffer.from(key), cert: Buffer.from(cert) };
const tls = () => pair;
const all = { tls, names: ['smtp', 'submission', 'submissions'] as const };
const plain = (user: string, password: string, identity = '') =>
  Buffer.from(`${identity}\0${user}\0${password}`).toString('base64');
const base64 = (text: string) => Buffer.from(text).toString('base64');

test('STARTTLS: EHLO must come again, is not offered again, and the protocol is ESMTPS', async () => {
  const smtpd = await startTestSmtpd({}, all);
  const client = await smtpd.connect('smtp');
  assert.match((await client.hello()).text, /STARTTLS/);
  await client.command('MAIL FROM:<a@x.test>');
  assert.equal((await client.command('STARTTLS now')).code, 501);
  await client.startTls();
  assert.equal((await client.command('RCPT TO:<u@our.test>')).code, 503);
  assert.equal((await client.command('MAIL FROM:<a@x.test>')).code, 503);
  const hello = await client.command('EHLO client.test');
  assert.doesNotMatch(hello.text, /STARTTLS|AUTH/);
  assert.equal((await client.command('STARTTLS')).code, 503);
  assert.equal((await client.sendMessage('a@x.test', ['u@our.test'], 'm')).code, 250);
  assert.match(smtpd.injector.messages[0]!.message.toString(), /with ESMTPS; /);
  client.close();
  await smtpd.service.close();
});

test('bytes that come with STARTTLS are never executed', async () => {
  const smtpd = await startTestSmtpd({}, all);
  for (const injected of ['EHLO x', 'MAIL FROM:<a@x.test>', 'NOOP', 'RSET', 'AUTH PLAIN AGEAYg==', 'Q']) {
    const client = await smtpd.connect('submission');
    await client.hello();
    await client.send(`STARTTLS\r\n${injected}\r\n`);
    assert.match(await client.readToEnd(), /^421 4\.5\.0 [^\r\n]*\r\n$/);
    client.close();
  }
  await smtpd.service.close();
});

test('plain text instead of a ClientHello ends the connection without an answer', async () => {
  const smtpd = await startTestSmtpd({}, all);
  for (const name of ['smtp', 'submission'] as const) {
    const client = await smtpd.connect(name);
    await client.hello();
    assert.equal((await client.command('STARTTLS')).code, 220);
    await client.send('MAIL FROM:<a@x.test>\r\nNOOP\r\n');
    // What comes back is a TLS alert at most.
    assert.doesNotMatch(await client.readToEnd(), /[2-5]\d\d /);
    client.close();
  }
  const client = await RawSmtpClient.connect(smtpd.port('submissions'));
  await client.send('EHLO x\r\n');
  assert.doesNotMatch(await client.readToEnd(), /[2-5]\d\d /);
  client.close();
  await smtpd.service.close();
});

test('a ClientHello split over many writes is a ClientHello', async () => {
  const smtpd = await startTestSmtpd({}, all);
  // A relay that passes what the client says on, one byte at a time.
  const { createServer } = await import('node:net');
  const relay = createServer((near) => {
    const far = connect({ port: smtpd.port('submissions'), host: '127.0.0.1', noDelay: true });
    far.pipe(near);
    near.on('data', async (chunk: Buffer) => {
      for (const byte of chunk) far.write(Buffer.of(byte));
    });
    near.on('close', () => far.destroy());
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const client = await RawSmtpClient.connectTls((relay.address() as { port: number }).port);
  assert.equal((await client.read()).code, 220);
  assert.equal((await client.command('NOOP')).code, 250);
  client.close();
  relay.close();
  await smtpd.service.close();
});

test('submission: 530 without AUTH, AUTH PLAIN and LOGIN, and the sender is the account', async () => {
  const smtpd = await startTestSmtpd({}, all);
  for (const open of [
    async () => {
      const client = await RawSmtpClient.connectTls(smtpd.port('submissions'));
      await client.read();
      return client;
    },
    async () => {
      const client = await smtpd.connect('submission');
      await client.hello();
      await client.startTls();
      return client;
    },
  ]) {
    const client = await open();
    assert.match((await client.command('EHLO laptop')).text, /AUTH PLAIN LOGIN/);
    assert.match((await client.command('MAIL FROM:<u@our.test>')).text, /^530 5\.7\.0 /);
    assert.equal(
      (await client.command(`AUTH PLAIN ${plain('u@our.test', 'secret')}`)).text,
      '235 ok, go ahead (#2.0.0)',
    );
    assert.equal((await client.command('AUTH LOGIN')).code, 503);
    assert.doesNotMatch((await client.command('EHLO laptop')).text, /AUTH/);
    for (const other of ['x@our.test', 'v@relay.test', 'postmaster@our.test', 'u', ''])
      assert.match((await client.command(`MAIL FROM:<${other}>`)).text, /^553 5\.7\.1 /, other);
    assert.equal((await client.sendMessage('U@Our.Test', ['v@relay.test'], 'm')).code, 250);
    assert.match(
      smtpd.injector.messages.at(-1)!.message.toString(),
      /^Received: from unknown \(HELO laptop\) \(u@our\.test@127\.0\.0\.1\)\n {2}by mx\.our\.test with ESMTPSA; /,
    );
    client.close();
  }
  const client = await RawSmtpClient.connectTls(smtpd.port('submissions'));
  await client.hello();
  assert.equal((await client.command('AUTH LOGIN')).text, '334 VXNlcm5hbWU6');
  assert.equal((await client.command(base64('u@our.test'))).text, '334 UGFzc3dvcmQ6');
  assert.equal((await client.command(base64('secret'))).code, 235);
  client.close();
  await smtpd.service.close();
});

test('loopback may authenticate without TLS; port 25 offers no AUTH at all', async () => {
  const smtpd = await startTestSmtpd({}, { names: ['submission', 'smtp'] });
  const client = await smtpd.connect('submission');
  assert.match((await client.hello()).text, /AUTH PLAIN LOGIN/);
  await client.send('AUTH PLAIN\r\n');
  assert.equal((await client.read()).text, '334');
  assert.equal((await client.command(plain('u@our.test', 'secret'))).code, 235);
  client.close();
  const other = await smtpd.connect('smtp');
  assert.doesNotMatch((await other.hello()).text, /AUTH/);
  other.close();
  await smtpd.service.close();
});

test('bad AUTH input, cancelling, and three tries', async () => {
  const smtpd = await startTestSmtpd({}, { names: ['submission'] });
  const client = await smtpd.connect();
  await client.hello();
  assert.equal((await client.command('AUTH CRAM-MD5')).code, 504);
  assert.equal((await client.command('AUTH PLAIN !!!!')).code, 501);
  assert.equal((await client.command('AUTH PLAIN =')).code, 501);
  assert.equal((await client.command(`AUTH PLAIN ${base64('u@our.test\0secret')}`)).code, 501);
  assert.equal((await client.command(`AUTH PLAIN ${base64('\0u@our.test\0secret\0')}`)).code, 501);
  assert.equal(
    (await client.command(`AUTH PLAIN ${plain('u@our.test', 'secret', 'postmaster@our.test')}`)).code,
    535,
  );
  await client.command('AUTH LOGIN');
  assert.equal((await client.command('*')).text, '501 5.0.0 auth exchange canceled (#5.0.0)');
  for (let i = 0; i < 3; i++)
    assert.equal((await client.command(`AUTH PLAIN ${plain('u@our.test', `wrong${i}`)}`)).code, 535);
  assert.match((await client.command(`AUTH PLAIN ${plain('u@our.test', 'secret')}`)).text, /^421 /);
  assert.equal(await client.readToEnd(), '');
  client.close();
  assert.equal(
    smtpd.lines.some((line) => /secret|wrong|c2VjcmV0/.test(line)),
    false,
  );
  // What filters that ban addresses look for: the address, and no name that may be a password.
  const failed = smtpd.lines.filter((line) => / result=auth-failed /.test(line));
  assert.equal(failed.length, 3);
  for (const line of failed)
    assert.match(
      line,
      /^smtpd: ip=127\.0\.0\.1 helo=\S+ result=auth-failed reason=name and password do not match$/,
    );
  await smtpd.service.close();
});

test('a client that guessed too often, and one whose password nobody can check, are told to try later', async () => {
  let error: Error = new LoginThrottled(17);
  const accounts = { ...listedAccounts({}), authenticate: () => Promise.reject(error) };
  const smtpd = await startTestSmtpd({}, { names: ['submission'], accounts });
  const client = await smtpd.connect();
  await client.hello();
  const later = '454 4.7.0 unable to check passwords, try later (#4.7.0)';
  assert.equal((await client.command(`AUTH PLAIN ${plain('u@our.test', 'secret')}`)).text, later);
  error = new Error('EIO: no such luck');
  assert.equal((await client.command(`AUTH PLAIN ${plain('u@our.test', 'secret')}`)).text, later);
  client.close();
  assert.deepEqual(
    smtpd.lines.flatMap((line) => / (result=auth-.*)$/.exec(line)?.[1] ?? []),
    [
      'result=auth-throttled reason=too many wrong passwords; try again later',
      'result=auth-unavailable reason=EIO: no such luck',
    ],
  );
  await smtpd.service.close();
});

test('the identity equal to the user is the user, and an alias of the own address is the own address', async () => {
  const accounts = listedAccounts({ 'u@our.test': 'secret' });
  const own = await accounts.findAccount('u@our.test');
  const smtpd = await startTestSmtpd(
    {},
    {
      names: ['submission'],
      accounts: {
        ...accounts,
        findAccount: async (address) => (/^u@(?:our|alias)\.test$/.test(address) ? own : undefined),
      },
    },
  );
  const client = await smtpd.connect();
  await client.hello();
  assert.equal((await client.command(`AUTH PLAIN ${plain('u@our.test', 'secret', 'u@our.test')}`)).code, 235);
  assert.equal((await client.command('MAIL FROM:<u@alias.test>')).code, 250);
  assert.equal((await client.command('AUTH PLAIN')).code, 503);
  client.close();
  await smtpd.service.close();
});

test('an account without the right to relay sends only to local users', async () => {
  const accounts = listedAccounts({ 'u@our.test': 'secret' });
  const smtpd = await startTestSmtpd(
    {},
    {
      names: ['submission'],
      accounts: {
        ...accounts,
        authenticate: async (...login) => {
          const account = await accounts.authenticate(...login);
          return account && { ...account, flags: AccountFlag.noRelay };
        },
      },
    },
  );
  const client = await smtpd.connect();
  await client.hello();
  await client.command(`AUTH PLAIN ${plain('u@our.test', 'secret')}`);
  await client.command('MAIL FROM:<u@our.test>');
  assert.equal((await client.command('RCPT TO:<v@relay.test>')).code, 553);
  assert.equal((await client.command('RCPT TO:<u@our.test>')).code, 250);
  client.close();
  await smtpd.service.close();
});

test('a failed AUTH drops the relay permission of the address', async () => {
  const smtpd = await startTestSmtpd({ relayclients: ['127.0.0.1'] }, { names: ['submission', 'smtp'] });
  const client = await smtpd.connect('submission');
  await client.hello();
  await client.command(`AUTH PLAIN ${plain('u@our.test', 'wrong')}`);
  assert.equal((await client.command('MAIL FROM:<u@our.test>')).code, 530);
  client.close();
  await smtpd.service.close();
});

test('submissions without a certificate does not start', async () => {
  await assert.rejects(startTestSmtpd({}, { names: ['submissions'] }), /certificate/);
});

test('TLS 1.0 and 1.1 are refused', async () => {
  const smtpd = await startTestSmtpd({}, all);
  const { connect: connectTls } = await import('node:tls');
  for (const version of ['TLSv1', 'TLSv1.1'] as const) {
    const socket = connectTls({
      port: smtpd.port('submissions'),
      host: '127.0.0.1',
      rejectUnauthorized: false,
      minVersion: version,
      maxVersion: version,
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    await assert.rejects(once(socket, 'secureConnect'));
  }
  await smtpd.service.close();
});

const swaks = ['/usr/bin/swaks', '/usr/local/bin/swaks'].find((path) => existsSync(path));
test('swaks sends over STARTTLS with AUTH LOGIN', {
  skip: swaks === undefined && 'swaks is not installed',
}, async (t) => {
  const smtpd = await startTestSmtpd({}, all);
  const run = promisify(execFile)(swaks!, [
    ...['--server', '127.0.0.1', '--port', String(smtpd.port('submission')), '--ehlo', 'swaks.test'],
    ...['--from', 'u@our.test', '--to', 'v@relay.test', '--auth', 'LOGIN', '--auth-user', 'u@our.test'],
    ...['--auth-password', 'secret', '--tls', '--body', 'a line\n.\n..end'],
  ]).catch((error: { stdout: string; stderr: string }) => error);
  const { stdout, stderr } = await run;
  if (/TLS not available|Net::SSLeay/.test(stdout + stderr) && smtpd.injector.messages.length === 0)
    t.skip('swaks has no TLS here');
  else {
    assert.equal(smtpd.injector.messages.length, 1, stdout + stderr);
    assert.match(
      smtpd.injector.messages[0]!.message.toString(),
      /with ESMTPSA; [\s\S]*\na line\n\.\n\.\.end\n/,
    );
  }
  await smtpd.service.close();
});
