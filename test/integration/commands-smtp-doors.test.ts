import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { encodeNetstring } from '../../mta/formats/netstring.ts';
import { createCertificate } from '../support/certificate.ts';
import {
  commandWords,
  runTableCommand,
  runWords,
  startTcpserver,
  type TinyTcpserver,
} from '../support/command-process.ts';
import { runFacteur } from '../support/facteur.ts';
import { type InjectSite, withInjectSite, writeControl } from '../support/inject.ts';
import { NetstringClient, qmtpPackage } from '../support/qmtp.ts';
import { RawSmtpClient } from '../support/smtp.ts';

/** Closed when their test is over, however it went: a server waits for its clients. */
const clients: { close(): void }[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

async function connectSmtp(port: number): Promise<RawSmtpClient> {
  const client = await RawSmtpClient.connect(port);
  clients.push(client);
  return client;
}

async function connectNetstring(port: number): Promise<NetstringClient> {
  const client = await NetstringClient.connect(port);
  clients.push(client);
  return client;
}

/** What tcpserver sets for a stranger. */
const stranger = {
  PROTO: 'TCP',
  TCPREMOTEIP: '192.0.2.7',
  TCPREMOTEHOST: 'client.far.test',
  TCPREMOTEINFO: 'ident',
  TCPLOCALIP: '192.0.2.1',
  TCPLOCALHOST: 'here.test',
};

interface Served extends InjectSite {
  readonly server: TinyTcpserver;
}

/** A site that receives for far.test, and a command of it under tcpserver. */
function serve(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  use: (served: Served) => Promise<void>,
  prepare: (qmail: string) => Promise<void> = async () => undefined,
): Promise<void> {
  return withInjectSite(async (site) => {
    const qmail = join(site.home, 'qmail');
    await writeControl(qmail, { rcpthosts: 'far.test\n' });
    await prepare(qmail);
    const [name = '', ...args] = words;
    const server = await startTcpserver(commandWords(name, ...args), {
      env: { FACTEUR_HOME: site.home, ...env },
    });
    await use({ home: site.home, takeMessage: site.takeMessage, left: site.left, server });
    for (const client of clients.splice(0)) client.close();
    await server.close();
  });
}

test('qmail-smtpd under tcpserver takes a message, says who its client is, and exits 0 after QUIT', async () => {
  await serve(['qmail-smtpd'], stranger, async ({ server, takeMessage }) => {
    const client = await connectSmtp(server.port);
    assert.match((await client.hello('mx.helo.test')).text, /^250-me\.test\n250-PIPELINING\n/);
    const refused = await client
      .command('MAIL FROM:<a@b.test>')
      .then(() => client.command('RCPT TO:<x@y.test>'));
    assert.match(refused.text, /^553 .*rcpthosts \(#5\.7\.1\)/);
    const taken = await client.sendMessage('a@b.test', ['x@far.test'], 'Subject: s\r\n\r\nhi');
    assert.match(taken.text, /^250 ok \d+ qp \d+$/);
    assert.match((await client.command('QUIT')).text, /^221 me\.test$/);
    await client.readToEnd();
    const { sender, recipients, message, received } = await takeMessage(1);
    assert.deepEqual([sender, recipients], ['a@b.test', ['x@far.test']]);
    // It claims to be its own user: the queue decides which user is the network.
    assert.match(received, new RegExp(`^Received: \\(qmail \\d+ invoked by uid ${process.getuid?.()}\\); `));
    assert.match(
      message,
      /^Received: from client\.far\.test \(HELO mx\.helo\.test\) \(ident@192\.0\.2\.7\)\n {2}by here\.test with ESMTP; .*\nSubject: s\n\nhi\n$/,
    );
    await server.close();
    assert.deepEqual(server.ends, [0]);
  });
});

test('RELAYCLIENT lets a client relay and is appended to its recipients; DATABYTES is the limit', async () => {
  const env = { ...stranger, RELAYCLIENT: '.relay.test', DATABYTES: '200' };
  await serve(['qmail-smtpd'], env, async ({ server, takeMessage }) => {
    const client = await connectSmtp(server.port);
    assert.match((await client.hello()).text, /^250-SIZE 200$/m);
    assert.match(
      (await client.sendMessage('a@b.test', ['X@Any.test'], 'Subject: s\r\n\r\nhi')).text,
      /^250 ok/,
    );
    assert.deepEqual((await takeMessage(1)).recipients, ['X@any.test.relay.test']);
    const big = await client.sendMessage('a@b.test', ['x@any.test'], `Subject: s\r\n\r\n${'x'.repeat(300)}`);
    assert.match(big.text, /^552 .*databytes/);
    client.close();
  });
});

test('qmail-smtpd obeys the variables of the patched qmails, and its filter sees all that tcpserver said', async () => {
  const note = (qmail: string) => join(qmail, 'noted');
  const prepare = async (qmail: string): Promise<void> => {
    await writeControl(qmail, { badmailfrom: '@bad.test\n', badrcptto: '^evil\n' });
    const script = `#!/bin/sh\ncat >/dev/null\nenv > '${note(qmail)}'\nprintf 'Dseen (#5.7.1)' >&4\nexit 88\n`;
    await writeFile(join(qmail, 'scan'), script);
    await chmod(join(qmail, 'scan'), 0o755);
  };
  const env = { ...stranger, QMAILQUEUE: 'scan', DISABLE_BADMAILFROM: '', BRTLIMIT: '1', MARK: 'kept' };
  await serve(
    ['qmail-smtpd'],
    env,
    async ({ server, home }) => {
      const client = await connectSmtp(server.port);
      await client.hello();
      const reply = await client.sendMessage('s@bad.test', ['u@far.test'], 'Subject: s');
      assert.equal(reply.text, '554 5.7.1 seen (#5.7.1)');
      const lines = (await readFile(note(join(home, 'qmail')), 'utf8')).split('\n');
      for (const line of [
        'MARK=kept',
        'TCPREMOTEIP=192.0.2.7',
        'TCPREMOTEHOST=client.far.test',
        'TCPREMOTEINFO=ident',
        'TCPLOCALHOST=here.test',
      ])
        assert.ok(lines.includes(line), line);
      await client.command('MAIL FROM:<s@bad.test>');
      assert.equal((await client.command('RCPT TO:<evil@far.test>')).code, 553);
      assert.equal((await client.command('RCPT TO:<u@far.test>')).code, 421, 'BRTLIMIT');
    },
    prepare,
  );
  await serve(['qmail-smtpd'], { ...stranger, RBLSMTPD: '-Blocked' }, async ({ server }) => {
    const client = await connectSmtp(server.port);
    await client.hello();
    await client.command('MAIL FROM:<s@x.test>');
    assert.equal((await client.command('RCPT TO:<u@far.test>')).text, '553 5.7.1 Blocked');
  });
});

test('a client that goes away without QUIT ends qmail-smtpd with 1', async () => {
  await serve(['qmail-smtpd'], stranger, async ({ server }) => {
    const client = await connectSmtp(server.port);
    await client.hello();
    client.end();
    await client.readToEnd();
    await server.close();
    assert.deepEqual(server.ends, [1]);
  });
});

test('qmail-smtpd speaks TLS after STARTTLS and asks its program for passwords there', async () => {
  const { key, cert } = createCertificate('me.test');
  // checkpassword's interface: name and password on descriptor 3, and it runs what follows.
  const check = `#!/bin/sh
IFS= read -r login <&3
case $(printf %s "$login" | tr '\\0' '|') in
  'joe|secret|'*) exec "$@" ;;
  'later|'*) exit 111 ;;
esac
exit 1
`;
  await withInjectSite(async ({ home, takeMessage }) => {
    const qmail = join(home, 'qmail');
    await writeControl(qmail, { rcpthosts: 'far.test\n', 'servercert.pem': key + cert });
    const program = join(home, 'check');
    // NULs do not pass a shell: od shows them.
    await writeFile(
      program,
      check.replace(/IFS= read[\s\S]*?case .* in/, `login=$(tr '\\0' '|' <&3)\ncase $login in`),
    );
    await chmod(program, 0o755);
    const server = await startTcpserver(commandWords('qmail-smtpd', 'me.test', program, 'true'), {
      env: { FACTEUR_HOME: home, ...stranger },
    });
    const client = await connectSmtp(server.port);
    const plain = await client.hello();
    assert.match(plain.text, /STARTTLS/);
    assert.doesNotMatch(plain.text, /AUTH/);
    await client.startTls();
    assert.match((await client.command('EHLO x')).text, /AUTH PLAIN LOGIN/);
    const auth = (user: string, password: string) =>
      client.command(`AUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString('base64')}`);
    assert.match((await auth('joe', 'wrong')).text, /^535 /);
    assert.match((await auth('later', 'secret')).text, /^454 /);
    assert.match((await auth('joe', 'secret')).text, /^235 /);
    assert.match(
      (await client.sendMessage('any@b.test', ['x@other.test'], 'Subject: s\r\n\r\nhi')).text,
      /^250 ok/,
    );
    const { message } = await takeMessage(1);
    assert.match(message, /^Received: from .* \(joe@192\.0\.2\.7\)\n {2}by here\.test with ESMTPSA; /);
    await client.command('QUIT');
    client.close();
    await server.close();
    assert.deepEqual(server.ends, [0]);
  });
});

test('qmail-smtpd offers CRAM-MD5 where SMTPAUTH asks for it: name, digest and challenge go to the program', async () => {
  await withInjectSite(async ({ home }) => {
    await writeControl(join(home, 'qmail'), { rcpthosts: 'far.test\n' });
    const program = join(home, 'check');
    // A program that knows clear passwords.
    await writeFile(
      program,
      `#!${process.execPath}
const { createHmac } = require('node:crypto');
const [user, digest, challenge] = require('node:fs').readFileSync(3, 'latin1').split('\\0');
const wanted = createHmac('md5', 'tanstaaftanstaaf').update(challenge).digest('hex');
process.exit(user === 'tim' && challenge !== '' && digest === wanted ? 0 : 1);
`,
    );
    await chmod(program, 0o755);
    const server = await startTcpserver(commandWords('qmail-smtpd', 'me.test', program, 'true'), {
      env: { FACTEUR_HOME: home, ...stranger, FORCETLS: '0', SMTPAUTH: '!+cram' },
    });
    const client = await connectSmtp(server.port);
    assert.match((await client.hello()).text, /^250.AUTH PLAIN LOGIN CRAM-MD5$/m);
    assert.match((await client.command('MAIL FROM:<a@b.test>')).text, /^530 /);
    const challenges = new Set<string>();
    const login = async (password: string) => {
      const { text } = await client.command('AUTH CRAM-MD5');
      const question = Buffer.from(text.slice(4), 'base64').toString('latin1');
      assert.match(question, /^<[!-;=?-~]+@[!-;=?-~]+>$/);
      challenges.add(question);
      const digest = createHmac('md5', password).update(question).digest('hex');
      return client.command(Buffer.from(`tim ${digest}`).toString('base64'));
    };
    assert.match((await login('wrong')).text, /^535 /);
    assert.match((await login('tanstaaftanstaaf')).text, /^235 /);
    assert.equal(challenges.size, 2, 'never the same challenge');
    assert.match((await client.command('MAIL FROM:<a@b.test>')).text, /^250 /);
    await client.command('QUIT');
    client.close();
    await server.close();
  });
});

test('qmail-smtpd hands messages to the program of $QMAILQUEUE', async () => {
  await withInjectSite(async ({ home }) => {
    await writeControl(join(home, 'qmail'), { rcpthosts: 'far.test\n' });
    const program = join(home, 'filter');
    await writeFile(program, `#!/bin/sh\ncat > ${home}/seen\nexit 31\n`);
    await chmod(program, 0o755);
    const server = await startTcpserver(commandWords('qmail-smtpd'), {
      env: { FACTEUR_HOME: home, QMAILQUEUE: program, ...stranger },
    });
    const client = await connectSmtp(server.port);
    await client.hello();
    const reply = await client.sendMessage('a@b.test', ['x@far.test'], 'Subject: s\r\n\r\nhi');
    assert.match(reply.text, /^554 5\.3\.0 mail server permanently rejected message \(#5\.3\.0\)$/);
    client.close();
    await server.close();
  });
});

test('without readable control files a client is told to try again, and the reason is on standard error', async () => {
  await withInjectSite(async ({ home }) => {
    await writeControl(join(home, 'qmail'), { timeoutsmtpd: 'soon\n' });
    const done = await runTableCommand('qmail-smtpd', [], { env: { FACTEUR_HOME: home } });
    assert.deepEqual([done.status, done.stdout], [111, '421 unable to read controls (#4.3.0)\r\n']);
    assert.match(done.stderr, /^qmail-smtpd: fatal: .*timeoutsmtpd/);
  });
});

test('under inetd, where descriptor 2 is the connection too, no log line reaches the client', async () => {
  await serve(['qmail-smtpd'], stranger, async ({ home }) => {
    const words = ['sh', '-c', 'exec "$@" 2>&0', 'sh', ...commandWords('qmail-smtpd')];
    const server = await startTcpserver(words, { env: { FACTEUR_HOME: home, ...stranger } });
    const client = await connectSmtp(server.port);
    await client.hello();
    await client.command('MAIL FROM:<a@b.test>');
    assert.match((await client.command('RCPT TO:<x@y.test>')).text, /^553 /);
    assert.match((await client.command('NOOP')).text, /^250 /);
    await client.send('QUIT\r\n');
    assert.equal(await client.readToEnd(), '221 me.test\r\n');
    await server.close();
  });
});

test('sendmail -bs takes a whole prepared dialogue, relays, and logs nothing on the terminal', async () => {
  await withInjectSite(async ({ home, takeMessage }) => {
    const dialogue = [
      'EHLO x',
      'MAIL FROM:<joe@me.test>',
      'RCPT TO:<x@any.test>',
      'DATA',
      'Subject: s',
      '',
      '..dot',
      '.',
      'QUIT',
      '',
    ].join('\r\n');
    const done = await runFacteur(['sendmail', '-bs'], dialogue, { FACTEUR_HOME: home });
    assert.deepEqual([done.status, done.stderr], [0, '']);
    assert.match(
      done.stdout,
      /^220 me\.test ESMTP\r\n(250.*\r\n)+354 go ahead\r\n250 ok .*\r\n221 me\.test\r\n$/,
    );
    const { recipients, message } = await takeMessage(1);
    assert.deepEqual(recipients, ['x@any.test']);
    assert.match(
      message,
      /^Received: from localhost \(HELO x\) \(sendmail-bs@127\.0\.0\.1\)\n {2}by localhost with ESMTP; .*\nSubject: s\n\n\.dot\n$/,
    );
  });
});

test('qmail-qmtpd answers each recipient, with RELAYCLIENT appended; what is no QMTP ends it with 100', async () => {
  await serve(['qmail-qmtpd'], stranger, async ({ server, takeMessage }) => {
    const client = await connectNetstring(server.port);
    await client.send(qmtpPackage('\nSubject: s\n\nhi\n', 'a@b.test', ['x@far.test', 'y@any.test']));
    assert.match((await client.read())[0]!, /^Kok \d+ qp \d+$/);
    assert.equal(
      (await client.read())[0],
      "Dsorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
    );
    const { recipients, message } = await takeMessage(1);
    assert.deepEqual(recipients, ['x@far.test']);
    assert.match(
      message,
      /^Received: from client\.far\.test \(ident@192\.0\.2\.7\)\n {2}by here\.test with QMTP; /,
    );
    client.socket.end();
    const other = await connectNetstring(server.port);
    await other.send('GET / HTTP/1.0\r\n');
    other.socket.end();
    await server.close();
    assert.deepEqual([...server.ends].sort(), [0, 100]);
  });
  await serve(['qmail-qmtpd'], { ...stranger, RELAYCLIENT: '' }, async ({ server, takeMessage }) => {
    const client = await connectNetstring(server.port);
    await client.send(qmtpPackage('\nhi\n', 'a@b.test', ['y@any.test']));
    assert.match((await client.read())[0]!, /^Kok/);
    assert.deepEqual((await takeMessage(1)).recipients, ['y@any.test']);
    client.socket.end();
  });
});

test('qmail-qmqpd queues for whoever its caller let in', async () => {
  await serve(['qmail-qmqpd'], stranger, async ({ server, takeMessage }) => {
    const client = await connectNetstring(server.port);
    const parts = ['Subject: s\n\nhi\n', 'a@b.test', 'x@any.test'].map(encodeNetstring);
    await client.send(encodeNetstring(Buffer.concat(parts)));
    assert.match((await client.read())[0]!, /^Kok \d+ qp \d+$/);
    const { recipients, message } = await takeMessage(1);
    assert.deepEqual(recipients, ['x@any.test']);
    assert.match(message, /with QMQP; /);
    client.socket.end();
    await server.close();
    assert.deepEqual(server.ends, [0]);
  });
});

test('a recipient that this user may not look up is taken, as qmail-smtpd takes all of its domains', async (t) => {
  if (process.geteuid?.() !== 0) return t.skip('needs root: who owns a home may always look');
  await withInjectSite(async ({ home }) => {
    const qmail = join(home, 'qmail');
    await writeControl(qmail, { rcpthosts: 'me.test\n', locals: 'me.test\n' });
    const closed = join(home, 'closed');
    await mkdir(join(closed, 'joe'), { recursive: true });
    await mkdir(join(qmail, 'users'));
    await writeFile(join(qmail, 'users', 'assign'), `=joe:joe:1000:1000:${closed}/joe:::\n.\n`);
    await runWords(['chmod', '-R', 'a+rX', home]);
    await chmod(closed, 0o700);
    const server = await startTcpserver(commandWords('qmail-smtpd'), {
      uid: 65534,
      gid: 65534,
      env: { FACTEUR_HOME: home, ...stranger },
    });
    const client = await connectSmtp(server.port);
    await client.hello();
    await client.command('MAIL FROM:<a@b.test>');
    assert.match((await client.command('RCPT TO:<joe@me.test>')).text, /^250 ok$/);
    client.close();
    await server.close();
  });
});
