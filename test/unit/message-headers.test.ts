// Header fields: unfolding, encoded words, parameters, addresses, dates, identifiers, charsets.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readAddresses } from '../../server/message/addresses.ts';
import { decodeText } from '../../server/message/charset.ts';
import { readDate } from '../../server/message/date.ts';
import { firstField, hasDuplicates, readHeaders, readMessageIds } from '../../server/message/headers.ts';
import { readParameters } from '../../server/message/parameters.ts';
import {
  decodeBase64,
  decodeQuotedPrintable,
  decodeUuencode,
  estimateSize,
} from '../../server/message/transfer.ts';
import { decodeWords } from '../../server/message/words.ts';
import { message } from '../support/messages.ts';

const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

describe('header blocks', () => {
  const block = (...lines: string[]) => {
    const bytes = message(...lines);
    return readHeaders(bytes, 0, bytes.length);
  };
  it('ends at the empty line, with LF as with CRLF', () => {
    assert.equal(block('A: 1', '', 'body').bodyStart, 6);
    const crlf = Buffer.from('A: 1\r\nB: 2\r\n\r\nbody');
    const read = readHeaders(crlf, 0, crlf.length);
    assert.equal(crlf.toString('latin1', read.bodyStart), 'body');
    assert.equal(firstField(read.fields, 'b'), '2');
  });
  it('unfolds to one space and takes the first of two fields', () => {
    const { fields } = block('Subject: one', ' two', '\tthree', 'subject: other', '', '');
    assert.equal(firstField(fields, 'subject'), 'one two three');
    assert.equal(hasDuplicates(fields), true);
  });
  it('skips an mbox line and accepts a blank before the colon', () => {
    const { fields, broken } = block('From a@b Mon Jan  1 00:00:00 2024', 'Subject : x', '', 'body');
    assert.equal(firstField(fields, 'subject'), 'x');
    assert.equal(broken, false);
  });

  it('skips an mbox line under trace fields alone; under other fields it is a fault', () => {
    const trace = [
      'Return-Path: <a@b>',
      'Delivered-To: c@d',
      'Received: (qmail 1)',
      'Received: from e',
      '  by f; now',
    ];
    for (const line of [
      'From a@b Mon Jan  1 00:00:00 2024',
      'From a@b',
      '>From a@b Mon Jan  1 00:00:00 2024',
    ]) {
      const { fields, broken } = block(...trace, line, 'Subject: x', '', 'body');
      assert.deepEqual([fields.at(-1)?.name, fields.length, broken], ['subject', 5, false], line);
    }
    assert.equal(block('Subject: x', 'From a@b Mon Jan  1 00:00:00 2024', 'To: y', '', 'body').broken, true);
  });
  it('takes text without a blank line before it as the body', () => {
    const bytes = message('Subject: x', 'This is text', 'more');
    const read = readHeaders(bytes, 0, bytes.length);
    assert.equal(bytes.toString('latin1', read.bodyStart), 'This is text\nmore');
    assert.equal(read.broken, true);
  });
  it('reads one megabyte of a block without end and finds the body behind it', () => {
    const bytes = Buffer.concat([Buffer.from(`X: y\n`.repeat(500_000)), Buffer.from('\nbody')]);
    const read = readHeaders(bytes, 0, bytes.length);
    assert.equal(bytes.toString('latin1', read.bodyStart), 'body');
    assert.ok(read.fields.length < 220_000);
  });
});

describe('encoded words (RFC 2047)', () => {
  const table: [string, string][] = [
    ['plain', 'plain'],
    ['=?utf-8?Q?caf=C3=A9?=', 'café'],
    ['=?UTF-8?B?w6k=?= =?utf-8?q?_x?=', 'é x'],
    ['a =?iso-8859-1?q?=E9?= b', 'a é b'],
    ['=?utf-8?b?4pyT?=\t =?utf-8?b?4pyT?=', '✓✓'],
    // A character split between two words.
    ['=?utf-8?Q?=E2=9C?= =?utf-8?Q?=93?=', '✓'],
    ['=?utf-8?Q?spaces inside?=', 'spaces inside'],
    ['=?iso-2022-jp?B?GyRCJUYbKEI=?= =?iso-2022-jp?B?GyRCJTkbKEI=?=', 'テス'],
    ['=?utf-8*en?Q?x?=', 'x'],
    ['=?nonsense', '=?nonsense'],
    ['=?utf-8?X?abc?=', '=?utf-8?X?abc?='],
    ['=?unknown-charset?Q?=E9?=', 'é'],
    ['=?utf-8?Q?a=00b=0Ac?=', 'ab\nc'],
    [latin1('naïve ✓'), 'naïve ✓'],
    ['r\u00e9sum\u00e9', 'résumé'],
  ];
  for (const [given, wanted] of table)
    it(`reads ${JSON.stringify(given)}`, () => assert.equal(decodeWords(given), wanted));
  it('reads raw 8-bit in the charset of the text', () => {
    assert.equal(decodeWords('\xd0\xc2', 'gb2312'), '新');
  });
});

