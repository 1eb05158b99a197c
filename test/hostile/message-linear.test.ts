// Every function that sees foreign text is linear on its worst inputs: 1 MB of each piece that could make a pattern
// or a loop go back over what it has read (security.md M7).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readAddresses } from '../../server/message/addresses.ts';
import { isCanonical } from '../../server/message/canonical.ts';
import { isCanonicalSheet, isCanonicalStyle } from '../../server/message/canonical-css.ts';
import { cleanSheet, cleanStyle } from '../../server/message/css.ts';
import { readDate } from '../../server/message/date.ts';
import { readHeaders, readMessageIds } from '../../server/message/headers.ts';
import { htmlToText } from '../../server/message/html-text.ts';
import { normalHtml } from '../../server/message/limits.ts';
import { findLinks } from '../../server/message/links.ts';
import { cleanName, contentDisposition } from '../../server/message/names.ts';
import { readParameters } from '../../server/message/parameters.ts';
import { isWithinLimits } from '../../server/message/prescan.ts';
import { scanStructure } from '../../server/message/structure.ts';
import { makePreview, readFixed, readFlowed } from '../../server/message/text.ts';
import { claimedHost, cleanHref } from '../../server/message/urls.ts';
import { viewMessage } from '../../server/message/view.ts';
import { decodeWords } from '../../server/message/words.ts';
import { cpuTime } from '../support/messages.ts';

describe('linear time on worst inputs (M7)', () => {
  const pieces = [
    'a',
    '<',
    '(',
    '"',
    '\\',
    '@',
    '.',
    'a.',
    '=?',
    ' ',
    '\t',
    '>',
    'http://',
    'www.',
    'a@',
    '-',
    '--',
    '&',
    ';',
    '=',
    "'",
    '<a ',
    '{',
    ':not(',
    '=?a?q?',
    'a:',
    '<!--',
    '[',
    'é',
  ];
  const targets: Record<string, (text: string, bytes: Buffer) => unknown> = {
    decodeWords: (text) => decodeWords(text),
    readAddresses: (text) => readAddresses(text),
    readParameters: (text) => [
      readParameters(text),
      readParameters(`a/b;x=${text}`),
      readParameters(`a/b;x*=${text}`),
    ],
    readDate: (text) => readDate(text),
    readMessageIds: (text) => readMessageIds(text, 100),
    readHeaders: (_, bytes) => readHeaders(bytes, 0, bytes.length),
    scanStructure: (_, bytes) => scanStructure(bytes),
    viewText: (_, bytes) => viewMessage(Buffer.concat([Buffer.from('Subject: x\n\n'), bytes])),
    viewHtml: (_, bytes) => viewMessage(Buffer.concat([Buffer.from('Content-Type: text/html\n\n'), bytes])),
    findLinks: (text) => findLinks(text),
    readLines: (text) => [makePreview(readFixed(text)), readFlowed(text, true)],
    htmlToText: (text) => htmlToText(text, 1e6, true),
    isWithinLimits: (text) => isWithinLimits(text, { ...normalHtml, characters: 1e9 }),
    cleanName: (text) => [cleanName(text), contentDisposition('attachment', text)],
    cleanHref: (text) => [
      cleanHref(text),
      cleanHref(`http://${text}`),
      cleanHref(`mailto:${text.slice(0, 8_000)}`),
    ],
    claimedHost: (text) => [claimedHost(text), claimedHost(text.slice(0, 500))],
    cleanStyle: (text) => [
      cleanStyle(text),
      cleanStyle(text.slice(0, 16_000)),
      cleanStyle(`color:${text.slice(0, 16_000)}`),
    ],
    isCanonical: (text) =>
      [
        '',
        '<p title="',
        '<p style="',
        '<p class="m-',
        '<a href="http://',
        '<img src="/i/',
        '<style>',
        '<',
      ].map((start) => {
        const style = text.slice(0, 16_000);
        const approved = { css: text, styles: new Set([style]), pictures: new Set([text]) };
        return isCanonical(`<div class="m-body">${start}${text}"></p></div>`, approved);
      }),
    isCanonicalStyle: (text) => [isCanonicalStyle(text), isCanonicalStyle(`color:${text}`)],
    isCanonicalSheet: (text) => [isCanonicalSheet(text), isCanonicalSheet(`.m-body ${text}{color:${text}}`)],
    cleanSheet: (text) => [cleanSheet(text), cleanSheet(text.slice(0, 200_000))],
  };
  for (const [name, run] of Object.entries(targets))
    it(`${name} takes 1 MB of anything`, () => {
      for (const piece of pieces) {
        const text = piece.repeat(Math.ceil(1_000_000 / piece.length));
        const bytes = Buffer.from(text, 'latin1');
        const took = cpuTime(() => run(text, bytes));
        assert.ok(took < 700, `${JSON.stringify(piece)} took ${took} ms`);
      }
    });
});
