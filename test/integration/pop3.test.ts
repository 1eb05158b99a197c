// The POP3 server over a real socket and a real Maildir: RFC 1939 with 2449 (CAPA, PIPELINING), 2595 (STLS), 5034 (AUTH),
// 6856 (UTF8, LANG); what it does to the files, and what it leaves alone.
import assert from 'node:assert/strict';
import { chmod, readdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createCertificate } from '../support/certificate.ts';
import { putMessage } from '../support/maildir.ts';
import { Pop3Client, startPop3Site, testPassword, testUser, withPop3 } from '../support/pop3.ts';
import { until } from '../support/serve.ts';

const put = (maildir: string, base: string, text: string, half = 'cur'): Promise<void> =>
  writeFile(join(maildir, half, half === 'cur' ? `${base}:2,` : base), text);

const files = async (maildir: string): Promise<string[]> => (await readdir(join(maildir, 'cur'))).sort();

describe('AUTHORIZATION', () => {
  it('lets in by USER and PASS, and knows no mail before', () =>
    withPop3(async (site) => {
      const client = await site.connect();
      assert.match(client.greeting, /^\+OK mail\.example\.net /);
      assert.equal(await client.send('STAT'), '-ERR sign in first');
      assert.match(await client.send('PASS x'), /^-ERR USER comes first/);
      await client.ok(`user ${testUser}`);
      assert.match(await client.send('PASS wrong'), /^-ERR \[AUTH\] /);
      assert.match(await client.send(`PASS ${testPassword}`), /^-ERR USER/, 'PASS comes right after USER');
      assert.match(await client.signIn(), /^\+OK 0 messages/);
      assert.match(await client.send('USER x'), /^-ERR/);
      assert.equal(await client.send('QUIT'), '+OK bye');
      assert.equal(await client.end(), '');
      assert.ok(site.log.some((line) => /result=auth-failed/.test(line)));
      assert.ok(site.log.some((line) => line.includes(`user=${testUser} result=authenticated`)));
      assert.ok(!site.log.join('\n').includes(testPassword));
    }));

  it('lets in by AUTH PLAIN and AUTH LOGIN, with an initial response and without', () =>
    withPop3(async (site) => {
      const base64 = (text: string): string => Buffer.from(text).toString('base64');
      const plain = base64(`\0${testUser}\0${testPassword}`);
      const one = await site.connect();
      assert.deepEqual(await one.list('AUTH'), ['PLAIN', 'LOGIN']);
      assert.match(await one.send('AUTH CRAM-MD5'), /^-ERR there is no such mechanism/);
      assert.equal(await one.send('AUTH PLAIN'), '+ ');
      assert.match(await one.send('*'), /^-ERR the exchange was given up/);
      assert.match(await one.send('AUTH PLAIN !!!'), /^-ERR/);
      await one.ok(`AUTH PLAIN ${plain}`);
      const two = await site.connect();
      assert.equal(await two.send('AUTH PLAIN'), '+ ');
      await two.ok(plain);
      const three = await site.connect();
      assert.equal(await three.send('AUTH LOGIN'), '+ VXNlcm5hbWU6');
      assert.equal(await three.send(base64(testUser)), '+ UGFzc3dvcmQ6');
      await three.ok(base64(testPassword));
      const four = await site.connect();
      assert.equal(await four.send(`AUTH LOGIN ${base64(testUser)}`), '+ UGFzc3dvcmQ6');
      assert.match(await four.send(base64('wrong')), /^-ERR \[AUTH\]/);
    }));

  it('ends after three wrong passwords, and says when there were too many everywhere', () =>
    withPop3(async (site) => {
      const client = await site.connect();
      for (let i = 0; i < 3; i++) {
        await client.ok('USER nobody');
        assert.match(await client.send('PASS x'), /^-ERR \[AUTH\]/);
      }
      await client.ok('USER nobody');
      client.write('PASS x\r\n');
      assert.match(await client.end(), /^-ERR \[AUTH\] too many tries/);
      site.world.isThrottled = true;
      const other = await site.connect();
      await other.ok(`USER ${testUser}`);
      assert.match(await other.send(`PASS ${testPassword}`), /^-ERR \[SYS\/TEMP\]/);
    }));

  it('is refused while the administrator works in a sticky home', () =>
    withPop3(async (site) => {
      await chmod(site.fixture.root, 0o1755);
      const client = await site.connect();
      await client.ok(`USER ${testUser}`);
      assert.match(await client.send(`PASS ${testPassword}`), /^-ERR \[SYS\/TEMP\]/);
      await chmod(site.fixture.root, 0o755);
      await client.signIn();
    }));

  it('ends for an account that is closed while its session is open', () =>
    withPop3(async (site) => {
      const client = await site.signIn();
      site.world.isClosed = true;
      // Asked every ten seconds at most: the clock is moved, not waited for.
      const { now } = performance;
      performance.now = () => now.call(performance) + 11_000;
      try {
        client.write('STAT\r\n');
        assert.match(await client.end(), /^-ERR \[SYS\/PERM\]/);
      } finally {
        performance.now = now;
      }
    }));
});

