// One page, two deliveries: the same addresses answer a request with `X-Fragment` with only the blocks that change,
// rendered by the same templates. This file fetches them, puts them in place, and keeps address, title, focus and
// scrolling as a full load would have left them. After each swap the new element gets a bubbling `swap` event.
import { bringReadingRoom } from './reading-room.ts';

export interface TrustedPolicy {
  createHTML(html: string): string;
  createScriptURL(address: string): string;
}
declare global {
  interface Window {
    trustedTypes?: { createPolicy(name: string, rules: TrustedPolicy): TrustedPolicy };
  }
}
/** No other script is ever loaded by one. */
function ownScript(address: string): string {
  if (address !== '/sw.js') throw new TypeError(address);
  return address;
}
// The page's policy allows text to become nodes only here, and only what our own server sent.
export const policy: TrustedPolicy = window.trustedTypes?.createPolicy('facteur', {
  createHTML: (html) => html,
  createScriptURL: ownScript,
}) ?? {
  createHTML: (html) => html,
  createScriptURL: ownScript,
};

/** An address of ours as one that scripts may be loaded from. */
export const scriptAddress = (address: '/sw.js'): string => policy.createScriptURL(address);

export function parseHtml(html: string): Document {
  return new DOMParser().parseFromString(policy.createHTML(html), 'text/html');
}

export const find = <Found extends HTMLElement = HTMLElement>(
  selector: string,
  within: ParentNode = document,
) => within.querySelector<Found>(selector);
export const findAll = <Found extends HTMLElement = HTMLElement>(
  selector: string,
  within: ParentNode = document,
) => [...within.querySelectorAll<Found>(selector)];

/** Are list and message side by side? Those who chose the list alone open messages as pages (webmail.md M14). */
export const isWide = (): boolean =>
  document.body.dataset.layout !== 'list' && matchMedia('(min-width: 900px)').matches;

/** A path with a query field set or taken out. */
export function withField(address: string, name: string, value: string | undefined): string {
  const url = new URL(address, location.href);
  if (value === undefined) url.searchParams.delete(name);
  else url.searchParams.set(name, value);
  url.hash = '';
  return url.pathname + url.search;
}

export const currentAddress = (): string => withField(location.href, 'u', undefined);

/** Says something to those who listen instead of looking. */
export function announce(words: string, urgent = false): void {
  const place = find(urgent ? '#alert' : '#live');
  if (place) place.textContent = words;
}

/** Shows a toast made here: only for what the server could not tell us. */
export function showProblem(words: string): void {
  const place = find('#toast');
  if (!place) return;
  const toast = document.createElement('div');
  toast.className = 'toast';
  const text = document.createElement('span');
  text.className = 'toast-words';
  text.textContent = words;
  toast.append(text);
  place.replaceChildren(toast);
  announce(words, true);
}

const scroller = (): Element | undefined => {
  const form = find('#list-form');
  return form && getComputedStyle(form).overflowY === 'auto'
    ? form
    : (document.scrollingElement ?? undefined);
};
export const scrollPosition = (): number => scroller()?.scrollTop ?? 0;
export const scrollToPosition = (top: number): void => scroller()?.scrollTo({ top, behavior: 'instant' });

/** Notes in the history where the list is scrolled to, for coming back. */
export function keepScroll(): void {
  history.replaceState({ ...history.state, scroll: scrollPosition() }, '');
}

/** Puts the block of this id of an answer in the place of ours. `asked`: when it was asked for (performance.now). */
export function replaceBlock(id: string, blocks: Document, asked = performance.now()): void {
  const now = document.getElementById(id);
  const next = blocks.getElementById(id);
  if (!now || !next) return;
  const adopted = document.adoptNode(next);
  now.replaceWith(adopted);
  adopted.dispatchEvent(new CustomEvent('swap', { bubbles: true, detail: { asked } }));
}

/** The folder of a line of the column; a name that only holds others has no link. */
const folderOf = (row: Element): string | undefined =>
  row.querySelector<HTMLElement>('a.folder')?.dataset.folder ??
  row.querySelector<HTMLButtonElement>('.fold')?.value.replace(/^[a-z]+:/, '');

