// Actions without a full load: the same form is posted, the answer is the list as it is now (webmail.md 2.8). Rows show
// the change at once: one that goes is gone, and comes back in its place when the server says no, with a way to try
// again. What is asked about first (deleting for good) waits for its answer. Posts go one after the other, so that two on
// the same message arrive in order. When the open message leaves, the next one opens in its place.
import { currentAddress, find, findAll, focusRow, rowOf, rows, visit, withField } from './lib/fragment.ts';

const leaving = new Set(['archive', 'trash', 'junk', 'notjunk', 'move', 'snooze', 'unsnooze']);

/** Does the action take rows out of this list? Lists over several folders keep what was moved. */
function takesAway(action: string): boolean {
  const list = find('#list');
  if (!leaving.has(action) || !list?.dataset.folder) return false;
  // In Trash and Junk deleting is for good, and asked about.
  return action !== 'trash' || find('#toolbar [value="trash"]')?.dataset.asks === undefined;
}

/** Changes that the server has not answered yet, by message: rows of an older answer must not show them undone. */
const waiting = new Map<string, string>();

/** Shows at once what an action does to a row. */
function showAtOnce(row: HTMLElement, action: string): void {
  if (takesAway(action)) row.classList.add('gone');
  else if (leaving.has(action) || action === 'delete') row.classList.add('leaving');
  else if (action === 'star' || action === 'unstar') row.classList.toggle('starred', action === 'star');
  else if (action === 'read' || action === 'unread') row.classList.toggle('unread', action === 'unread');
}

document.addEventListener('swap', () => {
  for (const [id, action] of waiting) {
    const row = rowOf(id);
    if (row) showAtOnce(row, action);
  }
});

/** The row after those that leave, else the one before; of the list upside down with `way` -1. */
function neighbour(ids: readonly string[], way: 1 | -1): string | undefined {
  const list = rows()
    .filter((row) => !row.classList.contains('gone'))
    .map((row) => row.dataset.id ?? '');
  if (way === -1) list.reverse();
  const last = Math.max(...ids.map((id) => list.indexOf(id)));
  const after = list.slice(last + 1).find((id) => !ids.includes(id));
  return after ?? list.slice(0, Math.max(last, 0)).findLast((id) => !ids.includes(id));
}

/** What the toast of a failure offers besides its words. */
function offerAgain(again: () => void): void {
  const words = find('#list-form')?.dataset.again;
  const toast = find('#toast .toast');
  if (!toast || words === undefined) return;
  const button = document.createElement('button');
  button.className = 'toast-button';
  button.type = 'button';
  button.textContent = words;
  button.addEventListener('click', again);
  toast.append(button);
}

/** Which neighbour opens when the open message leaves: as asked now, else as the person chose; none is the list. */
const wayOf = (asked: 1 | -1 | undefined): 1 | -1 | undefined => {
  const chosen = find('#list')?.dataset.after;
  return asked ?? (chosen === 'list' ? undefined : chosen === 'newer' ? -1 : 1);
};

/** The star of an open message is told the other way round; the rest of the pane stays as it is. */
function turnStar(submitter: HTMLElement | null): void {
  const star = submitter?.closest<HTMLButtonElement>('.message-star');
  if (!star) return;
  const isOn = star.classList.toggle('starred');
  star.value = isOn ? 'unstar' : 'star';
  const words = star.dataset.other ?? '';
  star.dataset.other = star.title;
  star.title = words;
  star.ariaLabel = words;
}

let queue: Promise<unknown> = Promise.resolve();

/**
 * Posts an action and shows what it does. `form`: where it was asked for; `asked`: which neighbour opens when the open
 * message leaves. False: the server said no, and the rows are as they were.
 */
