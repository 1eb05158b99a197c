// New mail without a reload: while the page is visible the folder counts are asked for every few seconds. New rows
// come in by themselves only when that moves nothing under the reader's hand; else a pill says how many there are.
import { announce, currentAddress, find, findAll, scrollPosition, visit } from './lib/fragment.ts';
import { plural } from './select.ts';

interface Counts {
  readonly folders: readonly {
    name: string;
    href: string;
    count: string;
    countWords: string;
    strong: boolean;
  }[];
  readonly here?: { total: number; unread: number };
  /** How far the index is, in words; '' when it is complete. */
  readonly progress: string;
}

const every = 3000;
const everyAfterFailure = 60_000;
let timer: ReturnType<typeof setTimeout> | undefined;

function showCounts(counts: Counts): void {
  for (const folder of counts.folders) {
    const link = findAll('.folder').find((candidate) => candidate.getAttribute('href') === folder.href);
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

/** Is nobody in the middle of something in the rows, so that they may be drawn again in their places? */
const isIdle = (): boolean =>
  !find('#list .pick :checked') && !document.activeElement?.closest('#rows, #progress');

/** May rows move now? Not while ticked, scrolled, pointed at, or walked through by keyboard. */
const isQuiet = (): boolean => scrollPosition() < 4 && !find('#list:hover') && isIdle();

async function look(): Promise<void> {
  const list = find('#list');
  const response = await fetch(`/counts?folder=${encodeURIComponent(list?.dataset.folder ?? '')}`);
  if (!response.ok) throw new Error(String(response.status));
  const counts = (await response.json()) as Counts;
  showCounts(counts);
  // Another list may have come meanwhile; it knows its own counts.
  if (!list || list !== find('#list')) return;
  const bar = find('#progress span');
  if (bar && counts.progress !== '') bar.textContent = counts.progress;
  // Rows that were not read yet are asked for again; so is the whole when the index behind it is complete.
  if (list.dataset.reading === '1' || (bar && counts.progress === '')) {
    const arrived = counts.here !== undefined && counts.here.total !== Number(list.dataset.count);
    if (arrived ? isQuiet() : isIdle()) {
      await visit(currentAddress(), { keepPane: true });
      return;
    }
  }
  if (!counts.here) return;
  const more = counts.here.total - Number(list.dataset.count);
  if (more === 0 && counts.here.unread === Number(list.dataset.unread)) return;
  const words = more > 0 ? plural(find('#new-mail')?.dataset.forms, more) : '';
  if (list.dataset.live === '1' && isQuiet()) {
    await visit(currentAddress(), { keepPane: true });
    if (words !== '') announce(words);
    return;
  }
  const pill = find('#new-mail');
  if (!pill || words === '' || pill.textContent === words) return;
  pill.hidden = false;
  pill.textContent = words;
  announce(words);
}

function lookAgain(delay: number): void {
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (document.hidden) return;
    look().then(
      () => lookAgain(every),
      () => lookAgain(everyAfterFailure),
    );
  }, delay);
}

if (find('#folders')) {
  lookAgain(0);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) lookAgain(0);
  });
}
