// POP3 in the whole program: a letter that came by SMTP is fetched and removed by a real account, in one process and with
// pop3d as a process of its own under root; app passwords and the brake on guessing hold here as at the other doors.
import assert from 'node:assert/strict';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createCertificate } from '../support/certificate.ts';
import { type RunningServer, startServer } from '../support/facteur.ts';
import { Pop3Client } from '../support/pop3.ts';
import { withTemporaryDirectory } from '../support/queue.ts';
import { gids, needsRoot, readTable, statusOf, uids, withRootHome } from '../support/root.ts';
import { domain, makeHome, sendLetter, setControl, subjectsOf, succeed, until } from '../support/serve.ts';

async function whileServing(
  home: string,
  listen: string,
  mode: 'separate' | undefined,
  use: (server: RunningServer) => Promise<void>,
): Promise<void> {
  const server = await startServer(home, listen, mode);
  try {
    await use(server);
  } finally {
    if (server.process.exitCode === null && server.process.signalCode === null) await server.stop();
  }
}

async function signIn(client: Pop3Client, password: string, user = `ann@${domain}`): Promise<string> {
  await client.ok(`USER ${user}`);
  return client.send(`PASS ${password}`);
}

const maildirOf = (home: string): string => join(home, 'vpopmail', 'domains', domain, 'ann', 'Maildir');

/** A letter in, over POP3 out, and gone. */
async function fetchOne(
  home: string,
  server: RunningServer,
  subject: string,
  connect: () => Promise<Pop3Client>,
) {
  assert.equal((await sendLetter(server.ports.smtp!, `ann@${domain}`, subject)).code, 250);
  await until('the letter', async () => (await subjectsOf(home, 'ann')).includes(subject));
  const client = await connect();
  try {
    assert.match(await signIn(client, 'not-her-password'), /^-ERR \[AUTH\]/);
    assert.match(await signIn(client, 'whole-password'), /^\+OK 1 messages/);
    const [name] = await readdir(join(maildirOf(home), 'cur'));
    const uidl = (await client.ok('UIDL 1')).split(' ')[2]!;
    assert.ok(name!.startsWith(uidl) && uidl.length <= 70, `${uidl} of ${name}`);
    const lines = await client.list('RETR 1');
    assert.ok(lines.includes(`Subject: ${subject}`), lines.join('\n'));
    assert.equal(
      Number((await client.ok('LIST 1')).split(' ')[2]),
      lines.reduce((sum, line) => sum + line.length + 2, 0),
    );
    await client.ok('DELE 1');
    assert.equal(await client.send('QUIT'), '+OK bye');
    assert.deepEqual(await subjectsOf(home, 'ann'), []);
  } finally {
    client.destroy();
  }
}

test('a letter that came by SMTP is fetched over POP3, removed, and taken off the quota', () =>
  withTemporaryDirectory(async (directory) => {
    const home = join(directory, 'home');
    await makeHome(home, ['ann']);
    await succeed(['vsetuserquota', '--home', home, `ann@${domain}`, '1000000S']);
    await whileServing(
      home,
      'smtp=127.0.0.1:0,pop3=127.0.0.1:0,imap=127.0.0.1:0',
      undefined,
      async (server) => {
        await fetchOne(home, server, 'first', () => Pop3Client.connect(server.ports.pop3!));
        const sums = (await readFile(join(maildirOf(home), 'maildirsize'), 'latin1'))
          .trim()
          .split('\n')
          .slice(1);
        assert.equal(
          sums.reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[0]), 0),
          0,
          sums.join(),
        );
        // RFC 1939: a client of an account without POP3 gets in nowhere.
        await succeed(['vmoduser', '--home', home, '-p', `ann@${domain}`]);
        const client = await Pop3Client.connect(server.ports.pop3!);
        assert.match(await signIn(client, 'whole-password'), /^-ERR \[AUTH\]/);
        client.destroy();
        assert.match(
          server.stderr(),
          /pop3d: ip=127\.0\.0\.1 user=ann@whole\.example result=ended reason=retrieved 1, removed 1/,
        );
      },
    );
  }));

test('pop3s without a certificate is said not to be served, and a certificate that comes is taken at HUP', () =>
  withTemporaryDirectory(async (directory) => {
    const home = join(directory, 'home');
    await makeHome(home, ['ann']);
    // A new home has one that signs itself.
    await rm(join(home, 'qmail', 'control', 'servercert.pem'));
    await whileServing(home, 'pop3=127.0.0.1:0,pop3s=127.0.0.1:0', undefined, async (server) => {
      assert.match(server.stderr(), /pop3s is not served: it needs a certificate/);
      const client = await Pop3Client.connect(server.ports.pop3!);
      assert.ok(!(await client.list('CAPA')).includes('STLS'));
      const { key, cert } = createCertificate('mx.test');
      await setControl(home, 'servercert.pem', cert + key);
      server.process.kill('SIGHUP');
      await until('STLS is offered', async () => (await client.list('CAPA')).includes('STLS'));
      await client.ok('STLS');
      await client.startTls();
      assert.match(await signIn(client, 'whole-password'), /^\+OK/);
      client.destroy();
    });
  }));

test(
  "under root pop3d is a process of the Maildirs' owner, and the TLS key may be root's alone",
  { skip: needsRoot },
  () =>
    withRootHome(['ann'], async (home) => {
      const { key, cert } = createCertificate('mx.test');
      await writeFile(join(home, 'qmail', 'control', 'servercert.pem'), cert + key, { mode: 0o600 });
      await whileServing(
        home,
        'smtp=127.0.0.1:0,pop3=127.0.0.1:0,pop3s=127.0.0.1:0',
        'separate',
        async (server) => {
          const pid = readTable(server.stdout()).get('pop3d');
          const status = await statusOf(pid as number);
          assert.equal(status.get('Uid'), Array(4).fill(uids.people).join(' '));
          assert.equal(status.get('Gid'), Array(4).fill(gids.people).join(' '));
          await fetchOne(home, server, 'by TLS', () => Pop3Client.connectTls(server.ports.pop3s!));
          await fetchOne(home, server, 'clear', () => Pop3Client.connect(server.ports.pop3!));
          const uidlist = await stat(join(maildirOf(home), 'courierimapuiddb'));
          assert.equal(uidlist.uid, uids.people);
        },
      );
    }),
);
