// POP3 as old sites run it: tcpserver, qmail-popup, checkpassword, qmail-pop3d, each a real process, over a real socket
// (spec/qmail.md 10; RFC 1939).
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, readdir, readFile, rename, utimes, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { createAccount } from '../../mta/accounts/account-changes.ts';
import { openAccounts } from '../../mta/accounts/accounts.ts';
import { openCdbStore } from '../../mta/accounts/cdb-store.ts';
import { addDomain } from '../../mta/accounts/domains.ts';
import type { Account } from '../../mta/accounts/types.ts';
import { openMaildrop } from '../../mta/commands/pop3-maildrop.ts';
import type { Home } from '../../mta/home.ts';
import { makeMaildir } from '../../mta/maildir/create.ts';
import { hasProgram, makeBareSite } from '../support/accounts.ts';
import {
  commandWords,
  runTableCommand,
  startTcpserver,
  type TinyTcpserver,
} from '../support/command-process.ts';
import { gid, isRoot, uid } from '../support/local.ts';

const password = 'correct horse battery';
const passwordHash = '$1$fixture0$nGmpzWwhqJPjUiT2AoLGy0';
const checkpassword = (...program: string[]): string[] => commandWords('checkpassword', ...program);
const pop3d = commandWords('qmail-pop3d', 'Maildir');

let home: Home;
let account: Account;
let env: Record<string, string>;
let remove: () => Promise<void>;
let server: TinyTcpserver;

before(async () => {
  const site = await makeBareSite();
  home = site.home;
  remove = site.remove;
  env = { FACTEUR_HOME: home.home, TCPLOCALPORT: '110' };
  // The user's processes walk through here to their Maildir.
  for (const path of [dirname(home.home), home.home, home.vpopmail]) await chmod(path, 0o711);
  await addDomain(home, {
    name: 'example.com',
    owner: { uid, gid },
    postmaster: { passwordHash, gecos: 'P' },
  });
  const accounts = openAccounts({ home });
  const domain = await accounts.findDomain('example.com');
  await createAccount(openCdbStore(), domain!, home.vpopmail, { name: 'joe', passwordHash });
  account = (await accounts.findAccount('joe@example.com'))!;
  await makeMaildir(account.maildir, { owner: { uid, gid }, from: account.directory });
  await accounts.close();
  server = await startTcpserver(commandWords('qmail-popup', 'pop.test', ...checkpassword(...pop3d)), { env });
});

after(async () => {
  await server.close();
  await remove();
});

async function put(name: string, text: string, age: number): Promise<void> {
  const path = join(account.maildir, name);
  await writeFile(path, text);
  if (isRoot) await chown(path, uid, gid);
  const time = Date.now() / 1000 - age;
  await utimes(path, time, time);
}

async function emptyMaildir(): Promise<void> {
  for (const name of ['new', 'cur'])
    for (const file of await readdir(join(account.maildir, name)))
      await rename(join(account.maildir, name, file), join(account.maildir, '..', `gone-${file}`));
}

