// Messages whose envelope in the queue is damaged (security.md D8): they wait, for someone may mend the file, and
// after queuelifetime they bounce to their sender; when not even a sender can be read, they are set aside.
// The words of the log are qmail-send's (spec/qmail.md 7.4).
import { EnvelopeError } from '../queue/envelope.ts';
import type { QueuePlace } from '../queue/layout.ts';
import type { Channel, Queue } from '../queue/queue.ts';
import { appendFailure } from './bounce-message.ts';

const report =
  'Sorry, the envelope of this message was damaged in my queue; it did not reach this address. (#5.3.0)';
const noAddress = 'recipients that cannot be read';

/** The log line for a queue file that cannot be read, without what the system said. */
export function describeUnreadable(queue: Queue, place: QueuePlace, id: string, error: unknown): string {
  const name = queue.layout.name(place, id);
  if (error instanceof EnvelopeError && error.isUnknownType)
    // qmail-send.c: the line of a pass has a mark of exclamation, that of preprocessing has none.
    return `unknown record type in ${name}${place === 'todo' ? '' : '!'}`;
  return `trouble reading ${name}; will try again later`;
}

/** Notes in bounce/ID that the recipients of a damaged file were not reached; done again, it says the same once. */
async function noteFailures(queue: Queue, id: string, recipients: readonly string[]): Promise<void> {
  const before = (await queue.readBounce(id))?.toString('utf8') ?? '';
  for (const recipient of recipients.length > 0 ? recipients : [noAddress]) {
    const text = appendFailure(recipient, report);
    if (!before.includes(text)) await queue.appendBounce(id, text);
  }
}

/**
 * Ends the waiting of a message with a damaged todo file.
 * @param birth arrival, seconds since 1970
 * @returns the sender, when the message is preprocessed (S5) without recipients and only its bounce is left to do;
 *   undefined when it was set aside
 */
export async function giveUpTodo(queue: Queue, id: string, birth: number): Promise<string | undefined> {
  const { sender, recipients } = await queue.salvage('todo', id);
  if (sender === undefined) {
    await queue.setAside(id);
    return undefined;
  }
  await noteFailures(queue, id, recipients);
  await queue.record(id, sender, birth, []);
  return sender;
}

/** Ends the waiting of a damaged channel file: its bounce is noted, and nothing is left to do on the channel. */
export async function giveUpChannel(queue: Queue, channel: Channel, id: string): Promise<void> {
  await noteFailures(queue, id, (await queue.salvage(channel, id)).recipients);
  await queue.finishChannel(channel, id);
}
