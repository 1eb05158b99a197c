// Names of mailboxes between a client and the folders of a Maildir++: the namespace of the site (control/imapprefix:
// Courier's `INBOX.` or none), the separator `.`, and the two spellings on the wire, modified UTF-7 (RFC 3501 5.1.3) and
// UTF-8 (RFC 9051 5.1, RFC 9755 after ENABLE). The other layout's spelling of a folder is understood too, so that a
// client keeps its names when the site changes. Pure; whether a folder exists is the mailbox's to say.
import { decodeModifiedUtf7, encodeModifiedUtf7, isValidFolderName } from '../../mta/maildir/folder-name.ts';

export const separator = '.';

/** `INBOX.` or ''. */
export type Prefix = '' | 'INBOX.';

const inboxPrefix = 'INBOX.';
/**
 * What stands before folders of other accounts: Courier's where INBOX. is the prefix, else the other. Either is
 * understood. A folder of another account is `/account.Folder` (server/mailbox/shared-mailbox.ts).
 */
const sharedPrefixes = ['#shared.', 'Shared.'] as const;

export const sharedPrefix = (prefix: Prefix): string => (prefix === '' ? 'Shared.' : '#shared.');

const sharedPrefixOf = (name: string): string | undefined =>
  sharedPrefixes.find((prefix) => name.startsWith(prefix));

const isInbox = (name: string): boolean => name.toUpperCase() === 'INBOX';

/** Bytes of the wire as text; undefined when they are not what they should be. */
export function decodeName(wire: string, isUtf8: boolean): string | undefined {
  if (!isUtf8) return decodeModifiedUtf7(wire);
  return decodeUtf8(wire)?.normalize('NFC');
}

/** Strict UTF-8 of bytes written as characters. */
export function decodeUtf8(bytes: string): string | undefined {
  if (/^[\x01-\x7f]*$/.test(bytes)) return bytes;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(bytes, 'latin1'));
  } catch {
    return undefined;
  }
}

/** Text as bytes written as characters. */
export const encodeUtf8 = (text: string): string =>
  /^[\x00-\x7f]*$/.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');

/** A quoted string of text that holds no line end. */
export const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

/**
 * A name that the client wrote, as a folder of the mailbox (`INBOX`, `A.B`); undefined: it can be none.
 * `hasShared`: there are folders of other accounts; one's own that begin like them have to stand below INBOX.
 */
export function toFolder(wire: string, isUtf8: boolean, hasShared = false): string | undefined {
  const name = decodeName(wire, isUtf8);
  if (name === undefined || name === '') return undefined;
  if (isInbox(name)) return 'INBOX';
  const shared = hasShared ? sharedPrefixOf(name) : undefined;
  if (shared !== undefined) return toShared(name.slice(shared.length));
  const isPrefixed = name.slice(0, inboxPrefix.length).toUpperCase() === inboxPrefix;
  // With or without the prefix: one of both is the other layout's spelling.
  return (isPrefixed ? name.slice(inboxPrefix.length) : name).normalize('NFC');
}

const toShared = (rest: string): string | undefined =>
  rest === '' || rest.includes('/') ? undefined : `/${rest.normalize('NFC')}`;

/** Why a folder of this name cannot be made; undefined: it can. In plain words. */
export function refuseName(name: string): string | undefined {
  // Of another's folder what stands behind the name of the account.
  const folder = name.startsWith('/') ? name.slice(1) : name;
  if (/[%*]/.test(folder)) return 'A folder name cannot hold % or *.';
  if (folder.split(separator).some((level) => ['cur', 'new', 'tmp'].includes(level)))
    return 'cur, new and tmp are no names of folders.';
  if (folder.split(separator).some((level) => isInbox(level))) return 'INBOX is the inbox itself.';
  return isValidFolderName(folder);
}

/** A folder as text for the client, not yet encoded: with the prefix of the site, or what reads back as this folder. */
export function toName(folder: string, prefix: Prefix, hasShared = false): string {
  if (folder === 'INBOX') return 'INBOX';
  if (folder.startsWith('/')) return `${sharedPrefix(prefix)}${folder.slice(1)}`;
  const isAmbiguous =
    folder.slice(0, inboxPrefix.length).toUpperCase() === inboxPrefix ||
    (hasShared && sharedPrefixOf(folder) !== undefined);
  return `${isAmbiguous ? inboxPrefix : prefix}${folder}`;
}

/** The wire form of a name. */
export const encodeName = (name: string, isUtf8: boolean): string =>
  quote(isUtf8 ? encodeUtf8(name) : encodeModifiedUtf7(name));

/** Longest pattern of LIST that is looked at, characters. */
export const longestPattern = 1000;

/** RFC 9051 6.3.9: `*` stands for anything, `%` for anything within one level. INBOX in any case. */
export function matchesPattern(name: string, pattern: string): boolean {
  const wanted = pattern.replace(/[*%]*\*[*%]*/g, '*').replace(/%+/g, '%');
  return match(name, wanted) || (isInbox(name.slice(0, 5)) && match(name, inboxInCapitals(wanted)));
}

/** The leading INBOX of a pattern is one in any case. */
const inboxInCapitals = (pattern: string): string =>
  /^inbox(?=$|[.*%])/i.test(pattern) ? `INBOX${pattern.slice(5)}` : pattern;

/** All places of the pattern at once, so that no pattern takes long. */
function match(name: string, pattern: string): boolean {
  let places = new Set<number>();
  const enter = (into: Set<number>, at: number): void => {
    into.add(at);
    if (pattern[at] === '*' || pattern[at] === '%') enter(into, at + 1);
  };
  enter(places, 0);
  for (const character of name) {
    const next = new Set<number>();
    for (const at of places) {
      const wanted = pattern[at];
      if (wanted === '*' || (wanted === '%' && character !== separator)) enter(next, at);
      else if (wanted === character) enter(next, at + 1);
    }
    if (next.size === 0) return false;
    places = next;
  }
  return places.has(pattern.length);
}
