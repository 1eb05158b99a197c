// Keyboard shortcuts (the list is server/web/help/help.ts). Off while something is typed, inside dialogs, and with any
// modifier but Shift; by the character typed, so they hold on every layout.
import { actOn } from './act.ts';
import { openDialog } from './floats.ts';
import { find, findAll, isWide, rowOf, rows } from './lib/fragment.ts';
import { selectPage, toggleRow } from './select.ts';

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    target.matches(
      'textarea, select, input:not([type="checkbox"]):not([type="radio"]):not([type="submit"])',
    ));

/** The row with the focus, else the one that is open. */
function currentRow(): HTMLElement | undefined {
  const focused = document.activeElement?.closest<HTMLElement>('#rows > .row');
  const open = find('#pane')?.dataset.open;
  return focused ?? (open ? (rowOf(open) ?? undefined) : undefined);
}

/** To the next (1) or previous (-1) row; an open message follows. */
function step(way: 1 | -1): void {
  const list = rows();
  const current = currentRow();
  const at = current ? list.indexOf(current) : way === 1 ? -1 : list.length;
  const row = list[at + way];
  const link = row && find('.row-link', row);
  if (!link) {
    if (way === 1 && current) find('#older')?.focus();
    return;
  }
  link.focus();
  if (isWide() && find('#pane')?.dataset.open) link.click();
}

/** Presses a button or link of the open message; on its own page that is the whole page. */
function press(selector: string): boolean {
  const target = find(`#pane ${selector}`) ?? (find('#list') ? null : find(`main ${selector}`));
  target?.click();
  return target !== null && target !== undefined;
}

function actOrPress(action: string): void {
  if (find('#list')) actOn(action, currentRow());
  else press(`button[name="action"][value="${action}"]`);
}

const go: Readonly<Record<string, string>> = {
  i: '/f/INBOX',
  s: '/v/starred',
  d: '/f/Drafts',
  t: '/f/Sent',
  a: '/f/Archive',
};
const single: Readonly<Record<string, () => void>> = {
  j: () => step(1),
  k: () => step(-1),
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
  o: () => {
    const row = currentRow();
    if (row) find('.row-link', row)?.click();
  },
  u: () => {
    if (find('#list')) closePane();
    else if (!press('[data-key="u"]')) history.back();
  },
  x: () => {
    const row = currentRow();
    if (row) toggleRow(row);
  },
  e: () => actOrPress('archive'),
  '#': () => actOrPress('trash'),
  Delete: () => actOrPress('trash'),
  '!': () => actOrPress(find('#toolbar [value="notjunk"]') ? 'notjunk' : 'junk'),
  s: () => {
    const row = currentRow();
    if (find('#list')) actOn(row?.classList.contains('starred') ? 'unstar' : 'star', row);
    else if (!press('button[name="action"][value="star"]')) press('button[name="action"][value="unstar"]');
  },
  I: () => actOrPress('read'),
  U: () => actOrPress('unread'),
  v: () => {
    const menu = find<HTMLDetailsElement>('#move-menu');
    if (!menu || findAll('.pick :checked').length === 0) return;
    menu.open = true;
    find('#move-to')?.focus();
  },
  r: () => void press('a[href^="/compose?reply="]'),
  a: () => void (press('a[href^="/compose?replyall="]') || press('a[href^="/compose?reply="]')),
  l: () => void press('a[href^="/compose?replylist="]'),
  f: () => void press('a[href^="/compose?forward="]'),
  c: () => location.assign('/compose'),
  '/': () => find<HTMLInputElement>('#search')?.select(),
  z: () => find('#toast .toast-button')?.click(),
  '?': () => void openDialog('/help/shortcuts'),
};

/** Shows the list alone again. */
function closePane(): void {
  const current = currentRow();
  if (find('#pane')?.dataset.open) history.back();
  if (current) find('.row-link', current)?.focus();
}

let prefix = '';
let prefixTimer: ReturnType<typeof setTimeout> | undefined;

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (isTyping(event.target) || find('dialog[open]') || find('.compose-form')) return;
  if (event.target instanceof Element && event.target.closest('.menu-sheet')) return;
  const before = prefix;
  prefix = '';
  clearTimeout(prefixTimer);
  if (before === 'g' && go[event.key]) {
    event.preventDefault();
    location.assign(go[event.key] ?? '/');
    return;
  }
  if (before === '*' && (event.key === 'a' || event.key === 'n')) {
    event.preventDefault();
    selectPage(event.key === 'a');
    return;
  }
  if (event.key === 'g' || event.key === '*') {
    prefix = event.key;
    prefixTimer = setTimeout(() => {
      prefix = '';
    }, 1500);
    return;
  }
  // Arrows scroll where there is no list to walk through.
  if (event.key.startsWith('Arrow') && !document.activeElement?.closest('#list')) return;
  const run = single[event.key];
  if (!run) return;
  event.preventDefault();
  run();
});
