// What cleans markup that is pasted or dropped into the editor, or comes from a template. It is parsed into a document
// that does nothing, and what a letter may have is copied out of it, element by element and attribute by attribute, into
// new ones: nothing that is not named here can come along, and nothing is written as text and read again. The page's own
// policy allows no script besides, and the server cleans a letter anew before it is kept or sent.

/** Markup of anybody as nodes that may stand in the page. */
export type Cleaner = (html: string) => DocumentFragment;

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

const elements = words(
  'a abbr address b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn dir div dl dt em ' +
    'figcaption figure font h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strike strong sub ' +
    'sup table tbody td tfoot th thead time tr tt u ul var wbr',
);
/** These go with all that is in them. Of others that are not named the content stays. */
const dropped = words(
  'applet audio base button canvas dialog embed frame frameset head iframe input link math meta noembed noframes noscript ' +
    'object option param plaintext script select source style svg template textarea title track video xmp',
);
const attributes = words(
  'abbr align alt bgcolor border cellpadding cellspacing cite color cols colspan datetime dir face height href hspace lang ' +
    'nowrap reversed rowspan rules scope size span src start summary title type valign value vspace width',
);
/** Set one by one through the element's own style, which the page's policy allows and an attribute it does not. */
const properties = [
  ...[
    'background-color',
    'border',
    'border-collapse',
    'color',
    'direction',
    'font-family',
    'font-size',
    'font-style',
  ],
  ...[
    'font-variant',
    'font-weight',
    'height',
    'letter-spacing',
    'line-height',
    'list-style-type',
    'margin',
    'padding',
  ],
  ...[
    'text-align',
    'text-decoration',
    'text-indent',
    'text-transform',
    'vertical-align',
    'white-space',
    'width',
  ],
];
const addressed = words('href src cite');
const allowedAddress = /^(?:https?:|mailto:|tel:|cid:|data:image\/|\/compose\/file\/|#)/i;

// A form's own properties may be hidden behind its fields.
const childrenOf = Object.getOwnPropertyDescriptor(Node.prototype, 'childNodes')!.get as (
  this: Node,
) => NodeListOf<ChildNode>;

function copyAttributes(from: Element, to: Element): void {
  for (const { name, value } of from.attributes) {
    if (!attributes.has(name) && !/^data-[a-z-]+$/.test(name)) continue;
    if (addressed.has(name) && !allowedAddress.test(value.trim())) continue;
    to.setAttribute(name, value);
  }
}

function copyStyle(from: Element, to: HTMLElement): void {
  const text = from.getAttribute('style');
  if (text === null) return;
  const { style } = document.createElement('i');
  style.cssText = text;
  for (const name of properties) {
    const value = style.getPropertyValue(name);
    if (value !== '' && !/url\(/i.test(value)) to.style.setProperty(name, value);
  }
}

function copyChildren(from: Node, to: Node): void {
  for (const node of childrenOf.call(from)) {
    if (node.nodeType === Node.TEXT_NODE) to.appendChild(document.createTextNode(node.nodeValue ?? ''));
    if (node.nodeType !== Node.ELEMENT_NODE) continue;
    const { localName } = node as Element;
    if (dropped.has(localName)) continue;
    if (!elements.has(localName)) {
      copyChildren(node, to);
      continue;
    }
    const copy = document.createElement(localName);
    copyAttributes(node as Element, copy);
    copyStyle(node as Element, copy);
    copyChildren(node, copy);
    to.appendChild(copy);
  }
}

/** @param parse makes a document that runs nothing, loads nothing and has no window */
export function makeCleaner(parse: (html: string) => Document): Cleaner {
  return (html) => {
    const fragment = document.createDocumentFragment();
    copyChildren(parse(html).body, fragment);
    return fragment;
  };
}
