// Recipients as chips (webmail.md 4.2, 5.1): a combobox with its list of suggestions behind them (WAI-ARIA 1.2). The field
// of the form stays and always holds what is seen, so the form is posted as without script. A piece that is no address is
// red, says so, and stays as it was typed; what an address is, the server decides.
import { splitRecipients } from '../../server/web/compose/split.ts';
import { announce, findAll } from '../lib/fragment.ts';

const wait = 120;
const dragType = 'text/x-recipient';

interface Suggestion {
  readonly name: string;
  readonly note: string;
  readonly text: string;
}

const looksWhole = (piece: string): boolean =>
  /^(?:[^<>]*<)?[^\s<>@]+@[^\s<>@]+>?\s*(?:\([^()]*\))?$/.test(piece);
/** What a chip shows: the name, else the address. */
const shownName = (piece: string): string => {
  const name = /^(.*?)\s*<[^<>]*>$/s
    .exec(piece)?.[1]
    ?.trim()
    .replace(/^"(.*)"$/s, '$1')
    .replace(/\\(.)/g, '$1');
  return name || piece.replace(/^<(.*)>$/s, '$1');
};
/** Text of its own direction in a sentence (Unicode UAX 9: FSI, PDI). */
const isolated = (text: string): string => `\u2068${text}\u2069`;
const plural = (forms: string | undefined, n: number): string => {
  const texts = JSON.parse(forms ?? '{}') as Record<string, string>;
  const form = new Intl.PluralRules(document.documentElement.lang).select(n);
  return (texts[form] ?? texts.other ?? '').replace('{n}', String(n));
};

export function startChips(form: HTMLFormElement, changed: () => void): void {
  for (const line of findAll('[data-recipients]', form)) enhance(line, form, changed);
}

