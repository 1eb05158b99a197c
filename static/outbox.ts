// A letter that leaves in some seconds: its toast counts down, stays while the page changes under it, and says at the end
// what came of it. Undo is the form that the server rendered. What is running is remembered for the next page.
import { askCounts, type LiveChange } from './events.ts';
import { find, parseHtml } from './lib/fragment.ts';
import { plural } from './select.ts';

/** The server still takes Undo for a moment after the page has stopped offering it, and only then sends. */
const leavesAfter = 3600;
const askAgainAfter = 2000;
const mostQuestions = 8;

interface Running {
  readonly toast: HTMLElement;
  readonly op: string;
  /** By this page's own clock. */
  readonly end: number;
}

let running: Running | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

const isShown = (): boolean => running?.toast.isConnected === true;

function remember(op: string, seconds: number): void {
  sessionStorage.setItem('sending', JSON.stringify({ op, end: Date.now() + seconds * 1000 }));
}
function forget(): void {
  clearTimeout(timer);
  running = undefined;
  sessionStorage.removeItem('sending');
}

/** Puts a toast in its place, as the server renders it now. */
async function ask(op: string, left: number): Promise<void> {
  const fields = new URLSearchParams({ u: op, return: location.pathname + location.search });
  const response = await fetch(`/outbox/told?${fields}`).catch(() => undefined);
  const toast = response?.ok ? find('.toast', parseHtml(await response.text())) : undefined;
  // Closed, or taken by another toast meanwhile: nobody waits for the end.
  const place = find('#toast');
  if (running && !isShown() && place?.firstElementChild) return forget();
  if (!toast || left === 0) return forget();
  place?.replaceChildren(document.adoptNode(toast));
  if (toast.dataset.seconds === undefined) {
    forget();
    place?.dispatchEvent(new CustomEvent('swap', { bubbles: true }));
  } else if (toast.dataset.seconds === '0') {
    running = { toast, op, end: 0 };
    timer = setTimeout(() => void ask(op, left - 1), askAgainAfter);
  } else start();
}

function tick(): void {
  if (!running) return;
  const { toast, op, end } = running;
  const seconds = Math.ceil((end - performance.now()) / 1000);
  const words = find('.toast-words', toast);
  if (seconds <= 0) {
    if (words) words.textContent = toast.dataset.sending ?? '';
    find('form', toast)?.remove();
    timer = setTimeout(() => void ask(op, mostQuestions), leavesAfter);
    return;
  }
  if (words) words.textContent = plural(toast.dataset.forms ?? '{}', seconds);
  timer = setTimeout(tick, end - performance.now() - (seconds - 1) * 1000);
}

/** Begins with the toast that the page has, if it is one that counts. */
function start(): void {
  const toast = find('#toast > [data-letter]');
  const op = toast?.dataset.letter;
  if (!toast || op === undefined || running?.toast === toast) return;
  clearTimeout(timer);
  const seconds = Number(toast.dataset.seconds);
  running = { toast, op, end: performance.now() + seconds * 1000 };
  remember(op, seconds);
  tick();
}

// The list was drawn anew: a toast that still counts goes on, unless another has something to say.
document.addEventListener('swap', (event) => {
  const place = find('#toast');
  if (event.target === place && running && !isShown()) {
    if (place?.firstElementChild) forget();
    else place?.append(running.toast);
  }
  start();
});
document.addEventListener('click', (event) => {
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest('[data-letter] .toast-close')) forget();
});

let refreshing: ReturnType<typeof setTimeout> | undefined;
/** Draws the letters anew, unless somebody is in the middle of something there. */
async function refreshLetters(): Promise<void> {
  const shown = find('#outbox');
  if (!shown || find('details[open]', shown) || shown.contains(document.activeElement)) return;
  const response = await fetch('/v/outbox', { headers: { 'X-Fragment': '1' } }).catch(() => undefined);
  const fresh = response?.ok ? find('#outbox', parseHtml(await response.text())) : undefined;
  if (fresh) shown.replaceWith(document.adoptNode(fresh));
}
document.addEventListener('live', (event) => {
  if ((event as CustomEvent<LiveChange>).detail.kind !== 'outbox') return;
  askCounts();
  clearTimeout(refreshing);
  refreshing = setTimeout(() => void refreshLetters(), 300);
});

start();
if (!running && find('#toast') && !find('#toast > *')) {
  const kept = sessionStorage.getItem('sending');
  const { op, end } = (kept === null ? {} : JSON.parse(kept)) as { op?: string; end?: number };
  // What ended long ago needs no toast any more.
  if (op !== undefined && end !== undefined && Date.now() < end + 30_000) void ask(op, mostQuestions);
  else sessionStorage.removeItem('sending');
}
