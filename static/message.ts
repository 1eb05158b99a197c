// The message page's behaviour: the frame becomes as high as its mail. The frame is an opaque origin and says its
// height by postMessage; only that window is listened to, and only a finite number in a sane range is believed
// (spec/webmail.md 3.2). Keys pressed inside the frame are handed on when they can lose nothing (V9).

import { takeFromFrame } from './lib/keyboard.ts';

const highest = 200_000;

/** A frame that was quicker than this script has said its height to nobody: it is asked to say it again. */
function askHeights(): void {
  for (const frame of document.querySelectorAll<HTMLIFrameElement>('iframe.message-frame'))
    frame.contentWindow?.postMessage({ ask: 'height' }, '*');
}

addEventListener('message', (event: MessageEvent) => {
  const frame = [...document.querySelectorAll<HTMLIFrameElement>('iframe.message-frame')].find(
    (candidate) => candidate.contentWindow === event.source,
  );
  if (!frame || event.origin !== 'null') return;
  const said: unknown = event.data;
  if (typeof said !== 'object' || said === null) return;
  const { h: height, k: key } = said as { h?: unknown; k?: unknown };
  if (typeof height === 'number' && Number.isFinite(height) && height > 0 && height <= highest) {
    frame.style.blockSize = `${Math.ceil(height)}px`;
    frame.classList.add('fits');
  }
  if (typeof key === 'string') takeFromFrame(key);
});

if (document.body.classList.contains('page-print')) {
  const button = document.createElement('button');
  button.className = 'button small print-button';
  button.textContent = 'Print';
  button.addEventListener('click', () => {
    button.hidden = true;
    print();
    button.hidden = false;
  });
  document.querySelector('.print')?.prepend(button);
}

askHeights();
document.addEventListener('swap', askHeights);
// Load events do not bubble; they can be caught on their way down.
document.addEventListener('load', askHeights, true);
