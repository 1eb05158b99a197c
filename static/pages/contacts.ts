// Contacts with script: a card opens beside the list without the list moving, and a picture is made small enough before it
// is sent. Both work without: the card is a page of its own, and the form says how large a picture may be.
import { find, findAll, isWide, parseHtml } from '../lib/fragment.ts';

/** Shows the card of an address in the pane; false when it must be a full load. */
async function showCard(address: string): Promise<boolean> {
  const response = await fetch(address, { headers: { 'X-Fragment': '1' } }).catch(() => undefined);
  if (!response?.ok) return false;
  const blocks = parseHtml(await response.text());
  const pane = blocks.getElementById('contact-pane');
  if (!pane) return false;
  find('#contact-pane')?.replaceWith(document.adoptNode(pane));
  const root = find('[data-title]', blocks);
  document.title = root?.dataset.title ?? document.title;
  document.body.className = root?.dataset.class ?? document.body.className;
  find('#toast')?.replaceChildren();
  const path = new URL(address, location.href).pathname;
  for (const link of findAll<HTMLAnchorElement>('.contact-link')) {
    if (link.pathname === path) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  return true;
}

document.addEventListener('click', (event) => {
  if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link =
    event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[data-contact]') : null;
  if (!link || !isWide()) return;
  event.preventDefault();
  void showCard(link.href).then((done) => {
    if (done) history.pushState(null, '', link.href);
    else location.assign(link.href);
  });
});
addEventListener('popstate', () => {
  if (find('#contact-pane') && location.hash === '')
    void showCard(location.href).then((done) => {
      if (!done) location.reload();
    });
});

// A page opened by its address begins at the top of the list, wherever the card's row is.
find('.contact-link[aria-current]')?.scrollIntoView({ block: 'nearest' });

/** The middle of a picture as a square JPEG; the file itself when it cannot be drawn or is small. */
async function shrink(file: File, points: number): Promise<File> {
  const bitmap = await createImageBitmap(file).catch(() => undefined);
  if (!bitmap || (file.size < 100_000 && Math.max(bitmap.width, bitmap.height) <= points)) return file;
  const side = Math.min(bitmap.width, bitmap.height);
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = Math.min(points, side);
  canvas
    .getContext('2d')
    ?.drawImage(
      bitmap,
      (bitmap.width - side) / 2,
      (bitmap.height - side) / 2,
      side,
      side,
      0,
      0,
      canvas.width,
      canvas.height,
    );
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.85));
  return blob ? new File([blob], 'picture.jpg', { type: 'image/jpeg' }) : file;
}

document.addEventListener('change', (event) => {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || input.dataset.shrink === undefined) return;
  const [file] = input.files ?? [];
  if (!file) return;
  void shrink(file, Number(input.dataset.shrink)).then((small) => {
    if (small === file || input.files?.[0] !== file) return;
    const transfer = new DataTransfer();
    transfer.items.add(small);
    input.files = transfer.files;
  });
});
