// The hostile message generator (security.md 14), the subset that unit-sized tests need: deterministic, each bomb a
// name and a function that makes its bytes. `scale` multiplies counts; 1 is the small set.

export interface Bomb {
  readonly name: string;
  make(scale: number): Buffer;
}

const text = (head: string, body: string): Buffer =>
  Buffer.from(`From: a@b.test\nSubject: bomb\n${head}\n\n${body}`, 'latin1');
const html = (body: string): Buffer => text('Content-Type: text/html', body);
const header = (field: string): Buffer => Buffer.from(`${field}\nSubject: bomb\n\nbody\n`, 'latin1');
const many = (count: number, make: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => make(i)).join('');

function nested(depth: number, type: (i: number) => string, boundary: (i: number) => string): Buffer {
  return Buffer.from(
    `Subject: bomb\n${many(depth, (i) => `Content-Type: ${type(i)}; boundary="${boundary(i)}"\n\n--${boundary(i)}\n`)}\ninnermost\n`,
    'latin1',
  );
}

const mixedTypes = ['mixed', 'alternative', 'related', 'digest', 'signed'];

/** All bombs. */
export const bombs: readonly Bomb[] = [
  {
    name: 'depth-own-boundaries',
    make: (s) =>
      nested(
        1_000 * s,
        () => 'multipart/mixed',
        (i) => `b${i}`,
      ),
  },
  {
    name: 'depth-same-boundary',
    make: (s) =>
      nested(
        1_000 * s,
        () => 'multipart/mixed',
        () => 'b',
      ),
  },
  {
    name: 'depth-alternating',
    make: (s) =>
      nested(
        1_000 * s,
        (i) => `multipart/${mixedTypes[i % 5]}`,
        (i) => `b${i}`,
      ),
  },
  {
    name: 'depth-rfc822',
    make: (s) => Buffer.from(`Subject: bomb\n${'Content-Type: message/rfc822\n\n'.repeat(1_000 * s)}\nx`),
  },
  {
    name: 'parts-empty',
    make: (s) => text('Content-Type: multipart/mixed; boundary=b', '--b\n\n'.repeat(10_000 * s)),
  },
  {
    name: 'parts-one-byte',
    make: (s) => text('Content-Type: multipart/mixed; boundary=b', '--b\n\nx\n'.repeat(10_000 * s)),
  },
  {
    name: 'related-cids',
    make: (s) =>
      text(
        'Content-Type: multipart/related; boundary=b',
        `--b\nContent-Type: text/html\n\n${many(2_000 * s, (i) => `<img src=cid:${i}>`)}\n${many(2_000 * s, (i) => `--b\nContent-Type: image/png\nContent-ID: <${i}>\n\nx\n`)}`,
      ),
  },
  {
    name: 'boundary-prefixes',
    make: (s) =>
      nested(
        100 * s,
        () => 'multipart/mixed',
        (i) => 'a'.repeat(i + 1),
      ),
  },
  {
    name: 'boundary-regex',
    make: () =>
      text('Content-Type: multipart/mixed; boundary="(.*)+[a-z]{1,99}$"', '--(.*)+[a-z]{1,99}$\n\nx\n'),
  },
  {
    name: 'boundary-long',
    make: (s) =>
      text(
        `Content-Type: multipart/mixed; boundary="${'b'.repeat(100_000 * s)}"`,
        `--${'b'.repeat(100_000 * s)}\n\nx`,
      ),
  },
  {
    name: 'boundary-almost',
    make: (s) =>
      text('Content-Type: multipart/mixed; boundary=bbbbbbbbbb', '--bbbbbbbbb\n'.repeat(100_000 * s)),
  },
  {
    name: 'boundary-closed-first',
    make: () => text('Content-Type: multipart/mixed; boundary=b', '--b--\n--b\n\nx\n'),
  },
  { name: 'headers-many', make: (s) => header(many(50_000 * s, (i) => `X-${i}: y\n`).trimEnd()) },
  { name: 'header-long', make: (s) => header(`X: ${'y'.repeat(2_000_000 * s)}`) },
  { name: 'header-continuations', make: (s) => header(`X: y${'\n y'.repeat(300_000 * s)}`) },
  { name: 'header-no-end', make: (s) => Buffer.from('X: y\n'.repeat(400_000 * s)) },
  { name: 'addresses', make: (s) => header(`To: ${'a@b.test, '.repeat(50_000 * s)}`) },
  { name: 'addresses-parentheses', make: (s) => header(`To: ${'('.repeat(100_000 * s)}`) },
  { name: 'addresses-quotes', make: (s) => header(`To: ${'"\\'.repeat(100_000 * s)}`) },
  { name: 'addresses-groups', make: (s) => header(`To: ${'g:'.repeat(50_000 * s)}`) },
  { name: 'addresses-angles', make: (s) => header(`To: ${'<'.repeat(100_000 * s)}`) },
  { name: 'words', make: (s) => header(`X: ${'=?utf-8?Q?a?= '.repeat(10_000 * s)}`) },
  { name: 'words-open', make: (s) => header(`X: ${'=?utf-8?Q?'.repeat(10_000 * s)}`) },
  { name: 'word-charset', make: (s) => header(`X: =?${'a'.repeat(100_000 * s)}?Q?a?=`) },
  {
    name: 'rfc2231-ordered',
    make: (s) => header(`Content-Type: text/plain${many(20_000 * s, (i) => `; name*${i}=x`)}`),
  },
  { name: 'rfc2231-same', make: (s) => header(`Content-Type: text/plain${'; name*0=x'.repeat(20_000 * s)}`) },
  {
    name: 'parameters',
    make: (s) => header(`Content-Type: text/plain${many(20_000 * s, (i) => `; p${i}=x`)}`),
  },
  { name: 'date-digits', make: (s) => header(`Date: ${'1'.repeat(100_000 * s)}`) },
  { name: 'date-comments', make: (s) => header(`Date: ${'('.repeat(10_000 * s)}`) },
  { name: 'references', make: (s) => header(`References: ${many(20_000 * s, (i) => `<${i}@x> `)}`) },
  {
    name: 'base64-lines-of-one',
    make: (s) => text('Content-Transfer-Encoding: base64', 'Y\n'.repeat(500_000 * s)),
  },
  {
    name: 'base64-padding',
    make: (s) => text('Content-Transfer-Encoding: base64', 'YQ==\n'.repeat(300_000 * s)),
  },
  {
    name: 'qp-equals',
    make: (s) => text('Content-Transfer-Encoding: quoted-printable', '='.repeat(2_000_000 * s)),
  },
  {
    name: 'qp-blanks',
    make: (s) => text('Content-Transfer-Encoding: quoted-printable', '=  '.repeat(500_000 * s)),
  },
  {
    name: 'qp-spaces',
    make: (s) => text('Content-Transfer-Encoding: quoted-printable', ' '.repeat(2_000_000 * s)),
  },
  {
    name: 'iso-2022-jp',
    make: (s) => text('Content-Type: text/plain; charset=iso-2022-jp', '\x1b$B\x1b(B'.repeat(100_000 * s)),
  },
  {
    name: 'utf-7',
    make: (s) => text('Content-Type: text/plain; charset=utf-7', '+AGE-'.repeat(100_000 * s)),
  },
  { name: 'nul', make: (s) => text('Content-Type: text/plain', '\0'.repeat(2_000_000 * s)) },
  {
    name: 'flowed-quotes',
    make: (s) => text('Content-Type: text/plain; format=flowed', '>'.repeat(50_000 * s)),
  },
  { name: 'empty-lines', make: (s) => text('', '\n'.repeat(1_000_000 * s)) },
  { name: 'one-line', make: (s) => text('', 'x'.repeat(5_000_000 * s)) },
  { name: 'urls', make: (s) => text('', 'http://a.test/ '.repeat(20_000 * s)) },
  { name: 'url-labels', make: (s) => text('', `http://${'a.'.repeat(100_000 * s)}`) },
  { name: 'at-signs', make: (s) => text('', 'a@'.repeat(250_000 * s)) },
  { name: 'less-than', make: (s) => html('<'.repeat(500_000 * s)) },
  { name: 'html-div', make: (s) => html('<div>'.repeat(20_000 * s)) },
  { name: 'html-tables', make: (s) => html('<table><tr><td>'.repeat(5_000 * s)) },
  { name: 'html-formatting', make: (s) => html('<b><i><a>'.repeat(1_000 * s) + '<p>'.repeat(1_000 * s)) },
  {
    name: 'html-fonts',
    make: (s) => html(many(3_000 * s, (i) => `<font size=${i}>`) + '<p>x'.repeat(3_000 * s)),
  },
  { name: 'html-attributes', make: (s) => html(`<b ${many(20_000 * s, (i) => `a${i}=1 `)}>`) },
  {
    name: 'html-attributes-hidden',
    make: (s) => html(`<script>"<a x="</script><b ${many(60_000 * s, (i) => `a${i}=1 `)}>`),
  },
  { name: 'html-attribute-long', make: (s) => html(`<b title="${'x'.repeat(1_000_000 * s)}">`) },
  { name: 'html-css-rules', make: (s) => html(`<style>${'a{b:c}'.repeat(30_000 * s)}</style>x`) },
  { name: 'html-css-not', make: (s) => html(`<style>${':not('.repeat(10_000 * s)}</style>x`) },
  { name: 'html-css-calc', make: (s) => html(`<p style="width:${'calc('.repeat(2_000 * s)}">x`) },
  { name: 'html-entities', make: (s) => html('&amp'.repeat(100_000 * s)) },
  { name: 'html-comments', make: (s) => html('<!---->'.repeat(50_000 * s)) },
  { name: 'html-select', make: (s) => html('<select>'.repeat(50_000 * s)) },
  { name: 'html-svg', make: (s) => html('<svg><g>'.repeat(5_000 * s)) },
  { name: 'html-math', make: (s) => html('<math><mi>'.repeat(5_000 * s)) },
  { name: 'html-template', make: (s) => html('<template>'.repeat(15_000 * s)) },
  { name: 'html-cids', make: (s) => html('<img src=cid:x>'.repeat(20_000 * s)) },
  { name: 'html-data', make: (s) => html(`<img src="data:image/png;base64,${'A'.repeat(400_000 * s)}">`) },
  {
    name: 'calendar-line',
    make: (s) => text('Content-Type: text/calendar', `SUMMARY:${'x'.repeat(1_000_000 * s)}`),
  },
];
