// What a client wants to be told of (RFC 5465 8, formal syntax): groups of mailboxes with the events of each. Pure: text in,
// wishes out; what comes of them is notifier.ts.
import type { Cursor } from './cursor.ts';
import { type FetchItem, parseFetchItems } from './fetch-items.ts';
import {
  type FilteredMailbox,
  type MailboxFilter,
  matchesFilter,
  parseMailboxFilter,
} from './mailbox-filters.ts';

/** RFC 5465 8: all events that are known here; there are no annotations of messages. */
export const knownEvents = [
  'MessageNew',
  'MessageExpunge',
  'FlagChange',
  'MailboxName',
  'SubscriptionChange',
  'MailboxMetadataChange',
  'ServerMetadataChange',
] as const;

/** Those of messages. */
export const messageEvents = ['MessageNew', 'MessageExpunge', 'FlagChange'] as const;

export type EventName = (typeof knownEvents)[number];

export interface EventGroup {
  readonly filter: MailboxFilter;
  /** None: nothing is wanted of these mailboxes, whatever other groups say. */
  readonly events: ReadonlySet<EventName>;
}

/** The folder that is open. */
export interface SelectedWish {
  /** EXPUNGE only with answers to commands that allow it. */
  readonly isDelayed: boolean;
  /** New and expunged ones. */
  readonly messages: boolean;
  readonly flags: boolean;
  /** Of new messages. */
  readonly items: readonly FetchItem[];
}

export interface NotifyRequest {
  readonly selected: SelectedWish;
  readonly groups: readonly EventGroup[];
  /** STATUS of all mailboxes first. */
  readonly wantsStatus: boolean;
}

export const nothingWanted: NotifyRequest = {
  selected: { isDelayed: false, messages: false, flags: false, items: [] },
  groups: [],
  wantsStatus: false,
};

/** Groups of one command. */
const mostGroups = 100;

const lower = new Map<string, EventName>(knownEvents.map((name) => [name.toLowerCase(), name]));

interface WrittenGroup extends EventGroup {
  readonly items: readonly FetchItem[];
  readonly isUnknown: boolean;
}

/** `NONE`, or `SET [STATUS] groups`; `unknown`: with an event that nobody knows here. */
export function parseNotify(
  cursor: Cursor,
  nameOf: (wire: string) => string | undefined,
): NotifyRequest | 'none' | 'unknown' {
  const word = cursor.word('SET or NONE');
  if (word === 'NONE') {
    cursor.end();
    return 'none';
  }
  if (word !== 'SET') cursor.fail('SET or NONE was expected');
  const wantsStatus = cursor.take(' STATUS');
  const groups: WrittenGroup[] = [];
  do {
    cursor.space();
    if (groups.length >= mostGroups) cursor.fail('Too many groups');
    groups.push(parseGroup(cursor, nameOf));
  } while (cursor.isNext(' '));
  cursor.end();
  const selected = groups.filter(({ filter }) => filter.kind.startsWith('selected'));
  // RFC 5465 6.1
  if (selected.length > 1) cursor.fail('The selected mailbox can be named once');
  if (groups.some(({ isUnknown }) => isUnknown)) return 'unknown';
  return {
    selected: selected[0] ? wishOf(selected[0]) : nothingWanted.selected,
    groups: groups.filter((group) => group !== selected[0]).map(({ filter, events }) => ({ filter, events })),
    wantsStatus,
  };
}

const wishOf = ({ filter, events, items }: WrittenGroup): SelectedWish => ({
  isDelayed: filter.kind === 'selected-delayed',
  messages: events.has('MessageNew'),
  flags: events.has('FlagChange'),
  items,
});

function parseGroup(cursor: Cursor, nameOf: (wire: string) => string | undefined): WrittenGroup {
  cursor.open();
  const filter = parseMailboxFilter(cursor, nameOf);
  cursor.space();
  const isSelected = filter.kind.startsWith('selected');
  const events = new Set<EventName>();
  let items: readonly FetchItem[] = [];
  let isUnknown = false;
  const parseEvent = (): void => {
    const event = lower.get(cursor.atom('An event').toLowerCase());
    if (event === undefined) {
      isUnknown = true;
      return;
    }
    events.add(event);
    if (event !== 'MessageNew' || !cursor.take(' (')) return;
    if (!isSelected) cursor.fail('Items are for the selected mailbox');
    cursor.at--;
    items = parseFetchItems(cursor);
  };
  if (cursor.isNext('(')) cursor.list(parseEvent);
  else if (cursor.word('Events') !== 'NONE') cursor.fail('Events in parentheses or NONE were expected');
  cursor.close();
  checkEvents(cursor, events, isSelected);
  return { filter, events, items, isUnknown };
}

/**
 * RFC 5465 5 and 6.1: which events need which. Of mailboxes that are not selected Dovecot lets each be asked for alone, and
 * so do clients: each has its own items of STATUS there.
 */
function checkEvents(cursor: Cursor, events: ReadonlySet<EventName>, isSelected: boolean): void {
  if (!isSelected) return;
  if (events.has('MessageNew') !== events.has('MessageExpunge'))
    cursor.fail('MessageNew and MessageExpunge go together');
  if (events.has('FlagChange') && !events.has('MessageNew'))
    cursor.fail('FlagChange needs MessageNew and MessageExpunge');
  if (knownEvents.slice(3).some((event) => events.has(event)))
    cursor.fail('The selected mailbox has events of messages only');
}

/** Is this event of this mailbox wanted? RFC 5465 6: several groups may mean it; one that wants nothing rules. */
export function wants({ groups }: NotifyRequest, event: EventName, mailbox: FilteredMailbox): boolean {
  const meant = groups.filter(({ filter }) => matchesFilter(filter, mailbox));
  return meant.some(({ events }) => events.has(event)) && meant.every(({ events }) => events.size > 0);
}

/** Is it wanted of any? */
export const wantsAny = ({ groups }: NotifyRequest, event: EventName): boolean =>
  groups.some(({ events }) => events.has(event));