describe('parameters (RFC 2045, 2231)', () => {
  const name = (field: string): string | undefined => readParameters(field).parameters.get('name');
  const table: [string, string | undefined][] = [
    ['text/plain; name="a b.txt"', 'a b.txt'],
    ['text/plain; name=a b.txt; x=y', 'a b.txt'],
    ['text/plain; NAME = "a\\"b"', 'a"b'],
    ['text/plain; name="C:\\dir\\file.txt"', 'C:\\dir\\file.txt'],
    ["text/plain; name*=utf-8''%C3%BCber.pdf", 'über.pdf'],
    ["text/plain; name*0*=utf-8'de'%C3; name*1*=%BCber; name*2=.pdf", 'über.pdf'],
    ['text/plain; name*1=b; name*0=a', 'ab'],
    ['text/plain; name*0=a; name*2=c', 'a'],
    ['text/plain; name="=?utf-8?Q?=C3=BC.txt?="', 'ü.txt'],
    ["text/plain; name=plain; name*=utf-8''better", 'better'],
    ['text/plain; name=first; name=second', 'first'],
    ['text/plain; name="no end', 'no end'],
    ['text/plain; (comment; name=x) name=y', 'y'],
    [`text/plain; name=${latin1('ü.txt')}`, 'ü.txt'],
    ['text/plain', undefined],
  ];
  for (const [field, wanted] of table) it(`reads ${field}`, () => assert.equal(name(field), wanted));
  it('bounds continuations and parameters', () => {
    const many = Array.from({ length: 100_000 }, (_, i) => `name*${i}=x`).join(';');
    assert.ok((name(`a/b;${many}`) ?? '').length <= 100);
  });
});

describe('address fields', () => {
  const table: [string, [string, string][]][] = [
    ['a@b.test', [['', 'a@b.test']]],
    [
      'Ann <a@b.test>, "Doe, John" <j@b.test>',
      [
        ['Ann', 'a@b.test'],
        ['Doe, John', 'j@b.test'],
      ],
    ],
    ['a@b.test (Ann (the) first)', [['Ann (the) first', 'a@b.test']]],
    ['"evil@attacker.test" <good@bank.test>', [['evil@attacker.test', 'good@bank.test']]],
    ['good@bank.test <evil@attacker.test>', [['good@bank.test', 'evil@attacker.test']]],
    ['=?utf-8?Q?attacker=40evil.test?= <v@bank.test>', [['attacker@evil.test', 'v@bank.test']]],
    ['=?utf-8?Q?a=3Cx=40evil.test=3E?= <v@bank.test>', [['a<x@evil.test>', 'v@bank.test']]],
    ['undisclosed-recipients:;', []],
    [
      'Group: d@e.test, f@g.test;, h@i.test',
      [
        ['', 'd@e.test'],
        ['', 'f@g.test'],
        ['', 'h@i.test'],
      ],
    ],
    ['<@relay.test,@other.test:user@dest.test>', [['', 'user@dest.test']]],
    ['user@[IPv6:2001:db8::1]', [['', 'user@[IPv6:2001:db8::1]']]],
    ['"us er"@quoted.test', [['', '"us er"@quoted.test']]],
    ['<a@b.test> <c@d.test>', [['', 'a@b.test']]],
    ['Big Bug bb@bug.test', [['Big Bug', 'bb@bug.test']]],
    ['root', [['', 'root']]],
    ['root (Cron Daemon)', [['Cron Daemon', 'root']]],
    ['John Doe <jdoe@machine(comment).  example>', [['John Doe', 'jdoe@machine.example']]],
    [',,, ; <>, ""', []],
    [latin1('Jörg <jörg@exämple.test>'), [['Jörg', 'jörg@exämple.test']]],
  ];
  for (const [field, wanted] of table)
    it(`reads ${JSON.stringify(field)}`, () =>
      assert.deepEqual(
        readAddresses(field).map((one) => [one.name, one.address]),
        wanted,
      ));
  it('stops at 1,000 addresses', () => {
    assert.equal(readAddresses('a@b.test,'.repeat(5_000)).length, 1_000);
  });
});

