// The grammar of cleaned HTML, the second wall of the cleaner, by itself: what is in it and what is not; and that nothing
// which it accepts, made by the first wall or not, breaks a rule or would be touched by DOMPurify.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseFragment, serialize } from 'parse5';
import { type Approved, isCanonical } from '../../server/message/canonical.ts';
import { isCanonicalSheet, isCanonicalStyle } from '../../server/message/canonical-css.ts';
import { cleanMessage } from '../../server/message/clean.ts';
import { purify } from '../support/cleaned.ts';
import { checkCleaned, htmlMessage, noCorpus, readVectors } from '../support/messages.ts';

const approved: Approved = {
  css: '.m-body p{color:red}',
  styles: new Set(['color:red', 'position:fixed', 'font-family:"a b"']),
  pictures: new Set([
    '/i/T',
    'data:image/png;base64,AA==',
    '//x.test/a.png',
    'data:image/svg+xml;base64,AA==',
  ]),
};
const inRoot = (html: string): string => `<div class="m-body">${html}</div>`;

describe('the grammar of cleaned HTML', () => {
  const accepted = [
    '',
    'words &amp; &lt;b&gt; &nbsp;"\n\tmore é\u{1f600}',
    '<p>one<br>two</p><table width="9"><tbody><tr><td align="left">x</td></tr></tbody></table>',
    '<style>.m-body p{color:red}</style><p>x</p>',
    '<p style="color:red" class="m-a m-id-b" title="a &lt;b&gt;">x</p>',
    '<p style="font-family:&quot;a b&quot;">x</p>',
    '<a href="https://x.test/?a=1&amp;b=%22" target="_blank" rel="noopener noreferrer nofollow">x</a>',
    '<a href="mailto:a b@x.test?subject=y" target="_blank" rel="noopener noreferrer nofollow">x</a>',
    '<img src="/i/T" alt="x"><img src="data:image/png;base64,AA==">',
  ];
  for (const html of accepted)
    it(`has ${html}`, () => {
      assert.equal(isCanonical(inRoot(html), approved), true);
      assert.equal(purify(inRoot(html), approved), inRoot(html), 'DOMPurify agrees');
    });

  const refused: Record<string, string[]> = {
    'elements that are not allowed': [
      '<script>x</script>',
      '<svg></svg>',
      '<form></form>',
      '<noscript></noscript>',
      '<template></template>',
      '<x-y></x-y>',
      '<textarea></textarea>',
    ],
    'comments, declarations, capital letters, a bare bracket': [
      '<!---->',
      '<!doctype html>',
      '<?xml?>',
      '<![CDATA[x]]>',
      '<P></P>',
      'a < b',
      'a > b',
      '<',
      '</',
      '<p',
      '<p/>',
      '<p >x</p>',
    ],
    'what is not closed, closed twice or closed in another order': [
      '<p>',
      '</p>',
      '<b><i></b></i>',
      '</div><div class="m-body">',
      '</div>',
      '<br></br>',
    ],
    'references and characters that a serialiser does not write': [
      '&',
      '&amp',
      '&#60;',
      '&nbsp',
      '&quot;',
      '&copy;',
      '\u0000',
      '\r',
      '\u001b',
      '\u007f',
      '\ud800',
    ],
    'attributes without quotes, twice, unknown, of other values': [
      '<p dir=ltr>x</p>',
      "<p dir='ltr'>x</p>",
      '<p dir="ltr" dir="rtl">x</p>',
      '<p  dir="ltr">x</p>',
      '<p dir="ltr"lang="en">x</p>',
      '<p onclick="x">x</p>',
      '<p id="x">x</p>',
      '<p width="9;">x</p>',
      '<p title="a<b">x</p>',
      '<p title="--&gt;">x</p>',
      '<p title="&lt;/style">x</p>',
      '<p class="a">x</p>',
      '<p class="m-a  m-b">x</p>',
      '<p dir="ltr>x</p>',
    ],
    'links that are none, or lead out of the frame': [
      '<a href="javascript:x" target="_blank" rel="noopener noreferrer nofollow">x</a>',
      '<a href="//x.test" target="_blank" rel="noopener noreferrer nofollow">x</a>',
      '<a href="https://x.test/a b" target="_blank" rel="noopener noreferrer nofollow">x</a>',
      '<a href="https://x.test/" rel="noopener noreferrer nofollow">x</a>',
      '<a href="https://x.test/" target="_self" rel="noopener noreferrer nofollow">x</a>',
      '<a href="https://x.test/" target="_blank">x</a>',
      '<a title="x">x</a>',
      '<a href="https://X.test" target="_blank" rel="noopener noreferrer nofollow">x</a>',
      '<p href="https://x.test/" target="_blank" rel="noopener noreferrer nofollow">x</p>',
    ],
    'pictures that nobody approved, or that are elsewhere although approved': [
      '<img src="/i/U">',
      '<img src="https://x.test/a.png">',
      '<img src="//x.test/a.png">',
      '<img src="data:image/svg+xml;base64,AA==">',
      '<p src="/i/T">x</p>',
    ],
    'styles that nobody approved, or that are harmful although approved': [
      '<p style="color:blue">x</p>',
      '<p style="position:fixed">x</p>',
      '<style>p{color:red}</style>',
      '<p>x</p><style>.m-body p{color:red}</style><p><style>.m-body p{color:red}</style></p>',
      '<style>.m-body p{color:red}</style><style>.m-body p{color:red}</style>',
      '<style type="text/css">.m-body p{color:red}</style>',
    ],
  };
  for (const [name, list] of Object.entries(refused))
    it(`does not have ${name}`, () => {
      for (const html of list) assert.equal(isCanonical(inRoot(html), approved), false, html);
    });
  it('has one root of ours around everything, and nothing too deep', () => {
    for (const html of [
      '',
      'x',
      '<p>x</p>',
      `${inRoot('x')} `,
      inRoot('x') + inRoot('x'),
      '<div class="m-body">',
    ])
      assert.equal(isCanonical(html, approved), false, html);
    assert.equal(isCanonical(inRoot('<b>'.repeat(300) + '</b>'.repeat(300)), approved), false);
  });
});

