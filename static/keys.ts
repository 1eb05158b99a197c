// What the keyboard shortcuts of lists and messages do; which keys they are, says the table of static/lib/keyboard.ts.
import { actOn, submitAs } from './act.ts';
import { openDialog } from './floats.ts';
import { find, findAll, isWide, rowOf, rows } from './lib/fragment.ts';
import { onShortcut } from './lib/keyboard.ts';
import { selectPage, selectRows, toggleRow } from './select.ts';

const focusedRow = (): HTMLElement | undefined =>
  document.activeElement?.closest<HTMLElement>('#rows > .row') ?? undefined;

/** The row with the focus, else the one that is open. */
function currentRow(): HTMLElement | undefined {
  const open = find('#pane')?.dataset.open;
  return focusedRow() ?? (open ? (rowOf(open) ?? undefined) : undefined);
}

const isTicked = (): boolean => find('#rows .pick :checked') !== null;
const linkOf = (row: HTMLElement | undefined) => (row ? find('.row-link', row) : null);

/** To the next (1) or previous (-1) row; an open message follows. */
function step(way: 1 | -1): boolean {
  const list = rows();
  const current = currentRow();
  const link = linkOf(list[(current ? list.indexOf(current) : way === 1 ? -1 : list.length) + way]);
  if (!link) {
    const older = way === 1 && current ? find('#older') : null;
    older?.focus();
    return older !== null;
  }
  link.focus();
  if (isWide() && find('#pane')?.dataset.open) link.click();
  return true;
}

/** To a row of the list that has the focus, without opening it. */
function focusAt(place: (at: number, all: number) => number): boolean {
  const row = focusedRow();
  if (!row) return false;
  const list = rows();
  const to = Math.max(0, Math.min(list.length - 1, place(list.indexOf(row), list.length)));
  linkOf(list[to])?.focus();
  return true;
}

/** How many rows are seen at once. */
function rowsInView(): number {
  const high = rows()[0]?.offsetHeight || 80;
  return Math.max(
    1,
    Math.floor(((find('#list-form')?.clientHeight ?? innerHeight) || innerHeight) / high) - 1,
  );
}

/** Ticks the row with the focus and goes on, ticking. */
function extend(way: 1 | -1): boolean {
  const row = focusedRow();
  const list = rows();
  const next = row && list[list.indexOf(row) + way];
  if (!row || !next) return false;
  selectRows([row, next]);
  linkOf(next)?.focus();
  return true;
}

/** Presses a button or link of the open message; on its own page that is the whole page. */
function press(selector: string): boolean {
  // Answering in a conversation means the message with the focus, else the last.
  const mails = findAll('.mail[open]').filter((mail) => selector.startsWith('a[') && find(selector, mail));
  const mail = mails.find((one) => one.contains(document.activeElement)) ?? mails.at(-1);
  const target =
    (mail && find(selector, mail)) ??
    find(`#pane ${selector}`) ??
    (find('#list') ? null : find(`main ${selector}`));
  target?.click();
  return target !== null && target !== undefined;
}

/** On ticked rows, else on the row with the focus or the open message. `way`: which neighbour opens then. */
function actOrPress(action: string, way?: 1 | -1): boolean {
  return find('#list') ? actOn(action, currentRow(), way) : press(`button[name="action"][value="${action}"]`);
}

/** Opens a menu and goes into it. */
function openMenu(menu: HTMLElement | null | undefined): boolean {
  const details = menu?.closest('details');
  if (!details) return false;
  details.open = true;
  find('a, button, select, input', find('.menu-sheet', details) ?? details)?.focus();
  return true;
}

/** Shows the list alone again. */
function closePane(): boolean {
  const current = currentRow();
  if (!find('#pane')?.dataset.open) return false;
  history.back();
  linkOf(current)?.focus();
  return true;
}

const isArrow = (event: KeyboardEvent | undefined): boolean => event?.key.startsWith('Arrow') === true;
const inList = (): boolean => document.activeElement?.closest('#list') !== null;

