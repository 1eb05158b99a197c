// facteur serve as a real process: what it binds and says, what it refuses, signals, reload, and the state it leaves.
import assert from 'node:assert/strict';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { oneProcess, type RunningServer, runFacteur, startServer } from '../support/facteur.ts';
import { slowness } from '../support/machine.ts';
import { withTemporaryDirectory } from '../support/queue.ts';
import {
  domain,
  makeHome,
  queued,
  sendLetter,
  setControl,
  subjectsOf,
  succeed,
  until,
} from '../support/serve.ts';
import { RawSmtpClient } from '../support/smtp.ts';

/** A home with the account ann; removed afterwards. */
const withHome = (use: (home: string) => Promise<void>): Promise<void> =>
  withTemporaryDirectory(async (directory) => {
    const home = join(directory, 'home');
    await makeHome(home, ['ann']);
    await use(home);
  });

/** Whatever a test finds, its server does not outlive it. */
async function whileServing(
  home: string,
  listen: string,
  use: (server: RunningServer) => Promise<void>,
): Promise<void> {
  const server = await startServer(home, listen);
  try {
    await use(server);
  } finally {
    if (server.process.exitCode === null && server.process.signalCode === null) await server.kill();
  }
}

const trace = /\n\s+at |node:internal|\.ts:\d+/;

