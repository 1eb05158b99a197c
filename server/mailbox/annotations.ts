// Annotations of folders and of the account (RFC 5464 METADATA): a small file of ours beside the mail, because what Courier
// has keeps none, Dovecot's lie in a dictionary of its own, and the index may be deleted at any time. In a folder's own
// directory it goes along when the folder is renamed and goes with it when it is removed. One line an entry, name and
// value parted by a TAB; a value is bytes, with \ and what would break a line escaped. Lines that make no sense are
// passed over. What a client may set is the asker's to know; how much, is seen to here.
import { readPrivateFile, replacePrivateFile } from '../../mta/maildir/private-file.ts';
import type { AccountContext } from './context.ts';
import type { AnnotationChange, AnnotationRefusal } from './uid-types.ts';

/** Of a folder; in the Maildir itself that of INBOX. */
export const folderAnnotations = 'facteur-annotations';
/** Of the account, in the Maildir itself: what IMAP calls the server's. */
export const accountAnnotations = 'facteur-annotations-account';

/** Entries of one folder, or of the account. RFC 5464 4.1: 10 at least. */
export const mostAnnotations = 100;
/** Bytes of one value. RFC 5464 4.1: 1024 at least. */
export const largestAnnotation = 32_768;
/** Bytes of all names and values of one folder, or of the account. */
const mostBytes = 262_144;
/** The same of all folders of an account together. */
export const mostAccountBytes = 8 * 1_048_576;
/** A file past this is not ours: escaping makes a value at most twice as long. */
const largestFile = 1_048_576;

type Place = Pick<AccountContext, 'uid' | 'gid' | 'names'>;

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\0': '\\0',
};
const plain = new Map(Object.entries(escapes).map(([byte, escaped]) => [escaped, byte]));

const isEntry = (name: string): boolean => /^\/(?:private|shared)\/[\x20-\x7e]+$/.test(name);

/** Values by entry; a byte is a character. */
export function parseAnnotations(content: Buffer): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of content.toString('latin1').split('\n')) {
    const tab = line.indexOf('\t');
    const entry = line.slice(0, Math.max(0, tab));
    if (found.size >= mostAnnotations || found.has(entry) || !isEntry(entry)) continue;
    found.set(
      entry,
      line.slice(tab + 1).replace(/\\[\\nrt0]/g, (pair) => plain.get(pair)!),
    );
  }
  return found;
}

export const formatAnnotations = (annotations: ReadonlyMap<string, string>): Buffer =>
  Buffer.from(
    [...annotations]
      .map(([entry, value]) => `${entry}\t${value.replace(/[\\\n\r\t\0]/g, (byte) => escapes[byte]!)}\n`)
      .join(''),
    'latin1',
  );

/** Bytes that count. */
export const weighAnnotations = (annotations: ReadonlyMap<string, string>): number =>
  [...annotations].reduce((sum, [entry, value]) => sum + entry.length + value.length, 0);

/** Takes all changes in, or none and says why. */
export function applyAnnotations(
  before: ReadonlyMap<string, string>,
  changes: readonly AnnotationChange[],
): Map<string, string> | AnnotationRefusal {
  const after = new Map(before);
  for (const { entry, value } of changes) {
    if (value === undefined) after.delete(entry);
    else if (value.length > largestAnnotation) return 'too large';
    else after.set(entry, value);
  }
  // What is there already may stay, and may shrink.
  const grows = after.size > before.size || weighAnnotations(after) > weighAnnotations(before);
  if (grows && (after.size > mostAnnotations || weighAnnotations(after) > mostBytes)) return 'too many';
  return after;
}

/** What one of the two files in a directory says; none when there is no file of the owner's. */
export async function readAnnotations(
  place: Place,
  directory: string,
  name: string,
): Promise<Map<string, string>> {
  const file = await readPrivateFile(`${directory}/${name}`, place, largestFile);
  return file ? parseAnnotations(file.content) : new Map();
}

/** Replaces it, durably. Rejects with system errors; the old file is as it was then. */
export const writeAnnotations = (
  place: Place,
  directory: string,
  name: string,
  annotations: ReadonlyMap<string, string>,
): Promise<void> => replacePrivateFile(directory, name, formatAnnotations(annotations), place, place.names);
