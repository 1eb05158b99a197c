// The keyboard shortcuts (webmail.md 5.2), one table that the help page, its dialog and the browser share: what is told
// is what works. A key is written as KeyboardEvent.key gives it, so it holds on every layout; modifiers stand before it
// (`Ctrl+Shift+c`), a capital letter is Shift by itself, two keys after each other are parted by a blank (`g i`). Pure, and
// free of imports: the page's script carries it. What a key does is said where it is done (static/lib/keyboard.ts).

export interface Shortcut {
  readonly name: string;
  readonly keys: readonly string[];
  /** Only walks about: works too for those who chose navigation alone. */
  readonly walks?: true;
  /** Works while something is typed. */
  readonly inFields?: true;
  /** Can lose nothing: believed from the frame that a message is shown in (V9). */
  readonly isHarmless?: true;
}

const walks = { walks: true, isHarmless: true } as const;
const isHarmless = true;
const inFields = true;

export const shortcutGroups = [
  {
    title: 'help.inList',
    shortcuts: [
      { name: 'next', keys: ['j', 'ArrowDown'], ...walks },
      { name: 'previous', keys: ['k', 'ArrowUp'], ...walks },
      { name: 'open', keys: ['o', 'Enter'], ...walks },
      { name: 'back', keys: ['u', 'Escape'], ...walks },
      { name: 'first', keys: ['Home'], walks: true },
      { name: 'last', keys: ['End'], walks: true },
      { name: 'pageDown', keys: ['PageDown'], walks: true },
      { name: 'pageUp', keys: ['PageUp'], walks: true },
      { name: 'select', keys: ['x', 'Space'] },
      { name: 'extendDown', keys: ['Shift+ArrowDown'] },
      { name: 'extendUp', keys: ['Shift+ArrowUp'] },
      { name: 'selectAll', keys: ['* a', 'Ctrl+a'] },
      { name: 'selectNone', keys: ['* n'] },
      { name: 'selectRead', keys: ['* r'] },
      { name: 'selectUnread', keys: ['* u'] },
      { name: 'selectStarred', keys: ['* s'] },
    ],
  },
  {
    title: 'help.onMessages',
    shortcuts: [
      { name: 'archive', keys: ['e'] },
      { name: 'archiveOlder', keys: [']'] },
      { name: 'archiveNewer', keys: ['['] },
      { name: 'trash', keys: ['#', 'Delete'] },
      { name: 'deleteForGood', keys: ['Shift+Delete'] },
      { name: 'junk', keys: ['!'] },
      { name: 'star', keys: ['s'], isHarmless },
      { name: 'markRead', keys: ['I'] },
      { name: 'markUnread', keys: ['U'] },
      { name: 'move', keys: ['v'], isHarmless },
      { name: 'label', keys: ['L'], isHarmless },
      { name: 'snooze', keys: ['b'], isHarmless },
      { name: 'more', keys: ['.'], isHarmless },
    ],
  },
  {
    title: 'help.inMessage',
    shortcuts: [
      { name: 'reply', keys: ['r'], isHarmless },
      { name: 'replyAll', keys: ['a'], isHarmless },
      { name: 'replyList', keys: ['l'], isHarmless },
      { name: 'forward', keys: ['f'], isHarmless },
      { name: 'nextInConversation', keys: ['n'], ...walks },
      { name: 'previousInConversation', keys: ['p'], ...walks },
      { name: 'print', keys: ['Ctrl+p'] },
      { name: 'toMessage', keys: ['F6', 'Ctrl+m'], walks: true },
    ],
  },
  {
    title: 'help.everywhere',
    shortcuts: [
      { name: 'compose', keys: ['c'], isHarmless },
      { name: 'search', keys: ['/'], ...walks },
      { name: 'undo', keys: ['z', 'Ctrl+z'] },
      { name: 'goInbox', keys: ['g i'], ...walks },
      { name: 'goStarred', keys: ['g s'], ...walks },
      { name: 'goDrafts', keys: ['g d'], ...walks },
      { name: 'goSent', keys: ['g t'], ...walks },
      { name: 'goArchive', keys: ['g a'], ...walks },
      { name: 'goContacts', keys: ['g c'], ...walks },
      { name: 'help', keys: ['?'], ...walks },
    ],
  },
  {
    title: 'help.writing',
    shortcuts: [
      { name: 'send', keys: ['Ctrl+Enter'], inFields },
      { name: 'sendAndArchive', keys: ['Ctrl+Shift+Enter'], inFields },
      { name: 'showCc', keys: ['Ctrl+Shift+c'], inFields },
      { name: 'showBcc', keys: ['Ctrl+Shift+b'], inFields },
      { name: 'showTo', keys: ['Ctrl+Shift+o'], inFields },
    ],
  },
] as const satisfies readonly { readonly title: string; readonly shortcuts: readonly Shortcut[] }[];

export type ShortcutName = (typeof shortcutGroups)[number]['shortcuts'][number]['name'];
