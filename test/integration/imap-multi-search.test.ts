// ESEARCH in many mailboxes (RFC 7377) as a mail program sends it: which mailboxes are meant, and how each answers.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type ImapClient, type ImapSite, startImapSite } from '../support/imap.ts';

let site: ImapSite;
let client: ImapClient;
const validity = new Map<string, string>();
before(async () => {
  site = await startImapSite();
  client = await site.signIn();
  for (const folder of ['One', 'One.Two', 'One.Two.Three', 'Other', 'Empty'])
    await client.ok(`CREATE ${folder}`);
  for (const [folder, subjects] of [
    ['INBOX', ['apple', 'pear']],
    ['One', ['apple', 'plum', 'apple']],
    ['One.Two', ['pear', 'apple']],
    ['One.Two.Three', ['apple']],
    ['Other', ['plum', 'apple']],
  ] as const)
    for (const subject of subjects) await append(folder, subject);
  await client.ok('SUBSCRIBE Other');
  await client.ok('SUBSCRIBE INBOX');
  for (const folder of ['INBOX', 'One', 'One.Two', 'One.Two.Three', 'Other']) {
    const [line = ''] = await client.ok(`STATUS ${folder} (UIDVALIDITY)`);
    validity.set(folder, /UIDVALIDITY (\d+)/.exec(line)?.[1] ?? '');
  }
});
after(() => site.close());

const append = (folder: string, subject: string, by = client): Promise<readonly string[]> => {
  const message = `Subject: ${subject}\r\nFrom: a@example.org\r\n\r\nbody\r\n`;
  return by.ok(`APPEND ${folder} {${message.length}+}\r\n${message}`);
};

/** What an ESEARCH said, by mailbox; its names, tags and UIDVALIDITY are checked. */
async function search(command: string, by = client): Promise<Record<string, string>> {
  const tag = by.begin(`ESEARCH ${command}`);
  const { lines, tagged } = await by.answer(tag);
  assert.match(tagged, /^OK/, command);
  const found: Record<string, string> = {};
  for (const line of lines) {
    const [, told, name = '', uidValidity, rest = ''] =
      /^\* ESEARCH \(TAG "(\w+)" MAILBOX "([^"]+)" UIDVALIDITY (\d+)\) UID (.*)$/.exec(line) ?? [];
    assert.equal(told, tag, line);
    assert.equal(uidValidity, validity.get(name), line);
    assert.ok(!(name in found), `${name} twice`);
    found[name] = rest;
  }
  return found;
}

describe('mailboxes that are searched', () => {
  test('are those that are meant, each once, and only those with a match answer', async () => {
    assert.deepEqual(await search('IN (personal) SUBJECT apple'), {
      INBOX: 'ALL 1',
      One: 'ALL 1,3',
      'One.Two': 'ALL 2',
      'One.Two.Three': 'ALL 1',
      Other: 'ALL 2',
    });
    assert.deepEqual(await search('IN (inboxes) SUBJECT pear'), { INBOX: 'ALL 2', 'One.Two': 'ALL 1' });
    assert.deepEqual(await search('IN (subtree One) SUBJECT apple'), {
      One: 'ALL 1,3',
      'One.Two': 'ALL 2',
      'One.Two.Three': 'ALL 1',
    });
    assert.deepEqual(await search('IN (subtree-one One) SUBJECT apple'), {
      One: 'ALL 1,3',
      'One.Two': 'ALL 2',
    });
    assert.deepEqual(await search('IN (subscribed) SUBJECT apple'), { INBOX: 'ALL 1', Other: 'ALL 2' });
    assert.deepEqual(
      await search('IN (mailboxes (Other Nowhere One.Two) subtree One.Two mailboxes Other) ALL'),
      {
        'One.Two': 'ALL 1:2',
        'One.Two.Three': 'ALL 1',
        Other: 'ALL 1:2',
      },
    );
    // There are no wildcards (RFC 5465 6.6).
    assert.deepEqual(await search('IN (mailboxes "One*") ALL'), {});
    assert.deepEqual(await search('IN (personal) SUBJECT nothing'), {});
    // Names of folders below INBOX are the other layout's.
    assert.deepEqual(await search('IN (subtree INBOX.One.Two) SUBJECT pear'), { 'One.Two': 'ALL 1' });
  });

  test('are below INBOX where the site has them there', async () => {
    const other = await startImapSite({ settings: { imapprefix: 'INBOX.' } });
    try {
      const signedIn = await other.signIn();
      await signedIn.ok('CREATE INBOX.Sub');
      await append('INBOX.Sub', 'apple', signedIn);
      const lines = await signedIn.ok('ESEARCH IN (subtree INBOX) SUBJECT apple');
      assert.match(
        lines.join(),
        /^\* ESEARCH \(TAG "a\d+" MAILBOX "INBOX\.Sub" UIDVALIDITY \d+\) UID ALL 1$/,
      );
    } finally {
      await other.close();
    }
  });

  test('without a source is the one that is open, which stays so', async () => {
    const other = await site.signIn();
    assert.match((await other.send('ESEARCH ALL')).tagged, /^BAD/);
    assert.match((await other.send('ESEARCH IN (selected) ALL')).tagged, /^BAD/);
    await other.ok('EXAMINE One');
    assert.deepEqual(await search('UNSEEN SUBJECT apple', other), { One: 'ALL 1,3' });
    assert.deepEqual(await search('IN (selected mailboxes Other) SUBJECT apple', other), {
      One: 'ALL 1,3',
      Other: 'ALL 2',
    });
    assert.deepEqual(await other.ok('SEARCH ALL'), ['* SEARCH 1 2 3']);
    await other.ok('ENABLE UIDONLY');
    assert.deepEqual(await search('IN (personal) SUBJECT plum', other), { One: 'ALL 2', Other: 'ALL 1' });
  });
});

