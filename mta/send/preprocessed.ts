// A preprocessed message (S5) as it lies in the queue when the scheduler starts: info, and the channel files whose mtimes
// are the times of the next tries. After a clean stop those are the saved ones; after a crash the files' own age, which
// makes everything due at once (spec/qmail.md 2.4).
import type { Channel, Queue } from '../queue/queue.ts';
import type { Job } from './jobs.ts';
import { plausibleBirth } from './schedule.ts';

/** Seconds after which a message that was taken over is tried at the latest, whatever clock stamped it. */
const longestWait = 86_400;

export interface Preprocessed {
  readonly job: Job;
  /** Channels with something left to do, and when; seconds since 1970. */
  readonly due: readonly { readonly channel: Channel; readonly at: number }[];
}

/** undefined when its message is not there. @throws EnvelopeError, NotAFileError, and the system's error */
export async function readPreprocessed(queue: Queue, id: string): Promise<Preprocessed | undefined> {
  const [info, stats] = await Promise.all([queue.readInfo(id), queue.statMessage(id)]);
  if (!info || !stats) return undefined;
  const now = Date.now() / 1000;
  const due: { channel: Channel; at: number }[] = [];
  for (const channel of ['local', 'remote'] as const) {
    const at = await queue.channelDue(channel, id);
    if (at !== undefined) due.push({ channel, at: Math.min(at, now + longestWait) });
  }
  const birth = plausibleBirth(info.birth, now);
  return { job: { id, sender: info.sender, birth, size: stats.size, isOfSite: false }, due };
}
