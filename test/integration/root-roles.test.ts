// Roles as processes of their own (security.md 1, tests P1 and P2): who runs as whom, what each may not touch, deliveries
// as the user who gets the mail, and injection by proof. Users are numbers: nothing in /etc/passwd is made or needed.
import assert from 'node:assert/strict';
import { chmod, lstat, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { type RunningServer, runFacteur, startServer } from '../support/facteur.ts';
import {
  assertRefused,
  childrenOf,
  gids,
  local,
  localHost,
  needsRoot,
  readTable,
  runAs,
  runProgram,
  statusOf,
  stranger,
  subjectsIn,
  uids,
  withRootHome,
  writeLucy,
} from '../support/root.ts';
import { domain, queued, sendLetter, setControl, subjectsOf, until } from '../support/serve.ts';
import { RawSmtpClient } from '../support/smtp.ts';
import { startSink } from '../support/smtp-sink.ts';

const skip = needsRoot;

async function whileServing(
  home: string,
  listen: string,
  use: (server: RunningServer) => Promise<void>,
  wrapper: readonly string[] = [],
): Promise<void> {
  const server = await startServer(home, listen, 'separate', wrapper);
  try {
    await use(server);
  } finally {
    if (server.process.exitCode === null) await server.stop();
  }
}

test('every role runs as its own user, without other groups, rights or the way to get any', { skip }, () =>
  withRootHome(['ann'], (home) =>
    whileServing(
      home,
      'smtp=127.0.0.1:0,http=127.0.0.1:0',
      async (server) => {
        const table = readTable(server.stdout());
        const expected = {
          parent: [0, 0],
          local: [0, 0],
          queue: [uids.queue, gids.qmail],
          remote: [uids.remote, gids.qmail],
          smtpd: [uids.smtpd, gids.nofiles],
          accounts: [uids.people, gids.people],
          web: [uids.people, gids.people],
          history: [uids.people, gids.people],
          admin: [0, 0],
        } as const;
        assert.deepEqual([...table.keys()].sort(), Object.keys(expected).sort());
        assert.equal(table.get('parent'), server.pid);
        for (const [role, [uid, gid]] of Object.entries(expected)) {
          const status = await statusOf(table.get(role) as number);
          // Real, effective, saved and file system ids: root's rights rest while none of its work is done.
          if (role === 'admin') {
            assert.equal(status.get('Uid'), `0 ${uids.people} 0 ${uids.people}`);
            assert.equal(status.get('Gid'), `0 ${gids.people} 0 ${gids.people}`);
            assert.equal(status.get('Groups'), '');
            continue;
          }
          assert.equal(status.get('Uid'), Array(4).fill(uid).join(' '), role);
          assert.equal(status.get('Gid'), Array(4).fill(gid).join(' '), role);
          if (uid === 0) continue;
          assert.equal(status.get('Groups'), '', role);
          assert.equal(status.get('NoNewPrivs'), '1', role);
          for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
            assert.match(status.get(set) as string, /^0+$/, `${role} ${set}`);
        }
        assert.equal((await sendLetter(server.ports.smtp as number, `ann@${domain}`, 'as people')).code, 250);
        assert.equal(
          (await sendLetter(server.ports.smtp as number, `lucy@${localHost}`, 'as lucy')).code,
          250,
        );
        await until('both letters', async () => (await subjectsOf(home, 'ann')).length === 1);
        const [name] = await readdir(join(home, 'vpopmail', 'domains', domain, 'ann', 'Maildir', 'new'));
        const { uid, mode } = await stat(
          join(home, 'vpopmail', 'domains', domain, 'ann', 'Maildir', 'new', name as string),
        );
        assert.deepEqual([uid, mode & 0o777], [uids.people, 0o600]);
        const workers = async (): Promise<string[]> => {
          const all = await Promise.all((await childrenOf(table.get('local') as number)).map(statusOf));
          return all.map((one) => `${one.get('Uid')} ${one.get('Gid')} ${one.get('Groups')}`.trim()).sort();
        };
        const four = (id: number): string => Array(4).fill(id).join(' ');
        await until('a worker for each user', async () => (await workers()).length === 2);
        assert.deepEqual(await workers(), [
          `${four(local.uid)} ${four(local.gid)}`,
          `${four(uids.people)} ${four(gids.people)}`,
        ]);
        assert.equal(await server.stop(), 0);
        // Whoever starts it is in more groups than root's own.
      },
      ['setpriv', '--groups=0,4,27', '--'],
    ),
  ),
);

test(
  'a program of a .qmail file runs as its user alone, reads the message, and may send mail on',
  { skip },
  () =>
    withRootHome(['ann'], async (home, lucy) => {
      await writeLucy(
        lucy,
        '.qmail',
        `|id -u > who; id -G >> who; cat > message; ${process.execPath} ${join(process.cwd(), 'server', 'main.ts')} forward --home ${home} ann@${domain} < message\n./Maildir/\n&ann@${domain}\n`,
      );
      await whileServing(home, 'smtp=127.0.0.1:0', async (server) => {
        assert.equal(
          (await sendLetter(server.ports.smtp as number, `lucy@${localHost}`, 'to a program')).code,
          250,
        );
        await until('three letters', async () => (await subjectsOf(home, 'ann')).length === 2, 30);
        assert.deepEqual(await subjectsIn(join(lucy, 'Maildir')), ['to a program']);
        assert.equal(await readFile(join(lucy, 'who'), 'utf8'), `${local.uid}\n${local.gid}\n`);
        assert.match(
          await readFile(join(lucy, 'message'), 'utf8'),
          /^Received: [\s\S]*Subject: to a program\n/,
        );
        const inbox = join(home, 'vpopmail', 'domains', domain, 'ann', 'Maildir', 'new');
        for (const name of await readdir(inbox))
          assert.match(
            await readFile(join(inbox, name), 'utf8'),
            new RegExp(`^Received: \\(qmail \\d+ invoked by uid ${local.uid}\\);`, 'm'),
          );
        assert.equal(
          (await sendLetter(server.ports.smtp as number, `boss@${localHost}`, 'to root')).code,
          250,
        );
        await until('the refusal', () =>
          /deferral: Not_allowed_to_perform_deliveries_as_root\./.test(server.stderr()),
        );
      });
    }),
);

test('long messages reach Maildirs and programs whole, and no copy of them stays', { skip }, () =>
  withRootHome(['ann'], async (home, lucy) => {
    await writeLucy(lucy, '.qmail', '|cat > message\n./Maildir/\n');
    await whileServing(home, 'smtp=127.0.0.1:0', async () => {
      const body = 'a line of a long message, again and again\n'.repeat(20_000);
      const sent = await runFacteur(
        ['qmail-inject', '--home', home, `lucy@${localHost}`, `ann@${domain}`],
        `Subject: long\n\n${body}`,
      );
      assert.equal(sent.status, 0, sent.stderr);
      await until('both', async () => (await queued(home)).length === 0, 30);
      assert.ok((await readFile(join(lucy, 'message'), 'utf8')).endsWith(body));
      assert.deepEqual(await subjectsOf(home, 'ann'), ['long']);
      const spool = await readdir(join(home, 'run', 'spool'), { recursive: true, withFileTypes: true });
      assert.deepEqual(
        spool.filter((entry) => !entry.isDirectory()),
        [],
      );
    });
  }),
);

test(
  'a user of the machine injects under their own uid; nobody as somebody else or as the network',
  { skip },
  () =>
    withRootHome(['ann'], (home) =>
      whileServing(home, 'smtp=127.0.0.1:0', async () => {
        const sent = await runAs(
          stranger,
          ['qmail-inject', '--home', home, `ann@${domain}`],
          'Subject: honest\n\nHi\n',
        );
        assert.equal(sent.status, 0, sent.stderr);
        await until('the letter', async () => (await subjectsOf(home, 'ann')).length === 1);
        const inbox = join(home, 'vpopmail', 'domains', domain, 'ann', 'Maildir', 'new');
        const [name] = await readdir(inbox);
        assert.match(
          await readFile(join(inbox, name as string), 'utf8'),
          new RegExp(`^Received: \\(qmail \\d+ invoked by uid ${stranger.uid}\\);`, 'm'),
        );
        for (const claim of ['network', 'relay', 'bounce', 'alias', `uid ${local.uid}`, 'uid 0'])
          assert.match(await injectAs(home, stranger, claim, 'own'), /^\d+:D.*somebody else/, claim);
        for (const proof of ['none', 'unknown', 'linked', 'other'] as const)
          assert.match(await injectAs(home, stranger, `uid ${stranger.uid}`, proof), /^\d+:D.*whose/, proof);
        assert.deepEqual(await subjectsOf(home, 'ann'), ['honest']);
        assert.deepEqual(await readdir(join(home, 'run', 'who')), [], 'proofs are used up');
        assertRefused(await runProgram(['ls', join(home, 'run', 'who')], stranger), 'a look at the proofs');
      }),
    ),
);

/** One package with this claim and proof, as written by hand. @returns the answer */
async function injectAs(
  home: string,
  user: { readonly uid: number; readonly gid: number },
  claim: string,
  proof: 'own' | 'none' | 'unknown' | 'linked' | 'other',
): Promise<string> {
  const name = Array.from({ length: 48 }, () => Math.floor(Math.random() * 16).toString(16)).join('');
  const file = join(home, 'run', 'who', name);
  if (proof === 'own') await runProgram(['sh', '-c', `printf ${name} > ${file}; chmod 644 ${file}`], user);
  // A file of lucy's that got there by a name that she did not choose.
  if (proof === 'other')
    await runProgram(['sh', '-c', `printf ${'0'.repeat(48)} > ${file}; chmod 644 ${file}`], local);
  if (proof === 'linked') {
    const other = `${file.slice(0, -1)}x`;
    await runProgram(
      ['sh', '-c', `printf ${name} > ${other}; ln -s ${other} ${file}; chmod 644 ${other}`],
      local,
    );
  }
  const netstring = (text: string): string => `${text.length}:${text},`;
  const prefix = proof === 'none' ? '' : `I${netstring(name)}`;
  const packet = `${prefix}S${netstring(claim)}${netstring('Subject: forged\n\n')}0:,${netstring('a@b.example')}${netstring(`ann@${domain}`)}0:,`;
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(join(home, 'run', 'inject'));
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (bytes) => {
      text += bytes;
      if (text.endsWith(',')) socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
    socket.write(packet);
  });
  if (proof === 'linked') await runProgram(['rm', '-f', `${file.slice(0, -1)}x`]);
  return answer;
}

