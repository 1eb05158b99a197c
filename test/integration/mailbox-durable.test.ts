// Storing a message is durable before its id is given: the order of system calls, and a message read by the real
// message reader from the index to the list.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createMailboxes } from '../../server/mailbox/mailboxes.ts';
import { createMessageReader } from '../../server/message/reader.ts';
import { createFixture, waitForIndex } from '../support/maildir.ts';

const hasStrace = spawnSync('strace', ['-V']).status === 0;

test('append: write, fsync of the file, rename, fsync of cur, and only then the answer', {
  skip: hasStrace ? false : 'strace is not installed',
}, async (t) => {
  const fixture = await createFixture();
  t.after(() => fixture.remove());
  const script = join(fixture.root, 'append.ts');
  const trace = join(fixture.root, 'trace');
  const root = join(import.meta.dirname, '../..');
  await writeFile(
    script,
    `import { createMailboxes } from ${JSON.stringify(join(root, 'server/mailbox/mailboxes.ts'))};
     import { writeSync } from 'node:fs';
     const mailboxes = createMailboxes({ state: ${JSON.stringify(fixture.state)}, log: () => {},
       reader: { summarise: async (paths) => paths.map(() => undefined), wires: async () => [], texts: async () => [], matches: async () => [] } });
     const mailbox = await mailboxes.open({ address: 'a@b', maildir: ${JSON.stringify(fixture.maildir)} });
     await mailbox.append('INBOX', Buffer.from('Subject: x\\n\\nbody\\n'), 'S');
     writeSync(1, 'ANSWERED');
     await mailboxes.close();`,
  );
  const calls = 'trace=openat,write,pwrite64,fsync,rename,renameat,renameat2';
  const run = spawnSync('strace', ['-f', '-y', '-e', calls, '-o', trace, process.execPath, script], {
    encoding: 'utf8',
  });
  if (/ptrace|not permitted/i.test(run.stderr)) return t.skip('strace may not trace here');
  assert.equal(run.stdout, 'ANSWERED', run.stderr);
  const lines = (await readFile(trace, 'utf8')).split('\n');
  const find = (pattern: RegExp, from = 0): number => {
    const index = lines.findIndex((line, at) => at >= from && pattern.test(line));
    assert.ok(index >= 0, `${pattern} in the trace`);
    return index;
  };
  const created = find(/openat\(.*Maildir\/tmp\/.*O_CREAT\|O_EXCL.*0600/);
  const written = find(/write(64)?\(.*Maildir\/tmp\/.*Subject: x/, created);
  const synced = find(/fsync\(.*Maildir\/tmp\//, written);
  const linked = find(/rename(at2?)?\(.*Maildir\/tmp\/.*Maildir\/cur\/.*:2,S/, synced);
  const directory = find(/fsync\(\d+<.*Maildir\/cur>/, linked);
  const answered = find(/write\(1.*ANSWERED/, directory);
  // A call that another thread interrupts is written in two lines; its end must come before the answer as well.
  const ends = lines.slice(directory, answered).some((line) => /fsync.*= 0/.test(line));
  assert.ok(ends, 'the fsync of cur ended before the answer');
});

test('real messages come through the real reader into rows and searches', async (t) => {
  const fixture = await createFixture();
  const reader = createMessageReader({ log: () => {} });
  const mailboxes = createMailboxes({ state: fixture.state, reader, log: () => {} });
  t.after(async () => {
    await mailboxes.close();
    await reader.close();
    await fixture.remove();
  });
  const message = [
    'From: =?UTF-8?Q?Bj=C3=B8rn_=C3=98deg=C3=A5rd?= <bjorn@example.org>',
    'To: "Ann, Example" <ann@example.net>',
    'Subject: =?ISO-2022-JP?B?GyRCMnE1RBsoQg==?= agenda',
    'Message-ID: <one@example.org>',
    'Date: Tue, 03 Feb 2026 04:05:06 +0100',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'Caf=C3=A9 at noon.',
    '--b',
    'Content-Type: application/pdf; name=plan.pdf',
    'Content-Disposition: attachment; filename=plan.pdf',
    'Content-Transfer-Encoding: base64',
    '',
    'JVBERi0xLjQK',
    '--b--',
    '',
  ].join('\n');
  const mailbox = await mailboxes.open({ address: 'ann@example.net', maildir: fixture.maildir });
  const id = await mailbox.append('INBOX', Buffer.from(message), '');
  await waitForIndex(mailbox, 'INBOX');
  const row = (await mailbox.list({ folder: 'INBOX', limit: 10 })).rows[0]!;
  assert.equal(row.id, id);
  assert.equal(row.subject, '会議 agenda');
  assert.deepEqual(row.from, [{ name: 'Bjørn Ødegård', address: 'bjorn@example.org' }]);
  assert.deepEqual([row.hasAttachment, row.sent], [true, Date.UTC(2026, 1, 3, 3, 5, 6)]);
  assert.match(row.preview, /Café at noon/);
  for (const search of [
    'odegard',
    '会議',
    'cafe noon',
    'from:bjorn has:attachment',
    'subject:agenda after:2026-01-01',
  ]) {
    assert.equal((await mailbox.list({ search, limit: 10 })).total, 1, search);
  }
});

const corpus = join(import.meta.dirname, '../../../shared/corpus');

test('the corpus is indexed: each message has a row, none stays pending', {
  skip: existsSync(corpus) ? false : 'the corpus is not here',
}, async (t) => {
  const { readdir } = await import('node:fs/promises');
  const fixture = await createFixture();
  const reader = createMessageReader({ log: () => {} });
  const mailboxes = createMailboxes({ state: fixture.state, reader, log: () => {} });
  t.after(async () => {
    await mailboxes.close();
    await reader.close();
    await fixture.remove();
  });
  const files = (await readdir(corpus, { recursive: true }))
    .filter((name) => name.endsWith('.eml'))
    .slice(0, 120);
  for (const [index, file] of files.entries()) {
    await writeFile(
      join(fixture.maildir, 'cur', `${1000 + index}.corpus:2,`),
      await readFile(join(corpus, file)),
    );
  }
  const mailbox = await mailboxes.open({ address: 'ann@example.net', maildir: fixture.maildir });
  await waitForIndex(mailbox, 'INBOX');
  const page = await mailbox.list({ folder: 'INBOX', limit: 200 });
  assert.deepEqual([page.total, page.rows.length], [files.length, files.length]);
});
