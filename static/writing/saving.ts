// Saving while somebody writes (webmail.md 4.5): three seconds after the last key, at least every thirty, and when the page
// is hidden. Until the server says that it has the text, this browser keeps a copy of its own, and a page that comes back
// has it again. A form is never posted while a save is under way: it would carry an old number.
import { announce, find, findAll, parseHtml } from '../lib/fragment.ts';

const afterKey = 3_000;
const atLeast = 30_000;
const retryAfter = 15_000;
/** What a browser takes along while a page is closed, bytes. */
const keepaliveMost = 60_000;
const kept = ['to', 'cc', 'bcc', 'replyTo', 'from', 'subject', 'body', 'html', 'format'];
const leftKey = 'compose-left';

export interface Saving {
  /** Something was typed or chosen. */
  changed(): void;
  isChanged(): boolean;
  /** Saves what is not saved; false: it did not work. `more`: fields of this save alone. */
  save(more?: Readonly<Record<string, string>>): Promise<boolean>;
  /** The draft is on the server, also when nothing was typed yet. */
  ensure(): Promise<boolean>;
  /** Called before the fields are read. */
  beforeSave(collect: () => void): void;
  /** The form leaves this page. */
  leaving(): void;
  isBusy(): boolean;
  fields(): FormData;
}

interface Answer {
  readonly draft?: string;
  readonly rev?: number;
  readonly saved?: string;
  readonly words?: string;
  readonly files?: string;
  readonly faults?: readonly string[];
  readonly isConflict?: boolean;
  readonly isGone?: boolean;
  readonly isOut?: boolean;
}

export const field = (form: HTMLFormElement, name: string): HTMLInputElement | HTMLTextAreaElement | null =>
  form.querySelector(`[name="${name}"]:not(button)`);
export const fieldValue = (form: HTMLFormElement, name: string): string => field(form, name)?.value ?? '';

/** Says what went wrong above the form. */
export function showTrouble(words: string, isConflict = false): void {
  const place = find('#compose-problem');
  const text = find('#compose-problem-words');
  const both = find('#compose-both');
  if (!place || !text) return;
  text.textContent = words;
  if (both) both.hidden = !isConflict;
  place.hidden = words === '';
}

/** Takes the list of files that the server rendered. */
export function showFiles(html: string): void {
  const next = parseHtml(html).getElementById('compose-list');
  const now = document.getElementById('compose-list');
  if (!next || !now) return;
  // A name that is being typed meanwhile stays.
  for (const typed of findAll<HTMLInputElement>('details[open] input', now)) {
    const input = find<HTMLInputElement>(`#${typed.id}`, next);
    if (!input || typed.value === typed.defaultValue || input.value !== typed.defaultValue) continue;
    input.value = typed.value;
    input.closest('details')!.open = true;
  }
  now.replaceWith(document.adoptNode(next));
}