describe('CAPA', () => {
  it('tells what there is, and of TLS only where there is a certificate', async () => {
    await withPop3(async (site) => {
      const expected = [
        'TOP',
        'UIDL',
        'USER',
        'SASL PLAIN LOGIN',
        'PIPELINING',
        'RESP-CODES',
        'AUTH-RESP-CODE',
        'UTF8 USER',
        'LANG',
        'EXPIRE NEVER',
        'IMPLEMENTATION Facteur',
      ];
      const client = await site.connect();
      assert.deepEqual(await client.list('CAPA'), expected);
      await client.ok('UTF8');
      assert.deepEqual(await client.list('LANG'), ['en English']);
      assert.match(await client.send('LANG *'), /^\+OK en/);
      assert.match(await client.send('LANG fr'), /^-ERR/);
      await client.signIn();
      assert.deepEqual(await client.list('capa'), expected);
    });
    const tls = createCertificate('mail.example.net');
    const pair = { cert: Buffer.from(tls.cert), key: Buffer.from(tls.key) };
    await withPop3(
      async (site) => {
        const client = await site.connect();
        assert.ok((await client.list('CAPA')).includes('STLS'));
        await client.ok('USER someone');
        await client.ok('STLS');
        await client.startTls();
        assert.ok(!(await client.list('CAPA')).includes('STLS'));
        assert.match(await client.send(`PASS ${testPassword}`), /^-ERR USER/, 'nothing of before is known');
        assert.match(await client.send('STLS'), /^-ERR/);
        await client.signIn();
        const secure = await Pop3Client.connectTls(site.tlsPort);
        await secure.signIn();
        await secure.ok('QUIT');
        secure.destroy();
      },
      { tls: () => pair },
    );
  });

  it('offers no password over a clear connection from another machine, unless the site says so', async () => {
    // The machine's own other addresses are other machines to the server.
    const { networkInterfaces } = await import('node:os');
    const other = Object.values(networkInterfaces())
      .flat()
      .find((one) => one && !one.internal && one.family === 'IPv4')?.address;
    if (other === undefined) return;
    await withPop3(
      async (site) => {
        const client = await site.connect();
        const lines = await client.list('CAPA');
        assert.ok(!lines.includes('USER') && !lines.some((line) => line.startsWith('SASL')), lines.join());
        assert.match(await client.send(`USER ${testUser}`), /^-ERR \[SYS\/PERM\] .*STLS/);
        assert.match(await client.send('AUTH PLAIN AGEAYg=='), /^-ERR \[SYS\/PERM\]/);
      },
      { host: other },
    );
    await withPop3(async (site) => void (await site.signIn()), {
      host: other,
      settings: { cleartextlogin: 1 },
    });
  });
});

