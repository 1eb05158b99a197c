// From a key to what it does: the table says which keys there are (server/web/help/shortcut-table.ts), the files of the
// page say with `onShortcut` what they do. Off while something is typed, in dialogs and menus, and as far as the person
// turned them off. A key that nothing answers stays the browser's.
import { type Shortcut, type ShortcutName, shortcutGroups } from '../../server/web/help/shortcut-table.ts';

/** Does it; false: there was nothing to do, and the key is free for others. */
type Run = (event: KeyboardEvent | undefined) => unknown;

const runs = new Map<string, Run[]>();
const byChord = new Map<string, Shortcut>();
const prefixes = new Set<string>();
for (const { shortcuts } of shortcutGroups)
  for (const shortcut of shortcuts)
    for (const chord of shortcut.keys) {
      byChord.set(chord, shortcut);
      if (chord.includes(' ')) prefixes.add(chord.slice(0, chord.indexOf(' ')));
    }

/** Says what a shortcut does. Of several the last is asked first. */
export function onShortcut(name: ShortcutName, run: Run): void {
  runs.set(name, [run, ...(runs.get(name) ?? [])]);
}

/** Is something being typed there? */
export const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    target.matches(
      'textarea, select, input:not([type="checkbox"]):not([type="radio"]):not([type="submit"])',
    ));

/** The key as the table writes it; '' for what no table holds. */
function chordOf(event: KeyboardEvent): string {
  const key = event.key === ' ' ? 'Space' : event.key;
  const isGraph = event.getModifierState('AltGraph');
  const isCharacter = key.length === 1;
  // On some layouts a sign needs Alt (macOS) or AltGr; letters with Alt are the browser's.
  if (event.altKey && !isGraph && !(isCharacter && /[^\p{L}\p{N}]/u.test(key))) return '';
  // Cmd is the browser's, but for sending.
  if (event.metaKey && key !== 'Enter') return '';
  const hasControl = (event.ctrlKey && !isGraph) || event.metaKey;
  const shift = event.shiftKey && (!isCharacter || hasControl) ? 'Shift+' : '';
  return hasControl ? `Ctrl+${shift}${isCharacter ? key.toLowerCase() : key}` : shift + key;
}

/** Does the person want this one? */
function isWanted(shortcut: Shortcut): boolean {
  const wish = document.body.dataset.shortcuts;
  return wish === 'off' ? false : wish === 'navigation' ? shortcut.walks === true : true;
}

function run(shortcut: Shortcut, event: KeyboardEvent | undefined): boolean {
  return (runs.get(shortcut.name) ?? []).some((one) => one(event) !== false);
}

let prefix = '';
let prefixTimer: ReturnType<typeof setTimeout> | undefined;

/** Runs what belongs to a key pressed on the page; true: it was taken. */
function take(chord: string, event: KeyboardEvent | undefined, allows: (of: Shortcut) => boolean): boolean {
  const whole = prefix === '' ? chord : `${prefix} ${chord}`;
  prefix = '';
  clearTimeout(prefixTimer);
  const shortcut = byChord.get(whole);
  if (shortcut) return isWanted(shortcut) && allows(shortcut) && run(shortcut, event);
  if (whole === chord && prefixes.has(chord) && document.body.dataset.shortcuts !== 'off') {
    prefix = chord;
    prefixTimer = setTimeout(() => {
      prefix = '';
    }, 1500);
  }
  return false;
}

/** A key that was pressed inside a message's frame: only what can lose nothing is done. */
export function takeFromFrame(key: string): void {
  if (document.querySelector('dialog[open]')) return;
  take(key, undefined, (shortcut) => shortcut.isHarmless === true);
}

document.addEventListener('keydown', (event) => {
  if (event.isComposing || event.defaultPrevented || document.querySelector('dialog[open]')) return;
  if (/^(Shift|Control|Alt|AltGraph|Meta)$/.test(event.key)) return;
  const chord = chordOf(event);
  if (chord === '') return;
  const { target } = event;
  const isWriting =
    isTyping(target) || (target instanceof Element && target.closest('.menu-sheet, .compose-form') !== null);
  const isCompose = document.body.classList.contains('page-compose');
  const allows = (shortcut: Shortcut): boolean =>
    shortcut.inFields === true || (!isWriting && (!isCompose || shortcut.name === 'help'));
  // While typing no letter begins a sequence.
  if (isWriting && !byChord.get(chord)?.inFields) return;
  if (take(chord, event, allows)) event.preventDefault();
});
