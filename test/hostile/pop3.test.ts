// What strangers send to the POP3 server: bytes that are no command, lines without end, clear text behind STLS, other
// protocols, clients that read nothing or go away in the middle (spec/security.md I2, I5, R4, L2, L4, X1). Each ends with
// an answer or a close; the server and the mail stay.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createCertificate } from '../support/certificate.ts';
import { type Pop3Client, type Pop3Site, testPassword, testUser, withPop3 } from '../support/pop3.ts';
import { until } from '../support/serve.ts';

const pair = (() => {
  const { cert, key } = createCertificate('mail.example.net');
  return { cert: Buffer.from(cert), key: Buffer.from(key) };
})();

/** The server serves others as before. */
async function isWell(site: Pop3Site): Promise<void> {
  const client = await site.signIn();
  await client.ok('QUIT');
  assert.ok(!site.log.some((line) => line.includes('Error')), site.log.join('\n'));
}

/** Everything the server says until it closes; a client that is cut off has heard what it heard. */
const heard = (client: Pop3Client): Promise<string> => client.end();

describe('clear text around STLS', () => {
  it('in one piece with it is never executed', () =>
    withPop3(
      async (site) => {
        for (const behind of [
          'USER x',
          `USER ${testUser}\r\nPASS ${testPassword}`,
          'CAPA',
          'QUIT',
          '\x16\x03\x01',
        ]) {
          const client = await site.connect();
          client.write(`STLS\r\n${behind}\r\n`);
          assert.equal(await heard(client), '-ERR nothing may follow STLS before its answer\r\n', behind);
        }
        assert.ok(!site.log.some((line) => /authenticated|auth-failed/.test(line)));
        await isWell(site);
      },
      { tls: () => pair },
    ));

  it('after the answer is no handshake, and ends the connection', () =>
    withPop3(
      async (site) => {
        const client = await site.connect();
        await client.ok('STLS');
        client.write(`USER ${testUser}\r\nPASS ${testPassword}\r\n`);
        assert.doesNotMatch(await heard(client), /\+OK/);
        await isWell(site);
      },
      { tls: () => pair },
    ));

  it('a stranger on the TLS port who speaks no TLS hears nothing', () =>
    withPop3(
      async (site) => {
        const socket = createConnection({ port: site.tlsPort, host: '127.0.0.1' });
        let said = '';
        socket.on('data', (bytes) => {
          said += bytes.toString('latin1');
        });
        socket.on('error', () => undefined);
        socket.write('CAPA\r\nQUIT\r\n');
        await new Promise((resolve) => socket.once('close', resolve));
        assert.doesNotMatch(said, /\+OK|-ERR/);
        await isWell(site);
      },
      { tls: () => pair },
    ));
});

