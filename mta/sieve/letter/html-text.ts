// The text of an HTML part, near enough to what its reader sees, for `body :text` and extracttext (RFC 5173 5.3): tags,
// comments, scripts and styles go, entities are read, blanks are joined. One pass, nothing goes back. Never shown to anybody.

const MOST_TAGS = 50_000;

/** Tags that part words; others may stand within one. */
const breaking: ReadonlySet<string> = new Set(
  `p br div td th tr table li ul ol dl dt dd h1 h2 h3 h4 h5 h6 hr blockquote pre center title img input option form body
   article section header footer main nav address`.split(/\s+/),
);
const silent: ReadonlySet<string> = new Set(['script', 'style', 'noscript', 'template']);

/** HTML 4: names of U+00A0 to U+00FF in their order. */
const latin =
  `nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute
  micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil
  Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute
  Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute
  icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml`.split(
    /\s+/,
  );

const entities: ReadonlyMap<string, string> = new Map([
  ...latin.map((name, i): [string, string] => [name, String.fromCharCode(0xa0 + i)]),
  ...Object.entries({
    amp: '&',
    lt: '<',
    gt: '>',
    quot: '"',
    apos: "'",
    euro: '€',
    ndash: '–',
    mdash: '—',
    lsquo: '‘',
    rsquo: '’',
    sbquo: '‚',
    ldquo: '“',
    rdquo: '”',
    bdquo: '„',
    hellip: '…',
    bull: '•',
    trade: '™',
    OElig: 'Œ',
    oelig: 'œ',
    Scaron: 'Š',
    scaron: 'š',
    zwnj: '',
    zwj: '',
    shy: '',
  }),
]);

const tagName = /\/?([a-z][a-z0-9]{0,15})/iy;

export function readHtmlText(html: string): string {
  const pieces: string[] = [];
  let at = 0;
  for (let tags = 0; tags < MOST_TAGS; tags++) {
    const open = html.indexOf('<', at);
    if (open < 0) break;
    pieces.push(html.slice(at, open));
    if (html.startsWith('<!--', open)) {
      at = behind(html, '-->', open + 4);
      continue;
    }
    tagName.lastIndex = open + 1;
    const [whole = '', given = ''] = tagName.exec(html) ?? [];
    if (given === '' && !/[!?/]/.test(html[open + 1] ?? '')) {
      // A `<` of the text.
      pieces.push('<');
      at = open + 1;
      continue;
    }
    at = behindTag(html, open);
    const name = given.toLowerCase();
    if (breaking.has(name)) pieces.push(' ');
    if (silent.has(name) && !whole.startsWith('/')) at = findEnd(html, name, at);
  }
  pieces.push(html.slice(at));
  return readEntities(
    pieces
      .join('')
      .replace(/[ \t\r\n\f]+/g, ' ')
      .trim(),
  );
}

const behind = (html: string, mark: string, from: number): number => {
  const found = html.indexOf(mark, from);
  return found < 0 ? html.length : found + mark.length;
};

/** Behind the `>` that ends a tag: one within quotes is text of an attribute. */
function behindTag(html: string, from: number): number {
  const mark = /[>"']/g;
  for (mark.lastIndex = from; ; ) {
    const found = mark.exec(html);
    if (found === null) return html.length;
    if (found[0] === '>') return mark.lastIndex;
    const end = html.indexOf(found[0], mark.lastIndex);
    if (end < 0) return html.length;
    mark.lastIndex = end + 1;
  }
}

/** Where the end tag of a silent element begins. */
function findEnd(html: string, name: string, from: number): number {
  const end = new RegExp(`</${name}`, 'gi');
  end.lastIndex = from;
  return end.exec(html)?.index ?? html.length;
}

const western = new TextDecoder('windows-1252');

const readEntities = (text: string): string =>
  text.replace(/&(#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,7});?/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return entities.get(name) ?? entities.get(name.toLowerCase()) ?? whole;
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    // HTML 13.2.5.80: numbers of windows-1252, as people wrote them.
    if (code >= 0x80 && code <= 0x9f) return western.decode(Buffer.of(code));
    const isCharacter = code > 0 && code < 0x110000 && !(code >= 0xd800 && code <= 0xdfff);
    return isCharacter ? String.fromCodePoint(code) : '\ufffd';
  });
