// qmail's administration commands as real processes on a site of the test's own (spec/qmail.md 1.2, 4.5, 8.5, 12.1, 12.2).
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import {
  chown,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { test } from 'node:test';
import { qmailCommands } from '../../mta/commands/table.ts';
import { Cdb } from '../../mta/formats/cdb.ts';
import { encodeTimeoutFile } from '../../mta/remote/tcpto-file.ts';
import { programRoot } from '../../mta/root.ts';
import { hasProgram } from '../support/accounts.ts';
import { commandWords, runTableCommand, startTcpserver } from '../support/command-process.ts';
import { startDns } from '../support/dns.ts';
import { writeControl } from '../support/inject.ts';
import { makeQueueTree, queueFiles, withTemporaryDirectory } from '../support/queue.ts';

const hasCdb = hasProgram('cdb', '-h');

test('every command of the table loads, says how it is used, and is a file of its name', async () => {
  for (const [name, { load, summary }] of Object.entries(qmailCommands)) {
    const command = await load();
    assert.equal(typeof command.run, 'function', name);
    assert.ok(command.usage.includes(name) && summary.length < 60, name);
    await stat(join(programRoot(), 'mta', 'commands', `${name}.ts`));
  }
});

test('tcprules writes what cdb reads, for everybody, in one step, and nothing on a bad line', async () => {
  await withTemporaryDirectory(async (cwd) => {
    const text = '127.:allow,RELAYCLIENT=""\n:allow,QMAILQUEUE="bin/scan"\n';
    const made = await runTableCommand('tcprules', ['tcp.smtp.cdb', 'tcp.smtp.tmp'], { input: text, cwd });
    assert.deepEqual([made.status, made.stdout, made.stderr], [0, '', '']);
    assert.equal((await stat(join(cwd, 'tcp.smtp.cdb'))).mode & 0o777, 0o644);
    if (hasCdb) {
      const dump = execFileSync('cdb', ['-d', join(cwd, 'tcp.smtp.cdb')], { encoding: 'latin1' });
      assert.equal(dump, '+4,14:127.->+RELAYCLIENT=\0\n+0,21:->+QMAILQUEUE=bin/scan\0\n\n');
    }
    const before = await readFile(join(cwd, 'tcp.smtp.cdb'));
    const bad = await runTableCommand('tcprules', ['tcp.smtp.cdb', 'tcp.smtp.tmp'], {
      input: 'x:maybe\n',
      cwd,
    });
    assert.equal(bad.status, 100);
    assert.equal(bad.stderr, 'tcprules: fatal: unable to parse this line: x:maybe (line 1)\n');
    assert.deepEqual(await readFile(join(cwd, 'tcp.smtp.cdb')), before);
    assert.deepEqual(await readdir(cwd), ['tcp.smtp.cdb']);
    const nowhere = await runTableCommand('tcprules', ['no/a', 'no/b'], { input: text, cwd });
    assert.deepEqual(
      [nowhere.status, nowhere.stderr],
      [111, 'tcprules: fatal: unable to create no/b: file does not exist\n'],
    );
  });
});

test('qmail-newmvrt compiles morevalidrcptto: addresses, domains and those that are refused', async () => {
  await withTemporaryDirectory(async (home) => {
    const env = { FACTEUR_HOME: home };
    const path = join(home, 'qmail', 'control', 'morevalidrcptto');
    await mkdir(join(home, 'qmail', 'control'), { recursive: true });
    const missing = await runTableCommand('qmail-newmvrt', [], { env });
    assert.equal(missing.status, 111);
    assert.match(missing.stderr, /^qmail-newmvrt: fatal: unable to read control\/morevalidrcptto: /);
    await writeFile(path, '# people\nJoe@Our.test \n-spam@our.test\n@all.test\n\n');
    const done = await runTableCommand('qmail-newmvrt', [], { env });
    assert.deepEqual([done.status, done.stdout, done.stderr], [0, '', '']);
    const cdb = await Cdb.open(`${path}.cdb`);
    const has = (key: string) => cdb.find(Buffer.from(key)) !== undefined;
    assert.deepEqual(['joe@our.test', '-spam@our.test', '@all.test', '# people'].map(has), [
      true,
      true,
      true,
      false,
    ]);
    assert.equal((await runTableCommand('qmail-newmvrt', ['x'], { env })).status, 100);
  });
});

test('qmail-newmrh compiles morercpthosts; without it there is an error and no cdb', async () => {
  await withTemporaryDirectory(async (home) => {
    const qmail = join(home, 'qmail');
    const env = { FACTEUR_HOME: home };
    await writeControl(qmail, { me: 'me.test\n' });
    const missing = await runTableCommand('qmail-newmrh', [], { env });
    assert.equal(missing.status, 111);
    assert.match(
      missing.stderr,
      /^qmail-newmrh: fatal: unable to read control\/morercpthosts: file does not exist\n$/,
    );
    assert.deepEqual(await readdir(join(qmail, 'control')), ['me']);
    await writeControl(qmail, { morercpthosts: '# mine\nExample.ORG \t\n\n.sub.test\n' });
    assert.equal((await runTableCommand('qmail-newmrh', [], { env })).status, 0);
    if (hasCdb) {
      const cdb = join(qmail, 'control', 'morercpthosts.cdb');
      assert.equal(
        execFileSync('cdb', ['-d', cdb], { encoding: 'latin1' }),
        '+11,0:example.org->\n+9,0:.sub.test->\n\n',
      );
    }
  });
});

test('qmail-pw2u looks at homes: only those that are the users own count, -h stops, -H does not look', async () => {
  await withTemporaryDirectory(async (home) => {
    const uid = (await stat(home)).uid || 1;
    const env = { FACTEUR_HOME: home };
    await mkdir(join(home, 'own'));
    if (process.geteuid?.() === 0) await chown(join(home, 'own'), uid, 1);
    const line = (name: string, id: number, directory: string) =>
      `${name}:x:${id}:1::${join(home, directory)}:/bin/sh\n`;
    const input = line('alias', uid, 'own') + line('other', uid + 1, 'own') + line('gone', uid, 'gone');
    const usual = await runTableCommand('qmail-pw2u', [], { input, env });
    assert.deepEqual([usual.status, usual.stdout.match(/^=\w+/gm)], [0, ['=alias']]);
    assert.ok(usual.stdout.endsWith('\n.\n'));
    const all = await runTableCommand('qmail-pw2u', ['-H'], { input, env });
    assert.deepEqual(all.stdout.match(/^=\w+/gm), ['=alias', '=other', '=gone']);
    const strict = await runTableCommand('qmail-pw2u', ['-h'], { input, env });
    assert.deepEqual([strict.status, strict.stdout], [111, '']);
    assert.equal(
      strict.stderr,
      `qmail-pw2u: fatal: unable to stat ${join(home, 'gone')}: file does not exist\n`,
    );
    const nobody = await runTableCommand('qmail-pw2u', [], { input: '', env });
    assert.deepEqual([nobody.status, nobody.stderr], [111, 'qmail-pw2u: fatal: unable to find alias user\n']);
  });
});

test('qmail-getpw gives alias what is nobody elses, and exits 116 without alias', async () => {
  await withTemporaryDirectory(async (home) => {
    const env = { FACTEUR_HOME: home };
    const alias = join(home, 'qmail', 'alias');
    // A user of the machine with a home of their own, if there is one besides root.
    const without = await runTableCommand('qmail-getpw', ['No.Such-one'], { env });
    if ((await readFile('/etc/passwd', 'utf8')).includes('\nalias:')) return;
    assert.deepEqual([without.status, without.stdout], [116, '']);
    await mkdir(alias, { recursive: true });
    const found = await runTableCommand('qmail-getpw', ['No.Such-one'], { env });
    const { uid, gid } = await stat(alias);
    assert.equal(found.stdout, `alias\0${uid}\0${gid}\0${alias}\0-\0No.Such-one\0`);
    const { username, homedir, uid: own, gid: group } = userInfo();
    if (own === 0 || (await stat(homedir)).uid !== own) return;
    const mine = await runTableCommand('qmail-getpw', [`${username}-Ext`], { env });
    assert.equal(mine.stdout, `${username}\0${own}\0${group}\0${homedir}\0-\0Ext\0`);
  });
});

test('qmail-tcpto shows the table, qmail-tcpok empties it in place', async () => {
  await withTemporaryDirectory(async (home) => {
    const env = { FACTEUR_HOME: home };
    const path = join(await makeQueueTree(join(home, 'qmail')), 'lock', 'tcpto');
    const time = Math.floor(Date.now() / 1000) - 1000;
    await writeFile(path, encodeTimeoutFile([{ ip: '192.0.2.7', count: 3, time }]));
    const { ino } = await stat(path);
    const shown = await runTableCommand('qmail-tcpto', [], { env });
    assert.match(shown.stdout, /^192\.0\.2\.7 timed out 100\d seconds ago; # recent timeouts: 3\n$/);
    const emptied = await runTableCommand('qmail-tcpok', [], { env });
    assert.deepEqual([emptied.status, emptied.stdout, emptied.stderr], [0, '', '']);
    assert.deepEqual(await readFile(path), Buffer.alloc(1024));
    assert.equal((await stat(path)).ino, ino);
    assert.equal((await runTableCommand('qmail-tcpto', [], { env })).stdout, '');
    const missing = await runTableCommand('qmail-tcpok', [], { env: { FACTEUR_HOME: join(home, 'no') } });
    assert.equal(missing.status, 111);
  });
});

test('qmail-clean removes intd and mess, or intd and todo, and answers one byte a request', async () => {
  await withTemporaryDirectory(async (home) => {
    const queue = await makeQueueTree(join(home, 'qmail'));
    for (const path of [
      'mess/1/24',
      'intd/24',
      'todo/24',
      'mess/2/25',
      'intd/25',
      'todo/25',
      'pid/old',
      'pid/young',
    ])
      await writeFile(join(queue, path), '');
    await mkdir(join(queue, 'todo', '9999'));
    const old = Date.now() / 1000 - 40 * 3600;
    await utimes(join(queue, 'pid/old'), old, old);
    const requests = [
      'foop/24',
      'todo/25',
      'foop/77',
      'todo/9999',
      'foop/2x',
      'f',
      'mess/25',
      `foop/${'1'.repeat(100)}`,
    ];
    const ran = await runTableCommand('qmail-clean', [], {
      input: `${requests.join('\0')}\0`,
      env: { FACTEUR_HOME: home },
    });
    assert.deepEqual([ran.status, ran.stdout, ran.stderr], [0, '+++!xxxx', '']);
    assert.deepEqual(await queueFiles(queue), ['mess/25', 'pid/young', 'todo/24']);
  });
});

test('config-fast writes five files once, and never over others', async () => {
  await withTemporaryDirectory(async (home) => {
    const env = { FACTEUR_HOME: home };
    const control = join(home, 'qmail', 'control');
    const made = await runTableCommand('config-fast', ['Mail.Example.ORG'], { env });
    assert.equal(made.status, 0);
    assert.match(
      made.stdout,
      /^Your fully qualified host name is mail\.example\.org\.\nPutting mail\.example\.org into control\/me\.\.\.\n/,
    );
    const texts = await Promise.all(
      ['me', 'defaultdomain', 'plusdomain', 'locals', 'rcpthosts'].map((name) =>
        readFile(join(control, name), 'utf8'),
      ),
    );
    assert.deepEqual(texts, [
      'mail.example.org\n',
      'example.org\n',
      'example.org\n',
      'mail.example.org\n',
      'mail.example.org\n',
    ]);
    assert.equal(
      (await runTableCommand('config-fast', ['mail.example.org'], { env })).status,
      0,
      'the same again',
    );
    await writeFile(join(control, 'locals'), 'mail.example.org\nother.test\n');
    await writeFile(join(control, 'me'), 'mail.example.org\n');
    const again = await runTableCommand('config-fast', ['new.example.org'], { env });
    assert.equal(again.status, 111);
    assert.match(again.stderr, /control\/me exists and says something else/);
    assert.equal(await readFile(join(control, 'me'), 'utf8'), 'mail.example.org\n');
    assert.equal((await runTableCommand('config-fast', ['a b'], { env })).status, 100);
  });
});

test('config takes the names that the DNS has for this host and its addresses', async () => {
  const own = hostname().toLowerCase();
  const full = own.includes('.') ? own : `${own}.example.test`;
  const dns = await startDns({
    '1.0.0.127.in-addr.arpa': { PTR: ['liar.example.test', 'box.example.test', full] },
    'box.example.test': { A: ['127.0.0.1'] },
    'liar.example.test': { A: ['192.0.2.1'] },
    [full]: { A: ['127.0.0.1'] },
  });
  try {
    await withTemporaryDirectory(async (home) => {
      await writeControl(join(home, 'qmail'), { dnsservers: `${dns.address}\n` });
      const ran = await runTableCommand('config', [], { env: { FACTEUR_HOME: home } });
      assert.ok(ran.stdout.startsWith(`Your hostname is ${own}.\n`));
      assert.equal(ran.status, 0, ran.stderr);
      const added = `adding box.example.test to control/locals, adding ${full} to control/locals`;
      assert.ok(ran.stdout.includes(`\n127.0.0.1: ${added}\n`), ran.stdout);
      const control = join(home, 'qmail', 'control');
      assert.equal(await readFile(join(control, 'me'), 'utf8'), `${full}\n`);
      assert.equal(await readFile(join(control, 'locals'), 'utf8'), `${full}\nbox.example.test\n`);
    });
  } finally {
    await dns.close();
  }
});

/** A QMQP server that answers with this text, or hangs up. */
async function withQmqpServer(
  answer: string | undefined,
  use: (address: string, received: Buffer[]) => Promise<void>,
): Promise<void> {
  const received: Buffer[] = [];
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      received.push(bytes);
      if (bytes.at(-1) !== 0x2c) return;
      if (answer === undefined) socket.destroy();
      else socket.end(`${Buffer.byteLength(answer)}:${answer},`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await use(`127.0.0.1:${(server.address() as AddressInfo).port}`, received);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

function runQmqpc(home: string, message: string, envelope: string): Promise<number | null> {
  const [program = '', ...args] = commandWords('qmail-qmqpc');
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { PATH: process.env.PATH, FACTEUR_HOME: home },
  });
  const one = child.stdout as unknown as Duplex;
  one.resume();
  for (const stream of [child.stdin, one]) stream.on('error', () => undefined); // it may have ended
  child.stdin.end(message);
  one.end(envelope);
  return new Promise((resolve) => child.once('exit', resolve));
}

test('qmail-qmqpc gives the message to the first server that is there, with qmail-queues exit statuses', async () => {
  await withTemporaryDirectory(async (home) => {
    const servers = (text: string) =>
      writeControl(join(home, 'qmail'), { me: 'me.test\n', qmqpservers: text });
    const send = (envelope = 'Fs@x\0Ta@y\0Tb@y\0\0') => runQmqpc(home, 'Subject: s\n\nhi\n', envelope);
    await servers('');
    assert.equal(await send(), 55);
    await servers('127.0.0.1:1\n');
    assert.equal(await send(), 73, 'refused');
    for (const [answer, status] of [
      ['Kok 1 qp 2', 0],
      ['Znot now', 71],
      ['Dnever', 31],
      ['?', 74],
      [undefined, 74],
    ] as const)
      await withQmqpServer(answer, async (address, received) => {
        await servers(`127.0.0.1:1\n${address}\n`);
        assert.equal(await send(), status, String(answer));
        assert.equal(Buffer.concat(received).toString(), '37:15:Subject: s\n\nhi\n,3:s@x,3:a@y,3:b@y,,');
      });
    assert.equal(await send('Xs@x\0\0'), 91);
    assert.equal(await send('Fs@x\0Ta@y\0'), 54, 'cancelled by the caller');
  });
});

test('tcp-env says who is connected, and hides what the caller had set', async () => {
  const words = commandWords(
    'tcp-env',
    '-R',
    'sh',
    '-c',
    'read line; echo "$line $PROTO $TCPLOCALIP $TCPREMOTEIP:$TCPREMOTEPORT $TCPREMOTEINFO."',
  );
  const server = await startTcpserver(words, { env: { TCPREMOTEINFO: 'forged' } });
  const socket = connect(server.port, '127.0.0.1');
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  await new Promise((resolve) => socket.once('connect', resolve));
  const port = socket.localPort;
  socket.write('hello\n');
  await new Promise((resolve) => socket.once('end', resolve));
  await server.close();
  assert.equal(text, `hello TCP 127.0.0.1 127.0.0.1:${port} .\n`);
  const plain = await runTableCommand('tcp-env', ['sh', '-c', 'echo "$PROTO$TCPREMOTEIP"; exit 9'], {
    env: { TCPREMOTEIP: 'forged' },
  });
  assert.deepEqual([plain.status, plain.stdout], [9, 'TCP\n']);
  assert.equal((await runTableCommand('tcp-env', ['/does/not/exist'])).status, 100);
  const crash = await runTableCommand('tcp-env', ['sh', '-c', 'kill -TERM $$']);
  assert.equal(crash.signal, 'SIGTERM', 'a signal that ends the program ends tcp-env');
});

test('maildir2mbox moves a Maildir to the end of an mbox, oldest first, and leaves nothing half done', async () => {
  await withTemporaryDirectory(async (home) => {
    const maildir = join(home, 'Maildir');
    const mbox = join(home, 'Mailbox');
    const env = { MAIL: mbox, MAILTMP: `${mbox}.tmp`, MAILDIR: maildir };
    for (const name of ['tmp', 'new', 'cur']) await mkdir(join(maildir, name), { recursive: true });
    const put = async (path: string, text: string, time: number) => {
      await writeFile(join(maildir, path), text);
      await utimes(join(maildir, path), time, time);
    };
    await put('new/b', 'Return-Path: <a b@far.org>\nSubject: b\n\nFrom me\n', 1_800_000_000);
    await put('cur/a:2,S', 'Subject: a\n\nno end', 1_700_000_000);
    await writeFile(mbox, 'From x y\n\nold'); // somebody left it without its empty line
    const locked = await (async () => {
      await writeFile(`${mbox}.lock`, '');
      return runTableCommand('maildir2mbox', [], { env });
    })();
    assert.equal(locked.status, 111);
    assert.deepEqual(await readdir(join(maildir, 'new')), ['b']);
    await rm(`${mbox}.lock`);
    const ran = await runTableCommand('maildir2mbox', [], { env });
    assert.deepEqual([ran.status, ran.stdout, ran.stderr], [0, '', '']);
    assert.equal(
      await readFile(mbox, 'latin1'),
      'From x y\n\nold\n\n' +
        'From XXX Tue Nov 14 22:13:20 2023\nSubject: a\n\nno end\n\n' +
        'From a-b@far.org Fri Jan 15 08:00:00 2027\nReturn-Path: <a b@far.org>\nSubject: b\n\n>From me\n\n',
    );
    assert.deepEqual([await readdir(join(maildir, 'new')), await readdir(join(maildir, 'cur'))], [[], []]);
    assert.deepEqual((await readdir(home)).sort(), ['Mailbox', 'Maildir']);
  });
});

test('install-links makes a link for every command and never replaces what is not its own', async () => {
  await withTemporaryDirectory(async (home) => {
    const bin = join(home, 'bin');
    const program = join(programRoot(), 'bin', 'facteur');
    await mkdir(bin);
    await writeFile(join(bin, 'qmail-clean'), 'somebody elses');
    await symlink('/somewhere/else', join(bin, 'except'));
    const ran = await runTableCommand('install-links', [bin]);
    assert.equal(ran.status, 111);
    assert.equal(
      ran.stdout,
      ['except', 'qmail-clean']
        .map((name) => `kept: ${join(bin, name)} is there and is no link to ${program}\n`)
        .join(''),
    );
    const names = await readdir(bin);
    for (const name of [
      ...Object.keys(qmailCommands),
      'sendmail',
      'mailq',
      'qmail-inject',
      'vadduser',
      'facteur',
    ]) {
      assert.ok(names.includes(name), name);
      if (name !== 'except' && name !== 'qmail-clean') assert.equal(await readlink(join(bin, name)), program);
    }
    assert.ok(!names.includes('getopt') && !names.includes('table') && !names.includes('command'));
    const elsewhere = await runTableCommand('install-links', [join(home, 'new', 'bin')]);
    assert.deepEqual([elsewhere.status, elsewhere.stdout], [0, '']);
    assert.equal((await runTableCommand('install-links', [join(home, 'new', 'bin')])).status, 0, 'again');
  });
});

test('tcpserver, tcp-env and a program work over one socket without a lost byte', async () => {
  const server = await startTcpserver(commandWords('tcp-env', '-R', 'cat'));
  const socket = connect(server.port, '127.0.0.1');
  const bytes = Buffer.alloc(1_000_000, 'abcdefg');
  const got: Buffer[] = [];
  socket.on('data', (chunk) => got.push(chunk));
  socket.end(bytes);
  await new Promise((resolve) => socket.once('end', resolve));
  await server.close();
  assert.ok(Buffer.concat(got).equals(bytes));
  assert.deepEqual(server.ends, [0]);
});