describe('facteur serve', { concurrency: 2 }, () => {
  test('what is bound stands in run/listen while it serves, and TERM ends it with status 0', () =>
    withHome((home) =>
      whileServing(home, 'smtp=127.0.0.1:0,http=127.0.0.1:0', async (server) => {
        const listen = join(home, 'run', 'listen');
        assert.equal(
          await readFile(listen, 'utf8'),
          `smtp 127.0.0.1:${server.ports.smtp}\nhttp 127.0.0.1:${server.ports.http}\n`,
        );
        const page = await fetch(`http://127.0.0.1:${server.ports.http}/`);
        assert.equal(page.status, 200);
        await page.arrayBuffer();
        const began = Date.now();
        assert.equal(await server.stop(), 0);
        const took = Date.now() - began;
        // A kept-alive browser connection does not hold the end up.
        assert.ok(took < 2000 || took < 2000 * (await slowness()), `${took} ms`);
        await assert.rejects(stat(listen), { code: 'ENOENT' });
      }),
    ));

  test('a port that another program has: one line with listener and address, status 111', () =>
    withHome(async (home) => {
      const other = createServer();
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      const { port } = other.address() as { port: number };
      for (const name of ['smtp', 'http']) {
        const { status, stderr } = await runFacteur([
          'serve',
          oneProcess,
          '--home',
          home,
          '--listen',
          `${name}=127.0.0.1:${port}`,
          '--log',
          join(home, 'log'),
        ]);
        assert.equal(status, 111);
        assert.equal(
          stderr,
          `facteur serve: cannot listen on ${name} 127.0.0.1:${port}: another program has this port\n`,
        );
      }
      other.close();
    }));

  test('a second serve says that the queue is served already, ends with 111 and breaks nothing', () =>
    withHome((home) =>
      whileServing(home, 'smtp=127.0.0.1:0', async (server) => {
        const before = await readFile(join(home, 'run', 'listen'), 'utf8');
        const second = await runFacteur([
          'serve',
          oneProcess,
          '--home',
          home,
          '--listen',
          'smtp=127.0.0.1:0',
        ]);
        assert.equal(second.status, 111);
        assert.match(
          second.stderr,
          /^facteur serve: \S+\/qmail\/queue is already served by another program \(facteur or qmail-send\)$/m,
        );
        assert.doesNotMatch(second.stdout, /ready/);
        assert.equal(await readFile(join(home, 'run', 'listen'), 'utf8'), before);
        await succeed(['qmail-inject', '--home', home, `ann@${domain}`], 'Subject: by the socket\n\nHi\n');
        assert.equal((await sendLetter(server.ports.smtp as number, `ann@${domain}`, 'by SMTP')).code, 250);
        await until('both letters', async () => (await subjectsOf(home, 'ann')).length === 2);
        assert.equal(await server.stop(), 0);
      }),
    ));

  test('after kill -9 the lock is free at once, the old socket is replaced and waiting mail arrives', () =>
    withHome(async (home) => {
      await setControl(home, 'concurrencylocal', '0\n');
      const first = await startServer(home, 'smtp=127.0.0.1:0');
      assert.equal((await sendLetter(first.ports.smtp as number, `ann@${domain}`, 'survivor')).code, 250);
      await first.kill();
      assert.ok((await stat(join(home, 'run', 'inject'))).isSocket());
      await setControl(home, 'concurrencylocal', '10\n');
      await whileServing(home, 'smtp=127.0.0.1:0', async (server) => {
        await until('the letter', async () => (await subjectsOf(home, 'ann')).length === 1);
        await succeed(['qmail-inject', '--home', home, `ann@${domain}`], 'Subject: new socket\n\nHi\n');
        await until('the second', async () => (await subjectsOf(home, 'ann')).length === 2);
        await until('an empty queue', async () => (await queued(home)).length === 0);
        assert.equal(await server.stop(), 0);
      });
    }));

  test('TERM leaves the queue at rest: only S4 and S5, the times of the next tries in mtimes', () =>
    withHome(async (home) => {
      // A Maildir that is away defers, as does a remote host that is not there.
      const maildir = join(home, 'vpopmail', 'domains', domain, 'ann', 'Maildir');
      await rename(maildir, `${maildir}.away`);
      await writeFile(maildir, '');
      await whileServing(home, 'smtp=127.0.0.1:0', async (server) => {
        assert.equal((await sendLetter(server.ports.smtp as number, `ann@${domain}`, 'later')).code, 250);
        await until('a deferral', () => /deferral/.test(server.stderr()));
        const before = Date.now() / 1000;
        assert.equal(await server.stop(), 0);
        const files = await queued(home);
        const id = /\d+/.exec(files[0] ?? '')?.[0];
        assert.deepEqual(files, [`info/${id}`, `local/${id}`, `mess/${id}`]);
        const split = Number(id) % 23;
        const due = (await stat(join(home, 'qmail', 'queue', 'local', String(split), id as string))).mtimeMs;
        // qmail-send: the first retry of a local message is due 10 squared = 100 seconds after its birth.
        assert.ok(Math.abs(due / 1000 - before - 100) < 20, `due in ${due / 1000 - before} s`);
      });
      await rm(maildir);
      await rename(`${maildir}.away`, maildir);
      await whileServing(home, 'smtp=127.0.0.1:0', async (server) => {
        assert.deepEqual(await subjectsOf(home, 'ann'), [], 'not due yet');
        server.process.kill('SIGALRM');
        await until('ALRM tries now', async () => (await subjectsOf(home, 'ann')).length === 1);
        assert.equal(await server.stop(), 0);
        assert.deepEqual(await queued(home), []);
      });
    }));

  test('a domain that is added while it serves gets mail without a restart', () =>
    withHome((home) =>
      whileServing(home, 'smtp=127.0.0.1:0', async (server) => {
        const port = server.ports.smtp as number;
        assert.equal((await sendLetter(port, 'bob@second.example', 'too early')).code, 553);
        await succeed(['vadddomain', '--home', home, 'second.example', 'whole-password']);
        await succeed(['vadduser', '--home', home, 'bob@second.example', 'whole-password']);
        await until(
          'the new domain',
          async () => (await sendLetter(port, 'bob@second.example', 'in time')).code === 250,
        );
        await until('the letter', async () => (await subjectsOf(home, 'bob', 'second.example')).length > 0);
        assert.equal((await sendLetter(port, `ann@${domain}`, 'as ever')).code, 250);
        await until('the old domain', async () => (await subjectsOf(home, 'ann')).length === 1);
        assert.equal(await server.stop(), 0);
      }),
    ));

  test('a reload with a broken file keeps the old value and says so; HUP takes the mended one', () =>
    withHome(async (home) => {
      await setControl(home, 'databytes', '1000\n');
      await whileServing(home, 'smtp=127.0.0.1:0', async (server) => {
        const limit = async (): Promise<string | undefined> => {
          const client = await RawSmtpClient.connect(server.ports.smtp as number);
          const hello = await client.hello();
          client.close();
          return /SIZE (\d+)/.exec(hello.text)?.[1];
        };
        assert.equal(await limit(), '1000');
        await setControl(home, 'databytes', 'many\n');
        await setControl(home, 'smtpgreeting', 'other.example\n');
        server.process.kill('SIGHUP');
        await until('the alert', () =>
          /^alert: unable to reread control\/databytes, keeping what it said: .*databytes: "many" is wrong/m.test(
            server.stderr(),
          ),
        );
        assert.equal(await limit(), '1000');
        await until('other files are obeyed', async () => {
          const client = await RawSmtpClient.connect(server.ports.smtp as number);
          const greeting = await client.read();
          client.close();
          return greeting.text.startsWith('220 other.example');
        });
        await setControl(home, 'databytes', '2000\n');
        server.process.kill('SIGHUP');
        await until('the new limit', async () => (await limit()) === '2000');
        assert.equal(await server.stop(), 0);
        assert.doesNotMatch(server.stderr(), trace);
      });
    }));

  test('TERM during DATA: no new client, the slow one is let go, all within 12 s', { timeout: 60_000 }, () =>
    withHome((home) =>
      whileServing(home, 'smtp=127.0.0.1:0', async (server) => {
        const port = server.ports.smtp as number;
        const slow = await RawSmtpClient.connect(port);
        await slow.hello();
        for (const line of ['MAIL FROM:<>', `RCPT TO:<ann@${domain}>`, 'DATA']) await slow.command(line);
        await slow.send('Subject: never ends\r\n\r\nword\r\n');
        const quick = await RawSmtpClient.connect(port);
        await quick.hello();
        for (const line of ['MAIL FROM:<>', `RCPT TO:<ann@${domain}>`, 'DATA']) await quick.command(line);
        await quick.send('Subject: in hand\r\n\r\nwo');
        const began = Date.now();
        const ended = server.stop();
        await until('no new client', () =>
          RawSmtpClient.connect(port).then(
            (client) => {
              client.close();
              return false;
            },
            () => true,
          ),
        );
        await quick.send('rd\r\n.\r\n');
        assert.equal((await quick.read()).code, 250, 'a message under way may end');
        assert.equal(await ended, 0);
        assert.ok(Date.now() - began < 12_000, `${Date.now() - began} ms`);
        assert.match(await slow.readToEnd(), /^421 /);
        const files = (await queued(home)).map((file) => file.split('/')[0]);
        assert.deepEqual(files, ['mess', 'todo'], 'the acknowledged letter waits in S4');
      }),
    ),
  );
});

