// The MIME tree, the choice of bodies, the summary and the view of a message.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fallbackView } from '../../server/message/fallback.ts';
import { findPart, partBytes, type ScannedPart, scanStructure } from '../../server/message/structure.ts';
import { summarise, viewMessage } from '../../server/message/view.ts';
import { message } from '../support/messages.ts';

/** The tree as one line: number type(children). */
function tree(part: ScannedPart): string {
  const inner = part.parts.map(tree).join(' ');
  return `${part.number} ${part.type}${inner === '' ? '' : `(${inner})`}`;
}
const shape = (...lines: string[]): string => tree(scanStructure(message(...lines)).root);

describe('structure', () => {
  it('numbers the parts of a multipart from 1', () => {
    assert.equal(
      shape(
        'Content-Type: multipart/mixed; boundary=b',
        '',
        'preamble',
        '--b',
        '',
        'one',
        '--b',
        'Content-Type: image/png',
        '',
        'x',
        '--b--',
        'epilogue',
      ),
      'TEXT multipart/mixed(1 text/plain 2 image/png)',
    );
  });
  it('takes a single part as 1 and a broken type as text/plain', () => {
    assert.equal(shape('Subject: x', '', 'body'), '1 text/plain');
    assert.equal(shape('Content-Type: garbage', '', 'body'), '1 text/plain');
    assert.equal(shape('Content-Type: text', '', 'body'), '1 text/plain');
  });
  it('numbers the parts of a forwarded message below it', () => {
    const forwarded = [
      'Content-Type: multipart/mixed; boundary=a',
      '',
      '--a',
      '',
      'text',
      '--a',
      'Content-Type: message/rfc822',
      '',
    ];
    assert.equal(
      shape(...forwarded, 'Subject: inner', '', 'inner text', '--a--'),
      'TEXT multipart/mixed(1 text/plain 2 message/rfc822(2.1 text/plain))',
    );
    assert.equal(
      shape(
        ...forwarded,
        'Content-Type: multipart/alternative; boundary=i',
        '',
        '--i',
        '',
        'p',
        '--i',
        'Content-Type: text/html',
        '',
        'h',
        '--i--',
        '--a--',
      ),
      'TEXT multipart/mixed(1 text/plain 2 message/rfc822(2.TEXT multipart/alternative(2.1 text/plain 2.2 text/html)))',
    );
  });
  it('does not take a longer or shorter line for the boundary', () => {
    assert.equal(
      shape('Content-Type: multipart/mixed; boundary=ab', '', '--ab', '', 'one', '--abc', '--a', '--ab--'),
      'TEXT multipart/mixed(1 text/plain)',
    );
  });
  it('gives the line end before a boundary to the boundary', () => {
    for (const eol of ['\n', '\r\n']) {
      const bytes = Buffer.from(
        ['Content-Type: multipart/mixed; boundary=b', '', '--b', '', 'one', '', '--b--', ''].join(eol),
      );
      const { root, broken } = scanStructure(bytes);
      assert.equal(partBytes(bytes, findPart(root, '1')!).toString(), `one${eol}`);
      assert.equal(broken, false);
    }
  });
  it('ends unclosed inner multiparts at the boundary of the outer one', () => {
    const bytes = message(
      'Content-Type: multipart/mixed; boundary=o',
      '',
      '--o',
      'Content-Type: multipart/mixed; boundary=i',
      '',
      '--i',
      '',
      'inner',
      '--o',
      '',
      'outer',
      '--o--',
    );
    const { root, broken } = scanStructure(bytes);
    assert.equal(tree(root), 'TEXT multipart/mixed(1 multipart/mixed(1.1 text/plain) 2 text/plain)');
    assert.equal(partBytes(bytes, findPart(root, '1.1')!).toString(), 'inner');
    assert.equal(broken, true);
  });
  it('shows the content of a multipart without boundary as text', () => {
    assert.equal(shape('Content-Type: multipart/mixed', '', 'words'), '1 text/plain');
    assert.equal(shape('Content-Type: multipart/mixed; boundary=b', '', 'words'), '1 text/plain');
  });
  it('offers an encoded multipart as one opaque part (two readings of it are not)', () => {
    assert.equal(
      shape(
        'Content-Type: multipart/mixed; boundary=b',
        'Content-Transfer-Encoding: base64',
        '',
        '--b',
        '',
        'x',
        '--b--',
      ),
      '1 application/octet-stream',
    );
  });
  it('counts the first of two Content-Type fields', () => {
    assert.equal(
      shape('Content-Type: text/plain', 'Content-Type: text/html', '', '<b>x</b>'),
      '1 text/plain',
    );
  });
  it('takes parts of a digest as messages', () => {
    assert.equal(
      shape('Content-Type: multipart/digest; boundary=b', '', '--b', '', 'Subject: x', '', 'y', '--b--'),
      'TEXT multipart/digest(1 message/rfc822(1.1 text/plain))',
    );
  });
});

