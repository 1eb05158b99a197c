// What webmail, IMAP and POP3 of one process share: the reader of messages (killable workers) and the mailboxes over
// Maildirs. Opened where one of them is served.
import type { Home } from '../../mta/home.ts';
import type { Log } from '../../mta/log.ts';
import { createMailboxes } from '../mailbox/mailboxes.ts';
import type { Mailboxes } from '../mailbox/types.ts';
import { createMessageReader } from '../message/reader.ts';
import type { MessageReader } from '../message/types.ts';

export interface MailRooms {
  readonly reader: MessageReader;
  readonly mailboxes: Mailboxes;
  close(): Promise<void>;
}

/** @param isWarm a worker is started at once, for the first page */
export function openMailRooms(home: Home, log: Log, isWarm: boolean): MailRooms {
  const reader = createMessageReader({ log, warm: isWarm });
  const mailboxes = createMailboxes({ state: home.state, qmail: home.qmail, reader, log });
  return {
    reader,
    mailboxes,
    close: async () => {
      await Promise.allSettled([mailboxes.close(), reader.close()]);
    },
  };
}
