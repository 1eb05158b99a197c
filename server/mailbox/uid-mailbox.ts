// The mailbox through UIDs at the role: questions go to the account's index worker, messages are opened here.
// What each call promises is told in uid-types.ts.
import { openAsIndexed } from './opening.ts';
import type { Call } from './protocol.ts';
import type { UidMailbox } from './uid-types.ts';

/** What is there of UidMailbox. */
export type UidReading = Pick<
  UidMailbox,
  'list' | 'status' | 'open' | 'changesSince' | 'openMessage' | 'store' | 'expunge' | 'watch'
>;

export function createUidMailbox(call: Call, watch: UidMailbox['watch']): UidReading {
  return {
    list: () => call('uidList'),
    status: (folder) => call('uidStatus', folder),
    open: (folder, isReadOnly) => call('uidOpen', folder, isReadOnly),
    changesSince: (folder, modseq, isReadOnly) => call('uidChanges', folder, modseq, isReadOnly),
    store: (folder, uids, change, unchangedSince) => call('uidStore', folder, uids, change, unchangedSince),
    expunge: (folder, uids) => call('uidExpunge', folder, uids),
    watch,
    async openMessage(folder, uid) {
      const { uid: owner } = await call('owner');
      return openAsIndexed(
        owner,
        () => call('uidPlace', folder, uid),
        (name) => call('refresh', name),
      );
    },
  };
}
