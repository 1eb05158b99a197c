// File and folder names of a Maildir, and the arithmetic of its quota, without a Maildir.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeFolderName,
  decodeModifiedUtf7,
  encodeFolderName,
  encodeModifiedUtf7,
  isValidFolderName,
} from '../../mta/maildir/folder-name.ts';
import {
  countBareLf,
  createNameSource,
  escapeHost,
  parseMaildirName,
  withSizes,
} from '../../mta/maildir/name.ts';
import { formatQuota, isOver, parseMaildirSize, parseQuota, percentUsed } from '../../mta/maildir/quota.ts';

test('names have our form and do not repeat, within a process and across two with one pid', () => {
  const first = createNameSource('mail.example.org', 7);
  const second = createNameSource('mail.example.org', 7);
  const names = new Set<string>();
  for (let i = 0; i < 5000; i++) names.add(first.next()).add(second.next());
  assert.equal(names.size, 10_000);
  for (const name of names) assert.match(name, /^\d+\.M\d{1,6}P7Q\d+R[0-9a-f]{16}\.mail\.example\.org$/);
});

test('the host part holds no byte with a meaning in names', () => {
  assert.equal(escapeHost('a/b:c,d'), 'a\\057b\\072c\\054d');
  assert.equal(escapeHost('x\ny z'), 'x\\012y\\040z');
  assert.equal(escapeHost(''), 'localhost');
});

test('W counts every line end as CRLF, also across chunks', () => {
  const table: [string, number][] = [
    ['', 0],
    ['a\nb\n', 2],
    ['a\r\nb\n', 1],
    ['\n\n', 2],
    ['a\rb', 0],
  ];
  for (const [text, expected] of table) {
    assert.equal(countBareLf(Buffer.from(text), 0), expected, JSON.stringify(text));
    let sum = 0;
    let before = 0;
    for (const byte of Buffer.from(text)) {
      sum += countBareLf(Buffer.from([byte]), before);
      before = byte;
    }
    assert.equal(sum, expected, JSON.stringify(text));
  }
});

test('names of all programs are read', () => {
  const table: [string, ReturnType<typeof parseMaildirName>][] = [
    ['1.2.host', { base: '1.2.host', flags: '', size: undefined, wireSize: undefined }],
    ['1.2.host:2,', { base: '1.2.host', flags: '', size: undefined, wireSize: undefined }],
    ['1.2.host,S=10:2,FS', { base: '1.2.host,S=10', flags: 'FS', size: 10, wireSize: undefined }],
    ['1.M2P3.h,S=10,W=12:2,Sa', { base: '1.M2P3.h,S=10,W=12', flags: 'Sa', size: 10, wireSize: 12 }],
    ['1.2.host,S=1x:2,S', { base: '1.2.host,S=1x', flags: 'S', size: undefined, wireSize: undefined }],
    ['1.2.host:1,x', { base: '1.2.host', flags: '', size: undefined, wireSize: undefined }],
    ['.hidden', undefined],
    [':2,S', undefined],
    ['', undefined],
  ];
  for (const [name, expected] of table) assert.deepEqual(parseMaildirName(name), expected, name);
  const own = withSizes(createNameSource('h').next(), 100, 105);
  assert.equal(parseMaildirName(`${own}:2,S`)?.base, own);
  assert.equal(parseMaildirName(own)?.size, 100);
  assert.equal(parseMaildirName(own)?.wireSize, 105);
});

test('folder names are read by the rule of both encodings', () => {
  const table: [string | Buffer, string][] = [
    ['.Sent', 'Sent'],
    ['Sent', 'Sent'],
    ['.Résumé', 'Résumé'],
    ['.R&AOk-sum&AOk-', 'Résumé'],
    ['.A&-B', 'A&B'],
    ['.A&B', 'A&B'],
    ['.Tom & Jerry', 'Tom & Jerry'],
    ['.R&AOk', 'R&AOk'],
    ['.Ärger & Co', 'Ärger & Co'],
    ['.&2D3eAA-', '😀'],
    [Buffer.from('2e52e973', 'hex'), 'R\ufffds'],
    ['.A.B', 'A.B'],
  ];
  for (const [directory, name] of table) assert.equal(decodeFolderName(directory), name, String(directory));
});

