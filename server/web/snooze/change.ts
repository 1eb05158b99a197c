// Putting letters to sleep and waking them by hand (webmail.md M18). What is noted comes before what is moved: a crash in
// between leaves a note without a letter, which is dropped, never a letter that nobody wakes.
import type { Request } from 'express';
import type { Mailbox } from '../../mailbox/types.ts';
import type { ActionRequest } from '../actions/request.ts';
import { type Change, restoreEntries } from '../actions/run.ts';
import { takeBack } from '../actions/undo.ts';
import { countOf, type UndoRef } from '../state/undo-lists.ts';
import type { WebParts } from '../web.ts';
import { type Snoozed, snoozedFolder } from './store.ts';

type Entry = Parameters<Mailbox['restore']>[0][number];
/** What puts one letter back, also to sleep. */
interface SleepEntry extends Entry {
  readonly before?: Snoozed;
}

export const snoozeKind = 'snooze';

/** Puts letters to sleep until `at`. */
export async function snoozeChange(
  web: WebParts,
  req: Request,
  mailbox: Mailbox,
  asked: ActionRequest,
  at: number,
): Promise<Change> {
  const { t, formats, now } = web.shell.localsOf(req);
  const { address } = web.session(req).account;
  const { snoozes } = web;
  await mailbox.ensureFolder(snoozedFolder);
  let isDue = false;
  const originOf = async (id: string): Promise<string | undefined> =>
    asked.folder ?? (await mailbox.find(id))?.row.folder;
  return {
    async run(ids) {
      const before = new Map(ids.map((id) => [id, snoozes.find(address, id)]));
      const notes: Snoozed[] = [];
      for (const id of ids) {
        const origin = await originOf(id);
        if (origin === undefined) continue;
        const known = origin === snoozedFolder ? before.get(id)?.origin : origin;
        notes.push({ id, origin: known ?? 'INBOX', at });
      }
      snoozes.put(address, notes);
      if (!isDue) web.due.add(address, snoozeKind, at, null);
      isDue = true;
      const { done, undo } = await mailbox.move(ids, snoozedFolder, asked.folder);
      const moved = new Set(undo.map(({ id }) => id));
      // A name that was taken there: the letter has another id now.
      const renamed = undo.filter(({ id }) => !before.has(id));
      snoozes.put(
        address,
        renamed.map(({ id, folder }) => ({ id, origin: folder, at })),
      );
      snoozes.remove(
        address,
        ids.filter((id) => !moved.has(id)),
      );
      return {
        done,
        undo: undo.map((entry) => {
          const was = before.get(entry.id);
          return was ? { ...entry, before: was } : entry;
        }),
      };
    },
    title: t('snooze.doing'),
    words: (n) => t('snooze.done', { n, time: formats.moment(at, now) }),
    undo: (entries) => ({ kind: 'snooze', entries }),
  };
}

/** Brings letters back now, to where they came from, as they are. */
export function unsnoozeChange(web: WebParts, req: Request, mailbox: Mailbox): Change {
  const { t } = web.shell.localsOf(req);
  const { address } = web.session(req).account;
  return {
    async run(ids) {
      const names = new Set((await mailbox.folders()).map(({ name }) => name));
      const before = new Map(ids.map((id) => [id, web.snoozes.find(address, id)]));
      const originOf = (id: string): string => {
        const origin = before.get(id)?.origin ?? 'INBOX';
        return names.has(origin) ? origin : 'INBOX';
      };
      let done = 0;
      const undo: SleepEntry[] = [];
      for (const [origin, group] of Map.groupBy(ids, originOf)) {
        const result = await mailbox.move(group, origin, snoozedFolder);
        done += result.done;
        for (const entry of result.undo) {
          const was = before.get(entry.id);
          undo.push(was ? { ...entry, before: was } : entry);
        }
      }
      web.snoozes.remove(address, ids);
      return { done, undo };
    },
    title: t('snooze.doingBack'),
    words: (n) => t('snooze.back', { n }),
    undo: (entries) => ({ kind: 'snooze', entries }),
  };
}

/** How both are taken back: the letters to where they were, and their notes as they were. */
export function watchSnoozeUndo(web: WebParts): void {
  web.undoWith('snooze', async (req, payload, op) => {
    const { address } = web.session(req).account;
    const mailbox = await web.mailbox(req);
    const { entries } = payload as { readonly entries: UndoRef<SleepEntry> };
    await takeBack(web, req, op, countOf(entries), async (job) => {
      const times = new Set<number>();
      for (const part of web.undoLists.parts(entries)) {
        const sleeping = part.flatMap(({ id, before }) => (before ? [{ ...before, id }] : []));
        for (const { at } of sleeping) times.add(at);
        web.snoozes.put(address, sleeping);
        web.snoozes.remove(
          address,
          part.filter(({ before }) => !before).map(({ id }) => id),
        );
      }
      // Waking twice does no harm.
      for (const at of times) web.due.add(address, snoozeKind, at, null);
      return restoreEntries(web, mailbox, entries, job);
    });
  });
}
