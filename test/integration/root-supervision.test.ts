// The parent of separate roles: what it refuses at start, what it does when one role cannot start or dies again and again,
// what becomes of the roles when it dies itself, and how much of run/inject one user of the machine gets.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { programRoot } from '../../mta/root.ts';
import { createCertificate } from '../support/certificate.ts';
import { type RunningServer, runFacteur, startServer } from '../support/facteur.ts';
import { withTemporaryDirectory } from '../support/queue.ts';
import {
  childrenOf,
  needsRoot,
  readTable,
  runAs,
  runProgram,
  stranger,
  uids,
  withRootHome,
} from '../support/root.ts';
import { domain, makeHome, sendLetter, setControl, subjectsOf, until } from '../support/serve.ts';
import { RawSmtpClient } from '../support/smtp.ts';
import { startSink } from '../support/smtp-sink.ts';

const skip = needsRoot;

async function whileServing(
  home: string,
  listen: string,
  use: (server: RunningServer) => Promise<void>,
): Promise<void> {
  const server = await startServer(home, listen, 'separate');
  try {
    await use(server);
  } finally {
    if (server.process.exitCode === null && server.process.signalCode === null) await server.stop();
  }
}

const isRunning = async (pid: number): Promise<boolean> =>
  !/^State:\s+[ZX]/m.test(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => 'State: X'));

