// Strangers and quarrelsome clients at the IMAP door (security.md I1, I2, I5): literals, parentheses, sets and nesting
// without end, bytes before TLS. Each gets BAD or NO within a second, memory stays where it was, and a session beside
// goes on as if nothing happened.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import test from 'node:test';
import { createCertificate } from '../support/certificate.ts';
import { type ImapClient, type ImapSite, startImapSite, testPassword, testUser } from '../support/imap.ts';
import { fillFolder } from '../support/maildir.ts';

/** Milliseconds; the machine may be busy. */
const soon = 5000;
const megabyte = 1024 * 1024;

/** What a command gets. Bytes are sent as they are, with a tag in front. */
async function answerTo(client: ImapClient, bytes: string): Promise<string> {
  client.write(`h ${bytes}`);
  for (;;) {
    const line = await client.line();
    if (/^(h|\*) (NO|BAD|OK|BYE)/.test(line)) return line.slice(2);
  }
}

const hostile: readonly (readonly [name: string, bytes: string])[] = [
  ['a literal of 4294967296', 'SEARCH SUBJECT {4294967296}\r\n'],
  ['a literal of -1', 'SEARCH SUBJECT {-1}\r\n'],
  ['a literal of 2^64', 'SEARCH SUBJECT {18446744073709551616}\r\n'],
  ['two literal headers', 'SEARCH SUBJECT {1+}{1+}\r\nx\r\n'],
  ['a literal that is too large', 'SEARCH SUBJECT {65537}\r\n'],
  ['100,000 open parentheses', `SEARCH ${'('.repeat(60_000)}\r\n`],
  [
    '100,000 open parentheses in literals',
    `SEARCH ${'('.repeat(30_000)}{60000+}\r\n${'('.repeat(60_000)}\r\n`,
  ],
  ['an atom of a megabyte', `SELECT ${'x'.repeat(megabyte)}\r\n`],
  ['a megabyte of parentheses', `FETCH 1 ${'('.repeat(megabyte)}\r\n`],
  ['a FETCH list of 100,000 items', `FETCH 1 (${'FLAGS '.repeat(100_000)}FLAGS)\r\n`],
  ['a FETCH list of 10,000 items', `FETCH 1 (${'FLAGS '.repeat(10_000)}FLAGS)\r\n`],
  ['NOT 10,000 times', `SEARCH ${'NOT '.repeat(10_000)}ALL\r\n`],
  ['OR 10,000 times', `SEARCH ${'OR ALL '.repeat(9000)}ALL\r\n`],
  ['a megabyte of search keys', `SEARCH ${'ALL '.repeat(megabyte / 4)}ALL\r\n`],
  [
    'search keys in literals, a megabyte',
    `SEARCH ${`SUBJECT {60000+}\r\n${'y'.repeat(60_000)} `.repeat(18)}ALL\r\n`,
  ],
  ['a part of a part, 10,000 times', `FETCH 1 BODY[${'1.'.repeat(10_000)}1]\r\n`],
  ['a pattern of stars', `LIST "" "${'*%'.repeat(20_000)}"\r\n`],
  ['NUL in a command', 'SELECT a\0b\r\n'],
  ['bytes that are no command', '\x16\x03\x01\x02\0\x01\0\x01\xfc\r\n'],
  ['a tag of nothing', '\r\n'],
];

async function withSite(work: (site: ImapSite) => Promise<void>): Promise<void> {
  const site = await startImapSite({
    tls: (
      (certificate) => () =>
        certificate
    )(pemOf()),
  });
  try {
    await work(site);
  } finally {
    await site.close();
  }
}

function pemOf(): { readonly cert: Buffer; readonly key: Buffer } {
  const { cert, key } = createCertificate('mail.test');
  return { cert: Buffer.from(cert), key: Buffer.from(key) };
}

test('what no client should send is answered BAD or NO at once, signed in or not, and nobody else is harmed', async () => {
  await withSite(async (site) => {
    await fillFolder(site.maildir, 20);
    const friend = await site.signIn();
    await friend.ok('SELECT INBOX');
    const before = process.memoryUsage().rss;
    for (const isSignedIn of [false, true]) {
      for (const [name, bytes] of hostile) {
        const client = isSignedIn ? await site.signIn() : await site.connect();
        if (isSignedIn) await client.ok('SELECT INBOX');
        const started = performance.now();
        const answer = await answerTo(client, bytes);
        const took = performance.now() - started;
        const isPattern = name === 'a pattern of stars' && isSignedIn;
        assert.match(answer, isPattern ? /^OK/ : /^(BAD|NO|BYE)/, `${name}: ${answer}`);
        assert.ok(took < soon, `${name} took ${took} ms`);
        assert.deepEqual((await friend.ok('UID FETCH 1 FLAGS')).length, 1, name);
        client.destroy();
      }
    }
    const grown = (process.memoryUsage().rss - before) / megabyte;
    // The clients, who hold what they send, are in this process too.
    assert.ok(grown < 100, `memory grew by ${grown} MiB`);
  });
});

