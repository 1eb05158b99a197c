// Corners of IMAP where servers fail the conformance suite (spec/maildir-imap.md 6.1), over a real socket.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { startImapSite } from '../support/imap.ts';
import { putMessage } from '../support/maildir.ts';

test('a reader sees \\Recent and leaves it to the next writer, who alone gets it', async () => {
  const site = await startImapSite();
  try {
    for (const subject of ['one', 'two']) await putMessage(site.maildir, { half: 'new', subject });
    const [reader, writer, late] = [await site.signIn(), await site.signIn(), await site.signIn()];
    assert.ok((await reader.ok('EXAMINE INBOX')).includes('* 2 RECENT'));
    assert.deepEqual(await reader.ok('FETCH 2 (FLAGS)'), ['* 2 FETCH (FLAGS (\\Recent))']);
    assert.ok((await writer.ok('SELECT INBOX')).includes('* 2 RECENT'));
    assert.deepEqual(await writer.ok('SEARCH RECENT'), ['* SEARCH 1 2']);
    assert.ok((await late.ok('SELECT INBOX')).includes('* 0 RECENT'));
  } finally {
    await site.close();
  }
});

test('what is recent in a folder made anew under an old name is told to the first who opens it', async () => {
  const site = await startImapSite();
  try {
    const client = await site.signIn();
    for (let round = 0; round < 2; round++) {
      await client.ok('CREATE box');
      await client.ok('APPEND box {15+}\r\nSubject: x\r\n\r\nx');
      assert.ok((await client.ok('SELECT box')).includes('* 1 RECENT'), `round ${round}`);
      await client.ok('UNSELECT');
      await client.ok('DELETE box');
    }
  } finally {
    await site.close();
  }
});

test('a search finds nothing where no message is; MODSEQ of MIN and MAX is that of these', async () => {
  const site = await startImapSite();
  try {
    for (const subject of ['one', 'two', 'three']) await putMessage(site.maildir, { subject });
    const client = await site.signIn();
    await client.ok('SELECT INBOX');
    assert.deepEqual(await client.ok('SEARCH 1000'), ['* SEARCH']);
    assert.deepEqual(await client.ok('SEARCH 2:1000'), ['* SEARCH 2 3']);
    const [highest, ...stored] = await client.ok('STORE 2 (UNCHANGEDSINCE 999999999999999) +FLAGS (\\Seen)');
    assert.match(highest!, /^\* OK \[HIGHESTMODSEQ \d+\] /);
    const [, modseq] = /MODSEQ \((\d+)\)/.exec(stored.join()) ?? [];
    const [min] = await client.ok('SEARCH RETURN (MIN) 1:3 MODSEQ 1');
    assert.match(min!, / MIN 1 MODSEQ \d+$/);
    assert.ok(!min!.endsWith(` ${modseq}`), min);
    const [all] = await client.ok('SEARCH RETURN (ALL) 1:3 MODSEQ 1');
    assert.ok(all!.endsWith(` ALL 1:3 MODSEQ ${modseq}`), all);
  } finally {
    await site.close();
  }
});

test('MOVE into the folder itself gives a new UID; ID may be as long as RFC 2971 lets it be', async () => {
  const site = await startImapSite();
  try {
    for (const subject of ['one', 'two']) await putMessage(site.maildir, { subject });
    const client = await site.connect();
    const pairs = Array.from({ length: 30 }, (_, i) => `"${`${i}`.padEnd(30, 'a')}" "${'v'.repeat(1024)}"`);
    await client.ok(`ID (${pairs.join(' ')})`);
    const mover = await site.signIn();
    await mover.ok('SELECT INBOX');
    const lines = await mover.ok('MOVE 1 INBOX');
    assert.match(lines.join('\n'), /\[COPYUID \d+ 1 3\]/);
    assert.deepEqual(await mover.ok('UID SEARCH ALL'), ['* SEARCH 2 3']);
  } finally {
    await site.close();
  }
});

test('a binary literal is stored so that BINARY gives its very bytes again', async () => {
  const site = await startImapSite();
  try {
    const client = await site.signIn();
    const content = 'a\0b\nc\r\n\n';
    const message = `From: a@b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n${content}`;
    await client.ok(`APPEND INBOX ~{${message.length}+}\r\n${message}`);
    await client.ok('SELECT INBOX');
    assert.deepEqual(await client.ok('FETCH 1 (BINARY.SIZE[1])'), [
      `* 1 FETCH (BINARY.SIZE[1] ${content.length})`,
    ]);
    const [body] = await client.ok('FETCH 1 (BINARY.PEEK[1])');
    assert.ok(body!.includes(`{${content.length}}\r\n${content}`), JSON.stringify(body));
  } finally {
    await site.close();
  }
});

test('an address with comments in it is found by itself; a comment alone is nobody in an ENVELOPE', async () => {
  const site = await startImapSite();
  try {
    const client = await site.signIn();
    const message = 'From: <joe (at work)@ (the) example.org>\r\nCc: group: (nobody) ;\r\n\r\nx\r\n';
    await client.ok(`APPEND INBOX {${message.length}+}\r\n${message}`);
    await client.ok('SELECT INBOX');
    assert.deepEqual(await client.ok('SEARCH FROM joe@example.org'), ['* SEARCH 1']);
    const [envelope] = await client.ok('FETCH 1 (ENVELOPE)');
    assert.ok(envelope!.includes('((NIL NIL "group" NIL)(NIL NIL NIL NIL))'), envelope);
  } finally {
    await site.close();
  }
});

const run = promisify(execFile);

/** Makes a directory one that nobody here can write to; gives how to undo it. Undefined: this user may not mount. */
async function shutDirectory(path: string): Promise<(() => Promise<unknown>) | undefined> {
  if (process.geteuid?.() !== 0) {
    await chmod(path, 0o500);
    return () => chmod(path, 0o700);
  }
  try {
    // Modes say nothing to root; a file system that is only to be read does.
    await run('mount', ['--bind', path, path]);
  } catch {
    return undefined;
  }
  const undo = (): Promise<unknown> => run('umount', [path]);
  try {
    await run('mount', ['-o', 'remount,bind,ro', path]);
    return undo;
  } catch {
    await undo();
    return undefined;
  }
}

test('a folder whose messages cannot be renamed opens READ-ONLY, and READ-WRITE when they can again', async (t) => {
  const site = await startImapSite();
  let open: (() => Promise<unknown>) | undefined;
  try {
    const [client, other] = [await site.signIn(), await site.signIn()];
    await client.ok('CREATE shut');
    await client.ok('APPEND shut {15+}\r\nSubject: x\r\n\r\nx');
    open = await shutDirectory(join(site.maildir, '.shut', 'cur'));
    if (open === undefined) return t.skip('this user may not mount a directory over itself');
    const shut = await client.send('SELECT shut');
    assert.match(shut.tagged, /^OK \[READ-ONLY\]/);
    assert.ok(shut.lines.includes('* OK [PERMANENTFLAGS ()] Flags permitted'));
    assert.match((await client.ok('FETCH 1 (BODY[])')).join('\n'), /Subject: x/);
    assert.match((await client.send('STORE 1 +FLAGS (\\Seen)')).tagged, /^NO \[READ-ONLY\]/);
    await open();
    open = undefined;
    assert.match((await other.send('SELECT shut')).tagged, /^OK \[READ-WRITE\]/);
    await other.ok('STORE 1 +FLAGS (\\Seen)');
  } finally {
    await open?.();
    await site.close();
  }
});
