// What a person chose, on all their devices (webmail.md T1): one table that says what may be chosen and what holds until
// somebody chooses. Theme and page size are not here: they belong to the device and are cookies (shell/cookies.ts).
// Guarantees: a stored value that makes no sense any more counts as not chosen; a change of one choice leaves the others.
import type { StateDatabase } from './database.ts';

interface Choice<Value> {
  readonly usual: Value;
  /** All that may be chosen, when that is a few. */
  readonly values?: readonly (string | number)[];
  /** The value when it is one that may be chosen, else undefined. */
  readonly read: (value: unknown) => Value | undefined;
}

const oneOf = <const Values extends readonly (string | number)[]>(
  values: Values,
  usual: Values[number],
): Choice<Values[number]> => ({ usual, values, read: (value) => values.find((one) => one === value) });
const yesOrNo = (usual: boolean): Choice<boolean> => ({
  usual,
  read: (value) => (typeof value === 'boolean' ? value : undefined),
});
const text = (longest: number, usual = ''): Choice<string> => ({
  usual,
  read: (value) => (typeof value === 'string' && value.length <= longest ? value : undefined),
});
/** A set of names; the order is theirs. */
const names = (most: number): Choice<readonly string[]> => ({
  usual: [],
  read: (value) =>
    Array.isArray(value)
      ? value.filter((one): one is string => typeof one === 'string' && one.length <= 1000).slice(0, most)
      : undefined,
});
const days: Choice<number> = {
  usual: 30,
  read: (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 3650 ? value : undefined,
};

/** Every choice there is. Forms show them; a room that needs another adds it here. */
export const choiceTable = {
  /** BCP 47 tag of a catalogue; '' is the browser's (L7, N7). */
  language: text(35),
  /** IANA name; '' is the browser's. */
  zone: text(64),
  density: oneOf(['comfortable', 'compact'], 'comfortable'),
  /** M14: message beside the list on wide screens, or a page of its own. */
  layout: oneOf(['split', 'list'], 'split'),
  startFolder: text(1000, 'INBOX'),
  /** Folders whose subtree is closed in the column (F3). */
  closedFolders: names(500),
  /** M4: lists of conversations; for the folders in `otherView` the other one. */
  conversations: yesOrNo(true),
  otherView: names(500),
  /** C3. */
  conversationOrder: oneOf(['oldest', 'newest'], 'oldest'),
  /** M10: what is shown after the open message was moved away. */
  afterAction: oneOf(['older', 'newer', 'list'], 'older'),
  /** V4: seconds until an open message counts as read; -1 never. */
  markRead: oneOf([0, 5, -1], 0),
  /** V6. */
  body: oneOf(['html', 'text'], 'html'),
  /** 3.3. */
  pictures: oneOf(['ask', 'never', 'contacts', 'always'], 'ask'),
  /** 3.2: no script at all in the frame of a message. */
  strictFrame: yesOrNo(false),
  /** 4.9, 4.2, 4.6, 4.7. */
  undoSeconds: oneOf([0, 5, 10, 20, 30], 10),
  composeAs: oneOf(['text', 'html', 'match'], 'match'),
  replyQuote: oneOf(['below', 'above', 'none'], 'below'),
  signaturePlace: oneOf(['above', 'below'], 'above'),
  forwardAs: oneOf(['inline', 'attachment'], 'inline'),
  receipts: oneOf(['ask', 'never', 'contacts'], 'ask'),
  collectContacts: yesOrNo(true),
  /** Questions that are not asked any more, by their names. */
  neverAsk: names(50),
  /** 5.2. */
  shortcuts: oneOf(['on', 'navigation', 'off'], 'on'),
  /** N1: desktop notifications, on devices that allowed them. */
  notify: yesOrNo(false),
  /** Seconds that a toast stays with JavaScript. */
  toastSeconds: oneOf([10, 30, 120], 10),
  /** 2.7: seconds after which a list without JavaScript loads itself again; 0 never. */
  reloadSeconds: oneOf([0, 60, 300], 0),
  /** O4: days after which mail in Trash and Junk is removed; 0 never. */
  cleanTrash: days,
  cleanJunk: days,
} as const;

type Table = typeof choiceTable;
export type ChoiceName = keyof Table;
export type Choices = {
  readonly [Name in ChoiceName]: Table[Name]['usual'] extends boolean
    ? boolean
    : Table[Name] extends Choice<infer Value>
      ? Value
      : never;
};

/** What holds for somebody who chose nothing. */
export const usualChoices = Object.fromEntries(
  Object.entries(choiceTable).map(([name, { usual }]) => [name, usual]),
) as Choices;

export interface ChoiceStore {
  read(address: string): Choices;
  /** Stores what is given; throws TypeError for a value that may not be chosen, and then nothing is stored. */
  change(address: string, changes: Partial<Choices>): void;
  /** What the administrator chose for everybody of the account's domain: it cannot be changed, and `change` leaves it. */
  locked(address: string): ReadonlySet<ChoiceName>;
  /** Lets go of what is held of an address whose rows go. */
  forget(address: string): void;
}

/** A choice that an administrator made for a domain (control/weblocked); `*` for all. */
export interface LockedChoice {
  readonly domain: string;
  readonly choice: string;
  readonly value: string;
}

/** The value that the text of a setting stands for: `true`, `5`, `compact`; undefined when it may not be chosen. */
function readLocked({ choice, value }: LockedChoice): unknown {
  const known: Choice<unknown> | undefined = Object.hasOwn(choiceTable, choice)
    ? choiceTable[choice as ChoiceName]
    : undefined;
  return known?.read(value) ?? known?.read(parse(value));
}

/** People whose choices are kept in memory. */
const mostKept = 1000;

/** Choices kept in the state database. @param locks lines that make no sense are left out, `refused` is told of them */
export function openChoices(
  database: StateDatabase,
  locks: readonly LockedChoice[] = [],
  refused: (lock: LockedChoice) => void = () => {},
): ChoiceStore {
  // What is said for a domain goes before what is said for all.
  const byDomain = new Map<string, Map<ChoiceName, unknown>>();
  for (const lock of locks.toSorted((a, b) => Number(b.domain === '*') - Number(a.domain === '*'))) {
    const value = readLocked(lock);
    if (value === undefined) {
      refused(lock);
      continue;
    }
    const domain = lock.domain.toLowerCase();
    byDomain.set(domain, (byDomain.get(domain) ?? new Map()).set(lock.choice as ChoiceName, value));
  }
  const locksOf = (address: string): ReadonlyMap<ChoiceName, unknown> =>
    new Map([
      ...(byDomain.get('*') ?? []),
      ...(byDomain.get(address.slice(address.lastIndexOf('@') + 1).toLowerCase()) ?? []),
    ]);
  database.exec(
    'create table if not exists web_choices (address text not null, name text not null, value text not null, primary key (address, name)) without rowid',
  );
  const select = database.prepare<[string], { name: string; value: string }>(
    'select name, value from web_choices where address = ?',
  );
  const insert = database.prepare('insert or replace into web_choices values (?, ?, ?)');
  const store = database.transaction((address: string, changes: readonly [string, unknown][]) => {
    for (const [name, value] of changes) insert.run(address, name, JSON.stringify(value));
  });
  // Every page asks, several times; this process alone changes them.
  const kept = new Map<string, Choices>();
  const load = (address: string): Choices => {
    const stored = new Map(select.all(address).map(({ name, value }) => [name, value]));
    const fixed = locksOf(address);
    const read = ([name, choice]: [string, Choice<unknown>]): [string, unknown] => {
      if (fixed.has(name as ChoiceName)) return [name, fixed.get(name as ChoiceName)];
      const value = stored.get(name);
      return [name, value === undefined ? choice.usual : (choice.read(parse(value)) ?? choice.usual)];
    };
    return Object.fromEntries(Object.entries(choiceTable).map(read)) as Choices;
  };
  return {
    read(address) {
      const known = kept.get(address) ?? load(address);
      if (kept.size >= mostKept) kept.clear();
      kept.set(address, known);
      return known;
    },
    change(address, changes) {
      const checked = Object.entries(changes).map(([name, value]): [string, unknown] => {
        const choice: Choice<unknown> | undefined = choiceTable[name as ChoiceName];
        const read = choice?.read(value);
        if (read === undefined) throw new TypeError(`no such choice: ${name} ${JSON.stringify(value)}`);
        return [name, read];
      });
      const fixed = locksOf(address);
      kept.delete(address);
      store(
        address,
        checked.filter(([name]) => !fixed.has(name as ChoiceName)),
      );
    },
    forget: (address) => void kept.delete(address),
    locked: (address) => new Set(locksOf(address).keys()),
  };
}

function parse(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
