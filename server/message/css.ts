// CSS of mails (webmail.md 3.5, security.md H1): parsed with a CSS parser to tokens and written anew from what is known
// to be harmless. No url(), var(), functions beyond colours, sizes and gradients, no position, no negative margin, no
// viewport unit, no !important, no at-rule but @media by width or colour scheme; a rule that does not parse is dropped.
// Selectors are limited to the message's root, classes get the prefix `m-`, ids become classes `m-id-`.
import {
  type CssNode,
  type Declaration,
  generate,
  type List,
  parse,
  type Selector,
  type Value,
} from 'css-tree';

/** What a style says about colours, for the dark theme (webmail.md 3.8). */
export interface CleanCss {
  readonly css: string;
  readonly setsColour: boolean;
  readonly darkAware: boolean;
}

/** The class of the element that takes the place of <body>. */
export const rootClass = 'm-body';

const maxSheet = 256 * 1024;
const maxStyleAttribute = 16 * 1024;
const maxNesting = 24;
const maxRules = 4_000;
const maxSelectorNodes = 32;

const sides = ['', '-top', '-right', '-bottom', '-left'];
/** Properties that stay; both walls of the cleaner read this one table. */
export const cssProperties: ReadonlySet<string> = new Set([
  'color',
  'background',
  'background-color',
  'background-image',
  'background-position',
  'background-repeat',
  'background-size',
  ...sides.flatMap((side) => [
    `border${side}`,
    `border${side}-width`,
    `border${side}-style`,
    `border${side}-color`,
  ]),
  ...sides.flatMap((side) => [`margin${side}`, `padding${side}`]),
  ...['', '-top-left', '-top-right', '-bottom-left', '-bottom-right'].map(
    (corner) => `border${corner}-radius`,
  ),
  'border-collapse',
  'border-spacing',
  ...(
    'width height min-width min-height max-width max-height font font-family font-size font-style font-weight ' +
    'font-variant line-height letter-spacing word-spacing text-align text-decoration text-decoration-line ' +
    'text-decoration-color text-decoration-style text-transform text-indent text-overflow vertical-align white-space ' +
    'word-break word-wrap overflow-wrap overflow direction display visibility float clear list-style list-style-type ' +
    'list-style-position table-layout caption-side empty-cells opacity box-sizing box-shadow text-shadow flex ' +
    'flex-direction flex-wrap flex-grow flex-shrink flex-basis justify-content align-items align-self gap color-scheme'
  ).split(' '),
]);
const colourProperties = /^(color|background|background-color|background-image|border.*-color)$/;
/** What goes when the reader wants his own paper. */
const paintProperties =
  /^(color|color-scheme|background.*|border.*-color|box-shadow|text-shadow|text-decoration-color)$/;
const units = new Set(['px', 'em', 'rem', 'ex', 'ch', 'pt', 'pc', 'in', 'cm', 'mm', 'deg', '%']);
export const cssFunctions: ReadonlySet<string> = new Set(
  (
    'rgb rgba hsl hsla calc min max clamp linear-gradient radial-gradient repeating-linear-gradient ' +
    'repeating-radial-gradient'
  ).split(' '),
);
const displays =
  /^(none|block|inline|inline-block|list-item|flex|inline-flex|table|inline-table|table-(row|cell|caption|column)(-group)?|table-(header|footer)-group)$/;
const hides = new Set([
  'display',
  'visibility',
  'opacity',
  'height',
  'max-height',
  'width',
  'max-width',
  'overflow',
]);

/** Depth of brackets: the parser recurses, so what is nested deeper than any mail needs never reaches it. */
function isNestedTooDeep(css: string): boolean {
  let depth = 0;
  for (let i = 0; i < css.length; i++) {
    const code = css.charCodeAt(i);
    if (code === 0x28 || code === 0x5b || code === 0x7b) {
      if (++depth > maxNesting) return true;
    } else if ((code === 0x29 || code === 0x5d || code === 0x7d) && depth > 0) depth--;
  }
  return false;
}

const items = (list: List<CssNode>): CssNode[] => list.toArray();

