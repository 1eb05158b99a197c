// METADATA (RFC 5464) and LIST-METADATA (RFC 9590) as a mail program sends them, on a real Maildir: what is kept where, what
// outlives the index, and what the other sessions hear.
import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type ImapClient, type ImapSite, startImapSite } from '../support/imap.ts';
import { createFixture } from '../support/maildir.ts';

let site: ImapSite;
let client: ImapClient;
let count = 0;
before(async () => {
  site = await startImapSite({ settings: { imapcomment: 'Zimmer 7, ü' } });
  client = await site.signIn();
});
after(() => site.close());

async function makeFolder(): Promise<string> {
  const folder = `Meta${++count}`;
  await client.ok(`CREATE ${folder}`);
  return folder;
}

const tagged = async (command: string): Promise<string> => (await client.send(command)).tagged;

describe('annotations', () => {
  test('are set, read, replaced and deleted with NIL', async () => {
    const folder = await makeFolder();
    assert.deepEqual(await client.ok(`GETMETADATA ${folder} /private/comment`), [
      `* METADATA "${folder}" (/private/comment NIL)`,
    ]);
    await client.ok(`SETMETADATA ${folder} (/private/comment "My own" /Shared/Comment {7+}\r\na\r\nb"\\c)`);
    assert.deepEqual(await client.ok(`GETMETADATA ${folder} (/private/Comment /shared/comment /shared/x)`), [
      `* METADATA "${folder}" (/private/Comment "My own" /shared/comment {7}\r\na\r\nb"\\c /shared/x NIL)`,
    ]);
    await client.ok(`SETMETADATA ${folder} (/private/comment NIL /shared/comment "other")`);
    assert.deepEqual(await client.ok(`GETMETADATA ${folder} (/private/comment /shared/comment)`), [
      `* METADATA "${folder}" (/private/comment NIL /shared/comment "other")`,
    ]);
  });

  test('are bytes: 8-bit, NUL and the empty value come back as they were', async () => {
    const folder = await makeFolder();
    await client.ok(
      `SETMETADATA ${folder} (/private/a ~{4+}\r\n\0\xff\\n /private/b {2+}\r\n\xc3\xbc /private/c "")`,
    );
    assert.deepEqual(await client.ok(`GETMETADATA ${folder} (/private/a /private/b /private/c)`), [
      `* METADATA "${folder}" (/private/a ~{4}\r\n\0\xff\\n /private/b {2}\r\n\xc3\xbc /private/c "")`,
    ]);
  });

  test('below an entry are found with DEPTH, and left out when larger than MAXSIZE', async () => {
    const folder = await makeFolder();
    await client.ok(
      `SETMETADATA ${folder} (/private/f/v/small "SMALLER 5000" /private/f/v/deep/er "x" /private/f/vv "y" /shared/vendor/me/x "long value")`,
    );
    assert.deepEqual(await client.ok(`GETMETADATA ${folder} (DEPTH 1) (/private/f/v)`), [
      `* METADATA "${folder}" (/private/f/v/small "SMALLER 5000")`,
    ]);
    assert.deepEqual(await client.ok(`GETMETADATA (DEPTH infinity) ${folder} /private/f/v`), [
      `* METADATA "${folder}" (/private/f/v/small "SMALLER 5000" /private/f/v/deep/er "x")`,
    ]);
    assert.deepEqual(await client.ok(`GETMETADATA ${folder} (DEPTH 0) /private/f/v`), [
      `* METADATA "${folder}" (/private/f/v NIL)`,
    ]);
    const cut = await client.send(`GETMETADATA (MAXSIZE 10 DEPTH infinity) ${folder} (/private /shared)`);
    assert.deepEqual(cut.lines, [
      `* METADATA "${folder}" (/private/f/v/deep/er "x" /private/f/vv "y" /shared/vendor/me/x "long value")`,
    ]);
    assert.match(cut.tagged, /^OK \[METADATA LONGENTRIES 12\]/);
    const none = await client.send(`GETMETADATA ${folder} (MAXSIZE 9) /shared/vendor/me/x`);
    assert.deepEqual(none.lines, []);
    assert.match(none.tagged, /^OK \[METADATA LONGENTRIES 10\]/);
  });

  test('of the server: what the administrator says is read-only, the private ones are the account’s', async () => {
    assert.deepEqual(await client.ok('GETMETADATA "" (/shared/admin /shared/comment)'), [
      '* METADATA "" (/shared/admin "mailto:postmaster@example.net" /shared/comment {12}\r\nZimmer 7, \xc3\xbc)',
    ]);
    assert.match(await tagged('SETMETADATA "" (/shared/comment "mine")'), /^NO \[NOPERM\]/);
    assert.match(await tagged('SETMETADATA "" (/private/x "1" /shared/admin NIL)'), /^NO \[NOPERM\]/);
    assert.deepEqual(await client.ok('GETMETADATA "" /private/x'), ['* METADATA "" (/private/x NIL)']);
    await client.ok('SETMETADATA "" (/private/vendor/me/theme "dark")');
    assert.deepEqual(await client.ok('GETMETADATA "" (DEPTH infinity) /private'), [
      '* METADATA "" (/private/vendor/me/theme "dark")',
    ]);
    assert.deepEqual(await client.ok('GETMETADATA INBOX (DEPTH infinity) /private'), [
      '* METADATA "INBOX" (/private NIL)',
    ]);
  });

  test('of folders that are not there are refused, as wrong commands are', async () => {
    assert.match(await tagged('GETMETADATA Nowhere /private/comment'), /^NO \[NONEXISTENT\]/);
    assert.match(await tagged('SETMETADATA Nowhere (/private/comment "x")'), /^NO \[NONEXISTENT\]/);
    for (const command of [
      'GETMETADATA',
      'GETMETADATA INBOX',
      'GETMETADATA INBOX ()',
      'GETMETADATA INBOX comment',
      'GETMETADATA INBOX /comment',
      'GETMETADATA INBOX /private/*',
      'GETMETADATA INBOX "/private/%"',
      'GETMETADATA INBOX /private//x',
      'GETMETADATA INBOX /private/x/',
      'GETMETADATA INBOX "/private/\xc3\xbc"',
      'GETMETADATA INBOX (DEPTH 2) /private/x',
      'GETMETADATA INBOX (DEPTH) /private/x',
      'GETMETADATA INBOX (MAXSIZE -1) /private/x',
      'GETMETADATA INBOX (SPEED 1) /private/x',
      `GETMETADATA INBOX /private/${'x'.repeat(300)}`,
      'SETMETADATA INBOX',
      'SETMETADATA INBOX ()',
      'SETMETADATA INBOX /private/comment "x"',
      'SETMETADATA INBOX (/private/comment)',
      'SETMETADATA INBOX (/private/comment x)',
      'SETMETADATA INBOX (/private "x")',
      'SETMETADATA INBOX (/shared/vendor/me "x")',
    ])
      assert.match(await tagged(command), /^BAD/, command);
    const stranger = await site.connect();
    assert.match((await stranger.send('GETMETADATA INBOX /private/x')).tagged, /^BAD/);
  });
});