describe('garbage', () => {
  it('other protocols are turned away at their first line', () =>
    withPop3(async (site) => {
      for (const line of [
        'GET / HTTP/1.1',
        'POST / HTTP/1.1',
        'CONNECT x:25 HTTP/1.0',
        'EHLO x',
        '\x16\x03\x01\x02\x00',
      ]) {
        const client = await site.connect();
        client.write(`${line}\r\nUSER ${testUser}\r\nPASS ${testPassword}\r\n`);
        assert.equal(await heard(client), '-ERR this is POP3\r\n', line);
      }
      assert.ok(!site.log.some((line) => line.includes('authenticated')));
      await isWell(site);
    }));

  it('a line without end is not kept, and too many long ones end the session', () =>
    withPop3(async (site) => {
      const client = await site.connect();
      const before = process.memoryUsage().rss;
      const piece = Buffer.alloc(1_048_576, 0x41);
      for (let i = 0; i < 256; i++)
        if (!client.socket.write(piece)) await new Promise((resolve) => client.socket.once('drain', resolve));
      client.write('\r\n');
      assert.match(await client.line(), /^-ERR the line is too long/);
      // Client and server are one process here: what either let go and nobody collected yet counts too.
      const grown = (process.memoryUsage().rss - before) / 1_048_576;
      assert.ok(grown < 160, `memory does not grow with the line: ${grown} of 256 MiB`);
      client.write(`${'x'.repeat(5000)}\r\n${'x'.repeat(5000)}\r\nNOOP\r\n`);
      assert.match(await heard(client), /too long\r\n-ERR the line is too long\r\n$/);
      await isWell(site);
    }));

  it('of any kind is refused, and twenty errors end the session', () =>
    withPop3(async (site) => {
      const odd = [
        '',
        ' ',
        'USER',
        'PASS',
        'USER\0x',
        'NOOP\rQUIT',
        'AUTH PLAIN ====',
        'STLS x',
        '+OK',
        '.',
        '\xff\xfe',
      ];
      for (const line of odd) {
        const client = await site.connect();
        assert.match(await client.send(line), /^-ERR /, JSON.stringify(line));
        client.destroy();
      }
      const client = await site.connect();
      client.write('XYZZY\r\n'.repeat(30));
      const said = await heard(client);
      assert.equal(said.split('\r\n').length, 22);
      assert.match(said, /-ERR too many errors\r\n$/);
      for (let i = 0; i < 5; i++) {
        const noisy = await site.connect();
        noisy.write(randomBytes(200_000));
        noisy.socket.end();
        await heard(noisy);
      }
      await isWell(site);
    }));

  it('in numbers names no message, and in a name no line of the log', () =>
    withPop3(async (site) => {
      await writeFile(join(site.maildir, 'cur', '1.M1P1.h:2,'), 'A: b\n\n');
      const client = await site.signIn();
      for (const bad of [
        'RETR 4294967297',
        'DELE -1',
        'RETR 1e0',
        'RETR 0x1',
        'TOP 1 -1',
        'TOP 1 1e9',
        'TOP 1 99999999999999999999',
        'LIST 1 2 3 x',
      ])
        assert.match(await client.send(bad), bad.startsWith('LIST') ? /^\+OK 1 / : /^-ERR/, bad);
      const other = await site.connect();
      await other.ok('USER x result=authenticated\x1b[31m');
      assert.match(await other.send('PASS y'), /^-ERR/);
      assert.ok(!site.log.some((line) => line.includes('\x1b') || /user=x/.test(line)), site.log.join('\n'));
    }));
});

describe('clients that go away or do not read', () => {
  it('in the middle of a message leave nothing open and nothing changed', () =>
    withPop3(async (site) => {
      await writeFile(join(site.maildir, 'cur', '1.M1P1.h:2,'), `A: b\n\n${'x'.repeat(99)}\n`.repeat(20_000));
      for (let i = 0; i < 10; i++) {
        const client = await site.signIn();
        await client.ok('DELE 1').then(() => client.ok('RSET'));
        client.write('RETR 1\r\n');
        await client.line();
        client.destroy();
      }
      assert.deepEqual(await readdir(join(site.maildir, 'cur')).then((names) => names.length), 1);
      await isWell(site);
      const open = await readdir('/proc/self/fd').catch(() => []);
      assert.ok(open.length < 100, `${open.length} descriptors`);
    }));

  it('that do not read what they asked for are cut off, and hold no memory meanwhile', () =>
    withPop3(
      async (site) => {
        await writeFile(
          join(site.maildir, 'cur', '1.M1P1.h:2,'),
          `A: b\n\n${`${'x'.repeat(999)}\n`.repeat(50_000)}`,
        );
        const client = await site.signIn();
        client.socket.pause();
        const before = process.memoryUsage().rss;
        client.write('RETR 1\r\n'.repeat(20));
        await until('the session is over', () => site.log.some((line) => line.includes('result=ended')));
        assert.ok(process.memoryUsage().rss - before < 100 * 1_048_576);
        await isWell(site);
      },
      { limits: { stallSeconds: 0.5 } },
    ));
});

describe('what lies in the Maildir', () => {
  it('links, directories and FIFOs in the place of messages are not sent', () =>
    withPop3(async (site) => {
      const cur = join(site.maildir, 'cur');
      await writeFile(join(cur, '1.M1P1.h:2,'), 'A: b\n\n');
      await writeFile(join(cur, '2.M1P1.h:2,'), 'A: c\n\n');
      await symlink('/etc/passwd', join(cur, '3.M1P1.h:2,'));
      await mkdir(join(cur, '4.M1P1.h:2,'));
      const client = await site.signIn();
      assert.equal((await client.list('UIDL')).length, 2);
      await rm(join(cur, '1.M1P1.h:2,'));
      await symlink('/etc/passwd', join(cur, '1.M1P1.h:2,'));
      await rename(join(cur, '2.M1P1.h:2,'), join(site.fixture.root, 'aside'));
      await mkdir(join(cur, '2.M1P1.h:2,'));
      for (const number of [1, 2]) assert.match(await client.send(`RETR ${number}`), /^-ERR/);
      await client.ok('NOOP');
    }));
});
