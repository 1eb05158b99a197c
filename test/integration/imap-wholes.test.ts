// FETCH of whole messages by the hundred (server/imap/fetch-wholes.ts): each as its file says, whatever its length and
// its line ends are, and what happens to it meanwhile.
import assert from 'node:assert/strict';
import { readdir, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { startImapSite } from '../support/imap.ts';

/** Lengths around every border: of what is sent as text, read together, or opened by itself. */
const lengths = [1, 900, 2040, 2060, 40_000, 130_000, 262_000, 262_144, 263_000, 700_000];
const line = `${'x'.repeat(62)}\n`;

function compose(number: number): Buffer {
  const header = `Subject: ${number}\nMessage-ID: <${number}@example.org>\n\n`;
  const body = line.repeat(Math.ceil(lengths[number % lengths.length]! / line.length));
  // Some have CRLF already, some nothing but line ends, some a NUL, some an end without one.
  if (number % 7 === 0) return Buffer.from((header + body).replaceAll('\n', '\r\n'));
  if (number % 7 === 1) return Buffer.from(header + '\n'.repeat(body.length));
  if (number % 7 === 2) return Buffer.from(`${header}a\0b${body}`);
  if (number % 7 === 3) return Buffer.from(header + body.slice(0, -1));
  return Buffer.from(header + body);
}

const wireOf = (bytes: Buffer): string =>
  bytes.toString('latin1').replaceAll(/\r?\n/g, '\r\n').replaceAll('\0', '\x80');

test('a client fetches 250 whole messages, each with all its bytes, also compressed', async () => {
  const site = await startImapSite();
  try {
    const files: Buffer[] = [];
    for (let number = 0; number < 250; number++) {
      // The large ones once.
      const bytes = compose(number < 70 ? number : (number % 14) * 10 + (number % 4));
      const name = `${1_700_000_000 + number}.M${number}P1.test:2,`;
      await writeFile(join(site.maildir, 'cur', name), bytes, { mode: 0o600 });
      files.push(bytes);
    }
    for (const isCompressed of [false, true]) {
      const client = await site.signIn();
      if (isCompressed) await client.compress();
      await client.ok('SELECT INBOX');
      const lines = await client.ok('FETCH 1:* (BODY.PEEK[])');
      assert.equal(lines.length, 250);
      for (const [at, text] of lines.entries()) {
        const wire = wireOf(files[at]!);
        assert.ok(text === `* ${at + 1} FETCH (BODY[] {${wire.length}}\r\n${wire})`, `message ${at + 1}`);
      }
    }
    // With what the index tells beside it, and marked as read.
    const reader = await site.signIn();
    await reader.ok('SELECT INBOX');
    const wire = wireOf(files[1]!);
    const [answer] = await reader.ok('UID FETCH 2 (RFC822.SIZE BODY[])');
    const told = `UID 2 RFC822.SIZE ${wire.length} FLAGS (\\Seen)`;
    assert.ok(answer === `* 2 FETCH (${told} BODY[] {${wire.length}}\r\n${wire})`, answer?.slice(0, 100));
  } finally {
    await site.close();
  }
});

test('a message that another program removed is left out of 150, and the others are told', async () => {
  const site = await startImapSite();
  try {
    for (let number = 0; number < 150; number++)
      await writeFile(
        join(site.maildir, 'cur', `${1_700_000_000 + number}.M${number}P1.test:2,`),
        compose(4),
      );
    const client = await site.signIn();
    await client.ok('SELECT INBOX');
    const [first] = (await readdir(join(site.maildir, 'cur'))).sort();
    await unlink(join(site.maildir, 'cur', first!));
    const { lines, tagged } = await client.send('FETCH 1:* (BODY.PEEK[])');
    assert.match(tagged, /^OK \[EXPUNGEISSUED\]/);
    assert.equal(lines.filter((text) => text.includes('BODY[]')).length, 149);
  } finally {
    await site.close();
  }
});
