// The inbox of an account for POP3, at the role: questions go to the account's index worker (pop3-calls.ts). Messages are
// opened here.

import { isKnownLocal } from '../../mta/maildir/file-system.ts';
import { nearMost, readNear } from './near-messages.ts';
import { openAsIndexed } from './opening.ts';
import { Patience } from './patience.ts';
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
  /** The same of a small message, all of it. Undefined: it is to be opened. */
  readMessage(uid: number, ahead: readonly number[]): Promise<Buffer | undefined>;
  /** Unlinks messages for good, with a line in maildirsize. Gives how many could not be removed and are still there. */
  remove(uids: readonly number[]): Promise<number>;
  /** Marks messages as read. */
  markSeen(uids: readonly number[]): Promise<void>;
}

/** Of the Maildir at `maildir`, whose small messages the role reads itself where its disk is of this machine. */
export function createPop3Mailbox(call: Call, maildir: string): Pop3Mailbox {
  const patience = new Patience();
  let known: { readonly owner: number; readonly places: ReadonlyMap<number, UidPlace> } | undefined;
  const look = async (uids: readonly number[]) => {
    const { owner, places } = await call('pop3Places', uids);
    known = { owner, places: new Map(places.map((place) => [place.uid, place])) };
    return known;
  };
  const lookUp = async (uid: number, ahead: readonly number[]) =>
    known?.places.has(uid) ? known : look([uid, ...ahead]);
  return {
    async readMessage(uid, ahead) {
      const { owner, places } = await lookUp(uid, ahead);
      const place = places.get(uid);
      const begun = performance.now();
      if (!place || isKnownLocal(maildir) !== true || !patience.begin(begun)) return undefined;
      const read = readNear(place.path, owner, nearMost);
      patience.end(begun, performance.now());
      return read?.bytes.length === read?.size ? read?.bytes : undefined;
    },
    async openMessage(uid, ahead) {
      const { owner, places } = await lookUp(uid, ahead);
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
