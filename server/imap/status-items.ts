// STATUS of a folder (RFC 9051 6.3.11, with RFC 7162, 7889, 8438, 8474, 9208): the items and their text. Pure.
import type { FolderStatus } from '../mailbox/uid-types.ts';
import type { Cursor } from './cursor.ts';

const items = [
  'MESSAGES',
  'RECENT',
  'UIDNEXT',
  'UIDVALIDITY',
  'UNSEEN',
  'DELETED',
  'SIZE',
  'HIGHESTMODSEQ',
  'APPENDLIMIT',
  'MAILBOXID',
  'DELETED-STORAGE',
] as const;

export type StatusItem = (typeof items)[number];

/** `(MESSAGES UNSEEN)` */
export function parseStatusItems(cursor: Cursor): StatusItem[] {
  return cursor.list(() => {
    const word = cursor.word('An item');
    return items.find((item) => item === word) ?? cursor.fail('There is no such item');
  });
}

export interface StatusFacts {
  readonly status: FolderStatus;
  readonly appendLimit: number;
  /** Bytes of messages with \Deleted; only where it was asked for. */
  readonly deletedBytes: number;
}

/** What stands between the parentheses. */
export function formatStatus(wanted: readonly StatusItem[], facts: StatusFacts): string {
  const { status } = facts;
  const values: Readonly<Record<StatusItem, string | number>> = {
    MESSAGES: status.messages,
    RECENT: status.recent,
    UIDNEXT: status.uidNext,
    UIDVALIDITY: status.uidValidity,
    UNSEEN: status.unseen,
    DELETED: status.deleted,
    SIZE: status.size,
    HIGHESTMODSEQ: status.highestModseq,
    APPENDLIMIT: facts.appendLimit,
    MAILBOXID: `(${status.mailboxId})`,
    // RFC 9208 5.1: units of 1024 bytes.
    'DELETED-STORAGE': Math.ceil(facts.deletedBytes / 1024),
  };
  return wanted.map((item) => `${item} ${values[item]}`).join(' ');
}