describe('limits of annotations', () => {
  test('a value of 32768 bytes is kept, a larger one refused, and then nothing else is changed', async () => {
    const folder = await makeFolder();
    const value = 'x'.repeat(32_768);
    await client.ok(`SETMETADATA ${folder} (/private/a {${value.length}+}\r\n${value})`);
    const refused = await tagged(`SETMETADATA ${folder} (/private/a NIL /private/b {32769+}\r\n${value}x)`);
    assert.match(refused, /^NO \[METADATA MAXSIZE 32768\]/);
    assert.deepEqual(await client.ok(`GETMETADATA ${folder} (MAXSIZE 40000) (/private/a /private/b)`), [
      `* METADATA "${folder}" (/private/a "${value}" /private/b NIL)`,
    ]);
  });

  test('a folder has 100 entries and 256 KiB at most', async () => {
    const folder = await makeFolder();
    const entries = Array.from({ length: 100 }, (_, n) => `/private/e${n} "v"`).join(' ');
    await client.ok(`SETMETADATA ${folder} (${entries})`);
    assert.match(await tagged(`SETMETADATA ${folder} (/private/more "v")`), /^NO \[METADATA TOOMANY\]/);
    await client.ok(`SETMETADATA ${folder} (/private/e1 NIL /private/more "v")`);
    const large = await makeFolder();
    const value = 'x'.repeat(32_000);
    for (let n = 0; n < 8; n++) await client.ok(`SETMETADATA ${large} (/private/e${n} {32000+}\r\n${value})`);
    assert.match(
      await tagged(`SETMETADATA ${large} (/private/e8 {32000+}\r\n${value})`),
      /^NO \[METADATA TOOMANY\]/,
    );
    await client.ok(`SETMETADATA ${large} (/private/e7 "small" /private/e8 "small")`);
  });

  test('all folders of an account together have 8 MiB at most', async () => {
    const other = await startImapSite();
    try {
      // As if other folders were full: the files count as they lie on disk.
      for (let n = 0; n < 9; n++) {
        for (const part of ['cur', 'new', 'tmp'])
          await mkdir(join(other.maildir, `.Full${n}`, part), { recursive: true });
        await writeFile(join(other.maildir, `.Full${n}`, 'facteur-annotations'), 'x'.repeat(1_000_000));
      }
      const full = await other.signIn();
      await full.ok('LIST "" *');
      assert.match(
        (await full.send('SETMETADATA INBOX (/private/a "b")')).tagged,
        /^NO \[METADATA TOOMANY\]/,
      );
      await full.ok('DELETE Full0');
      await full.ok('SETMETADATA INBOX (/private/a "b")');
    } finally {
      await other.close();
    }
  });
});

