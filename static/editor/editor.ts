// The editor of letters with formatting: Squire with its markup cleaned (cleaner.ts), and one function for every tool of
// our own toolbar. A bundle of its own, loaded only when somebody writes with formatting. What it gives is cleaned again
// by the server; what it shows was cleaned there first.
import Squire from 'squire-rte';
import { makeCleaner } from './cleaner.ts';
import { swapBlock } from './signature.ts';

export interface Editor {
  html(): string;
  text(): string;
  setHtml(html: string): void;
  focus(): void;
  /** Puts HTML in at the cursor. */
  insert(html: string): void;
  insertPicture(address: string, words: string): void;
  /** Does what a tool says. */
  run(command: string, value: string): void;
  /** Which of bold, italic, underline and strike hold where the cursor is. */
  active(): ReadonlySet<string>;
  /** The address of the link at the cursor, ''. */
  linkAt(): string;
  /** Changes the block of a signature for another one; `place`: where it goes when there was none. */
  swapSignature(old: string, next: string, place: 'above' | 'below'): void;
  close(): void;
}

export interface EditorOptions {
  readonly parse: (html: string) => Document;
  readonly onInput: () => void;
  readonly onMove: () => void;
  readonly onPictures: (files: readonly File[]) => void;
}

const colours: Readonly<Record<string, string>> = {
  red: '#b3261e',
  orange: '#9c4a1a',
  green: '#2f7a4d',
  teal: '#1c6664',
  blue: '#2b6cb0',
  violet: '#6b46c1',
  grey: '#62686e',
};
const sizes: Readonly<Record<string, string>> = { small: '13px', large: '20px' };
const marks = { bold: 'B', italic: 'I', underline: 'U', strike: 'S' } as const;

/** Undo writes the text back as markup: it becomes nodes by our policy, as everything does. */
function guardMarkup(root: HTMLElement, parse: (html: string) => Document): void {
  const inherited = Object.getOwnPropertyDescriptor(Element.prototype, 'innerHTML');
  Object.defineProperty(root, 'innerHTML', {
    get: () => inherited?.get?.call(root) as string,
    set: (html: string) => root.replaceChildren(...parse(html).body.childNodes),
  });
}

export function createEditor(root: HTMLElement, options: EditorOptions): Editor {
  const clean = makeCleaner(options.parse);
  guardMarkup(root, options.parse);
  const squire = new Squire(root, {
    blockTag: 'DIV',
    sanitizeToDOMFragment: clean,
    didError: (error: unknown) => console.error(error),
  });
  squire.addEventListener('input', options.onInput);
  squire.addEventListener('pathChange', options.onMove);
  squire.addEventListener('select', options.onMove);
  squire.addEventListener('pasteImage', (event: Event) => {
    const items = (event as CustomEvent<{ clipboardData: DataTransfer }>).detail.clipboardData.items;
    const files = [...items].map((item) => item.getAsFile()).filter((file) => file !== null);
    if (files.length > 0) options.onPictures(files);
  });

  const toggle = (name: keyof typeof marks): void => {
    const has = squire.hasFormat(marks[name]);
    const act = {
      bold: () => (has ? squire.removeBold() : squire.bold()),
      italic: () => (has ? squire.removeItalic() : squire.italic()),
      underline: () => (has ? squire.removeUnderline() : squire.underline()),
      strike: () => (has ? squire.removeStrikethrough() : squire.strikethrough()),
    };
    act[name]();
  };
  const link = (typed: string): void => {
    const text = typed.trim();
    if (text === '') return void squire.removeLink();
    const isMail = /^[^\s@/]+@[^\s@/]+\.[^\s@/]+$/.test(text);
    squire.makeLink(/^[a-z]+:/i.test(text) ? text : isMail ? `mailto:${text}` : `https://${text}`);
  };
  const inList = (tag: string): boolean => squire.hasFormat(tag);

  return {
    html: () => squire.getHTML(),
    // biome-ignore lint/performance/useDomNodeTextContent: lines and paragraphs are wanted as they are seen
    text: () => root.innerText,
    setHtml(html) {
      squire.setHTML(html);
      squire.moveCursorToStart();
    },
    focus: () => void squire.focus(),
    insert: (html) => void squire.insertHTML(html),
    insertPicture: (address, words) => void squire.insertImage(address, { alt: words }),
    run(command, value) {
      if (command in marks) toggle(command as keyof typeof marks);
      else if (command === 'size') squire.setFontSize(sizes[value] ?? null);
      else if (command === 'colour') squire.setTextColor(colours[value] ?? null);
      else if (command === 'link') link(value);
      else if (command === 'unlink') squire.removeLink();
      else if (command === 'list') inList('UL') ? squire.removeList() : squire.makeUnorderedList();
      else if (command === 'numbers') inList('OL') ? squire.removeList() : squire.makeOrderedList();
      else if (command === 'quote') squire.increaseQuoteLevel();
      else if (command === 'unquote') squire.decreaseQuoteLevel();
      else if (command === 'align') squire.setTextAlignment(value);
      else if (command === 'clear') squire.removeAllFormatting();
      squire.focus();
    },
    active: () =>
      new Set(Object.entries(marks).flatMap(([name, tag]) => (squire.hasFormat(tag) ? [name] : []))),
    linkAt() {
      const at = squire.getSelection().commonAncestorContainer;
      const element = at instanceof Element ? at : at.parentElement;
      return element?.closest('a')?.getAttribute('href') ?? '';
    },
    swapSignature(old, next, place) {
      squire.saveUndoState();
      swapBlock(root, clean(old), clean(next), place);
      squire.saveUndoState();
    },
    close: () => squire.destroy(),
  };
}
