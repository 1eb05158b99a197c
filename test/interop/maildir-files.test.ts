// The private files of Courier-IMAP and Dovecot: what the programs wrote is read, what we write they read. Their own
// bytes of one session each (Courier-IMAP 5.0.13, Dovecot 2.3.19.1) stand here; the programs themselves are asked too
// where they are installed.
import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { formatAcl, parseAcl } from '../../mta/maildir/acl.ts';
import { formatDovecotUidlist, parseDovecotUidlist } from '../../mta/maildir/dovecot-uidlist.ts';
import {
  formatDovecotKeywords,
  parseDovecotKeywords,
  parseKeywordList,
} from '../../mta/maildir/keyword-files.ts';
import { changeCourierKeywords, loadCourierKeywords } from '../../mta/maildir/keywords.ts';
import { createNameSource } from '../../mta/maildir/name.ts';
import {
  formatCourierUidl,
  formatPop3SizeList,
  parsePop3SizeList,
} from '../../mta/maildir/pop3-size-list.ts';
import {
  formatCourierSubscriptions,
  formatDovecotSubscriptions,
  parseCourierSubscriptions,
  parseDovecotSubscriptions,
} from '../../mta/maildir/subscriptions.ts';
import { formatUidDb, parseUidDb } from '../../mta/maildir/uid-db.ts';
import { askForeign, isMissing, withForeignMaildir } from '../support/foreign-imap.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'utf8');
const bases = ['1700000001.M1P1.host', '1700000002.M2P1.host', '1700000003.M3P1.host'] as const;

async function putMessages(maildir: string): Promise<void> {
  for (const base of bases)
    await writeFile(join(maildir, 'cur', `${base}:2,`), `From: a@b\nSubject: ${base}\n\nbody\n`);
}

const place = (maildir: string) => ({
  directory: maildir,
  owner: undefined,
  names: createNameSource('host'),
});

describe('what the programs wrote', () => {
  it('Courier: UIDs, keywords, subscriptions, rights and POP3 sizes are read, and written the same', () => {
    const uids = `1 795401844 4\n1 ${bases[0]}\n2 ${bases[1]}\n3 ${bases[2]}\n`;
    assert.equal(formatUidDb(parseUidDb(bytes(uids))!).toString(), uids);
    assert.deepEqual(Object.fromEntries(parseKeywordList(bytes(`work\n$Label1\n\n${bases[0]}:1 0\n`))), {
      [bases[0]]: ['$Label1', 'work'],
    });
    const subscribed = 'INBOX.Sub\nINBOX.Ré\n';
    assert.equal(
      formatCourierSubscriptions(parseCourierSubscriptions(bytes(subscribed)), 'utf-8').toString(),
      subscribed,
    );
    const rights = 'owner aceilrstwx\nadministrators aceilrstwx\nanyone lr\n';
    assert.equal(formatAcl(parseAcl(bytes(rights))).toString(), rights);
    const sizes = `/3 5 1795401862\n${bases[0]}:2, 34 1:1795401862:0\n${bases[1]}:2,S 36 0:0:0\n1700000004.M4 'x'+y.host:2, 22 4:1795401862:0\n`;
    const list = parsePop3SizeList(bytes(sizes))!;
    assert.equal(formatPop3SizeList(list).toString(), sizes);
    assert.deepEqual([...list.records.values()].map(formatCourierUidl), [
      'UID1-1795401862',
      bases[1],
      'UID4-1795401862',
    ]);
  });

  it('Dovecot: UIDs, keywords and subscriptions are read, and written the same', () => {
    const uids = `3 V1795401890 N4 G18191a28a2a8036b0222000083ecc375\n1 W34 :${bases[0]}\n2 W34 :${bases[1]}\n3 W34 :${bases[2]}\n`;
    assert.equal(formatDovecotUidlist(parseDovecotUidlist(bytes(uids))!).toString(), uids);
    assert.deepEqual(parseDovecotKeywords(bytes('0 work\n1 $Label1\n')), ['work', '$Label1']);
    const subscribed = 'V\t2\n\nSub\tX\nR&AOk-\nINBOX\n';
    const read = parseDovecotSubscriptions(bytes(subscribed));
    assert.deepEqual(read.folders, ['Sub.X', 'Ré', 'INBOX']);
    assert.equal(formatDovecotSubscriptions(read, 'utf-7').toString(), subscribed);
  });
});

