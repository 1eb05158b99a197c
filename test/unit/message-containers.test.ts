// What lies in parts of a message (webmail.md 3.10 to 3.12): winmail.dat, signed content, messages inside, contact cards,
// archives; and that broken or hostile bytes of these give what can be read, quickly, and never an error.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readSigned } from '../../server/message/cms.ts';
import { findPartAt, openMessageAt } from '../../server/message/containers.ts';
import { findDangers } from '../../server/message/danger.ts';
import { lookAt } from '../../server/message/look.ts';
import { isPartAddress } from '../../server/message/part-address.ts';
import { pictureSize } from '../../server/message/picture-size.ts';
import { decompressRtf, readRtf } from '../../server/message/rtf.ts';
import { readTnef } from '../../server/message/tnef.ts';
import { readCards } from '../../server/message/vcard.ts';
import { viewMessage, viewMessageAt } from '../../server/message/view.ts';
import { readZipDirectory } from '../../server/zip/zip-directory.ts';
import { makeSigned, makeTnef, makeZip } from '../support/containers.ts';
import { corruptions } from '../support/corruptions.ts';

const lines = (...text: string[]): Buffer => Buffer.from(text.join('\r\n'), 'latin1');
const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/(.{76})/g, '$1\r\n');
const withPart = (type: string, bytes: Buffer, text = 'Hello'): Buffer =>
  lines(
    'Subject: x',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    text,
    '--b',
    `Content-Type: ${type}`,
    'Content-Transfer-Encoding: base64',
    '',
    base64(bytes),
    '--b--',
    '',
  );
const png = Buffer.from('89504e470d0a1a0a0000000d494844520000000300000002080200000012163a02', 'hex');

