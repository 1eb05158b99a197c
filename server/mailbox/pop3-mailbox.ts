// The inbox of an account for POP3, at the role: questions go to the account's index worker (pop3-calls.ts). Messages are
// opened here.

import { openAsIndexed } from './opening.ts';
import type { Pop3Maildrop } from './pop3-maildrop.ts';
import type { Call } from './protocol.ts';
import type { UidPlace } from './uid-calls.ts';
import type { UidMailbox } from './uid-types.ts';

export type { Pop3Maildrop } from './pop3-maildrop.ts';

export interface Pop3Mailbox {
  /**
   * Moves new mail to cur and lists the inbox. `format`: Dovecot's pop3_uidl_format of the server that the site came
   * from. Throws MailboxUnavailableError.
   */
  open(format: string): Promise<Pop3Maildrop>;
  /**
   * Opens a message; the caller closes. Undefined: gone. `ahead`: UIDs that will probably be asked for next, so that the
   * index is asked once for many.
   */
  openMessage(uid: number, ahead: readonly number[]): ReturnType<UidMailbox['openMessage']>;
  /** Unlinks messages for good, with a line in maildirsize. Gives how many could not be removed and are still there. */
  remove(uids: readonly number[]): Promise<number>;
  /** Marks messages as read. */
  markSeen(uids: readonly number[]): Promise<void>;
}

export function createPop3Mailbox(call: Call): Pop3Mailbox {
  let known: { readonly owner: number; readonly places: ReadonlyMap<number, UidPlace> } | undefined;
  const look = async (uids: readonly number[]) => {
    const { owner, places } = await call('pop3Places', uids);
    known = { owner, places: new Map(places.map((place) => [place.uid, place])) };
    return known;
  };
  return {
    async openMessage(uid, ahead) {
      const { owner, places } = known?.places.has(uid) ? known : await look([uid, ...ahead]);
      let place = places.get(uid);
      return openAsIndexed(
        owner,
        async () => {
          // The first look is that of before; when the file was renamed since, the index is asked.
          const found = place ?? (await look([uid])).places.get(uid);
          place = undefined;
          return found;
        },
        (folder) => call('refresh', folder),
      );
    },
    open: (format) => call('pop3Open', format),
    remove: (uids) => call('pop3Remove', uids),
    markSeen: (uids) => call('pop3MarkSeen', uids),
  };
}
