// What floats over the page: menus close when the focus or a click goes elsewhere, Esc closes the topmost thing and
// gives the focus back, help opens as a dialog, toasts leave after a while unless someone is on them.
import { find, findAll, parseHtml } from './lib/fragment.ts';

/** Shows an address of ours as a dialog; without the answer the browser goes there. */
export async function openDialog(address: string): Promise<void> {
  const response = await fetch(address, { headers: { 'X-Fragment': 'dialog' } }).catch(() => undefined);
  if (!response?.ok) return location.assign(address);
  const dialog = document.createElement('dialog');
  dialog.setAttribute('aria-labelledby', 'shortcuts-title');
  const form = document.createElement('form');
  form.method = 'dialog';
  form.className = 'dialog-close';
  const close = document.createElement('button');
  close.className = 'button quiet small';
  close.textContent = document.body.dataset.close ?? '';
  form.append(close);
  dialog.append(form, ...parseHtml(await response.text()).body.childNodes);
  const opener = document.activeElement;
  dialog.addEventListener('close', () => {
    dialog.remove();
    if (opener instanceof HTMLElement) opener.focus();
  });
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
}

const openMenus = () => findAll<HTMLDetailsElement>('details.menu[open]');

document.addEventListener('click', (event) => {
  const target = event.target;
  if (!(target instanceof Element)) return;
  for (const menu of openMenus()) if (!menu.contains(target)) menu.open = false;
  const link = target.closest<HTMLAnchorElement>('a[data-dialog]');
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    for (const menu of openMenus()) menu.open = false;
    void openDialog(link.href);
  }
  const close = target.closest('.toast-close');
  if (close) {
    event.preventDefault();
    find('#toast')?.replaceChildren();
  }
  // The drawer: leaving its target closes it without a jump of the page under it.
  if (target.closest('.drawer-close, .scrim')) {
    event.preventDefault();
    history.back();
  }
});
document.addEventListener('focusin', (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target as Node)) menu.open = false;
});
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || find('dialog[open]')) return;
  const menu = openMenus().at(-1);
  if (menu) {
    menu.open = false;
    find('summary', menu)?.focus();
  } else if (location.hash === '#folders') history.back();
  else if (find('#toast > *')) find('#toast')?.replaceChildren();
  else return;
  // Esc did one thing; it does not lead back to the list as well.
  event.preventDefault();
});

let timer: ReturnType<typeof setTimeout> | undefined;
/** Starts the toast's time, or starts it again. */
function timeToast(): void {
  clearTimeout(timer);
  // A letter that is about to leave keeps its toast until that is settled (outbox.ts).
  if (!find('#toast > :not([data-letter])')) return;
  timer = setTimeout(
    () => {
      if (find('#toast:hover, #toast:focus-within')) timeToast();
      else find('#toast')?.replaceChildren();
    },
    Number(document.body.dataset.toast ?? 10) * 1000,
  );
}
document.addEventListener('swap', timeToast);
timeToast();
