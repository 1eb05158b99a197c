// SEARCH through UIDs over a real Maildir (RFC 9051 6.4.4, RFC 5032, 7162, 8474, 8514): exact substrings of decoded text,
// whether the index answers, its trigrams narrow, or the file must be read.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Mailbox } from '../../server/mailbox/types.ts';
import type { SearchKey } from '../../server/mailbox/uid-types.ts';
import { createPlainReader, openFixture } from '../support/maildir.ts';

const day = (year: number, month: number, date: number): number => Date.UTC(year, month - 1, date);

async function find(mailbox: Mailbox, key: SearchKey, folder = 'INBOX'): Promise<number[]> {
  return [...(await mailbox.uids.search(folder, key))];
}

const text = (value: string): SearchKey => ({ key: 'text', text: value });
const body = (value: string): SearchKey => ({ key: 'body', text: value });
const header = (field: string, value: string): SearchKey => ({ key: 'header', field, text: value });

const messages: readonly {
  readonly flags?: string;
  readonly keywords?: string[];
  readonly lines: string[];
}[] = [
  {
    flags: 'S',
    keywords: ['$Label1'],
    lines: [
      'From: "Doe, John" <john@example.org>',
      'To: Anna <anna@example.net>, bob@example.com',
      'Cc: =?utf-8?q?J=C3=BCrgen?= <j@example.de>',
      'Subject: =?utf-8?q?Gr=C3=B6=C3=9Fe?= matters',
      'Date: Fri, 31 Jan 2020 23:30:00 -0500',
      'Message-ID: <one@example.org>',
      'X-Campaign: hdrneedle;',
      ' folded value',
      '',
      'A line of text',
      'and another, with 100% "quotes".',
      '',
    ],
  },
  {
    flags: 'FR',
    lines: [
      'From: anna@example.net',
      'Subject: Re: plain',
      'Date: Sat, 1 Feb 2020 04:30:00 +0000',
      'Message-ID: <two@example.org>',
      'References: <one@example.org>',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary=b',
      '',
      'preamble words',
      '--b',
      'Content-Type: text/plain; charset=iso-8859-1',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      'caf=E9 soft=',
      'ware',
      '--b',
      'Content-Type: text/csv; name="table.csv"',
      'Content-Disposition: attachment; filename="table.csv"',
      'Content-Transfer-Encoding: base64',
      '',
      Buffer.from('a;attneedle;b\n').toString('base64'),
      '--b',
      'Content-Type: text/html',
      '',
      '<p>bold <b>and</b> deep&amp;wide</p><script>hiddenword</script>',
      '--b',
      'Content-Type: message/rfc822',
      '',
      'Subject: inner subject',
      '',
      'inner body',
      '--b',
      'Content-Type: application/octet-stream',
      'Content-Transfer-Encoding: base64',
      '',
      Buffer.from('binaryneedle').toString('base64'),
      '--b--',
      'epilogue words',
      '',
    ],
  },
  { lines: ['Subject:', 'Bcc: hidden@example.org', 'X-Empty:', '', '日本語のテキスト', ''] },
  { flags: 'DT', lines: ['From: x', 'Date: nonsense', '', `${'long '.repeat(80_000)}tailneedle`, ''] },
];

async function openFilled(): Promise<Awaited<ReturnType<typeof openFixture>>> {
  const opened = await openFixture({ reader: createPlainReader() });
  await opened.mailbox.uids.append(
    'INBOX',
    messages.map(({ flags, keywords, lines }, index) => ({
      message: Buffer.from(lines.join('\r\n')),
      flags: flags ?? '',
      keywords: keywords ?? [],
      received: new Date(2020, 5, 10 + index, 0, 0, 0).getTime(),
    })),
  );
  return opened;
}

