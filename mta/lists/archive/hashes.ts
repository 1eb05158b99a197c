// The hashes that ezmlm's archive goes by: of a subject, which is the same for a whole thread, and of an author, which is
// the same for all addresses `name-anything@host` of one. 20 letters each. Pure.
import { makeTextHash } from '../cookie.ts';

/** Letters of a hash. */
export const hashLength = 20;

/** The hash of a text (bytes as latin1), whatever its case and its blanks. */
export const hashText = (text: string): string => makeTextHash(Buffer.from(text, 'latin1'));

/** The hash of the author in an unfolded From field: of the local part up to its first dash and the domain. */
export function hashAuthor(from: string): string {
  const at = from.lastIndexOf('@');
  if (at < 0) return hashText(from);
  const end = from.slice(at).search(/[> ;]/);
  const host = end < 0 ? from.slice(at) : from.slice(at, at + end);
  const before = from.slice(0, at);
  // As ezmlm has it, the separator itself counts.
  const separator = Math.max(...['<', ' ', ';'].map((char) => before.lastIndexOf(char)), 0);
  const local = before.slice(separator);
  const dash = local.indexOf('-');
  return hashText((dash < 0 ? local : local.slice(0, dash)) + host);
}
