// The allow-list of HTML in mails (webmail.md 3.4, security.md H1): which elements and attributes stay and what an
// attribute's value may be. Everything not named here is taken away; both walls of the cleaner read this one table.

/** Elements that stay. */
export const keptElements: ReadonlySet<string> = new Set(
  (
    'a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn dir div ' +
    'dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main nav ol p pre q s samp ' +
    'section small span strike strong sub sup table tbody td tfoot th thead time tr tt u ul var wbr'
  ).split(' '),
);

/** Those of them that hold nothing and have no end tag. */
export const voidElements: ReadonlySet<string> = new Set(['br', 'col', 'hr', 'img', 'wbr']);

/** Elements that go with all they hold. The rest that is not kept goes alone, its content stays. */
export const droppedWhole: ReadonlySet<string> = new Set(
  (
    'applet area audio base basefont bgsound canvas embed frame frameset head iframe input link map meta noembed ' +
    'noframes object param script source style svg math template title track video'
  ).split(' '),
);

const number = /^[0-9]{1,4}$/;
const length = /^[0-9]{1,4}(\.[0-9]{1,4})?(px|%)?$/i;
const colour = /^(#?[0-9a-f]{3,8}|[a-z]{3,20}|rgb\([0-9 ,%.]{5,30}\))$/i;
const span = /^([1-9][0-9]?|100)$/;
const none = /^$/;

/** Attributes by name and what their value must be; `style`, `class`, `id`, `href`, `src` and `background` have rules of their own. */
const attributes: Readonly<Record<string, RegExp>> = {
  align: /^(left|right|center|middle|justify|top|bottom|absmiddle|char)$/i,
  valign: /^(top|middle|bottom|baseline)$/i,
  width: length,
  height: length,
  bgcolor: colour,
  color: colour,
  text: colour,
  face: /^[\w\s,'.-]{1,200}$/,
  size: /^[+-]?[0-9]{1,2}$/,
  border: number,
  cellpadding: number,
  cellspacing: number,
  hspace: number,
  vspace: number,
  colspan: span,
  rowspan: span,
  span,
  dir: /^(ltr|rtl|auto)$/i,
  lang: /^[A-Za-z0-9-]{1,35}$/,
  type: /^([1aAiI]|disc|circle|square)$/,
  start: /^-?[0-9]{1,6}$/,
  value: /^-?[0-9]{1,6}$/,
  clear: /^(left|right|all|both|none)$/i,
  nowrap: none,
  noshade: none,
  compact: none,
};
const booleans = new Set(['nowrap', 'noshade', 'compact']);

/** Attributes that set colours, for the dark theme. */
export const colourAttributes: ReadonlySet<string> = new Set(['bgcolor', 'color', 'text']);

/** Names that the second wall lets through; values were judged by the first or are judged in its hook. */
export const keptAttributes: readonly string[] = [
  ...Object.keys(attributes).filter((name) => name !== 'text'),
  ...['alt', 'title', 'class', 'style', 'href', 'src', 'background', 'target', 'rel'],
];

/** What becomes of an ordinary attribute: its value, or undefined when it goes. */
export function cleanAttribute(name: string, value: string): string | undefined {
  const rule = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  if (!rule) return undefined;
  if (booleans.has(name)) return '';
  const text = value.trim();
  return rule.test(text) ? text : undefined;
}

/** Words of alt and title: no control, bidi or invisible characters, no blanks around them, at most 1,000 characters. */
export function cleanWords(value: string): string {
  return value
    .slice(0, 1_000)
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, '')
    .toWellFormed()
    .trim();
}