async function perform(
  path: string,
  body: URLSearchParams,
  ids: readonly string[],
  form: HTMLFormElement | undefined,
  asked: 1 | -1 | undefined,
): Promise<boolean> {
  const [oneAction] = (body.get('one') ?? '').split(':');
  const [action = ''] = (oneAction || (body.get('action') ?? '')).split(':');
  // One message of a conversation leaves: the others stay open, and their row stays.
  const others = form?.closest('.mail')
    ? findAll('.mail[data-mail]').map((mail) => mail.dataset.mail ?? '')
    : [];
  const stays = others.findLast((id) => !ids.includes(id));
  const goes = takesAway(action) && stays === undefined;
  const way = wayOf(asked);
  const next = (goes || leaving.has(action)) && ids.length > 0 ? neighbour(ids, way ?? 1) : undefined;
  const open = find('#pane')?.dataset.open ?? '';
  const isScope = body.has('scope');
  if (find('#list')) {
    // Marked unread, the open message must close: loading the pane again would mark it read.
    const closes = (leaving.has(action) || action === 'delete' || action === 'unread') && ids.includes(open);
    const opens = closes ? (stays ?? (way === undefined ? undefined : next)) : open || undefined;
    body.set('return', withField(currentAddress(), 'open', opens));
  }
  const before = new Map(ids.map((id) => [id, rowOf(id)?.className]));
  const hadFocus = document.activeElement?.closest('#list') !== null;
  if (!isScope && stays === undefined)
    for (const id of ids) {
      waiting.set(id, action);
      const row = rowOf(id);
      if (row) showAtOnce(row, action);
    }
  if (goes && hadFocus && next !== undefined) focusRow(next);
  const turn = queue.then(() =>
    visit(path, {
      body,
      history: 'replace',
      focusRow: hadFocus || goes ? (goes ? next : (ids[0] ?? undefined)) : undefined,
    }),
  );
  const done = turn.then((isDone) => {
    for (const id of ids) waiting.delete(id);
    if (isDone) return true;
    for (const [id, classes] of before) {
      const row = rowOf(id);
      if (row && classes !== undefined) row.className = classes;
    }
    offerAgain(() => void perform(path, body, ids, form, asked));
    return false;
  });
  queue = done;
  return done;
}

/** Posts an action for some messages, from the list's form or the pane's. `asked`: which neighbour opens when they leave. */
export async function act(
  form: HTMLFormElement,
  submitter: HTMLElement | null,
  asked?: 1 | -1,
): Promise<void> {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form, submitter))
    if (typeof value === 'string') body.append(name, value);
  const [, oneId] = (body.get('one') ?? '').split(':');
  const ids = oneId ? [oneId] : [...body.getAll('id'), ...body.getAll('thread')];
  const done = await perform(form.getAttribute('action') ?? '/act', body, ids, form, asked);
  if (done && form.closest('#pane')) turnStar(submitter);
}

/** Does something to rows that were dragged somewhere: `fields` name the action. */
export function actOnRows(dragged: readonly HTMLElement[], fields: Readonly<Record<string, string>>): void {
  const form = find<HTMLFormElement>('#list-form');
  if (!form) return;
  const body = new URLSearchParams(fields);
  for (const name of ['csrf', 'folder', 'return']) {
    const field = find<HTMLInputElement>(`input[name="${name}"]`, form);
    if (field) body.set(name, field.value);
  }
  const ids: string[] = [];
  for (const row of dragged) {
    const box = find<HTMLInputElement>('.pick input', row);
    if (!box) continue;
    body.append(box.name, box.value);
    ids.push(row.dataset.id ?? '');
  }
  void perform('/act', body, ids, form, undefined);
}

/** Submits a form as a button of this name and value would. */
export function submitAs(form: HTMLFormElement, name: string, value: string, way?: 1 | -1): void {
  const submitter = document.createElement('button');
  submitter.hidden = true;
  submitter.name = name;
  submitter.value = value;
  form.append(submitter);
  if (find('#list')) void act(form, submitter, way);
  else form.requestSubmit(submitter);
  submitter.remove();
}

/** A row of conversations stands for all of one. */
const kindOf = (row: HTMLElement | undefined): string =>
  row && find('.pick [name="thread"]', row) ? ':thread' : '';

/** Runs an action on the ticked rows, else on one row; false: there is neither. */
export function actOn(action: string, row: HTMLElement | undefined, way?: 1 | -1): boolean {
  const form = find<HTMLFormElement>('#list-form');
  if (!form) return false;
  const isTicked = find('.pick :checked', form) !== null;
  if (!isTicked && row === undefined) return false;
  if (isTicked) submitAs(form, 'action', action, way);
  else submitAs(form, 'one', `${action}:${row?.dataset.id ?? ''}${kindOf(row)}`, way);
  return true;
}

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !find('#list')) return;
  // By attribute: a button named "action" hides the property.
  const path = event.submitter?.getAttribute('formaction') ?? form.getAttribute('action');
  if (path !== '/act' && path !== '/undo') return;
  // The question page is a page of its own.
  if (form.elements.namedItem('confirm')) return;
  // What leads to a file or to a new letter is the browser's.
  if (event.submitter instanceof HTMLButtonElement && /^(download|forward)/.test(event.submitter.value))
    return;
  event.preventDefault();
  void act(form, event.submitter);
});