/** A client that reads one line, or all lines up to a dot. */
class Client {
  readonly #socket: Socket;
  #text = '';
  #wake = (): void => undefined;
  #isOver = false;

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.setEncoding('latin1').on('data', (text: string) => {
      this.#text += text;
      this.#wake();
    });
    this.#socket.on('end', () => {
      this.#isOver = true;
      this.#wake();
    });
  }

  async #until(end: string): Promise<string> {
    for (;;) {
      const at = this.#text.indexOf(end);
      if (at >= 0 || this.#isOver) {
        const taken = at < 0 ? this.#text : this.#text.slice(0, at + end.length);
        this.#text = this.#text.slice(taken.length);
        return taken;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  line = (): Promise<string> => this.#until('\r\n');
  lines = async (): Promise<string> => (await this.line()) + (await this.#until('.\r\n'));

  send(text: string): void {
    this.#socket.write(text);
  }

  async ask(command: string): Promise<string> {
    this.send(`${command}\r\n`);
    return this.line();
  }

  async askLines(command: string): Promise<string> {
    this.send(`${command}\r\n`);
    return this.lines();
  }

  async signIn(): Promise<void> {
    assert.match(await this.line(), /^\+OK <\d+\.\d+@pop\.test>\r\n$/);
    assert.equal(await this.ask('USER joe@example.com'), '+OK \r\n');
    assert.equal(await this.ask(`PASS ${password}`), '+OK \r\n');
  }

  /** What comes until the server ends. */
  rest(): Promise<string> {
    return this.#until('\0');
  }

  close(): void {
    this.#socket.destroy();
  }
}

test('a session: sign-in, list, read, delete, undo, quit', async () => {
  await put('new/10.b.host', 'Subject: b\n\n.dot\nline two\nno end', 100);
  await put('cur/9.a.host:2,S', 'Subject: a\n\nA\n', 200);
  await put('new/11.c.host', 'Subject: c\n\nC\n', 50);
  await writeFile(join(account.maildir, 'maildirsize'), '1000000S\n1000 3\n');
  if (isRoot) await chown(join(account.maildir, 'maildirsize'), uid, gid);
  const client = new Client(server.port);
  await client.signIn();
  assert.equal(await client.ask('STAT'), '+OK 3 60\r\n');
  assert.equal(await client.askLines('LIST'), '+OK \r\n1 14\r\n2 32\r\n3 14\r\n.\r\n');
  assert.equal(await client.ask('list 2'), '+OK 2 32\r\n');
  assert.equal(await client.askLines('UIDL'), '+OK \r\n1 9.a.host\r\n2 10.b.host\r\n3 11.c.host\r\n.\r\n');
  assert.equal(await client.ask('UIDL 1'), '+OK 1 9.a.host\r\n');
  client.send('RETR 2\r\nTOP 2 1\r\n');
  assert.equal(await client.line(), '+OK \r\n');
  for (const line of ['Subject: b', '', '..dot', 'line two', 'no end', '.'])
    assert.equal(await client.line(), `${line}\r\n`);
  for (const line of ['+OK ', 'Subject: b', '', '..dot', '.'])
    assert.equal(await client.line(), `${line}\r\n`);
  for (const [command, answer] of [
    ['RETR', 'syntax error'],
    ['RETR x', 'syntax error'],
    ['RETR 0', 'messages are counted from 1'],
    ['DELE 4', 'not that many messages'],
    ['CAPA', 'unimplemented'],
  ] as const)
    assert.equal(await client.ask(command), `-ERR ${answer}\r\n`);
  assert.equal(await client.ask('DELE 3'), '+OK \r\n');
  assert.equal(await client.ask('RSET'), '+OK \r\n');
  assert.equal(await client.ask('DELE 2'), '+OK \r\n');
  assert.equal(await client.ask('RETR 2'), '-ERR already deleted\r\n');
  assert.equal(await client.ask('LAST'), '+OK 2\r\n');
  assert.equal(await client.ask('STAT'), '+OK 2 28\r\n', 'RFC 1939: deleted messages do not count');
  assert.equal(await client.askLines('LIST'), '+OK \r\n1 14\r\n3 14\r\n.\r\n');
  // Another program moves it meanwhile; it is deleted all the same.
  await rename(join(account.maildir, 'new/10.b.host'), join(account.maildir, 'cur/10.b.host:2,RS'));
  assert.equal(await client.ask('QUIT'), '+OK \r\n');
  assert.equal(await client.rest(), '');
  assert.deepEqual((await readdir(join(account.maildir, 'cur'))).sort(), ['11.c.host:2,', '9.a.host:2,S']);
  assert.deepEqual(await readdir(join(account.maildir, 'new')), []);
  assert.equal(await readFile(join(account.maildir, 'maildirsize'), 'utf8'), '1000000S\n1000 3\n-32 -1\n');
  await emptyMaildir();
});

test('a client that is gone without QUIT has deleted nothing', async () => {
  await put('new/20.x.host', 'Subject: x\n\nX\n', 100);
  const ended = server.ends.length;
  const client = new Client(server.port);
  await client.signIn();
  assert.equal(await client.ask('DELE 1'), '+OK \r\n');
  client.close();
  while (server.ends.length === ended) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(await readdir(join(account.maildir, 'new')), ['20.x.host']);
  await emptyMaildir();
});

test('a large message comes whole, with its dots doubled', async () => {
  const text = `Subject: big\n\n${'.0123456789abcdef\n'.repeat(60_000)}`;
  await put('new/30.big.host', text, 100);
  const client = new Client(server.port);
  await client.signIn();
  client.send('RETR 1\r\nQUIT\r\n');
  const got = await client.rest();
  assert.equal(got, `+OK \r\n${text.replaceAll('\n', '\r\n').replaceAll(/^\./gm, '..')}.\r\n+OK \r\n`);
  await emptyMaildir();
});

const hasCurl = { skip: !hasProgram('curl', '--version') && 'curl is not installed' };
test('curl signs in by APOP with another checkpassword, fetches and deletes', hasCurl, async () => {
  await put('new/40.one.host', 'Subject: one\n\n.text\n', 100);
  // The greeting offers APOP, so curl takes it; this program knows the clear password.
  const apop =
    `tr '\\000' '\\n' <&3 | { read name; read digest; read stamp; ` +
    `test "$name" = joe && test "$digest" = $(printf '%s%s' "$stamp" secret | md5sum | cut -c1-32); } && exec "$@"`;
  const words = commandWords('qmail-popup', 'pop.test', 'sh', '-c', apop, 'sh', ...pop3d);
  const user = isRoot ? { uid, gid } : {};
  const tiny = await startTcpserver(words, { ...user, cwd: account.directory });
  const curl = (word: string, ...args: string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      execFile('curl', ['-sS', '--user', `joe:${word}`, ...args], (error, out, words) =>
        error ? reject(new Error(words)) : resolve(out),
      );
    });
  const url = `pop3://127.0.0.1:${tiny.port}`;
  assert.equal(await curl('secret', `${url}/`), '1 20\r\n');
  assert.equal(await curl('secret', `${url}/1`), 'Subject: one\r\n\r\n.text\r\n');
  await curl('secret', '-X', 'DELE 1', '--head', `${url}/1`);
  await assert.rejects(curl('wrong', `${url}/`));
  await tiny.close();
  assert.deepEqual(await readdir(join(account.maildir, 'cur')), []);
});

test('a wrong password, or a crash behind it, is told and ends the session', async () => {
  const client = new Client(server.port);
  await client.line();
  assert.equal(await client.ask('STAT'), '-ERR authorization first\r\n');
  assert.equal(await client.ask('PASS x'), '-ERR USER first\r\n');
  assert.equal(await client.ask('USER joe@example.com'), '+OK \r\n');
  assert.equal(await client.ask('PASS wrong'), '-ERR authorization failed\r\n');
  assert.equal(await client.rest(), '');
  const crash = await startTcpserver(commandWords('qmail-popup', 'pop.test', 'sh', '-c', 'kill -SEGV $$'));
  const other = new Client(crash.port);
  await other.line();
  assert.equal(await other.ask('APOP joe 0123'), '-ERR aack, child crashed\r\n');
  other.close();
  await crash.close();
});

test('qmail-popup gives the program name, password and its own greeting on descriptor 3, and fd 0 untouched', async () => {
  const words = commandWords(
    'qmail-popup',
    'pop.test',
    'sh',
    '-c',
    'tr "\\000" "|" <&3; printf "\\r\\n"; sleep 0.3; cat',
  );
  const tiny = await startTcpserver(words);
  const client = new Client(tiny.port);
  const stamp = /<.*>/.exec(await client.line())![0];
  await client.ask('USER a b');
  assert.equal(await client.ask('PASS p w '), `a b|p w |${stamp}|\r\n`);
  // The program is not reading yet: who takes this now would take it away.
  assert.equal(await client.ask('hello'), 'hello\r\n');
  client.close();
  await tiny.close();
});

const three = (name: string, word: string): string => `${name}\0${word}\0<1.2@pop.test>\0`;
const tell = ['sh', '-c', 'echo "$(id -u) $(pwd -P) $USER $HOME $SHELL $VPOPUSER"; exit 7'];

test('checkpassword becomes the account: uid, directory, environment; its exit is the programs', async () => {
  const ran = await runTableCommand('checkpassword', tell, {
    env,
    three: three('Joe@Example.COM', password),
  });
  assert.equal(ran.stdout, `${uid} ${account.directory} joe ${account.directory} NOLOGIN Joe@Example.COM\n`);
  assert.equal(ran.status, 7);
  assert.equal(ran.stderr, 'vchkpw-pop3: (PLAIN) login success Joe@Example.COM:\n');
  await mkdir(join(home.vpopmail, 'etc'), { recursive: true });
  await writeFile(join(home.vpopmail, 'etc', 'defaultdomain'), 'example.com\n');
  const short = await runTableCommand('checkpassword', tell, { env, three: three('joe', password) });
  assert.equal(short.status, 7, 'the default domain');
  // vpopmail: the domain of the address that the client came to is asked before that.
  await writeFile(join(home.vpopmail, 'etc', 'defaultdomain'), 'other.example\n');
  await writeFile(join(home.vpopmail, 'etc', 'ip_alias_map'), '192.0.2.7 example.com\n');
  for (const [program, ip, status] of [
    ['checkpassword', '192.0.2.7', 7],
    ['checkpassword', '192.0.2.8', 1],
    ['vchkpw', '::ffff:192.0.2.7', 7],
    ['vchkpw', '192.0.2.8', 3],
  ] as const) {
    const mapped = await runTableCommand(program, tell, {
      env: { ...env, TCPLOCALIP: ip },
      three: three('joe', password),
    });
    assert.equal(mapped.status, status, `${program} at ${ip}: ${mapped.stderr}`);
  }
});

test('checkpassword refuses with 1, misuse is 2, SMTP runs the program without becoming anybody', async () => {
  const ask = (input: string, args = tell, more = {}) =>
    runTableCommand('checkpassword', args, { env: { ...env, ...more }, three: input });
  const wrong = await ask(three('joe@example.com', 'wrong'), tell, { TCPREMOTEIP: '192.0.2.1' });
  assert.deepEqual([wrong.status, wrong.stdout], [1, '']);
  assert.equal(wrong.stderr, 'vchkpw-pop3: password fail joe@example.com:192.0.2.1\n');
  assert.equal((await ask(three('nobody@example.com', password))).status, 1);
  assert.equal((await ask(three('no.such.user', password))).status, 1);
  assert.equal((await ask(`joe@example.com\0${'x'.repeat(600)}\0s\0`)).status, 1);
  assert.equal((await ask('joe@example.com')).status, 2);
  assert.equal((await ask(three('joe@example.com', password), [])).status, 2);
  assert.equal((await runTableCommand('checkpassword', tell, { env })).status, 2, 'no descriptor 3');
  const smtp = await ask(three('joe@example.com', password), ['sh', '-c', 'id -u'], { TCPLOCALPORT: '587' });
  assert.deepEqual([smtp.status, smtp.stdout], [0, `${process.geteuid?.()}\n`]);
});

test('qmail-pop3d refuses root, a missing Maildir, and leaves messages of this second for later', async () => {
  if (isRoot) assert.equal((await runTableCommand('qmail-pop3d', [account.maildir])).status, 1);
  const user = isRoot ? { uid, gid } : {};
  const missing = await runTableCommand('qmail-pop3d', [join(account.maildir, 'no')], user);
  assert.deepEqual([missing.status, missing.stdout], [0, '-ERR this user has no $HOME/Maildir\r\n']);
  await put('new/50.now.host', 'x\n', -30);
  await put('tmp/old', 'x\n', 40 * 3600);
  const ran = await runTableCommand('qmail-pop3d', [account.maildir], { ...user, input: 'STAT\r\nQUIT\r\n' });
  assert.equal(ran.stdout, '+OK \r\n+OK 1 2\r\n+OK \r\n', 'a time to come does not hide a message for ever');
  assert.deepEqual(await readdir(join(account.maildir, 'tmp')), []);
  const [name = ''] = await readdir(join(account.maildir, 'cur'));
  await utimes(join(account.maildir, 'cur', name), 1_700_000_000, 1_700_000_000);
  assert.equal((await openMaildrop(account.maildir, 1_700_000_000.9)).messages.length, 0);
  assert.equal((await openMaildrop(account.maildir, 1_700_000_001)).messages.length, 1);
});
