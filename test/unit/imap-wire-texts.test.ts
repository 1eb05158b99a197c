// ENVELOPE, BODY, BODYSTRUCTURE, RFC822.SIZE and the sort keys of hand-made messages (RFC 9051 7.5.2, RFC 5256, RFC
// 5957): NIL against "", groups, routes, raw parameters, 8-bit, sizes as with CRLF.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatPartOffsets, parsePartOffsets } from '../../server/message/imap/part-offsets.ts';
import { makeWireTexts } from '../../server/message/imap/wire-texts.ts';
import { message } from '../support/messages.ts';

/** The address lists of ENVELOPE: from, sender, reply-to, to, cc, bcc. */
const envelope = (...lines: string[]): string => makeWireTexts(message(...lines, '', 'x')).envelope;
const structure = (...lines: string[]): string => makeWireTexts(message(...lines)).bodyStructure;
const sort = (...lines: string[]): ReturnType<typeof makeWireTexts>['sort'] =>
  makeWireTexts(message(...lines, '', 'x')).sort;

describe('ENVELOPE', () => {
  const cases: readonly [string, readonly string[], string][] = [
    ['of no field at all is NIL throughout', ['X-Other: y'], '(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)'],
    [
      'tells an empty field from one that is not there',
      ['Subject:', 'Date: ', 'Message-ID: '],
      '("" "" NIL NIL NIL NIL NIL NIL NIL "")',
    ],
    [
      'takes From for Sender and Reply-To that are absent or empty',
      ['From: A <a@b.test>', 'Sender:'],
      '(NIL NIL (("A" NIL "a" "b.test")) (("A" NIL "a" "b.test")) (("A" NIL "a" "b.test")) NIL NIL NIL NIL NIL)',
    ],
    [
      'tells a group by its name and its end',
      ['To: Team: a@b.test, "C D" <c@d.test>;, e@f.test', 'Cc: undisclosed-recipients:;'],
      '(NIL NIL NIL NIL NIL ((NIL NIL "Team" NIL)(NIL NIL "a" "b.test")("C D" NIL "c" "d.test")(NIL NIL NIL NIL)(NIL NIL "e" "f.test")) ((NIL NIL "undisclosed-recipients" NIL)(NIL NIL NIL NIL)) NIL NIL NIL)',
    ],
    [
      'ends a group that was left open',
      ['To: Team: a@b.test'],
      '(NIL NIL NIL NIL NIL ((NIL NIL "Team" NIL)(NIL NIL "a" "b.test")(NIL NIL NIL NIL)) NIL NIL NIL NIL)',
    ],
    [
      'gives the source route apart',
      ['To: X <@r1,@r2:a@b.test>'],
      '(NIL NIL NIL NIL NIL (("X" "@r1,@r2" "a" "b.test")) NIL NIL NIL NIL)',
    ],
    [
      'takes a comment for the name when there is no other',
      ['To: a@b.test (A B)'],
      '(NIL NIL NIL NIL NIL (("A B" NIL "a" "b.test")) NIL NIL NIL NIL)',
    ],
    [
      'removes the quoting of names and local parts, and puts its own',
      ['To: "A \\"B\\" C" <"d e"@f.test>'],
      '(NIL NIL NIL NIL NIL (("A \\"B\\" C" NIL "d e" "f.test")) NIL NIL NIL NIL)',
    ],
    [
      'leaves encoded words as they are',
      ['Subject: =?utf-8?Q?=C3=A4?=', 'From: =?utf-8?Q?=C3=A4?= <a@b.test>'],
      '(NIL "=?utf-8?Q?=C3=A4?=" (("=?utf-8?Q?=C3=A4?=" NIL "a" "b.test")) (("=?utf-8?Q?=C3=A4?=" NIL "a" "b.test")) (("=?utf-8?Q?=C3=A4?=" NIL "a" "b.test")) NIL NIL NIL NIL NIL)',
    ],
    [
      'sends 8-bit text as a literal, its last byte too when that is 0xA0',
      ['Subject: Voil\u00c3\u00a0'],
      '(NIL {6}\r\nVoil\u00c3\u00a0 NIL NIL NIL NIL NIL NIL NIL NIL)',
    ],
    [
      'unfolds by taking out line ends only',
      ['Subject: a', '\tb', '   c'],
      '(NIL "a\tb   c" NIL NIL NIL NIL NIL NIL NIL NIL)',
    ],
    [
      'quotes what has quotes and backslashes',
      ['Subject: a "b" \\c'],
      '(NIL "a \\"b\\" \\\\c" NIL NIL NIL NIL NIL NIL NIL NIL)',
    ],
    [
      'of a field given twice tells the first',
      ['Subject: one', 'Subject: two'],
      '(NIL "one" NIL NIL NIL NIL NIL NIL NIL NIL)',
    ],
    ['leaves out NUL', ['Subject: a\0b'], '(NIL "ab" NIL NIL NIL NIL NIL NIL NIL NIL)'],
    [
      'gives a local user an empty host, since NIL would begin a group',
      ['To: root'],
      '(NIL NIL NIL NIL NIL ((NIL NIL "root" "")) NIL NIL NIL NIL)',
    ],
    [
      'takes a comment alone for no mailbox',
      ['To: (nobody at all)', 'Cc: a@b.test, (and)'],
      '(NIL NIL NIL NIL NIL NIL ((NIL NIL "a" "b.test")) NIL NIL NIL)',
    ],
    [
      'reads on after a byte order mark and after folded lines that lost their blank',
      ['\u00ef\u00bb\u00bfSubject: s', 'X-Long: one', 'two', 'by three; 10:00', 'To: a@b.test'],
      '(NIL "s" NIL NIL NIL ((NIL NIL "a" "b.test")) NIL NIL NIL NIL)',
    ],
    [
      'gives dates and identifiers raw',
      ['Date: yesterday (really)', 'In-Reply-To: your letter <a@b>', 'Message-ID: no brackets'],
      '("yesterday (really)" NIL NIL NIL NIL NIL NIL NIL "your letter <a@b>" "no brackets")',
    ],
  ];
  for (const [name, lines, expected] of cases) it(name, () => assert.equal(envelope(...lines), expected));
});

