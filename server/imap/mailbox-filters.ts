// Which mailboxes a client means with `personal`, `subtree Lists` and so on (RFC 5465 6, RFC 7377 2.2). Names are compared
// as the client sees them, so that with Courier's layout everything lies below INBOX. Pure.
import type { Cursor } from './cursor.ts';
import { separator } from './names.ts';

export type MailboxFilter =
  | { readonly kind: 'selected' | 'selected-delayed' | 'personal' | 'subscribed' }
  /** With the prefix of the site; names that can be none are left out. */
  | { readonly kind: 'subtree' | 'subtree-one' | 'mailboxes'; readonly names: ReadonlySet<string> };

/** Names of one filter. */
const mostNames = 1000;

const kinds = ['selected', 'selected-delayed', 'personal', 'subscribed', 'subtree', 'mailboxes'] as const;

/**
 * @param nameOf a name on the wire as the client sees the folder; undefined: it can be none
 * @param others kinds that only this command knows
 */
export function parseMailboxFilter(
  cursor: Cursor,
  nameOf: (wire: string) => string | undefined,
  others: readonly 'subtree-one'[] = [],
): MailboxFilter {
  const word = cursor.word('A kind of mailboxes').toLowerCase();
  // RFC 5465 6.3: rules of delivery may name any folder.
  if (word === 'inboxes') return { kind: 'personal' };
  const kind =
    [...kinds, ...others].find((one) => one === word) ?? cursor.fail('There is no such kind of mailboxes');
  if (kind !== 'subtree' && kind !== 'subtree-one' && kind !== 'mailboxes') return { kind };
  cursor.space();
  const written = cursor.isNext('(') ? cursor.list(() => cursor.astring()) : [cursor.astring()];
  if (written.length > mostNames) cursor.fail('Too many mailboxes');
  return { kind, names: new Set(written.flatMap((wire) => nameOf(wire) ?? [])) };
}

export interface FilteredMailbox {
  /** As the client sees it. */
  readonly name: string;
  readonly isSubscribed: boolean;
  /** RFC 5465 6.2: of the user's own namespace. */
  readonly isPersonal: boolean;
}

/** `selected` means none by its name. */
export function matchesFilter(
  filter: MailboxFilter,
  { name, isSubscribed, isPersonal }: FilteredMailbox,
): boolean {
  switch (filter.kind) {
    case 'personal':
      return isPersonal;
    case 'subscribed':
      return isSubscribed;
    case 'mailboxes':
      return filter.names.has(name);
    case 'subtree':
      return filter.names.has(name) || parentsOf(name).some((parent) => filter.names.has(parent));
    case 'subtree-one':
      return filter.names.has(name) || filter.names.has(parentsOf(name)[0] ?? '');
    default:
      return false;
  }
}

/** The nearest first. */
function parentsOf(name: string): string[] {
  const parents: string[] = [];
  for (let at = name.lastIndexOf(separator); at > 0; at = name.lastIndexOf(separator, at - 1))
    parents.push(name.slice(0, at));
  return parents;
}