describe('view', () => {
  const alternative = message(
    'From: Ann <ann@example.org>',
    'Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=',
    'Content-Type: multipart/related; boundary=r',
    '',
    '--r',
    'Content-Type: multipart/alternative; boundary=a',
    '',
    '--a',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'plain words',
    '--a',
    'Content-Type: text/html',
    '',
    '<p>html words <img src="cid:pic@x"><img src="http://remote.test/x.png">',
    '--a--',
    '--r',
    'Content-Type: image/png',
    'Content-ID: <pic@x>',
    'Content-Transfer-Encoding: base64',
    '',
    'iVBORw0KGgo=',
    '--r',
    'Content-Type: application/pdf',
    'Content-Disposition: attachment',
    '',
    '%PDF-',
    '--r--',
  );
  it('shows one form of an alternative and lists the rest', () => {
    const view = viewMessage(alternative);
    assert.equal(view.subject, 'Grüße');
    assert.equal(view.plainText, 'plain words');
    assert.deepEqual(
      [view.hasText, view.hasHtml, view.remotePictures, view.hasAttachment],
      [true, true, 1, true],
    );
    assert.deepEqual(
      view.attachments.map(({ part, name, inline, size }) => [part, name, inline, size]),
      [
        ['2', 'part-2.png', true, 8],
        ['3', 'part-3.pdf', false, 5],
      ],
    );
    assert.deepEqual(view.notes, []);
  });
  it('summarises the same message in the same words', () => {
    const summary = summarise(alternative);
    assert.equal(summary.preview, 'plain words');
    assert.equal(summary.hasAttachment, true);
    assert.deepEqual(summary.from, [{ name: 'Ann', address: 'ann@example.org' }]);
  });
  it('takes the text when the HTML beside it shows nothing, and only then', () => {
    const both = (text: string, html: string): readonly boolean[] => {
      const view = viewMessage(
        message(
          'Content-Type: multipart/alternative; boundary=b',
          '',
          '--b',
          '',
          text,
          '--b',
          'Content-Type: text/html',
          '',
          html,
          '--b--',
        ),
      );
      return [view.hasText, view.hasHtml];
    };
    const nothing = [
      '',
      '<html><head><title>Untitled</title><style>p{color:red}</style></head><body lang="RU">\n</body></html>',
      '<p>&nbsp;</p><div><br></div>&zwnj;&#8203;<table><tr><td></td></tr></table><!-- words -->',
    ];
    for (const html of nothing) {
      assert.deepEqual(both('toto', html), [true, false], html);
      assert.deepEqual(both(' \n', html), [true, true], 'nothing is no better than nothing');
    }
    for (const html of [
      '<p>words</p>',
      '<hr>',
      '<img src="cid:x">',
      '<img src="https://a.test/1.png">',
      '<body background="https://a.test/1.png">',
      '<svg><rect/></svg>',
      '<li></li>',
    ])
      assert.deepEqual(both('toto', html), [true, true], html);
    const alone = viewMessage(message('Content-Type: text/html', '', '<p></p>'));
    assert.deepEqual([alone.hasText, alone.hasHtml], [false, true]);
  });
  it('makes text of a mail that has only HTML', () => {
    const view = viewMessage(
      message(
        'Content-Type: text/html',
        '',
        '<style>x</style><p>One<br>two</p><blockquote>q</blockquote><a href="http://x.test/">go</a>',
      ),
    );
    assert.equal(view.plainText, 'One\ntwo\n\n> q\n\ngo <http://x.test/>');
    assert.equal(view.hasText, false);
  });
  it('names a forwarded message by its subject', () => {
    const view = viewMessage(
      message(
        'Content-Type: multipart/mixed; boundary=b',
        '',
        '--b',
        '',
        'see',
        '--b',
        'Content-Type: message/rfc822',
        '',
        'Subject: The plan',
        '',
        'x',
        '--b--',
      ),
    );
    assert.equal(view.attachments[0]!.name, 'The plan.eml');
  });
  it('says that a message could not be read whole, and that fields stand twice', () => {
    assert.deepEqual(viewMessage(message('Content-Type: multipart/mixed; boundary=b', '', 'x')).notes, [
      'broken',
    ]);
    assert.deepEqual(viewMessage(message('From: a@b', 'From: c@d', '', 'x')).notes, ['duplicates']);
  });
  it('offers both parts of an encrypted message as files', () => {
    const view = viewMessage(
      message(
        'Content-Type: multipart/encrypted; boundary=b',
        '',
        '--b',
        'Content-Type: application/pgp-encrypted',
        '',
        'Version: 1',
        '--b',
        'Content-Type: application/octet-stream',
        '',
        'x',
        '--b--',
      ),
    );
    assert.deepEqual(
      [view.hasText, view.attachments.length, view.protection],
      [false, 2, { kind: 'encrypted', by: 'openpgp', signer: '', part: '' }],
    );
  });
  it('reads the list address of List-Post', () => {
    assert.equal(
      viewMessage(message('List-Post: <mailto:list@example.org?x>', '', '')).listPost,
      'list@example.org',
    );
    assert.equal(viewMessage(message('List-Post: NO', '', '')).listPost, '');
  });
  it('survives the empty message, one byte and only line ends', () => {
    for (const text of ['', 'x', '\r\n', '\n\n', ':', 'a:'])
      assert.equal(viewMessage(Buffer.from(text)).hasHtml, false);
  });
  it('falls back to headers and raw text', () => {
    const view = fallbackView(message('Subject: x', 'From: a@b.test', '', 'raw <b>words</b>'));
    assert.equal(view.subject, 'x');
    assert.deepEqual(view.blocks, [{ depth: 0, signature: false, runs: [{ text: 'raw <b>words</b>' }] }]);
    assert.deepEqual(view.notes, ['broken']);
  });
});
