// The doors of imapd and pop3d in the running program: a certificate that is exchanged, and a stop in the middle of work.
// A new certificate at HUP holds for whom comes then and breaks nobody's session; at TERM everybody hears why, what was
// begun is answered whole, and a QUIT that removes mail removes all of it.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { chown, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { createCertificate } from '../support/certificate.ts';
import { type RunningServer, startServer } from '../support/facteur.ts';
import { ImapClient } from '../support/imap.ts';
import { Pop3Client } from '../support/pop3.ts';
import { withTemporaryDirectory } from '../support/queue.ts';
import { needsRoot, withRootHome } from '../support/root.ts';
import { domain, makeHome, setControl, until } from '../support/serve.ts';

const doors = ['imap', 'imaps', 'pop3', 'pop3s'].map((name) => `${name}=127.0.0.1:0`).join();
const user = `ann@${domain}`;
const password = 'whole-password';

async function withServer(
  home: string,
  mode: 'separate' | undefined,
  use: (server: RunningServer) => Promise<void>,
): Promise<void> {
  const server = await startServer(home, doors, mode);
  try {
    await use(server);
  } finally {
    if (server.process.exitCode === null && server.process.signalCode === null) await server.stop();
  }
}

async function signInToImap(client: ImapClient): Promise<ImapClient> {
  await client.ok(`LOGIN ${user} "${password}"`);
  await client.ok('SELECT INBOX');
  return client;
}

async function signInToPop3(client: Pop3Client): Promise<Pop3Client> {
  await client.ok(`USER ${user}`);
  await client.ok(`PASS ${password}`);
  return client;
}

/** Makes a certificate the site's; gives its fingerprint. */
async function installCertificate(home: string): Promise<string> {
  const { cert, key } = createCertificate('mail.test');
  await setControl(home, 'servercert.pem', `${cert}${key}`);
  return new X509Certificate(cert).fingerprint256;
}

const seenBy = ({ socket }: ImapClient | Pop3Client): string | undefined =>
  (socket as TLSSocket).getPeerX509Certificate()?.fingerprint256;

async function exchangeCertificate(home: string, mode: 'separate' | undefined): Promise<void> {
  const old = await installCertificate(home);
  await withServer(home, mode, async (server) => {
    const { imap = 0, imaps = 0, pop3 = 0, pop3s = 0 } = server.ports;
    const imapSession = await signInToImap(await ImapClient.connectTls(imaps));
    const pop3Session = await signInToPop3(await Pop3Client.connectTls(pop3s));
    const clearImap = await ImapClient.connect(imap);
    const clearPop3 = await Pop3Client.connect(pop3);
    assert.deepEqual([seenBy(imapSession), seenBy(pop3Session)], [old, old]);

    const fresh = await installCertificate(home);
    server.process.kill('SIGHUP');
    const seesFresh = async (connect: () => Promise<ImapClient | Pop3Client>): Promise<boolean> => {
      const client = await connect();
      try {
        return seenBy(client) === fresh;
      } finally {
        client.destroy();
      }
    };
    await until('imaps shows the new one', () => seesFresh(() => ImapClient.connectTls(imaps)));
    await until('pop3s shows the new one', () => seesFresh(() => Pop3Client.connectTls(pop3s)));

    // RFC 9051 6.2.1, RFC 2595 4: also to those who were there in clear text and begin TLS now.
    await clearImap.ok('STARTTLS');
    await clearImap.startTls();
    await clearPop3.ok('STLS');
    await clearPop3.startTls();
    assert.deepEqual([seenBy(clearImap), seenBy(clearPop3)], [fresh, fresh]);
    await signInToImap(clearImap);
    await signInToPop3(clearPop3);
    await imapSession.ok('NOOP');
    await pop3Session.ok('STAT');
    for (const client of [imapSession, pop3Session, clearImap, clearPop3]) client.destroy();
  });
}