test('every valid name survives writing and reading in both styles', () => {
  for (const name of [
    'Sent',
    'Résumé',
    'A&B',
    'A&B.Ä',
    '&AOk-',
    '日本語.😀',
    'a b',
    'x&',
    '~peter.mail.台北.日本語',
  ]) {
    assert.equal(isValidFolderName(name), undefined, name);
    for (const style of ['utf-8', 'utf-7'] as const) {
      assert.equal(
        decodeFolderName(encodeFolderName(name, style)),
        name.normalize('NFC'),
        `${style} ${name}`,
      );
    }
  }
  assert.equal(encodeFolderName('Re\u0301sume\u0301'), '.Résumé');
});

test('modified UTF-7 is that of RFC 3501 5.1.3, and only its one spelling', () => {
  assert.equal(encodeModifiedUtf7('~peter/mail/台北/日本語'), '~peter/mail/&U,BTFw-/&ZeVnLIqe-');
  assert.equal(decodeModifiedUtf7('~peter/mail/&U,BTFw-/&ZeVnLIqe-'), '~peter/mail/台北/日本語');
  for (const bad of ['&', '&A', '&AGE-', '&AOk-&AOk-', '&2D0-', '&AOl-', '&@-', '&AOk=-', 'ä']) {
    assert.equal(decodeModifiedUtf7(bad), undefined, bad);
  }
});

test('a folder name that cannot be is refused in plain words', () => {
  for (const bad of [
    '',
    '.',
    'a.',
    '.a',
    'a..b',
    'a/b',
    'a\0',
    'a\nb',
    ' a',
    'a. b',
    'x'.repeat(256),
    'inbox',
    '\ud800',
    '../etc',
  ]) {
    assert.match(isValidFolderName(bad) ?? '', /^[A-Z].*\.$/, JSON.stringify(bad));
  }
});

test('quota strings of vpopmail and Courier are read', () => {
  const table: [string, number, number][] = [
    ['', 0, 0],
    ['NOQUOTA', 0, 0],
    ['10485760S,1000C', 10_485_760, 1000],
    ['10M', 10_485_760, 0],
    ['20K,5C', 20_480, 5],
    ['500', 500, 0],
    ['7C', 0, 7],
    ['0S', 0, 0],
    ['junk,3C', 0, 3],
  ];
  for (const [text, bytes, count] of table) assert.deepEqual(parseQuota(text), { bytes, count }, text);
  assert.equal(formatQuota({ bytes: 10, count: 3 }), '10S,3C');
  assert.equal(formatQuota({ bytes: 0, count: 3 }), '3C');
});

test('maildirsize sums its lines, padded or not; damage is seen', () => {
  const courier =
    '1000000S,100C\n           0            0\n          67            1\n         -67           -1\n';
  assert.deepEqual(parseMaildirSize(Buffer.from(courier)), {
    quota: '1000000S,100C',
    bytes: 0,
    count: 0,
    lines: 3,
  });
  assert.deepEqual(parseMaildirSize(Buffer.from('5S\n3 1\n4 1\n9 ')), {
    quota: '5S',
    bytes: 7,
    count: 2,
    lines: 2,
  });
  for (const bad of ['', '5S', '5S\nx y\n', '5S\n1\n', '5S\n1 1\0\n']) {
    assert.equal(parseMaildirSize(Buffer.from(bad)), undefined, JSON.stringify(bad));
  }
});

test('over is strictly more than a limit', () => {
  assert.equal(isOver({ bytes: 10, count: 0 }, 10, 99), false);
  assert.equal(isOver({ bytes: 10, count: 0 }, 11, 1), true);
  assert.equal(isOver({ bytes: 0, count: 2 }, 1000, 3), true);
  assert.equal(percentUsed({ bytes: 200, count: 10 }, 100, 9), 90);
});
