// Actions without a full load: the same form is posted, the answer is the list as it is now. Rows show the change at
// once and come back when the server says no. When the open message leaves, the next one opens in its place.
import { currentAddress, find, rowOf, rows, visit, withField } from './lib/fragment.ts';

const leaving = new Set(['archive', 'trash', 'delete', 'junk', 'notjunk', 'move']);

/** Shows at once what an action does to a row; gives what takes it back. */
function showAtOnce(row: HTMLElement, action: string): () => void {
  const before = row.className;
  if (leaving.has(action)) row.classList.add('leaving');
  else if (action === 'star' || action === 'unstar') row.classList.toggle('starred', action === 'star');
  else row.classList.toggle('unread', action === 'unread');
  return () => {
    row.className = before;
  };
}

/** The row after those that leave, else the one before; of the list upside down with `way` -1. */
function neighbour(ids: readonly string[], way: 1 | -1): string | undefined {
  const list = rows().map((row) => row.dataset.id ?? '');
  if (way === -1) list.reverse();
  const last = Math.max(...ids.map((id) => list.indexOf(id)));
  const after = list.slice(last + 1).find((id) => !ids.includes(id));
  return after ?? list.slice(0, Math.max(last, 0)).findLast((id) => !ids.includes(id));
}

/** Posts an action for some messages, from the list's form or the pane's. `way`: which neighbour opens when they leave. */
export async function act(
  form: HTMLFormElement,
  submitter: HTMLElement | null,
  way: 1 | -1 = 1,
): Promise<void> {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form, submitter))
    if (typeof value === 'string') body.append(name, value);
  const [oneAction, oneId] = (body.get('one') ?? '').split(':');
  const action = oneAction || (body.get('action') ?? '');
  const ids = oneId ? [oneId] : body.getAll('id');
  const open = find('#pane')?.dataset.open ?? '';
  const goes = leaving.has(action);
  const next = goes && ids.length > 0 ? neighbour(ids, way) : undefined;
  if (form.closest('#list, #pane')) {
    // Marked unread, the open message must close: loading the pane again would mark it read.
    const opens = (goes || action === 'unread') && ids.includes(open) ? next : open || undefined;
    body.set('return', withField(currentAddress(), 'open', opens));
  }
  const undo = ids.flatMap((id) => {
    const row = rowOf(id);
    return row ? [showAtOnce(row, action)] : [];
  });
  const hadFocus = document.activeElement?.closest('#list') !== null;
  const done = await visit(form.getAttribute('action') ?? '/act', {
    body,
    history: 'replace',
    focusRow: hadFocus || goes ? (goes ? next : (ids[0] ?? undefined)) : undefined,
  });
  if (!done) for (const back of undo) back();
}

/** Submits a form as a button of this name and value would. */
export function submitAs(form: HTMLFormElement, name: string, value: string, way: 1 | -1 = 1): void {
  const submitter = document.createElement('button');
  submitter.hidden = true;
  submitter.name = name;
  submitter.value = value;
  form.append(submitter);
  if (find('#list')) void act(form, submitter, way);
  else form.requestSubmit(submitter);
  submitter.remove();
}

/** Runs an action on the ticked rows, else on one row; false: there is neither. */
export function actOn(action: string, row: HTMLElement | undefined, way: 1 | -1 = 1): boolean {
  const form = find<HTMLFormElement>('#list-form');
  if (!form) return false;
  const isTicked = find('.pick :checked', form) !== null;
  if (!isTicked && row === undefined) return false;
  if (isTicked) submitAs(form, 'action', action, way);
  else submitAs(form, 'one', `${action}:${row?.dataset.id ?? ''}`, way);
  return true;
}

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !find('#list')) return;
  // By attribute: a button named "action" hides the property.
  const path = form.getAttribute('action');
  if (path !== '/act' && path !== '/undo') return;
  // The question page is a page of its own.
  if (form.elements.namedItem('confirm')) return;
  // What leads to a file or to a new letter is the browser's.
  if (event.submitter instanceof HTMLButtonElement && /^(download|forward)/.test(event.submitter.value))
    return;
  event.preventDefault();
  void act(form, event.submitter);
});