test(
  'code that runs as a role reads no mail, hash, key or session of another, and writes outside nowhere',
  {
    skip,
  },
  () =>
    withRootHome(['ann'], async (home, lucy) => {
      await writeFile(join(home, 'qmail', 'control', 'servercert.pem'), 'a secret', { mode: 0o600 });
      await setControl(home, 'concurrencylocal', '0\n');
      await whileServing(home, 'http=127.0.0.1:0,qmtp=127.0.0.1:0', async (server) => {
        // A certificate that is none keeps smtpd away; the others serve, and the queue takes mail.
        const sent = await runFacteur(
          ['qmail-inject', '--home', home, `ann@${domain}`, `lucy@${localHost}`],
          'Subject: secret\n\nHi\n',
        );
        assert.equal(sent.status, 0, sent.stderr + server.stderr());
        await until('the letter', async () => (await queued(home)).some((name) => name.startsWith('mess/')));
        const mess = (await queued(home)).find((name) => name.startsWith('mess/')) as string;
        const found = await runProgram(['find', join(home, 'qmail', 'queue', 'mess'), '-type', 'f']);
        const letter = found.stdout.trim();
        assert.ok(letter.endsWith(mess.replace('mess/', '')), 'the letter was found');
        const domainHome = join(home, 'vpopmail', 'domains', domain);
        const files = {
          letter,
          hashes: join(domainHome, 'vpasswd'),
          maildir: join(domainHome, 'ann', 'Maildir'),
          lucy,
          key: join(home, 'qmail', 'control', 'servercert.pem'),
          sessions: join(home, 'state', 'facteur.sqlite'),
        };
        assert.ok((await lstat(files.sessions)).isFile());
        const roles = {
          smtpd: { uid: uids.smtpd, gid: gids.nofiles },
          remote: { uid: uids.remote, gid: gids.qmail },
          queue: { uid: uids.queue, gid: gids.qmail },
          web: { uid: uids.people, gid: gids.people },
          stranger,
        };
        // What each may read of these; everything else must fail.
        const allowed: Readonly<Record<keyof typeof roles, readonly string[]>> = {
          smtpd: [],
          // As qmail-remote does, by qmail's group.
          remote: ['letter'],
          queue: ['letter'],
          // The user of the virtual domains.
          web: ['hashes', 'maildir', 'sessions'],
          stranger: [],
        };
        for (const [role, user] of Object.entries(roles)) {
          for (const [what, path] of Object.entries(files)) {
            const look = (await stat(path)).isDirectory() ? ['ls', path] : ['cat', path];
            const end = await runProgram(look, user);
            assert.equal(
              end.status === 0,
              allowed[role as keyof typeof roles].includes(what),
              `${role}: ${what}`,
            );
          }
          for (const place of [
            home,
            join(home, 'run'),
            join(home, 'qmail'),
            join(home, 'qmail', 'control'),
            join(home, 'qmail', 'users'),
            ...(role === 'queue'
              ? []
              : [join(home, 'qmail', 'queue', 'todo'), join(home, 'qmail', 'queue', 'pid')]),
            ...(role === 'web' ? [] : [home, join(home, 'state'), domainHome]),
          ])
            assertRefused(
              await runProgram(['touch', join(place, 'planted')], user),
              `${role} writes into ${place}`,
            );
          for (const socket of ['local', 'remote', 'accounts', 'history']) {
            const ask = `const s = require('net').connect(${JSON.stringify(join(home, 'run', socket))});
            s.on('connect', () => process.exit(0)); s.on('error', () => process.exit(1));`;
            const end = await runProgram([process.execPath, '-e', ask], user);
            const may =
              (role === 'queue' && (socket === 'local' || socket === 'remote')) ||
              (role === 'smtpd' && socket === 'accounts') ||
              (role === 'web' && socket === 'history');
            if (may) continue;
            assertRefused(end, `${role} asks ${socket}`);
          }
        }
        await chmod(files.key, 0o600);
      });
    }),
);