export function startSaving(form: HTMLFormElement): Saving {
  const state = find('#compose-state');
  const collectors: (() => void)[] = [];
  let changes = 0;
  let savedChanges = 0;
  let busy: Promise<boolean> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let copyTimer: ReturnType<typeof setTimeout> | undefined;
  let firstChange = 0;
  let isLeaving = false;
  let isHalted = false;
  let isStored = new URLSearchParams(location.search).has('draft') || fieldValue(form, 'rev') !== '0';

  const copyKey = (): string => `compose ${isStored ? fieldValue(form, 'draft') : location.search}`;
  const say = (words: string): void => {
    if (state) state.textContent = words;
  };
  const fields = (): FormData => {
    for (const collect of collectors) collect();
    const data = new FormData(form);
    data.delete('file');
    return data;
  };

  const keepCopy = (): void => {
    clearTimeout(copyTimer);
    copyTimer = setTimeout(() => {
      if (changes === savedChanges) return;
      const data = fields();
      const values = Object.fromEntries(kept.map((name) => [name, String(data.get(name) ?? '')]));
      try {
        sessionStorage.setItem(copyKey(), JSON.stringify({ rev: fieldValue(form, 'rev'), values }));
      } catch {
        // No room in this browser: the server has what was saved before.
      }
    }, 300);
  };
  const dropCopy = (): void => {
    clearTimeout(copyTimer);
    sessionStorage.removeItem(copyKey());
  };

  const plan = (milliseconds: number): void => {
    clearTimeout(timer);
    if (!isHalted) timer = setTimeout(() => void save(), milliseconds);
  };

  const take = (answer: Answer, version: number, key: string): void => {
    sessionStorage.removeItem(key);
    const rev = field(form, 'rev');
    const draft = field(form, 'draft');
    const seed = field(form, 'seed');
    if (rev && answer.rev !== undefined) rev.value = String(answer.rev);
    if (draft && answer.draft !== undefined && answer.draft === draft.value) {
      isStored = true;
      if (seed) seed.value = '';
      if (!new URLSearchParams(location.search).has('draft'))
        history.replaceState(history.state, '', `/compose?draft=${answer.draft}`);
    }
    savedChanges = version;
    say(answer.saved ?? '');
    if (answer.files !== undefined) showFiles(answer.files);
    showTrouble(answer.isOut ? (answer.saved ?? '') : (answer.faults ?? []).join(' '));
    // Signed out: it lies in a draft; to go on somebody has to sign in.
    if (answer.isOut) isHalted = true;
    if (changes === savedChanges) dropCopy();
  };

  async function saveOnce(more: Readonly<Record<string, string>>, keepalive = false): Promise<boolean> {
    const version = changes;
    const key = copyKey();
    const body = fields();
    for (const [name, value] of Object.entries(more)) body.set(name, value);
    try {
      const response = await fetch('/compose/autosave', {
        method: 'POST',
        body,
        headers: { 'X-Fragment': '1' },
        keepalive,
      });
      const answer = (await response.json()) as Answer;
      if (response.ok) {
        take(answer, version, key);
        return true;
      }
      isHalted = response.status === 409;
      showTrouble(answer.words ?? '', answer.isConflict === true);
      say(form.dataset.notSaved ?? '');
      return false;
    } catch {
      say(form.dataset.saveFailed ?? '');
      plan(retryAfter);
      return false;
    }
  }

  function save(more: Readonly<Record<string, string>> = {}): Promise<boolean> {
    clearTimeout(timer);
    const before = busy ?? Promise.resolve(true);
    const mine = before
      .then(() => saveOnce(more))
      .finally(() => {
        if (busy !== mine) return;
        busy = undefined;
        firstChange = 0;
        if (changes !== savedChanges && !isHalted && !isLeaving) changed(false);
      });
    busy = mine;
    return mine;
  }

  function changed(isNew = true): void {
    if (isNew) changes++;
    if (isHalted) return void keepCopy();
    if (firstChange === 0) {
      firstChange = Date.now();
      say(form.dataset.notSaved ?? '');
    }
    keepCopy();
    if (!busy) plan(Math.max(0, Math.min(afterKey, firstChange + atLeast - Date.now())));
  }

  restore();
  function restore(): void {
    const stored = sessionStorage.getItem(copyKey());
    sessionStorage.removeItem(leftKey);
    if (stored === null) return;
    const copy = JSON.parse(stored) as { rev: string; values: Record<string, string> };
    sessionStorage.removeItem(copyKey());
    if (copy.rev !== fieldValue(form, 'rev')) return;
    for (const [name, value] of Object.entries(copy.values)) {
      const input = field(form, name);
      if (input && name !== 'html') input.value = value;
    }
    // A letter with formatting comes back as its text where the server does not have it yet.
    const format = field(form, 'format');
    if (format && copy.values.format === 'html') {
      format.value = '';
      delete form.dataset.wantsHtml;
    }
    changes++;
    firstChange = Date.now();
    plan(afterKey);
    say(form.dataset.restored ?? '');
    announce(form.dataset.restored ?? '');
  }

  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'hidden' || changes === savedChanges || isLeaving || isHalted || busy)
      return;
    clearTimeout(timer);
    const size = fieldValue(form, 'body').length + fieldValue(form, 'html').length;
    busy = saveOnce({ leave: '1' }, size * 2 < keepaliveMost).finally(() => {
      busy = undefined;
      firstChange = 0;
    });
  });
  addEventListener('pageshow', () => {
    isLeaving = false;
  });
  // A page that comes back from the history saved itself when it was left: what number has it now?
  const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  // The browser puts back what was typed only when all is loaded.
  if (isStored && navigation?.type === 'back_forward') addEventListener('load', () => plan(50));
  addEventListener('beforeunload', (event) => {
    if (changes !== savedChanges && !isLeaving) event.preventDefault();
  });

  return {
    changed: () => changed(),
    isChanged: () => changes !== savedChanges,
    save,
    ensure: async () => (isStored ? true : save()),
    beforeSave: (collect) => void collectors.push(collect),
    leaving() {
      isLeaving = true;
      clearTimeout(timer);
      for (const collect of collectors) collect();
      sessionStorage.setItem(leftKey, '1');
    },
    isBusy: () => busy !== undefined,
    fields,
  };
}
