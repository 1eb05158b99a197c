// What changes on the server, told to every tab of this browser over one connection (webmail.md 2.7): a lock says which tab
// holds it, a channel passes on what it hears. When it fails twice the counts are asked for each minute, and after two
// minutes without an answer the page says that updates are paused. Tells by the events `live` (one change) and `counts`.
import { find } from './lib/fragment.ts';
import { readStream, type Told } from './lib/stream.ts';

/** What a page hears of one change; `detail` of the event `live`. */
export interface LiveChange {
  readonly kind: string;
  readonly folder?: string;
  readonly ids?: readonly string[];
  /** This tab heard it itself, from the server: of all tabs only one does. */
  readonly isHere?: boolean;
  readonly [name: string]: unknown;
}

type Passed =
  | { readonly what: 'change'; readonly change: LiveChange; readonly number: string | undefined }
  | { readonly what: 'counts'; readonly counts: unknown }
  | { readonly what: 'state'; readonly state: '' | 'paused' | 'signedout' };

const pollEvery = 60_000;
const pausedAfter = 120_000;
const triesBeforePolling = 2;
const tag = document.body.dataset.live ?? '';
const channel =
  tag === '' || !('BroadcastChannel' in window) ? undefined : new BroadcastChannel(`live ${tag}`);

function hear(passed: Passed): void {
  if (passed.what === 'state') return showState(passed.state);
  // Should this tab hold the connection next, it goes on from here.
  if (passed.what === 'change') heard = passed.number ?? heard;
  const isCounts = passed.what === 'counts';
  const detail = isCounts ? passed.counts : passed.change;
  document.dispatchEvent(new CustomEvent(isCounts ? 'counts' : 'live', { detail }));
}

/** To this tab and to all others. */
function pass(passed: Passed): void {
  hear(passed.what === 'change' ? { ...passed, change: { ...passed.change, isHere: true } } : passed);
  channel?.postMessage(passed);
}

function showState(state: string): void {
  const place = find('#updates');
  if (!place) return;
  place.hidden = state === '';
  for (const words of place.querySelectorAll<HTMLElement>('[data-state]'))
    words.hidden = words.dataset.state !== state;
}

let heard: string | undefined;
let failures = 0;
let lastAnswer = Date.now();
let isSignedOut = false;

const wait = (time: number, stop: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      removeEventListener('online', end);
      resolve();
    };
    const timer = setTimeout(end, time);
    // The network is back: nobody waits longer.
    addEventListener('online', end);
    stop.addEventListener('abort', end);
  });

function signOut(): void {
  isSignedOut = true;
  pass({ what: 'state', state: 'signedout' });
}

let isAsking = false;
let countsAt = 0;
/** Asks for the counts: soon, but not more often than each second. */
export function askCounts(): void {
  if (isAsking) return;
  isAsking = true;
  setTimeout(
    () => {
      isAsking = false;
      void fetchCounts();
    },
    Math.max(60, countsAt + 1000 - Date.now()),
  );
}

function passCounts(counts: unknown): void {
  pass({ what: 'counts', counts });
  pass({ what: 'state', state: '' });
}

async function fetchCounts(): Promise<void> {
  countsAt = Date.now();
  try {
    const response = await fetch('/counts', { headers: { 'X-Fragment': '1' } });
    if (response.status === 401) return signOut();
    if (!response.ok) return;
    lastAnswer = Date.now();
    passCounts(await response.json());
  } catch {
    // The connection is away: the next look says so when it lasts.
  }
}

function tell({ kind, number, text }: Told): void {
  if (number !== undefined) heard = number;
  lastAnswer = Date.now();
  if (kind === 'end') {
    if (text === 'later') failures = triesBeforePolling;
    return;
  }
  failures = 0;
  if (kind === '') return;
  if (kind === 'ready') return askCounts();
  if (kind === 'counts') return passCounts(JSON.parse(text));
  if (kind === 'version') {
    pass({ what: 'state', state: '' });
    const own = find<HTMLScriptElement>('script[src*="/static/"]')?.getAttribute('src') ?? '';
    // Blocks of another build would not fit: the next click loads the whole page.
    if (!own.includes(text)) document.body.dataset.stale = '1';
    return;
  }
  pass({ what: 'change', change: { ...(text === '' ? {} : JSON.parse(text)), kind }, number });
  if (/^(folder|add|change|remove|reload)$/.test(kind)) askCounts();
}

/** Holds the connection, or asks now and then, until it is told to stop. */
async function hold(stop: AbortSignal): Promise<void> {
  while (!stop.aborted && !isSignedOut) {
    const status = await readStream(`/events?of=${tag}`, heard, tell, stop);
    if (stop.aborted || isSignedOut) return;
    if (status === 401 || status === 409) return signOut();
    failures += 1;
    if (failures > triesBeforePolling) {
      await fetchCounts();
      if (Date.now() - lastAnswer > pausedAfter) pass({ what: 'state', state: 'paused' });
    }
    // Not all at once after a restart of the server.
    const pause = failures > triesBeforePolling + 1 ? pollEvery : failures * failures * 1000;
    await wait(pause * (0.75 + Math.random() / 2), stop);
  }
}

let stopping: AbortController | undefined;

/** Takes part: this tab holds the connection when no other does. */
function begin(): void {
  if (stopping) return;
  const stop = new AbortController();
  stopping = stop;
  // Locks are only there on safe origins; elsewhere the tab that is looked at has a connection of its own.
  if (!navigator.locks || !channel) {
    if (!document.hidden) void hold(stop.signal);
    return;
  }
  navigator.locks
    .request(`live ${tag}`, { signal: stop.signal }, () => hold(stop.signal))
    .catch(() => {
      // The page went away while it waited.
    });
}

function end(): void {
  stopping?.abort();
  stopping = undefined;
}

if (tag !== '') {
  channel?.addEventListener('message', (event: MessageEvent<Passed>) => hear(event.data));
  begin();
  // A page that rests in the history holds nothing.
  addEventListener('pagehide', end);
  addEventListener('pageshow', (event) => {
    if (event.persisted) begin();
  });
  document.addEventListener('visibilitychange', () => {
    if (isSignedOut && !document.hidden) {
      // Somebody may have signed in again in another tab.
      isSignedOut = false;
      end();
      begin();
    }
    if (navigator.locks && channel) return;
    end();
    if (!document.hidden) begin();
  });
}
