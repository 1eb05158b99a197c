// Mail filters from door to door: a script that comes in by ManageSieve rules what SMTP brings from the next letter on, by
// the real program; under root each role is a process of its own user.
import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openSocket } from '../support/line-client.ts';
import { literal, plainOf, SieveClient } from '../support/managesieve.ts';
import { type Road, readMaildir, startRoad, waitFor, waitForMessage } from '../support/road.ts';
import { password } from '../support/site.ts';
import { RawSmtpClient } from '../support/smtp.ts';
import { type Sink, startSink } from '../support/smtp-sink.ts';

const separate = process.getuid?.() === 0;

describe('a letter on its road through filters', { timeout: 60_000 }, () => {
  let road: Road;
  let sink: Sink;
  let client: SieveClient;

  before(async () => {
    sink = await startSink();
    road = await startRoad({
      separate,
      people: ['alice'],
      doors: ['sieve'],
      routes: [`sink.example:127.0.0.1:${sink.port}`],
      control: { sievebefore: 'if header "X-Site" "gone" { discard; }\n' },
    });
    client = await new SieveClient(openSocket(road.server.ports.sieve!, false)).opened();
    await client.ok(`AUTHENTICATE "PLAIN" "${plainOf('alice@example.com', password)}"`);
  });
  after(async () => {
    client?.destroy();
    await road?.close();
    await sink?.close();
  });

  const rule = async (script: string): Promise<void> => {
    await client.ok(`PUTSCRIPT "rules" ${literal(script)}`);
    await client.ok('SETACTIVE "rules"');
  };
  const send = async (subject: string, body = 'words', more = ''): Promise<void> => {
    const smtp = await RawSmtpClient.connect(road.smtpPort);
    await smtp.hello();
    const message = `From: friend@sink.example\r\nTo: alice@example.com\r\nSubject: ${subject}\r\n${more}\r\n${body}`;
    const reply = await smtp.sendMessage('friend@sink.example', ['alice@example.com'], message);
    assert.equal(reply.code, 250, reply.text);
    smtp.close();
  };
  const alice = () => road.maildir('alice');

  test('is filed, marked, sent on, answered, refused or thrown away', async () => {
    await rule(
      `require ["fileinto", "mailbox", "imap4flags", "vacation", "reject", "envelope", "copy", "editheader"];
      if header :contains "subject" "list" { addheader "X-Filed" "yes"; fileinto :create :flags "\\\\Seen" "Lists"; stop; }
      if header :contains "subject" "away" { redirect :copy "other@sink.example"; vacation "Gone"; }
      if header :contains "subject" "no" { reject "Not this."; }`,
    );
    await send('a list', 'x'.repeat(300_000));
    const filed = await waitForMessage(alice(), 'Subject: a list', 'Lists');
    assert.match(filed.name, /:2,S$/);
    assert.match(filed.bytes.toString('latin1'), /\nX-Filed: yes\n/);
    const { uid } = await stat(alice());
    assert.equal((await stat(join(alice(), '.Lists', 'cur', filed.name))).uid, uid);
    await send('away');
    await waitForMessage(alice(), 'Subject: away');
    await sink.waitForMessages(2);
    const answers = [...sink.messages].sort((a, b) => (a.from < b.from ? -1 : 1));
    assert.deepEqual(
      answers.map(({ from, rcpts }) => [from.replace(/^SRS0=.*=friend@example/, 'SRS0'), rcpts[0]]),
      [
        ['', 'friend@sink.example'],
        ['SRS0.com', 'other@sink.example'],
      ],
    );
    assert.match(answers[0]!.content.toString(), /Auto-Submitted: auto-replied/);
    assert.match(answers[1]!.content.toString(), /^Delivered-To: alice@example\.com$/m);
    await send('no');
    await sink.waitForMessages(3);
    assert.match(
      sink.messages[2]!.content.toString(),
      /filter refused this message\. \(#5\.7\.1\)\s+Not this\./,
    );
    await send('site', 'words', 'X-Site: gone\r\n');
    await send('the last');
    await waitForMessage(alice(), 'Subject: the last');
    const subjects = (await readMaildir(alice())).map(
      ({ bytes }) => /^Subject: (.*)$/m.exec(String(bytes))?.[1],
    );
    assert.deepEqual(subjects.sort(), ['away', 'the last']);
    assert.deepEqual(road.faults(), []);
  });

  test('is in the inbox as soon as no script is active', async () => {
    await rule('discard;');
    await send('thrown');
    const count = () => road.server.stderr().split('discarded_by_a_mail_filter').length - 1;
    await waitFor('the delivery', () => (count() === 2 ? true : undefined));
    await client.ok('SETACTIVE ""');
    await send('kept');
    await waitForMessage(alice(), 'Subject: kept');
    assert.ok(!(await readMaildir(alice())).some(({ bytes }) => bytes.includes('thrown')));
    if (separate) assert.match(road.server.stdout(), /^sieved +\d+ .*serves ManageSieve$/m);
  });

  test('goes where a rule of the webmail says, and a blocked sender’s letter to Junk', async () => {
    const browser = await road.signIn('alice');
    const csrf = await browser.token();
    const filters = '/settings/filters';
    assert.equal((await browser.post('/folders', { csrf, name: 'Family', parent: '' })).status, 303);
    // None of the scripts that others brought is active: rules begin beside them.
    const rule = {
      csrf,
      id: '',
      match: 'all',
      field: 'subject',
      test: 'contains',
      value: 'supper',
      header: '',
    };
    const made = await browser.post(`${filters}/rule`, { ...rule, place: 'move', folder: 'Family', on: '1' });
    assert.equal(made.status, 303, made.body);
    await send('supper at eight');
    await waitForMessage(alice(), 'Subject: supper at eight', 'Family');
    const blocked = await browser.post(`${filters}/block`, { csrf, who: '@sink.example', how: 'junk' });
    assert.equal(blocked.status, 303, blocked.body);
    await send('supper at nine');
    await waitForMessage(alice(), 'Subject: supper at nine', 'Junk');
    const scripts = await client.ok('LISTSCRIPTS');
    assert.match(JSON.stringify(scripts), /facteur/);
    assert.deepEqual(road.faults(), []);
  });
});
