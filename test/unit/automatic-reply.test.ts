// Automatic answers as tables: which letters get one (RFC 3834 2, RFC 5230 4.6, security.md R10), what it looks like, and
// whom an account has answered.
import assert from 'node:assert/strict';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { whyNotAnswered } from '../../mta/reply/answerable.ts';
import { enterAnswer } from '../../mta/reply/answered.ts';
import { composeReply } from '../../mta/reply/compose.ts';
import { readLetterStart } from '../../mta/reply/letter.ts';
import { withTemporaryDirectory } from '../support/queue.ts';

const letterWith = (...fields: string[]) =>
  readLetterStart(Buffer.from(`${['From: Sue <sue@far.org>', ...fields].join('\n')}\n\nHello\n`));
const me = 'me@house.test';

describe('which letters are answered', () => {
  const why = (fields: readonly string[], question: Partial<Parameters<typeof whyNotAnswered>[0]> = {}) =>
    whyNotAnswered(
      { sender: 'sue@far.org', own: [me, 'boss@house.test'], isPersonal: false, ...question },
      letterWith(...fields),
    );

  test('a machine, a list or junk is not', () => {
    const table: readonly (readonly [string, string])[] = [
      ['Auto-Submitted: auto-replied', 'a machine sent it'],
      ['Auto-Submitted: auto-generated; why=x', 'a machine sent it'],
      ['auto-submitted: notify', 'a machine sent it'],
      ['Precedence: bulk', 'its precedence is bulk'],
      ['Precedence:\n  LIST', 'its precedence is list'],
      ['Precedence: junk', 'its precedence is junk'],
      ['List-Id: <x.far.org>', 'it comes from a list'],
      ['List-Unsubscribe: <https://far.org/>', 'it comes from a list'],
      ['Mailing-List: contact x', 'it comes from a list'],
      ['X-Auto-Response-Suppress: DR, OOF', 'its sender wants no automatic answer'],
      ['X-Auto-Response-Suppress: All', 'its sender wants no automatic answer'],
      ['X-Autoreply: yes', 'a machine sent it'],
      ['Delivered-To: Autoresponder', 'it is an answer of an autoresponder'],
      ['Content-Type: multipart/report; report-type=disposition-notification', 'it is a report'],
      ['X-Spam-Flag: YES', 'it is taken for junk'],
    ];
    for (const [field, reason] of table) assert.equal(why([field]), reason, field);
    const marked = readLetterStart(
      Buffer.from('X-Facteur-Verdict: junk; score=9\nReceived: from x\n\nHello\n'),
    );
    const question = { sender: 'sue@far.org', own: [me], isPersonal: false };
    assert.equal(whyNotAnswered(question, marked), 'it is taken for junk');
    assert.equal(why([], { isJunk: true }), 'it is taken for junk');
    for (const field of ['Auto-Submitted: no', 'Precedence: normal', 'X-Auto-Response-Suppress: DR, RN'])
      assert.equal(why([field]), undefined, field);
  });

  test('a sender that nobody reads is not', () => {
    const table: readonly (readonly [string, string])[] = [
      ['', 'it is a bounce'],
      ['#@[]', 'it is a bounce'],
      ['Mailer-Daemon@far.org', 'a mailer daemon sent it'],
      ['majordomo@far.org', 'a mailer daemon sent it'],
      ['nobody', 'its sender has no address that could be answered'],
      ['x y@far.org', 'its sender has no address that could be answered'],
      ['a@far.org>,<b', 'its sender has no address that could be answered'],
      ['ME@House.test', 'it was sent by the address itself'],
      ['boss@house.test', 'it was sent by the address itself'],
      ['owner-people@far.org', 'a list sent it'],
      ['people-request@far.org', 'a list sent it'],
      ['people-bounces+me=house.test@far.org', 'a list sent it'],
      ['people-return-12-me=house.test@far.org', 'a list sent it'],
      ['no-reply@far.org', 'its sender takes no mail'],
      ['shop.DoNotReply@far.org', 'its sender takes no mail'],
    ];
    for (const [sender, reason] of table) assert.equal(why([], { sender }), reason, sender);
    for (const sender of ['requester@far.org', 'owner@far.org', 'majordomo.fan@far.org', 'reply@far.org'])
      assert.equal(why([], { sender }), undefined, sender);
  });

  test('a person answers only what was sent to one of the own addresses by name', () => {
    const personal = (...fields: string[]) => why(fields, { isPersonal: true });
    assert.equal(personal(), 'it was not sent to us by name');
    assert.equal(personal('To: undisclosed-recipients:;'), 'it was not sent to us by name');
    assert.equal(personal('To: "me@house.test" <all@far.org>'), 'it was not sent to us by name');
    assert.equal(personal('Subject: me@house.test'), 'it was not sent to us by name');
    assert.equal(personal('To: "broken <me@house.test>'), 'its recipients cannot be read');
    assert.equal(personal(`To: ${'x@far.org, '.repeat(9000)}me@house.test`), 'its recipients cannot be read');
    for (const field of [
      'To: Me <ME@house.test>',
      'Cc: a@b.org,\n Boss <boss@house.test>',
      'Bcc: me@house.test',
      'Resent-To: friends: x@y.org, me@house.test;',
      'Resent-Cc: (you) me@house.test',
    ])
      assert.equal(personal(field), undefined, field);
  });
});