describe('BODYSTRUCTURE', () => {
  it('of a message without MIME fields is US-ASCII text, with size and lines as on the wire', () => {
    const { body, bodyStructure, size } = makeWireTexts(message('Subject: x', '', 'one', 'two', ''));
    assert.equal(body, '("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 10 2)');
    assert.equal(
      bodyStructure,
      '("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 10 2 NIL NIL NIL NIL)',
    );
    assert.equal(size, 24);
  });
  it('counts a file with CRLF once', () => {
    const lf = makeWireTexts(Buffer.from('Subject: x\n\none\ntwo\n'));
    const crlf = makeWireTexts(Buffer.from('Subject: x\r\n\r\none\r\ntwo\r\n'));
    const mixed = makeWireTexts(Buffer.from('Subject: x\r\n\none\ntwo\r\n'));
    assert.deepEqual([crlf.size, crlf.bodyStructure], [lf.size, lf.bodyStructure]);
    assert.deepEqual([mixed.size, mixed.bodyStructure], [lf.size, lf.bodyStructure]);
  });
  it('gives every parameter as it stands on the wire, RFC 2231 marks and all', () => {
    assert.equal(
      structure(
        'Content-Type: application/pdf; name*0*=utf-8\'\'a%20; name*1="b c"; x="=?utf-8?q?d?="',
        'Content-Transfer-Encoding: BASE64',
        'Content-ID: <i@d>',
        'Content-Description: a; b',
        'Content-MD5: Q2hlY2s=',
        'Content-Disposition: attachment; filename="a \\"b\\".pdf"; size=3',
        'Content-Language: de, en-GB',
        'Content-Location: http://a.test/b',
        '',
        'aGk=',
      ),
      '("application" "pdf" ("name*0*" "utf-8\'\'a%20" "name*1" "b c" "x" "=?utf-8?q?d?=") "<i@d>" "a; b" "base64" 4 "Q2hlY2s=" ("attachment" ("filename" "a \\"b\\".pdf" "size" "3")) ("de" "en-GB") "http://a.test/b")',
    );
  });
  it('nests multiparts, with the extension data of each', () => {
    assert.equal(
      structure(
        'Content-Type: multipart/mixed; boundary=o',
        'Content-Language: fr',
        '',
        'preamble',
        '--o',
        'Content-Type: multipart/alternative; boundary=i',
        '',
        '--i',
        '',
        'plain',
        '--i',
        'Content-Type: text/html; charset=utf-8',
        '',
        '<p>x',
        '',
        '--i--',
        'epilogue',
        '--o--',
      ),
      '((("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 5 0 NIL NIL NIL NIL)("text" "html" ("charset" "utf-8") NIL NIL "7bit" 6 1 NIL NIL NIL NIL) "alternative" ("boundary" "i") NIL NIL NIL) "mixed" ("boundary" "o") NIL ("fr") NIL)',
    );
  });
  it('gives a forwarded message its envelope, its own structure and its lines', () => {
    assert.equal(
      structure('Content-Type: message/rfc822', '', 'Subject: inner', 'From: a@b.test', '', 'text', ''),
      '("message" "rfc822" NIL NIL NIL "7bit" 40 (NIL "inner" ((NIL NIL "a" "b.test")) ((NIL NIL "a" "b.test")) ((NIL NIL "a" "b.test")) NIL NIL NIL NIL NIL) ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 6 1 NIL NIL NIL NIL) 4 NIL NIL NIL NIL)',
    );
  });
  it('takes the parts of a digest for messages', () => {
    assert.match(
      structure('Content-Type: multipart/digest; boundary=b', '', '--b', '', 'Subject: s', '', 't', '--b--'),
      /^\(\("message" "rfc822" NIL NIL NIL "7bit" 15 \(NIL "s" /,
    );
  });
  it('tells an encoded message, and an encoded multipart, as one opaque part', () => {
    const encoded = (type: string): string =>
      structure(`Content-Type: ${type}`, 'Content-Transfer-Encoding: base64', '', 'eA==');
    const opaque =
      /^\("application" "octet-stream" [^()]*(\([^()]*\))? ?NIL NIL "base64" 4 NIL NIL NIL NIL\)$/;
    assert.match(encoded('message/rfc822'), opaque);
    assert.match(encoded('multipart/mixed; boundary=b'), opaque);
  });
  it('of a multipart without a part is text, since the grammar knows no empty multipart', () => {
    assert.equal(
      structure('Content-Type: multipart/mixed; boundary=b', '', 'nothing'),
      '("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 7 0 NIL NIL NIL NIL)',
    );
  });
  it('of a parameter given twice tells the first', () => {
    assert.match(structure('Content-Type: text/plain; a=1; a=2', '', ''), /\("a" "1" "charset" "us-ascii"\)/);
  });
  it('of a file that is known only by its start adds the rest to the parts that are open', () => {
    const whole = message('Content-Type: multipart/mixed; boundary=b', '', '--b', '', 'one', 'two', 'three');
    const cut = whole.indexOf('two');
    const tail = { bytes: whole.length - cut, lines: 1, bare: 1 };
    const texts = makeWireTexts(whole);
    assert.deepEqual(makeWireTexts(whole.subarray(0, cut), { tail }), texts);
  });
});

describe('the offsets of the parts', () => {
  it('come back from their text', () => {
    const { parts } = makeWireTexts(
      message(
        'Content-Type: multipart/mixed; boundary=b',
        '',
        '--b',
        'Content-Type: message/rfc822',
        '',
        'Subject: s',
        'Content-Transfer-Encoding: x-own',
        '',
        't',
        '--b',
        'Content-Transfer-Encoding: base64',
        '',
        'eA==',
        '--b--',
      ),
    );
    const read = parsePartOffsets(parts)!;
    assert.equal(formatPartOffsets(read), parts);
    assert.deepEqual(
      read.parts.map(({ kind, encoding }) => [kind, encoding]),
      [
        ['message', 'identity'],
        ['leaf', 'base64'],
      ],
    );
    assert.equal(read.parts[0]?.parts[0]?.encoding, 'unknown');
  });
  it('are refused when the text is none of ours', () => {
    for (const text of ['', 'x', '1,2,3', '0,1,2,3,4,m2 0,1,2,3,4,i', '0,1,2,3,4,i 0,1,2,3,4,i'])
      assert.equal(parsePartOffsets(text), undefined, text);
  });
});

describe('sort keys', () => {
  it('are decoded and folded', () => {
    const facts = sort(
      'From: =?utf-8?Q?J=C3=B6rg?= <joerg@a.test>',
      'To: bob@b.test, c@d.test',
      'Cc: Team: x@y.test;',
      'Subject: Re: [list] =?utf-8?Q?Stra=C3=9Fe?= (fwd)',
      'Date: Fri, 1 Mar 2024 12:00:00 +0200',
      'Message-ID: <"a.b"@c.test>',
      'In-Reply-To: <one@x> <two@x>',
    );
    assert.deepEqual(facts, {
      baseSubject: 'STRASSE',
      isReply: true,
      from: 'JOERG',
      to: 'BOB',
      cc: 'TEAM',
      displayFrom: 'JO\u0308RG',
      displayTo: 'BOB@B.TEST',
      sent: Date.UTC(2024, 2, 1, 10),
      messageId: 'a.b@c.test',
      references: ['one@x'],
    });
  });
  it('prefer References to In-Reply-To, and are empty where nothing is', () => {
    assert.deepEqual(sort('References: <a@x>', ' <b@x>', 'In-Reply-To: <c@x>').references, ['a@x', 'b@x']);
    assert.deepEqual(sort('X: y'), {
      baseSubject: '',
      isReply: false,
      from: '',
      to: '',
      cc: '',
      displayFrom: '',
      displayTo: '',
      sent: 0,
      messageId: '',
      references: [],
    });
  });
});
