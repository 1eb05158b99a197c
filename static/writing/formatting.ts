// Writing with formatting (webmail.md 4.4): the editor in the place of the text field, its toolbar, and the way between
// the two, which asks only when formatting would be lost. The text field stays in the form and is kept up to date; the
// editor itself comes in a file of its own, when it is wanted.
import type { Editor } from '../editor/editor.ts';
import { find, findAll, parseHtml } from '../lib/fragment.ts';
import type { Files } from './files.ts';
import { field, fieldValue, type Saving, showTrouble } from './saving.ts';

type EditorModule = typeof import('../editor/editor.ts');

export interface Formatting {
  /** The editor when it is open. */
  editor(): Editor | undefined;
}

export function startFormatting(form: HTMLFormElement, saving: Saving, files: Files): Formatting {
  const body = form.querySelector<HTMLTextAreaElement>('#compose-body');
  const tools = find('#editor-tools');
  const toggle = find<HTMLButtonElement>('#compose-format');
  const format = field(form, 'format');
  let editor: Editor | undefined;
  let isOpening = false;
  if (!body || !tools || !toggle || !format) return { editor: () => editor };

  const htmlField = document.createElement('input');
  htmlField.type = 'hidden';
  htmlField.name = 'html';
  form.append(htmlField);
  saving.beforeSave(() => {
    if (!editor) return;
    htmlField.value = editor.html();
    body.value = editor.text();
  });

  const ask = async (path: string, post?: FormData): Promise<Record<string, unknown>> => {
    const response = await fetch(path, {
      headers: { 'X-Fragment': '1' },
      ...(post ? { method: 'POST', body: post } : {}),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    if (!response.ok) throw new Error(String(answer.words ?? ''));
    return answer;
  };
  const convert = (): Promise<Record<string, unknown>> => ask('/compose/convert', saving.fields());

  const showActive = (): void => {
    const active = editor?.active() ?? new Set<string>();
    for (const button of findAll('[aria-pressed][data-command]', tools))
      button.setAttribute('aria-pressed', String(active.has(button.dataset.command ?? '')));
  };

  async function open(read: () => Promise<Record<string, unknown>>): Promise<void> {
    if (editor || isOpening) return;
    isOpening = true;
    const before = body!.value;
    const hadFocus = document.activeElement === body;
    try {
      const path = form.dataset.editor ?? '';
      const [{ createEditor }, { html }] = await Promise.all([import(path) as Promise<EditorModule>, read()]);
      // What was typed while the editor was on its way.
      const typed =
        body!.value === before
          ? ''
          : body!.value.slice(0, Math.max(0, body!.value.length - before.trimStart().length));
      const root = document.createElement('div');
      root.id = 'compose-editor';
      root.className = 'compose-editor';
      root.setAttribute('role', 'textbox');
      root.setAttribute('aria-multiline', 'true');
      root.setAttribute('aria-labelledby', 'compose-body-label');
      root.lang = body!.lang;
      root.spellcheck = true;
      root.dir = 'auto';
      body!.after(root);
      body!.hidden = true;
      tools!.hidden = false;
      editor = createEditor(root, {
        parse: parseHtml,
        onInput: () => saving.changed(),
        onMove: showActive,
        onPictures: (pictures) => pictures.forEach((picture) => void insertPicture(picture)),
      });
      editor.setHtml(String(html));
      if (typed.trim() !== '')
        editor.insert(
          document
            .createTextNode(typed)
            .textContent!.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`)
            .replace(/\n/g, '<br>'),
        );
      format!.value = 'html';
      toggle!.setAttribute('aria-pressed', 'true');
      if (hadFocus) editor.focus();
      form.dispatchEvent(new CustomEvent('editor'));
    } catch (error) {
      showTrouble(form.dataset.editorFailed ?? '');
      console.error(error);
    } finally {
      isOpening = false;
    }
  }

  function closeWith(text: string): void {
    editor?.close();
    editor = undefined;
    find('#compose-editor')?.remove();
    body!.hidden = false;
    tools!.hidden = true;
    body!.value = text;
    format!.value = '';
    htmlField.value = '';
    toggle!.setAttribute('aria-pressed', 'false');
    body!.focus();
    saving.changed();
    form.dispatchEvent(new CustomEvent('editor'));
  }

  /** Asks before formatting is lost. */
  function mayLose(): Promise<boolean> {
    const dialog = find<HTMLDialogElement>('#compose-lose');
    if (!dialog) return Promise.resolve(true);
    return new Promise((resolve) => {
      for (const button of findAll<HTMLButtonElement>('button', dialog))
        button.onclick = () => dialog.close(button.value);
      dialog.onclose = () => resolve(dialog.returnValue === 'lose');
      dialog.returnValue = '';
      dialog.showModal();
    });
  }

  async function toText(): Promise<void> {
    try {
      const { text, isLossy } = await convert();
      if (isLossy === true && !(await mayLose())) return void editor?.focus();
      closeWith(String(text));
    } catch (error) {
      showTrouble(error instanceof Error ? error.message : '');
    }
  }

  async function insertPicture(file: File): Promise<void> {
    const address = await files.addInline(file);
    if (address) editor?.insertPicture(address, file.name);
  }

  toggle.hidden = false;
  toggle.addEventListener('click', () => {
    if (editor) void toText();
    else
      void open(convert).then(() => {
        if (editor) saving.changed();
      });
  });
  tools.addEventListener('mousedown', (event) => {
    // The cursor stays in the text.
    if (event.target instanceof Element && event.target.closest('button, summary')) event.preventDefault();
  });
  tools.addEventListener('click', (event) => {
    const button =
      event.target instanceof Element ? event.target.closest<HTMLElement>('[data-command]') : null;
    if (!button || !editor) return;
    const command = button.dataset.command ?? '';
    button.closest('details')?.removeAttribute('open');
    if (command === 'picture') return choosePicture();
    const href = find<HTMLInputElement>('#editor-href');
    editor.run(command, command === 'link' ? (href?.value ?? '') : (button.dataset.value ?? ''));
    showActive();
    saving.changed();
  });
  const linkMenu = find<HTMLDetailsElement>('#editor-link');
  linkMenu?.addEventListener('toggle', () => {
    const href = find<HTMLInputElement>('#editor-href');
    if (!linkMenu.open || !href) return;
    href.value = editor?.linkAt() ?? '';
    href.focus();
  });
  find('#editor-href')?.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    find('[data-command="link"]', tools)?.click();
  });
  // One stop for Tab, arrows within (WAI-ARIA toolbar).
  const stops = findAll('.editor-tools > button, .editor-tools > details > summary');
  for (const [at, stop] of stops.entries()) stop.tabIndex = at === 0 ? 0 : -1;
  tools.addEventListener('keydown', (event) => {
    const at = stops.indexOf(document.activeElement as HTMLElement);
    const isBack = document.documentElement.dir === 'rtl' ? 'ArrowRight' : 'ArrowLeft';
    if (at < 0 || (event.key !== 'ArrowRight' && event.key !== 'ArrowLeft')) return;
    event.preventDefault();
    const next = stops[(at + (event.key === isBack ? -1 : 1) + stops.length) % stops.length];
    for (const stop of stops) stop.tabIndex = stop === next ? 0 : -1;
    next?.focus();
  });
  function choosePicture(): void {
    const input = document.createElement('input');
    input.type = 'file';
    input.accept = 'image/png,image/jpeg,image/gif,image/webp';
    input.addEventListener('change', () => {
      for (const file of input.files ?? []) void insertPicture(file);
    });
    input.click();
  }

  if (form.dataset.wantsHtml !== undefined) {
    const where = new URLSearchParams({
      draft: fieldValue(form, 'draft'),
      seed: fieldValue(form, 'seed'),
      from: fieldValue(form, 'from'),
    });
    void open(() => ask(`/compose/html?${where}`));
  }
  return { editor: () => editor };
}
