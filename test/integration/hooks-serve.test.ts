// Programs of deliveries under the running server: what becomes of one that will not end when the server stops, and a
// filter from the door to the Maildir. In one process, and as root also with a process a role.
import assert from 'node:assert/strict';
import { chmod, chown, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type RunningServer, startServer } from '../support/facteur.ts';
import { withTemporaryDirectory } from '../support/queue.ts';
import { needsRoot, withRootHome } from '../support/root.ts';
import { domain, makeHome, queued, sendLetter, setControl, subjectsOf, until } from '../support/serve.ts';

/** Writes a file into the domain's directory that belongs to its owner. */
async function writeDomainFile(home: string, name: string, text: string): Promise<void> {
  const directory = join(home, 'vpopmail', 'domains', domain);
  const { uid, gid } = await stat(directory);
  await writeFile(join(directory, name), text);
  await chmod(join(directory, name), 0o600);
  await chown(join(directory, name), uid, gid);
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

// Side by side: half of their time is the server's patience with programs that do not end.
describe('programs under the server', { concurrency: 2 }, () => {
  for (const mode of [[], 'separate'] as const)
    describe(mode === 'separate' ? 'with a process a role' : 'in one process', {
      skip: mode === 'separate' && needsRoot,
    }, () => {
      const withHome = (use: (home: string) => Promise<void>): Promise<void> =>
        mode === 'separate'
          ? withRootHome(['ann'], (home) => use(home))
          : withTemporaryDirectory(async (directory) => {
              const home = join(directory, 'home');
              await makeHome(home, ['ann']);
              await use(home);
            });

      const serve = async (home: string, use: (server: RunningServer) => Promise<void>): Promise<void> => {
        const server = await startServer(home, 'smtp=127.0.0.1:0', mode);
        try {
          await use(server);
        } finally {
          if (server.process.exitCode === null && server.process.signalCode === null) await server.kill();
        }
      };

      test('a program that ignores TERM does not outlive the server; its letter waits and arrives later', () =>
        withHome(async (home) => {
          const place = join(home, 'vpopmail', 'domains', domain);
          await writeDomainFile(
            home,
            '.qmail-slow',
            "|trap '' TERM; echo $$ >pid; while :; do sleep 1; done\n",
          );
          let pid = 0;
          await serve(home, async (server) => {
            assert.equal((await sendLetter(server.ports.smtp!, `slow@${domain}`, 'slow')).code, 250);
            await until('the program runs', async () => (await readdir(place)).includes('pid'));
            await until('its number is written', async () => {
              pid = Number(await readFile(join(place, 'pid'), 'utf8'));
              return pid > 0;
            });
            assert.equal(await server.stop(), 0);
            assert.doesNotMatch(server.stderr(), /success/);
            assert.match(
              server.stderr(),
              /deferral: The_program_was_ended_because_the_mail_system_is_stopping\._/,
            );
          });
          await until('the program is gone', () => !isAlive(pid));
          assert.notDeepEqual(await queued(home), []);
          await writeDomainFile(home, '.qmail-slow', './ann/Maildir/\n');
          await rm(join(place, 'pid'), { force: true });
          await serve(home, async (server) => {
            server.process.kill('SIGALRM');
            await until('the letter arrives', async () => (await subjectsOf(home, 'ann')).includes('slow'));
            assert.deepEqual(await subjectsOf(home, 'ann'), ['slow']);
            assert.equal(await server.stop(), 0);
          });
        }));

      test('a letter goes through the filter of its domain, and one that it drops is told in the log', () =>
        withHome(async (home) => {
          const command = 'sed "s/^Subject. secret/Subject\\x3a public/"';
          await setControl(
            home,
            'filterargs',
            `${domain}:local:case $_EXT in bob) exit 2;; esac; ${command}\n`,
          );
          await writeDomainFile(home, '.qmail-bob', './ann/Maildir/\n');
          await serve(home, async (server) => {
            await sendLetter(server.ports.smtp!, `bob@${domain}`, 'dropped');
            await sendLetter(server.ports.smtp!, `ann@${domain}`, 'secret');
            await until('the letter arrives', async () => (await subjectsOf(home, 'ann')).length > 0);
            await until('the drop is told', () =>
              /filter: dropped the message to .*bob@/.test(server.stderr()),
            );
            assert.deepEqual(await subjectsOf(home, 'ann'), ['public']);
            await until('the queue is empty', async () => (await queued(home)).length === 0);
            assert.equal(await server.stop(), 0);
          });
        }));

      test('a file that is wrong at the start puts off the mail that it concerns and no other, until it is mended', () =>
        withHome(async (home) => {
          await setControl(home, 'outgoingip', 'not an address\n');
          await serve(home, async (server) => {
            assert.match(
              server.stderr(),
              /alert: unable to read controls of remote, its mail waits: .*outgoingip/,
            );
            await sendLetter(server.ports.smtp!, `ann@${domain}`, 'one');
            await until('local mail arrives', async () => (await subjectsOf(home, 'ann')).includes('one'));
            assert.equal(await server.stop(), 0);
          });
          await setControl(home, 'outgoingip', '');
          await setControl(home, 'programenv', '1=wrong\n');
          await serve(home, async (server) => {
            await sendLetter(server.ports.smtp!, `ann@${domain}`, 'two');
            const words =
              /deferral: control\/programenv:_"1=wrong"_is_wrong;_expected_NAME_or_NAME=value\._\(#4\.3\.5\)/;
            await until('the letter waits', () => words.test(server.stderr()));
            await setControl(home, 'programenv', 'LANG=C\n');
            await until('the letter arrives', async () => {
              server.process.kill('SIGALRM');
              await new Promise((resolve) => setTimeout(resolve, 200));
              return (await subjectsOf(home, 'ann')).includes('two');
            });
            assert.equal(await server.stop(), 0);
          });
        }));
    });
});
