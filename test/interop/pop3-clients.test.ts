// Real POP3 clients against the server: curl, Python's poplib, fetchmail, getmail and mpop; those that are not installed
// are skipped. Each fetches mail and leaves it, comes again and finds nothing new, then sees a new letter once. Dovecot
// and Courier themselves serve the same Maildir before and after, where they are installed.
import assert from 'node:assert/strict';
import { chmod, chown, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { askForeign, isMissing, withForeignMaildir } from '../support/foreign-imap.ts';
import { isInstalled, type Ran, run } from '../support/mail-clients.ts';
import { createFixture } from '../support/maildir.ts';
import { type Pop3Site, testPassword, testUser, withPop3 } from '../support/pop3.ts';

const letters = ['one', '.two', 'three'] as const;

async function withLetters(work: (site: Pop3Site, home: string) => Promise<void>): Promise<void> {
  await withPop3(async (site) => {
    for (const [index, word] of letters.entries())
      await writeFile(join(site.maildir, 'cur', `170000000${index}.M1P1.h:2,`), letter(word));
    const home = join(site.fixture.root, 'client');
    await mkdir(home);
    if (process.getuid?.() === 0) {
      await chmod(site.fixture.root, 0o755);
      await chown(home, 65_534, 65_534);
    }
    await work(site, home);
  });
}

const letter = (word: string): string =>
  `From: a@example.org\nTo: b@example.org\nSubject: ${word}\n\n${word}\n.\n..\n`;
const deliver = (site: Pop3Site): Promise<void> =>
  writeFile(join(site.maildir, 'new', '1800000000.M1P1.h'), letter('four'));

/** What a client stored, without the fields that it added. */
const bodyOf = (text: string): string => text.replace(/\r/g, '').replace(/^[\s\S]*?\n\n/, '');

async function storedIn(directory: string): Promise<string[]> {
  const names = await readdir(join(directory, 'new')).catch(() => []);
  const texts = await Promise.all(names.map((name) => readFile(join(directory, 'new', name), 'utf8')));
  return texts.map(bodyOf).sort();
}

const expected = (words: readonly string[]): string[] => words.map((word) => bodyOf(letter(word))).sort();

describe('real clients', async () => {
  it(
    'curl lists, fetches and deletes',
    { skip: !(await isInstalled('curl')) && 'curl is not installed' },
    () =>
      withLetters(async (site, home) => {
        const url = `pop3://127.0.0.1:${site.port}`;
        const login = ['-sS', '-u', `${testUser}:${testPassword}`];
        const listed = (await run('curl', [...login, `${url}/`], home)).output;
        assert.match(listed, /^1 \d+\r\n2 \d+\r\n3 \d+\r\n$/);
        const second = await run('curl', [...login, `${url}/2`], home);
        assert.equal(bodyOf(second.output), bodyOf(letter('.two')));
        const removed = await run('curl', [...login, '-X', 'DELE 1', '-I', `${url}/`], home);
        assert.equal(removed.status, 0, removed.output);
        assert.equal((await readdir(join(site.maildir, 'cur'))).length, 2);
      }),
  );

  const python = await isInstalled('python3');
  it('Python’s poplib by every command it has', { skip: !python && 'python3 is not installed' }, () =>
    withLetters(async (site, home) => {
      const script = `
import poplib, sys
p = poplib.POP3('127.0.0.1', ${site.port}, timeout=30)
p.user('${testUser}'); p.pass_('${testPassword}')
assert p.capa()['UIDL'] == [], p.capa()
p.utf8()
n, size = p.stat()
assert n == 3 and sum(int(l.split()[1]) for l in p.list()[1]) == size
assert [l.split()[1].decode() for l in p.uidl()[1]] == ['170000000%d.M1P1.h' % i for i in range(3)]
assert p.uidl(2).split()[2] == b'1700000001.M1P1.h'
resp, lines, octets = p.retr(2)
assert lines[-3:] == [b'.two', b'.', b'..'], lines
assert int(p.list(2).split()[2]) == sum(len(l) + 2 for l in lines)
assert p.top(1, 0)[1][-1] == b''
p.dele(1); p.rset(); p.dele(3); p.noop()
assert p.stat()[0] == 2
p.quit()
print('well')
`;
      const ran = await run('python3', ['-'], home, script);
      assert.equal(ran.output, 'well\n');
      assert.equal((await readdir(join(site.maildir, 'cur'))).length, 2);
    }),
  );

  it(
    'fetchmail, with uidl and keep',
    { skip: !(await isInstalled('fetchmail')) && 'fetchmail is not installed' },
    () =>
      withLetters(async (site, home) => {
        const store = join(home, 'store');
        await mkdir(store);
        if (process.getuid?.() === 0) await chown(store, 65_534, 65_534);
        const mda = join(home, 'mda');
        await writeFile(mda, `#!/bin/sh\nmkdir -p ${store}/new\ncat > ${store}/new/$$\n`, { mode: 0o755 });
        const rc = join(home, 'rc');
        await writeFile(
          rc,
          `poll 127.0.0.1 protocol pop3 service ${site.port} uidl user "${testUser}" password "${testPassword}" sslproto "" keep mda "${mda}"\n`,
          { mode: 0o600 },
        );
        if (process.getuid?.() === 0) await chown(rc, 65_534, 65_534);
        const fetch = (): Promise<Ran> =>
          run('fetchmail', ['-f', rc, '--nosyslog', '--idfile', join(home, 'ids')], home);
        const first = await fetch();
        assert.equal(first.status, 0, first.output);
        assert.deepEqual(await storedIn(store), expected(letters));
        assert.equal((await fetch()).status, 1, 'nothing new');
        await deliver(site);
        assert.equal((await fetch()).status, 0);
        assert.deepEqual(await storedIn(store), expected([...letters, 'four']));
      }),
  );

  it('getmail', { skip: !(await isInstalled('getmail')) && 'getmail is not installed' }, () =>
    withLetters(async (site, home) => {
      const store = join(home, 'store');
      for (const part of ['', 'cur', 'new', 'tmp']) {
        await mkdir(join(store, part));
        if (process.getuid?.() === 0) await chown(join(store, part), 65_534, 65_534);
      }
      const rc = join(home, 'rc');
      await writeFile(
        rc,
        [
          '[retriever]',
          'type = SimplePOP3Retriever',
          'server = 127.0.0.1',
          `port = ${site.port}`,
          `username = ${testUser}`,
          `password = ${testPassword}`,
          '[destination]',
          'type = Maildir',
          `path = ${store}/`,
          '[options]',
          'delete = false',
          'read_all = false',
          'delivered_to = false',
          'received = false',
          '',
        ].join('\n'),
      );
      const fetch = (): Promise<Ran> => run('getmail', ['--getmaildir', home, '--rcfile', rc], home);
      const first = await fetch();
      assert.equal(first.status, 0, first.output);
      assert.deepEqual(await storedIn(store), expected(letters));
      await fetch();
      await deliver(site);
      await fetch();
      assert.deepEqual(await storedIn(store), expected([...letters, 'four']));
    }),
  );

  it('mpop', { skip: !(await isInstalled('mpop')) && 'mpop is not installed' }, () =>
    withLetters(async (site, home) => {
      const store = join(home, 'store');
      for (const part of ['', 'cur', 'new', 'tmp']) {
        await mkdir(join(store, part));
        if (process.getuid?.() === 0) await chown(join(store, part), 65_534, 65_534);
      }
      const fetch = (): Promise<Ran> =>
        run(
          'mpop',
          [
            '--host=127.0.0.1',
            `--port=${site.port}`,
            '--tls=off',
            '--auth=user',
            `--user=${testUser}`,
            `--passwordeval=echo ${testPassword}`,
            '--keep=on',
            '--received-header=off',
            `--delivery=maildir,${store}`,
            `--uidls-file=${join(home, 'uidls')}`,
          ],
          home,
        );
      const first = await fetch();
      assert.equal(first.status, 0, first.output);
      assert.deepEqual(await storedIn(store), expected(letters));
      await fetch();
      await deliver(site);
      assert.equal((await fetch()).status, 0);
      assert.deepEqual(await storedIn(store), expected([...letters, 'four']));
    }),
  );
});

describe('the servers before and after', async () => {
  const uidlsOf = (lines: readonly string[]): string[] =>
    lines.filter((line) => /^\d+ /.test(line)).map((line) => line.split(' ')[1]!);
  const ours = async (maildir: string): Promise<string[]> => {
    const fixture = await createFixture();
    let uidls: string[] = [];
    try {
      await withPop3(
        async (site) => {
          const client = await site.signIn();
          uidls = uidlsOf(await client.list('UIDL'));
        },
        { fixture: { ...fixture, maildir } },
      );
    } finally {
      await fixture.remove();
    }
    return uidls;
  };
  const fill = async (maildir: string, from: number, count: number): Promise<void> => {
    for (let i = from; i < from + count; i++)
      await writeFile(join(maildir, 'new', `17000000${i}.M1P1.h`), letter(`n${i}`));
  };

  const noCourier = await isMissing('courierPop3');
  it('Courier, then we, then Courier again: one UIDL a message', { skip: noCourier }, () =>
    withForeignMaildir(async (maildir) => {
      await fill(maildir, 10, 3);
      const before = uidlsOf(await askForeign('courierPop3', maildir, ['UIDL', 'QUIT']));
      assert.equal(before.length, 3);
      await fill(maildir, 20, 2);
      const meanwhile = await ours(maildir);
      assert.deepEqual(meanwhile.slice(0, 3), before);
      assert.equal(new Set(meanwhile).size, 5);
      await fill(maildir, 30, 1);
      const after = uidlsOf(await askForeign('courierPop3', maildir, ['UIDL', 'QUIT']));
      assert.deepEqual(after.slice(0, 5), meanwhile);
      assert.equal(new Set(after).size, 6);
    }),
  );

  const noDovecot = await isMissing('dovecotPop3');
  it('Dovecot, then we, then Dovecot again: one UIDL a message', { skip: noDovecot }, () =>
    withForeignMaildir(async (maildir) => {
      await fill(maildir, 10, 3);
      const before = uidlsOf(await askForeign('dovecotPop3', maildir, ['UIDL', 'QUIT']));
      assert.equal(before.length, 3);
      await rm(join(maildir, '..', 'run'), { recursive: true, force: true });
      await fill(maildir, 20, 2);
      if (process.getuid?.() === 0)
        for (const name of await readdir(join(maildir, 'new')))
          await chown(join(maildir, 'new', name), 65_534, 65_534);
      const meanwhile = await ours(maildir);
      assert.deepEqual(meanwhile.slice(0, 3), before);
      assert.equal(new Set(meanwhile).size, 5);
      assert.deepEqual(uidlsOf(await askForeign('dovecotPop3', maildir, ['UIDL', 'QUIT'])), meanwhile);
    }),
  );
});
