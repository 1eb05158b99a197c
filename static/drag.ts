// Rows dragged to the folder column (webmail.md F4, M15): onto a folder they move, with Ctrl they are copied, onto a label
// they get it, onto Starred a star. Ticked rows go together under a pile that says how many. A closed folder opens when
// the pointer rests on it. The menus do the same without dragging.
import { actOnRows } from './act.ts';
import { find, findAll, rows } from './lib/fragment.ts';
import { plural } from './select.ts';

const restFor = 700;
/** What is under way; undefined when nothing of ours is. */
let dragged: HTMLElement[] | undefined;
let over: HTMLElement | null = null;
let rest: ReturnType<typeof setTimeout> | undefined;

/** The picture under the pointer. */
function makePile(count: number): HTMLElement {
  const pile = document.createElement('div');
  pile.className = count > 1 ? 'drag-pile many' : 'drag-pile';
  pile.textContent = plural(find('#list-form')?.dataset.many, count);
  document.body.append(pile);
  return pile;
}

/** The place of the column under the pointer that takes rows. */
function targetOf(event: DragEvent): HTMLElement | null {
  const link = event.target instanceof Element ? event.target.closest<HTMLElement>('a.folder') : null;
  if (!link || link.ariaCurrent === 'page' || link.getAttribute('aria-current')) return null;
  const path = link.getAttribute('href') ?? '';
  return link.dataset.label || path.startsWith('/f/') || path === '/v/starred' ? link : null;
}

function leave(): void {
  clearTimeout(rest);
  over?.classList.remove('drop');
  over = null;
}

document.addEventListener('dragstart', (event) => {
  const row = event.target instanceof Element ? event.target.closest<HTMLElement>('#rows > .row') : null;
  if (!row || !event.dataTransfer) return;
  const ticked = rows().filter((one) => find('.pick :checked', one));
  dragged = ticked.includes(row) ? ticked : [row];
  const pile = makePile(dragged.length);
  event.dataTransfer.clearData();
  event.dataTransfer.setData('text/plain', pile.textContent ?? '');
  event.dataTransfer.effectAllowed = 'copyMove';
  event.dataTransfer.setDragImage(pile, 12, 20);
  // The browser has taken its picture by the next turn.
  setTimeout(() => pile.remove());
  for (const one of dragged) one.classList.add('dragged');
});

document.addEventListener('dragover', (event) => {
  if (!dragged) return;
  const target = targetOf(event);
  if (target !== over) {
    leave();
    over = target;
    over?.classList.add('drop');
    const fold = over?.closest('.folder-row')?.querySelector<HTMLElement>('.fold[aria-expanded="false"]');
    if (fold) rest = setTimeout(() => fold.click(), restFor);
  }
  if (!over || !event.dataTransfer) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = event.ctrlKey || event.altKey || over.dataset.label ? 'copy' : 'move';
});

document.addEventListener('drop', (event) => {
  const target = targetOf(event);
  if (!dragged || !target) return;
  event.preventDefault();
  const { label, folder } = target.dataset;
  if (label) actOnRows(dragged, { action: 'label', label });
  else if (target.getAttribute('href') === '/v/starred') actOnRows(dragged, { action: 'star' });
  else actOnRows(dragged, { action: event.ctrlKey || event.altKey ? 'copy' : 'move', to: folder ?? '' });
});

document.addEventListener('dragend', () => {
  leave();
  dragged = undefined;
  for (const row of findAll('.row.dragged')) row.classList.remove('dragged');
});
