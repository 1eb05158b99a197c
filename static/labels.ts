// The menu of labels over a list: with script its boxes show what the ticked rows have (a stroke: some of them), and one
// button makes it so. Without this file the boxes start empty, and two buttons set or take off what is ticked. The keys of
// the menus of labels and of snooze are here too.
import { find, findAll, rows } from './lib/fragment.ts';
import { onShortcut } from './lib/keyboard.ts';

const boxesOf = (menu: HTMLElement): HTMLInputElement[] => findAll<HTMLInputElement>('[name="label"]', menu);

/** Says that the state of a box counts: what is offered and not ticked is taken off. */
function offer(box: HTMLInputElement): void {
  const field = document.createElement('input');
  field.type = 'hidden';
  field.name = 'offered';
  field.value = box.value;
  box.after(field);
}

function clear(menu: HTMLElement): void {
  for (const field of findAll('[name="offered"]', menu)) field.remove();
}

function showState(menu: HTMLDetailsElement): void {
  clear(menu);
  const ticked = rows().filter((row) => find('.pick :checked', row));
  // All of a list are more than the page knows of.
  const isKnown = ticked.length > 0 && !find('#select-bar [name="scope"]');
  const apply = find<HTMLButtonElement>('[data-apply]', menu);
  const takeOff = find<HTMLButtonElement>('[value="unlabel"]', menu);
  if (!apply || !takeOff) return;
  const words = find('span', apply);
  apply.dataset.words ??= words?.textContent ?? '';
  if (words) words.textContent = (isKnown ? apply.dataset.apply : apply.dataset.words) ?? '';
  takeOff.hidden = isKnown;
  for (const box of boxesOf(menu)) {
    const having = ticked.filter((row) => (row.dataset.labels ?? '').split(' ').includes(box.value)).length;
    box.checked = isKnown && having === ticked.length;
    box.indeterminate = isKnown && having > 0 && having < ticked.length;
    if (isKnown && box.checked) offer(box);
  }
}

document.addEventListener(
  'toggle',
  (event) => {
    const menu = event.target;
    if (menu instanceof HTMLDetailsElement && menu.id === 'label-menu' && menu.open) showState(menu);
  },
  true,
);
document.addEventListener('change', (event) => {
  const box = event.target;
  if (!(box instanceof HTMLInputElement) || box.name !== 'label') return;
  if (!box.closest('#label-menu') || box.nextElementSibling?.matches('[name="offered"]')) return;
  // A stroke that was clicked until it is empty is a wish now.
  if (!box.checked && find<HTMLButtonElement>('#label-menu [value="unlabel"]')?.hidden) offer(box);
});

/** Opens a menu of the ticked rows, else of the open message, and goes into it. */
function openOne(...selectors: readonly string[]): boolean {
  const isTicked = find('#rows .pick :checked') !== null;
  const [inList = '', ofMessage = ''] = selectors;
  const menu = find<HTMLDetailsElement>(isTicked ? inList : ofMessage);
  if (!menu) return false;
  menu.open = true;
  find('button, input', find('.menu-sheet', menu) ?? menu)?.focus();
  return true;
}
onShortcut('label', () => openOne('#label-menu', '.message-bar .label-menu'));
onShortcut('snooze', () => openOne('#snooze-menu', '.message-bar .snooze-menu'));
