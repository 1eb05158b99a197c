// A filter of an old site in the running program: a script in the manner of simscan that adds a header line and hands on
// to bin/qmail-queue, named by control/qmailqueue for all servers or by tcp.smtp for one client; control/taps.
import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { allowedOrigin } from '../../mta/inject/identity.ts';
import { createProgramInjector } from '../../mta/inject/queue-program.ts';
import { startInjectServer } from '../../mta/inject/server.ts';
import { programRoot } from '../../mta/root.ts';
import { type RunningServer, runFacteur, startServer } from '../support/facteur.ts';
import { withTemporaryDirectory } from '../support/queue.ts';
import { domain, makeHome, queued, sendLetter, setControl, until } from '../support/serve.ts';
import { RawSmtpClient } from '../support/smtp.ts';

/** A home with ann, joe and a filter at qmail/bin/scan, served. */
const whileServing = (
  controls: Readonly<Record<string, string>>,
  use: (home: string, server: RunningServer) => Promise<void>,
): Promise<void> =>
  withTemporaryDirectory(async (directory) => {
    const home = join(directory, 'home');
    await makeHome(home, ['ann', 'joe']);
    await mkdir(join(home, 'qmail', 'bin'), { recursive: true });
    const main = join(programRoot(), 'server', 'main.ts');
    const script = async (name: string, text: string) => {
      const path = join(home, 'qmail', 'bin', name);
      await writeFile(path, `#!/bin/sh\n${text}\n`);
      await chmod(path, 0o755);
    };
    // What an installation has as a link to bin/facteur.
    await script('qmail-queue', `exec "${process.execPath}" "${main}" qmail-queue`);
    // Descriptor 1 is the envelope: it is put aside while a pipe takes its place.
    await script('scan', 'exec 7<&1\n{ echo "X-Scanned: $SCAN_LEVEL"; cat; } | bin/qmail-queue 1<&7');
    for (const [name, text] of Object.entries(controls)) await setControl(home, name, text);
    const server = await startServer(home, 'smtp=127.0.0.1:0,http=127.0.0.1:0');
    try {
      await use(home, server);
    } finally {
      if (server.process.exitCode === null) await server.kill();
    }
  });

/** All letters of an account's inbox. */
async function lettersOf(home: string, user: string): Promise<string[]> {
  const directory = join(home, 'vpopmail', 'domains', domain, user, 'Maildir', 'new');
  const names = await readdir(directory).catch(() => []);
  return Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
}

/** Waits for letters in an inbox. */
async function takeLetters(home: string, user: string, count: number): Promise<string[]> {
  await until(`${count} letters of ${user}`, async () => (await lettersOf(home, user)).length >= count, 30);
  return lettersOf(home, user);
}

test('control/qmailqueue: mail of the doors, forwards and bounces go through the filter and come out whole', () =>
  whileServing({ qmailqueue: 'bin/scan\n', environment: 'SCAN_LEVEL=one\n' }, async (home, server) => {
    await writeFile(join(home, 'vpopmail', 'domains', domain, '.qmail-on'), `&ann@${domain}\n`, {
      mode: 0o644,
    });
    assert.match((await sendLetter(server.ports.smtp!, `joe@${domain}`, 'one')).text, /^250 ok \d+ qp \d+$/);
    const [letter] = await takeLetters(home, 'joe', 1);
    const received =
      /^((?:Return-Path|Delivered-To): .*\n)+Received: \(qmail \d+ invoked from network\); .*\nX-Scanned: one\nReceived: from /;
    assert.match(letter!, received);
    assert.match(letter!, /Subject: one\n\none\n$/);
    // A forward is a new message of the server's own.
    assert.equal((await sendLetter(server.ports.smtp!, `on@${domain}`, 'two')).code, 250);
    const [forwarded] = await takeLetters(home, 'ann', 1);
    assert.equal(forwarded!.match(/^X-Scanned: one$/gm)?.length, 2, 'at the door, and when it was forwarded');
    // So is a bounce.
    await writeFile(join(home, 'vpopmail', 'domains', domain, '.qmail-gone'), `&nobody@${domain}\n`, {
      mode: 0o644,
    });
    const client = await RawSmtpClient.connect(server.ports.smtp!);
    await client.hello();
    const reply = await client.sendMessage(`ann@${domain}`, [`gone@${domain}`], 'Subject: three');
    assert.equal(reply.code, 250);
    client.close();
    const bounce = (await takeLetters(home, 'ann', 2)).find((letter) => letter.includes('failure notice'));
    const header = bounce!.slice(0, bounce!.indexOf('\n\n'));
    assert.match(header, /^Received: \(qmail \d+ invoked for bounce\); .*\nX-Scanned: one\n/m);
    await until('the queue is empty', async () => (await queued(home)).length === 0);
  }));

test('whose message it was comes back through a filter: of a client that may relay, of the network, a bounce', () =>
  withTemporaryDirectory(async (directory) => {
    await mkdir(join(directory, 'run'));
    const origins: string[] = [];
    const taken = { write: () => true, drained: async () => undefined, abort: () => undefined };
    const server = await startInjectServer({
      path: join(directory, 'run', 'inject'),
      open: (origin) => {
        origins.push(origin);
        return { ...taken, finish: async () => ({ code: 'K', text: 'ok 1 qp 2' }) };
      },
      log: () => undefined,
    });
    try {
      const main = join(programRoot(), 'server', 'main.ts');
      const filter = join(directory, 'filter');
      await writeFile(filter, `#!/bin/sh\nexec "${process.execPath}" "${main}" qmail-queue\n`);
      await chmod(filter, 0o755);
      const env = { ...process.env, FACTEUR_HOME: directory, FACTEUR_ORIGIN: 'of an outer filter' };
      const injector = createProgramInjector(filter, { directory, env });
      const own = `uid ${process.getuid!()}` as const;
      for (const origin of ['relay', 'network', 'bounce', own, 'uid 12345'] as const) {
        const outcome = await injector.inject(origin, Buffer.from('Subject: x\n\ny\n'), 's@x.test', [
          'r@x.test',
        ]);
        assert.equal(outcome.code, 'K', outcome.text);
      }
      assert.deepEqual(origins, ['relay', 'network', 'bounce', own, own]);
    } finally {
      await server.close();
    }
  }));

