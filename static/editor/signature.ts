// The signature in a letter with formatting: a block that says so (`data-signature`), or, in a draft that came back from
// another program or from plain text, the lines that say the same. Only what was put in is taken out: a signature that
// somebody edited stays, and so does the rest of the letter. In plain text: server/web/compose/signature.ts.

/** What is compared: words, links and pictures. Editors write the same formatting in many ways. */
const contentOf = (nodes: readonly ParentNode[]): string =>
  nodes
    .flatMap((node) => [
      (node as Node & ParentNode).textContent ?? '',
      ...[...node.querySelectorAll('a[href], img')].map((one) => one.getAttribute('href') ?? '(picture)'),
    ])
    .join(' ')
    .replace(/\s+/g, ' ')
    .trim();

/** Neighbours in the letter that say what the old signature says, the last ones of several. */
function findUnmarked(root: HTMLElement, wanted: string): readonly Element[] | undefined {
  const lines = [...root.children].filter((line) => line.tagName !== 'BLOCKQUOTE');
  for (let first = lines.length - 1; first >= 0; first--) {
    if (contentOf([lines[first]!]) === '') continue;
    const run: Element[] = [];
    for (const line of lines.slice(first, first + 60)) {
      if (run.length > 0 && run.at(-1)!.nextElementSibling !== line) break;
      run.push(line);
      const content = contentOf(run);
      if (content === wanted) return run;
      if (content.length > wanted.length) break;
    }
  }
  return undefined;
}

/** The block of the letter at which the quote begins, or the forwarded letter, with the lines that introduce it. */
function findQuote(root: HTMLElement): Element | undefined {
  const blocks = [...root.children];
  const at = blocks.findIndex(
    (block) => block.matches('blockquote') || /^-{5,} .+ -{5,}$/.test(block.textContent?.trim() ?? ''),
  );
  if (at < 0 || !blocks[at]!.matches('blockquote')) return blocks[at];
  let start = at;
  while (start > 0 && blocks[start - 1]!.textContent?.trim() && at - start < 3) start--;
  return blocks[start];
}

const emptyLine = (): HTMLElement => {
  const line = document.createElement('div');
  line.append(document.createElement('br'));
  return line;
};

/** Changes the block of one signature for that of another. `place`: where it goes when there was none. */
export function swapBlock(
  root: HTMLElement,
  old: DocumentFragment,
  next: DocumentFragment,
  place: 'above' | 'below',
): void {
  const wanted = contentOf([old]);
  const marked = [...root.querySelectorAll('[data-signature]')].find((one) => !one.closest('blockquote'));
  if (wanted !== '') {
    const found = marked ? [marked] : findUnmarked(root, wanted);
    if (!found || contentOf(found) !== wanted) return;
    found[0]!.before(next);
    for (const one of found) one.remove();
    return;
  }
  if (marked || contentOf([next]) === '') return;
  const quote = place === 'above' ? findQuote(root) : undefined;
  if (quote) quote.before(next, emptyLine());
  else root.append(emptyLine(), next);
}
