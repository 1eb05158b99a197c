// The compose form's behaviour: the text grows with what is typed, leaving with unsaved text is asked about,
// Ctrl+Enter sends, and files that are chosen or dropped on
// the form are attached at once. Without it the form works the same.

const form = document.querySelector<HTMLFormElement>('form[data-compose]');
if (form) enhance(form);

function enhance(form: HTMLFormElement): void {
  const body = form.querySelector<HTMLTextAreaElement>('#compose-body');
  const files = form.querySelector<HTMLInputElement>('#compose-file');
  const state = form.querySelector<HTMLElement>('#compose-state');
  let changed = form.querySelector('#compose-faults, #compose-questions') !== null;
  let leaving = false;

  const grow = () => {
    if (!body || CSS.supports('field-sizing', 'content')) return;
    body.style.blockSize = 'auto';
    body.style.blockSize = `${body.scrollHeight + 4}px`;
  };
  if (body && document.activeElement === body && body.value === body.defaultValue) {
    // the caret goes above the quote, unless somebody types already
    body.setSelectionRange(0, 0);
    body.scrollTop = 0;
  }
  grow();

  form.addEventListener('input', () => {
    if (!changed && state) state.textContent = 'Not saved';
    changed = true;
    grow();
  });
  form.addEventListener('submit', () => {
    leaving = true;
  });
  // a page that comes back from the history may be left again
  addEventListener('pageshow', () => {
    leaving = false;
  });
  addEventListener('beforeunload', (event) => {
    if (changed && !leaving) event.preventDefault();
  });
  form.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    press('send');
  });

  function press(name: 'send' | 'attach'): void {
    const button = form.querySelector<HTMLButtonElement>(`button[name="${name}"]`);
    if (button) form.requestSubmit(button);
  }

  if (!files) return;
  form.classList.add('live');
  form.querySelector('.compose-attach > .button')?.setAttribute('tabindex', '-1');
  files.addEventListener('change', () => {
    if (files.files && files.files.length > 0) press('attach');
  });
  let depth = 0;
  const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
  const show = (on: boolean) => form.classList.toggle('dropping', on);
  form.addEventListener('dragenter', (event) => {
    if (carriesFiles(event)) show(++depth > 0);
  });
  form.addEventListener('dragleave', (event) => {
    if (carriesFiles(event)) show(--depth > 0);
  });
  form.addEventListener('dragover', (event) => {
    if (carriesFiles(event)) event.preventDefault();
  });
  form.addEventListener('drop', (event) => {
    depth = 0;
    show(false);
    if (!event.dataTransfer || event.dataTransfer.files.length === 0) return;
    event.preventDefault();
    files.files = event.dataTransfer.files;
    press('attach');
  });
}
