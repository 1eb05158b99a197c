// The second wall of the HTML cleaner where the grammar of canonical.ts does not know (webmail.md 3.4): DOMPurify on jsdom,
// configured to the same allow-list and with hooks that let nothing pass that the first wall did not write. It judges anew
// and by other code: alone, without the first wall, it still gives no script, no request and no style. Costs 45 MB and a
// second to load, and most of the time that a letter takes: it has a thread of its own, which is there while it is needed.
import createDOMPurify, { type DOMPurify } from 'dompurify';
import { JSDOM, VirtualConsole } from 'jsdom';
import type { Approved } from './canonical.ts';
import { keptAttributes, keptElements } from './html-rules.ts';
import { cleanHref } from './urls.ts';

// The root of the walk too: where it is not allowed DOMPurify copies the whole tree beside it, for nothing.
const tags = [...keptElements, 'style', 'body'];
const attributes = [...keptAttributes];

/** A window with DOMPurify in it, as long as its thread lives: each document is one of its own, nothing piles up. One at a time, synchronous. */
export class Purifier {
  #purify: DOMPurify | undefined;
  #approved: Approved = { css: '', styles: new Set(), pictures: new Set() };

  #open(): DOMPurify {
    if (this.#purify) return this.#purify;
    const purify = createDOMPurify(new JSDOM('', { virtualConsole: new VirtualConsole() }).window);
    // On a DOM that it does not trust, DOMPurify gives back its input.
    if (!purify.isSupported) throw new Error('DOMPurify does not support this DOM');
    purify.addHook('uponSanitizeElement', (node, { tagName }) => {
      if (tagName === 'style' && node.textContent !== this.#approved.css) node.parentNode?.removeChild(node);
    });
    purify.addHook('afterSanitizeAttributes', (node) => this.#check(node));
    this.#purify = purify;
    return purify;
  }

  #check(node: Element): void {
    for (const { name, value } of [...node.attributes]) {
      if (
        name === 'style'
          ? !this.#approved.styles.has(value)
          : name === 'src' || name === 'background'
            ? !this.#approved.pictures.has(value)
            : false
      )
        node.removeAttribute(name);
      if (name === 'class') {
        const classes = value.split(/\s+/).filter((one) => one.startsWith('m-'));
        if (classes.length === 0) node.removeAttribute('class');
        else if (classes.join(' ') !== value) node.setAttribute('class', classes.join(' '));
      }
    }
    if (node.nodeName !== 'A') {
      for (const name of ['href', 'target', 'rel']) node.removeAttribute(name);
      return;
    }
    const link = cleanHref(node.getAttribute('href') ?? '');
    if (!link) {
      for (const name of ['href', 'target', 'rel', 'title']) node.removeAttribute(name);
      return;
    }
    node.setAttribute('href', link.href);
    node.setAttribute('target', '_blank');
    node.setAttribute('rel', 'noopener noreferrer nofollow');
  }

  /** Cleans and serialises once. */
  clean(html: string, approved: Approved): string {
    const purify = this.#open();
    this.#approved = approved;
    return purify.sanitize(html, {
      ALLOWED_TAGS: tags,
      ALLOWED_ATTR: attributes,
      ALLOW_DATA_ATTR: false,
      ALLOW_ARIA_ATTR: false,
      ALLOW_UNKNOWN_PROTOCOLS: false,
      // Links, data: pictures and our own addresses, which the hook judges; relative ones are ours or go.
      ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|tel:|data:image\/|\/|[^:]*$)/i,
      KEEP_CONTENT: true,
      FORCE_BODY: true,
    });
  }
}
