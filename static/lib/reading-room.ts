// What only messages need, read.css and read.js, does not come with a list: it is asked for together with the first
// message that opens in its pane. A page that the server rendered with a message has both from the start.

let coming: Promise<void> | undefined;

async function bring(app: HTMLLinkElement): Promise<void> {
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = app.href.replace(/app\.css$/, 'read.css');
  const styled = new Promise((resolve, reject) => {
    link.addEventListener('load', resolve);
    link.addEventListener('error', reject);
  });
  // Behind app.css, and before the look of a domain.
  app.after(link);
  try {
    await Promise.all([styled, import('../reading/reading.ts')]);
  } catch {
    // Without them a message is plain, and its links are links; the next one asks again.
    link.remove();
    coming = undefined;
  }
}

/** Brings both, once; resolves when a message may be shown. Never rejects. */
export function bringReadingRoom(): Promise<void> {
  const app = document.querySelector<HTMLLinkElement>('link[href$="/app.css"]');
  if (!app || (!coming && document.querySelector('link[href$="/read.css"]'))) return Promise.resolve();
  coming ??= bring(app);
  return coming;
}
