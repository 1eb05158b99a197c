// qmail-local on real homes: the sequence of spec/qmail.md 6.1 with real files, programs and texts.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, link, mkdir, readdir, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { promisify } from 'node:util';
import { isRoot, letter, makeSite, type Site, type SiteOptions, uid } from '../support/local.ts';

const run = promisify(execFile);
let site: Site;
const start = async (options?: SiteOptions): Promise<Site> => {
  site = await makeSite(options);
  return site;
};
afterEach(() => site.close());

/** Asks until the answer fits. */
async function waitFor(ask: () => Promise<string>, pattern: RegExp): Promise<string> {
  for (;;) {
    const answer = await ask();
    if (pattern.test(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const stored = `Return-Path: <sender@example.net>\nDelivered-To: joe@example.org\n${letter}`;

test('without a .qmail file the default delivery rules; the Maildir file has exact bytes, name and mode', async () => {
  await start();
  await site.makeMaildir('Maildir');
  for (const fromFile of [false, true]) {
    assert.deepEqual(await site.deliver('joe', { fromFile }), { code: 'K', text: 'did 1+0+0' });
  }
  assert.deepEqual(await site.mails('Maildir'), [stored, stored]);
  assert.deepEqual(await readdir(join(site.home, 'Maildir/tmp')), []);
  for (const name of await readdir(join(site.home, 'Maildir/new'))) {
    const lines = stored.split('\n').length - 1;
    assert.match(
      name,
      new RegExp(
        `^\\d+\\.M\\d+P\\d+Q\\d+R[0-9a-f]+\\.mail\\.example\\.org,S=${stored.length},W=${stored.length + lines}$`,
      ),
    );
    const stats = await stat(join(site.home, 'Maildir/new', name));
    assert.equal(stats.mode & 0o7777, 0o600);
    assert.equal(stats.uid, uid);
    assert.equal(stats.nlink, 1);
  }
});

test('a large message is stored whole from memory and from its file', async () => {
  await start();
  await site.makeMaildir('Maildir');
  const message = `Subject: big\n\n${'0123456789abcdef\r\n\n'.repeat(30_000)}`;
  const expected = `Return-Path: <sender@example.net>\nDelivered-To: joe@example.org\n${message}`;
  for (const fromFile of [false, true]) {
    assert.equal((await site.deliver('joe', { message, fromFile })).code, 'K');
  }
  assert.deepEqual(
    (await site.mails('Maildir')).map((mail) => mail === expected),
    [true, true],
  );
  const wire = expected.replace(/\r?\n/g, '\r\n').length;
  for (const name of await readdir(join(site.home, 'Maildir/new')))
    assert.match(name, new RegExp(`W=${wire}$`));
});

test('an empty .qmail file is no file, also with the x bit; a comment discards', async () => {
  await start();
  await site.makeMaildir('Maildir');
  await site.write('.qmail', '', 0o700);
  assert.equal((await site.deliver('joe')).text, 'did 1+0+0');
  await site.write('.qmail', '# nothing\n');
  assert.deepEqual(await site.deliver('joe'), { code: 'K', text: 'did 0+0+0' });
  assert.equal((await site.mails('Maildir')).length, 1);
});

test('the lines of a file are done in order and forwards last, in one message with Delivered-To', async () => {
  await start();
  await site.makeMaildir('Maildir');
  await site.write('.qmail', '&a@x.org\n./Maildir/\n|echo one; cat >>out\nb@y.org\n|echo two >&2\n');
  assert.deepEqual(await site.deliver('joe'), { code: 'K', text: 'one\ntwo\ndid 1+2+2\nqp 4711' });
  assert.equal(await site.read('out'), letter);
  assert.deepEqual(site.injected, [
    {
      origin: 'alias',
      message: `Delivered-To: joe@example.org\n${letter}`,
      sender: 'sender@example.net',
      recipients: ['a@x.org', 'b@y.org'],
    },
  ]);
  site.injected.length = 0;
  await site.deliver('joe', { fromFile: true });
  assert.equal(site.injected[0]?.message, `Delivered-To: joe@example.org\n${letter}`);
});

test('a failing line stops: what was before it stays done, nothing after it is, no forward is sent', async () => {
  await start();
  await site.makeMaildir('Maildir');
  await site.write('.qmail', '&a@x.org\n./Maildir/\n|echo sorry; exit 100\n./Maildir/\n');
  assert.deepEqual(await site.deliver('joe'), { code: 'D', text: 'sorry' });
  assert.equal((await site.mails('Maildir')).length, 1);
  assert.deepEqual(site.injected, []);
});

test('exit codes: 0 goes on, 99 ends the file but sends the forwards before it, the rest as in qmail', async () => {
  await start();
  await site.makeMaildir('Maildir');
  await site.write('.qmail', 'a@x.org\n|exit 99\nb@x.org\n./Maildir/\n');
  assert.deepEqual(await site.deliver('joe'), { code: 'K', text: 'did 0+1+1\nqp 4711' });
  assert.deepEqual(site.injected[0]?.recipients, ['a@x.org']);
  assert.equal((await site.mails('Maildir')).length, 0);
  for (const [code, expected] of [
    [100, 'D'],
    [64, 'D'],
    [112, 'D'],
    [111, 'Z'],
    [1, 'Z'],
    [127, 'Z'],
  ] as const) {
    await site.write('.qmail', `|exit ${code}\n`);
    assert.deepEqual(await site.deliver('joe'), { code: expected, text: '' }, String(code));
  }
  await site.write('.qmail', '|kill -9 $$\n');
  assert.deepEqual(await site.deliver('joe'), { code: 'Z', text: 'Aack, child crashed. (#4.3.0)' });
});

test('a program runs as the user, in the home, in its own group, with the documented variables and no others', async () => {
  await start();
  await site.write('.qmail-a-default', '|env | sort; pwd; id -u; id -G\n');
  process.env.FACTEUR_CANARY = 'leak';
  const { text } = await site.deliver('joe-a-B-c', { sender: '' });
  delete process.env.FACTEUR_CANARY;
  const names = text.match(/^[A-Z0-9_]+(?==)/gm)?.sort();
  const shell = ['OLDPWD', 'PWD', 'SHLVL', '_'];
  assert.deepEqual(
    names?.filter((name) => !shell.includes(name)),
    'DEFAULT DTLINE EXT EXT2 EXT3 EXT4 FACTEUR_HOME FACTEUR_QMAIL FACTEUR_STATE FACTEUR_VPOPMAIL HOME HOST HOST2 HOST3 HOST4 LOCAL NEWSENDER PATH RECIPIENT RPLINE SENDER UFLINE USER'.split(
      ' ',
    ),
  );
  assert.match(text, /^DEFAULT=B-c$/m);
  assert.match(text, /^EXT=a-B-c$/m);
  assert.match(text, /^RPLINE=Return-Path: <>$/m);
  assert.match(text, /^UFLINE=From MAILER-DAEMON /m);
  assert.match(text, new RegExp(`^${site.home}\n${uid}\n\\d+\ndid 0\\+0\\+1$`, 'm'));
});

test('control/programenv adds variables, of the start or its own, and never one of qmail-local', async () => {
  await start({
    programenv: new Map([
      ['TZ', undefined],
      ['ABSENT', undefined],
      ['LANG', 'C.UTF-8'],
      ['SENDER', 'forged@x'],
      ['PATH', '/forged'],
    ]),
    agent: { env: { TZ: 'Europe/Paris', SECRET: 'leak' } },
  });
  await site.write('.qmail', '|echo "$TZ [$ABSENT] $LANG [$SECRET] $SENDER"; echo "$PATH"\n');
  const { text } = await site.deliver('joe');
  assert.match(text, /^Europe\/Paris \[\] C\.UTF-8 \[\] sender@example\.net\n/);
  assert.match(text, new RegExp(`^${site.root}/qmail/bin:`, 'm'));
});

test('no descriptor of ours is open in a program', async () => {
  await start();
  await site.makeMaildir('Maildir');
  await site.write('.qmail', './Maildir/\n|ls -l /proc/$$/fd\n');
  const { text } = await site.deliver('joe');
  const ours = text.split('\n').filter((line) => line.includes(site.root));
  assert.match(ours.join('\n'), / 0 -> \S+mess-1$/);
});

test('bytes of the envelope never reach a shell', async () => {
  await start();
  await site.write('.qmail-default', '|echo "$SENDER $EXT"\n');
  const { text } = await site.deliver('joe-$(touch pwned);`touch pwned`', { sender: '";touch pwned;"@x' });
  assert.equal(text, '";touch pwned;"@x $(touch pwned);`touch pwned`\ndid 0+0+1');
  assert.ok(!(await readdir(site.home)).includes('pwned'));
});

test('output is cut at 4 KiB and never blocks the program; a report over 3000 bytes says that it was cut', async () => {
  await start();
  await site.write('.qmail', '|head -c 300000 /dev/zero | tr "\\0" x; echo done >flag\n');
  const outcome = await site.deliver('joe');
  assert.equal(outcome.code, 'K');
  assert.equal(outcome.text, `${'x'.repeat(3000)}\nError report too long, sorry.`);
  assert.equal(await site.read('flag'), 'done\n');
});

test('a program that runs too long is ended with its whole group and tried again later', async () => {
  await start({ timeoutprogram: 1 });
  await site.write('.qmail', '|sleep 60 & echo $! >child; wait\n');
  const outcome = await site.deliver('joe');
  assert.deepEqual(outcome, { code: 'Z', text: 'The program was ended after 1 seconds. (#4.3.0)' });
  const child = Number(await site.read('child'));
  const state = await run('ps', ['-o', 'stat=', '-p', String(child)]).catch(() => ({ stdout: '' }));
  assert.match(state.stdout, /^(Z.*)?\s*$/);
});

test('a program that still runs when the server stops is ended, also when it ignores TERM, and tried again', async () => {
  await start({ agent: { patience: 100, programs: { mercy: 200 } } });
  await site.makeMaildir('Maildir');
  await site.write('.qmail', "|trap '' TERM; sleep 60 & echo $! $$ >pids; wait; wait\n./Maildir/\n");
  const delivery = site.deliver('joe');
  const pids = await waitFor(() => site.read('pids').catch(() => ''), /^\d+ \d+\n$/);
  await site.agent.close();
  assert.deepEqual(await delivery, {
    code: 'Z',
    text: 'The program was ended because the mail system is stopping. (#4.3.2)',
  });
  assert.deepEqual(await site.mails('Maildir'), [], 'no later line is done');
  const states = await run('ps', ['-o', 'stat=', '-p', pids.trim().replace(' ', ',')]).catch(() => ({
    stdout: '',
  }));
  assert.match(states.stdout, /^(Z.*\s*)*\s*$/, 'nothing of its group is left');
  assert.deepEqual(await site.deliver('joe'), { code: 'Z', text: 'The mail system is stopping. (#4.3.2)' });
});

test('a program that ends in time is waited for by a server that stops', async () => {
  await start({ agent: { patience: 20_000 } });
  await site.write('.qmail', '|echo $$ >started; until test -e go; do sleep 0.05; done\n|echo two\n');
  const delivery = site.deliver('joe');
  await waitFor(() => site.read('started').catch(() => ''), /\d/);
  const closing = site.agent.close();
  await site.write('go', '');
  await closing;
  assert.deepEqual(await delivery, { code: 'K', text: 'two\ndid 0+0+2' });
});

test('a program whose child keeps the output open does not hold the delivery', async () => {
  await start();
  await site.write('.qmail', '|sleep 30 & echo $! >child; echo started\n');
  const before = Date.now();
  assert.deepEqual(await site.deliver('joe'), { code: 'K', text: 'started\ndid 0+0+1' });
  assert.ok(Date.now() - before < 10_000);
  process.kill(Number(await site.read('child')));
});

test('the mbox has exact bytes, quoting and mode, also with several deliveries at once', async () => {
  await start();
  await site.write('.qmail', './Mailbox\n');
  const message = 'Subject: x\n\nFrom here\n>From there\nno end';
  assert.equal((await site.deliver('joe', { message, sender: 'a b@x' })).text, 'did 1+0+0');
  const date = '\\w{3} \\w{3} \\d\\d \\d\\d:\\d\\d:\\d\\d \\d{4}';
  const one = `From a-b@x ${date}\nReturn-Path: <"a b"@x>\nDelivered-To: joe@example\\.org\nSubject: x\n\n>From here\n>>From there\nno end\n\n`;
  assert.match(await site.read('Mailbox'), new RegExp(`^${one}$`));
  assert.equal((await stat(join(site.home, 'Mailbox'))).mode & 0o7777, 0o600);
  const options = { message, sender: 'a b@x' };
  await Promise.all(
    Array.from({ length: 20 }, (_, i) => site.deliver('joe', { ...options, fromFile: i % 2 === 0 })),
  );
  assert.match(await site.read('Mailbox'), new RegExp(`^(${one}){21}$`));
  assert.deepEqual((await readdir(site.home)).sort(), ['.qmail', 'Mailbox']);
});

test('a locked mbox defers after the bound; a dead lock is taken over', async () => {
  await start({ agent: { mbox: { lockMilliseconds: 100, staleMilliseconds: 2000 } } });
  await site.write('.qmail', './Mailbox\n');
  await site.write('Mailbox.lock', '');
  assert.deepEqual(await site.deliver('joe'), {
    code: 'Z',
    text: 'File has been locked for 30 seconds straight. (#4.3.0)',
  });
  const created = (await stat(join(site.home, 'Mailbox.lock'))).ctimeMs;
  while (Date.now() - created < 2000) await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal((await site.deliver('joe')).code, 'K');
  assert.ok(!(await readdir(site.home)).includes('Mailbox.lock'));
});

test('an mbox is locked with flock, as by qmail-local and mail readers, and waited for within the bound', async () => {
  await start({ agent: { mbox: { lockMilliseconds: 300 } } });
  await site.write('.qmail', './Mailbox\n');
  await site.write('Mailbox', '');
  const file = join(site.home, 'Mailbox');
  const holder = spawn('flock', ['--exclusive', '--no-fork', file, 'cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  holder.stdin.write('held\n');
  await once(holder.stdout, 'data');
  assert.deepEqual(await site.deliver('joe'), {
    code: 'Z',
    text: 'File has been locked for 30 seconds straight. (#4.3.0)',
  });
  assert.equal(await site.read('Mailbox'), '');
  holder.stdin.end();
  await once(holder, 'exit');
  assert.equal((await site.deliver('joe')).code, 'K');
  // Nothing of ours holds it any longer.
  await run('flock', ['--exclusive', '--nonblock', file, 'true']);
});

test('homes and .qmail files that others can write, and sticky homes, defer', async () => {
  await start();
  await site.makeMaildir('Maildir');
  for (const mode of [0o720, 0o702]) {
    await chmod(site.home, mode);
    assert.deepEqual(await site.deliver('joe'), {
      code: 'Z',
      text: 'Uh-oh: home directory is writable. (#4.7.0)',
    });
  }
  await chmod(site.home, 0o1700);
  assert.deepEqual(await site.deliver('joe'), {
    code: 'Z',
    text: 'Home directory is sticky: user is editing his .qmail file. (#4.2.1)',
  });
  await chmod(site.home, 0o700);
  for (const mode of [0o620, 0o602]) {
    await site.write('.qmail', './Maildir/\n', mode);
    assert.deepEqual(await site.deliver('joe'), {
      code: 'Z',
      text: 'Uh-oh: .qmail file is writable. (#4.7.0)',
    });
  }
  await chmod(join(site.home, '.qmail'), 0o600);
  assert.equal((await site.deliver('joe')).code, 'K');
  await rename(site.home, `${site.home}.away`);
  assert.deepEqual(await site.deliver('joe'), {
    code: 'Z',
    text: `Unable to switch to ${site.home}: file does not exist. (#4.3.0)`,
  });
});

test('a message that has our Delivered-To line bounces', async () => {
  await start();
  await site.makeMaildir('Maildir');
  const looping = {
    code: 'D',
    text: 'This message is looping: it already has my Delivered-To line. (#5.4.6)',
  };
  const message = `Delivered-To: joe@example.org\n${letter}`;
  assert.deepEqual(await site.deliver('joe', { message }), looping);
  assert.deepEqual(await site.deliver('joe', { message, fromFile: true }), looping);
  const far = `X-Long: ${'x'.repeat(200_000)}\n${message}`;
  assert.deepEqual(await site.deliver('joe', { message: far, fromFile: true }), looping);
  const other = `Delivered-To: joe@example.com\n${letter}`;
  assert.equal((await site.deliver('joe', { message: other })).code, 'K');
});

test('addresses that nobody has bounce, the empty local part is a trash address', async () => {
  await start();
  assert.deepEqual(await site.deliver('joe-x'), {
    code: 'D',
    text: 'Sorry, no mailbox here by that name. (#5.1.1)',
  });
  assert.deepEqual(await site.deliver(''), { code: 'K', text: '' });
  assert.deepEqual(
    await site.agent.deliver({ id: '1', path: '/dev/null', size: 0, sender: '', recipient: 'joe' }),
    { code: 'D', text: 'Sorry, address must include host name. (#5.1.3)' },
  );
});

test('files are found by the order of extensions, with lower case and colons, and changes are seen at once', async () => {
  await start();
  await site.write('.qmail-foo:bar', 'exact@x\n');
  await site.write('.qmail-foo-default', 'foo@x\n');
  await site.write('.qmail-default', 'all@x\n');
  const target = async (ext: string) => {
    site.injected.length = 0;
    const outcome = await site.deliver(`joe-${ext}`);
    return site.injected[0]?.recipients[0] ?? outcome.code;
  };
  assert.equal(await target('Foo.Bar'), 'exact@x');
  assert.equal(await target('foo-'), 'foo@x');
  assert.equal(await target('foo'), 'all@x');
  await utimes(site.home, 1, 1);
  assert.equal(await target('foo'), 'all@x');
  await site.write('.qmail-foo', 'new@x\n');
  assert.equal(await target('foo'), 'new@x');
  await site.write('.qmail-foo', 'changed@x\n');
  assert.equal(await target('foo'), 'changed@x');
  await rm(join(site.home, '.qmail-foo'));
  assert.equal(await target('foo'), 'all@x');
  await mkdir(join(site.home, '.qmail-dir'));
  assert.equal(await target('dir'), 'all@x');
  assert.equal(await target('x/../../joe/y'), 'all@x');
});

test('what is kept of an unchanged home and file stays right when they change later', async () => {
  await start();
  await site.write('.qmail-default', 'one@x\n');
  // Older than a second: from here on answers are kept.
  const { ctimeMs } = await stat(join(site.home, '.qmail-default'));
  while (Date.now() - ctimeMs < 1100) await new Promise((resolve) => setTimeout(resolve, 50));
  const target = async () => {
    site.injected.length = 0;
    await site.deliver('joe-x');
    return site.injected[0]?.recipients.join();
  };
  assert.equal(await target(), 'one@x');
  assert.equal(await target(), 'one@x');
  await writeFile(join(site.home, '.qmail-default'), 'two@x\n');
  assert.equal(await target(), 'two@x');
  await site.write('.qmail-x', 'three@x\n');
  assert.equal(await target(), 'three@x');
  await rm(join(site.home, '.qmail-x'));
  assert.equal(await target(), 'two@x');
  await chmod(join(site.home, '.qmail-default'), 0o602);
  assert.equal((await site.deliver('joe-x')).text, 'Uh-oh: .qmail file is writable. (#4.7.0)');
});

test('the owner file changes the sender of forwards, -owner-default makes it a VERP template', async () => {
  await start();
  await site.write('.qmail-list', 'a@x\n', 0o700);
  await site.write('.qmail-list-owner', '#\n');
  await site.deliver('joe-list');
  await site.write('.qmail-list-owner-default', '#\n');
  await site.deliver('joe-list');
  await site.deliver('joe-list', { sender: '' });
  await site.deliver('joe-list', { sender: '#@[]' });
  assert.deepEqual(
    site.injected.map(({ sender }) => sender),
    ['joe-list-owner@example.org', 'joe-list-owner-@example.org-@[]', '', '#@[]'],
  );
});

test('wishes about notifications go on with a forward as RFC 3461 5.2.7 has it', async () => {
  await start();
  await site.makeMaildir('Maildir');
  const dsn = { envid: 'e', notify: ['SUCCESS', 'FAILURE'] } as const;
  const fates = [];
  for (const lines of ['a@x\n', 'a@x\nb@x\n', './Maildir/\na@x\n', '|exit 0\na@x\n', './Maildir/\n']) {
    await site.write('.qmail', lines);
    fates.push((await site.deliver('joe', { dsn })).fate);
  }
  assert.deepEqual(fates, ['passed on', 'expanded', undefined, undefined, undefined]);
  assert.deepEqual(
    site.injected.map(({ notify }) => notify),
    [['SUCCESS,FAILURE'], ['FAILURE', 'FAILURE'], ['FAILURE'], ['FAILURE']],
  );
  await site.write('.qmail-list', 'a@x\n');
  await site.write('.qmail-list-owner', '#\n');
  assert.equal((await site.deliver('joe-list', { dsn })).fate, undefined);
  assert.equal(site.injected.at(-1)?.notify, undefined, 'a list speaks for itself');
});

test('a refused or lost forward is the outcome of the delivery', async () => {
  await start();
  await site.write('.qmail', 'a@x\n');
  site.answer = { code: 'D', text: 'mail server permanently rejected message (#5.3.0)' };
  assert.deepEqual(await site.deliver('joe'), {
    code: 'D',
    text: 'Unable to forward message: mail server permanently rejected message (#5.3.0).',
  });
  site.answer = { code: 'Z', text: 'qq write error or disk full (#4.3.0)' };
  assert.equal((await site.deliver('joe')).code, 'Z');
});

test('a missing Maildir, an unreadable queue file and a changed one defer', async () => {
  await start();
  assert.deepEqual(await site.deliver('joe'), { code: 'Z', text: 'Unable to chdir to maildir. (#4.2.1)' });
  await site.makeMaildir('Maildir');
  const path = join(site.root, 'mess');
  await writeFile(path, 'A: b\n\nshort\n');
  const request = { id: '1', path, sender: '', recipient: 'joe@example.org' };
  assert.deepEqual(await site.agent.deliver({ ...request, size: 100 }), {
    code: 'Z',
    text: 'Unable to read message. (#4.3.0)',
  });
  assert.equal((await site.agent.deliver({ ...request, path: `${path}x`, size: 1 })).code, 'Z');
  assert.deepEqual(await site.mails('Maildir'), []);
  assert.deepEqual(await readdir(join(site.home, 'Maildir/tmp')), []);
});

test('symbolic links, FIFOs and other users files are not delivered to and not read', async () => {
  await start();
  const foreign = join(site.root, 'foreign');
  for (const name of ['cur', 'new', 'tmp']) await mkdir(join(foreign, name), { recursive: true });
  const look = async () =>
    (await Promise.all(['new', 'tmp', 'cur', ''].map((name) => readdir(join(foreign, name))))).flat().sort();
  const before = await look();
  const attack = async (path: string, target: string) => {
    await rm(join(site.home, 'Maildir'), { recursive: true, force: true });
    await site.makeMaildir('Maildir');
    await rm(join(site.home, path), { recursive: true, force: true });
    await symlink(target, join(site.home, path));
    const outcome = await site.deliver('joe');
    assert.equal(outcome.code, 'Z', path);
    assert.ok(!outcome.text.includes('root:'));
  };
  await attack('Maildir', foreign);
  await attack('Maildir', join(site.home, 'Maildir'));
  await attack('Maildir/new', join(foreign, 'new'));
  await attack('Maildir/tmp', join(foreign, 'tmp'));
  await attack('Maildir/new', '/etc/passwd');
  await rm(join(site.home, 'Maildir'), { recursive: true });
  await run('mkfifo', [join(site.home, 'Maildir')]);
  assert.equal((await site.deliver('joe')).code, 'Z');
  assert.deepEqual(await look(), before);
  // mbox lines
  const target = join(site.root, 'victim');
  await writeFile(target, 'untouched');
  await site.write('.qmail', './Mailbox\n');
  for (const make of [
    () => symlink(target, join(site.home, 'Mailbox')),
    () => link(target, join(site.home, 'Mailbox')),
    () => run('mkfifo', [join(site.home, 'Mailbox')]),
    () => mkdir(join(site.home, 'Mailbox')),
  ]) {
    await make();
    assert.match((await site.deliver('joe')).text, /^Unable to open \.\/Mailbox: /);
    await rm(join(site.home, 'Mailbox'), { recursive: true });
  }
  assert.equal(await run('cat', [target]).then(({ stdout }) => stdout), 'untouched');
  // .qmail itself
  await rm(join(site.home, '.qmail'));
  await run('mkfifo', [join(site.home, '.qmail-fifo')]);
  assert.equal((await site.deliver('joe-fifo')).code, 'D');
  await symlink(join(site.home, '.qmail-loop'), join(site.home, '.qmail-loop'));
  assert.equal((await site.deliver('joe-loop')).code, 'D');
  // ezmlm: a link to a file of one's own is followed.
  await site.write('list/editor', 'member@x\n');
  await symlink(join(site.home, 'list/editor'), join(site.home, '.qmail-list'));
  assert.equal((await site.deliver('joe-list')).text, 'did 0+1+0\nqp 4711');
});

test('as root, what the user may not touch stays untouched', { skip: !isRoot && 'needs root' }, async () => {
  await start();
  const secret = join(site.root, 'secret');
  await writeFile(secret, 'victim@x\n', { mode: 0o600 });
  await symlink(secret, join(site.home, '.qmail-a'));
  await link(secret, join(site.home, '.qmail-b'));
  for (const ext of ['a', 'b']) {
    assert.deepEqual(await site.deliver(`joe-${ext}`), {
      code: 'Z',
      text: `Unable to open .qmail-${ext}: access denied. (#4.3.0)`,
    });
  }
  const directory = join(site.root, 'roots');
  for (const name of ['cur', 'new', 'tmp']) await mkdir(join(directory, name), { recursive: true });
  await site.write('.qmail', `${directory}/\n`);
  assert.equal((await site.deliver('joe')).code, 'Z');
  await site.write('.qmail', `${directory}/mbox\n`);
  assert.equal((await site.deliver('joe')).code, 'Z');
  assert.deepEqual((await readdir(directory)).sort(), ['cur', 'new', 'tmp']);
});

test('nothing is delivered as root, and nothing as another user without being root', async () => {
  await start({ user: { uid: 0 } });
  assert.deepEqual(await site.deliver('joe'), {
    code: 'Z',
    text: 'Not allowed to perform deliveries as root.',
  });
  if (isRoot) return;
  await site.close();
  await start({ user: { uid: uid + 1 } });
  assert.equal((await site.deliver('joe')).code, 'Z');
});
