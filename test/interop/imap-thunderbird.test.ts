// What Thunderbird sends, in its order, replayed: one compressed connection that idles in INBOX, others that look at
// folders beside it, file, delete and write there, and the next start, which asks only for what changed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ImapClient, type ImapSite, startImapSite, testPassword, testUser } from '../support/imap.ts';
import { putMessage } from '../support/maildir.ts';

const fields =
  'From To Cc Bcc Subject Date Message-ID Priority X-Priority References Newsgroups In-Reply-To Content-Type Reply-To';
const heads = (uids: string): string =>
  `UID fetch ${uids} (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (${fields})])`;

/** From the greeting to the point where folders are opened. */
async function begin(site: ImapSite): Promise<ImapClient> {
  const client = await site.connect();
  await client.ok('capability');
  const plain = Buffer.from(`\0${testUser}\0${testPassword}`).toString('base64');
  // AUTHENTICATE without an initial response where the capabilities before did not say SASL-IR.
  assert.match((await client.send(`authenticate PLAIN ${plain}`)).tagged, /^OK/);
  const capabilities = (await client.ok('capability')).join();
  assert.match(capabilities, / COMPRESS=DEFLATE/);
  await client.compress();
  await client.ok('ID ("name" "Thunderbird" "version" "128.5.0")');
  assert.match((await client.ok('namespace')).join(), /^\* NAMESPACE \(\("" "\."\)\) /);
  return client;
}

const uidsOf = (lines: readonly string[]): number[] =>
  lines.flatMap((line) => {
    const uid = /^\* \d+ FETCH .*\bUID (\d+)/.exec(line)?.[1];
    return uid === undefined ? [] : [Number(uid)];
  });