test('texts are found by decoded substring without their case, in the header, in the body and in what is attached', async (t) => {
  const { mailbox, close } = await openFilled();
  t.after(close);
  const cases: readonly (readonly [SearchKey, number[]])[] = [
    [header('From', 'doe, john'), [1]],
    [header('FROM', 'JOHN@EXAMPLE'), [1]],
    [header('from', '"Doe, John" <john@'), [1]],
    [header('From', 'anna'), [2]],
    [header('To', 'ANNA'), [1]],
    [header('Cc', 'jürgen'), [1]],
    [header('Cc', 'JÜRGEN'), [1]],
    [header('Cc', 'jurgen'), []],
    [header('Subject', 'größe MATTERS'), [1]],
    [header('Subject', 'GRÖSSE'), [1]],
    [header('Bcc', 'hidden'), [3]],
    [header('Message-ID', '<one@example.org>'), [1]],
    [header('References', 'one@example.org'), [2]],
    [header('X-Campaign', 'hdrneedle; folded value'), [1]],
    [header('X-Campaign', ''), [1]],
    [header('X-Empty', ''), [3]],
    [header('Subject', ''), [1, 2, 3]],
    [header('X-None', ''), []],
    [header('Subject', 'inner'), []],
    [body('another, with 100% "quotes"'), [1]],
    [body('of text\nand another'), [1]],
    [body('of text\r\nand another'), [1]],
    [body('of text and another'), []],
    [body('café software'), [2]],
    [body('attneedle'), [2]],
    [body('bold and deep&wide'), [2]],
    [body('inner subject'), [2]],
    [body('inner body'), [2]],
    [body('hiddenword'), []],
    [body('binaryneedle'), []],
    [body('hdrneedle'), []],
    [body('john@example.org'), []],
    [text('john@example.org'), [1]],
    [text('x-campaign: hdrneedle'), [1]],
    [text('table.csv'), [2]],
    [body('table.csv'), []],
    [body('のテ'), [3]],
    [body('本'), [3]],
    [body('tailneedle'), [4]],
    [text('tailneedle'), [4]],
    [text('nosuchwordanywhere'), []],
    [text('"" OR 1'), []],
    [body(''), [1, 2, 3, 4]],
    [text(''), [1, 2, 3, 4]],
  ];
  // Once while nothing is in the trigrams, once when all is.
  for (const round of ['at once', 'later']) {
    for (const [key, uids] of cases) {
      assert.deepEqual(await find(mailbox, key), uids, `${round}: ${JSON.stringify(key)}`);
    }
    if (round === 'at once') await new Promise((resolve) => setTimeout(resolve, 300));
  }
});

test('flags, keywords, sizes, UIDs, MODSEQ and their combinations', async (t) => {
  const { mailbox, close } = await openFilled();
  t.after(close);
  const flag = (letter: string): SearchKey => ({ key: 'flag', letter });
  const not = (of: SearchKey): SearchKey => ({ key: 'not', of });
  const sizes = await mailbox.uids.facts('INBOX', [1, 2, 3, 4], ['size']);
  const one = sizes[0]!.size!;
  const cases: readonly (readonly [SearchKey, number[]])[] = [
    [{ key: 'all' }, [1, 2, 3, 4]],
    [flag('S'), [1]],
    [not(flag('S')), [2, 3, 4]],
    [flag('R'), [2]],
    [flag('D'), [4]],
    [flag('T'), [4]],
    [{ key: 'keyword', name: '$label1' }, [1]],
    [{ key: 'keyword', name: 'other' }, []],
    [
      {
        key: 'uid',
        ranges: [
          [2, 2],
          [4, 4294967295],
        ],
      },
      [2, 4],
    ],
    [{ key: 'larger', bytes: one }, sizes.filter(({ size }) => size! > one).map(({ uid }) => uid)],
    [{ key: 'smaller', bytes: one }, sizes.filter(({ size }) => size! < one).map(({ uid }) => uid)],
    [{ key: 'larger', bytes: one - 1 }, sizes.filter(({ size }) => size! >= one).map(({ uid }) => uid)],
    [{ key: 'and', keys: [] }, [1, 2, 3, 4]],
    [{ key: 'or', keys: [flag('S'), header('From', 'anna')] }, [1, 2]],
    [{ key: 'and', keys: [header('From', 'a'), not(flag('S')), not(text('tailneedle'))] }, [2]],
    [{ key: 'and', keys: [not({ key: 'or', keys: [flag('S'), text('日本')] }), { key: 'all' }] }, [2, 4]],
  ];
  for (const [key, uids] of cases) assert.deepEqual(await find(mailbox, key), uids, JSON.stringify(key));
  const before = (await mailbox.uids.status('INBOX'))!.highestModseq;
  await mailbox.uids.store('INBOX', [3], { mode: 'add', flags: 'S', keywords: [] });
  assert.deepEqual(await find(mailbox, { key: 'modseq', least: before + 1 }), [3]);
  assert.deepEqual(await find(mailbox, flag('S')), [1, 3]);
  await mailbox.uids.expunge('INBOX');
  assert.deepEqual(await find(mailbox, { key: 'all' }), [1, 2, 3]);
  await mailbox.uids.append('INBOX', [
    { message: Buffer.from('From: new\n\nfresh\n'), flags: 'S', keywords: [], received: undefined },
  ]);
  assert.deepEqual(await find(mailbox, flag('S')), [1, 3, 5]);
  assert.deepEqual(await find(mailbox, body('fresh')), [5]);
});