/** True when a value holds only what is allowed; `plain` forbids functions and negative numbers. */
function isHarmless(nodes: readonly CssNode[], plain: boolean, count = { left: 200 }): boolean {
  for (const node of nodes) {
    if (--count.left < 0) return false;
    switch (node.type) {
      case 'Identifier':
        if (!/^-?[A-Za-z_][\w-]*$/.test(node.name)) return false;
        break;
      case 'Hash':
        if (!/^[0-9A-Fa-f]{3,8}$/.test(node.value)) return false;
        break;
      case 'Number':
      case 'Percentage':
      case 'Dimension': {
        const value = Number(node.value);
        if (!Number.isFinite(value) || Math.abs(value) > 10_000 || (plain && value < 0)) return false;
        if (node.type === 'Dimension' && !units.has(node.unit.toLowerCase())) return false;
        break;
      }
      case 'String':
        if (!/^[\w .,-]*$/.test(node.value)) return false;
        break;
      case 'Operator':
        if (!/^\s*[,/+*-]\s*$/.test(node.value)) return false;
        break;
      case 'Function':
        if (
          plain ||
          !cssFunctions.has(node.name.toLowerCase()) ||
          !isHarmless(items(node.children), false, count)
        )
          return false;
        break;
      case 'Parentheses':
        if (plain || !isHarmless(items(node.children), false, count)) return false;
        break;
      case 'WhiteSpace':
        break;
      default:
        return false;
    }
  }
  return true;
}

