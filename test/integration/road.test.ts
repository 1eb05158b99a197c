// The road from door to door without a browser: what quickstart prints lets its reader in; strangers reach the site's
// own addresses and nothing else; what cannot be delivered comes back or waits; who is in Bcc stays unseen. All of it
// by the real program on a home made by quickstart.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chown, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { type ParsedMail, simpleParser } from 'mailparser';
import { postCompose } from '../support/mail-pages.ts';
import { isThere, type Road, runRoadCommand, startRoad, waitFor, waitForMessage } from '../support/road.ts';
import { needsRoot } from '../support/root.ts';
import { Client } from '../support/site.ts';
import { RawSmtpClient } from '../support/smtp.ts';
import { type Sink, startSink } from '../support/smtp-sink.ts';

const hasSwaks = await isThere('swaks');
const hasCurl = await isThere('curl');

describe('the road from door to door', { timeout: 60_000 }, () => walk(false));

describe(
  'the same road under root, where each role is a process of its own user',
  {
    timeout: 120_000,
    skip: needsRoot,
  },
  () => walk(true),
);

function walk(separate: boolean): void {
  let road: Road;
  let sink: Sink;
  let refusing: Sink;
  let busy: Sink;

  before(async () => {
    sink = await startSink();
    refusing = await startSink({ replies: { rcpt: '550 5.1.1 there is no such person here' } });
    busy = await startSink({ replies: { dot: ['451 4.3.2 come back later', '250 ok'] } });
    road = await startRoad({
      separate,
      people: ['alice', 'bob'],
      routes: [
        `sink.example:127.0.0.1:${sink.port}`,
        `refusing.example:127.0.0.1:${refusing.port}`,
        `busy.example:127.0.0.1:${busy.port}`,
      ],
    });
  });
  after(async () => {
    await road?.close();
    for (const one of [sink, refusing, busy]) await one?.close();
  });

  const connect = async (): Promise<RawSmtpClient> => {
    const client = await RawSmtpClient.connect(road.smtpPort);
    await client.hello();
    return client;
  };
  /** Writes a .qmail file of the domain, as its owner would. */
  const writeDotQmail = async (name: string, text: string): Promise<void> => {
    const directory = join(road.maildir('alice'), '..', '..');
    const path = join(directory, `.qmail-${name}`);
    const { uid, gid } = await stat(directory);
    await writeFile(path, text, { mode: 0o600 });
    await chown(path, uid, gid);
  };
  /** Sends from the compose page. */
  const compose = async (fields: Record<string, string>): Promise<void> => {
    const client = await road.signIn('alice');
    const page = (await client.get('/compose')).body;
    const hidden = Object.fromEntries(
      [...page.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)].map(([, name, value]) => [
        name,
        value,
      ]),
    ) as Record<string, string>;
    const answer = await postCompose(client, { ...hidden, to: '', cc: '', bcc: '', ...fields, send: '1' });
    assert.equal(answer.status, 303, answer.body);
  };

  test('the address and password that quickstart printed sign in', async () => {
    const [, address = ''] = /^address: +(\S+)$/m.exec(road.printed) ?? [];
    const [, word = ''] = /^password: (\S+)$/m.exec(road.printed) ?? [];
    const client = new Client(road.base);
    assert.equal((await client.signIn(address, word)).status, 303);
    const list = await client.get('/f/INBOX');
    assert.equal(list.status, 200);
    assert.match(list.body, /Inbox is empty/);
  });

  test('strangers may not relay: 553 5.7.1, for raw clients, swaks and curl', async () => {
    const client = await connect();
    assert.equal((await client.command('MAIL FROM:<stranger@nowhere.example>')).code, 250);
    const reply = await client.command('RCPT TO:<victim@sink.example>');
    assert.match(reply.text, /^553 5\.7\.1 /);
    assert.match((await client.command('RCPT TO:<victim%sink.example@example.com>')).text, /^550 5\.1\.1 /);
    assert.equal((await client.command('DATA')).code, 503);
    client.close();
    const fails = (program: string, args: readonly string[]) =>
      new Promise<string>((resolve) => {
        execFile(program, args, (error, stdout, stderr) => resolve(error ? stdout + stderr : 'it was sent'));
      });
    const server = `127.0.0.1:${road.smtpPort}`;
    if (hasSwaks)
      assert.match(
        await fails('swaks', [
          '--server',
          server,
          '--from',
          'a@nowhere.example',
          '--to',
          'victim@sink.example',
        ]),
        /553 5\.7\.1/,
      );
    if (hasCurl)
      assert.match(
        await fails('curl', [
          '-v',
          `smtp://${server}`,
          '--mail-from',
          'a@nowhere.example',
          '--mail-rcpt',
          'victim@sink.example',
          '-T',
          import.meta.filename,
        ]),
        /553 5\.7\.1/,
      );
    assert.equal(sink.connections.length, 0);
  });

  test('a recipient that is not there is refused with 550 5.1.1, the one beside it gets the letter', async () => {
    const client = await connect();
    await client.command('MAIL FROM:<friend@sink.example>');
    assert.match((await client.command('RCPT TO:<nobody@example.com>')).text, /^550 5\.1\.1 /);
    assert.equal((await client.command('RCPT TO:<Bob@EXAMPLE.com>')).code, 250);
    assert.equal((await client.command('DATA')).code, 354);
    await client.send('Subject: beside nobody\r\n\r\nHello\r\n.\r\n');
    assert.equal((await client.read()).code, 250);
    client.close();
    await waitForMessage(road.maildir('bob'), 'Subject: beside nobody');
  });

  test('an account, an alias and the postmaster are reached; the trace tells the way', async () => {
    await writeDotQmail('team-default', '&bob@example.com\n');
    const client = await connect();
    const to = ['alice@example.com', 'team-north@example.com', 'postmaster@example.com'];
    const reply = await client.sendMessage('friend@sink.example', to, 'Subject: to three\r\n\r\nHello');
    assert.equal(reply.code, 250, reply.text);
    client.close();
    const trace = async (name: string): Promise<string> =>
      (await waitForMessage(road.maildir(name), 'Subject: to three')).bytes.toString();
    const arrived =
      'Received: \\(qmail \\d+ invoked from [^\n]+\\); [^\n]+\n' +
      'Received: from unknown \\(HELO client\\.test\\) \\(127\\.0\\.0\\.1\\)\n {2}by mail\\.example\\.com with ESMTP; [^\n]+\n';
    const own = new RegExp(
      `^Return-Path: <friend@sink\\.example>\nDelivered-To: [^\n]+\n${arrived}Subject: to three\n`,
    );
    assert.match(await trace('alice'), own);
    assert.match(await trace('postmaster'), own);
    const forwarded = new RegExp(
      `^Return-Path: <friend@sink\\.example>\n(?:(?:Delivered-To|Received): [^\n]+\n){3}${arrived}Subject: to three\n`,
    );
    assert.match(await trace('bob'), forwarded);
  });

  test('a letter that is forwarded and refused there comes back to its sender, from nobody', async () => {
    await writeDotQmail('gone', '&nobody@refusing.example\n');
    const before = sink.messages.length;
    const client = await connect();
    const reply = await client.sendMessage(
      'friend@sink.example',
      ['gone@example.com'],
      'Subject: onwards\r\n\r\nHello',
    );
    assert.equal(reply.code, 250, reply.text);
    client.close();
    await sink.waitForMessages(before + 1);
    const { from, rcpts, content } = sink.messages[before]!;
    assert.deepEqual([from, rcpts], ['', ['friend@sink.example']]);
    const report: ParsedMail = await simpleParser(content);
    assert.match(
      report.text ?? '',
      /<nobody@refusing\.example>:[\s\S]*550 5\.1\.1 there is no such person here/,
    );
    assert.match(content.toString(), /^Content-Type: multipart\/report;/m);
    assert.match(content.toString(), /^Status: 5\.1\.1$/m);
    assert.match(content.toString(), /^Subject: onwards$/m);
  });

  test('what leaves is signed by the keys that quickstart made, and another implementation finds it right', async () => {
    const before = sink.messages.length;
    await compose({ to: 'open@sink.example', subject: 'Signed – ä', body: 'Hello\n\n.\n  there ' });
    await sink.waitForMessages(before + 1);
    const records = (await runRoadCommand(road, 'dkim', ['record', 'example.com'])).split('\n');
    const resolver = async (name: string) =>
      records
        .filter((line) => line.startsWith(`${name}. `))
        .map((line) => [...line.matchAll(/"([^"]*)"/g)].map(([, text]) => text!));
    const { results } = await dkimVerify(sink.messages[before]!.content, { resolver: resolver as never });
    assert.deepEqual(
      results.map(({ signingDomain, algo, status }) => [signingDomain, algo, status.result]),
      [
        ['example.com', 'rsa-sha256', 'pass'],
        ['example.com', 'ed25519-sha256', 'pass'],
      ],
    );
  });

  test('a forward leaves under a sender of ours, unsigned; what comes back to that goes to the true one', async () => {
    await writeDotQmail('onwards', '&friend@sink.example\n');
    const before = sink.messages.length;
    const send = async (from: string, to: string): Promise<string> => {
      const client = await connect();
      const reply = await client.sendMessage(from, [to], `From: ${from}\r\nSubject: srs\r\n\r\nHello`);
      client.close();
      return reply.text;
    };
    assert.match(await send('far@sink.example', 'onwards@example.com'), /^250 /);
    await sink.waitForMessages(before + 1);
    const { from, content } = sink.messages[before]!;
    assert.match(from, /^SRS0=[^=]{4}=[A-Z2-7]{2}=sink\.example=far@example\.com$/);
    assert.doesNotMatch(content.toString(), /^DKIM-Signature:/im);
    assert.match(await send('', from), /^250 /);
    await sink.waitForMessages(before + 2);
    assert.deepEqual(sink.messages[before + 1]!.rcpts, ['far@sink.example']);
    const client = await connect();
    await client.command('MAIL FROM:<>');
    const forged = from.replace('=sink.example=', '=victim.example=');
    assert.match((await client.command(`RCPT TO:<${forged}>`)).text, /^550 5\.1\.1 /);
    client.close();
  });

  test('a letter that a host cannot take now waits in the queue, and leaves when told to try', async () => {
    await compose({ to: 'late@busy.example', subject: 'Patience', body: 'Whenever you can.' });
    await waitFor('a deferral', () =>
      /deferral:.*come_back_later/.test(road.server.stderr()) ? true : undefined,
    );
    assert.equal(busy.messages.length, 0);
    process.kill(road.server.pid, 'SIGALRM');
    await busy.waitForMessages(1);
    const [message] = busy.messages;
    assert.deepEqual([message?.from, message?.rcpts], ['alice@example.com', ['late@busy.example']]);
    await waitFor('an empty queue', () =>
      /end msg \d+\n(?![\s\S]*new msg)/.test(road.server.stderr()) ? true : undefined,
    );
  });

  test('those in Bcc get the letter and are named to nobody but its sender', async () => {
    const before = sink.messages.length;
    await compose({
      to: 'open@sink.example',
      cc: 'bob@example.com',
      bcc: 'hidden@sink.example',
      subject: 'Surprise',
      body: 'Do not tell her.',
    });
    const here = await waitForMessage(road.maildir('bob'), 'Subject: Surprise');
    await waitFor('both', () => {
      const reached = sink.messages.slice(before).flatMap(({ rcpts }) => rcpts);
      return reached.length === 2 ? reached : undefined;
    });
    for (const bytes of [here.bytes, ...sink.messages.slice(before).map(({ content }) => content)])
      assert.doesNotMatch(bytes.toString(), /^bcc:|hidden@/im);
    const copy = await waitForMessage(road.maildir('alice'), 'Subject: Surprise', 'Sent');
    assert.match(copy.bytes.toString(), /^Bcc: hidden@sink\.example$/m);
  });

  test('under the copy in Sent stands how each recipient stands, with the words of the other side', async () => {
    await compose({
      to: 'friend@sink.example, bob@example.com',
      cc: 'nobody@refusing.example',
      bcc: 'hidden@sink.example',
      subject: 'To four',
      body: 'Who gets it?',
    });
    const client = await road.signIn('alice');
    const delivery = await waitFor('all four fates', async () => {
      const list = await client.get('/f/Sent');
      const href = /href="(\/m\/[^"]*)"[^>]*>(?:(?!<\/a>)[\s\S])*To four/.exec(list.body)?.[1];
      const page = href && (await client.get(href.replaceAll('&amp;', '&'))).body;
      const section = page && /<section class="message-delivery"[\s\S]*?<\/section>/.exec(page)?.[0];
      return section && !/delivery-(?:waiting|deferred)/.test(section) ? section : undefined;
    });
    const lines = [
      ...delivery.matchAll(/<li class="delivery-(\w+)">[\s\S]*?<bdi[^>]*>([^<]*)<\/bdi>[\s\S]*?<\/li>/g),
    ];
    assert.deepEqual(
      lines.map(([, state, address]) => [address, state]),
      [
        ['friend@sink.example', 'delivered'],
        ['bob@example.com', 'delivered'],
        ['nobody@refusing.example', 'failed'],
        ['hidden@sink.example', 'delivered'],
      ],
    );
    assert.match(lines[2]?.[0] ?? '', /550 5\.1\.1 there is no such person here/);
    // Who got the letter sees nothing of it.
    const bob = await road.signIn('bob');
    const inbox = await bob.get('/f/INBOX');
    const href = /href="(\/m\/[^"]*)"[^>]*>(?:(?!<\/a>)[\s\S])*To four/.exec(inbox.body)?.[1] ?? '';
    assert.doesNotMatch((await bob.get(href.replaceAll('&amp;', '&'))).body, /message-delivery|hidden@/);
  });

  test('the server ends cleanly and its log holds no complaint', () => assert.deepEqual(road.faults(), []));
}