test(
  'remote mail goes out by the role remote, from memory and, when it is long, out of queue/mess',
  { skip },
  () =>
    withRootHome(['ann'], async (home) => {
      const sink = await startSink();
      try {
        await setControl(home, 'smtproutes', `:127.0.0.1:${sink.port}\n`);
        await whileServing(home, 'smtp=127.0.0.1:0', async (server) => {
          const long = 'a line of a long message for another host\n'.repeat(15_000);
          for (const [subject, body] of [
            ['short', 'x\n'],
            ['long', long],
          ] as const) {
            const sent = await runAs(
              stranger,
              ['qmail-inject', '--home', home, 'bob@far.example'],
              `Subject: ${subject}\n\n${body}`,
            );
            assert.equal(sent.status, 0, sent.stderr);
          }
          await until('both', () => sink.messages.length === 2, 30);
          const whole = sink.messages.map(({ content }) => content.toString('latin1'));
          assert.ok(whole.some((text) => text.includes('\nSubject: short\n')));
          assert.ok(whole.some((text) => text.includes('\nSubject: long\n') && text.endsWith(long)));
          await until('an empty queue', async () => (await queued(home)).length === 0);
          assert.doesNotMatch(server.stderr(), /tcpto|warning/);
        });
      } finally {
        await sink.close();
      }
    }),
);