describe('the grammar of cleaned CSS', () => {
  const styles: [string, boolean][] = [
    ['color:red', true],
    ['color:rgb(1,2,3);font:12px/1.5 Arial,"x y"', true],
    ['background:linear-gradient(90deg,red,#fff 50%);width:calc(100% - 2px)', true],
    ['', false],
    ['color:red;', false],
    ['position:fixed', false],
    ['--x:1', false],
    ['color:var(--x)', false],
    ['background:url(x)', false],
    ['background:URL(x)', false],
    ['background:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaargb(1)', false],
    ['background:u\\72l(x)', false],
    ['background:http://x', false],
    ['color:red/*x*/', false],
    ['color:red!important', false],
    ['color:red}p{color:red', false],
    ['color:<', false],
    ['margin:-1px', false],
    ['margin:calc(0px - 1px)', false],
    ['width:10vw', false],
    ['height:100dvh', false],
  ];
  for (const [style, wanted] of styles)
    it(`${wanted ? 'has' : 'does not have'} the style ${style}`, () =>
      assert.equal(isCanonicalStyle(style), wanted));
  const sheets: [string, boolean][] = [
    ['', true],
    ['.m-body p{color:red}\n.m-body>.m-a:hover,.m-body{color:red}', true],
    ['@media (max-width:600px){.m-body p{color:red}\n.m-body b{color:red}}\n.m-body{color:red}', true],
    ['p{color:red}', false],
    ['.m-bodyx{color:red}', false],
    ['.m-body+p{color:red}', false],
    ['.m-body p,p{color:red}', false],
    ['.m-body a[href]{color:red}', false],
    ['.m-body :not(p){color:red}', false],
    ['.m-body p{color:red', false],
    ['.m-body p{}', false],
    ['.m-body p{color:red}}', false],
    ['@import "x";', false],
    ['@font-face{src:x}', false],
    ['@media (x){@media (x){.m-body p{color:red}}}', false],
    ['@media (x){.m-body p{color:red}', false],
    ['@media url(x){.m-body p{color:red}}', false],
  ];
  for (const [sheet, wanted] of sheets)
    it(`${wanted ? 'has' : 'does not have'} the sheet ${sheet}`, () =>
      assert.equal(isCanonicalSheet(sheet), wanted));
});