test('sent dates are those that are written, whatever the zone; received ones are days of this place', async (t) => {
  const { mailbox, close } = await openFilled();
  t.after(close);
  const sent = (key: 'before' | 'on' | 'since', when: number): SearchKey => ({
    key,
    date: 'sent',
    day: when,
  });
  const received = (key: 'before' | 'on' | 'since', when: number): SearchKey => ({
    key,
    date: 'received',
    day: when,
  });
  // Both are of one moment: 31 January is written in one, 1 February in the other.
  assert.deepEqual(await find(mailbox, sent('on', day(2020, 1, 31))), [1]);
  assert.deepEqual(await find(mailbox, sent('on', day(2020, 2, 1))), [2]);
  assert.deepEqual(await find(mailbox, sent('before', day(2020, 2, 1))), [1]);
  assert.deepEqual(await find(mailbox, sent('since', day(2020, 2, 1))), [2]);
  assert.deepEqual(await find(mailbox, { key: 'not', of: sent('since', day(1970, 1, 1)) }), [3, 4]);
  assert.deepEqual(await find(mailbox, received('on', day(2020, 6, 11))), [2]);
  assert.deepEqual(await find(mailbox, received('before', day(2020, 6, 11))), [1]);
  assert.deepEqual(await find(mailbox, received('since', day(2020, 6, 11))), [2, 3, 4]);
  assert.deepEqual(await find(mailbox, { key: 'since', date: 'saved', day: day(2020, 6, 12) }), [1, 2, 3, 4]);
  assert.deepEqual(await find(mailbox, { key: 'older', seconds: 86_400 }), [1, 2, 3, 4]);
  assert.deepEqual(await find(mailbox, { key: 'younger', seconds: 86_400 }), []);
});

test('EMAILID finds the copies of a message, THREADID its conversation over folders', async (t) => {
  const { mailbox, restart, close } = await openFilled();
  t.after(close);
  await mailbox.uids.createFolder('Other');
  await mailbox.uids.copy('INBOX', [2], 'Other');
  const [first, second] = await mailbox.uids.facts('INBOX', [1, 2], ['emailId', 'threadId']);
  const [copy] = await mailbox.uids.facts('Other', [1], ['emailId', 'threadId']);
  assert.equal(copy?.emailId, second?.emailId);
  assert.notEqual(first?.emailId, second?.emailId);
  assert.equal(first?.threadId, second?.threadId);
  assert.equal(copy?.threadId, second?.threadId);
  assert.match(`${first?.threadId}${first?.emailId}`, /^[A-Za-z0-9_-]+$/);
  assert.deepEqual(await find(mailbox, { key: 'emailid', id: second!.emailId! }, 'Other'), [1]);
  assert.deepEqual(await find(mailbox, { key: 'emailid', id: second!.emailId! }), [2]);
  assert.deepEqual(await find(mailbox, { key: 'emailid', id: 'x' }), []);
  assert.deepEqual(await find(mailbox, { key: 'threadid', id: first!.threadId! }), [1, 2]);
  // An index that is built anew, in another order, gives a well-formed thread the same id.
  const { mailbox: again } = await restart({ index: false });
  const [later] = await again.uids.facts('INBOX', [2], ['threadId']);
  assert.equal(later?.threadId, second?.threadId);
});

test('a search of text does not hold up other calls, and finds what was not parsed yet', async (t) => {
  const { mailbox, maildir, restart, close } = await openFixture({ reader: createPlainReader() });
  t.after(close);
  for (let i = 0; i < 600; i++) {
    const word = i % 100 === 7 ? 'needle in the hay' : 'only hay';
    await writeFile(
      join(maildir, 'cur', `${1_700_000_000 + i}.M1P1.x:2,S`),
      `From: a\nSubject: ${i}\n\n${word} ${'filler text '.repeat(200)}\n`,
    );
  }
  // Too short for a trigram: every message is looked into.
  const slow = find(mailbox, body('zq'));
  const started = performance.now();
  const [found] = await Promise.all([find(mailbox, body('NEEDLE in')), slow]);
  assert.deepEqual(found, [8, 108, 208, 308, 408, 508]);
  assert.deepEqual(await slow, []);
  t.diagnostic(`${Math.round(performance.now() - started)} ms`);
  const { mailbox: again, mailboxes } = await restart({ index: true });
  const late = find(again, body('zq')).catch((error: Error) => error.message);
  await mailboxes.close();
  assert.ok(typeof (await late) === 'string' || Array.isArray(await late));
});
