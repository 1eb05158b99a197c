// Subscriptions: courierimapsubscribed of Courier, `subscriptions` of Dovecot in both its forms
// (spec/maildir-imap.md 2.9). Pure functions on the bytes of the files. Folder names come out as everywhere in this
// program, UTF-8 and without `INBOX.`; lines that name no folder of this Maildir (`#shared.`) are kept as they stand.
import { decodeFolderName, encodeFolderName } from './folder-name.ts';

export interface Subscriptions {
  /** In the order of the file, none twice: `INBOX`, `Projects.Alpha`. */
  readonly folders: readonly string[];
  /** Lines of other namespaces, as read. */
  readonly others: readonly string[];
}

export interface DovecotSubscriptions extends Subscriptions {
  /** 1: one name a line. 2: after `V<TAB>2`, levels parted by TAB. A file stays in its version. */
  readonly version: 1 | 2;
}

/** How names are spelt on disk: that of the folders beside the file. */
export type NameStyle = 'utf-8' | 'utf-7';

/** Reads courierimapsubscribed: `INBOX` and what lies below it, case of the first five letters disregarded. */
export function parseCourierSubscriptions(content: Buffer): Subscriptions {
  const folders = new Set<string>();
  const others = new Set<string>();
  for (const line of readLines(content)) {
    if (/^inbox$/i.test(line)) folders.add('INBOX');
    else if (/^inbox\../i.test(line)) folders.add(decodeFolderName(`.${line.slice(6)}`));
    else others.add(line);
  }
  return { folders: [...folders], others: [...others] };
}

export function formatCourierSubscriptions(subscriptions: Subscriptions, style: NameStyle): Buffer {
  const names = subscriptions.folders.map((name) =>
    name === 'INBOX' ? name : `INBOX${encodeFolderName(name, style)}`,
  );
  return writeLines([...names, ...subscriptions.others]);
}

/** Reads Dovecot's `subscriptions` of either version. */
export function parseDovecotSubscriptions(content: Buffer): DovecotSubscriptions {
  const lines = readLines(content);
  const version = lines[0] === 'V\t2' ? 2 : 1;
  const folders = new Set<string>();
  const others = new Set<string>();
  for (const line of version === 2 ? lines.slice(1) : lines) {
    const name = version === 2 ? line.split('\t').map(unescapeTab).join('.') : line;
    if (/^inbox$/i.test(name)) folders.add('INBOX');
    // A line of another namespace stands there with its prefix and separator.
    else if (name.startsWith('#') || name.includes('/')) others.add(line);
    else folders.add(decodeFolderName(`.${name}`));
  }
  return { version, folders: [...folders], others: [...others] };
}

export function formatDovecotSubscriptions(subscriptions: DovecotSubscriptions, style: NameStyle): Buffer {
  const spelt = subscriptions.folders.map((name) =>
    name === 'INBOX' ? name : encodeFolderName(name, style).slice(1),
  );
  if (subscriptions.version === 1) return writeLines([...spelt, ...subscriptions.others]);
  const rows = spelt.map((name) => name.split('.').map(escapeTab).join('\t'));
  return writeLines(['V\t2', '', ...rows, ...subscriptions.others]);
}

/** Lines past these are not read. */
const mostNames = 100_000;

const readLines = (content: Buffer): string[] =>
  content
    .toString('utf8')
    .split('\n', mostNames)
    .map((line) => line.replace(/\r$/, ''))
    .filter((line) => line !== '');

// A name that would become two lines is no name of a folder (folder-name.ts refuses it); it is left out here.
const writeLines = (lines: readonly string[]): Buffer =>
  Buffer.from(
    lines
      .filter((line) => !/[\n\r\0]/.test(line))
      .map((line) => `${line}\n`)
      .join(''),
    'utf8',
  );

// Dovecot's escapes of a TAB-separated field: byte 1 and a letter.
const escapes: readonly (readonly [string, string])[] = [
  ['\x01', '\x011'],
  ['\0', '\x010'],
  ['\t', '\x01t'],
  ['\r', '\x01r'],
  ['\n', '\x01n'],
];

const escapeTab = (text: string): string =>
  text.replace(/[\x01\0\t\r\n]/g, (byte) => escapes.find(([plain]) => plain === byte)![1]);

const unescapeTab = (text: string): string =>
  text.replace(/\x01[10trn]/g, (pair) => escapes.find(([, escaped]) => escaped === pair)![0]);

/** Courier's namespace of folders of other accounts. */
const sharedPrefix = '#shared.';

/** A line of another namespace as the folder of another account, `/account.Folder`; undefined: it is none. */
export function readSharedLine(line: string): string | undefined {
  if (!line.startsWith(sharedPrefix) || line.length === sharedPrefix.length) return undefined;
  return `/${decodeFolderName(`.${line.slice(sharedPrefix.length)}`)}`;
}

/** The other way round. */
export const writeSharedLine = (folder: string, style: NameStyle): string =>
  `#shared${encodeFolderName(folder.slice(1), style)}`;
