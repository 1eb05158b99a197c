// What a page shows of what it hears (events.ts): folder counts, the title and icon of the tab, rows. New rows come in by
// themselves only when that moves nothing under the reader's hand; else a pill says how many there are.
import { askCounts, type LiveChange } from './events.ts';
import {
  announce,
  currentAddress,
  find,
  findAll,
  isVisiting,
  rowOf,
  rows,
  scrollPosition,
  visit,
} from './lib/fragment.ts';
import { plural } from './select.ts';

interface Counts {
  readonly folders: readonly {
    readonly name: string;
    readonly href: string;
    readonly count: string;
    readonly countWords: string;
    readonly strong: boolean;
    readonly total: number;
    readonly unread: number;
  }[];
  /** How far the index is, in words; '' when it is complete. */
  readonly progress: string;
}

function showCounts(counts: Counts): void {
  const links = findAll('.folder');
  for (const folder of counts.folders) {
    const link = links.find((candidate) => candidate.getAttribute('href') === folder.href);
    const place = link && find('.count', link);
    if (!link || !place || (place.firstElementChild?.textContent ?? '') === folder.count) continue;
    const number = document.createElement('span');
    number.ariaHidden = 'true';
    number.textContent = folder.count;
    const words = document.createElement('span');
    words.className = 'vh';
    words.textContent = `, ${folder.countWords}`;
    place.replaceChildren(...(folder.count === '' ? [] : [number, words]));
    link.classList.toggle('strong', folder.strong);
  }
}

/** "(3) Inbox" and the dot of the icon. */
function showTab(count: string): void {
  const plain = document.title.replace(/^\([\p{N}.,\s+٬’]+\) /u, '');
  document.title = count === '' ? plain : `(${count}) ${plain}`;
  const icon = find<HTMLLinkElement>('#favicon');
  const wanted = icon?.href.replace(/favicon(-new)?\.svg$/, count === '' ? 'favicon.svg' : 'favicon-new.svg');
  if (icon && wanted !== undefined && icon.href !== wanted) icon.href = wanted;
}

/** Is nobody in the middle of something in the list, so that it may be drawn again in its place? */
const isIdle = (): boolean =>
  !find('#list .pick :checked, #list details[open], #list .dragged') &&
  !document.activeElement?.closest('#list');

/** May rows move now? Not while ticked, scrolled, pointed at, or walked through by keyboard. */
const isQuiet = (): boolean => scrollPosition() < 4 && !find('#list:hover') && isIdle();

/** Rows that changed while they could not be drawn again. */
let isDue = false;
let latest: Counts | undefined;

/**
 * Draws the list as it is now; rows that were not there before slide in. `mayDraw` is asked again when they are there: who
 * has ticked a row meanwhile keeps the tick. False: so they wait for a quiet moment.
 */
async function drawAgain(mayDraw: () => boolean): Promise<boolean> {
  const before = new Set(rows().map((row) => row.dataset.id));
  let isShown = true;
  const mayShow = (): boolean => {
    isShown = mayDraw();
    return isShown;
  };
  await visit(currentAddress(), { keepPane: true, history: 'none', mayShow });
  isDue ||= !isShown;
  if (before.size > 0)
    for (const row of rows()) if (!before.has(row.dataset.id)) row.classList.add('arrived');
  return isShown;
}

async function showNews(counts: Counts): Promise<void> {
  const list = find('#list');
  if (!list) return;
  const folder = list.dataset.folder ?? '';
  const here = counts.folders.find(({ name }) => name === folder);
  const bar = find('#progress span');
  if (bar && counts.progress !== '') bar.textContent = counts.progress;
  const more = here ? here.total - Number(list.dataset.count) : 0;
  // Rows that were not read yet are asked for again; so is the whole when the index behind it is complete.
  if (list.dataset.reading === '1' || (bar && counts.progress === '')) {
    const mayDraw = more !== 0 ? isQuiet : isIdle;
    if (!isVisiting() && mayDraw()) return void (await drawAgain(mayDraw));
  }
  const isOther = more !== 0 || (here !== undefined && here.unread !== Number(list.dataset.unread));
  if (!isOther && !isDue) return;
  const words = more > 0 ? plural(find('#new-mail')?.dataset.forms, more) : '';
  // What became of rows that are there moves nothing; what comes or goes does.
  const mayDraw = list.dataset.live === '1' ? isQuiet : () => more === 0 && isIdle();
  if (!isVisiting() && mayDraw()) {
    isDue = false;
    if (await drawAgain(mayDraw)) {
      if (words !== '') announce(words);
      return;
    }
  }
  const pill = find('#new-mail');
  if (!pill || words === '' || pill.textContent === words) return;
  pill.hidden = false;
  pill.textContent = words;
  announce(words);
}

let again: ReturnType<typeof setTimeout> | undefined;

/** While the index behind the page is built nobody tells of it: it is asked. */
function lookWhileReading(): void {
  clearTimeout(again);
  if (!find('#list[data-reading="1"], #progress')) return;
  again = setTimeout(() => {
    if (!document.hidden) askCounts();
    lookWhileReading();
  }, 3000);
}

document.addEventListener('counts', (event) => {
  const counts = (event as CustomEvent<Counts>).detail;
  latest = counts;
  showCounts(counts);
  const inbox = counts.folders[0];
  if (inbox && document.body.dataset.live) showTab(inbox.count);
  void showNews(counts);
});

document.addEventListener('live', (event) => {
  const change = (event as CustomEvent<LiveChange>).detail;
  const list = find('#list');
  if (!list || !/^(add|change|remove|reload)$/.test(change.kind)) return;
  const shown = list.dataset.folder ?? '';
  const isHere = shown === '' ? change.ids?.some((id) => rowOf(id)) : change.folder === shown;
  // The counts that are on their way draw it.
  if (change.kind === 'reload' || isHere) isDue = true;
});

// What waited for a quiet moment has it when the pointer leaves.
document.addEventListener('pointerout', (event) => {
  if (isDue && latest && !event.relatedTarget) void showNews(latest);
});
document.addEventListener('swap', lookWhileReading);
lookWhileReading();
