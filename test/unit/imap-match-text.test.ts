// SEARCH HEADER, BODY and TEXT in one message (RFC 9051 6.4.4): decoded, in any case, limits.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matchMessage } from '../../server/message/imap/match-text.ts';
import type { TextKey } from '../../server/message/imap/search-text.ts';
import { bombs } from '../hostile/bombs.ts';
import { cpuTime, message } from '../support/messages.ts';

const body = (text: string): TextKey => ({ key: 'body', text });
const text = (words: string): TextKey => ({ key: 'text', text: words });
const header = (field: string, words: string): TextKey => ({ key: 'header', field, text: words });

const mail = message(
  'From: =?utf-8?Q?J=C3=B6rg?= <joerg@a.test>',
  'Subject: two',
  ' lines',
  'Subject: second',
  'X-Empty:',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  'preamble',
  '--b',
  'Content-Type: text/plain; charset=utf-8',
  'Content-Transfer-Encoding: base64',
  'Content-Description: described',
  '',
  Buffer.from('Stra\u00dfe und \u00c4pfel').toString('base64'),
  '--b',
  'Content-Type: text/html; charset=iso-8859-1',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  '<p title=3D"hidden">caf=E9 <b>bo</b>ld',
  '--b',
  'Content-Type: application/octet-stream',
  '',
  'attached',
  '--b',
  'Content-Type: message/rfc822',
  '',
  'Subject: forwarded',
  '',
  'inner',
  '--b--',
);

describe('a message matches', () => {
  const cases: readonly [TextKey, boolean][] = [
    [header('from', 'j\u00d6rg'), true],
    [header('FROM', 'JOERG@A'), true],
    [header('from', '=?utf-8'), false],
    [header('subject', 'two lines'), true],
    [header('subject', 'second'), true],
    [header('x-empty', ''), true],
    [header('x-none', ''), false],
    [header('to', 'a'), false],
    [body('strasse'), true],
    [body('\u00e4PFEL'), true],
    [body('caf\u00c9'), true],
    [body('caf\u00e8'), false],
    [body('bold'), true],
    [body('<b>bo'), false],
    [body('attached'), false],
    [body('preamble'), false],
    [body('inner'), true],
    [body('forwarded'), true],
    [body('described'), false],
    [body('two lines'), false],
    [body(''), true],
    [text('two lines'), true],
    [text('Subject: two'), true],
    [text('described'), true],
    [text('bold'), true],
    [text('nowhere'), false],
    [text(''), true],
  ];
  for (const [key, expected] of cases)
    it(`${JSON.stringify(key)}: ${expected}`, () => assert.deepEqual(matchMessage(mail, [key]), [expected]));
  it('each key by itself, all in one reading', () => {
    assert.deepEqual(
      matchMessage(
        mail,
        cases.map(([key]) => key),
      ),
      cases.map(([, expected]) => expected),
    );
  });
});

describe('every bomb', () => {
  it('is searched within the time of a worker', () => {
    for (const { name, make } of bombs) {
      const bomb = make(1);
      const took = cpuTime(() =>
        matchMessage(bomb, [text('nowhere \u00e4'), body('x y z'), header('to', 'q')]),
      );
      assert.ok(took < 2_000, `${name}: ${took} ms`);
    }
  });
});