function enhance(line: HTMLElement, form: HTMLFormElement, changed: () => void): void {
  const field = line.querySelector('input');
  if (!field) return;
  const id = field.id;
  const hadFocus = document.activeElement === field || field.autofocus;
  const chips = document.createElement('ul');
  chips.className = 'chips';
  chips.setAttribute('aria-label', line.dataset.label ?? '');
  const holder = document.createElement('li');
  holder.className = 'chips-entry';
  const entry = document.createElement('input');
  entry.type = 'text';
  for (const name of ['inputmode', 'autocapitalize', 'aria-describedby']) {
    const value = field.getAttribute(name);
    if (value !== null) entry.setAttribute(name, value);
  }
  entry.autocomplete = 'off';
  entry.spellcheck = false;
  entry.dir = 'auto';
  entry.setAttribute('role', 'combobox');
  entry.setAttribute('aria-autocomplete', 'list');
  entry.setAttribute('aria-expanded', 'false');
  entry.setAttribute('aria-controls', `${id}-list`);
  const list = document.createElement('ul');
  list.className = 'suggestions';
  list.id = `${id}-list`;
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', form.dataset.suggestions ?? '');
  list.hidden = true;
  const fault = document.createElement('li');
  fault.className = 'chips-fault';
  fault.hidden = true;
  field.removeAttribute('id');
  field.removeAttribute('list');
  entry.id = id;
  holder.append(entry);
  chips.append(holder, fault);
  line.append(chips, list);
  line.classList.add('chipped');

  const pieces: { readonly text: string; readonly chip: HTMLLIElement }[] = [];
  let found: readonly Suggestion[] = [];
  let active = -1;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking: AbortController | undefined;

  const sync = (): void => {
    const all = [...pieces.map(({ text }) => text), entry.value.trim()].filter((text) => text !== '');
    const value = all.join(', ');
    const wrong = pieces.find(({ text }) => !looksWhole(text));
    fault.hidden = !wrong;
    fault.textContent = wrong ? (form.dataset.notAddress ?? '').replace('{text}', isolated(wrong.text)) : '';
    if (wrong) entry.setAttribute('aria-invalid', 'true');
    else entry.removeAttribute('aria-invalid');
    if (field.value === value) return;
    field.value = value;
    changed();
  };

  const makeChip = (text: string): HTMLLIElement => {
    const chip = document.createElement('li');
    chip.className = looksWhole(text) ? 'chip' : 'chip faulty';
    chip.draggable = true;
    const name = document.createElement('bdi');
    name.className = 'chip-name';
    name.textContent = shownName(text);
    chip.title = text;
    const remove = document.createElement('button');
    remove.type = 'button';
    remove.setAttribute('aria-label', (form.dataset.removeOne ?? '').replace('{name}', shownName(text)));
    const cross = document.querySelector('.compose-head .icon-button svg')?.cloneNode(true);
    if (cross) remove.append(cross);
    chip.append(name, remove);
    remove.addEventListener('click', () => {
      take(chip);
      entry.focus();
    });
    name.addEventListener('click', () => edit(chip));
    chip.addEventListener('dragstart', (event) => {
      event.dataTransfer?.setData(dragType, text);
      chip.classList.add('dragged');
    });
    chip.addEventListener('dragend', (event) => {
      chip.classList.remove('dragged');
      if (event.dataTransfer?.dropEffect === 'move') take(chip);
    });
    return chip;
  };
  const add = (text: string): void => {
    for (const piece of splitRecipients(text)) {
      if (pieces.some((one) => one.text.toLowerCase() === piece.toLowerCase())) continue;
      const chip = makeChip(piece);
      pieces.push({ text: piece, chip });
      chips.insertBefore(chip, holder);
    }
  };
  const take = (chip: HTMLLIElement): string => {
    const at = pieces.findIndex((one) => one.chip === chip);
    const text = pieces[at]?.text ?? '';
    if (at >= 0) pieces.splice(at, 1);
    chip.remove();
    sync();
    return text;
  };
  const edit = (chip: HTMLLIElement): void => {
    commit();
    entry.value = take(chip);
    sync();
    entry.focus();
  };
  /** Makes chips of what is typed. */
  const commit = (): void => {
    close();
    add(entry.value);
    entry.value = '';
    sync();
  };

  const close = (): void => {
    clearTimeout(timer);
    asking?.abort();
    list.hidden = true;
    active = -1;
    entry.setAttribute('aria-expanded', 'false');
    entry.removeAttribute('aria-activedescendant');
  };
  const mark = (at: number): void => {
    active = at;
    const options = [...list.children];
    for (const [i, option] of options.entries()) option.setAttribute('aria-selected', String(i === at));
    const option = options[at];
    if (!option) return void entry.removeAttribute('aria-activedescendant');
    entry.setAttribute('aria-activedescendant', option.id);
    option.scrollIntoView({ block: 'nearest' });
  };
  const show = (suggestions: readonly Suggestion[]): void => {
    found = suggestions;
    if (found.length === 0) return close();
    list.replaceChildren(
      ...found.map((one, at) => {
        const option = document.createElement('li');
        option.className = 'suggestion';
        option.id = `${id}-option-${at}`;
        option.setAttribute('role', 'option');
        const name = document.createElement('bdi');
        name.textContent = one.name || one.note;
        option.append(name);
        if (one.name !== '' && one.name !== one.note) {
          const note = document.createElement('bdi');
          note.className = 'meta';
          note.textContent = one.note;
          option.append(note);
        }
        // Before the field loses its focus.
        option.addEventListener('pointerdown', (event) => {
          event.preventDefault();
          accept(at);
        });
        return option;
      }),
    );
    list.hidden = false;
    entry.setAttribute('aria-expanded', 'true');
    mark(looksWhole(entry.value.trim()) ? -1 : 0);
    announce(plural(form.dataset.found, found.length));
  };
  const accept = (at: number): void => {
    const one = found[at];
    if (!one) return commit();
    close();
    entry.value = '';
    add(one.text);
    sync();
    entry.focus();
  };
  const ask = (): void => {
    clearTimeout(timer);
    const typed = entry.value.trim();
    if (typed === '') return close();
    timer = setTimeout(async () => {
      asking?.abort();
      asking = new AbortController();
      try {
        const response = await fetch(`/complete?q=${encodeURIComponent(typed)}`, {
          headers: { 'X-Fragment': '1' },
          signal: asking.signal,
        });
        if (response.ok && entry.value.trim() === typed && document.activeElement === entry)
          show((await response.json()) as Suggestion[]);
      } catch {
        // Without suggestions an address is typed whole.
      }
    }, wait);
  };

  entry.addEventListener('input', () => {
    sync();
    ask();
  });
  entry.addEventListener('paste', (event) => {
    const text = event.clipboardData?.getData('text/plain') ?? '';
    if (!/[,;\n]/.test(text.trim())) return;
    event.preventDefault();
    event.stopPropagation();
    add(`${entry.value} ${text}`.trim());
    entry.value = '';
    sync();
  });
  entry.addEventListener('keydown', (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const isOpen = !list.hidden;
    const { key } = event;
    const hasText = entry.value.trim() !== '';
    if (isOpen && (key === 'ArrowDown' || key === 'ArrowUp')) {
      event.preventDefault();
      const way = key === 'ArrowDown' ? 1 : -1;
      mark((active + way + found.length) % found.length);
    } else if (isOpen && key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (key === 'Enter') {
      // Enter never presses a button of the form from here.
      event.preventDefault();
      if (isOpen && active >= 0) accept(active);
      else if (hasText) commit();
    } else if (key === 'Tab' && hasText && !event.shiftKey) {
      if (isOpen && active >= 0) {
        event.preventDefault();
        accept(active);
      } else commit();
    } else if ((key === ',' || key === ';') && hasText && !/^[^"]*"[^"]*$/.test(entry.value)) {
      event.preventDefault();
      commit();
    } else if (key === 'Backspace' && entry.value === '') {
      const last = pieces.at(-1);
      if (!last) return;
      event.preventDefault();
      edit(last.chip);
    }
  });
  entry.addEventListener('blur', () => {
    if (entry.value.trim() !== '') commit();
    else close();
  });
  chips.addEventListener('click', (event) => {
    if (event.target === chips) entry.focus();
  });
  line.addEventListener('dragover', (event) => {
    if (!event.dataTransfer?.types.includes(dragType)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'move';
  });
  line.addEventListener('drop', (event) => {
    const text = event.dataTransfer?.getData(dragType) ?? '';
    if (text === '') return;
    event.preventDefault();
    // Onto its own line it stays where it is.
    if (pieces.some((one) => one.chip.classList.contains('dragged'))) {
      if (event.dataTransfer) event.dataTransfer.dropEffect = 'none';
      return;
    }
    add(text);
    sync();
  });
  /** Another part of the page changed the field: the identity's own copies. */
  field.addEventListener('refill', () => {
    for (const { chip } of pieces.splice(0)) chip.remove();
    add(field.value);
    entry.value = '';
    sync();
  });

  add(field.value);
  sync();
  if (hadFocus) entry.focus();
}
