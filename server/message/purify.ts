// The second wall of the HTML cleaner (webmail.md 3.4): DOMPurify on jsdom, configured to the same allow-list and with
// hooks that let nothing pass that the first wall did not write. It judges anew and by other code: alone, without the
// first wall, it still gives no script, no request and no style.
import createDOMPurify, { type DOMPurify } from 'dompurify';
import { JSDOM, VirtualConsole } from 'jsdom';
import { keptAttributes, keptElements } from './html-rules.ts';
import { cleanHref } from './urls.ts';

/** What the first wall wrote: only this may be in the output. */
export interface Approved {
  readonly css: string;
  readonly styles: ReadonlySet<string>;
  readonly pictures: ReadonlySet<string>;
}

/** Documents and characters after which the window is replaced: nothing can pile up in it. */
const documentsPerWindow = 32;
const charactersPerWindow = 2 * 1024 * 1024;

const tags = [...keptElements, 'style'];
const attributes = [...keptAttributes];

/** A window with DOMPurify in it, replaced from time to time. One at a time, synchronous. */
export class Purifier {
  #window: JSDOM['window'] | undefined;
  #purify: DOMPurify | undefined;
  #documents = 0;
  #characters = 0;
  #approved: Approved = { css: '', styles: new Set(), pictures: new Set() };

  #open(): DOMPurify {
    if (this.#purify && this.#documents < documentsPerWindow && this.#characters < charactersPerWindow)
      return this.#purify;
    this.#window?.close();
    this.#window = new JSDOM('', { virtualConsole: new VirtualConsole() }).window;
    const purify = createDOMPurify(this.#window);
    // On a DOM that it does not trust, DOMPurify gives back its input.
    if (!purify.isSupported) throw new Error('DOMPurify does not support this DOM');
    purify.addHook('uponSanitizeElement', (node, { tagName }) => {
      if (tagName === 'style' && node.textContent !== this.#approved.css) node.parentNode?.removeChild(node);
    });
    purify.addHook('afterSanitizeAttributes', (node) => this.#check(node));
    this.#purify = purify;
    this.#documents = 0;
    this.#characters = 0;
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
    this.#documents++;
    this.#characters += html.length;
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
