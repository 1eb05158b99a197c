// What IMAP sends of a message that is not in the index yet: made out of the beginning of its file, and the same as what
// the index stores later; the header fields that are kept answer as the file would.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parsePartOffsets } from '../../server/message/imap/part-offsets.ts';
import { bufferSource, openSection } from '../../server/message/imap/sections.ts';
import {
  type AskedText,
  readSomeTexts,
  TextPacker,
  unpackTexts,
} from '../../server/message/imap/some-texts.ts';
import { isUsual, longestUsual, selectUsual } from '../../server/message/imap/usual-header.ts';
import { readWire } from '../../server/message/view.ts';

const body = `\n${'Some text of a letter.\n'.repeat(50)}`;
const mails: Readonly<Record<string, string>> = {
  plain: `Return-Path: <a@example.net>\nReceived: from x\n by y; z\nFrom: "A, B" <a@example.net>\nTo: c@example.net,\n d@example.net\nSubject: Re: [list] folded\n subject\nDate: Mon, 17 Jul 2017 23:35:56 +0900\nMessage-ID: <1@example.net>\nReferences: <0@example.net>\n${body}`,
  crlf: `From: a@example.net\r\nSubject: x\r\n\r\n${body.replaceAll('\n', '\r\n')}`,
  'raw 8-bit': `From: J\u00f6rg <j@example.net>\nSubject: gr\u00fc\u00dfe\nContent-Type: text/plain; charset=iso-8859-1\n${body}`,
  'no header': `just a text\n${body}`,
  'no empty line': 'From: a@example.net\nSubject: only a header',
  'header that goes on': `From: a@example.net\nSubject: one\nlost its blank\nTo: b@example.net\n${body}`,
  multipart: `From: a@example.net\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\nContent-Type: text/html\n\n<p>two\n--b--\n`,
  'field twice': `Subject: one\nSubject: two\nSUBJECT : three\nX-Other: no\n${body}`,
  empty: '',
};
const ofHeader: readonly AskedText[] = ['envelope', 'sort', 'header'];

describe('texts of a message that is not indexed', () => {
  for (const [name, text] of Object.entries(mails)) {
    const mail = Buffer.from(text, 'latin1');
    const { size, sort, ...texts } = readWire(mail);
    const whole = { ...texts, sort: JSON.stringify(sort) };

    it(`are those of the index: ${name}`, () => {
      const names = ['envelope', 'body', 'bodyStructure', 'parts', 'sort', 'header', 'size'] as const;
      assert.deepEqual(readSomeTexts(mail, names, true), { size, texts: whole });
      assert.equal(readSomeTexts(mail, ['size'], true)?.size, size);
      const { envelope, header } = whole;
      assert.deepEqual(readSomeTexts(mail, ofHeader, true)?.texts, { envelope, header, sort: whole.sort });
    });

    it(`are the same or none from any beginning of it: ${name}`, () => {
      for (let length = 0; length < mail.length; length++) {
        const found = readSomeTexts(mail.subarray(0, length), ofHeader, false);
        if (!found) continue;
        const { envelope, header } = whole;
        assert.deepEqual(found.texts, { envelope, header, sort: whole.sort }, `${length} bytes`);
      }
    });

    it(`answer for header fields as the file does: ${name}`, async () => {
      const root = parsePartOffsets(whole.parts)!;
      for (const fields of [
        ['Subject'],
        ['FROM', 'to', 'References'],
        ['bcc'],
        ['date', 'subject', 'From'],
      ]) {
        const section = { path: [], text: 'HEADER.FIELDS', fields } as const;
        assert.ok(isUsual(section));
        const content = (await openSection(bufferSource(mail), root, section))!;
        const wanted = new Set(fields.map((field) => field.toLowerCase()));
        assert.equal(
          selectUsual(whole.header!, wanted),
          Buffer.concat(content.chunks as Buffer[]).toString('latin1'),
        );
      }
    });
  }

  it('take the beginning of a usual letter, and no more', () => {
    const mail = Buffer.from(mails.plain!);
    assert.ok(readSomeTexts(mail.subarray(0, 600), ofHeader, false));
  });

  it('are none where the header alone does not decide', () => {
    for (const name of ['raw 8-bit', 'header that goes on']) {
      const mail = Buffer.from(mails[name]!, 'latin1');
      assert.equal(readSomeTexts(mail.subarray(0, mail.length - 10), ofHeader, false), undefined, name);
    }
  });

  it('have no kept fields when these are too long', () => {
    const mail = Buffer.from(`Subject: ${'x'.repeat(longestUsual)}\n\nbody\n`);
    assert.equal(readSomeTexts(mail, ['header'], true)?.texts.header, undefined);
  });

  it('other fields and parts are not kept', () => {
    assert.ok(!isUsual({ path: [], text: 'HEADER.FIELDS', fields: ['Subject', 'X-Unheard-Of'] }));
    assert.ok(!isUsual({ path: [1], text: 'HEADER.FIELDS', fields: ['Subject'] }));
    assert.ok(!isUsual({ path: [], text: 'HEADER.FIELDS.NOT', fields: ['Subject'] }));
  });

  it('cross to another thread packed, those that are missing too', () => {
    const packer = new TextPacker(['envelope', 'header', 'size']);
    const one = { size: 10, texts: { envelope: '(1)', header: undefined } };
    packer.add(one);
    packer.add(undefined);
    packer.add({ size: 20, texts: { envelope: '', header: 'A: b\r\n' } });
    const found = unpackTexts(packer.pack());
    assert.deepEqual(found, [
      { size: 10, texts: { envelope: '(1)' } },
      undefined,
      { size: 20, texts: { envelope: '', header: 'A: b\r\n' } },
    ]);
  });
});