describe('what Dovecot reads of ours', async () => {
  const skip = (await isMissing('dovecotImap')) || (await isMissing('dovecotPop3'));

  it('UIDVALIDITY, UIDs, POP3 UIDLs and their order, keywords, subscriptions', { skip }, () =>
    withForeignMaildir(async (maildir) => {
      await putMessages(maildir);
      const uids = new Map([
        [bases[0], 5],
        [bases[1], 7],
        [bases[2], 9],
      ] as const);
      const pop3 = new Map([
        [bases[0], { uidl: 'UID3-99', order: 2 }],
        [bases[1], { uidl: '', order: 1 }],
      ]);
      const list = {
        uidValidity: 4711,
        uidNext: 20,
        uids,
        guid: '',
        headerKeys: [],
        pop3,
        recordKeys: new Map(),
      };
      await writeFile(join(maildir, 'dovecot-uidlist'), formatDovecotUidlist(list));
      await writeFile(join(maildir, 'dovecot-keywords'), formatDovecotKeywords(['work', '$Label1']));
      await writeFile(join(maildir, 'cur', `${bases[0]}:2,ab`), 'From: a@b\n\nother\n');
      await rm(join(maildir, 'cur', `${bases[0]}:2,`));
      await writeFile(
        join(maildir, 'subscriptions'),
        formatDovecotSubscriptions({ version: 2, folders: ['INBOX', 'A.B'], others: [] }, 'utf-7'),
      );
      const imap = await askForeign('dovecotImap', maildir, [
        'a SELECT INBOX',
        'b FETCH 1:* (UID FLAGS)',
        'c LSUB "" "*"',
        'd LOGOUT',
      ]);
      assert.ok(
        imap.some((line) => line.includes('UIDVALIDITY 4711')),
        imap.join('\n'),
      );
      assert.ok(
        imap.some((line) => line.includes('UIDNEXT 20')),
        imap.join('\n'),
      );
      assert.ok(
        imap.some((line) => /1 FETCH \(UID 5 FLAGS \(.*work \$Label1\)\)/.test(line)),
        imap.join('\n'),
      );
      assert.ok(
        imap.some((line) => line.includes('3 FETCH (UID 9')),
        imap.join('\n'),
      );
      assert.ok(
        imap.some((line) => line.endsWith('"." A.B')),
        imap.join('\n'),
      );
      const pop = await askForeign('dovecotPop3', maildir, ['UIDL', 'QUIT']);
      assert.deepEqual(
        pop.filter((line) => /^\d/.test(line)),
        [`1 ${bases[1]}`, '2 UID3-99', '3 0000000900001267'],
      );
      // Dovecot has written its list again: the keys are there as before.
      const again = parseDovecotUidlist(await readFile(join(maildir, 'dovecot-uidlist')))!;
      assert.deepEqual(again.pop3.get(bases[0]), { uidl: 'UID3-99', order: 2 });
      assert.deepEqual(Object.fromEntries(again.uids), Object.fromEntries(uids));
    }),
  );
});

describe('what Courier reads of ours', async () => {
  const skip = (await isMissing('courierImap')) || (await isMissing('courierPop3'));

  it('UIDVALIDITY, UIDs, keywords, subscriptions, and POP3 UIDLs of both kinds', { skip }, () =>
    withForeignMaildir(async (maildir) => {
      await putMessages(maildir);
      const uids = new Map([
        [bases[0], 5],
        [bases[1], 7],
        [bases[2], 9],
      ] as const);
      await writeFile(
        join(maildir, 'courierimapuiddb'),
        formatUidDb({ uidValidity: 4711, uidNext: 20, uids }),
      );
      await changeCourierKeywords(place(maildir), bases[1], ['work', '$Label1']);
      await writeFile(
        join(maildir, 'courierimapsubscribed'),
        formatCourierSubscriptions({ folders: ['INBOX', 'Ré'], others: [] }, 'utf-8'),
      );
      const imap = await askForeign('courierImap', maildir, [
        'a SELECT INBOX',
        'b FETCH 1:* (UID FLAGS)',
        'c LSUB "" "*"',
        'd STORE 3 +FLAGS (later)',
        'e LOGOUT',
      ]);
      assert.ok(
        imap.some((line) => line.includes('UIDVALIDITY 4711')),
        imap.join('\n'),
      );
      assert.ok(
        imap.some((line) => /2 FETCH \(UID 7 FLAGS \(.*(work \$Label1|\$Label1 work)\)\)/.test(line)),
        imap.join('\n'),
      );
      assert.ok(
        imap.some((line) => line.includes('INBOX.R&AOk-')),
        imap.join('\n'),
      );
      const keywords = await loadCourierKeywords(place(maildir), () => true);
      assert.deepEqual([...keywords!.get(bases[1])!].sort(), ['$Label1', 'work']);
      assert.deepEqual(keywords!.get(bases[2]), ['later']);
      const files = await readdir(join(maildir, 'courierimapkeywords'));
      assert.deepEqual(
        files.filter((name) => !name.startsWith('.')),
        [':list'],
        'the changes were merged',
      );

      const record = (base: string, uid: number) => ({
        name: `${base}:2,`,
        size: 50,
        uid,
        validity: uid && 99,
        isUtf8: false,
      });
      const records = new Map([
        [bases[0], record(bases[0], 3)],
        [bases[1], record(bases[1], 0)],
      ] as const);
      await writeFile(
        join(maildir, 'courierpop3dsizelist'),
        formatPop3SizeList({ nextUid: 8, validity: 99, records }),
      );
      const pop = await askForeign('courierPop3', maildir, ['UIDL', 'QUIT']);
      assert.deepEqual(
        pop.filter((line) => /^\d/.test(line)),
        ['1 UID3-99', `2 ${bases[1]}`, '3 UID8-99'],
      );
    }),
  );
});
