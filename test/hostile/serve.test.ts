// Strangers at every door of a running server, and other users of the machine: no trace of our code reaches anybody,
// nothing stops the server, and what it makes is for its own eyes (security.md F3).
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { connect, type NetConnectOpts } from 'node:net';
import { join, relative } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type RunningServer, runFacteur, startServer } from '../support/facteur.ts';
import { withTemporaryDirectory } from '../support/queue.ts';
import { domain, makeHome, queued, sendLetter, subjectsOf, until } from '../support/serve.ts';

const trace = /\n\s*at [\w.<]+ |node:internal|node_modules|\.[jt]s:\d+|ENOENT|SQLITE|TypeError|URIError/;

/** Sends bytes, closes our side after them, gives all that comes back. */
function exchange(where: NetConnectOpts, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(where, () => socket.end(bytes));
    socket.setEncoding('latin1').on('data', (more: string) => {
      text += more;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
    socket.setTimeout(5000, () => socket.destroy());
  });
}

describe('a running server', () => {
  let server: RunningServer;
  let home = '';
  let release: () => void = () => undefined;
  let removed: Promise<void>;
  before(async () => {
    await new Promise<void>((ready, failed) => {
      removed = withTemporaryDirectory(async (directory) => {
        home = join(directory, 'home');
        await makeHome(home, ['ann']);
        server = await startServer(home, 'smtp=127.0.0.1:0,http=127.0.0.1:0', [
          '--log',
          join(directory, 'log'),
        ]);
        const held = new Promise<void>((resolve) => {
          release = resolve;
        });
        ready();
        await held;
      });
      removed.catch(failed);
    });
  });
  after(async () => {
    if (server.process.exitCode === null && server.process.signalCode === null) await server.kill();
    release();
    await removed;
  });

  test('the web answers nonsense with a plain refusal and shows nothing of itself', async () => {
    const where = { host: '127.0.0.1', port: server.ports.http as number };
    const get = (path: string, headers = ''): string =>
      `GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}Connection: close\r\n\r\n`;
    const post = (path: string, type: string, body: string): string =>
      `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`;
    const requests = [
      get('/%ff'),
      get('/%00'),
      get('/%'),
      get('/..%2f..%2fetc%2fpasswd'),
      get('/static/../../package.json'),
      get('//nowhere.example/%2e%2e'),
      get(`/${'a'.repeat(9000)}`),
      get('/?a[b][c]=d&__proto__[x]=y'),
      get('/login', 'Cookie: =;;;=%ff; __Host-session=%00%ff; session=\x80\xff\r\n'),
      get('/', `Cookie: ${'x=y; '.repeat(2500)}\r\n`),
      get('/', 'Accept-Language: \xff\xfe\r\n'),
      get('/', 'Range: bytes=-1--5\r\nIf-None-Match: "\r\n'),
      post('/login', 'application/json', '{"address":{"toString":1}}'),
      post('/login', 'application/x-www-form-urlencoded', 'address[]=a&address[]=b&password=%ff%00'),
      post('/login', 'multipart/form-data; boundary=', '--\r\n'),
      post('/login', 'text/plain; charset=nonsense', 'x'),
      'BREW / HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      'EHLO x\r\n',
      `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
      randomBytes(3000),
    ];
    for (const request of requests) {
      const answer = await exchange(where, request);
      const asked = request.toString('latin1' as never).slice(0, 100);
      assert.doesNotMatch(answer, trace, `${asked}\n${answer}`);
      assert.doesNotMatch(answer, /^HTTP\/1\.1 5/, `${asked}\n${answer}`);
    }
    const page = await fetch(`http://127.0.0.1:${server.ports.http}/login`);
    assert.equal(page.status, 200);
    await page.arrayBuffer();
  });

  test('nonsense for the injection socket and for SMTP stops nobody and queues nothing', async () => {
    const path = join(home, 'run', 'inject');
    const packages = [
      randomBytes(5000),
      '',
      '999999999999999999999:',
      '5:hello,',
      'S',
      'S7:network,',
      'S7:network,3:a\nb,0:,3:x@y',
      `S3:../,3:a\nb,0:,0:,3:x\0y,0:,`,
      '20:5:hello,0:,3:a@b,,,,',
      '0:,'.repeat(1000),
    ];
    for (const bytes of packages) assert.doesNotMatch(await exchange({ path }, bytes), trace);
    const smtp = { host: '127.0.0.1', port: server.ports.smtp as number };
    for (const bytes of [
      randomBytes(5000),
      'EHLO\r\nMAIL FROM:<\0>\r\nRCPT TO:<"@>\r\nDATA\r\n',
      '\r\n'.repeat(50),
    ])
      assert.doesNotMatch(await exchange(smtp, bytes), trace);
    assert.deepEqual(await queued(home), []);
    assert.equal((await sendLetter(smtp.port, `ann@${domain}`, 'still here')).code, 250);
    await until('the letter', async () => (await subjectsOf(home, 'ann')).length === 1);
  });

  test('after a round of everything no file or directory lets others read or write what is private', async () => {
    const inject = ['qmail-inject', '--home', home, `ann@${domain}`, `nobody@${domain}`];
    assert.equal((await runFacteur(inject, 'Subject: to both\n\nx\n')).status, 0);
    assert.equal(
      (await runFacteur(['vpasswd', '--home', home, `ann@${domain}`, 'whole-password'])).status,
      0,
    );
    await signIn(server.ports.http as number, `ann@${domain}`, 'whole-password');
    await until('both', async () => (await subjectsOf(home, 'ann')).length === 2);
    await until('an empty queue', async () => (await queued(home)).length === 0);
    // qmail's own: settings and the table of users are for everybody, the trigger may be pulled by anybody.
    const open: readonly RegExp[] = [
      /^qmail\/control\/[\w.]+$/,
      /^qmail\/users\/(assign|cdb)$/,
      // Who answers whether a recipient exists looks at them as another user.
      /^qmail\/alias\/\.qmail-[\w-]+$/,
      /^qmail\/queue\/lock\/(trigger|tcpto)$/,
    ];
    // Directories that deliveries under another uid walk through, and qmail's public ones.
    const passages =
      /^(|qmail|qmail\/control|qmail\/users|qmail\/alias|vpopmail|vpopmail\/domains|qmail\/queue(\/(mess|todo|lock|journal)(\/\d+)?)?)$/;
    const wrong: string[] = [];
    let seen = 0;
    const look = async (path: string): Promise<void> => {
      const stats = await lstat(path);
      const name = relative(home, path);
      seen += 1;
      const others = stats.mode & 0o077;
      const allowed = stats.isDirectory()
        ? passages.test(name)
          ? 0o055
          : 0
        : open.some((each) => each.test(name))
          ? name.endsWith('trigger')
            ? 0o022
            : 0o044
          : 0;
      if ((others & ~allowed) !== 0) wrong.push(`${(stats.mode & 0o777).toString(8)} ${name}`);
      if (stats.isDirectory()) for (const each of await readdir(path)) await look(join(path, each));
    };
    await look(home);
    assert.ok(seen > 100, `${seen} looked at`);
    assert.deepEqual(wrong, []);
    assert.equal((await lstat(join(home, '..', 'log'))).mode & 0o077, 0);
  });

  test('all this left no bug in the log', async () => {
    assert.equal(await server.stop(), 0);
    assert.equal(server.stderr(), '');
    assert.doesNotMatch(await readFile(join(home, '..', 'log'), 'utf8'), /bug/);
  });
});

/** Signs in as a browser without script does and reads the inbox. */
async function signIn(port: number, address: string, password: string): Promise<void> {
  const base = `http://127.0.0.1:${port}`;
  const page = await fetch(`${base}/login`);
  const cookies = page.headers.getSetCookie().map((each) => each.split(';')[0]);
  const csrf = /name="csrf" value="([^"]+)"/.exec(await page.text())?.[1] ?? '';
  const answer = await fetch(`${base}/login`, {
    method: 'POST',
    redirect: 'manual',
    headers: { Cookie: cookies.join('; '), Origin: base },
    body: new URLSearchParams({ csrf, address, password }),
  });
  assert.equal(answer.status, 303, await answer.text());
  const session = answer.headers.getSetCookie().map((each) => each.split(';')[0]);
  const inbox = await fetch(base, { headers: { Cookie: [...cookies, ...session].join('; ') } });
  assert.match(await inbox.text(), /still here/);
}
