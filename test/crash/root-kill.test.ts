// kill -9 of each role in turn while letters come in, under root, where each is a process of its own (security.md 6, D9):
// the parent notices within a second and starts it again, nothing that was acknowledged is lost, and what the dead role
// had in hand is done by its successor. FACTEUR_CRASH_LETTERS makes it longer.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { startServer } from '../support/facteur.ts';
import { childrenOf, localHost, needsRoot, readTable, subjectsIn, withRootHome } from '../support/root.ts';
import { domain, queued, setControl, subjectsOf, until } from '../support/serve.ts';
import { RawSmtpClient } from '../support/smtp.ts';

const letters = Number(process.env.FACTEUR_CRASH_LETTERS ?? 400);
const connections = 4;
const concurrency = 10;

/** The children of a server that are roles, those that have just begun included; not the workers' and sockets' own. */
async function rolesOf(parent: number): Promise<number[]> {
  const found: number[] = [];
  for (const pid of await childrenOf(parent)) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    // Between fork and setpriv every child is root's: the role is what node plays.
    if (line.includes('\0role\0') && !line.startsWith('setpriv')) found.push(pid);
  }
  return found;
}

// Side by side: most of their time is a server's start.
describe('kill -9 of each role', { concurrency: 2 }, () => {
  for (const journal of [0, 1])
    test(
      `each role is killed under load and comes back; no acknowledged letter is lost (queuejournal ${journal})`,
      {
        skip: needsRoot,
        timeout: 240_000,
      },
      () =>
        withRootHome(['ann'], async (home, lucy) => {
          await setControl(home, 'queuejournal', `${journal}\n`);
          await setControl(home, 'concurrencylocal', `${concurrency}\n`);
          const server = await startServer(home, 'smtp=127.0.0.1:0', 'separate');
          let hasFailed = false;
          try {
            const acknowledged = new Set<string>();
            let next = 0;
            let isOver = false;
            /** Sends what is left, one letter after the other; one without an answer is given up, and a new one sent. */
            const send = async (): Promise<void> => {
              while (!hasFailed && (next < letters || !isOver)) {
                const client = await RawSmtpClient.connect(server.ports.smtp as number).catch(
                  () => undefined,
                );
                if (!client) {
                  await pause(20);
                  continue;
                }
                try {
                  await client.hello();
                  for (;;) {
                    next += 1;
                    const subject = `letter ${next}`;
                    const to = next % 3 === 0 ? `lucy@${localHost}` : `ann@${domain}`;
                    const reply = await client.sendMessage(
                      's@far.example',
                      [to],
                      `Subject: ${subject}\r\n\r\nx`,
                    );
                    if (reply.code === 250) acknowledged.add(subject);
                    else break;
                    if (isOver && next >= letters) break;
                    await pause(5);
                  }
                } catch {
                  // The connection went with its role.
                } finally {
                  client.close();
                }
              }
            };
            const sending = Promise.all(Array.from({ length: connections }, send));
            await until('the first letters', () => acknowledged.size > 20);
            const killed = ['smtpd', 'accounts', 'queue', 'local', 'remote', 'queue', 'local'] as const;
            const told = { smtpd: 0, accounts: 0, queue: 0, local: 0, remote: 0 };
            // Several roles have one user, so a successor is known by being new.
            const playing = readTable(server.stdout());
            for (const role of killed) {
              const pid = playing.get(role);
              assert.ok(pid, role);
              const known = await rolesOf(server.pid);
              assert.ok(known.includes(pid), `${role} runs`);
              process.kill(pid, 'SIGKILL');
              await until(`another ${role}`, async () => {
                const next = (await rolesOf(server.pid)).find((one) => !known.includes(one));
                if (next !== undefined) playing.set(role, next);
                return next !== undefined;
              });
              const deaths = server.stderr().split(`alert: oh no! lost ${role} (SIGKILL)`).length - 1;
              assert.equal(deaths, ++told[role], `the log tells of ${role}`);
              const before = acknowledged.size;
              await until(`letters after ${role}`, () => acknowledged.size > before + 10, 60);
            }
            // A worker too: what it had in hand is put off.
            const [worker] = await childrenOf(playing.get('local') as number);
            if (worker) process.kill(worker, 'SIGKILL');
            isOver = true;
            await sending;
            const ask = setInterval(() => server.process.kill('SIGALRM'), 500);
            try {
              // What a killed queue was just receiving stays behind, unacknowledged (S2 and S3), for 36 hours.
              const isMessage = (name: string): boolean => /^(todo|info)\//.test(name);
              await until('an empty queue', async () => !(await queued(home)).some(isMessage), 120);
            } finally {
              clearInterval(ask);
            }
            const found = [...(await subjectsOf(home, 'ann')), ...(await subjectsIn(join(lucy, 'Maildir')))];
            const there = new Set(found);
            const missing = [...acknowledged].filter((subject) => !there.has(subject));
            assert.deepEqual(missing, [], `${missing.length} of ${acknowledged.size} are lost`);
            // A delivery in flight at each death of the queue, of local or of the worker may be done twice.
            assert.ok(
              found.length - there.size <= 5 * concurrency,
              `${found.length - there.size} came twice`,
            );
            assert.equal(await server.stop(), 0);
            // Those of a killed queue stay for 36 hours; the one that was stopped leaves none.
            const pids = await readdir(join(home, 'qmail', 'queue', 'pid'));
            const own = `${playing.get('queue')}.`;
            assert.deepEqual(
              pids.filter((name) => name.startsWith(own)),
              [],
            );
          } catch (error) {
            // Or the clients would look for the server for ever.
            hasFailed = true;
            throw error;
          } finally {
            if (server.process.exitCode === null) await server.stop();
          }
        }),
    );
});