test('Thunderbird: first start, new mail, filing and deleting beside it, and the next start', async () => {
  const site = await startImapSite();
  try {
    for (const [index, subject] of ['one', 'two', 'three'].entries())
      await putMessage(site.maildir, { subject, flags: index === 0 ? 'S' : '', time: 1_700_000_000 + index });
    const inbox = await begin(site);
    for (const folder of ['Trash', 'Sent', 'Archives.2024']) {
      assert.match((await inbox.ok(`list "" "${folder}"`)).join(), /^$/);
      await inbox.ok(`create "${folder}"`);
      await inbox.ok(`subscribe "${folder}"`);
    }
    const listed = await inbox.ok('list (subscribed) "" "*" return (special-use)');
    assert.ok(
      listed.some((line) => /\\Trash.*"Trash"$/.test(line)),
      listed.join('\n'),
    );
    assert.ok((await inbox.ok('lsub "" "*"')).some((line) => line.endsWith('"Archives.2024"')));
    await inbox.ok('list "" "INBOX"');
    const selected = (await inbox.ok('select "INBOX" (CONDSTORE)')).join('\n');
    assert.match(selected, /\* 3 EXISTS\n(?:.*\n)*\* OK \[UIDVALIDITY \d+\]/);
    await inbox.ok('getquotaroot "INBOX"');
    assert.deepEqual(uidsOf(await inbox.ok('UID fetch 1:* (FLAGS)')), [1, 2, 3]);
    const first = await inbox.ok(heads('1:3'));
    assert.deepEqual(
      first.map((line) => /Subject: (.*)\r/.exec(line)?.[1]),
      ['one', 'two', 'three'],
    );
    assert.ok(first.every((line) => !/\r\nReceived:/i.test(line)));

    // It reads a message in pieces, and marks it.
    const size = Number(/RFC822\.SIZE (\d+)/.exec(first[1]!)![1]);
    const [whole = ''] = await inbox.ok('UID fetch 2 (UID RFC822.SIZE BODY[]<0.65536>)');
    assert.match(whole, new RegExp(`BODY\\[\\]<0> \\{${size}\\}`));
    await inbox.ok('UID store 2 +Flags (\\Answered NonJunk $Label1)');
    assert.match(
      (await inbox.ok('UID fetch 2 (FLAGS)')).join(),
      /(?=.*\\Answered)(?=.*NonJunk)(?=.*\$Label1)/,
    );

    // New mail while it idles, and what another connection does.
    let idle = inbox.begin('IDLE');
    assert.match(await inbox.line(), /^\+/);
    await putMessage(site.maildir, { half: 'new', subject: 'four' });
    assert.equal(await inbox.line(), '* 4 EXISTS');
    inbox.write('DONE\r\n');
    await inbox.answer(idle);
    assert.deepEqual(uidsOf(await inbox.ok('UID fetch 4:* (FLAGS)')), [4]);
    assert.deepEqual(uidsOf(await inbox.ok(heads('4'))), [4]);
    idle = inbox.begin('IDLE');
    assert.match(await inbox.line(), /^\+/);

    const other = await begin(site);
    assert.match(
      (await other.ok('STATUS "Archives.2024" (UIDNEXT MESSAGES UNSEEN RECENT)')).join(),
      /\(UIDNEXT 1 MESSAGES 0 UNSEEN 0 RECENT 0\)/,
    );
    await other.ok('select "INBOX" (CONDSTORE)');
    await other.ok('UID store 1 +FLAGS (\\Flagged)');
    assert.match(await inbox.line(), /^\* 1 FETCH \((?=.*UID 1\b)(?=.*\\Flagged).*\)$/);
    assert.match((await other.send('UID move 1 "Archives.2024"')).tagged, /^OK/);
    assert.equal(await inbox.line(), '* 1 EXPUNGE');
    await other.ok('UID copy 3 "Trash"');
    await other.ok('UID store 3 +FLAGS (\\Deleted \\Seen)');
    await other.ok('expunge');
    assert.ok((await other.ok('select "Trash" (CONDSTORE)')).includes('* 1 EXISTS'));
    assert.deepEqual(uidsOf(await other.ok(heads('1:*'))), [1]);
    const text = 'Subject: sent\r\nMessage-ID: <sent@x>\r\n\r\nhello\r\n';
    assert.match(
      (await other.send(`append "Sent" (\\Seen) {${text.length}+}\r\n${text}`)).tagged,
      /^OK \[APPENDUID /,
    );
    assert.ok((await other.ok('select "Sent" (CONDSTORE)')).includes('* 1 EXISTS'));
    assert.match((await other.ok('uid SEARCH HEADER Message-ID sent@x')).join(), /^\* SEARCH 1$/);
    await other.ok('rename "Archives.2024" "Archives.Old"');
    inbox.write('DONE\r\n');
    const { lines } = await inbox.answer(idle);
    assert.ok(
      lines.some((line) => line === '* 1 EXPUNGE' || line === '* 2 EXPUNGE'),
      'that number three is gone too',
    );
    const highest = /HIGHESTMODSEQ (\d+)/.exec(
      (await inbox.ok('STATUS "INBOX" (HIGHESTMODSEQ)')).join(),
    )?.[1];
    await inbox.ok('logout');

    // The next start: flags that changed since.
    await other.ok('select "INBOX" (CONDSTORE)');
    await other.ok('UID store 4 +FLAGS (\\Seen)');
    await other.ok('close');
    await other.ok('logout');
    const again = await begin(site);
    await again.ok('select "INBOX" (CONDSTORE)');
    const changed = await again.ok(`UID fetch 1:* (FLAGS) (CHANGEDSINCE ${highest})`);
    assert.deepEqual(uidsOf(changed), [4]);
    assert.match((await again.ok('UID fetch 1:* (UID)')).join(), /UID 2\).*UID 4\)$/);
    await again.ok('noop');
    await again.ok('close');
    await again.ok('logout');
    assert.deepEqual(
      site.log.filter((line) => line.includes('bug')),
      [],
    );
  } finally {
    await site.close();
  }
});
