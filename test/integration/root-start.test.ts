// An old site's start under root: qmail-start runs the roles under their users, and qmail-smtpd runs beside it under
// tcpserver as the user of the run file.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { programRoot } from '../../mta/root.ts';
import { commandWords, runWords, startTcpserver } from '../support/command-process.ts';
import { gids, local, localHost, needsRoot, stranger, uids, withRootHome } from '../support/root.ts';
import { until } from '../support/serve.ts';
import { RawSmtpClient } from '../support/smtp.ts';

const main = join(programRoot(), 'server', 'main.ts');

test(
  'qmail-start under root: roles with their users, the default delivery of its argument, qmail-smtpd beside it',
  { skip: needsRoot },
  () =>
    withRootHome([], async (home, lucy) => {
      await rm(join(home, 'qmail', 'control', 'listen'), { force: true });
      const words = [main, 'qmail-start', '--home', home, './Maildir/\n./second/'];
      for (const name of ['second', 'second/tmp', 'second/new', 'second/cur'])
        await runWords(['mkdir', join(lucy, name)], local);
      let log = '';
      const child = spawn(process.execPath, words, {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, NODE_NO_WARNINGS: '1' },
      });
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        log += text;
      });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      try {
        await until('qmail-send is there', () => /^status: local 0\//m.test(log), 60);
        const env = { FACTEUR_HOME: home, TCPREMOTEIP: '192.0.2.7', TCPLOCALHOST: 'here.test' };
        for (const [who, words] of [
          [{ uid: uids.smtpd, gid: gids.nofiles }, /^Received: \(qmail \d+ invoked from network\); /m],
          [stranger, new RegExp(`^Received: \\(qmail \\d+ invoked by uid ${stranger.uid}\\); `, 'm')],
        ] as const) {
          const server = await startTcpserver(commandWords('qmail-smtpd'), { env, ...who });
          const client = await RawSmtpClient.connect(server.port);
          await client.hello();
          const reply = await client.sendMessage(
            'a@b.example',
            [`lucy@${localHost}`],
            'Subject: s\r\n\r\nhi',
          );
          assert.match(reply.text, /^250 ok \d+ qp \d+$/);
          await client.command('QUIT');
          client.close();
          await server.close();
          for (const place of ['Maildir', 'second']) {
            const directory = join(lucy, place, 'new');
            await until(`it is in ${place}`, async () => (await readdir(directory)).length === 1, 60);
            const [name = ''] = await readdir(directory);
            assert.match(await readFile(join(directory, name), 'utf8'), words);
            await rm(join(directory, name));
          }
        }
        assert.match(log, /^delivery 1: success: did_2\+0\+0\/$/m);
      } finally {
        child.kill('SIGTERM');
        assert.equal(await ended, 0, log);
      }
      assert.match(log, /^status: exiting$/m);
    }),
);
