// Links and rows without a full load: `data-swap` links change the list in place, a row opens in the pane beside it,
// Back and Forward bring back what was there. Clicks with a modifier or another button stay the browser's.
import {
  currentAddress,
  find,
  findAll,
  isWide,
  keepScroll,
  rowOf,
  scrollToPosition,
  visit,
  withField,
} from './lib/fragment.ts';
import { bringReadingRoom } from './lib/reading-room.ts';

const isPlain = (event: MouseEvent): boolean =>
  event.button === 0 &&
  !event.ctrlKey &&
  !event.metaKey &&
  !event.shiftKey &&
  !event.altKey &&
  !event.defaultPrevented;

/** Opens a message in the pane; the row shows at once that it is read. */
async function openInPane(row: HTMLElement): Promise<void> {
  const base = find('#list')?.dataset.pane;
  const id = row.dataset.id;
  if (base === undefined || id === undefined) return;
  keepScroll();
  for (const link of findAll('.row-link[aria-current]')) link.removeAttribute('aria-current');
  find('.row-link', row)?.setAttribute('aria-current', 'true');
  if (await visit(withField(base, 'open', id), { fragment: 'pane', history: 'push' }))
    rowOf(id)?.classList.remove('unread');
}

/** Not all of the column are lists: the Outbox is a page, which would be asked for in vain and then again. */
const leadsToList = (link: HTMLAnchorElement): boolean =>
  link.matches('.folder') && link.dataset.full === undefined;

document.addEventListener('click', (event) => {
  if (!isPlain(event) || !(event.target instanceof Element)) return;
  const link = event.target.closest<HTMLAnchorElement>('a');
  if (!link) return;
  const row = link.closest<HTMLElement>('.row');
  if (link.matches('.row-link') && row && link.dataset.full === undefined && isWide()) {
    event.preventDefault();
    void openInPane(row);
  } else if (link.dataset.swap !== undefined || (leadsToList(link) && find('#list'))) {
    event.preventDefault();
    keepScroll();
    const paging = link.id === 'older' || link.id === 'newer';
    void visit(link.href, { history: 'push', scroll: 0 }).then((done) => {
      if (done && paging) find('.row-link')?.focus({ preventScroll: true });
    });
    // The drawer closes by leaving its target; its entry in the history is the one that is replaced.
    if (location.hash !== '') history.replaceState(history.state, '', currentAddress());
  } else if (link.matches('.row-link')) keepScroll();
});

// Who presses on a row or walks to it by keyboard is about to read.
for (const name of ['pointerdown', 'focusin'])
  document.addEventListener(name, ({ target }) => {
    if (target instanceof Element && target.closest('#rows .row-link') && isWide()) void bringReadingRoom();
  });

addEventListener('popstate', (event) => {
  if (!find('#list')) return;
  const { scroll, viewer } = (event.state ?? {}) as { scroll?: unknown; viewer?: unknown };
  // Under the viewer of a file (viewer.ts) nothing changed.
  if (viewer === true || find('dialog.viewer')) return;
  if (location.hash !== '') return;
  void visit(location.href, { scroll: typeof scroll === 'number' ? scroll : 0 });
});

// A page that was left by a full load comes back where it was.
const kept: unknown = (history.state as { scroll?: unknown } | null)?.scroll;
if (find('#list') && typeof kept === 'number') scrollToPosition(kept);
addEventListener('pagehide', () => {
  if (find('#list')) keepScroll();
});
// The toast's id has served; a reload must not show it again.
if (new URL(location.href).searchParams.has('u')) history.replaceState(history.state, '', currentAddress());
