// One pass over a message's channel file (qmail-send's pass_dochan): every recipient that is not done gets one
// delivery; success and permanent failure are marked on disk (marks.ts), a temporary one leaves the file for the next pass.

import { stripPrepend } from '../control/match.ts';
import type { Delivered } from '../delivery.ts';
import { wants } from '../formats/dsn.ts';
import type { ServedRecipient } from '../queue/dsn-file.ts';
import { EnvelopeError } from '../queue/envelope.ts';
import type { Channel, Queue } from '../queue/queue.ts';
import { appendFailure } from './bounce-message.ts';
import { describeUnreadable, giveUpChannel } from './damage.ts';
import type { Deliveries } from './deliveries.ts';
import type { Expiry } from './expiry.ts';
import type { Job, Unmarked } from './jobs.ts';
import { Marks } from './marks.ts';
import type { DelayedRecipient } from './notice-message.ts';
import { hasReturnAddress } from './notices.ts';
import { nextRetry } from './schedule.ts';
import type { SendSettings } from './settings.ts';
import { createWishes } from './wishes.ts';

export interface PassOptions {
  readonly queue: Queue;
  readonly deliveries: Deliveries;
  readonly job: Job;
  readonly channel: Channel;
  readonly settings: () => SendSettings;
  readonly expiry: Expiry;
  /** Offsets of recipients that an earlier pass dealt with and could not mark; kept from pass to pass. */
  readonly unmarked: Unmarked;
  /** Called when the pass has read what it needs from the queue: from here on it only waits. */
  readonly onRead: () => void;
  /** The only recipient has just failed for good with this report: it is recorded, not tried again. */
  readonly firstFailure?: string | undefined;
  /** The message is held, or an order about it waits: no further recipient is tried. */
  readonly isHalted: () => boolean;
  /** A recipient was put off, with this report. */
  readonly onDeferred: (address: string, text: string) => void;
}

export type PassResult =
  | { readonly state: 'done' }
  /** Some recipients are left; seconds since 1970. `delayed`: those of them of whose delay the sender wants to hear. */
  | { readonly state: 'again'; readonly due: number; readonly delayed: readonly DelayedRecipient[] }
  /** The program stops; the file says what is left. */
  | { readonly state: 'stopped' };

/** Trouble with the queue's own files: the message is qmail-send's log line, the cause what the system said. */
export class PassError extends Error {
  override name = 'PassError';
}

const failAs =
  (line: string) =>
  (cause: unknown): never => {
    throw new PassError(line, { cause });
  };