describe('TRANSACTION', () => {
  it('lists messages in the order of their times, with sizes as on the wire', () =>
    withPop3(async (site) => {
      await put(site.maildir, '1700000002.M1P1.h', 'A: b\n\nx\n');
      await put(site.maildir, '1700000001.M1P1.h,S=7,W=9', 'A: b\n\n\n');
      await put(site.maildir, '900000001.M1P1.h', 'A: b\r\n\r\ncrlf\r\n', 'new');
      await put(site.maildir, '1700000003.M1P1.h', 'A: b\n\nno end');
      const client = await site.signIn();
      assert.equal(await client.ok('STAT'), '+OK 4 50');
      assert.deepEqual(
        await client.list('LIST'),
        ['1 14', '2 9', '3 11', '4 16'].map((line) => line),
      );
      assert.deepEqual(await client.list('UIDL'), [
        '1 900000001.M1P1.h',
        '2 1700000001.M1P1.h,S=7,W=9',
        '3 1700000002.M1P1.h',
        '4 1700000003.M1P1.h',
      ]);
      assert.equal(await client.ok('LIST 3'), '+OK 3 11');
      assert.equal(await client.ok('UIDL 1'), '+OK 1 900000001.M1P1.h');
      for (const bad of ['LIST 5', 'LIST 0', 'LIST x', 'UIDL -1', 'RETR', 'RETR 99999999999', 'TOP 9 1'])
        assert.equal(await client.send(bad), '-ERR no such message', bad);
      assert.match(await client.send('TOP 1'), /^-ERR TOP needs/);
      assert.match(await client.send('XYZ'), /^-ERR unknown/);
      assert.deepEqual(await readdir(join(site.maildir, 'new')), [], 'new mail is in cur');
    }));

  it('sends every line with CRLF, dots doubled, and the last line ended', () =>
    withPop3(async (site) => {
      await put(site.maildir, '1.M1P1.h', '.A: b\n\n.\n..x\nplain\r\n\n.last');
      const client = await site.signIn();
      assert.match(await client.ok('RETR 1'), /^\+OK 33 octets/);
      assert.deepEqual(await client.rest(), ['..A: b', '', '..', '...x', 'plain', '', '..last']);
      await put(site.maildir, '2.M1P1.h', '');
      const again = await site.signIn();
      assert.deepEqual(await again.list('RETR 2'), []);
    }));

  it('gives the head and so many lines of the body by TOP, and does not mark the message as read by it', () =>
    withPop3(async (site) => {
      await put(site.maildir, '1.M1P1.h', 'A: b\nC: d\n\none\n.two\nthree\n');
      await put(site.maildir, '2.M1P1.h', 'A: b\r\nC: d\r\n\r\none\r\n');
      await put(site.maildir, '3.M1P1.h', 'A: only head\n');
      const client = await site.signIn();
      assert.deepEqual(await client.list('TOP 1 0'), ['A: b', 'C: d', '']);
      assert.deepEqual(await client.list('TOP 1 2'), ['A: b', 'C: d', '', 'one', '..two']);
      assert.deepEqual(await client.list('TOP 1 999'), ['A: b', 'C: d', '', 'one', '..two', 'three']);
      assert.deepEqual(await client.list('TOP 2 0'), ['A: b', 'C: d', '']);
      assert.deepEqual(await client.list('TOP 3 5'), ['A: only head']);
      await client.list('RETR 2');
      await client.ok('QUIT');
      await until('the one that was fetched has S', async () =>
        (await files(site.maildir)).includes('2.M1P1.h:2,S'),
      );
      assert.deepEqual(await files(site.maildir), ['1.M1P1.h:2,', '2.M1P1.h:2,S', '3.M1P1.h:2,']);
    }));

  it('leaves flags alone where the site wants that', () =>
    withPop3(
      async (site) => {
        await put(site.maildir, '1.M1P1.h', 'A: b\n\n');
        const client = await site.signIn();
        await client.list('RETR 1');
        await client.ok('QUIT');
        await client.end();
        assert.deepEqual(await files(site.maildir), ['1.M1P1.h:2,']);
      },
      { settings: { pop3marksread: 0 } },
    ));

  it('keeps its numbers when messages are deleted, come, or go by another hand', () =>
    withPop3(async (site) => {
      for (const n of [1, 2, 3, 4]) await put(site.maildir, `${n}.M1P1.h`, `N: ${n}\n\n`);
      const client = await site.signIn();
      await client.ok('DELE 2');
      assert.equal(await client.send('DELE 2'), '-ERR no such message');
      assert.equal(await client.send('RETR 2'), '-ERR no such message');
      assert.equal(await client.ok('STAT'), '+OK 3 24');
      assert.deepEqual(await client.list('UIDL'), ['1 1.M1P1.h', '3 3.M1P1.h', '4 4.M1P1.h']);
      assert.deepEqual(await client.list('LIST'), ['1 8', '3 8', '4 8']);
      await put(site.maildir, '0.M1P1.h', 'N: 0\n\n', 'new');
      await unlink(join(site.maildir, 'cur', '3.M1P1.h:2,'));
      assert.deepEqual(await client.list('RETR 4'), ['N: 4', '']);
      assert.equal(await client.send('RETR 3'), '-ERR this message is gone');
      assert.deepEqual(await client.list('LIST'), ['1 8', '3 8', '4 8']);
      await client.ok('RSET');
      assert.equal(await client.ok('STAT'), '+OK 4 32');
    }));

  it('answers commands that come together in their order (PIPELINING)', () =>
    withPop3(async (site) => {
      for (const n of [1, 2]) await put(site.maildir, `${n}.M1P1.h`, `N: ${n}\n\nbody\n`);
      const client = await site.connect();
      client.write(
        `USER ${testUser}\r\nPASS ${testPassword}\r\nSTAT\r\nRETR 2\r\nTOP 1 0\r\nDELE 1\r\nNOOP\r\nQUIT\r\n`,
      );
      const said = await client.end();
      assert.equal(
        said.replace(/^\+OK\r\n\+OK 2 messages[^\n]*\n/, ''),
        '+OK 2 28\r\n+OK 14 octets\r\nN: 2\r\n\r\nbody\r\n.\r\n+OK\r\nN: 1\r\n\r\n.\r\n+OK message 1 is marked\r\n+OK\r\n+OK bye\r\n',
      );
      assert.deepEqual(
        (await files(site.maildir)).map((name) => name[0]),
        ['2'],
      );
    }));

  it('sends a message of 20 MB whole, also to a slow client', () =>
    withPop3(async (site) => {
      const line = `${'x'.repeat(75)}\n`;
      await put(site.maildir, '1.M1P1.h', `A: b\n\n${line.repeat(270_000)}`);
      const client = await site.signIn();
      client.socket.pause();
      client.write('RETR 1\r\n');
      await new Promise((resolve) => setTimeout(resolve, 50));
      client.socket.resume();
      assert.match(await client.line(), /^\+OK 20790008 octets/);
      let count = 0;
      while ((await client.line()) !== '.') count++;
      assert.equal(count, 270_002);
    }));
});