describe('dates, identifiers', () => {
  const table: [string, string | undefined][] = [
    ['Tue, 03 Feb 2026 10:11:12 +0000', '2026-02-03T10:11:12.000Z'],
    ['3 Feb 26 10:11 EST', '2026-02-03T15:11:00.000Z'],
    ['Tue Feb  3 10:11:12 2026', '2026-02-03T10:11:12.000Z'],
    ['Wed, 20 Sep 1995 00:19:00 (EDT) -0400', '1995-09-20T04:19:00.000Z'],
    ['2026-02-03T10:11:12+01:00', '2026-02-03T09:11:12.000Z'],
    ['Sat, 8 Jun 2002 1:5:13 +0500', '2002-06-07T20:05:13.000Z'],
    ['yesterday', undefined],
    ['32 Feb 2026 10:11:12', undefined],
    ['1 Jan 99999 00:00:00', undefined],
    ['9'.repeat(1_000_000), undefined],
  ];
  for (const [field, wanted] of table)
    it(`reads ${field.slice(0, 50)}`, () => {
      const time = readDate(field);
      assert.equal(time === undefined ? undefined : new Date(time).toISOString(), wanted);
    });
  it('keeps the first ten and the last ninety references', () => {
    const ids = readMessageIds(Array.from({ length: 1_000 }, (_, i) => `<${i}@x>`).join(' '), 100);
    assert.equal(ids.length, 100);
    assert.deepEqual([ids[0], ids[9], ids[10], ids[99]], ['0@x', '9@x', '910@x', '999@x']);
  });
});

describe('charsets', () => {
  const table: [string, string, string][] = [
    ['c3a9', 'utf-8', 'é'],
    ['e9', 'utf-8', 'é'],
    ['e9', '', 'é'],
    ['c3a9', 'us-ascii', 'é'],
    ['93', 'iso-8859-1', '“'],
    ['1b24422546251b2842', 'iso-2022-jp', 'テ'],
    ['8365', 'cp932', 'テ'],
    ['7e7b3c3a7e7d', 'hz-gb-2312', '己'],
    ['1b2429430e30211b0f', 'iso-2022-kr', '가'],
    ['2b4147452d', 'utf-7', 'a'],
    ['fffe6100', 'utf-16', 'a'],
    ['0061', 'utf-16', 'a'],
    ['00000061', 'utf-32be', 'a'],
    ['e9', 'x-nobody-knows', 'é'],
    ['c3a9', '../../etc/passwd', 'é'],
    ['610062', 'utf-8', 'ab'],
  ];
  for (const [hex, charset, wanted] of table)
    it(`reads ${hex} as ${charset || 'undeclared'}`, () => {
      const { text } = decodeText(Buffer.from(hex, 'hex'), charset);
      assert.equal(charset === 'iso-2022-jp' || charset === 'iso-2022-kr' ? text.slice(0, 1) : text, wanted);
    });
  it('gives well-formed text for random bytes in every charset', () => {
    const bytes = Buffer.from(Array.from({ length: 4_096 }, (_, i) => (i * 7919 + (i >> 3)) & 255));
    for (const charset of [
      'utf-8',
      'utf-16',
      'utf-7',
      'iso-2022-jp',
      'hz',
      'iso-2022-kr',
      'gb18030',
      'big5',
      'shift_jis',
      'euc-kr',
      'viscii',
      'utf-32',
      'iso-2022-cn',
    ])
      assert.ok(decodeText(bytes, charset).text.isWellFormed(), charset);
  });
});

describe('transfer encodings', () => {
  it('decodes base64 with junk, line ends and padding in the middle', () => {
    assert.equal(decodeBase64(Buffer.from('YQ==\nYmI=')).toString(), 'abb');
    assert.equal(decodeBase64(Buffer.from('aGVs\r\nbG8')).toString(), 'hello');
    assert.equal(decodeBase64(Buffer.from('a!G@V#s bG8=')).toString(), 'hello');
  });
  it('decodes quoted-printable with broken escapes and trailing blanks', () => {
    assert.equal(decodeQuotedPrintable(Buffer.from('a=\nb =20 \r\nc=ZZ=')).toString(), 'ab  \r\nc=ZZ');
  });
  it('decodes uuencode', () => {
    assert.equal(decodeUuencode(Buffer.from('begin 644 x\n#0V%T\n`\nend\n')).toString(), 'Cat');
  });
  it('estimates the size of base64 exactly for even lines', () => {
    for (const size of [1, 2, 3, 57, 58, 5_000]) {
      const text = Buffer.alloc(size, 1).toString('base64').replace(/.{76}/g, '$&\n');
      assert.equal(estimateSize(Buffer.from(text), 'base64'), size);
    }
  });
});