describe('answers', () => {
  test('hold what RETURN asks for, of each mailbox by itself', async () => {
    assert.deepEqual(await search('IN (subtree One) RETURN (MIN MAX COUNT) SUBJECT apple'), {
      One: 'MIN 1 MAX 3 COUNT 2',
      'One.Two': 'MIN 2 MAX 2 COUNT 1',
      'One.Two.Three': 'MIN 1 MAX 1 COUNT 1',
    });
    assert.deepEqual(await search('IN (mailboxes One) RETURN () ALL'), { One: 'ALL 1:3' });
    assert.deepEqual(await search('IN (mailboxes (One Other)) RETURN (PARTIAL 1:1) SUBJECT apple'), {
      One: 'PARTIAL (1:1 1)',
      Other: 'PARTIAL (1:1 2)',
    });
    assert.deepEqual(
      await search('IN (personal) RETURN (COUNT) CHARSET UTF-8 SUBJECT {5+}\r\npl\xc3\xbcm'),
      {},
    );
  });

  test('take numbers, * and MODSEQ of each mailbox; \\Recent and saved results are of the open one alone', async () => {
    assert.deepEqual(await search('IN (mailboxes (One Other)) 2:100'), { One: 'ALL 2:3', Other: 'ALL 2' });
    assert.deepEqual(await search('IN (mailboxes (One Other)) UID *'), { One: 'ALL 3', Other: 'ALL 2' });
    assert.deepEqual(await search('IN (mailboxes (One Empty)) NOT 1'), { One: 'ALL 2:3' });
    const told = await search('IN (mailboxes (One Other)) RETURN (COUNT) MODSEQ 1');
    assert.match(told.One ?? '', /^COUNT 3 MODSEQ \d+$/);
    assert.match(told.Other ?? '', /^COUNT 2 MODSEQ \d+$/);
    const other = await site.signIn();
    await other.ok('EXAMINE One');
    assert.deepEqual(await search('RETURN (SAVE) SUBJECT apple', other), {});
    assert.deepEqual(await other.ok('SEARCH $'), ['* SEARCH 1 3']);
    assert.deepEqual(await search('IN (selected mailboxes Other) $', other), { One: 'ALL 1,3' });
    assert.deepEqual(await search('RETURN (SAVE COUNT) SUBJECT nothing', other), {});
    assert.deepEqual(await other.ok('SEARCH $'), ['* SEARCH']);
    assert.deepEqual(await search('IN (mailboxes Other) RECENT', other), {});
  });
});

describe('refusals', () => {
  test('wrong forms get BAD, an unknown charset NO', async () => {
    const other = await site.signIn();
    await other.ok('EXAMINE One');
    for (const command of [
      'ESEARCH',
      'ESEARCH IN ALL',
      'ESEARCH IN () ALL',
      'ESEARCH IN (personal)',
      'ESEARCH IN (selected-delayed) ALL',
      'ESEARCH IN (everything) ALL',
      'ESEARCH IN (mailboxes) ALL',
      'ESEARCH IN (mailboxes ()) ALL',
      'ESEARCH IN (personal (scope)) ALL',
      'ESEARCH IN (personal) RETURN (SAVE) ALL',
      'ESEARCH IN (selected mailboxes One) RETURN (SAVE) ALL',
      'ESEARCH IN (personal) RETURN (EVERYTHING) ALL',
      'ESEARCH IN (personal) RETURN (ALL PARTIAL 1:2) ALL',
      'ESEARCH IN (personal) NOTHING',
      'UID ESEARCH IN (personal) ALL',
      `ESEARCH IN (${Array.from({ length: 101 }, () => 'personal').join(' ')}) ALL`,
    ])
      assert.match((await other.send(command)).tagged, /^BAD/, command);
    assert.match(
      (await other.send('ESEARCH IN (personal) CHARSET latin1 SUBJECT x')).tagged,
      /^NO \[BADCHARSET/,
    );
    const stranger = await site.connect();
    assert.match((await stranger.send('ESEARCH IN (personal) ALL')).tagged, /^BAD/);
  });

  test('more than 1000 mailboxes are refused, some of them searched', async () => {
    const other = await startImapSite();
    try {
      const signedIn = await other.signIn();
      await Promise.all(
        Array.from({ length: 1000 }, (_, n) =>
          mkdir(join(other.maildir, `.F${n}`, 'cur'), { recursive: true }),
        ),
      );
      assert.match((await signedIn.send('ESEARCH IN (personal) ALL')).tagged, /^NO \[LIMIT\]/);
      await append('INBOX', 'apple', signedIn);
      assert.equal((await signedIn.ok('ESEARCH IN (mailboxes (INBOX F1)) ALL')).length, 1);
    } finally {
      await other.close();
    }
  });
});
