// What an HTML document would cost, counted in linear time before any parser sees it (webmail.md 3.4, security.md M3):
// trees of 100,000 nested elements or thousands of unclosed formatting elements take a DOM minutes. The count follows
// the parser's rules closely enough for real mail; what slips through meets the clock of the worker.
import { scanHtml } from './html-scan.ts';
import { type HtmlLimits, maxAttributes } from './limits.ts';

const voids = new Set(
  'area base basefont bgsound br col embed frame hr img input link meta param source track wbr'.split(' '),
);
const formatting = new Set('a b big code em font i nobr s small strike strong tt u'.split(' '));
const closesParagraph = new Set(
  'address article aside blockquote center div dl fieldset footer form h1 h2 h3 h4 h5 h6 header hr main nav ol p pre section table ul'.split(
    ' ',
  ),
);

/** End tags that people leave out (HTML 13.1.2.4): which open element a start tag closes, and where the search ends. */
const implied: Readonly<Record<string, { closes: readonly string[]; stops: readonly string[] }>> = {
  li: { closes: ['li'], stops: ['ul', 'ol'] },
  dt: { closes: ['dt', 'dd'], stops: ['dl'] },
  dd: { closes: ['dt', 'dd'], stops: ['dl'] },
  td: { closes: ['td', 'th'], stops: ['table', 'tr'] },
  th: { closes: ['td', 'th'], stops: ['table', 'tr'] },
  tr: { closes: ['tr'], stops: ['table'] },
  tbody: { closes: ['tbody', 'thead', 'tr'], stops: ['table'] },
  option: { closes: ['option'], stops: ['select'] },
};

/** True when the document stays below all limits. */
export function isWithinLimits(html: string, limits: HtmlLimits): boolean {
  if (html.length > limits.characters) return false;
  const open: string[] = [];
  let [tags, elements, pending, fine] = [0, 0, 0, true];

  /** Closes everything down to index `to`; formatting elements that were not meant are opened again by the parser. */
  const closeTo = (to: number, meant: string): void => {
    while (open.length > to) {
      const name = open.pop()!;
      if (name !== meant && formatting.has(name)) pending++;
    }
  };
  const closeImplied = (tag: string): void => {
    const rule = implied[tag];
    if (!rule) return;
    for (let i = open.length - 1; i >= 0 && i >= open.length - 32; i--) {
      if (rule.closes.includes(open[i]!)) return closeTo(i, open[i]!);
      if (rule.stops.includes(open[i]!)) return;
    }
  };

  scanHtml(
    html,
    {
      start(tag, _from, _to, attributes) {
        tags++;
        elements += 1 + pending;
        if (attributes > maxAttributes || tags > limits.tags || elements > limits.elements) fine = false;
        if (closesParagraph.has(tag) && open.at(-1) === 'p') open.pop();
        closeImplied(tag);
        if (voids.has(tag)) return;
        open.push(tag);
        if (open.length > limits.depth) fine = false;
      },
      end(tag) {
        tags++;
        if (tags > limits.tags * 2) fine = false;
        const at = open.lastIndexOf(tag);
        if (at >= 0) closeTo(at, tag);
        else if (pending > 0 && formatting.has(tag)) pending--;
      },
      text() {},
      raw() {},
    },
    () => fine,
  );
  return fine;
}