describe('annotations on disk', () => {
  test('outlive the index, go along with a renamed folder and go with a deleted one', async () => {
    const fixture = await createFixture();
    try {
      const first = await startImapSite({ fixture });
      try {
        const one = await first.signIn();
        await one.ok('CREATE A');
        await one.ok('CREATE A.B');
        await one.ok('SETMETADATA A (/shared/comment "of A")');
        await one.ok('SETMETADATA A.B (/shared/comment "of B")');
        await one.ok('SETMETADATA INBOX (/shared/comment "of the inbox")');
        await one.ok('SETMETADATA "" (/private/x "of the account")');
        await one.ok('RENAME A C');
        await one.ok('RENAME INBOX Old');
      } finally {
        await first.close();
      }
      await rm(fixture.state, { recursive: true });
      const second = await startImapSite({ fixture });
      try {
        const two = await second.signIn();
        const read = async (name: string, entry = '/shared/comment'): Promise<string | undefined> =>
          /"([^"]*)"\)$|(NIL)\)$/.exec((await two.ok(`GETMETADATA ${name} ${entry}`))[0] ?? '')?.[1];
        assert.equal(await read('C'), 'of A');
        assert.equal(await read('C.B'), 'of B');
        // RFC 5464 4.1: the inbox keeps what it has.
        assert.equal(await read('INBOX'), 'of the inbox');
        assert.equal(await read('Old'), 'of the inbox');
        assert.equal(await read('""', '/private/x'), 'of the account');
        await two.ok('DELETE C.B');
        await two.ok('CREATE C.B');
        assert.equal(await read('C.B'), undefined);
      } finally {
        await second.close();
      }
    } finally {
      await fixture.remove();
    }
  });

  test('are a file of the owner alone; what others put in its place is not followed', async () => {
    const folder = await makeFolder();
    const path = join(site.maildir, `.${folder}`, 'facteur-annotations');
    await client.ok(`SETMETADATA ${folder} (/private/a {5+}\r\none\r\n /private/b "t\tab")`);
    assert.equal(await readFile(path, 'latin1'), '/private/a\tone\\r\\n\n/private/b\tt\\tab\n');
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    // Lines that make no sense are passed over.
    await writeFile(path, 'nonsense\n/private/a\tthere\n/private/a\ttwice\n/etc/x\ty\n\t\n');
    assert.deepEqual(await client.ok(`GETMETADATA ${folder} (DEPTH infinity) /private`), [
      `* METADATA "${folder}" (/private/a "there")`,
    ]);
    const elsewhere = join(site.fixture.root, `secret${count}`);
    await writeFile(elsewhere, '/private/a\tsecret\n');
    await rm(path);
    await symlink(elsewhere, path);
    assert.deepEqual(await client.ok(`GETMETADATA ${folder} /private/a`), [
      `* METADATA "${folder}" (/private/a NIL)`,
    ]);
    await client.ok(`SETMETADATA ${folder} (/private/a "own")`);
    assert.equal(await readFile(elsewhere, 'latin1'), '/private/a\tsecret\n');
    assert.equal(await readFile(path, 'latin1'), '/private/a\town\n');
    await rm(path);
    // A pipe in its place holds nobody up.
    await mkdir(path);
    assert.match(await tagged(`GETMETADATA ${folder} /private/a`), /^OK/);
    await rm(path, { recursive: true });
    if (process.getuid?.() !== 0) {
      const directory = join(site.maildir, `.${folder}`, 'tmp');
      await chmod(directory, 0o500);
      assert.match(await tagged(`SETMETADATA ${folder} (/private/a "x")`), /^NO \[UNAVAILABLE\]/);
      await chmod(directory, 0o700);
    }
  });
});