test('a set of all numbers there are costs no more than the messages there are', async () => {
  await withSite(async (site) => {
    await fillFolder(site.maildir, 5);
    const client = await site.signIn();
    await client.ok('SELECT INBOX');
    for (const set of ['1:4294967295', '*:*', '4294967295:1', `${'1:4294967295,'.repeat(4000)}*`]) {
      const started = performance.now();
      await client.ok(`UID FETCH ${set} FLAGS`);
      await client.ok(`UID SEARCH UID ${set}`);
      assert.ok(performance.now() - started < soon, set.slice(0, 20));
    }
    assert.match((await client.send('FETCH 1:4294967295 FLAGS')).tagged, /^BAD/);
  });
});

test('what was sent in clear text behind STARTTLS is never executed', async () => {
  await withSite(async (site) => {
    for (const injected of ['x NOOP\r\n', `x LOGIN ${testUser} "${testPassword}"\r\n`, 'x LOGOUT\r\n']) {
      const client = await site.connect();
      client.write(`a STARTTLS\r\n${injected}`);
      assert.match(await client.line(), /^a OK/);
      await client.startTls();
      const { lines, tagged } = await client.send('CAPABILITY');
      assert.match(tagged, /^OK/);
      assert.equal(lines.length, 1, lines.join('\n'));
      assert.doesNotMatch(lines[0]!, /STARTTLS|LOGINDISABLED/);
      client.destroy();
    }
  });
});

test('a client that does not sign in, or is silent, is sent away', async () => {
  const site = await startImapSite({ limits: { loginSeconds: 0.2, idleSeconds: 0.5 } });
  try {
    const slow = await site.connect();
    slow.write('a NO');
    assert.match(await slow.end(), /^\* BYE /);
    const idle = await site.connect();
    await idle.ok(`LOGIN ${testUser} "${testPassword}"`);
    assert.match(await idle.end(), /^\* BYE /);
  } finally {
    await site.close();
  }
});

test('a client that asks for much and reads nothing fills no memory', async () => {
  const site = await startImapSite();
  try {
    await fillFolder(site.maildir, 200, (index) => ({ body: 'x'.repeat(100_000), subject: `big ${index}` }));
    const friend = await site.signIn();
    await friend.ok('SELECT INBOX');
    const work = async (): Promise<number> => {
      for (let n = 0; n < 200; n++) await friend.ok('UID FETCH 1:* FLAGS');
      return process.memoryUsage().rss;
    };
    // What this process needs for the friend's work and the first letters is there before it is measured.
    await friend.ok('FETCH 1:* BODY.PEEK[]');
    const before = await work();
    const socket = connect({ port: site.port, host: '127.0.0.1' });
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write(`a LOGIN ${testUser} "${testPassword}"\r\nb SELECT INBOX\r\n`);
    for (let n = 0; n < 50; n++) socket.write(`c${n} FETCH 1:* BODY.PEEK[]\r\n`);
    // The answer has begun; then nothing more is read.
    await new Promise((resolve) => socket.once('readable', resolve));
    const grown = ((await work()) - before) / megabyte;
    assert.ok(grown < 100, `memory grew by ${grown} MiB of a gigabyte that was asked for`);
    socket.destroy();
  } finally {
    await site.close();
  }
});

test('half a command, a message that breaks off, a client that leaves: nothing is stored, and the server goes on', async () => {
  const site = await startImapSite();
  try {
    for (const bytes of [
      'a APPEND INBOX {100+}\r\nhalf',
      'a LOGIN {3+}\r\nab',
      'a FETCH 1 (',
      'a IDLE\r\n',
      'a APPEND INBOX {5+}\r\nabcde',
    ]) {
      const client = await site.signIn();
      client.write(bytes);
      client.socket.end();
      await client.end();
    }
    const friend = await site.signIn();
    assert.ok((await friend.ok('SELECT INBOX')).includes('* 0 EXISTS'));
  } finally {
    await site.close();
  }
});
