// Desktop notifications (webmail.md N1): asked for only by a click in the settings, and shown by the one tab that holds the
// connection, so never twice. Sender and subject, no sound; a click opens the message.
import type { LiveChange } from './events.ts';
import { find } from './lib/fragment.ts';

interface NewMessage {
  readonly id: string;
  readonly from: string;
  readonly subject: string;
  readonly href: string;
}

async function notify(ids: readonly string[]): Promise<void> {
  const response = await fetch(`/events/new?ids=${ids.slice(0, 5).join(',')}`, {
    headers: { 'X-Fragment': '1' },
  }).catch(() => undefined);
  if (!response?.ok) return;
  for (const { id, from, subject, href } of (await response.json()) as NewMessage[]) {
    const icon = find<HTMLLinkElement>('#favicon')?.href.replace('favicon-new', 'favicon');
    const shown = new Notification(from, {
      body: subject,
      tag: id,
      silent: true,
      ...(icon === undefined ? {} : { icon }),
    });
    shown.addEventListener('click', () => {
      shown.close();
      focus();
      // What is being written here stays.
      if (find('.compose-form')) open(href, '_blank', 'noopener');
      else location.assign(href);
    });
  }
}

document.addEventListener('live', (event) => {
  const { kind, folder, ids, isHere } = (event as CustomEvent<LiveChange>).detail;
  if (kind !== 'add' || folder !== 'INBOX' || !isHere || !ids) return;
  if (!document.body.dataset.notify || !('Notification' in window) || Notification.permission !== 'granted')
    return;
  // Who looks at the page sees it come.
  if (!document.hasFocus()) void notify(ids);
});

const box = find<HTMLInputElement>('#field-notify');
const button = find('#notify-allow');
const words = find('#notify-state');

/** What this browser says about it, beside the box. */
function showPermission(): void {
  if (!box || !button || !words) return;
  const isThere = 'Notification' in window;
  const isDenied = isThere && Notification.permission === 'denied';
  button.hidden = !(isThere && box.checked && Notification.permission === 'default');
  words.hidden = isThere && !(isDenied && box.checked);
  words.textContent = (isThere ? words.dataset.denied : words.dataset.missing) ?? '';
}

async function ask(): Promise<void> {
  if ('Notification' in window && Notification.permission === 'default')
    await Notification.requestPermission();
  showPermission();
}

if (box) {
  box.addEventListener('change', () => {
    if (box.checked) void ask();
    else showPermission();
  });
  button?.addEventListener('click', () => void ask());
  showPermission();
}
