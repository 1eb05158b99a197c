// The folder column without a full load: subtrees open and close at once (F3; ArrowRight and ArrowLeft on a folder), the
// menu of a folder opens beside it (F8), and a long list of folders is filtered while one types (F7), as are the choices
// of a select that a filter names.
import { askCounts } from './events.ts';
import { currentAddress, find, findAll, parseHtml, replaceFolders } from './lib/fragment.ts';

const foldOf = (item: Element | null): HTMLButtonElement | null =>
  item?.querySelector<HTMLButtonElement>(':scope > .folder-row > .fold') ?? null;

/** Subtrees that were opened or closed here: a column that was asked for before the server knew shows them as they were. */
const folded = new Map<string, { readonly isClosed: boolean; known: number }>();

const nameOf = (button: HTMLButtonElement): string => button.value.slice(button.value.indexOf(':') + 1);

function showFold(button: HTMLButtonElement, isClosed: boolean): void {
  const sub = button.closest('.folder-item')?.querySelector<HTMLElement>(':scope > .folder-sub');
  if (sub) sub.hidden = isClosed;
  button.ariaExpanded = String(!isClosed);
  button.value = `${isClosed ? 'open' : 'close'}:${nameOf(button)}`;
}

document.addEventListener('swap', (event) => {
  if (!(event.target instanceof HTMLElement) || event.target.id !== 'folders') return;
  const { asked } = (event as CustomEvent<{ asked: number }>).detail;
  for (const button of findAll<HTMLButtonElement>('.fold', event.target)) {
    const fold = folded.get(nameOf(button));
    if (!fold || asked >= fold.known || fold.isClosed === (button.ariaExpanded === 'false')) continue;
    showFold(button, fold.isClosed);
    // The sums of that column are of the other state.
    askCounts();
  }
});

/** Opens or closes what lies below a folder, tells the server, and takes the column as it now counts. */
async function toggleFold(button: HTMLButtonElement): Promise<void> {
  const form = find<HTMLFormElement>('#fold-form');
  if (!form) return;
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form, button)) fields.append(name, String(value));
  const fold = { isClosed: button.ariaExpanded === 'true', known: Number.POSITIVE_INFINITY };
  folded.set(nameOf(button), fold);
  showFold(button, fold.isClosed);
  const address = currentAddress();
  const asked = performance.now();
  const response = await fetch('/folders/fold', {
    method: 'POST',
    headers: { 'X-Fragment': '1' },
    body: fields,
  }).catch(() => undefined);
  // What is shown holds until the next page; that it was not kept is no loss worth a word.
  fold.known = response?.ok ? performance.now() : 0;
  if (!response?.ok || !find('#fold-form')?.isConnected) return;
  const blocks = parseHtml(await response.text());
  // Another folder is open by now.
  if (currentAddress() !== address) return askCounts();
  replaceFolders(blocks, asked);
}

/** Left closes, or goes to the folder around; right opens, or goes to the first folder within. */
function walkTree(event: KeyboardEvent, link: HTMLElement): void {
  const opens = document.documentElement.dir === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
  const item = link.closest('.folder-item');
  const fold = foldOf(item);
  const isOpen = fold?.ariaExpanded === 'true';
  if (event.key === opens ? fold && !isOpen : isOpen) {
    if (fold) void toggleFold(fold);
  } else {
    const next =
      event.key === opens
        ? item?.querySelector<HTMLElement>(':scope > .folder-sub a.folder')
        : item?.parentElement?.closest('.folder-item')?.querySelector<HTMLElement>('a.folder');
    next?.focus();
  }
  event.preventDefault();
}

let menu: HTMLElement | undefined;

