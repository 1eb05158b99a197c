// The end of a message whose recipients are all done (qmail-send's messdone): one bounce for all failures, then the
// files go, info first. Nothing is removed before the bounce is safely in the queue.
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Injector } from '../inject/types.ts';
import { type Log, quoted } from '../log.ts';
import type { Queue } from '../queue/queue.ts';
import { buildBounce, parseFailures } from './bounce-message.ts';
import type { Job } from './jobs.ts';
import { bounceRecipient } from './schedule.ts';
import type { SendSettings } from './settings.ts';

export interface FinishOptions {
  readonly queue: Queue;
  readonly injector: Injector;
  readonly job: Job;
  readonly settings: SendSettings;
  readonly log: Log;
  readonly forget: () => void;
}

/** The envelope sender of a double bounce; a message from it that fails again is dropped. */
const doubleBounceSender = '#@[]';

/** Finishes a message. @returns false when the bounce could not be queued now: try again later */
export async function finishMessage(options: FinishOptions): Promise<boolean> {
  const { queue, job, log, forget } = options;
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
  const { queue, injector, job, settings, log } = options;
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
  const original = await readStart(queue.layout.path('mess', job.id), settings.bouncemaxbytes);
  const message = buildBounce({
    kind: isDouble ? 'double' : 'single',
    recipient,
    sender: job.sender,
    failures: parseFailures(failures),
    bouncefrom: settings.bouncefrom,
    bouncehost: settings.bouncehost,
    original,
    originalSize: job.size,
    truncated: original.length < job.size,
    now: new Date(),
    arrival: new Date(job.birth * 1000),
    reportingMta: settings.me,
    messageIdHost: settings.idhost,
  });
  const outcome = await injector.inject('bounce', message, isDouble ? doubleBounceSender : '', [recipient]);
  if (outcome.code !== 'K') {
    log(`warning: trouble injecting bounce message, will try later: ${quoted(outcome.text)}`);
    return false;
  }
  const qp = /qp (\d+)/.exec(outcome.text)?.[1] ?? '0';
  log(`bounce msg ${job.id} qp ${qp}`);
  return true;
}

/** The first bytes of a file. */
async function readStart(path: string, limit: number): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.min(size, limit));
    let at = 0;
    while (at < buffer.length) {
      const { bytesRead } = await file.read(buffer, at, buffer.length - at, at);
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    return buffer.subarray(0, at);
  } finally {
    await file.close();
  }
}