describe('other sessions', () => {
  test('hear of changed entries by name when they enabled METADATA, and of their own changes not', async () => {
    const folder = await makeFolder();
    const other = await site.signIn();
    const silent = await site.signIn();
    assert.deepEqual(await other.ok('ENABLE METADATA'), ['* ENABLED METADATA']);
    await client.ok(`SETMETADATA ${folder} (/shared/a "1" /private/b NIL)`);
    await client.ok(`SETMETADATA ${folder} (/shared/a "2")`);
    await client.ok('SETMETADATA "" (/private/b "1")');
    assert.deepEqual(await other.ok('NOOP'), [
      `* METADATA "${folder}" /shared/a /private/b`,
      '* METADATA "" /private/b',
    ]);
    assert.deepEqual(await other.ok('NOOP'), []);
    assert.deepEqual(await silent.ok('NOOP'), []);
    await other.ok(`SETMETADATA ${folder} (/shared/a "3")`);
    assert.deepEqual(await other.ok('NOOP'), []);
    const tag = other.begin('IDLE');
    assert.equal(await other.line(), '+ idling');
    await client.ok(`SETMETADATA ${folder} (/shared/a "4")`);
    assert.equal(await other.line(), `* METADATA "${folder}" /shared/a`);
    other.write('DONE\r\n');
    await other.answer(tag);
  });

  test('a session that never asks is sent away before the names fill the memory', async () => {
    const folder = await makeFolder();
    const other = await site.signIn();
    await other.ok('ENABLE METADATA');
    for (let round = 0; round < 21; round++) {
      const names = Array.from({ length: 100 }, (_, n) => `/private/r${round}n${n}`);
      await client.ok(`SETMETADATA ${folder} (${names.map((name) => `${name} ""`).join(' ')})`);
      await client.ok(`SETMETADATA ${folder} (${names.map((name) => `${name} NIL`).join(' ')})`);
    }
    other.begin('NOOP');
    assert.match(await other.end(), /^\* BYE \[UNAVAILABLE\]/m);
  });
});

describe('LIST-METADATA', () => {
  test('tells the entries behind each folder of the list, and none of a name without a folder', async () => {
    const folder = await makeFolder();
    await client.ok(`CREATE ${folder}x.Below`);
    await client.ok(`SETMETADATA ${folder} (/private/color "#b71c1c")`);
    assert.deepEqual(
      await client.ok(`LIST "" (${folder} ${folder}x ${folder}x.*) RETURN (METADATA (/private/color))`),
      [
        `* LIST (\\HasNoChildren) "." "${folder}"`,
        `* METADATA "${folder}" (/private/color "#b71c1c")`,
        `* LIST (\\HasNoChildren) "." "${folder}x.Below"`,
        `* METADATA "${folder}x.Below" (/private/color NIL)`,
      ],
    );
    for (const option of ['METADATA', 'METADATA ()', 'METADATA /private/color', 'METADATA (/x)'])
      assert.match(await tagged(`LIST "" * RETURN (${option})`), /^BAD/, option);
  });
});