// Arrows scroll where there is no list to walk through.
onShortcut('next', (event) => (!isArrow(event) || inList()) && step(1));
onShortcut('previous', (event) => (!isArrow(event) || inList()) && step(-1));
onShortcut('open', (event) => {
  // Enter opens what it is on by itself.
  const link = event?.key === 'Enter' ? null : linkOf(currentRow());
  link?.click();
  return link !== null;
});
onShortcut('back', (event) => {
  if (event?.key === 'Escape' && isTicked()) selectPage(false);
  else if (find('#list')) return closePane();
  else if (press('[data-key="u"]')) return true;
  else if (event?.key === 'Escape') return false;
  else history.back();
  return true;
});
onShortcut('first', () => focusAt(() => 0));
onShortcut('last', () => focusAt((_at, all) => all - 1));
onShortcut('pageDown', () => focusAt((at) => at + rowsInView()));
onShortcut('pageUp', () => focusAt((at) => at - rowsInView()));
onShortcut('select', (event) => {
  const row = currentRow();
  if (!row || (event?.key === ' ' && document.activeElement !== linkOf(row))) return false;
  toggleRow(row);
  return true;
});
onShortcut('extendDown', () => extend(1));
onShortcut('extendUp', () => extend(-1));
onShortcut('selectAll', (event) => {
  if (!find('#rows') || (event?.ctrlKey && !focusedRow())) return false;
  selectPage(true);
  return true;
});
onShortcut('selectNone', () => selectPage(false));
/** Ticks those rows and no others. */
const selectOnly = (selector: string): void => {
  selectPage(false);
  selectRows(rows().filter((row) => row.matches(selector)));
};
onShortcut('selectRead', () => selectOnly(':not(.unread)'));
onShortcut('selectUnread', () => selectOnly('.unread'));
onShortcut('selectStarred', () => selectOnly('.starred'));

onShortcut('archive', () => actOrPress('archive'));
onShortcut('archiveOlder', () => actOrPress('archive', 1));
onShortcut('archiveNewer', () => actOrPress('archive', -1));
onShortcut('trash', () => actOrPress('trash'));
// The server asks about the loss first.
onShortcut('deleteForGood', () => {
  if (find('#list')) return actOn('delete', currentRow());
  const form = find<HTMLFormElement>('main form.message-actions');
  if (form) submitAs(form, 'action', 'delete');
  return form !== null;
});
onShortcut('junk', () =>
  actOrPress(find('#toolbar [value="notjunk"], main [value="notjunk"]') ? 'notjunk' : 'junk'),
);
onShortcut('star', () => {
  const row = currentRow();
  if (find('#list')) return actOn(row?.classList.contains('starred') ? 'unstar' : 'star', row);
  return press('button[name="action"][value="star"]') || press('button[name="action"][value="unstar"]');
});
onShortcut('markRead', () => actOrPress('read'));
onShortcut('markUnread', () => actOrPress('unread'));
onShortcut('move', () => openMenu(isTicked() ? find('#move-to') : find('[id^="message-to-"]')));
onShortcut('more', () =>
  openMenu(
    isTicked()
      ? findAll('#toolbar details.menu > summary').at(-1)
      : findAll('.message-bar > details.menu > summary').at(-1),
  ),
);

onShortcut('reply', () => press('a[href^="/compose?reply="]'));
onShortcut('replyAll', () => press('a[href^="/compose?replyall="]') || press('a[href^="/compose?reply="]'));
onShortcut('replyList', () => press('a[href^="/compose?replylist="]'));
onShortcut('forward', () => press('a[href^="/compose?forward="]'));
onShortcut('print', () => press('a[href*="/print"]'));
// F6 walks between the list and the message; where there is no message it stays the browser's.
onShortcut('toMessage', () => {
  const pane = find('#pane');
  if (!pane?.dataset.open) return false;
  if (pane.contains(document.activeElement)) linkOf(rowOf(pane.dataset.open) ?? rows()[0])?.focus();
  else pane.focus();
  return true;
});

onShortcut('compose', () => location.assign('/compose'));
onShortcut('search', () => find<HTMLInputElement>('#search')?.select());
onShortcut('undo', () => {
  const button = find('#toast .toast-button');
  button?.click();
  return button !== null;
});
onShortcut('help', () => void openDialog('/help/shortcuts'));
onShortcut('goContacts', () => location.assign('/contacts'));
for (const [name, folder, usual] of [
  ['goInbox', 'inbox', '/f/INBOX'],
  ['goStarred', 'star', '/v/starred'],
  ['goDrafts', 'file-pen', '/f/Drafts'],
  ['goSent', 'send', '/f/Sent'],
  ['goArchive', 'archive', '/f/Archive'],
] as const)
  onShortcut(name, () => {
    // The column knows where they are: special folders have other names in some mailboxes. Contacts have another column.
    const link = find<HTMLAnchorElement>(`#folder-list use[href$="#${folder}"]`)?.closest('a');
    if (link) link.click();
    else location.assign(usual);
  });
