// What a page says about work that runs on (webmail.md 2.6): how far it is, and for a minute after its end what became
// of it, for those whose page asks only when they load it. Pure.

import { cleanLine } from '../shell/foreign.ts';
import type { Formats } from '../shell/formats.ts';
import { isRunning, type JobState } from '../state/jobs.ts';
import type { Translate } from '../words/words.ts';

export interface JobLine {
  readonly id: string;
  readonly href: string;
  readonly running: boolean;
  readonly failed: boolean;
  readonly canCancel: boolean;
  readonly title: string;
  /** '1,200 of 5,000', 'Stopping'; at the end what was done, or why not. */
  readonly words: string;
  readonly done: number;
  /** 0: not known. */
  readonly total: number;
  readonly resultHref: string;
  /** What Undo names, and the toast; '' before the end. */
  readonly op: string;
  readonly canUndo: boolean;
}

/** How long the end of a job stands in lists, milliseconds. */
const toldFor = 60_000;

interface Words {
  readonly t: Translate;
  readonly formats: Formats;
  readonly now: number;
}

function wordsOf(job: JobState, { t, formats }: Words): string {
  if (job.state === 'cancelling') return t('job.stopping');
  if (job.state === 'done') return cleanLine(job.outcome?.words ?? '', 300);
  if (job.state === 'failed') return cleanLine(job.failure || t('job.failed'), 300);
  if (job.total === 0) return t('job.starting');
  return t('job.progress', { done: formats.number(job.done), total: formats.number(job.total) });
}

/** One job for its page or a bar. */
export function jobLine(job: JobState, words: Words): JobLine {
  return {
    id: job.id,
    href: `/jobs/${job.id}`,
    running: isRunning(job),
    failed: job.state === 'failed',
    canCancel: job.state === 'running',
    title: cleanLine(job.title, 200),
    words: wordsOf(job, words),
    done: job.done,
    total: job.total,
    resultHref: job.outcome?.href ?? '',
    op: job.op ?? '',
    canUndo: job.op !== undefined && job.outcome?.undo !== undefined,
  };
}

/** The jobs worth a line now; the one that the page's toast tells of already is left out. */
export function jobLines(
  jobs: readonly JobState[],
  words: Words,
  toldOp: string | undefined,
): readonly JobLine[] {
  return jobs
    .filter((job) => job.endedAt === undefined || (words.now - job.endedAt < toldFor && job.op !== toldOp))
    .map((job) => jobLine(job, words));
}
