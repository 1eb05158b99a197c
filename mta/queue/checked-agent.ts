// What qmail-lspawn and qmail-rspawn ask of a message before they let anybody read it (spawn.c): a regular file that
// belongs to the queue. A name in mess that somebody made a link, a FIFO or a file of their own is deferred, with the words
// that qmail's users know, until its owner is put right.
import type { DeliveryAgent } from '../delivery.ts';
import { lookAtName } from '../maildir/calls.ts';
import { type Outcome, temporary } from '../outcome.ts';
import type { QueueLayout } from './layout.ts';

/** The same agent behind these questions; a message that is in memory came from us and is not asked. */
export function checkMessageFiles(agent: DeliveryAgent, layout: QueueLayout): DeliveryAgent {
  const uids = [layout.ownerOf('mess')?.uid, process.geteuid?.()].filter((uid) => uid !== undefined);
  const refuse = async (path: string): Promise<Outcome | undefined> => {
    const facts = await lookAtName(path).catch(() => undefined);
    if (!facts) return temporary('Sorry, unable to open message. (#4.3.0)');
    if (!facts.isFile()) return temporary('Sorry, message is not a regular file. (#4.3.5)');
    if (uids.length > 0 && !uids.includes(facts.uid))
      return temporary('Sorry, message has wrong owner. (#4.3.5)');
    return undefined;
  };
  return {
    ...agent,
    deliver: async (request) =>
      (request.message ? undefined : await refuse(request.path)) ?? agent.deliver(request),
  };
}