/** The same for the folder column, in which the focus and the place it is scrolled to stay. */
export function replaceFolders(blocks: Document, asked: number): void {
  const focused = document.activeElement;
  const row = focused?.closest('#folders .folder-row');
  const name = row ? folderOf(row) : undefined;
  const isFold = focused?.matches('.fold');
  const top = find('#folders')?.scrollTop ?? 0;
  replaceBlock('folders', blocks, asked);
  find('#folders')?.scrollTo({ top, behavior: 'instant' });
  if (name === undefined) return;
  const again = findAll('#folders .folder-row').find((other) => folderOf(other) === name);
  const [link, fold] = [again && find('a.folder', again), again && find('.fold', again)];
  (isFold ? (fold ?? link) : (link ?? fold))?.focus({ preventScroll: true });
}

export interface Visit {
  readonly fragment?: '1' | 'pane';
  readonly body?: URLSearchParams;
  readonly history?: 'push' | 'replace' | 'none';
  /** Scroll position afterwards; undefined keeps it. */
  readonly scroll?: number;
  /** Row to focus afterwards. */
  readonly focusRow?: string | undefined;
  /** Leaves the pane alone. */
  readonly keepPane?: boolean;
  /** Asked when the answer is there: may it still be shown? */
  readonly mayShow?: () => boolean;
}

let latest = 0;
let running = 0;
/** Is a block on its way that somebody asked for? */
export const isVisiting = (): boolean => running > 0;

/** Fetches an address and swaps its blocks in; false when it could not (the words are shown then). */
export async function visit(address: string, options: Visit = {}): Promise<boolean> {
  // The server runs another build: its blocks do not fit into this page.
  if (document.body.dataset.stale && !options.body && options.history === 'push') {
    location.assign(address);
    return true;
  }
  const mine = ++latest;
  const asked = performance.now();
  running += 1;
  const bar = setTimeout(() => document.body.classList.add('waiting'), 300);
  // On their way together.
  if (options.fragment === 'pane') void bringReadingRoom();
  try {
    const response = await fetch(address, {
      method: options.body ? 'POST' : 'GET',
      headers: { 'X-Fragment': options.fragment ?? '1' },
      ...(options.body ? { body: options.body } : {}),
    });
    if (response.status === 401) {
      location.assign(response.headers.get('X-Location') ?? '/login');
      return false;
    }
    const blocks = parseHtml(await response.text());
    if (!response.ok) {
      showProblem(find('[data-error-words]', blocks)?.textContent ?? document.body.dataset.offline ?? '');
      return false;
    }
    const pane = options.fragment === 'pane';
    if (!find('#list') || (!pane && !blocks.getElementById('list'))) {
      location.assign(response.url);
      return true;
    }
    if (find('#pane', blocks)?.dataset.open) await bringReadingRoom();
    // Another visit began meanwhile: its answer decides what is shown.
    if (mine !== latest || options.mayShow?.() === false) return true;
    const top = options.scroll ?? scrollPosition();
    replaceFolders(blocks, asked);
    replaceBlock('toast', blocks);
    replaceBlock('outbox-bar', blocks);
    if (!pane) replaceBlock('list', blocks);
    if (!options.keepPane && (pane || find('#pane')?.dataset.open !== find('#pane', blocks)?.dataset.open))
      replaceBlock('pane', blocks);
    const root = find('[data-title]', blocks);
    document.title = root?.dataset.title ?? document.title;
    if (root?.dataset.class !== undefined) document.body.className = root.dataset.class;
    const shown = withField(response.url, 'u', undefined);
    if (options.history === 'push') history.pushState({ scroll: 0 }, '', shown);
    else if (options.history === 'replace') history.replaceState(history.state, '', shown);
    if (!pane) scrollToPosition(top);
    if (options.focusRow !== undefined) focusRow(options.focusRow);
    const words = find('.toast-words')?.textContent;
    if (words) announce(words);
    return true;
  } catch {
    showProblem(document.body.dataset.offline ?? '');
    return false;
  } finally {
    running -= 1;
    clearTimeout(bar);
    document.body.classList.remove('waiting');
  }
}

export const rows = (): HTMLElement[] => findAll('#rows > .row');
export const rowOf = (id: string): HTMLElement | null => find(`#rows > .row[data-id="${CSS.escape(id)}"]`);

/** Moves the focus to a row, or to the first when that one is gone. */
export function focusRow(id: string): void {
  const row = rowOf(id) ?? rows()[0];
  if (row) find('.row-link', row)?.focus();
  else find('#main')?.focus();
}