test(
  'a port that is taken, a second server, a missing user, a closed home: one line, status 111',
  { skip },
  () =>
    withRootHome(['ann'], async (home) => {
      const serve = (listen = 'smtp=127.0.0.1:0') =>
        runFacteur(['serve', '--home', home, '--listen', listen]);
      const other = createServer();
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      const { port } = other.address() as { port: number };
      const taken = await serve(`smtp=127.0.0.1:${port}`);
      assert.equal(taken.status, 111);
      assert.match(
        taken.stderr,
        new RegExp(
          `^facteur serve: cannot listen on smtp 127.0.0.1:${port}: another program has this port$`,
          'm',
        ),
      );
      other.close();
      await whileServing(home, 'smtp=127.0.0.1:0', async (server) => {
        const second = await serve();
        assert.equal(second.status, 111);
        assert.match(second.stderr, /queue is already served by another program \(facteur or qmail-send\)$/m);
        assert.equal(
          (await sendLetter(server.ports.smtp as number, `ann@${domain}`, 'still here')).code,
          250,
        );
        await until('the letter', async () => (await subjectsOf(home, 'ann')).length === 1);
      });
      await chmod(join(home, '..'), 0o700);
      const closed = await serve();
      assert.equal(closed.status, 111);
      assert.match(closed.stderr, /is closed to the users of the roles, who must reach .*--one-process$/m);
      await chmod(join(home, '..'), 0o755);
      await setControl(home, 'roleusers', 'smtpd:no_such_user\n');
      const missing = await serve();
      assert.equal(missing.status, 111);
      assert.match(
        missing.stderr,
        /^facteur serve: there is no user \S+ for the role \S+: make it \(.*useradd/m,
      );
    }),
);

test(
  'where the roles cannot have users of their own, facteur start serves in one process and says so',
  {
    skip,
  },
  () =>
    withTemporaryDirectory(async (directory) => {
      // Closed to everybody else, as a checkout below /root is.
      await chmod(directory, 0o700);
      const home = join(directory, 'home');
      await makeHome(home, []);
      const main = join(programRoot(), 'server', 'main.ts');
      const child = spawn(process.execPath, [main, 'start', '--home', home, '--listen', 'smtp=127.0.0.1:0']);
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await until('its words', () => said.includes('Ctrl-C stops it'), 30);
      assert.match(said, /Facteur is ready[\s\S]*running as root: all roles share this one process/);
      child.kill('SIGTERM');
      assert.equal(await ended, 0);
    }),
);

test(
  'a role with wrong settings stays away and says why, the others serve; HUP brings it back',
  { skip },
  () =>
    withRootHome(['ann'], async (home) => {
      await setControl(home, 'webproxies', 'soon\n');
      await whileServing(home, 'smtp=127.0.0.1:0,http=127.0.0.1:0', async (server) => {
        assert.match(server.stderr(), /web is not started: \S*webproxies: "soon" is wrong; expected/);
        assert.equal(
          (await sendLetter(server.ports.smtp as number, `ann@${domain}`, 'local goes')).code,
          250,
        );
        await until('the letter', async () => (await subjectsOf(home, 'ann')).length === 1);
        await setControl(home, 'webproxies', '');
        server.process.kill('SIGHUP');
        await until('web', () => /status: web runs again/.test(server.stderr()));
      });
    }),
);

test(
  'a role that dies again and again is started later and later, and does not stop the others',
  { skip },
  () =>
    withRootHome(['ann'], (home) =>
      whileServing(home, 'smtp=127.0.0.1:0', async (server) => {
        let pid = readTable(server.stdout()).get('remote') as number;
        for (let round = 1; round <= 2; round++) {
          process.kill(pid, 'SIGKILL');
          const again = (): number => server.stderr().split('status: remote runs again').length - 1;
          await until('the next one', () => again() === round);
          const found = await runProgram(['pgrep', '-P', String(server.pid), '-u', String(uids.remote)]);
          pid = Number(found.stdout.trim());
        }
        assert.match(
          server.stderr(),
          /lost remote \(SIGKILL\); starting it again\n[\s\S]*lost remote \(SIGKILL\); starting it again in 1 s\n/,
        );
        assert.equal((await sendLetter(server.ports.smtp as number, `ann@${domain}`, 'all along')).code, 250);
        await until('the letter', async () => (await subjectsOf(home, 'ann')).length === 1);
      }),
    ),
);

test('when the parent is killed the roles end by themselves, and the next start goes on', { skip }, () =>
  withRootHome(['ann'], async (home) => {
    await setControl(home, 'concurrencylocal', '0\n');
    const first = await startServer(home, 'smtp=127.0.0.1:0', 'separate');
    const roles = [...readTable(first.stdout()).values(), ...(await childrenOf(first.pid))];
    assert.equal((await sendLetter(first.ports.smtp as number, `ann@${domain}`, 'survivor')).code, 250);
    await first.kill();
    await until(
      'the end of all roles',
      async () => {
        for (const pid of roles) if (await isRunning(pid)) return false;
        return true;
      },
      30,
    );
    const info = join(home, 'qmail', 'queue', 'info');
    assert.equal((await stat(info)).uid, uids.queue, 'nobody could give it back');
    const repaired = await runFacteur(['queue-repair', '--home', home]);
    assert.equal(repaired.status, 0, repaired.stderr);
    assert.match(repaired.stdout, /^gave info, local, remote, bounce and the lock back to 7796:7000$/m);
    assert.equal((await stat(info)).uid, uids.send);
    await setControl(home, 'concurrencylocal', '10\n');
    await whileServing(home, 'smtp=127.0.0.1:0', async () => {
      await until('the letter', async () => (await subjectsOf(home, 'ann')).length === 1);
    });
  }),
);

test(
  'a parent that is killed while a host is slow leaves the lock within the patience of the next start; the log has the uid of qmaild',
  { skip },
  () =>
    withRootHome(['ann'], async (home) => {
      const silent = await startSink({ replies: { dot: { reply: '250 ok', delayMs: 6000 } } });
      try {
        await setControl(home, 'smtproutes', `slow.test:127.0.0.1:${silent.port}\n`);
        const first = await startServer(home, 'smtp=127.0.0.1:0', 'separate');
        assert.equal((await sendLetter(first.ports.smtp as number, 'u@slow.test', 'waits')).code, 250);
        await until('the delivery', () => silent.connections.length > 0);
        assert.match(first.stderr(), new RegExp(`^info msg \\d+: .* uid ${uids.smtpd}$`, 'm'));
        await first.kill();
        await whileServing(home, 'smtp=127.0.0.1:0', async () => {
          await until('the next try', () => silent.connections.length > 1);
        });
      } finally {
        await silent.close();
      }
    }),
);

test(
  'one user of the machine gets twenty connections to run/inject, and others still get theirs',
  { skip },
  () =>
    withRootHome(['ann'], (home) =>
      whileServing(home, 'smtp=127.0.0.1:0', async (server) => {
        const sockets: Socket[] = [];
        const answers: string[] = [];
        try {
          for (let i = 0; i < 25; i++) {
            const name = i.toString(16).padStart(48, '0');
            const file = join(home, 'run', 'who', name);
            await runProgram(['sh', '-c', `printf ${name} > ${file}; chmod 644 ${file}`], stranger);
            const socket = connect(join(home, 'run', 'inject'));
            socket.setEncoding('utf8');
            socket.on('data', (text: string) => answers.push(text));
            socket.on('error', () => undefined);
            sockets.push(socket);
            socket.write(`I48:${name},S`);
            await until('its proof to be read', () =>
              stat(file).then(
                () => false,
                () => true,
              ),
            );
          }
          await until('five refusals', () => answers.length >= 5);
          await pause(100);
          assert.equal(answers.length, 5, answers.join());
          for (const answer of answers) assert.match(answer, /^\d+:Ztoo many connections/);
          assert.equal(
            (await sendLetter(server.ports.smtp as number, `ann@${domain}`, 'from outside')).code,
            250,
          );
          const sent = await runFacteur(
            ['qmail-inject', '--home', home, `ann@${domain}`],
            'Subject: root\n\nHi\n',
          );
          assert.equal(sent.status, 0, sent.stderr);
          await until('both', async () => (await subjectsOf(home, 'ann')).length === 2);
        } finally {
          for (const socket of sockets) socket.destroy();
        }
        const again = await runAs(
          stranger,
          ['qmail-inject', '--home', home, `ann@${domain}`],
          'Subject: later\n\nHi\n',
        );
        assert.equal(again.status, 0, again.stderr);
      }),
    ),
);

test('connections that do not say whose they are keep nobody out', { skip }, () =>
  withRootHome(['ann'], (home) =>
    whileServing(home, 'smtp=127.0.0.1:0', async (server) => {
      let ended = 0;
      const silent = Array.from({ length: 130 }, () => {
        const socket = connect(join(home, 'run', 'inject'));
        socket.on('error', () => undefined);
        socket.on('close', () => {
          ended += 1;
        });
        return socket;
      });
      try {
        await until('the oldest to go', () => ended >= 30);
        const sent = await runAs(
          stranger,
          ['qmail-inject', '--home', home, `ann@${domain}`],
          'Subject: between\n\nHi\n',
        );
        assert.equal(sent.status, 0, sent.stderr);
        assert.equal((await sendLetter(server.ports.smtp as number, `ann@${domain}`, 'too')).code, 250);
        await until('both', async () => (await subjectsOf(home, 'ann')).length === 2);
      } finally {
        for (const socket of silent) socket.destroy();
      }
    }),
  ),
);

test("the TLS key may be root's alone, and smtpd asks the accounts role about passwords", { skip }, () =>
  withRootHome(['ann'], async (home) => {
    const { key, cert } = createCertificate('mx.test');
    await writeFile(join(home, 'qmail', 'control', 'servercert.pem'), cert + key, { mode: 0o600 });
    await whileServing(home, 'submissions=127.0.0.1:0', async (server) => {
      const client = await RawSmtpClient.connectTls(server.ports.submissions as number);
      try {
        await client.hello();
        const plain = (password: string): string =>
          `AUTH PLAIN ${Buffer.from(`\0ann@${domain}\0${password}`).toString('base64')}`;
        assert.equal((await client.command(plain('not-her-password'))).code, 535);
        assert.equal((await client.command(plain('whole-password'))).code, 235);
        // vpopmail's lastauth, by the role that may write there; smtpd may not.
        const lastauth = join(home, 'vpopmail', 'domains', domain, 'ann', 'lastauth');
        await until(
          'the login to be noted',
          async () => (await readFile(lastauth, 'latin1')) === '127.0.0.1',
        );
        assert.equal((await stat(lastauth)).uid, uids.people);
        assert.match(server.stderr(), /smtpd: ip=127\.0\.0\.1 .* result=auth-failed /);
        const sent = await client.sendMessage(
          `ann@${domain}`,
          [`ann@${domain}`],
          'Subject: with TLS\r\n\r\nx',
        );
        assert.equal(sent.code, 250);
      } finally {
        client.close();
      }
      await until('the letter', async () => (await subjectsOf(home, 'ann')).length === 1);
    });
  }),
);

test(
  "vpopmail's line protocol is served by the web role and changes accounts through the admin role",
  { skip },
  () =>
    withRootHome(['ann'], (home) =>
      whileServing(home, 'vpopmaild=127.0.0.1:0', async (server) => {
        const socket = connect(server.ports.vpopmaild as number, '127.0.0.1').setEncoding('utf8');
        let said = '';
        socket.on('data', (text: string) => {
          said += text;
        });
        try {
          socket.write(`slogin ann@${domain} whole-password\r\n`);
          await until('the login', () => said === '+OK \r\n+OK \r\n');
          socket.write(`mod_user ann@${domain}\r\ncomment Ann of ${domain}\r\n.\r\n`);
          await until('the change', () => said === '+OK \r\n'.repeat(4));
          const vpasswd = join(home, 'vpopmail', 'domains', domain, 'vpasswd');
          assert.match(await readFile(vpasswd, 'utf8'), new RegExp(`^ann:[^:]*:1:0:Ann of ${domain}:`, 'm'));
          assert.equal((await stat(vpasswd)).uid, uids.people);
        } finally {
          socket.destroy();
        }
      }),
    ),
);
