// Handing a draft over: to the queue through the injection socket, and into the Drafts and Sent folders. Guarantees:
// the message is streamed, never held whole; what lies in Sent is what left, with Bcc added; after the queue's K
// nothing here makes the message go out again, whatever fails.
import type { Account } from '../../../mta/accounts/types.ts';
import type { Injector } from '../../../mta/inject/types.ts';
import { type Outcome, temporary } from '../../../mta/outcome.ts';
import type { Mailbox, MessageId } from '../../mailbox/types.ts';
import { buildMessage, type OutgoingMessage } from './build.ts';
import type { CheckedRecipients } from './check.ts';
import type { Draft, DraftSpool } from './drafts.ts';

/** Brings together what the message is made of. The sender is always the account itself (security.md W6). */
export function outgoingMessage(
  draft: Draft,
  recipients: Pick<CheckedRecipients, 'to' | 'cc' | 'bcc'>,
  account: Account,
  spool: DraftSpool,
  date: Date,
  zone?: string,
): OutgoingMessage {
  return {
    from: { name: account.gecos, address: account.address },
    to: recipients.to,
    cc: recipients.cc,
    bcc: recipients.bcc,
    subject: draft.fields.subject,
    body: draft.fields.body,
    date,
    zone,
    messageId: draft.messageId,
    answering: draft.answering,
    attachments: draft.attachments.map((attachment) => ({
      path: spool.attachmentPath(account.address, draft.id, attachment),
      name: attachment.name,
      type: attachment.type,
    })),
  };
}

/** Streams the message into the queue. K: it is durable there. A read error of an attachment is Z and queues nothing. */
export async function injectMessage(
  message: OutgoingMessage,
  account: Account,
  injector: Injector,
): Promise<Outcome> {
  const injection = injector.open(`uid ${account.uid}`);
  try {
    for await (const chunk of buildMessage(message, { keepBcc: false })) {
      if (!injection.write(chunk as Buffer)) await injection.drained();
    }
  } catch (error) {
    injection.abort();
    return temporary(
      `the message could not be put together (${(error as NodeJS.ErrnoException).code ?? 'error'})`,
    );
  }
  const recipients = [...message.to, ...message.cc, ...message.bcc].map((one) => one.envelope);
  return injection.finish(account.address, recipients);
}

/** Puts the copy into Sent, read. */
export async function storeSent(message: OutgoingMessage, mailbox: Mailbox): Promise<MessageId> {
  const folder = await mailbox.folderFor('sent');
  return mailbox.append(folder, buildMessage(message, { keepBcc: true }), 'S', message.date);
}

/** Puts the message into Drafts (flag D, for every client) and takes the one it replaces away. */
export async function storeDraft(
  message: OutgoingMessage,
  replaces: MessageId | undefined,
  mailbox: Mailbox,
): Promise<MessageId> {
  const folder = await mailbox.folderFor('drafts');
  const built = buildMessage(message, { keepBcc: true, draftInfo: true });
  const id = await mailbox.append(folder, built, 'DS', message.date);
  if (replaces !== undefined && replaces !== id) await mailbox.remove([replaces], folder);
  return id;
}