/** Runs one pass. Throws on trouble with the queue's own files: the caller tries the whole pass again later. */
export async function runPass(options: PassOptions): Promise<PassResult> {
  const { queue, deliveries, job, channel, settings, unmarked } = options;
  const now = Date.now() / 1000;
  const dying = options.expiry.isDying(job.birth, settings().queuelifetime);
  let file: Awaited<ReturnType<Queue['readChannel']>>;
  try {
    file = await queue.readChannel(channel, job.id);
  } catch (error) {
    if (!(error instanceof EnvelopeError && dying))
      throw new PassError(`warning: ${describeUnreadable(queue, channel, job.id, error)}`, { cause: error });
    await giveUpChannel(queue, channel, job.id);
    return { state: 'done' };
  } finally {
    options.onRead();
  }
  if (!file) return { state: 'done' };
  const due = nextRetry(channel, job.birth, now);
  const path = queue.layout.path('mess', job.id);
  const name = queue.layout.name(channel, job.id);
  let left = false;
  let stopped = false;
  let halted = false;
  let trouble: unknown;
  const delayed: DelayedRecipient[] = [];
  const stored = await queue.dsn
    .read(job.id, dying)
    .catch(failAs(`warning: trouble reading dsn/${job.id}; will try again later`));
  const wishes = stored && createWishes(stored, settings());
  const isTold = hasReturnAddress(job.sender);
  const open = file.recipients.filter((recipient) => !recipient.done);
  // As many at a time as there are slots: a message with 100,000 recipients holds 100,000 addresses, not deliveries.
  const width = Math.max(1, Math.min(deliveries.slots(channel).limit, open.length));
  let begun = 0;
  const marks = new Marks({
    most: width,
    isGathering: () => begun < open.length && !stopped && !halted && trouble === undefined,
    write: async (offsets) => {
      await queue
        .markDone(channel, job.id, offsets)
        .catch(failAs(`warning: trouble marking ${name}; message will be delivered twice!`));
      for (const offset of offsets) unmarked.delete(offset);
    },
  });
  const mark = async (offset: number, served: ServedRecipient | undefined): Promise<void> => {
    // A disk that takes no mark must not make us deliver again every two minutes.
    unmarked.set(offset, served);
    if (served)
      await queue.dsn
        .append(job.id, { served })
        .catch(failAs(`warning: trouble writing to dsn/${job.id}; will try again later`));
    unmarked.set(offset, undefined);
    await marks.add(offset);
  };
  const tryOne = async (address: string, offset: number): Promise<void> => {
    if (unmarked.has(offset)) return mark(offset, unmarked.get(offset));
    const outcome =
      options.firstFailure === undefined
        ? await deliveries.deliver(
            channel,
            {
              id: job.id,
              path,
              size: job.size,
              sender: job.sender,
              recipient: address,
              dsn: wishes?.forDelivery(address),
            },
            dying,
          )
        : ({ code: 'D', text: options.firstFailure } as const);
    if (outcome === undefined) {
      stopped = true;
      return;
    }
    const wish = wishes?.of(address);
    const shown = stripPrepend(address, settings().virtualdomains);
    if (outcome.code === 'Z') {
      left = true;
      options.onDeferred(address, outcome.text);
      if (isTold && wants(wish, 'DELAY'))
        delayed.push({ address: shown, report: outcome.text, orcpt: wish?.orcpt });
      return;
    }
    // A bounce that bounces is the postmaster's, whatever its sender wished.
    if (outcome.code === 'D' && (!isTold || wants(wish, 'FAILURE')))
      await queue
        .appendBounce(job.id, appendFailure(shown, outcome.text))
        .catch(failAs('alert: unable to append to bounce message; HELP! sleeping...'));
    const action = outcome.code === 'K' ? actionOf(outcome) : undefined;
    const isNews = action !== undefined && isTold && wants(wish, 'SUCCESS');
    await mark(offset, isNews ? { address: shown, action, orcpt: wish?.orcpt } : undefined);
  };
  if (channel === 'remote') job.onlyRemote = open.length === 1 ? open[0]?.address : undefined;
  const work = async (): Promise<void> => {
    for (let next = open[begun]; next; next = open[begun]) {
      if (stopped || trouble !== undefined) return;
      halted ||= options.isHalted();
      if (halted) return;
      begun += 1;
      const { address, offset } = next;
      await tryOne(address, offset).catch((error: unknown) => {
        trouble = error ?? new Error('unknown trouble');
      });
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  // Whatever became of the pass: what was delivered is on disk as done before anything else is said of the message.
  await marks.settle().catch((error: unknown) => {
    trouble ??= error;
  });
  if (trouble !== undefined) throw trouble;
  if (stopped) return { state: 'stopped' };
  if (halted) return { state: 'again', due: now, delayed: [] };
  if (left) {
    const { delaywarning } = settings();
    const isLate = delaywarning > 0 && now >= job.birth + delaywarning;
    return { state: 'again', due, delayed: isLate ? delayed : [] };
  }
  await queue
    .finishChannel(channel, job.id)
    .catch(failAs(`warning: unable to unlink ${name}; will try again later`));
  return { state: 'done' };
}

/** What the sender hears of a success; undefined when the next host tells it. */
function actionOf({ fate }: Delivered): 'delivered' | 'relayed' | 'expanded' | undefined {
  if (fate === 'passed on') return undefined;
  return fate ?? 'delivered';
}