/** Shows the menu of a folder beside its button; a browser without popovers goes to the folder's page. */
async function openMenu(link: HTMLAnchorElement): Promise<void> {
  const url = `${link.pathname}?return=${encodeURIComponent(location.pathname + location.search)}`;
  const response = await fetch(url, { headers: { 'X-Fragment': 'menu' } }).catch(() => undefined);
  if (!response?.ok || !('showPopover' in link)) return location.assign(link.href);
  menu?.remove();
  const shown = parseHtml(await response.text()).querySelector<HTMLElement>('.folder-menu');
  if (!shown) return location.assign(link.href);
  menu = document.adoptNode(shown);
  menu.popover = 'auto';
  const opened = menu;
  opened.addEventListener('toggle', (event) => {
    if ((event as ToggleEvent).newState !== 'closed') return;
    const hadFocus = opened.contains(document.activeElement) || document.activeElement === document.body;
    link.ariaExpanded = null;
    opened.remove();
    if (hadFocus) link.focus();
  });
  link.after(opened);
  opened.showPopover();
  link.ariaExpanded = 'true';
  const from = link.getBoundingClientRect();
  const { width, height } = opened.getBoundingClientRect();
  const isRtl = document.documentElement.dir === 'rtl';
  const left = isRtl ? from.left - width : from.right;
  opened.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
  opened.style.top = `${Math.max(8, Math.min(from.top, innerHeight - height - 8))}px`;
  find('a, button:not(:disabled)', opened)?.focus();
}

document.addEventListener('click', (event) => {
  if (!(event.target instanceof Element) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const fold = event.target.closest<HTMLButtonElement>('.fold');
  const more = event.target.closest<HTMLAnchorElement>('[data-folder-menu]');
  if (!fold && !more) return;
  event.preventDefault();
  if (fold) void toggleFold(fold);
  else if (more) void openMenu(more);
});
document.addEventListener('keydown', (event) => {
  if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (event.target instanceof HTMLElement && event.target.matches('a.folder')) walkTree(event, event.target);
});

/** Folded for comparing: no case, no accents. */
const fold = (text: string | null): string =>
  (text ?? '').normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().trim();

/** Shows the lines that hold what was typed, and those around them. */
function filterLines(selector: string, typed: string): void {
  const lines = findAll(selector);
  for (const line of lines) line.hidden = typed !== '';
  for (const line of lines) {
    if (typed === '' || !fold(find('.folder-name', line)?.textContent ?? '').includes(typed)) continue;
    for (let at: Element | null = line; at; at = at.parentElement?.closest(selector) ?? null)
      if (at instanceof HTMLElement) at.hidden = false;
  }
  for (const sub of findAll('.folder-sub'))
    sub.hidden =
      typed === ''
        ? foldOf(sub.closest('.folder-item'))?.ariaExpanded === 'false'
        : !find(`${selector}:not([hidden])`, sub);
}

const options = new WeakMap<HTMLSelectElement, readonly HTMLOptionElement[]>();

/** Leaves the choices that hold what was typed; options cannot be hidden in every browser. */
function filterOptions(select: HTMLSelectElement, typed: string): void {
  const all = options.get(select) ?? [...select.options];
  options.set(select, all);
  select.replaceChildren(...all.filter((option) => fold(option.textContent).includes(typed)));
}

document.addEventListener('input', (event) => {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || !input.dataset.filter) return;
  const select = find(input.dataset.filter);
  if (select instanceof HTMLSelectElement) filterOptions(select, fold(input.value));
  else filterLines(input.dataset.filter, fold(input.value));
});
// Enter takes what the filter left, not the first button of the form around.
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.isComposing || !(event.target instanceof HTMLInputElement)) return;
  const select = event.target.dataset.filter ? find(event.target.dataset.filter) : undefined;
  if (!(select instanceof HTMLSelectElement)) return;
  event.preventDefault();
  if (select.value !== '') find('button', select.parentElement ?? undefined)?.click();
});
/** Filters only work with this script, so it shows them. */
function showFilters(): void {
  for (const input of findAll('input[data-filter]')) input.hidden = false;
}
document.addEventListener('swap', showFilters);
showFilters();
