// Letters of all alphabets, from door to door by the real program (RFC 6531, RFC 5890): addresses whose local part is not
// ASCII reach an alias of ours and go out, to servers that take them and to such that do not; our domains are ours in
// U-labels and in A-labels.
import assert from 'node:assert/strict';
import { chown, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { postCompose } from '../support/mail-pages.ts';
import { type Road, runRoadCommand, startRoad, waitFor, waitForMessage } from '../support/road.ts';
import { Client, password } from '../support/site.ts';
import { RawSmtpClient } from '../support/smtp.ts';
import { type Sink, startSink } from '../support/smtp-sink.ts';

const idn = 'xn--bcher-kva.example';
/** For a client that sends characters as bytes. */
const wire = (text: string): string => Buffer.from(text).toString('latin1');

describe('letters of all alphabets', { timeout: 60_000 }, () => {
  let road: Road;
  let modern: Sink;
  let plain: Sink;

  before(async () => {
    modern = await startSink();
    plain = await startSink({ capabilities: ['PIPELINING', '8BITMIME'] });
    road = await startRoad({
      people: ['alice', 'bob'],
      routes: [`modern.example:127.0.0.1:${modern.port}`, `plain.example:127.0.0.1:${plain.port}`],
      control: { senderauth: '0\n' },
    });
    await runRoadCommand(road, 'vadddomain', ['bücher.example', password]);
    await runRoadCommand(road, 'vadduser', [`ann@${idn}`, password]);
    // What the form for aliases writes; others' tools do the same.
    const directory = join(road.maildir('alice'), '..', '..', '..', idn);
    const path = join(directory, '.qmail-jürgen');
    const { uid, gid } = await stat(directory);
    await writeFile(path, '&bob@example.com\n', { mode: 0o600 });
    await chown(path, uid, gid);
  });
  after(async () => {
    await road?.close();
    await modern?.close();
    await plain?.close();
  });

  const compose = async (to: string): Promise<void> => {
    const client = await road.signIn('alice');
    const page = (await client.get('/compose')).body;
    const hidden = Object.fromEntries(
      [...page.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)].map(([, name, value]) => [
        name,
        value,
      ]),
    ) as Record<string, string>;
    const fields = { ...hidden, cc: '', bcc: '', to, subject: `Grüße an ${to}`, body: 'Hallo', send: '1' };
    const answer = await postCompose(client, fields);
    assert.equal(answer.status, 303, answer.body);
  };

  test('a stranger’s letter to an alias and an account gets in with SMTPUTF8, domains in either form', async () => {
    const client = await RawSmtpClient.connect(road.smtpPort);
    await client.hello();
    await client.command('MAIL FROM:<soren@modern.example>');
    assert.match((await client.command(wire(`RCPT TO:<jürgen@${idn}>`))).text, /^553 5\.6\.7 /);
    await client.command('RSET');
    assert.equal((await client.command(wire('MAIL FROM:<søren@modern.example> SMTPUTF8'))).code, 250);
    assert.equal((await client.command(wire('RCPT TO:<jürgen@BÜCHER.example>'))).code, 250);
    assert.equal((await client.command(`RCPT TO:<ann@${idn}>`)).code, 250);
    assert.match((await client.command(wire('RCPT TO:<nobody@bücher.example>'))).text, /^550 5\.1\.1 /);
    assert.match(
      (await client.command(wire('RCPT TO:<ann@bücher.elsewhere.example>'))).text,
      /^553 5\.7\.1 /,
    );
    assert.equal((await client.command('DATA')).code, 354);
    const sent = await client.command(
      wire('Subject: Grüße\r\nFrom: søren@modern.example\r\n\r\nTilde ã.\r\n.'),
    );
    assert.equal(sent.code, 250);
    client.close();
    await waitForMessage(road.maildir('bob'), 'Tilde');
    const kept = await waitForMessage(
      join(road.maildir('alice'), '..', '..', '..', idn, 'ann', 'Maildir'),
      'Tilde',
    );
    assert.ok(kept.bytes.includes('Subject: Grüße'));
  });

  test('who has an account in such a domain signs in with the domain in either form', async () => {
    for (const address of [`ann@${idn}`, 'ann@bücher.example', 'Ann@BÜCHER.example']) {
      const client = new Client(road.base);
      assert.equal((await client.signIn(address)).status, 303, address);
      assert.match((await client.get('/f/INBOX')).body, /Grüße/);
    }
  });

  test('a letter to such an address goes out with SMTPUTF8, and to a domain of ours stays here', async () => {
    await compose('jürgen@modern.example');
    const message = await waitFor('a letter', () => modern.messages[0]);
    assert.deepEqual(message.rcpts, ['jürgen@modern.example']);
    assert.match(message.mailLine, / SMTPUTF8/);
    await compose('ann@bücher.example');
    await waitForMessage(
      join(road.maildir('alice'), '..', '..', '..', idn, 'ann', 'Maildir'),
      '<alice@example.com>',
    );
  });

  test('a server that does not take it: the sender is told why, with 5.6.7', async () => {
    await compose('jürgen@plain.example');
    const bounce = await waitForMessage(road.maildir('alice'), '#5.6.7');
    assert.ok(bounce.bytes.includes('Status: 5.6.7'));
    assert.equal(plain.messages.length, 0);
  });
});
