// Doing an action to messages: a few within the request, many as a job (webmail.md 2.6) in batches, so that other
// requests are served between them. What was done is collected with what puts it back; a job that is stopped, or meets
// an error, ends with what it has done so far.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Request } from 'express';
import type { Mailbox } from '../../mailbox/types.ts';
import { type Job, JobFailure, type JobOutcome } from '../state/jobs.ts';
import type { UndoRef } from '../state/undo-lists.ts';
import type { WebParts } from '../web.ts';

/** Messages of one call of the mailbox. Larger ones make the lists of others wait: of 500, a second; of 100, a tenth. */
const batchSize = 100;
/** Up to here the answer waits for the end. */
export const mostAtOnce = 200;
/** A job that ends within so many milliseconds is answered as if it were none. */
const patience = 15;

/** What an action does to a batch. `undo`: entries of what puts it back, of a kind that the action knows. */
export interface Done {
  readonly done: number;
  readonly undo: readonly unknown[];
}

/** The change that an action makes, and its words. */
export interface Change {
  readonly run: (ids: readonly string[]) => Promise<Done>;
  /** Of a job: 'Moving to Archive'. */
  readonly title: string;
  /** Of the toast: '2 messages moved to Archive.' */
  readonly words: (done: number) => string;
  /** The same when whole conversations are meant, by their number. */
  readonly conversationWords?: (conversations: number) => string;
  /** What Undo is handed, from all entries; undefined: nothing can be put back. The entries themselves unless given. */
  readonly undo?: (entries: UndoRef<unknown>) => unknown;
}

/** What puts messages back: for `undoWith('messages')`. */
const plainUndo = (entries: UndoRef<unknown>): unknown =>
  'list' in entries ? { kind: 'messages', entries } : entries;

/** The messages an action is meant for: known, or still to be found. */
export type Meant = readonly string[] | (() => Promise<readonly string[]>);

/** Either the operation of what was done, or the job that does it; undefined: the account has too many jobs. */
export type Started = { readonly op: string } | { readonly job: string } | undefined;

async function runBatches(
  web: WebParts,
  change: Change,
  meant: Meant,
  t: Translate,
  job?: Job,
): Promise<JobOutcome> {
  const ids = typeof meant === 'function' ? await meant() : meant;
  const collected = web.undoLists.collect<unknown>();
  let done = 0;
  let fault: unknown;
  job?.step(0, ids.length);
  for (let at = 0; at < ids.length && !job?.signal.aborted; at += batchSize) {
    try {
      const result = await change.run(ids.slice(at, at + batchSize));
      done += result.done;
      collected.add(result.undo);
    } catch (error) {
      // What is done stays done and can be undone; that it is a part is said.
      if (done === 0) throw error;
      fault = error;
      break;
    }
    job?.step(Math.min(at + batchSize, ids.length), ids.length);
  }
  const entries = collected.end();
  const words =
    fault !== undefined ? t('act.partly', { n: done }) : done === 0 ? t('act.gone') : change.words(done);
  if (fault !== undefined) web.log(`web: part of an action failed: ${String(fault)}`);
  return { words, undo: done === 0 ? undefined : (change.undo ?? plainUndo)(entries) };
}

type Translate = ReturnType<WebParts['shell']['localsOf']>['t'];

/**
 * Runs a change. `many`: as a job, whatever is found. `conversations`: as how many the messages were given.
 * @throws what the first batch threw, when it runs within the request
 */
export async function startChange(
  web: WebParts,
  req: Request,
  change: Change,
  meant: Meant,
  many: boolean,
  conversations = 0,
): Promise<Started> {
  const { t } = web.shell.localsOf(req);
  const { conversationWords } = change;
  const told: Change =
    conversations > 0 && conversationWords
      ? { ...change, words: () => conversationWords(conversations) }
      : change;
  if (!many) {
    const { words, undo } = await runBatches(web, told, meant, t);
    return { op: web.rememberUndo(req, words, undo) };
  }
  const { address } = web.session(req).account;
  const ended = Promise.withResolvers<void>();
  const job = web.jobs.start(address, change.title, async (running) => {
    try {
      return await runBatches(web, told, meant, t, running);
    } catch (error) {
      throw new JobFailure(t('job.failed'), { cause: error });
    } finally {
      // The state of the job follows in the same turn of the queue.
      setImmediate(ended.resolve);
    }
  });
  if (job === undefined) return undefined;
  await Promise.race([ended.promise, sleep(patience)]);
  const op = web.jobs.find(address, job)?.op;
  return op === undefined ? { job } : { op };
}

/** Puts messages back part by part. Throws with words when none could be put back. */
export async function restoreEntries(
  web: WebParts,
  mailbox: Mailbox,
  entries: UndoRef<Parameters<Mailbox['restore']>[0][number]>,
  job?: Job,
): Promise<number> {
  let done = 0;
  let seen = 0;
  const total = 'list' in entries ? entries.count : entries.length;
  for (const part of web.undoLists.parts(entries)) {
    if (job?.signal.aborted) break;
    done += (await mailbox.restore(part)).done;
    seen += part.length;
    job?.step(seen, total);
  }
  return done;
}