describe('the answer', () => {
  const answer = (fields: readonly string[], reply: Parameters<typeof composeReply>[1]) => {
    const answered = { sender: 'sue@far.org', own: me, fields: letterWith(...fields).fields, seconds: 0 };
    const text = composeReply(answered, reply).toString('utf8');
    const end = text.indexOf('\n\n');
    return { head: text.slice(0, end).replace(/^Date.*\nMessage-ID.*\n/, ''), body: text.slice(end + 2) };
  };

  test('says that a machine wrote it, which letter it answers, and is plain UTF-8', () => {
    const { head, body } = answer(
      ['Message-ID: <2@far.org>', 'References: <0@far.org>\n <1@far.org>', 'Subject: Lunch?'],
      { text: 'Zurück am Montag.\r\n' },
    );
    assert.equal(
      head,
      [
        'From: <me@house.test>',
        'To: <sue@far.org>',
        'Subject: Auto: Lunch?',
        'Auto-Submitted: auto-replied',
        'Precedence: bulk',
        'In-Reply-To: <2@far.org>',
        'References: <0@far.org>',
        ' <1@far.org>',
        ' <2@far.org>',
        'MIME-Version: 1.0',
        'Content-Type: text/plain; charset=utf-8',
        'Content-Transfer-Encoding: 8bit',
      ].join('\n'),
    );
    assert.equal(body, 'Zurück am Montag.\n');
  });

  test('has the subject and the name it was told, and no field that it was not', () => {
    const given = { subject: 'Weg\nBcc: x@y.org', from: 'Zoë "Z" <boss@house.test>', text: 'x'.repeat(2000) };
    const { head, body } = answer([], given);
    assert.match(head, /^From: =\?utf-8\?B\?[\w+/=]+\?= <boss@house\.test>\n/);
    assert.match(head, /\nSubject: Weg Bcc: x@y\.org\n/);
    assert.match(head, /\nContent-Transfer-Encoding: base64$/);
    assert.equal(Buffer.from(body, 'base64').toString().length, 2001);
    assert.doesNotMatch(head, /In-Reply-To/);
    assert.match(answer([], { from: 'x\r\nBcc: a@b.c', text: '' }).head, /^From: <me@house\.test>\n/);
  });

  test('is a MIME entity where one was written, of whose fields only those of its content count', () => {
    const entity = 'Content-Type: text/html; charset=utf-8\r\nBcc: x@y.org\r\n\r\n<p>Weg\r\n';
    const { head, body } = answer([], { text: entity, isEntity: true });
    assert.match(head, /\nMIME-Version: 1\.0\nContent-Type: text\/html; charset=utf-8$/);
    assert.doesNotMatch(head, /Bcc/);
    assert.equal(body, '<p>Weg\n');
  });
});

describe('whom an account has answered', () => {
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

  test('a sender is answered once in its time, by each answer', () =>
    withTemporaryDirectory(async (directory) => {
      const enter = async (sender: string, now: number, handle = 'a', seconds = 100) =>
        enterAnswer({ directory, owner, handle, sender, seconds, now });
      const together = await Promise.all([enter('sue@far.org', 1000), enter('SUE@far.org', 1000)]);
      assert.equal(together.filter((one) => one !== undefined).length, 1);
      assert.equal(await enter('sue@far.org', 1099), undefined);
      assert.ok(await enter('sue@far.org', 1001, 'b'));
      assert.ok(await enter('sue@far.org', 1001, 'a', 0));
      const second = await enter('sue@far.org', 1100);
      assert.equal(await enter('sue@far.org', 1101), undefined);
      await second?.takeBack();
      assert.ok(await enter('sue@far.org', 1101));
    }));

  test('what is damaged is left out, and the file does not grow for ever', () =>
    withTemporaryDirectory(async (directory) => {
      const enter = (sender: string) =>
        enterAnswer({ directory, owner, handle: '', sender, seconds: 1e6, now: 50_000 });
      assert.ok(await enter('sue\n@far.org'));
      const path = join(directory, 'facteur-answered');
      const [line = ''] = (await readFile(path, 'latin1')).split('\n');
      // A crash in the middle of a line.
      await appendFile(path, '49999 0123');
      assert.ok(await enter('bob@far.org'));
      assert.equal(await enter('sue\n@far.org'), undefined);
      assert.equal(await enter('bob@far.org'), undefined);
      const many = Array.from({ length: 20_100 }, (_, at) => line.replace(/^\d+/, String(at + 1)) + at);
      await writeFile(path, `${many.join('\n')}\n`);
      assert.ok(await enter('new@far.org'));
      const left = (await readFile(path, 'latin1')).trimEnd().split('\n');
      assert.equal(left.length, 10_000);
      assert.match(left.at(-1) ?? '', /new%40far\.org$/);
      assert.equal(await enter('new@far.org'), undefined);
    }));
});
