// The message page's behaviour: the frame becomes as high as its mail. The frame is an opaque origin and says its
// height by postMessage; only that window is listened to, and only a finite number in a sane range is believed
// (spec/webmail.md 3.2). Keys pressed inside the frame are handed on when they can lose nothing (V9). Where a link of the
// frame leads is said by the server's own table, the frame only names the link (3.7). A message that is to count as read
// after some seconds is marked when they have passed (V4).
import { find, findAll, rowOf } from '../lib/fragment.ts';

import { takeFromFrame } from '../lib/keyboard.ts';

const highest = 200_000;

/** A frame that was quicker than this script has said its height to nobody: it is asked to say it again. */
function askHeights(): void {
  for (const frame of document.querySelectorAll<HTMLIFrameElement>('iframe.message-frame'))
    frame.contentWindow?.postMessage({ ask: 'height' }, '*');
}

/** The line at the foot that says where a link leads. */
function showTarget(frame: HTMLIFrameElement, link: number): void {
  const table: unknown = JSON.parse(frame.dataset.links ?? '[]');
  const host: unknown = Array.isArray(table) && Number.isInteger(link) ? table[link] : undefined;
  const line = find('.link-line') ?? document.createElement('p');
  if (typeof host !== 'string' || host === '') {
    line.remove();
    return;
  }
  line.className = 'link-line';
  // The link itself says it to those who do not look.
  line.setAttribute('aria-hidden', 'true');
  line.textContent = host;
  if (!line.isConnected) document.body.append(line);
}

const waiting = new WeakSet<Element>();

/** Starts the clock of messages that count as read after a while. */
function timeReading(): void {
  for (const button of findAll<HTMLButtonElement>('button[data-read-after]')) {
    if (waiting.has(button)) continue;
    waiting.add(button);
    setTimeout(() => void markRead(button), Number(button.dataset.readAfter) * 1000);
  }
}

async function markRead(button: HTMLButtonElement): Promise<void> {
  const { form } = button;
  if (!button.isConnected || !form) return;
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form, button))
    if (typeof value === 'string') body.append(name, value);
  const response = await fetch('/act', { method: 'POST', body, redirect: 'manual' }).catch(() => undefined);
  // Refused: the button stays, for the reader to press.
  if (response?.type !== 'opaqueredirect' && !response?.ok) return;
  rowOf(body.get('id') ?? '')?.classList.remove('unread');
  button.remove();
}

addEventListener('message', (event: MessageEvent) => {
  const frame = [...document.querySelectorAll<HTMLIFrameElement>('iframe.message-frame')].find(
    (candidate) => candidate.contentWindow === event.source,
  );
  if (!frame || event.origin !== 'null') return;
  const said: unknown = event.data;
  if (typeof said !== 'object' || said === null) return;
  const { h: height, k: key, a: link } = said as { h?: unknown; k?: unknown; a?: unknown };
  if (typeof height === 'number' && Number.isFinite(height) && height > 0 && height <= highest) {
    frame.style.blockSize = `${Math.ceil(height)}px`;
    frame.classList.add('fits');
  }
  if (typeof link === 'number') showTarget(frame, link);
  if (typeof key === 'string') takeFromFrame(key);
});

if (document.body.classList.contains('page-print')) {
  const button = document.createElement('button');
  button.className = 'button small print-button';
  button.textContent = find('.print')?.dataset.print ?? '';
  button.addEventListener('click', () => {
    button.hidden = true;
    print();
    button.hidden = false;
  });
  document.querySelector('.print')?.prepend(button);
}

askHeights();
timeReading();
document.addEventListener('swap', () => {
  find('.link-line')?.remove();
  askHeights();
  timeReading();
});
// Load events do not bubble; they can be caught on their way down.
document.addEventListener('load', askHeights, true);