describe('UPDATE', () => {
  it('removes at QUIT only: a lost connection removes nothing', () =>
    withPop3(async (site) => {
      for (const n of [1, 2, 3]) await put(site.maildir, `${n}.M1P1.h,S=6`, 'A: b\n\n');
      await writeFile(join(site.maildir, 'maildirsize'), '1000S\n18 3\n');
      const lost = await site.signIn();
      await lost.ok('DELE 1');
      lost.destroy();
      await until('the session ended', () => site.log.some((line) => line.includes('result=ended')));
      assert.equal((await files(site.maildir)).length, 3);
      const client = await site.signIn();
      await client.ok('DELE 1');
      await client.ok('DELE 3');
      assert.equal(await client.ok('QUIT'), '+OK bye');
      assert.deepEqual(await files(site.maildir), ['2.M1P1.h,S=6:2,']);
      assert.equal(await readFile(join(site.maildir, 'maildirsize'), 'utf8'), '1000S\n18 3\n-12 -2\n');
      assert.ok(
        site.log.some((line) => line.endsWith('retrieved 0, removed 2')),
        site.log.join('\n'),
      );
    }));

  it('counts what another removed before as removed', () =>
    withPop3(async (site) => {
      await put(site.maildir, '1.M1P1.h', 'A: b\n\n');
      const client = await site.signIn();
      await client.ok('DELE 1');
      await unlink(join(site.maildir, 'cur', '1.M1P1.h:2,'));
      assert.equal(await client.send('QUIT'), '+OK bye');
    }));

  it('finds a message that another program renamed meanwhile', () =>
    withPop3(async (site) => {
      const base = await putMessage(site.maildir, { subject: 'renamed' });
      const client = await site.signIn();
      const { rename } = await import('node:fs/promises');
      await rename(join(site.maildir, 'cur', `${base}:2,`), join(site.maildir, 'cur', `${base}:2,FS`));
      assert.ok((await client.list('RETR 1')).includes('Subject: renamed'));
      await client.ok('DELE 1');
      await client.ok('QUIT');
      assert.deepEqual(await files(site.maildir), []);
    }));
});

describe('limits', () => {
  it('end a session that does not sign in, or is silent for too long, without removing anything', async () => {
    await withPop3(
      async (site) => {
        const client = await site.connect();
        assert.match(await client.end(), /^-ERR \[SYS\/TEMP\] silent/);
      },
      { limits: { loginSeconds: 0.2 } },
    );
    await withPop3(
      async (site) => {
        await put(site.maildir, '1.M1P1.h', 'A: b\n\n');
        const client = await site.signIn();
        await client.ok('DELE 1');
        assert.match(await client.end(), /^-ERR \[SYS\/TEMP\] silent/);
        assert.equal((await files(site.maildir)).length, 1);
      },
      { limits: { idleSeconds: 0.3 } },
    );
  });

  it('turn away more connections than the site wants', () =>
    withPop3(
      async (site) => {
        const first = await site.connect();
        const second = await site.connect();
        assert.match(second.greeting, /^-ERR \[SYS\/TEMP\] too many connections/);
        await first.ok('QUIT');
      },
      { settings: { maxpop3connections: 1 } },
    ));

  it('of a close of the role: idle clients are told, a port is free again', async () => {
    const site = await startPop3Site();
    const client = await site.signIn();
    await site.close();
    assert.match(
      await client.end().catch(() => ''),
      /^(-ERR \[SYS\/TEMP\] the server is shutting down\r\n)?$/,
    );
  });

  it('of a close of the role: a message that is on its way arrives whole before the last word', async () => {
    const site = await startPop3Site();
    try {
      await put(site.maildir, '1.M1P1.h', `A: b\n\n${`${'x'.repeat(75)}\n`.repeat(100_000)}`);
      const client = await site.signIn();
      client.write('RETR 1\r\nNOOP\r\n');
      await new Promise((resolve) => client.socket.once('data', resolve));
      client.socket.pause();
      const closing = site.service.close();
      client.socket.resume();
      assert.match(await client.line(), /^\+OK \d+ octets/);
      assert.equal((await client.rest()).length, 100_002);
      assert.equal(await client.end(), '-ERR [SYS/TEMP] the server is shutting down\r\n');
      await closing;
    } finally {
      await site.close();
    }
  });
});
