// What stands behind a door under test, IMAP's or POP3's: one account with its Maildir, the real mailboxes and the real
// message reader, and the log of them all.
import type { Account } from '../../mta/accounts/types.ts';
import { createMailboxes } from '../../server/mailbox/mailboxes.ts';
import type { Mailboxes } from '../../server/mailbox/types.ts';
import { createMessageReader } from '../../server/message/reader.ts';
import { createFixture, type Fixture } from './maildir.ts';

export const testUser = 'user@example.net';
export const testPassword = 'secret word';

export interface RoomsBehind {
  readonly fixture: Fixture;
  readonly account: Account;
  readonly mailboxes: Mailboxes;
  readonly log: string[];
  readonly note: (line: string) => void;
  /** The fixture stays when it was given. */
  close(): Promise<void>;
}

/** @param given an account's directory that is there already */
export async function openRooms(given?: Fixture): Promise<RoomsBehind> {
  const fixture = given ?? (await createFixture());
  const log: string[] = [];
  const note = (line: string): void => {
    log.push(line);
    // A fault of ours: whatever the test makes of it, its cause is told.
    if (line.startsWith('alert: bug')) console.error(line);
  };
  const reader = createMessageReader({ log: note });
  const mailboxes = createMailboxes({
    state: fixture.state,
    reader,
    log: note,
    hostname: 'test.example',
    workers: 1,
  });
  const account: Account = {
    name: 'user',
    domain: 'example.net',
    address: testUser,
    gecos: '',
    directory: fixture.root,
    maildir: fixture.maildir,
    quota: '',
    flags: 0,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
  };
  return {
    fixture,
    account,
    mailboxes,
    log,
    note,
    close: async () => {
      await mailboxes.close();
      await reader.close();
      if (!given) await fixture.remove();
    },
  };
}
