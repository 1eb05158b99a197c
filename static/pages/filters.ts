// The order of rules by dragging them (webmail.md R1): the list is in its new order at once, and the same form that the
// buttons use tells the server. Buttons and keyboard do all of it without this.
import { find } from '../lib/fragment.ts';

let dragged: HTMLElement | undefined;

const ruleOf = (event: Event): HTMLElement | undefined =>
  (event.target as Element | null)?.closest?.<HTMLElement>('#rules > .rule') ?? undefined;

function clearMarks(): void {
  for (const rule of document.querySelectorAll('#rules > .rule'))
    rule.classList.remove('drop-before', 'drop-after');
}

/** The rule that it would stand before; undefined: at the end. */
function followerOf(event: DragEvent, over: HTMLElement): Element | null {
  const box = over.getBoundingClientRect();
  return event.clientY < box.top + box.height / 2 ? over : over.nextElementSibling;
}

/** Sends the new order as the buttons do, and shows the page as it then is. */
function tell(rule: HTMLElement, follower: Element | null): void {
  const form = rule.querySelector<HTMLFormElement>('.rule-order');
  if (!form) return;
  const before = document.createElement('input');
  before.type = 'hidden';
  before.name = 'before';
  before.value = (follower as HTMLElement | null)?.dataset.rule ?? '';
  form.append(before);
  form.submit();
}

document.addEventListener('dragstart', (event) => {
  const rule = ruleOf(event);
  if (!rule || !event.dataTransfer) return;
  dragged = rule;
  rule.classList.add('dragged');
  event.dataTransfer.effectAllowed = 'move';
  event.dataTransfer.setData('text/plain', rule.querySelector('.rule-sentence')?.textContent?.trim() ?? '');
});
document.addEventListener('dragover', (event) => {
  const over = ruleOf(event);
  if (!dragged || !over) return;
  event.preventDefault();
  clearMarks();
  if (over === dragged) return;
  over.classList.add(followerOf(event, over) === over ? 'drop-before' : 'drop-after');
});
document.addEventListener('drop', (event) => {
  const over = ruleOf(event);
  if (!dragged || !over) return;
  event.preventDefault();
  const follower = followerOf(event, over);
  if (over !== dragged && follower !== dragged && dragged.nextElementSibling !== follower) {
    over.parentElement?.insertBefore(dragged, follower);
    tell(dragged, follower);
  }
});
document.addEventListener('dragend', () => {
  dragged?.classList.remove('dragged');
  dragged = undefined;
  clearMarks();
});

/** Rules can be taken hold of where a mouse is; a finger scrolls. */
const list = find<HTMLElement>('#rules');
if (list && list.children.length > 1 && matchMedia('(pointer: fine)').matches) {
  list.classList.add('draggable');
  for (const rule of list.querySelectorAll<HTMLElement>(':scope > .rule')) rule.draggable = true;
}