describe('cleaned vectors, cut and mixed with markup that attacks', { skip: noCorpus }, () => {
  const vectors = readVectors().filter(({ html }) => html.length < 3_000);
  const cleaned = vectors.flatMap(({ html }) => {
    const result = cleanMessage(htmlMessage(html), { inlineAddress: { prefix: '/i/', tokens: {} } });
    return result.ok && !result.html.includes('<style>') && result.html.length > 40 ? [result.html] : [];
  });
  const pieces = (
    '< > " \' = & ; / <p> </p> <b> </b> <td> </table> <a> </div> <br> <svg> <style> </style> <script>x</script> <math> ' +
    '<pre> <li> <img> <!-- --> ]]> &lt; &gt; &amp; &quot; &#60; &nbsp; src="//x" href="javascript:x" onload="x" id="x" \u0000 ' +
    '<b>x</b> <p>x</p> <i></i> <table></table> <small>x</small> <pre>\n\n</pre> <ul><li>x</li></ul> <hr> <div></div> <s><p>x</p></s> ' +
    '&lt;script&gt; ]]&gt; --&gt; x'
  ).split(' ');
  const attributes = (
    'title="x" title="&lt;b&gt;" title="--&gt;" alt="x&quot;y" style="color:red" style="position:fixed" dir="ltr" lang="x" ' +
    'class="m-a" class="a" id="x" width="1" onload="x" src="x" href="https://x.test/" nowrap="" color="javascript:x"'
  ).split(' ');
  const styles = new Set(
    cleaned.flatMap((html) =>
      [...html.matchAll(/ style="([^"]*)"/g)].map(([, one]) => one!.replaceAll('&quot;', '"')),
    ),
  );
  const place = fc.nat(1_000_000);
  const change = fc.oneof(
    // Between two tokens, into a tag, anywhere.
    fc.record({
      place,
      beside: fc.constant(/(?=<)|(?<=>)/g),
      cut: fc.constant(0),
      piece: fc.constantFrom(...pieces),
    }),
    fc.record({
      place,
      beside: fc.constant(/(?<=<[a-z][a-z0-9]*)(?=[ >])/g),
      cut: fc.constant(0),
      piece: fc.constantFrom(...attributes.map((one) => ` ${one}`)),
    }),
    fc.record({
      place,
      beside: fc.constant(/(?:)/g),
      cut: fc.nat(2),
      piece: fc.constantFrom(...pieces, ' ', ''),
    }),
  );
  const letter = fc.tuple(fc.constantFrom(...cleaned), fc.array(change, { minLength: 1, maxLength: 3 }));
  it('are in the grammar only when no rule is broken and DOMPurify leaves them as they are', () => {
    const runs = Number(process.env.FACTEUR_FUZZ ?? 5_000);
    let [accepted, compared] = [0, 0];
    const judge = fc.property(letter, ([html, changes]) => {
      let mixed = html;
      for (const { place: where, beside, cut, piece } of changes) {
        const places = [...mixed.matchAll(beside)];
        const at = places[where % Math.max(1, places.length)]?.index ?? 0;
        mixed = mixed.slice(0, at) + piece + mixed.slice(at + cut);
      }
      const own = { css: '', styles, pictures: new Set<string>() };
      if (!isCanonical(mixed, own)) return;
      accepted++;
      assert.deepEqual(checkCleaned(mixed), [], mixed);
      // Elements that a parser would put elsewhere are for the cleaner to see: it parses what it gives once more.
      if (serialize(parseFragment(mixed)) !== mixed) return;
      compared++;
      assert.equal(purify(mixed, own), mixed);
    });
    fc.assert(judge, { numRuns: runs, endOnFailure: true });
    assert.ok(compared > runs / 20, `${accepted} accepted, ${compared} compared, of ${runs}`);
    if (process.env.FACTEUR_FUZZ)
      process.stdout.write(`${accepted} accepted, ${compared} compared, of ${runs}\n`);
  });
});
