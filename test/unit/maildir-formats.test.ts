// Files that Courier and Dovecot keep beside the mail, as bytes: UID lists, keywords, subscriptions, size lists, rights
// (spec/maildir-imap.md 2.9, 3.2 to 3.8). What the programs themselves wrote is in test/interop/maildir-files.test.ts.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  cleanIdentifier,
  computeRights,
  formatAcl,
  parseAcl,
  refuseAcl,
  withOldRights,
} from '../../mta/maildir/acl.ts';
import { compareBases, sortByBase } from '../../mta/maildir/base-order.ts';
import { formatDovecotUidlist, parseDovecotUidlist } from '../../mta/maildir/dovecot-uidlist.ts';
import {
  cleanKeywords,
  formatKeywordList,
  keywordsOfLetters,
  lettersOfKeywords,
  parseDovecotKeywords,
  parseKeywordChange,
  parseKeywordFileName,
  parseKeywordList,
} from '../../mta/maildir/keyword-files.ts';
import {
  escapeUidl,
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

const bytes = (text: string): Buffer => Buffer.from(text, 'utf8');

describe('courierimapuiddb', () => {
  it('reads UIDVALIDITY, UIDNEXT and a UID a line, and writes the same bytes', () => {
    const text = '1 795353749 9\n1 1700000000.M1P1.h,S=5\n4 1700000001.M2P1.h\n8 name with spaces\n';
    const list = parseUidDb(bytes(text))!;
    assert.deepEqual(
      { ...list, uids: [...list.uids] },
      {
        uidValidity: 795353749,
        uidNext: 9,
        uids: [
          ['1700000000.M1P1.h,S=5', 1],
          ['1700000001.M2P1.h', 4],
          ['name with spaces', 8],
        ],
      },
    );
    assert.equal(formatUidDb(list).toString(), text);
  });

  it('takes another version, and a first line that names no UIDVALIDITY, for no list', () => {
    for (const text of [
      '',
      '2 1 1\n',
      '1 0 5\n',
      '1 4294967296 5\n',
      '1 5\n',
      '3 V1 N2 G\n',
      '1 5 99999999999\n',
    ]) {
      assert.equal(parseUidDb(bytes(text)), undefined, JSON.stringify(text));
    }
  });

  it('never gives one UID to two messages, whatever the file says', () => {
    const list = parseUidDb(bytes('1 7 3\n1 a\n1 b\n2 a\n0 c\nx d\n4294967295 e\n4294967296 f\n9 g\n'))!;
    assert.deepEqual(Object.fromEntries(list.uids), { a: 1, g: 9 });
    assert.equal(list.uidNext, 10, 'UIDNEXT is past the highest UID of the file');
  });

  it('writes no name that would make a second line', () => {
    const list = {
      uidValidity: 1,
      uidNext: 3,
      uids: new Map([
        ['a\n2 b', 1],
        ['c', 2],
      ]),
    };
    assert.equal(formatUidDb(list).toString(), '1 1 3\n2 c\n');
  });

  it('reads 200,000 lines', () => {
    const lines = Array.from(
      { length: 200_000 },
      (_, i) => `${i + 1} 1700000000.M${i}P1.host,S=1234,W=1280\n`,
    );
    const list = parseUidDb(bytes(`1 7 200001\n${lines.join('')}`))!;
    assert.equal(list.uids.size, 200_000);
  });
});

describe('dovecot-uidlist', () => {
  const guid = 'f0a1b2c3d4e5f60718293a4b5c6d7e8f';

  it('reads version 3 and writes back keys that it does not know', () => {
    const text = `3 V45281085 N5 G${guid} P%08Xu Zx\n1 S10 W12 Gabc PUID1-99 O2 :a,S=10\n3 Y7 :b\n4 P :c\n`;
    const list = parseDovecotUidlist(bytes(text))!;
    assert.deepEqual([list.uidValidity, list.uidNext, list.guid], [45281085, 5, guid]);
    assert.deepEqual(list.headerKeys, ['P%08Xu', 'Zx']);
    assert.deepEqual(Object.fromEntries(list.uids), { 'a,S=10': 1, b: 3, c: 4 });
    assert.deepEqual(list.pop3.get('a,S=10'), { uidl: 'UID1-99', order: 2 });
    assert.equal(list.pop3.get('c')!.uidl, '', 'an empty P says that the UIDL is the base name');
    assert.equal(list.recordKeys.get('b'), 'Y7');
    assert.equal(formatDovecotUidlist(list).toString(), text);
  });

  it('reads version 1, which is a courierimapuiddb', () => {
    const list = parseDovecotUidlist(bytes('1 5 3\n1 a\n2 b\n'))!;
    assert.deepEqual([list.uidValidity, list.uidNext, list.guid, list.uids.size], [5, 3, '', 2]);
    assert.equal(formatDovecotUidlist(list).toString(), '3 V5 N3\n1 :a\n2 :b\n');
  });

  it('counts UIDNEXT from the records when they go past the header, as appended ones do', () => {
    assert.equal(parseDovecotUidlist(bytes(`3 V5 N3 G${guid}\n1 :a\n7 :b\n`))!.uidNext, 8);
  });

  it('does not read a last line that is still being written', () => {
    assert.deepEqual([...parseDovecotUidlist(bytes(`3 V5 N3 G${guid}\n1 :a\n2 :b`))!.uids.keys()], ['a']);
  });

  it('cuts flags off a name, and takes the later of two records of one file', () => {
    const list = parseDovecotUidlist(bytes(`3 V5 N3 G${guid}\n1 P9 :a:2,S\n2 :a\n`))!;
    assert.deepEqual(Object.fromEntries(list.uids), { a: 2 });
    assert.equal(list.pop3.size, 0);
  });

  it('is broken as a whole when Dovecot would say so', () => {
    for (const records of [
      '2 :a\n1 :b\n',
      '1 :a\n1 :b\n',
      '1 :a/b\n',
      '0 :a\n',
      '4294967295 :a\n',
      '1 a\n',
      'x\n',
    ]) {
      assert.equal(parseDovecotUidlist(bytes(`3 V5 N3 G${guid}\n${records}`)), undefined, records);
    }
    for (const header of ['', '3\n', '3 V5\n', '3 N5\n', '3 V0 N1\n', '2 V1 N1\n', '\n']) {
      assert.equal(parseDovecotUidlist(bytes(header)), undefined, header);
    }
  });
});

describe('a list with more lines than memory has room for', () => {
  it('is not believed at all: half a list would give UIDs a second time', () => {
    const uids = bytes('1 7 1\n1 a\n2 b\n3 c\n');
    assert.deepEqual([parseUidDb(uids, 3)?.uids.size, parseUidDb(uids, 2)], [3, undefined]);
    const dovecot = bytes('3 V7 N4\n1 :a\n2 :b\n3 :c\n');
    assert.equal(parseDovecotUidlist(dovecot, 3)?.uids.size, 3);
    assert.equal(parseDovecotUidlist(dovecot, 1), undefined);
    const sizes = bytes('/3 1 1\na 1 1:1:0\nb 1 2:1:0\n');
    assert.deepEqual(
      [parsePop3SizeList(sizes, 2)?.records.size, parsePop3SizeList(sizes, 1)],
      [2, undefined],
    );
  });
});

describe('keywords', () => {
  it('are read from :list by their numbers', () => {
    const list = parseKeywordList(bytes('$Label1\nwork\n\na,S=1:0 1\nb:1\nc:7\nd:\n:0\nnone\n'));
    assert.deepEqual(Object.fromEntries(list), { 'a,S=1': ['$Label1', 'work'], b: ['work'] });
    assert.equal(
      formatKeywordList(
        new Map([
          ['a', ['x', 'Y']],
          ['b', ['y', 'z']],
          ['c', []],
        ]),
      ).toString(),
      'x\nY\nz\n\na:0 1\nb:1 2\n',
    );
    assert.deepEqual([...parseKeywordList(bytes('\na:0\n'))], []);
  });

  it('of a change file are its lines, and none when it is empty', () => {
    assert.deepEqual(parseKeywordChange(bytes('work\n$Label1\n')), ['work', '$Label1']);
    assert.deepEqual(parseKeywordChange(bytes('')), []);
  });

  it('are told apart without ASCII case, with _ for what an IMAP atom cannot hold', () => {
    assert.deepEqual(cleanKeywords(['Work', 'WORK', 'a b', '', 'a\nb', 'É', 'é']), ['Work', 'a_b', 'É', 'é']);
    assert.deepEqual(cleanKeywords(['x(){%*"\\]y']), ['x________y']);
  });

  it('have file names for changes, merged changes and what is being written', () => {
    const table: readonly (readonly [string, object])[] = [
      [':list', { kind: 'list' }],
      ['1700000000.M1.h,S=5', { kind: 'change', base: '1700000000.M1.h,S=5' }],
      ['.5666667.1700000000.M1.h', { kind: 'merged', base: '1700000000.M1.h', period: 5666667 }],
      ['.tmp.1700000000.x', { kind: 'other' }],
      [':other', { kind: 'other' }],
    ];
    for (const [name, expected] of table) assert.deepEqual(parseKeywordFileName(name), expected, name);
  });

  it('of Dovecot are letters a to z with names in dovecot-keywords', () => {
    const names = parseDovecotKeywords(bytes('0 $Forwarded\n2 work\n26 none\nx\n'));
    assert.deepEqual(names, ['$Forwarded', undefined, 'work']);
    assert.deepEqual(keywordsOfLetters('RSabc', names), ['$Forwarded', 'work']);
    assert.deepEqual(lettersOfKeywords(['Work', 'new'], names, 'b'), {
      letters: 'cd',
      names: ['$Forwarded', undefined, 'work', 'new'],
      spilled: [],
    });
  });

  it('past the 26th letter are spilled', () => {
    const names = Array.from({ length: 26 }, (_, i) => `k${i}`);
    const given = lettersOfKeywords(['k3', 'one more'], names);
    assert.deepEqual([given.letters, given.spilled], ['d', ['one_more']]);
  });
});

describe('subscriptions', () => {
  it('of Courier are names below INBOX, in either spelling of the disk', () => {
    const read = parseCourierSubscriptions(
      bytes('INBOX\nINBOX.Résumé\ninbox.R&AOk-\nINBOX.A.B\n#shared.x.y\nINBOX.A.B\n'),
    );
    assert.deepEqual(read, { folders: ['INBOX', 'Résumé', 'Ré', 'A.B'], others: ['#shared.x.y'] });
    assert.equal(
      formatCourierSubscriptions(read, 'utf-8').toString(),
      'INBOX\nINBOX.Résumé\nINBOX.Ré\nINBOX.A.B\n#shared.x.y\n',
    );
    assert.match(formatCourierSubscriptions(read, 'utf-7').toString(), /^INBOX\.R&AOk-sum&AOk-$/m);
  });

  it('of Dovecot stay in the version of their file', () => {
    const old = parseDovecotSubscriptions(bytes('INBOX\nA.B\nR&AOk-\n'));
    assert.deepEqual(old, { version: 1, folders: ['INBOX', 'A.B', 'Ré'], others: [] });
    assert.equal(formatDovecotSubscriptions(old, 'utf-7').toString(), 'INBOX\nA.B\nR&AOk-\n');
    const text = 'V\t2\n\nINBOX\nA\tB\nSent\n';
    const now = parseDovecotSubscriptions(bytes(text));
    assert.deepEqual(now, { version: 2, folders: ['INBOX', 'A.B', 'Sent'], others: [] });
    assert.equal(formatDovecotSubscriptions(now, 'utf-8').toString(), text);
  });

  it('hold no name that would make a second line', () => {
    assert.equal(formatCourierSubscriptions({ folders: ['a\nINBOX.b'], others: [] }, 'utf-8').toString(), '');
  });
});

describe('courierpop3dsizelist', () => {
  const text = [
    '/3 5 1700000000',
    '1600000000.M1.h,S=10:2,S 12 1:1700000000:0',
    '1650000000 with space:2, 99 2:1700000000:1',
    '1700000001.M2.h 40 0:0:0',
    '',
  ].join('\n');

  it('keeps the pair of numbers that each message was given', () => {
    const list = parsePop3SizeList(bytes(text))!;
    assert.deepEqual([list.nextUid, list.validity, list.records.size], [5, 1700000000, 3]);
    assert.equal(formatCourierUidl(list.records.get('1600000000.M1.h,S=10')!), 'UID1-1700000000');
    assert.equal(formatCourierUidl(list.records.get('1700000001.M2.h')!), '1700000001.M2.h');
    assert.equal(list.records.get('1650000000 with space')!.isUtf8, true);
    assert.equal(formatPop3SizeList(list).toString(), text);
  });

  it('reads versions 1 and 2', () => {
    const second = parsePop3SizeList(bytes('/2 7 99\na:2, 5 3:99\nb 6 4:98\n'))!;
    assert.deepEqual([second.nextUid, second.records.get('a')!.isUtf8], [7, undefined]);
    assert.equal(formatCourierUidl(second.records.get('b')!), 'UID4-98');
    const first = parsePop3SizeList(bytes('/1 7\na 5 3\n'))!;
    assert.equal(formatCourierUidl(first.records.get('a')!), 'UID3');
  });

  it('passes over what is no list and no record', () => {
    for (const bad of ['', '/4 1 1\n', '3 1 1\n', 'garbage'])
      assert.equal(parsePop3SizeList(bytes(bad)), undefined);
    assert.equal(
      parsePop3SizeList(bytes(`/3 1 1\n\nx\nx y z\n${'a'.repeat(5000)} 1 1:1:0\n:2,S 1 1:1:0\n`))!.records
        .size,
      0,
    );
  });

  it('gives no number a second time that the list has given already', () => {
    assert.equal(parsePop3SizeList(bytes('/3 2 9\na 1 7:9:0\n'))!.nextUid, 8);
  });

  it('orders messages by the time in their names, then by bytes', () => {
    const names = ['b', '10.x', '9.z', '9.a', 'a'];
    const wanted = ['a', 'b', '9.a', '9.z', '10.x'];
    assert.deepEqual(names.toSorted(compareBases), wanted);
    assert.deepEqual(
      sortByBase(names, (name) => name),
      wanted,
    );
    // Numbers too large to be sorted with their places in one; bytes, not UTF-16: the last one is U+1F600.
    const large = [
      '999999999999999.b',
      '999999999999999.a',
      '1.\uffe0',
      '1.\u{1f600}',
      '1.b',
      '1',
      '2',
      '3',
      '4',
      '5',
    ];
    assert.deepEqual(
      sortByBase(large, (name) => name),
      ['1', '1.b', '1.\uffe0', '1.\u{1f600}', '2', '3', '4', '5', '999999999999999.a', '999999999999999.b'],
    );
  });

  it('writes bytes that a UIDL cannot hold as Courier does', () => {
    assert.equal(escapeUidl("1.M2 'x'+é,S=1"), '1.M2+20+27x+27+2B+C3+A9,S=1');
  });
});

describe('courierimapacl', () => {
  const read = (text: string) => parseAcl(bytes(text));
  const none = { login: 'a@x', isOwner: false, groups: [] };

  it('is one identifier and its rights a line', () => {
    const entries = read(
      'owner aceilrstwx\nuser=b c@x lr\nanonymous l\ngroup=administrators aceilrstwx\n-user=c rl\nbad\nnobody lr\n',
    );
    assert.equal(
      formatAcl(entries).toString(),
      'owner aceilrstwx\nuser=b c@x lr\nanyone l\nadministrators aceilrstwx\n-user=c lr\n',
    );
    assert.equal(cleanIdentifier('user='), undefined);
    assert.equal(cleanIdentifier('anyone\nowner'), undefined);
  });

  it('gives the union of what matches less the union of what is denied', () => {
    const entries = read('owner aceilrstwx\nanyone lr\nuser=a@x iw\ngroup=staff e\n-user=a@x r\n');
    assert.equal(computeRights(entries, none), 'ilw');
    assert.equal(computeRights(entries, { ...none, groups: ['staff'] }), 'eilw');
    assert.equal(computeRights(entries, { ...none, login: 'b@x' }), 'lr');
    assert.equal(computeRights(entries, { ...none, groups: ['administrators'] }), 'aceilrstwx');
    assert.equal(computeRights(read('-owner aceilrstwx\n'), { ...none, isOwner: true }), 'a');
  });

  it('refuses lists that shut out the owner or administrators', () => {
    assert.equal(refuseAcl(read('owner aceilrstwx\nanyone lr\n')), undefined);
    for (const bad of [
      'owner lr\n',
      'owner a\n',
      '-owner l\n',
      'administrators lr\n',
      '-administrators w\n',
    ]) {
      assert.ok(refuseAcl(read(bad)), bad);
    }
  });

  it('is told to clients of RFC 2086 with the right d', () => {
    assert.equal(withOldRights('lrs'), 'lrs');
    assert.equal(withOldRights('aceilrstwx'), 'acdeilrstwx');
    assert.equal(formatAcl([{ identifier: 'anyone', rights: 'dlr' }]).toString(), 'anyone elrtx\n');
  });
});