test('a new certificate at HUP is shown to whom begins TLS from then on, and no session ends', () =>
  withTemporaryDirectory(async (directory) => {
    const home = join(directory, 'home');
    await makeHome(home, ['ann']);
    await exchangeCertificate(home, undefined);
  }));

test('the same where imapd and pop3d are processes of their own', { skip: needsRoot }, () =>
  withRootHome(['ann'], (home) => exchangeCertificate(home, 'separate')),
);

const bye = '* BYE [UNAVAILABLE] The server is shutting down';
const maildirOf = (home: string): string => join(home, 'vpopmail', 'domains', domain, 'ann', 'Maildir');

async function stopAtWork(home: string, mode: 'separate' | undefined): Promise<void> {
  const maildir = maildirOf(home);
  const { uid, gid } = await stat(maildir);
  const put = async (name: string, text: string): Promise<void> => {
    const path = join(maildir, 'new', name);
    await writeFile(path, text);
    await chown(path, uid, gid);
  };
  const letters = 400;
  await put('1.M0P1.h', `Subject: large\n\n${`${'x'.repeat(75)}\n`.repeat(200_000)}`);
  for (let n = 1; n < letters; n++) await put(`2.M${n}P1.h`, `Subject: ${n}\n\ntext\n`);
  const left = async (): Promise<number> => (await readdir(join(maildir, 'cur'))).length;

  await withServer(home, mode, async (server) => {
    const { imap = 0, pop3 = 0 } = server.ports;
    const stranger = await ImapClient.connect(imap);
    const idling = await signInToImap(await ImapClient.connect(imap));
    idling.begin('IDLE');
    assert.match(await idling.line(), /^\+/);
    const waiting = await signInToPop3(await Pop3Client.connect(pop3));
    await waiting.ok('DELE 1');

    // A client that reads slowly: its answer is under way as long as it likes.
    const working = await signInToImap(await ImapClient.connect(imap));
    const fetch = working.begin('FETCH 1 (BODY.PEEK[])');
    await new Promise((resolve) => working.socket.once('data', resolve));
    working.socket.pause();

    const leaving = await signInToPop3(await Pop3Client.connect(pop3));
    for (let n = 2; n <= letters; n++) leaving.write(`DELE ${n}\r\n`);
    for (let n = 2; n <= letters; n++) assert.match(await leaving.line(), /^\+OK/);
    leaving.write('QUIT\r\n');
    await until('mail is being removed', async () => (await left()) < letters);

    const stopped = server.stop();
    assert.equal(await stranger.end(), `${bye}\r\n`);
    // The roles wait ten seconds for a client and no longer, so that all of them are heard at once.
    working.socket.resume();
    const [lastWords, large] = await Promise.all([idling.end(), working.answer(fetch)]);
    // What it hears of the mail that goes comes before the last word.
    const news = lastWords.split('\r\n').filter((line) => !/^\* \d+ (?:EXPUNGE|RECENT)$/.test(line));
    assert.deepEqual(news, [bye, '']);
    assert.match(large.tagged, /^OK/);
    assert.ok(large.lines.some((line) => line.length > 200_000 * 77 && line.endsWith(')')));
    assert.equal(await working.end(), `${bye}\r\n`);
    assert.equal(await waiting.end(), '-ERR [SYS/TEMP] the server is shutting down\r\n');
    assert.equal(await leaving.line(), '+OK bye');
    assert.equal(await leaving.end(), '');
    for (const client of [stranger, idling, waiting, working, leaving]) client.destroy();
    assert.equal(await stopped, 0);
    // RFC 1939 6: what is marked goes at QUIT and at nothing else.
    assert.equal(await left(), 1);
  });
}

test('at TERM idle sessions hear BYE, what is under way is answered whole, and a QUIT removes all that it should', () =>
  withTemporaryDirectory(async (directory) => {
    const home = join(directory, 'home');
    await makeHome(home, ['ann']);
    await stopAtWork(home, undefined);
  }));

test('the same of a stop where imapd and pop3d are processes of their own', { skip: needsRoot }, () =>
  withRootHome(['ann'], (home) => stopAtWork(home, 'separate')),
);
