// HTML of our own editor on its way out (spec/webmail.md 4.4, security.md H7): what was written stays, what was pasted
// along goes, and the text beside it says the same.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { WrittenOptions } from '../../server/message/types.ts';
import { cleanWritten } from '../../server/message/written.ts';

const options: WrittenOptions = {
  pictures: [{ address: '/compose/file/D/a1', contentId: 'one@x' }],
  use: 'mail',
};
const clean = (html: string, more: Partial<WrittenOptions> = {}) =>
  cleanWritten(html, { ...options, ...more })!;

describe('what was written', () => {
  test('keeps fonts, sizes, colours, lists, links, tables and quotes', () => {
    const html =
      '<div style="text-align:center"><b>Hi</b> <span style="color:#c00;font-family:Georgia, serif">red</span></div>' +
      '<ol><li>one</li><li>two</li></ol><blockquote type="cite"><a href="https://example.org/">there</a></blockquote>' +
      '<table><tbody><tr><td bgcolor="#eeeeee">cell</td></tr></tbody></table>';
    assert.equal(clean(html).html, html.replace('Georgia, serif', 'Georgia,serif'));
  });

  test('loses scripts, handlers, classes, ids, forms, remote pictures and links that are none', () => {
    const { html } = clean(
      '<p class="x" id="y" onclick="a()">a<script>b</script><img src="https://example.org/t.png" alt="cat">' +
        '<img src="//example.org/p.gif"><a href="javascript:x">c</a><svg><script>d</script></svg><input value="e"></p>',
    );
    assert.equal(html, '<p>a<span>cat</span>c</p>');
  });

  test('has its own pictures by Content-ID in mail and by address in the editor, and no others', () => {
    const html =
      '<img src="/compose/file/D/a1?seed=x"><img src="cid:one@x"><img src="cid:other"><img src="/i/abc">';
    assert.equal(clean(html).html, '<img src="cid:one@x"><img src="cid:one@x">');
    assert.deepEqual(clean(html).pictures, ['one@x']);
    assert.equal(
      clean(html, { use: 'editor' }).html,
      '<img src="/compose/file/D/a1"><img src="/compose/file/D/a1">',
    );
  });

  test('the mark of a signature stays in the editor and never leaves', () => {
    const html = '<div data-signature="x">Alice</div>';
    assert.equal(clean(html, { use: 'editor' }).html, '<div data-signature="">Alice</div>');
    assert.equal(clean(html).html, '<div>Alice</div>');
  });

  test('reads as text: lines, numbered lists, link targets, quotes with marks, the separator with its blank', () => {
    const { text } = clean(
      '<div>Hello<br></div><div><br></div><ol><li>one<li>two</ol><ul><li>dot</ul><div>See <a href="https://example.org/">this</a></div>' +
        '<blockquote type="cite"><div>old</div><blockquote><div>older</div></blockquote></blockquote><div>-- </div><div>Alice</div>',
    );
    assert.equal(
      text,
      'Hello\n\n1. one\n2. two\n\n* dot\n\nSee this <https://example.org/>\n\n> old\n>\n>> older\n\n-- \nAlice',
    );
  });

  test('more than any letter holds is refused in little time', () => {
    const begun = performance.now();
    assert.equal(cleanWritten('<div>'.repeat(20_000), options), undefined);
    assert.equal(cleanWritten('x'.repeat(3 * 1024 * 1024), options), undefined);
    assert.ok(performance.now() - begun < 2000);
  });
});
