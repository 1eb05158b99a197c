// A file of a message over the message (webmail.md A4): links with `data-view` open in a dialog that has the viewer's
// address, so Back closes it, Reload shows the page, and the arrow keys go to the next file. Without this script, and
// with a modifier, the links are what they are.
import { find, parseHtml } from '../lib/fragment.ts';

let dialog: HTMLDialogElement | undefined;
let opener: Element | null = null;
let titleBefore = '';

const isViewer = (state: unknown): boolean =>
  (state as { viewer?: unknown } | null)?.viewer === true && find('.message-block') !== null;

/** Takes the dialog away; the history is not touched. */
function closeDialog(): void {
  if (!dialog) return;
  dialog.remove();
  dialog = undefined;
  document.title = titleBefore;
  if (opener instanceof HTMLElement) opener.focus();
}

function makeDialog(): HTMLDialogElement {
  const made = document.createElement('dialog');
  made.className = 'viewer';
  made.setAttribute('aria-labelledby', 'view-name');
  // Escape goes through the history like every other way out.
  made.addEventListener('cancel', (event) => {
    event.preventDefault();
    history.back();
  });
  made.addEventListener('click', (event) => {
    if (event.target === made) history.back();
  });
  document.body.append(made);
  titleBefore = document.title;
  return made;
}

/** Shows the viewer of an address; where the server does not answer the browser goes there itself. */
async function show(address: string, way: 'push' | 'replace' | 'none'): Promise<void> {
  const response = await fetch(address, { headers: { 'X-Fragment': 'dialog' } }).catch(() => undefined);
  const blocks = response?.ok ? parseHtml(await response.text()) : undefined;
  const view = blocks && find('.view', blocks);
  if (!view) return location.assign(address);
  if (way === 'push') history.pushState({ viewer: true }, '', address);
  else if (way === 'replace') history.replaceState({ viewer: true }, '', address);
  if (!dialog) {
    opener = document.activeElement;
    dialog = makeDialog();
  }
  const focused = document.activeElement?.getAttribute('rel');
  dialog.replaceChildren(document.adoptNode(view));
  document.title = view.dataset.title ?? titleBefore;
  if (!dialog.open) dialog.showModal();
  // Going on with the same button keeps the focus on it.
  if (focused) (find(`[rel="${focused}"]`, dialog) ?? find('.view-back', dialog))?.focus();
  view.dispatchEvent(new CustomEvent('swap', { bubbles: true }));
}

document.addEventListener('click', (event) => {
  if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (!(event.target instanceof Element)) return;
  if (dialog && event.target.closest('.view-back')) {
    event.preventDefault();
    history.back();
    return;
  }
  const link = event.target.closest<HTMLAnchorElement>('a[data-view]');
  if (!link || (!dialog && !link.closest('.message-block'))) return;
  event.preventDefault();
  void show(link.href, dialog ? 'replace' : 'push');
});

document.addEventListener('keydown', (event) => {
  if (!dialog || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (event.target instanceof Element && event.target.closest('audio, video, pre, select')) return;
  const isRightToLeft = document.documentElement.dir === 'rtl';
  const forward = isRightToLeft ? 'ArrowLeft' : 'ArrowRight';
  const back = isRightToLeft ? 'ArrowRight' : 'ArrowLeft';
  const rel = event.key === forward ? 'next' : event.key === back ? 'prev' : '';
  if (rel === '') return;
  event.preventDefault();
  find(`a[rel="${rel}"]`, dialog)?.click();
});

addEventListener('popstate', (event) => {
  if (isViewer(event.state)) void show(location.href, 'none');
  else closeDialog();
});
