// Deleting for good (webmail.md 2.4): for half a minute the letters only carry Maildir's flag T, which lists do not show
// and Courier's quota does not count, and Undo takes it off; then they are unlinked. What is to be unlinked is due work
// (state/due.ts), noted right after each batch: a crash in between leaves a letter hidden and restorable, none lost. To
// IMAP clients T is \Deleted, as for any letter on its way out; a letter that lost the mark since, by whomever, stays.
import type { Request } from 'express';
import type { Mailbox } from '../../mailbox/types.ts';
import { countOf, type UndoRef } from '../state/undo-lists.ts';
import type { Web } from '../types.ts';
import type { WebParts } from '../web.ts';
import type { Translate } from '../words/words.ts';
import type { Change } from './run.ts';

/** Milliseconds in which it can be taken back. */
export const removalGrace = 30_000;
const kind = 'expunge';

type Entry = Parameters<Mailbox['restore']>[0][number];

/** A change that removes letters for good; also for whoever empties a folder. */
export function removalChange(
  web: Pick<Web, 'due' | 'now'> & Pick<WebParts, 'undoLists' | 'clock'>,
  address: string,
  mailbox: Mailbox,
  folder: string | undefined,
  t: Translate,
): Change {
  return {
    async run(ids) {
      const { done, undo } = await mailbox.setFlags(ids, 'T', '', folder);
      if (done === 0) return { done, undo: [] };
      return { done, undo: [web.due.add(address, kind, web.clock() + removalGrace, undo)] };
    },
    title: t('act.doing.delete'),
    words: (n) => t('act.deleted', { n }),
    undo(entries) {
      const until = web.clock() + removalGrace;
      // The first batches of many wait for the last: Undo is one button for all.
      for (const part of web.undoLists.parts(entries as UndoRef<string>))
        for (const id of part) web.due.change(address, id, { at: until });
      return { kind: 'removal', entries, until };
    },
  };
}

/** Says what happens half a minute after, and how it is taken back. */
export function watchRemovals(web: WebParts): void {
  web.due.whenDue(kind, async ({ address, payload }) => {
    const mailbox = await web.mailboxOf(address);
    if (!mailbox) return;
    for (const [folder, entries] of Map.groupBy(payload as readonly Entry[], (entry) => entry.folder))
      await mailbox.expunge(
        entries.map((entry) => entry.id),
        folder,
      );
  });

  web.undoWith('removal', async (req: Request, payload) => {
    const { address } = web.session(req).account;
    const mailbox = await web.mailbox(req);
    const { entries } = payload as { readonly entries: UndoRef<string> };
    let done = 0;
    for (const part of web.undoLists.parts(entries))
      for (const id of part) {
        const item = web.due.find(address, id);
        // Cancelled first: nobody unlinks what is being put back.
        if (item && web.due.cancel(address, id))
          done += (await mailbox.restore(item.payload as readonly Entry[])).done;
      }
    if (done === 0 && countOf(entries) > 0) throw new Error(web.shell.localsOf(req).t('act.undoGone'));
  });
}
