// Files of a letter (webmail.md 4.3): chosen, dropped anywhere on the form, or pasted; each goes up by itself with its
// progress and a way to stop it, and what cannot fit is refused before it is sent. Sending waits for what is under way.
// Those that are there get another name, or another place by dragging.
import { announce, find, findAll } from '../lib/fragment.ts';
import { field, type Saving, showFiles, showTrouble } from './saving.ts';

export interface Files {
  /** Puts files into the draft; of a picture that stands in the text the promise gives its address. */
  add(files: readonly File[]): void;
  addInline(file: File): Promise<string | undefined>;
  /** Files that are still on their way. */
  waiting(): number;
  whenDone(): Promise<void>;
  stopAll(): void;
}

const dragType = 'text/x-attachment';

interface Waiting {
  readonly file: File;
  readonly isInline: boolean;
  readonly line: HTMLLIElement;
  readonly bar: HTMLProgressElement;
  request: XMLHttpRequest | undefined;
  isStopped: boolean;
  readonly done: (address: string | undefined) => void;
}

interface Answer {
  readonly words?: string;
  readonly said?: string;
  readonly files?: string;
  readonly address?: string;
}

const named = (text: string | undefined, name: string): string => (text ?? '').replace('{name}', name);

export function startFiles(form: HTMLFormElement, saving: Saving): Files {
  const list = find<HTMLUListElement>('#compose-uploads');
  const input = form.querySelector<HTMLInputElement>('#compose-file');
  const queue: Waiting[] = [];
  let idle: (() => void)[] = [];
  let isRunning = false;

  const used = (): number =>
    Number(find('#compose-room')?.dataset.used ?? 0) +
    queue.reduce((sum, one) => sum + (one.isStopped ? 0 : one.file.size), 0);

  function enqueue(file: File, isInline: boolean): Promise<string | undefined> {
    if (used() + file.size > Number(form.dataset.limit)) {
      showTrouble(named(form.dataset.tooMuch, file.name));
      return Promise.resolve(undefined);
    }
    return new Promise((done) => {
      const line = document.createElement('li');
      line.className = 'upload';
      const name = document.createElement('bdi');
      name.className = 'upload-name';
      name.textContent = file.name;
      const bar = document.createElement('progress');
      bar.max = 1;
      bar.value = 0;
      bar.setAttribute('aria-label', named(form.dataset.uploading, file.name));
      const stop = document.createElement('button');
      stop.type = 'button';
      stop.className = 'icon-button';
      stop.title = named(form.dataset.cancelUpload, file.name);
      stop.setAttribute('aria-label', stop.title);
      const cross = find('.compose-head .icon-button svg')?.cloneNode(true);
      if (cross) stop.append(cross);
      const waiting: Waiting = { file, isInline, line, bar, request: undefined, isStopped: false, done };
      stop.addEventListener('click', () => end(waiting));
      line.append(name, stop, bar);
      list?.append(line);
      if (list) list.hidden = false;
      queue.push(waiting);
      void run();
    });
  }

  function end(waiting: Waiting): void {
    waiting.isStopped = true;
    waiting.request?.abort();
    remove(waiting, undefined);
  }

  function remove(waiting: Waiting, address: string | undefined): void {
    const at = queue.indexOf(waiting);
    if (at < 0) return;
    queue.splice(at, 1);
    const hadFocus = waiting.line.contains(document.activeElement);
    waiting.line.remove();
    if (list) list.hidden = queue.length === 0;
    if (hadFocus) input?.focus();
    waiting.done(address);
    if (queue.length > 0) return;
    for (const tell of idle) tell();
    idle = [];
  }

  async function run(): Promise<void> {
    if (isRunning) return;
    isRunning = true;
    // The draft is there first: a file belongs to one.
    if (await saving.ensure()) for (let next = queue[0]; next; next = queue[0]) await send(next);
    else
      for (const one of [...queue]) {
        showTrouble(named(form.dataset.uploadFailed, one.file.name));
        remove(one, undefined);
      }
    isRunning = false;
  }

  function send(waiting: Waiting): Promise<void> {
    return new Promise((resolve) => {
      const body = new FormData();
      for (const name of ['csrf', 'ticket', 'draft', 'rev']) body.set(name, field(form, name)?.value ?? '');
      if (waiting.isInline) body.set('inline', '1');
      body.set('file', waiting.file, waiting.file.name || 'file');
      const request = new XMLHttpRequest();
      waiting.request = request;
      const finish = (answer: Answer | undefined): void => {
        if (!waiting.isStopped) {
          if (answer?.files !== undefined) showFiles(answer.files);
          if (request.status === 200 && answer) {
            showTrouble('');
            announce(answer.said ?? '');
          } else showTrouble(answer?.words ?? named(form.dataset.uploadFailed, waiting.file.name));
        }
        remove(waiting, request.status === 200 ? answer?.address : undefined);
        resolve();
      };
      request.upload.addEventListener('progress', (event) => {
        if (event.lengthComputable) waiting.bar.value = event.loaded / event.total;
      });
      request.addEventListener('loadend', () => {
        try {
          finish(JSON.parse(request.responseText) as Answer);
        } catch {
          finish(undefined);
        }
      });
      request.open('POST', '/compose/upload');
      request.send(body);
    });
  }

  const add = (files: readonly File[]): void => {
    for (const file of files) void enqueue(file, false);
  };

  if (input) {
    form.classList.add('live');
    form.querySelector('.compose-attach > .button')?.setAttribute('tabindex', '-1');
    input.addEventListener('change', () => {
      add([...(input.files ?? [])]);
      input.value = '';
    });
  }
  form.addEventListener('click', (event) => {
    const button =
      event.target instanceof Element
        ? event.target.closest<HTMLButtonElement>('#compose-list button[name]')
        : null;
    if (!button) return;
    event.preventDefault();
    if (button.name !== 'remove') return void change({ [button.name]: button.value }, button);
    const next = button.closest('li')?.nextElementSibling;
    const place = next ? findAll('#compose-list li').indexOf(next as HTMLElement) - 1 : -1;
    void saving.save({ remove: button.value }).then(() => {
      const left = findAll('#compose-list button[name="remove"]');
      (left[Math.max(0, Math.min(place, left.length - 1))] ?? input)?.focus();
    });
  });
  /** Another name, another place; the focus goes with the file. */
  async function change(wish: Record<string, string>, from: Element): Promise<void> {
    const id = from.closest<HTMLElement>('[data-file]')?.dataset.file ?? '';
    from.closest('details')?.removeAttribute('open');
    if (await saving.save(wish)) find(`[data-file="${CSS.escape(id)}"] summary`)?.focus();
  }
  form.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.ctrlKey || event.metaKey || !(event.target instanceof Element)) return;
    if (!event.target.matches('.file-sheet input')) return;
    event.preventDefault();
    event.target.parentElement?.querySelector<HTMLButtonElement>('button[name="rename"]')?.click();
  });
  // A file is dragged before another one, or behind the last.
  let dragged: HTMLElement | undefined;
  const fileAt = (event: Event): HTMLElement | null =>
    event.target instanceof Element ? event.target.closest<HTMLElement>('#compose-list [data-file]') : null;
  form.addEventListener('pointerdown', (event) => {
    const file = fileAt(event);
    if (file) file.draggable = !(event.target as Element).closest('details, button');
  });
  form.addEventListener('dragstart', (event) => {
    const file = fileAt(event);
    if (!file?.draggable || !event.dataTransfer) return;
    dragged = file;
    event.dataTransfer.setData(dragType, file.dataset.file ?? '');
    event.dataTransfer.effectAllowed = 'move';
    file.classList.add('dragged');
  });
  form.addEventListener('dragend', () => {
    dragged?.classList.remove('dragged');
    dragged = undefined;
  });
  form.addEventListener('dragover', (event) => {
    if (dragged && fileAt(event)) event.preventDefault();
  });
  form.addEventListener('drop', (event) => {
    const target = fileAt(event);
    if (!dragged || !target) return;
    event.preventDefault();
    // Onto one that stands before it: there; onto one behind it: after that one.
    const isBack = target.compareDocumentPosition(dragged) & Node.DOCUMENT_POSITION_FOLLOWING;
    const before = isBack ? target : target.nextElementSibling;
    const place = before instanceof HTMLElement ? (before.dataset.file ?? '') : '';
    if (target !== dragged) void change({ move: `${dragged.dataset.file}:${place}` }, dragged);
  });
  form.addEventListener('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    // The editor takes pictures into the text by itself.
    const isEditor = event.target instanceof Element && event.target.closest('.compose-editor') !== null;
    if (files.length === 0 || isEditor || event.clipboardData?.types.includes('text/plain')) return;
    event.preventDefault();
    add(files);
  });
  let depth = 0;
  const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
  const show = (on: boolean) => form.classList.toggle('dropping', on);
  form.addEventListener('dragenter', (event) => {
    if (carriesFiles(event)) show(++depth > 0);
  });
  form.addEventListener('dragleave', (event) => {
    if (carriesFiles(event) && --depth <= 0) show(false);
  });
  form.addEventListener('dragover', (event) => {
    if (carriesFiles(event)) event.preventDefault();
  });
  form.addEventListener(
    'drop',
    (event) => {
      depth = 0;
      show(false);
      if (!event.dataTransfer || event.dataTransfer.files.length === 0) return;
      event.preventDefault();
      event.stopPropagation();
      add([...event.dataTransfer.files]);
    },
    true,
  );

  return {
    add,
    addInline: (file) => enqueue(file, true),
    waiting: () => queue.length,
    whenDone: () => (queue.length === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve))),
    stopAll() {
      for (const one of [...queue]) end(one);
    },
  };
}