/** One declaration written anew, or undefined. */
function cleanDeclaration(node: Declaration): string | undefined {
  const property = node.property.toLowerCase();
  if (!cssProperties.has(property) || node.value.type !== 'Value') return undefined;
  const value: Value = node.value;
  const plain = /^(margin|padding|text-indent)/.test(property);
  if (value.children.isEmpty || !isHarmless(items(value.children), plain)) return undefined;
  const text = generate(value);
  if (/[<>\\{};]|url|var\(|expression/i.test(text)) return undefined;
  if (property === 'display' && !displays.test(text.toLowerCase())) return undefined;
  return `${property}:${text}`;
}

function cleanDeclarations(
  nodes: readonly CssNode[],
  plainColours: boolean,
): { properties: Map<string, string>; text: string } {
  const kept = new Map<string, string>();
  for (const node of nodes) {
    if (node.type !== 'Declaration') continue;
    if (plainColours && paintProperties.test(node.property.toLowerCase())) continue;
    const text = cleanDeclaration(node);
    if (text === undefined) continue;
    // The last one of a name wins, and stands in its place.
    const name = node.property.toLowerCase();
    kept.delete(name);
    kept.set(name, text);
  }
  return { properties: kept, text: [...kept.values()].join(';') };
}

/** Cleans the value of a style attribute; '' when nothing is left. `plainColours`: colours and backgrounds go. */
export function cleanStyle(style: string, plainColours = false): { style: string; setsColour: boolean } {
  if (style.length > maxStyleAttribute || isNestedTooDeep(style)) return { style: '', setsColour: false };
  const tree = parse(style, {
    context: 'declarationList',
    parseCustomProperty: false,
    onParseError: () => {},
  });
  if (tree.type !== 'DeclarationList') return { style: '', setsColour: false };
  const { properties: kept, text } = cleanDeclarations(items(tree.children), plainColours);
  return { style: text, setsColour: [...kept.keys()].some((name) => colourProperties.test(name)) };
}

/** A class as it stands in the cleaned document; '' when the name is odd. */
export function prefixClass(name: string): string {
  if (!/^[A-Za-z0-9_-]{1,100}$/.test(name)) return '';
  return name.startsWith('m-') ? name : `m-${name}`;
}

const isRootNode = (node: CssNode | undefined): boolean =>
  (node?.type === 'TypeSelector' && /^(html|body)$/i.test(node.name)) ||
  (node?.type === 'PseudoClassSelector' && node.name.toLowerCase() === 'root') ||
  (node?.type === 'ClassSelector' && node.name === rootClass);

const pseudoClasses = new Set(['first-child', 'last-child', 'hover', 'link', 'active', 'only-child']);

/** A selector below the message's root, or undefined. `all` tells that it selects the root or everything. */
function cleanSelector(selector: Selector): { text: string; all: boolean } | undefined {
  const nodes = items(selector.children);
  if (nodes.length === 0 || nodes.length > maxSelectorNodes) return undefined;
  // `html body p` and `:root > body` begin with roots only: one root stands for them.
  let at = 0;
  while (isRootNode(nodes[at]) && nodes[at + 1]?.type === 'Combinator' && isRootNode(nodes[at + 2])) at += 2;
  const rooted = isRootNode(nodes[at]);
  let text = rooted ? `.${rootClass}` : `.${rootClass} `;
  let [all, combined] = [rooted, false];
  for (const node of nodes.slice(rooted ? at + 1 : at)) {
    switch (node.type) {
      case 'TypeSelector':
        if (isRootNode(node) || !/^(\*|[A-Za-z][A-Za-z0-9]{0,20})$/.test(node.name)) return undefined;
        text += node.name.toLowerCase();
        all = node.name === '*';
        break;
      case 'ClassSelector':
      case 'IdSelector': {
        const name =
          node.type === 'ClassSelector' ? prefixClass(node.name) : prefixClass(`m-id-${node.name}`);
        if (name === '') return undefined;
        text += `.${name}`;
        all = false;
        break;
      }
      case 'PseudoClassSelector':
        if (node.children !== null || !pseudoClasses.has(node.name.toLowerCase())) return undefined;
        text += `:${node.name.toLowerCase()}`;
        break;
      case 'Combinator':
        if (!/^(\s+|[>+~])$/.test(node.name)) return undefined;
        // Siblings of the root would be outside it.
        if (rooted && !combined && /[+~]/.test(node.name)) return undefined;
        text += node.name.trim() === '' ? ' ' : node.name;
        all = false;
        combined = true;
        break;
      default:
        return undefined;
    }
  }
  return { text, all };
}

// Types and features that say nothing about the reader beyond what layout needs.
const mediaPiece =
  /^((only |not )?(all|screen|print)|\((min-|max-)?(device-)?(width|height):[0-9.]{1,8}(px|em|rem)\)|\(orientation:(portrait|landscape)\)|\(prefers-color-scheme:(dark|light)\))$/;

function cleanMedia(prelude: CssNode | null): string | undefined {
  if (!prelude) return undefined;
  const text = generate(prelude)
    .toLowerCase()
    .replace(/\s*:\s*/g, ':')
    .replace(/\s+/g, ' ')
    .trim();
  if (text.length > 500) return undefined;
  return text.split(',').every((query) =>
    query
      .trim()
      .split(' and ')
      .every((piece) => mediaPiece.test(piece.trim())),
  )
    ? text
    : undefined;
}

/** Cleans a style sheet; its text holds no `<`, so it can stand in a style element. */
export function cleanSheet(sheet: string, plainColours = false): CleanCss {
  const none = { css: '', setsColour: false, darkAware: false };
  if (sheet.length > maxSheet || isNestedTooDeep(sheet)) return none;
  const tree = parse(sheet, { parseCustomProperty: false, onParseError: () => {} });
  if (tree.type !== 'StyleSheet') return none;
  let [setsColour, darkAware, rules] = [false, false, 0];

  const cleanRules = (nodes: readonly CssNode[], nested: boolean): string[] => {
    const out: string[] = [];
    for (const node of nodes) {
      if (++rules > maxRules) break;
      if (node.type === 'Atrule' && node.name.toLowerCase() === 'media' && !nested && node.block) {
        const media = cleanMedia(node.prelude);
        const inner = media === undefined ? [] : cleanRules(items(node.block.children), true);
        if (media === undefined || inner.length === 0) continue;
        if (media.includes('prefers-color-scheme:dark')) darkAware = true;
        out.push(`@media ${media}{${inner.join('\n')}}`);
        continue;
      }
      if (node.type !== 'Rule' || node.prelude.type !== 'SelectorList') continue;
      const selectors = items(node.prelude.children)
        .slice(0, 64)
        .map((selector) => (selector.type === 'Selector' ? cleanSelector(selector) : undefined))
        .filter((selector) => selector !== undefined);
      if (selectors.length === 0) continue;
      const { properties: kept } = cleanDeclarations(items(node.block.children), plainColours);
      // A sheet may not make the whole message vanish.
      if (selectors.some(({ all }) => all))
        for (const name of kept.keys()) if (hides.has(name)) kept.delete(name);
      if (kept.get('color-scheme')?.includes('dark')) darkAware = true;
      if ([...kept.keys()].some((name) => colourProperties.test(name))) setsColour = true;
      if (kept.size > 0)
        out.push(`${selectors.map(({ text }) => text).join(',')}{${[...kept.values()].join(';')}}`);
    }
    return out;
  };

  const css = cleanRules(items(tree.children), false).join('\n');
  return css.includes('<') ? none : { css, setsColour, darkAware };
}
