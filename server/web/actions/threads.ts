// What an action on conversations is meant for (webmail.md C5): their messages in the folder of the list, so that copies
// in Sent stay. A star, and the mark "unread", go to the newest of them only: a whole conversation would be too much.
import type { Mailbox, MessageId } from '../../mailbox/types.ts';
import type { ActionRequest } from './request.ts';

/** Ids of the messages that an action's `thread` fields mean, and how many conversations they are of. */
export async function expandThreads(
  mailbox: Mailbox,
  asked: Pick<ActionRequest, 'action' | 'threads' | 'folder'>,
): Promise<{ readonly ids: readonly MessageId[]; readonly conversations: number }> {
  if (asked.threads.length === 0) return { ids: [], conversations: 0 };
  const found = (await mailbox.idsOfConversations(asked.threads, asked.folder)).filter(
    (ids) => ids.length > 0,
  );
  const newestOnly = asked.action === 'star' || asked.action === 'unread';
  const ids = new Set(found.flatMap((all) => (newestOnly ? all.slice(0, 1) : all)));
  return { ids: [...ids], conversations: new Set(found.map(([first]) => first)).size };
}
