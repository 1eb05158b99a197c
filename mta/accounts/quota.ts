// Quotas as administrators type them (`10M`, `20M,100C`, `NOQUOTA`) and as vpasswd stores them (`10485760S`,
// `20971520S,100C`; spec/vpopmail.md 2.4). Counting and enforcing is maildir/quota.ts.
import { formatQuota, parseQuota } from '../maildir/quota.ts';

/** vpopmail's limit for the field, in bytes. */
export const MAX_QUOTA_TEXT = 20;

// vpopmail: a size is a number with K or M, then B, then S, each if one likes: `10M`, `10MB`.
const PART = /^\s*[0-9]{1,15}\s*(?:[Cc]|[KMkm]?[Bb]?[Ss]?)\s*$/;

/** What is expected where a text is no quota. */
export const quotaWords =
  'expected a size such as 500M (K and M, nothing for bytes), a number of messages such as 1000C, both as 500M,1000C, or NOQUOTA';

/** The stored form; undefined when the text is no quota, or its stored form does not fit the field. */
export function storedQuota(text: string): string | undefined {
  if (/^no/i.test(text)) return 'NOQUOTA';
  if (!text.split(',').every((part) => PART.test(part))) return undefined;
  const stored = formatQuota(parseQuota(text)) || 'NOQUOTA';
  return stored.length > MAX_QUOTA_TEXT ? undefined : stored;
}