describe('wrong settings', { concurrency: 2 }, () => {
  const startWith = async (
    files: Readonly<Record<string, string>>,
    listen: string,
    use: (server: RunningServer) => Promise<void>,
  ): Promise<void> =>
    withTemporaryDirectory(async (directory) => {
      const home = join(directory, 'home');
      await makeHome(home);
      for (const [name, text] of Object.entries(files)) await setControl(home, name, text);
      await whileServing(home, listen, async (server) => {
        await use(server);
        assert.doesNotMatch(server.stderr(), trace);
        assert.equal(await server.stop(), 0);
      });
    });

  test('databytes "abc", queuelifetime in CR LF: two lines that help, and the web serves', () =>
    startWith(
      { databytes: 'abc\n', queuelifetime: '604800\r\n' },
      'smtp=127.0.0.1:0,http=127.0.0.1:0',
      async (server) => {
        assert.deepEqual(Object.keys(server.ports), ['http']);
        assert.match(
          server.stderr(),
          /^facteur serve: smtpd is not started: \S+\/control\/databytes: "abc" is wrong; expected a decimal number/m,
        );
        assert.match(
          server.stderr(),
          /^facteur serve: queue is not started: \S+\/control\/queuelifetime: "604800\\r" is wrong; expected a line that ends in LF/m,
        );
        const page = await fetch(`http://127.0.0.1:${server.ports.http}/`);
        assert.equal(page.status, 200);
        await page.arrayBuffer();
      },
    ));

  test('concurrencylocal "-1": the queue stays away, SMTP serves and refuses for now', () =>
    startWith({ concurrencylocal: '-1\n' }, 'smtp=127.0.0.1:0', async (server) => {
      assert.match(
        server.stderr(),
        /^facteur serve: queue is not started: \S+\/control\/concurrencylocal: "-1" is wrong; expected a decimal number/m,
      );
      const { code } = await sendLetter(server.ports.smtp as number, `postmaster@${domain}`, 'wait');
      assert.equal(code, 451);
    }));

  test('me missing, listen nonsense, no home, a log that cannot be: one line each and status 111', () =>
    withTemporaryDirectory(async (directory) => {
      const home = join(directory, 'home');
      await makeHome(home);
      const serve = (...args: string[]) =>
        runFacteur(['serve', oneProcess, '--home', home, '--listen', 'smtp=127.0.0.1:0', ...args]);
      const away = await serve('--log', join(home, 'nowhere', 'log'));
      assert.equal(away.status, 111);
      assert.match(away.stderr, /^facteur serve: cannot write the log: .*nowhere/m);
      await setControl(home, 'listen', 'smtp everywhere\n');
      const nonsense = await runFacteur(['serve', oneProcess, '--home', home]);
      assert.equal(nonsense.status, 111);
      assert.match(
        nonsense.stderr,
        /^facteur serve: \S+\/control\/listen: "smtp everywhere" is wrong; expected NAME HOST:PORT/m,
      );
      await rm(join(home, 'qmail', 'control', 'me'));
      const nameless = await serve('--log', join(directory, 'log'));
      assert.equal(nameless.status, 111);
      assert.match(nameless.stderr, /\/control\/me: "" is wrong; expected a host name/);
      assert.match(nameless.stderr, /^facteur serve: nothing could be started$/m);
      await setControl(home, 'me', 'mail.whole.example\n');
      await setControl(home, 'servercert.pem', 'no certificate\n');
      const uncertain = await serve('--listen', 'submissions=127.0.0.1:0');
      assert.equal(uncertain.status, 111);
      assert.match(
        uncertain.stderr,
        /^facteur serve: unable to use control\/servercert\.pem, it is not shown to anybody: .*expected a certificate chain/m,
      );
      assert.match(uncertain.stderr, /^facteur serve: submissions is not served: it needs a certificate/m);
      const homeless = await runFacteur(['serve', oneProcess, '--home', join(directory, 'none')]);
      assert.equal(homeless.status, 111);
      assert.match(
        homeless.stderr,
        /^facteur serve: there is no \S+; make a home with: facteur quickstart\n$/,
      );
      const wrong = await serve('--listen', 'smtp=here');
      assert.equal(wrong.status, 100);
      assert.match(wrong.stderr, /^facteur serve: --listen: "smtp=here" is wrong; expected NAME=HOST:PORT/);
      for (const { stderr } of [away, nonsense, nameless, uncertain, homeless, wrong])
        assert.doesNotMatch(stderr, trace);
    }));
});

