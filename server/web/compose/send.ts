// Handing a draft over: to the queue through the injection socket, and into the Drafts and Sent folders. Guarantees:
// the message is streamed, never held whole; HTML is cleaned once more before it leaves; what lies in Sent is what left,
// with Bcc added; after the queue's K nothing here makes the message go out again, whatever fails.
import type { Account } from '../../../mta/accounts/types.ts';
import type { Injector } from '../../../mta/inject/types.ts';
import { type Outcome, temporary } from '../../../mta/outcome.ts';
import type { Mailbox, MessageId } from '../../mailbox/types.ts';
import type { MessageReader } from '../../message/types.ts';
import type { Identities } from '../identities/own.ts';
import { buildMessage, type OutgoingMessage } from './build.ts';
import type { CheckedRecipients } from './check.ts';
import type { Draft, DraftAttachment, DraftSpool } from './drafts.ts';
import { reportWishes } from './options.ts';
import { picturesOf } from './quote-html.ts';
import { parseRecipients } from './recipients.ts';

/** A message and where its copy is kept. */
export interface PreparedMessage extends OutgoingMessage {
  /** Folder of the copy, '' for the usual one. */
  readonly sentFolder: string;
  /** False: the person wants no copy. */
  readonly keepsCopy: boolean;
}

/** The HTML of a draft is more than can be read; the person must make it plain text. */
export class UnreadableHtml extends Error {}

/** The address that the draft is written under is not the account's (any more). */
export class ForeignSender extends Error {}

/** The files of a letter without formatting, or those that its formatting leaves: pictures of a quote go with it. */
export const filesOf = (draft: Draft, isHtml: boolean): readonly DraftAttachment[] =>
  draft.attachments.filter((one) => (isHtml ? one.contentId === undefined : !one.isQuoted));

/**
 * Brings together what the message is made of. The envelope sender is always the account itself, From an address of its
 * own (security.md W6). Throws UnreadableHtml and ForeignSender.
 */
export async function outgoingMessage(
  web: { readonly identities: Identities; readonly reader: MessageReader },
  draft: Draft,
  recipients: Pick<CheckedRecipients, 'to' | 'cc' | 'bcc'>,
  account: Account,
  spool: DraftSpool,
  date: Date,
  zone?: string,
): Promise<PreparedMessage> {
  const { fields } = draft;
  const identity = await web.identities.find(account, fields.from || account.address);
  if (!identity) throw new ForeignSender(fields.from);
  const pictures = picturesOf(draft.id, draft.attachments);
  const written =
    fields.html === '' ? undefined : await web.reader.cleanWritten(fields.html, { pictures, use: 'mail' });
  if (fields.html !== '' && !written) throw new UnreadableHtml('the HTML of the letter cannot be read');
  const shown = draft.attachments.filter(
    ({ contentId }) => contentId !== undefined && written?.pictures.includes(contentId),
  );
  const fileOf = (one: DraftAttachment, contentId: string | undefined) => ({
    path: spool.attachmentPath(account.address, draft.id, one),
    name: one.name,
    type: one.type,
    ...(contentId === undefined ? {} : { contentId }),
  });
  return {
    from: { name: identity.name, address: identity.address },
    to: recipients.to,
    cc: recipients.cc,
    bcc: recipients.bcc,
    replyTo: parseRecipients(fields.replyTo).recipients,
    organisation: identity.organisation,
    subject: fields.subject,
    body: written?.text ?? fields.body,
    html: written?.html,
    date,
    zone,
    messageId: draft.messageId,
    answering: draft.answering,
    attachments: [
      ...shown.map((one) => fileOf(one, one.contentId)),
      ...filesOf(draft, written !== undefined).map((one) => fileOf(one, undefined)),
    ],
    sentFolder: draft.options?.copy.startsWith('=') ? draft.options.copy.slice(1) : identity.sentFolder,
    keepsCopy: draft.options?.copy !== '-',
    options: draft.options,
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
  return injection.finish(account.address, recipients, reportWishes(message.options, recipients.length));
}

/** Where the copy of a message goes: Sent, or the folder of the identity when that is there. */
export async function sentFolderOf({ sentFolder }: PreparedMessage, mailbox: Mailbox): Promise<string> {
  const isThere = sentFolder !== '' && (await mailbox.folders()).some((folder) => folder.name === sentFolder);
  return isThere ? sentFolder : mailbox.folderFor('sent');
}

/** Puts the copy into Sent, or the folder of the identity when that is there, read. */
export async function storeSent(
  message: PreparedMessage,
  mailbox: Mailbox,
): Promise<{ readonly folder: string; readonly id: MessageId }> {
  const folder = await sentFolderOf(message, mailbox);
  const id = await mailbox.append(folder, buildMessage(message, { keepBcc: true }), 'S', message.date);
  return { folder, id };
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