test('under root only the doors speak for clients, the queue for bounces; a filter with a user of its own speaks for it', () => {
  const rights = { network: [10], bounce: 20, alias: 30 };
  for (const [uid, claimed, expected] of [
    [10, 'uid 10 for relay', 'relay'],
    [10, 'uid 10 for network', 'network'],
    [10, 'uid 10 for bounce', 'network'],
    [20, 'uid 20 for bounce', 'bounce'],
    [20, 'uid 20 for relay', 'uid 20'],
    [30, 'uid 30 for relay', 'alias'],
    [99, 'uid 99 for relay', 'uid 99'],
    [99, 'uid 10 for relay', 'uid 99'],
    [99, 'relay', undefined],
    [99, 'uid 10', undefined],
  ] as const)
    assert.equal(allowedOrigin(uid, claimed, rights), expected, `${uid}: ${claimed}`);
});

test('control/qmailqueue holds for commands too; $QMAILQUEUE wins; what the filter sends itself is not filtered again', () =>
  whileServing({ qmailqueue: 'bin/scan\n', environment: 'SCAN_LEVEL=two\n' }, async (home) => {
    const letter = 'Subject: by hand\n\nbody\n';
    const send = (command: readonly string[], env: Record<string, string> = {}) =>
      runFacteur([...command, '--home', home, `joe@${domain}`], letter, env);
    const succeedIn = async (...given: Parameters<typeof send>) => {
      const { status, stderr } = await send(...given);
      assert.equal(status, 0, stderr);
    };
    await succeedIn(['sendmail']);
    const [first] = await takeLetters(home, 'joe', 1);
    assert.match(first!, /^X-Scanned: two$/m);
    const plain = { QMAILQUEUE: join(home, 'qmail', 'bin', 'qmail-queue'), FACTEUR_HOME: home };
    await succeedIn(['qmail-inject'], plain);
    const second = (await takeLetters(home, 'joe', 2)).find((one) => one !== first);
    assert.doesNotMatch(second!, /X-Scanned/);
    // A filter that tells ann of each letter, with the command of the site.
    const main = join(programRoot(), 'server', 'main.ts');
    await writeFile(
      join(home, 'qmail', 'bin', 'scan'),
      `#!/bin/sh\nexec 7<&1\necho "Subject: notice" | "${process.execPath}" "${main}" sendmail ann@${domain} 1>&2 || exit 53\n` +
        '{ echo "X-Scanned: again"; cat; } | bin/qmail-queue 1<&7\n',
    );
    await succeedIn(['sendmail']);
    const [notice] = await takeLetters(home, 'ann', 1);
    assert.match(notice!, /Subject: notice/);
    assert.doesNotMatch(notice!, /X-Scanned/);
    await writeFile(join(home, 'qmail', 'bin', 'scan'), '#!/bin/sh\nexit 31\n');
    const refused = await send(['sendmail']);
    assert.equal(refused.status, 100);
    assert.match(refused.stderr, /mail server permanently rejected message/);
  }));

test("a rule's QMAILQUEUE is for its clients; exit 31 of the filter is 554 and nothing is queued", () =>
  whileServing(
    {
      'tcp.smtp': '127.0.0.1:allow,QMAILQUEUE="bin/scan",SCAN_LEVEL="nine"\n',
      environment: 'SCAN_LEVEL=one\n',
    },
    async (home, server) => {
      assert.equal((await sendLetter(server.ports.smtp!, `joe@${domain}`, 'one')).code, 250);
      const [letter] = await takeLetters(home, 'joe', 1);
      assert.match(letter!, /^X-Scanned: nine$/m);
      await writeFile(join(home, 'qmail', 'bin', 'scan'), '#!/bin/sh\ncat >/dev/null\nexit 31\n');
      assert.equal(
        (await sendLetter(server.ports.smtp!, `joe@${domain}`, 'two')).text,
        '554 5.3.0 mail server permanently rejected message (#5.3.0)',
      );
      assert.deepEqual(await queued(home), []);
    },
  ));

test('control/taps: whoever sends, the first line that fits adds one recipient', () =>
  whileServing({ taps: `T:^joe@:ann@${domain}\nF:.:joe@${domain}\n` }, async (home, server) => {
    assert.equal((await sendLetter(server.ports.smtp!, `joe@${domain}`, 'copied')).code, 250);
    const [copy] = await takeLetters(home, 'ann', 1);
    assert.match(copy!, /^Subject: copied$/m);
    assert.equal((await takeLetters(home, 'joe', 1)).length, 1);
  }));

test('a broken line of badmailfrom is told in the log when the file is read, and the others refuse', () =>
  whileServing({ badmailfrom: '(oops\n@elsewhere.example\n' }, async (_home, server) => {
    assert.match(
      (await sendLetter(server.ports.smtp!, `joe@${domain}`, 'x')).text,
      /^553 5\.7\.1 .*badmailfrom/,
    );
    assert.match(
      server.stderr(),
      /warning: .*badmailfrom line 1: "\(oops" does not count: there is a \( without its \)/,
    );
  }));