test('a full log file gives way to a new one and is kept under its stamp', () =>
  withTemporaryDirectory(async (directory) => {
    const { openLineLog } = await import('../../server/supervisor/line-log.ts');
    const { readdir } = await import('node:fs/promises');
    await mkdir(join(directory, 'log'));
    const file = join(directory, 'log', 'current');
    const lines = await openLineLog(file, { size: 1000, kept: 2 });
    for (let n = 0; n < 100; n++) {
      lines.log(`line ${n} ${'.'.repeat(50)}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await lines.close();
    const names = (await readdir(join(directory, 'log'))).sort();
    assert.ok(names.length >= 2 && names.length <= 3, names.join(' '));
    assert.ok(names.every((name) => name === 'current' || /^@[0-9a-f]{24}\.s$/.test(name)));
    const text = (
      await Promise.all(names.map((name) => readFile(join(directory, 'log', name), 'utf8')))
    ).join('');
    const numbers = [...text.matchAll(/^@[0-9a-f]{24} line (\d+) /gm)].map(([, n]) => Number(n));
    assert.deepEqual(
      numbers,
      Array.from({ length: numbers.length }, (_, i) => 100 - numbers.length + i),
      'the newest lines, in order, none lost',
    );
    assert.equal((await stat(file)).mode & 0o777, 0o600);
  }));
