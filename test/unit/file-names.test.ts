// Names of attached files in stored header fields (server/mailbox/file-names.ts).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileNamesIn, holdsFileName, plainStretch } from '../../server/mailbox/file-names.ts';
import { foldNeedle } from '../../server/message/imap/search-text.ts';

const folded = (...lines: readonly string[]): string => lines.map((line) => `\n${foldNeedle(line)}`).join('');

test('names are found plain, quoted, in pieces and percent-encoded, in name and filename', () => {
  const fields = folded(
    'Content-Type: application/pdf; name=plain.pdf',
    'Content-Disposition: attachment; size=3; filename="Annual report; final.pdf"',
    'Content-Disposition: attachment; filename="a \\"quoted\\" one.txt"',
    "Content-Disposition: attachment; filename*=utf-8''%C3%9Cbersicht%202026.ods",
    'Content-Disposition: attachment; filename*0="very long "; filename*1="name.doc"',
    "Content-Disposition: attachment; filename*0*=utf-8'en'na%C3%AF; filename*1*=ve.txt",
    'Content-Description: name=not-this.pdf',
    'Subject: filename=nor-this.pdf',
  );
  assert.deepEqual(
    fileNamesIn(fields),
    [
      'plain.pdf',
      'Annual report; final.pdf',
      'a "quoted" one.txt',
      'Übersicht 2026.ods',
      'very long name.doc',
      'naïve.txt',
    ].map(foldNeedle),
  );
});

test('a part of a name is enough, whatever its case; an encoding that is broken stays as it is', () => {
  const texts = { head: folded("Content-Type: image/png; name*=utf-8''%ZZ.png"), mime: '' };
  assert.equal(holdsFileName(texts, foldNeedle('%zz')), true);
  assert.equal(holdsFileName(texts, foldNeedle('jpg')), false);
  const many = { head: '', mime: folded('Content-Disposition: attachment; filename=Invoice-17.PDF') };
  assert.equal(holdsFileName(many, foldNeedle('invoice')), true);
});

test('only letters and digits that every encoding leaves alone narrow a search', () => {
  assert.equal(plainStretch(foldNeedle('Übersicht 2026')), 'BERSICHT');
  assert.equal(plainStretch(foldNeedle('a-b')), undefined);
});
