// Taking back what an action did (webmail.md 2.4): moves and marks by the mailbox's own list, copies by removing them. A
// long list is worked through as a job; when that is stopped or fails, Undo can be pressed again for the rest.
import type { Request } from 'express';
import type { Mailbox } from '../../mailbox/types.ts';
import { type Job, JobFailure } from '../state/jobs.ts';
import { countOf, type UndoRef } from '../state/undo-lists.ts';
import type { WebParts } from '../web.ts';
import { mostAtOnce, restoreEntries } from './run.ts';

type Entry = Parameters<Mailbox['restore']>[0][number];
interface Made {
  readonly id: string;
  readonly folder: string;
}

/** Takes something back, at once or as a job. `work` gives how many letters it put back. */
export async function takeBack(
  web: WebParts,
  req: Request,
  op: string,
  count: number,
  work: (job?: Job) => Promise<number>,
): Promise<void> {
  const { t } = web.shell.localsOf(req);
  const all = async (job?: Job): Promise<void> => {
    if ((await work(job)) === 0 && count > 0) throw new Error(t('act.undoGone'));
  };
  if (count <= mostAtOnce) return all();
  const { address } = web.session(req).account;
  const started = web.jobs.start(address, t('act.doing.undo'), async (job) => {
    try {
      await all(job);
    } catch (error) {
      web.operations.release(address, op);
      throw new JobFailure(error instanceof Error ? error.message : String(error), { cause: error });
    }
    if (!job.signal.aborted) return { words: t('act.undone') };
    web.operations.release(address, op);
    return { words: t('act.undoStopped') };
  });
  if (started === undefined) throw new Error(t('job.tooMany'));
}

export function watchUndo(web: WebParts): void {
  const restore = async (req: Request, entries: UndoRef<Entry>, op: string): Promise<void> => {
    const mailbox = await web.mailbox(req);
    await takeBack(web, req, op, countOf(entries), (job) => restoreEntries(web, mailbox, entries, job));
  };
  web.undoWith('messages', (req, payload, op) =>
    restore(req, Array.isArray(payload) ? payload : (payload as { entries: UndoRef<Entry> }).entries, op),
  );

  web.undoWith('copies', async (req, payload, op) => {
    const mailbox = await web.mailbox(req);
    const { entries } = payload as { readonly entries: UndoRef<Made> };
    await takeBack(web, req, op, countOf(entries), async (job) => {
      let [done, seen] = [0, 0];
      for (const part of web.undoLists.parts(entries)) {
        if (job?.signal.aborted) break;
        for (const [folder, made] of Map.groupBy(part, (entry) => entry.folder)) {
          const ids = made.map(({ id }) => id);
          done += (await mailbox.remove(ids, folder)).done;
        }
        seen += part.length;
        job?.step(seen, countOf(entries));
      }
      return done;
    });
  });
}
