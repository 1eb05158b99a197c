// Buttons that copy a text of the page: `data-copy` is the id of its field. Without a clipboard they stay hidden, and the
// field can be selected by hand.
import { announce, findAll } from '../lib/fragment.ts';

const prepare = (): void => {
  if (!navigator.clipboard) return;
  for (const button of findAll<HTMLButtonElement>('button[data-copy]')) button.hidden = false;
};

document.addEventListener('click', async (event) => {
  const button = (event.target as Element).closest<HTMLButtonElement>('button[data-copy]');
  const field = button && document.getElementById(button.dataset.copy ?? '');
  if (!button || !(field instanceof HTMLTextAreaElement)) return;
  const words = button.dataset.copied ?? '';
  try {
    await navigator.clipboard.writeText(field.value);
    const label = button.querySelector('span') ?? button;
    label.textContent = words;
    announce(words);
  } catch {
    // Not allowed here: what is selected can be copied with the keys.
    field.select();
  }
});
document.addEventListener('swap', prepare);
prepare();