test('at rest the queue belongs to qmail again, and a queue of a stranger is refused', { skip }, () =>
  withRootHome(['ann'], async (home) => {
    await setControl(home, 'concurrencylocal', '0\n');
    const queue = join(home, 'qmail', 'queue');
    const ownerOf = async (place: string): Promise<string[]> => {
      const found = await runProgram(['find', join(queue, place), '-printf', '%U:%G %y\n']);
      return [
        ...new Set(
          found.stdout
            .trim()
            .split('\n')
            .map((line) => line.split(' ')[0] as string),
        ),
      ];
    };
    await whileServing(home, 'smtp=127.0.0.1:0', async (server) => {
      const sent = await runFacteur(
        ['qmail-inject', '--home', home, `ann@${domain}`, `lucy@${localHost}`],
        'Subject: waits\n\nHi\n',
      );
      assert.equal(sent.status, 0, sent.stderr);
      await until('info', async () => (await queued(home)).some((name) => name.startsWith('local/')));
      for (const place of ['mess', 'todo', 'info', 'local', 'bounce'])
        assert.deepEqual(await ownerOf(place), [`${uids.queue}:${gids.qmail}`], place);
      assert.equal(await server.stop(), 0);
    });
    for (const place of ['mess', 'todo', 'intd', 'pid'])
      assert.deepEqual(await ownerOf(place), [`${uids.queue}:${gids.qmail}`], place);
    for (const place of ['info', 'local', 'remote', 'bounce', 'lock/sendmutex', 'lock/trigger'])
      assert.deepEqual(await ownerOf(place), [`${uids.send}:${gids.qmail}`], place);
    assert.deepEqual(await ownerOf('lock/tcpto'), [`${uids.remote}:${gids.qmail}`]);
    await runProgram(['chown', `${stranger.uid}:${stranger.gid}`, join(queue, 'info', '3')]);
    const refused = await runFacteur(['serve', '--home', home, '--listen', 'smtp=127.0.0.1:0']);
    assert.equal(refused.status, 111);
    assert.match(refused.stderr, /info\/3 belongs to uid 7102; expected qmail's 7794 or 7796, or root$/m);
  }),
);

test(
  'what the door has learned of strangers is its own: it waits for their second try, and others cannot look',
  { skip },
  () =>
    withRootHome(['ann'], async (home) => {
      await setControl(home, 'greylist', '600\n');
      await setControl(home, 'smtproutes', ':[127.0.0.1]:1\n');
      await whileServing(home, 'smtp=127.0.0.1:0', async (server) => {
        const ask = async (from: string): Promise<string> => {
          const client = await RawSmtpClient.connect(server.ports.smtp!, '127.0.0.1', '127.0.7.9');
          await client.hello('mx.far.test');
          await client.command(`MAIL FROM:<${from}>`);
          const { text } = await client.command(`RCPT TO:<ann@${domain}>`);
          client.close();
          return text;
        };
        assert.match(await ask('new@far.test'), /^451 4\.7\.1 /);
        const { uid, mode } = await stat(join(home, 'trust'));
        assert.deepEqual([uid, mode & 0o777], [uids.smtpd, 0o700]);
        const memory = await stat(join(home, 'trust', 'junk.sqlite'));
        assert.deepEqual([memory.uid, memory.mode & 0o777], [uids.smtpd, 0o600]);
        // Whom our people write to is heard of from the queue.
        const ours = await RawSmtpClient.connect(server.ports.smtp!);
        await ours.hello();
        const sent = await ours.sendMessage(`ann@${domain}`, ['friend@far.test'], 'Subject: x\r\n\r\ny');
        assert.equal(sent.code, 250, sent.text);
        ours.close();
        await until('a friend who need not wait', async () =>
          (await ask('friend@far.test')).startsWith('250 '),
        );
      });
    }),
);
