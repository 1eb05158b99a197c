// The end of a message whose recipients are all done (qmail-send's messdone): one bounce for all failures, the notices of
// success that its sender asked for, then the files go, info first. Nothing is removed before what is to be told is safely
// in the queue. The line about a bounce comes before the lines about the bounce's own delivery, as in qmail's log.
import type { Injector } from '../inject/types.ts';
import { type Log, quoted } from '../log.ts';
import type { Queue } from '../queue/queue.ts';
import { type BounceCause, type BounceLimit, isAutoSubmitted, isFromStranger } from './bounce-limit.ts';
import { buildBounce, parseFailures } from './bounce-message.ts';
import { injectReport } from './inject-report.ts';
import type { Job } from './jobs.ts';
import { isOverdue, sendNotices } from './notices.ts';
import { readBeginning } from './original.ts';
import { bounceRecipient } from './schedule.ts';
import type { SendSettings } from './settings.ts';
import { createWishes } from './wishes.ts';

export interface FinishOptions {
  readonly queue: Queue;
  readonly injector: Injector;
  readonly job: Job;
  readonly settings: SendSettings;
  readonly log: Log;
  readonly forget: () => void;
  readonly bounceLimit: BounceLimit;
}

/** The envelope sender of a double bounce; a message from it that fails again is dropped. */
const doubleBounceSender = '#@[]';

/** Finishes a message. @returns false when the bounce or a notice could not be queued now: try again later */
export async function finishMessage(options: FinishOptions): Promise<boolean> {
  const { queue, job, log, forget } = options;
  if (queue.dsn.has(job.id) && !(await sendNotices(options, []))) return false;
  const failures = await queue.readBounce(job.id);
  if (failures) {
    if (!(await sendBounce(options, failures))) return false;
    await queue.removeBounce(job.id);
  }
  await queue.eliminate(job.id, 'S5', forget);
  log(`end msg ${job.id}`);
  return true;
}

async function sendBounce(options: FinishOptions, failures: Buffer): Promise<boolean> {
  const { queue, injector, job, settings, log, bounceLimit } = options;
  if (job.sender === doubleBounceSender) {
    log(`triple bounce: discarding bounce/${job.id}`);
    return true;
  }
  const isDouble = job.sender === '';
  if (isDouble && settings.doublebounceto === '') {
    log(`double bounce: discarding bounce/${job.id}`);
    return true;
  }
  const recipient = isDouble
    ? `${settings.doublebounceto}@${settings.doublebouncehost}`
    : bounceRecipient(job.sender);
  const stored = await queue.dsn.read(job.id, isOverdue(job, settings));
  const wishes = stored && createWishes(stored, settings);
  const original = await readBeginning(queue.layout.path('mess', job.id), settings.bouncemaxbytes);
  const cause = { sender: job.sender, failures: parseFailures(failures) };
  const isLimited =
    !isDouble && !job.isOfSite && settings.bounceinterval > 0 && isFromStranger(original, cause, settings);
  const reason = isLimited ? findReasonForSilence(original, cause, options) : undefined;
  if (reason !== undefined) {
    log(`no bounce for msg ${job.id} to <${quoted(job.sender)}>: ${reason}`);
    return true;
  }
  const message = buildBounce({
    kind: isDouble ? 'double' : 'single',
    recipient,
    sender: job.sender,
    failures: cause.failures.map((failure) => ({
      ...failure,
      orcpt: wishes?.of(failure.address)?.orcpt,
    })),
    bouncefrom: settings.bouncefrom,
    bouncehost: settings.bouncehost,
    original,
    originalSize: job.size,
    truncated: original.length < job.size || stored?.ret === 'HDRS' || stored?.requireTls === true,
    envid: stored?.envid,
    now: new Date(),
    arrival: new Date(job.birth * 1000),
    reportingMta: settings.me,
    messageIdHost: settings.idhost,
  });
  const tell = (qp: string): void => log(`bounce msg ${job.id} qp ${qp}`);
  const outcome = await injectReport(injector, message, isDouble ? doubleBounceSender : '', recipient, tell);
  if (outcome.code === 'K') return true;
  if (isLimited) bounceLimit.forget(cause);
  log(`warning: trouble injecting bounce message, will try later: ${quoted(outcome.text)}`);
  return false;
}

/** R9: why a stranger is not told of a failure; undefined: he is. */
function findReasonForSilence(
  original: Buffer,
  cause: BounceCause,
  { bounceLimit, settings: { bounceinterval } }: FinishOptions,
): string | undefined {
  if (isAutoSubmitted(original)) return 'its Auto-Submitted field says that no person sent it';
  const heldBack = bounceLimit.takeTurn(cause, bounceinterval, performance.now() / 1000);
  if (heldBack === undefined) return undefined;
  return `told of the same failure within ${bounceinterval} seconds, ${heldBack} held back since then`;
}
