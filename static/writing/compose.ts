// The compose form's behaviour: puts its parts together (writing/), changes the signature with From, puts templates in at
// the cursor, sends when what is under way has arrived, and its keys. Without it the form works the same.
import { swapSignature } from '../../server/web/compose/signature.ts';
import { announce, find } from '../lib/fragment.ts';
import { startChips } from './chips.ts';
import { startFiles } from './files.ts';
import { startFormatting } from './formatting.ts';
import { field, fieldValue, startSaving } from './saving.ts';

const form = document.querySelector<HTMLFormElement>('form[data-compose]');
if (form) enhance(form);

function enhance(form: HTMLFormElement): void {
  const body = form.querySelector<HTMLTextAreaElement>('#compose-body');
  const saving = startSaving(form);
  const files = startFiles(form, saving);
  const formatting = startFormatting(form, saving, files);
  startChips(form, () => saving.changed());

  const grow = () => {
    if (!body || body.hidden || CSS.supports('field-sizing', 'content')) return;
    body.style.blockSize = 'auto';
    body.style.blockSize = `${body.scrollHeight + 4}px`;
  };
  if (body && document.activeElement === body && body.value === body.defaultValue) {
    // the caret goes above the quote, unless somebody types already
    body.setSelectionRange(0, 0);
    body.scrollTop = 0;
  }
  grow();
  form.addEventListener('editor', grow);

  form.addEventListener('input', (event) => {
    const { target } = event;
    // Chips and editor tell of themselves.
    if (
      target instanceof Element &&
      target.closest('[data-recipients], .compose-editor, .editor-tools, #later, #compose-file')
    )
      return;
    saving.changed();
    grow();
  });

  let isPassing = false;
  form.addEventListener('submit', (event) => {
    const { submitter } = event;
    const name = submitter instanceof HTMLButtonElement ? submitter.name : '';
    if (name === 'discard') files.stopAll();
    const waiting = files.waiting();
    if (isPassing || (!saving.isBusy() && waiting === 0)) {
      isPassing = false;
      saving.leaving();
      return;
    }
    event.preventDefault();
    if (waiting > 0) say(waiting);
    void files
      .whenDone()
      .then(() => (saving.isBusy() ? saving.save() : true))
      .then(() => {
        isPassing = true;
        form.requestSubmit(submitter instanceof HTMLElement ? submitter : null);
      });
  });
  function say(waiting: number): void {
    const texts = JSON.parse(form.dataset.sendWaits ?? '{}') as Record<string, string>;
    const key = new Intl.PluralRules(document.documentElement.lang).select(waiting);
    const words = (texts[key] ?? texts.other ?? '').replace('{n}', String(waiting));
    const state = find('#compose-state');
    if (state) state.textContent = words;
    announce(words);
  }

  form.addEventListener('keydown', (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      // What stands in a recipient field becomes a chip first.
      if (
        document.activeElement instanceof HTMLElement &&
        document.activeElement.closest('[data-recipients]')
      )
        document.activeElement.blur();
      const button = form.querySelector<HTMLButtonElement>('button[name="send"]');
      if (button) form.requestSubmit(button);
      return;
    }
    const copy = event.shiftKey ? { c: 'cc', b: 'bcc', o: 'to' }[event.key.toLowerCase()] : undefined;
    if (copy === undefined) return;
    event.preventDefault();
    const details = form.querySelector<HTMLDetailsElement>('.compose-copies');
    if (details && copy !== 'to') details.open = true;
    find(`#compose-${copy}`)?.focus();
  });

  // From: signature and own copies change with it.
  const from = form.querySelector<HTMLSelectElement>('select[name="from"]');
  from?.addEventListener('change', () => {
    const was = field(form, 'wasFrom');
    const old = [...from.options].find((option) => option.value === was?.value);
    const next = from.selectedOptions[0];
    if (!next || !was) return;
    const editor = formatting.editor();
    const place = form.dataset.signaturePlace === 'below' ? 'below' : 'above';
    if (editor) editor.swapSignature(old?.dataset.block ?? '', next.dataset.block ?? '', place);
    else if (body)
      body.value = swapSignature(
        body.value,
        old?.dataset.signature ?? '',
        next.dataset.signature ?? '',
        place,
      );
    for (const name of ['bcc', 'replyTo'] as const) {
      const own = field(form, name);
      const before = old?.dataset[name] ?? '';
      const after = next.dataset[name] ?? '';
      if (!own || before === after) continue;
      const rest = before === '' ? own.value : own.value.replace(before, '');
      own.value = [rest, after]
        .map((text) => text.replace(/^[\s,;]+|[\s,;]+$/g, ''))
        .filter(Boolean)
        .join(', ');
      own.dispatchEvent(new CustomEvent('refill'));
      if (own.value !== '') form.querySelector('.compose-copies')?.setAttribute('open', '');
    }
    was.value = next.value;
    saving.changed();
    grow();
  });

  // Templates: at the cursor.
  form.addEventListener('click', (event) => {
    const button =
      event.target instanceof Element
        ? event.target.closest<HTMLButtonElement>('button[name="template"]')
        : null;
    if (!button) return;
    event.preventDefault();
    button.closest('details')?.removeAttribute('open');
    void insertTemplate(button.value);
  });
  async function insertTemplate(id: string): Promise<void> {
    const where = new URLSearchParams({ id, to: fieldValue(form, 'to').slice(0, 2000) });
    const response = await fetch(`/compose/template?${where}`, { headers: { 'X-Fragment': '1' } });
    if (!response.ok) return;
    const { subject, text, html } = (await response.json()) as Record<'subject' | 'text' | 'html', string>;
    const title = field(form, 'subject');
    if (title && title.value.trim() === '') title.value = subject;
    const editor = formatting.editor();
    if (editor) {
      editor.focus();
      editor.insert(html);
    } else if (body) {
      body.focus();
      body.setRangeText(text, body.selectionStart, body.selectionEnd, 'end');
    }
    saving.changed();
    grow();
  }

  quoteSelection(form, body);
}

function quoteSelection(form: HTMLFormElement, body: HTMLTextAreaElement | null): void {
  const kept = sessionStorage.getItem('quote');
  if (kept === null) return;
  sessionStorage.removeItem('quote');
  const { id, text } = JSON.parse(kept) as { id: string; text: string };
  if (!body || !fieldValue(form, 'seed').includes(`:${id}:`) || form.dataset.wantsHtml !== undefined) return;
  const lines = body.value.split('\n');
  const first = lines.findIndex((line) => line.startsWith('>'));
  if (first < 0) return;
  let end = first;
  while (end < lines.length && lines[end]!.startsWith('>')) end++;
  const quoted = text
    .trim()
    .split('\n')
    .map((line) => (line.startsWith('>') ? `>${line}` : `> ${line}`.trimEnd()));
  body.value = [...lines.slice(0, first), ...quoted, ...lines.slice(end)].join('\n');
  body.setSelectionRange(0, 0);
}
