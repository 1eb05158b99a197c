// What the other pages do for the compose page, whose own script they do not load: keeping the words that were selected
// when Reply was pressed, and forgetting the copies of a form that has arrived.

// static/writing/saving.ts sets it when a form leaves.
const leftKey = 'compose-left';

if (!document.querySelector('form[data-compose]') && sessionStorage.getItem(leftKey) !== null)
  for (const key of Object.keys(sessionStorage))
    if (key.startsWith('compose')) sessionStorage.removeItem(key);

// Words of a message that are selected when Reply is pressed are what is quoted.
document.addEventListener('click', (event) => {
  const link =
    event.target instanceof Element
      ? event.target.closest<HTMLAnchorElement>('a[href^="/compose?reply"]')
      : null;
  const selection = getSelection();
  const text = selection?.toString().trim() ?? '';
  if (!link || !selection || text === '' || text.length > 100_000) return;
  const within = selection.anchorNode?.parentElement?.closest('.message-text, .text-body, article');
  const id = [...new URL(link.href).searchParams].find(([name]) => name.startsWith('reply'))?.[1];
  if (within && id) sessionStorage.setItem('quote', JSON.stringify({ id, text }));
});
