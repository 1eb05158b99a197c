// Sends the notices that a sender asked for (RFC 3461): of success and of delay, one message for all recipients of whom
// there is something to tell. What was told is noted in dsn/ID afterwards: a crash in between tells it twice, never not at
// all. Nobody is told about a message without a sender.
import type { Injector } from '../inject/types.ts';
import type { Log } from '../log.ts';
import { quoted } from '../log.ts';
import type { StoredDsn } from '../queue/dsn-file.ts';
import type { Queue } from '../queue/queue.ts';
import { injectReport } from './inject-report.ts';
import type { Job } from './jobs.ts';
import { buildDelayNotice, buildSuccessNotice, type DelayedRecipient } from './notice-message.ts';
import { readBeginning } from './original.ts';
import type { ReportFrame } from './report-message.ts';
import { bounceRecipient } from './schedule.ts';
import type { SendSettings } from './settings.ts';

export interface NoticeOptions {
  readonly queue: Queue;
  readonly injector: Injector;
  readonly job: Job;
  readonly settings: SendSettings;
  readonly log: Log;
}

/** Header bytes of the original that a notice shows. */
const headerBytes = 50_000;

/** Is the message too old to wait for the file of its wishes? */
export const isOverdue = (job: Job, { queuelifetime }: SendSettings): boolean =>
  Date.now() / 1000 > job.birth + queuelifetime;

/** Is there somebody to be told? */
export const hasReturnAddress = (sender: string): boolean => sender !== '' && sender !== '#@[]';

/**
 * Sends what is to be told of success, and of the delay of these recipients as far as it was not told yet.
 * @returns false when it could not be queued now: to be tried again
 */
export async function sendNotices(
  options: NoticeOptions,
  delayed: readonly DelayedRecipient[],
): Promise<boolean> {
  const { queue, job, settings } = options;
  if (!hasReturnAddress(job.sender)) return true;
  const stored = await queue.dsn.read(job.id, isOverdue(job, settings));
  if (stored === undefined) return true;
  return (await tellSuccess(options, stored)) && (await tellDelay(options, stored, delayed));
}

/** Notices of messages of which some recipients are left: one after the other, as each reads what the one before noted. */
export class Notices {
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #warn: (words: string, error: unknown) => void;

  constructor(warn: (words: string, error: unknown) => void) {
    this.#warn = warn;
  }

  /** Tells the sender what it wants to hear meanwhile. What cannot be told now comes with the next pass, or the end. */
  tell(options: NoticeOptions, delayed: readonly DelayedRecipient[]): Promise<void> {
    const { id } = options.job;
    const before = this.#underWay.get(id) ?? Promise.resolve();
    const telling: Promise<void> = before
      .then(() => sendNotices(options, delayed))
      .then(
        () => undefined,
        (error: unknown) => this.#warn(`trouble with notices of msg ${id}; will try again later`, error),
      )
      .finally(() => {
        if (this.#underWay.get(id) === telling) this.#underWay.delete(id);
      });
    this.#underWay.set(id, telling);
    return telling;
  }

  /** Those of a message that are being sent. */
  underWay(id: string): Promise<void> | undefined {
    return this.#underWay.get(id);
  }
}

async function tellSuccess(options: NoticeOptions, stored: StoredDsn): Promise<boolean> {
  const served = stored.served.slice(stored.told);
  if (served.length === 0) return true;
  const notice = buildSuccessNotice(await frameOf(options, stored), served);
  if (!(await inject(options, notice, 'success'))) return false;
  await options.queue.dsn.append(options.job.id, { told: stored.served.length });
  return true;
}

async function tellDelay(
  options: NoticeOptions,
  stored: StoredDsn,
  delayed: readonly DelayedRecipient[],
): Promise<boolean> {
  const untold = delayed.filter(({ address }) => !stored.delayed.has(address));
  if (untold.length === 0) return true;
  const { job, settings } = options;
  const retryUntil = new Date((job.birth + settings.queuelifetime) * 1000);
  const notice = buildDelayNotice(await frameOf(options, stored), untold, retryUntil);
  if (!(await inject(options, notice, 'delay'))) return false;
  await options.queue.dsn.append(job.id, { delayed: untold.map(({ address }) => address) });
  return true;
}

async function frameOf({ queue, job, settings }: NoticeOptions, stored: StoredDsn): Promise<ReportFrame> {
  return {
    recipient: bounceRecipient(job.sender),
    sender: job.sender,
    bouncefrom: settings.bouncefrom,
    bouncehost: settings.bouncehost,
    original: await readBeginning(queue.layout.path('mess', job.id), headerBytes),
    truncated: true,
    now: new Date(),
    reportingMta: settings.me,
    arrival: new Date(job.birth * 1000),
    envid: stored.envid,
    messageIdHost: settings.idhost,
  };
}

async function inject({ injector, job, log }: NoticeOptions, notice: Buffer, kind: string): Promise<boolean> {
  const tell = (qp: string): void => log(`notice msg ${job.id} qp ${qp} ${kind}`);
  const outcome = await injectReport(injector, notice, '', bounceRecipient(job.sender), tell);
  if (outcome.code === 'K') return true;
  log(`warning: trouble injecting notice of msg ${job.id}, will try later: ${quoted(outcome.text)}`);
  return false;
}
