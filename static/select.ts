// Ticking rows: the bar says how many, Shift ticks a range, the button of the bar ticks the page. Without this file
// the boxes are plain boxes of one form.
import { find, findAll } from './lib/fragment.ts';

const boxes = (): HTMLInputElement[] => findAll<HTMLInputElement>('#rows .pick input');
let anchor: HTMLInputElement | undefined;

/** Words with a number: the catalogue's plural forms come with the page. */
export function plural(forms: string | undefined, count: number): string {
  const table = JSON.parse(forms ?? '{}') as Record<string, string>;
  const language = document.documentElement.lang;
  const text = table[new Intl.PluralRules(language).select(count)] ?? table.other ?? '';
  return text.replace('{n}', new Intl.NumberFormat(language).format(count));
}

/** Brings the bar up to date with the boxes. */
export function showSelection(): void {
  const all = boxes();
  const count = all.filter((box) => box.checked).length;
  const words = find('#selected');
  if (words) {
    words.hidden = count === 0;
    words.dataset.count = String(count);
    words.textContent = plural(words.dataset.forms, count);
  }
  const bar = find('#select-bar');
  if (bar && !bar.querySelector('[name="scope"]')) bar.hidden = count === 0 || count < all.length;
}

/** Ticks or unticks the whole page. */
export function selectPage(checked: boolean): void {
  for (const box of boxes()) box.checked = checked;
  // "All in the folder" no longer holds once the ticks are changed.
  for (const field of findAll('#select-bar [name="scope"]')) field.remove();
  showSelection();
}

/** Ticks or unticks one row. */
export function toggleRow(row: HTMLElement): void {
  const box = find<HTMLInputElement>('.pick input', row);
  if (!box) return;
  box.checked = !box.checked;
  anchor = box;
  if (!box.checked) for (const field of findAll('#select-bar [name="scope"]')) field.remove();
  showSelection();
}

/** Ticks these too. */
export function selectRows(rows: readonly HTMLElement[]): void {
  for (const row of rows) {
    const box = find<HTMLInputElement>('.pick input', row);
    if (box) box.checked = true;
  }
  showSelection();
}

document.addEventListener('click', (event) => {
  const target = event.target;
  if (!(target instanceof Element)) return;
  const link = target.closest<HTMLElement>('[data-select]');
  if (link) {
    event.preventDefault();
    selectPage(link.dataset.select === 'page' && !boxes().every((box) => box.checked));
    return;
  }
  if (!(target instanceof HTMLInputElement) || !target.closest('.pick')) return;
  if (event.shiftKey && anchor?.isConnected) {
    const all = boxes();
    const [from, to] = [all.indexOf(anchor), all.indexOf(target)].sort((a, b) => a - b);
    for (const box of all.slice(from, (to ?? 0) + 1)) box.checked = target.checked;
  }
  anchor = target;
  if (!target.checked) for (const field of findAll('#select-bar [name="scope"]')) field.remove();
  showSelection();
});
document.addEventListener('swap', showSelection);
// Boxes that the browser ticked again when the page came back.
addEventListener('pageshow', showSelection);
