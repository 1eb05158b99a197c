// A conversation's behaviour: a folded message is fetched when it is opened, n and p go from message to message, and the
// page begins at the first unread one. Without this file a folded message has a link.
import { announce, find, findAll, parseHtml } from '../lib/fragment.ts';
import { onShortcut } from '../lib/keyboard.ts';

/** Fetches what is under a line and puts it in its place. */
async function load(mail: HTMLDetailsElement): Promise<void> {
  const href = mail.dataset.href;
  if (href === undefined || mail.classList.contains('loading')) return;
  mail.classList.add('loading');
  try {
    const response = await fetch(href, { headers: { 'X-Fragment': 'mail' } });
    if (response.status === 401) return location.assign(response.headers.get('X-Location') ?? '/login');
    const fresh = response.ok ? find('details.mail', parseHtml(await response.text())) : null;
    if (!fresh) throw new Error(String(response.status));
    const hadFocus = mail.contains(document.activeElement);
    const adopted = document.adoptNode(fresh);
    adopted.classList.remove('mail-unread');
    mail.replaceWith(adopted);
    if (hadFocus) find('summary', adopted)?.focus({ preventScroll: true });
    adopted.dispatchEvent(new CustomEvent('swap', { bubbles: true }));
  } catch {
    // Its preview and the link to the whole page stay.
    mail.classList.remove('loading');
    announce(find('.conversation')?.dataset.problem ?? '', true);
  }
}

// Toggle events do not bubble; they can be caught on their way down.
document.addEventListener(
  'toggle',
  (event) => {
    if (event.target instanceof HTMLDetailsElement && event.target.matches('.mail') && event.target.open)
      void load(event.target);
  },
  true,
);

/** The message with the focus, else the one that is looked at: the last that begins above the middle. */
export function currentMail(): HTMLElement | undefined {
  const mails = findAll('.conversation .mail');
  const focused = mails.find((mail) => mail.contains(document.activeElement));
  return focused ?? mails.findLast((mail) => mail.getBoundingClientRect().top < innerHeight / 2);
}

function walk(way: 1 | -1): boolean {
  const mails = findAll('.conversation .mail');
  const focused = mails.findIndex((mail) => mail.contains(document.activeElement));
  const first = mails.findIndex((mail) => mail.previousElementSibling?.id === 'start');
  const from = focused >= 0 ? focused : first - way;
  const mail = mails[Math.max(0, Math.min(mails.length - 1, from + way))];
  if (!mail) return false;
  (mail.matches('a') ? mail : find('summary', mail))?.focus({ preventScroll: true });
  mail.scrollIntoView({ block: 'start' });
  return true;
}
onShortcut('nextInConversation', () => walk(1));
onShortcut('previousInConversation', () => walk(-1));

/** For so long what is shown may still grow, as frames learn how high their mail is, milliseconds. */
const growing = 3000;
let watch: ResizeObserver | undefined;

/** Begins at the first unread message, and stays there while the page grows, until the reader moves. */
function goToStart(): void {
  watch?.disconnect();
  const start = find('.conversation .mail-start');
  const mails = start?.parentElement;
  if (!start || !mails || (!start.closest('#pane') && location.hash !== '#start')) return;
  const mine = new ResizeObserver(() => start.scrollIntoView({ block: 'start' }));
  const stop = () => mine.disconnect();
  for (const name of ['wheel', 'pointerdown', 'touchstart', 'keydown'])
    addEventListener(name, stop, { once: true, passive: true, capture: true });
  setTimeout(stop, growing);
  mine.observe(mails);
  watch = mine;
}
goToStart();
document.addEventListener('swap', (event) => {
  if (event.target instanceof Element && event.target.id === 'pane') goToStart();
});
