// Without a connection: registers the service worker, which shows a page of ours in place of the browser's error, and keeps
// a letter on the screen that could not leave (webmail.md N8).
import { scriptAddress, showProblem } from './lib/fragment.ts';

if ('serviceWorker' in navigator && document.body.dataset.live)
  // Some browsers forbid it for this site; everything works without.
  navigator.serviceWorker.register(scriptAddress('/sw.js')).catch(() => undefined);

addEventListener(
  'submit',
  (event) => {
    if (navigator.onLine || !(event.target instanceof HTMLFormElement)) return;
    if (!event.target.matches('[data-compose]')) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    showProblem(document.body.dataset.offline ?? '');
  },
  true,
);
