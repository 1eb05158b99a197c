// The labels of a person (webmail.md M21): a label is an IMAP keyword on messages, and here are the name and the colour it
// is shown with. Until somebody changes them they are the five that Thunderbird has, under its keywords `$label1` to
// `$label5`, named in the reader's language. Setting and removing keywords of messages is the mailbox's affair.

import { encodeModifiedUtf7 } from '../../../mta/maildir/folder-name.ts';
import { foldKeyword } from '../../../mta/maildir/keyword-files.ts';
import type { StateDatabase } from '../state/database.ts';

/** Tokens of static/css/labels.css. */
export const labelColors = ['red', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple', 'grey'] as const;
export type LabelColor = (typeof labelColors)[number];

export interface Label {
  /** IMAP keyword, as it was first spelt. */
  readonly keyword: string;
  /** As typed; '' for one of the first five that nobody renamed. */
  readonly name: string;
  readonly color: LabelColor;
}

export const mostLabels = 100;
export const longestName = 60;

/** Thunderbird's: Important, Work, Personal, To do, Later. */
const usual: readonly Label[] = (['red', 'orange', 'green', 'blue', 'purple'] as const).map((color, n) => ({
  keyword: `$label${n + 1}`,
  name: '',
  color,
}));

/**
 * The keyword for a new label, made as Thunderbird makes its own: lower case, modified UTF-7, and what an IMAP atom
 * cannot hold as `_` (RFC 9051 9). `taken` ones get a number.
 */
export function keywordFor(name: string, taken: readonly string[]): string {
  const plain = encodeModifiedUtf7(name.normalize('NFC').toLowerCase()).replace(
    /[\x00-\x20()/{%*<>"\\\]\x7f]/g,
    '_',
  );
  const known = new Set(taken.map(foldKeyword));
  // A system flag begins with a backslash, a registered keyword with a dollar sign: neither is a person's.
  const base = plain.replace(/^\$/, '_').slice(0, 100) || '_';
  let keyword = base;
  for (let n = 2; known.has(foldKeyword(keyword)); n++) keyword = `${base}_${n}`;
  return keyword;
}

export interface Labels {
  list(address: string): readonly Label[];
  /** Adds one at the end; false when there are too many. */
  add(address: string, label: Label): boolean;
  /** Another name or colour; false: there is no such label. */
  change(address: string, label: Label): boolean;
  remove(address: string, keyword: string): boolean;
  /** Notes that the account uses labels. */
  keep(address: string): void;
  /** Did somebody use or change them? Else they are the first five, that nobody asked for. */
  areUsed(address: string): boolean;
  /** Lets go of what is held of an address whose rows go. */
  forget(address: string): void;
}

interface Row {
  keyword: string;
  name: string;
  color: string;
}

export function openLabels(database: StateDatabase): Labels {
  database.exec(
    `create table if not exists web_labels (
       address text not null, place integer not null, keyword text not null, name text not null, color text not null,
       primary key (address, place)) without rowid`,
  );
  const select = database.prepare<[string], Row>(
    'select keyword, name, color from web_labels where address = ? order by place',
  );
  const clear = database.prepare('delete from web_labels where address = ?');
  const insert = database.prepare('insert into web_labels values (?, ?, ?, ?, ?)');
  // The row at place 0 says that somebody chose: also none at all.
  const write = database.transaction((address: string, labels: readonly Label[]) => {
    clear.run(address);
    insert.run(address, 0, '', '', '');
    for (const [index, { keyword, name, color }] of labels.entries())
      insert.run(address, index + 1, keyword, name, color);
  });
  interface Kept {
    readonly labels: readonly Label[];
    /** Somebody chose. */
    readonly areChosen: boolean;
  }
  // Every page asks for them; they are changed here only.
  const kept = new Map<string, Kept>();
  const read = (address: string): Kept => {
    const rows = select.all(address);
    if (rows.length === 0) return { labels: usual, areChosen: false };
    const labels = rows.slice(1).map(({ keyword, name, color }) => ({
      keyword,
      name,
      color: labelColors.find((known) => known === color) ?? 'grey',
    }));
    return { labels, areChosen: true };
  };
  const find = (address: string): Kept => {
    const known = kept.get(address) ?? read(address);
    if (kept.size >= 1000) kept.clear();
    kept.set(address, known);
    return known;
  };
  const list = (address: string): readonly Label[] => find(address).labels;
  const store = (address: string, labels: readonly Label[]): void => {
    kept.delete(address);
    write(address, labels);
  };
  const isSame = (a: string, b: string): boolean => foldKeyword(a) === foldKeyword(b);
  return {
    list,
    add(address, label) {
      const labels = list(address);
      if (labels.length >= mostLabels) return false;
      store(address, [...labels, label]);
      return true;
    },
    change(address, label) {
      const labels = list(address);
      if (!labels.some(({ keyword }) => isSame(keyword, label.keyword))) return false;
      store(
        address,
        labels.map((one) => (isSame(one.keyword, label.keyword) ? { ...label, keyword: one.keyword } : one)),
      );
      return true;
    },
    remove(address, keyword) {
      const labels = list(address);
      const left = labels.filter((one) => !isSame(one.keyword, keyword));
      if (left.length === labels.length) return false;
      store(address, left);
      return true;
    },
    keep(address) {
      if (!find(address).areChosen) store(address, usual);
    },
    areUsed: (address) => find(address).areChosen,
    forget: (address) => void kept.delete(address),
  };
}