describe('winmail.dat', () => {
  const tnef = makeTnef({
    files: [
      { name: 'Übersicht.pdf', type: 'application/pdf', body: Buffer.from('%PDF-1.7 x') },
      { name: 'a.txt', body: Buffer.from('words') },
    ],
    text: 'Written in Outlook.',
  });
  it('lists and gives its files under addresses of their own', () => {
    const message = withPart('application/ms-tnef; name=winmail.dat', tnef);
    const view = viewMessage(message);
    assert.deepEqual(
      view.attachments.map(({ part, name, type, size }) => [part, name, type, size]),
      [
        ['2~1', 'Übersicht.pdf', 'application/pdf', 10],
        ['2~2', 'a.txt', 'application/octet-stream', 5],
      ],
    );
    assert.equal(findPartAt(message, '2~2')?.body.toString(), 'words');
    assert.equal(view.plainText, 'Hello', 'the text beside it stays');
  });
  it('shows its text when the message has no other, also from RTF and from HTML in RTF', () => {
    assert.equal(viewMessage(withPart('application/ms-tnef', tnef, '')).plainText, 'Written in Outlook.');
    const rtf =
      "{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0 Arial;}}\\f0 Gr\\u252?\\'fc\\'df\\par next\\tab x}";
    const plain = makeTnef({ files: [], rtf });
    assert.equal(viewMessage(withPart('application/ms-tnef', plain, '')).plainText, 'Grüüß\nnext\tx');
    const html =
      "{\\rtf1\\ansi\\fromhtml1{\\*\\htmltag64 <p>}Bonjour {\\*\\htmltag84 <b>}\\htmlrtf {\\b \\htmlrtf0 Zo\\'eb{\\*\\htmltag92 </b>}\\htmlrtf }\\htmlrtf0{\\*\\htmltag72 </p>}}";
    assert.equal(
      viewMessage(withPart('application/ms-tnef', makeTnef({ files: [], rtf: html }), '')).plainText.trim(),
      'Bonjour Zoë',
    );
  });
  it('stays as it is when it cannot be read, with what could be read of it', () => {
    const view = viewMessage(withPart('application/ms-tnef; name=winmail.dat', tnef.subarray(0, -20)));
    assert.deepEqual(
      view.attachments.map(({ part }) => part),
      ['2~1', '2~2', '2'],
    );
    assert.deepEqual(view.notes, ['broken']);
  });
  it('takes no more than 200 objects, and no declared length for the truth', () => {
    const many = makeTnef({
      files: Array.from({ length: 300 }, () => ({ name: 'x', body: Buffer.from('x') })),
    });
    const read = readTnef(many)!;
    assert.deepEqual([read.items.length, read.isWhole], [200, false]);
    const liar = Buffer.concat([tnef.subarray(0, 6), Buffer.from('0103900600ffffffff', 'hex'), tnef]);
    assert.equal(readTnef(liar)?.isWhole, false);
  });
  it('unpacks RTF that refers to what every dictionary begins with', () => {
    // MS-OXRTFCP 3.1.1: the example of the specification.
    const bytes = Buffer.from(
      '2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0',
      'hex',
    );
    assert.match(
      decompressRtf(bytes)?.toString('latin1') ?? '',
      /^\{\\rtf1\\ansi\\ansicpg1252\\pard hello world/,
    );
    assert.equal(decompressRtf(Buffer.alloc(4)), undefined);
    assert.equal(readRtf(Buffer.from('{'.repeat(100_000))).text, '');
  });
});

describe('S/MIME that wraps its text', () => {
  const inner = lines(
    'Content-Type: multipart/mixed; boundary=i',
    '',
    '--i',
    'Content-Type: text/plain',
    '',
    'Signed words.',
    '--i',
    'Content-Type: text/csv; name=t.csv',
    'Content-Disposition: attachment',
    '',
    'a,b',
    '--i--',
    '',
  );
  for (const pieces of [false, true]) {
    const message = lines(
      'From: a@b.example',
      'Subject: Outer',
      'Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m',
      'Content-Transfer-Encoding: base64',
      '',
      base64(makeSigned(inner, pieces)),
    );
    it(`shows the signed text and its files, and says that nothing was checked${pieces ? ' (in pieces)' : ''}`, () => {
      const view = viewMessageAt(message);
      assert.equal(view.subject, 'Outer');
      assert.equal(view.plainText, 'Signed words.');
      assert.deepEqual(view.protection, { kind: 'signed', by: 'smime', signer: '', part: '' });
      assert.equal(view.bodyInside, '1');
      assert.deepEqual(
        view.attachments.map(({ part, name }) => [part, name]),
        [['1~2', 't.csv']],
      );
      assert.equal(findPartAt(message, '1~2')?.body.toString(), 'a,b');
    });
  }
  it('is encrypted when it is nothing that can be unpacked', () => {
    const view = viewMessageAt(lines('Content-Type: application/pkcs7-mime', '', 'xxxx'));
    assert.deepEqual([view.protection?.kind, view.protection?.by], ['encrypted', 'smime']);
    assert.equal(readSigned(Buffer.from('3080', 'hex')), undefined);
  });
  it('marks OpenPGP written into the text, with the block to download', () => {
    const view = viewMessage(
      lines('', 'Hi', '-----BEGIN PGP MESSAGE-----', '', 'x', '-----END PGP MESSAGE-----'),
    );
    assert.deepEqual(view.protection, { kind: 'encrypted', by: 'openpgp', signer: '', part: '1' });
    assert.equal(viewMessage(lines('', 'no', '> -----BEGIN PGP MESSAGE-----')).protection, undefined);
  });
});

describe('messages inside messages', () => {
  const nest = (depth: number): Buffer =>
    depth === 0
      ? lines('Subject: deepest', '', 'Bottom.')
      : lines(
          `Subject: level ${depth}`,
          `Content-Type: multipart/mixed; boundary=b${depth}`,
          '',
          `--b${depth}`,
          '',
          `Text ${depth}`,
          `--b${depth}`,
          'Content-Type: application/octet-stream; name=inner.eml',
          'Content-Transfer-Encoding: base64',
          '',
          base64(nest(depth - 1)),
          `--b${depth}--`,
        );
  it('are opened five deep and no deeper', () => {
    const message = nest(7);
    assert.equal(viewMessageAt(message, { inside: '2~2' }).subject, 'level 5');
    assert.ok(openMessageAt(message, '2~2~2~2~2~2'));
    assert.equal(openMessageAt(message, '2~2~2~2~2~2~2'), undefined);
    assert.equal(viewMessageAt(message, { inside: '2~2' }).attachments[0]?.part, '2~2~2');
    assert.ok(!isPartAddress('2~2~2~2~2~2~2'));
  });
  it('have addresses of numbers alone', () => {
    for (const bad of ['', '1.', '~1', '1~', '../1', '1/2', 'a', '1~x', `1${'.1'.repeat(200)}`])
      assert.ok(!isPartAddress(bad), bad);
    for (const good of ['1', '2.1', '2~1.3', '10~2~3']) assert.ok(isPartAddress(good), good);
  });
});

describe('looking at one part', () => {
  const look = (type: string, bytes: Buffer) => lookAt(withPart(type, bytes), '2', {})!.content;
  it('goes by the bytes', () => {
    assert.deepEqual(look('text/html; name=x.html', png), {
      kind: 'picture',
      type: 'image/png',
      width: 3,
      height: 2,
    });
    assert.equal(look('image/png', Buffer.from('<svg xmlns="x"/>')).kind, 'none');
    assert.equal(look('application/octet-stream; name=a.pdf', Buffer.from('%PDF-1.4')).kind, 'pdf');
    assert.equal(look('text/html', Buffer.from('<p>x')).kind, 'page');
    assert.equal(look('application/octet-stream; name=data.json', Buffer.from('{"a":1}')).kind, 'text');
    assert.equal(look('application/octet-stream; name=a.json', Buffer.from([1, 0, 2])).kind, 'none');
    assert.equal(look('message/rfc822', Buffer.from('Subject: x\n\ny')).kind, 'message');
    assert.equal(look('application/xml', Buffer.from('<?xml version="1.0"?><a/>')).kind, 'none');
  });
  it('shows 200,000 characters of a text, and four million when asked', () => {
    const message = withPart('text/x-log; name=a.log', Buffer.from('x'.repeat(300_000)));
    const size = (text: 'usual' | 'all') => {
      const { content } = lookAt(message, '2', { text })!;
      return content.kind === 'text' ? [content.blocks[0]!.runs[0]!.text.length, content.truncated] : [];
    };
    assert.deepEqual(
      [size('usual'), size('all')],
      [
        [200_000, true],
        [300_000, false],
      ],
    );
  });
  it('refuses to draw what no screen could hold', () => {
    const huge = Buffer.from(png);
    huge.writeUInt32BE(30_000, 16);
    huge.writeUInt32BE(30_000, 20);
    assert.equal(look('image/png', huge).kind, 'none');
    assert.deepEqual(
      pictureSize('image/jpeg', Buffer.from('ffd8ffe000020000ffc0001108004000800301', 'hex')),
      { width: 0, height: 0 },
    );
    assert.deepEqual(
      pictureSize('image/jpeg', Buffer.from('ffd8ffe00002ffc000110800400080030100000000', 'hex')),
      { width: 128, height: 64 },
    );
  });
  it('reads contact cards as plain fields', () => {
    const card = [
      'BEGIN:VCARD',
      'VERSION:3.0',
      'N:Ødegård;Zoë;;;',
      'FN:Zoë <img src=x onerror=alert(1)>',
      'item1.EMAIL;TYPE=INTERNET,work:zoe@example.org',
      'TEL;CELL:+47 1',
      ' 23',
      'ADR;TYPE=home:;;Street 1;Oslo;;0150;Norway',
      'NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:first=0Asecond=',
      ' line',
      'PHOTO;VALUE=uri:https://evil.example/x.png',
      'END:VCARD',
    ].join('\r\n');
    assert.deepEqual(readCards(Buffer.from(card)), [
      {
        name: 'Zoë <img src=x onerror=alert(1)>',
        fields: [
          { kind: 'email', value: 'zoe@example.org', types: ['work'] },
          { kind: 'phone', value: '+47 123', types: ['cell'] },
          { kind: 'address', value: 'Street 1, Oslo, 0150, Norway', types: ['home'] },
          { kind: 'note', value: 'first\nsecond line', types: [] },
        ],
      },
    ]);
    assert.equal(readCards(Buffer.from('BEGIN:VCARD\nEND:VCARD\n'.repeat(1000))).length, 50);
  });
});

describe('files that can do harm', () => {
  const reasons = (name: string, bytes: Buffer | string) =>
    findDangers(name, Buffer.from(bytes)).map((danger) => Object.values(danger).join(' '));
  it('by their names', () => {
    assert.deepEqual(reasons('invoice.pdf.exe', 'MZ'), ['endings exe', 'kind exe']);
    assert.deepEqual(reasons('run.JS', 'x'), ['kind js']);
    assert.deepEqual(reasons('letter.docm', 'PK'), ['macros']);
    assert.deepEqual(reasons('page.html', '<html>'), ['page html']);
    assert.deepEqual(reasons('a.js.gz', '\x1f\x8b'), ['holds a.js']);
    assert.deepEqual(reasons('notes.txt', 'hello'), []);
    assert.deepEqual(reasons('doc.pdf', '%PDF-1.7'), []);
  });
  it('by bytes that their names deny', () => {
    assert.deepEqual(reasons('photo.jpg', 'MZ'), ['program']);
    assert.deepEqual(reasons('page.txt', '<html>'), ['mismatch txt']);
    assert.deepEqual(reasons('photo.png', Buffer.from('ffd8ff00', 'hex')), ['mismatch png']);
    assert.deepEqual(reasons('doc.pdf', 'not one'), ['mismatch pdf']);
    const ole = Buffer.concat([
      Buffer.from('d0cf11e0a1b11ae1', 'hex'),
      Buffer.alloc(600),
      Buffer.from('_VBA_PROJECT', 'utf16le'),
    ]);
    assert.deepEqual(reasons('old.doc', ole), ['macros']);
  });
  it('by what an archive holds, and by what nobody can look into', async () => {
    const file = (name: string) => [{ name, body: 'x' }];
    assert.deepEqual(reasons('a.zip', await makeZip(file('in/run.js'))), ['holds in/run.js']);
    assert.deepEqual(reasons('a.zip', await makeZip(file('in/photo.jpg'))), []);
    assert.deepEqual(reasons('a.zip', await makeZip(file('a.txt'), true)), ['encrypted']);
    assert.deepEqual(
      reasons('a.docx', await makeZip([...file('[Content_Types].xml'), ...file('word/document.xml')])),
      [],
    );
    assert.deepEqual(
      reasons('a.docx', await makeZip([...file('[Content_Types].xml'), ...file('word/vbaProject.bin')])),
      ['macros'],
    );
    assert.deepEqual(
      reasons('a.rar', Buffer.from('526172211a0700cf907300000d000000000000001a3c7404842400', 'hex')),
      ['encrypted'],
    );
    assert.deepEqual(
      reasons(
        'a.7z',
        Buffer.concat([Buffer.from('377abcaf271c', 'hex'), Buffer.alloc(40), Buffer.from('06f10701', 'hex')]),
      ),
      ['encrypted'],
    );
    const many = await makeZip(Array.from({ length: 1_200 }, (_, i) => ({ name: `${i}.txt`, body: '' })));
    const directory = readZipDirectory(many)!;
    assert.deepEqual([directory.entries.length, directory.isWhole], [1000, false]);
  });
});

describe('hostile bytes', () => {
  it('of each container give an answer in bounded time', async () => {
    const tnef = makeTnef({ files: [{ name: 'a', body: Buffer.from('abc') }], text: 'x', rtf: '{\\rtf1 x}' });
    const signed = makeSigned(Buffer.from('Subject: a\n\nwords words words'), true);
    const zip = await makeZip([{ name: 'a.js', body: 'x' }]);
    const begun = performance.now();
    for (const bytes of corruptions(tnef, 1_500)) readTnef(bytes);
    for (const bytes of corruptions(signed, 1_500)) readSigned(bytes);
    for (const bytes of corruptions(zip, 1_500)) findDangers('a.zip', bytes);
    for (const bytes of corruptions(png, 500)) pictureSize('image/png', bytes);
    for (const type of ['image/jpeg', 'image/webp', 'image/avif', 'image/bmp', 'image/gif'])
      for (const bytes of corruptions(Buffer.concat([Buffer.from('ffd8ffe00002ffc0', 'hex'), png, png]), 300))
        pictureSize(type, bytes);
    for (const bytes of corruptions(
      Buffer.from("{\\rtf1\\ansi\\fromhtml1{\\*\\htmltag64 <p>}x\\u12?\\bin9 \\'e9}"),
      1_500,
    ))
      readRtf(bytes);
    for (const bytes of corruptions(
      Buffer.from('BEGIN:VCARD\r\nFN;X="a:b":c\r\n d\r\nNOTE;QUOTED-PRINTABLE:=\r\nEND:VCARD'),
      1_500,
    ))
      readCards(bytes);
    // Depth without length, length without depth.
    for (const bytes of [
      Buffer.from('3080'.repeat(50_000), 'hex'),
      Buffer.from('30840fffffff'.repeat(10_000), 'hex'),
      Buffer.concat([signed, Buffer.from('2480'.repeat(50_000), 'hex')]),
    ])
      readSigned(bytes);
    readCards(Buffer.from(`BEGIN:VCARD\n${' x'.repeat(400_000).replaceAll(' x', '\n x')}\nEND:VCARD`));
    readRtf(Buffer.from(`{\\rtf1 ${"\\'e9".repeat(500_000)}`));
    readTnef(
      Buffer.concat([tnef.subarray(0, 6), Buffer.from('0100000000000000000000'.repeat(200_000), 'hex')]),
    );
    const took = performance.now() - begun;
    assert.ok(took < 20_000, `${Math.round(took)} ms`);
  });
});
