// Work that runs on: its lines are asked for again each second while something runs. When it ends, a list nobody is in
// the middle of loads itself with the toast of what was done. Without this file the page is loaded again by hand.
import { announce, currentAddress, find, findAll, parseHtml, visit, withField } from './lib/fragment.ts';

const every = 1000;
const everyAfterFailure = 10_000;
let timer: ReturnType<typeof setTimeout> | undefined;

const place = (): HTMLElement | null => find('#job-lines') ?? find('#jobs');
const running = (within: ParentNode): string[] =>
  findAll('[data-running="1"]', within).map((line) => line.dataset.job ?? '');

async function look(): Promise<void> {
  const old = place();
  if (!old) return;
  const isPage = old.id === 'job-lines';
  const response = await fetch(isPage ? location.href : withField('/jobs', 'return', currentAddress()), {
    headers: { 'X-Fragment': isPage ? '1' : 'jobs' },
  });
  // Signed out, or gone after an hour: the page says so when it is loaded again.
  if (response.status === 401 || response.status === 404) return;
  if (!response.ok) throw new Error(String(response.status));
  const next = parseHtml(await response.text()).getElementById(old.id);
  if (!next || place() !== old) return;
  const ended = running(old).filter((id) => !running(next).includes(id));
  const focused = old.contains(document.activeElement) && document.activeElement?.textContent;
  const adopted = document.adoptNode(next);
  old.replaceWith(adopted);
  // Who was about to press a button still is.
  if (focused)
    findAll('a, button', adopted)
      .find((one) => one.textContent === focused)
      ?.focus();
  for (const id of ended) {
    const line = find(`[data-job="${CSS.escape(id)}"]`, adopted);
    announce(line?.querySelector('.job-words')?.textContent?.trim() ?? '');
    const op = line?.dataset.op;
    if (op && !isPage && !find('#list .pick :checked'))
      await visit(withField(currentAddress(), 'u', op), { keepPane: true });
  }
}

function lookAgain(delay: number): void {
  clearTimeout(timer);
  const lines = place();
  if (!lines || running(lines).length === 0) return;
  timer = setTimeout(() => {
    look().then(
      () => lookAgain(every),
      () => lookAgain(everyAfterFailure),
    );
  }, delay);
}

lookAgain(every);
document.addEventListener('swap', () => lookAgain(every));
