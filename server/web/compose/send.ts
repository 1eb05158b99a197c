// Handing a draft over: to the queue through the injection socket, and into the Drafts and Sent folders. Guarantees:
// the message is streamed, never held whole; HTML is cleaned once more before it leaves; what lies in Sent is what left,
// with Bcc added; after the queue's K nothing here makes the message go out again, whatever fails.
import type { Account } from '../../../mta/accounts/types.ts';
import type { DsnRequest } from '../../../mta/formats/dsn.ts';
import type { Injector } from '../../../mta/inject/types.ts';
import { type Outcome, temporary } from '../../../mta/outcome.ts';
import type { Mailbox, MessageId } from '../../mailbox/types.ts';
import type { MessageReader } from '../../message/types.ts';
import type { Identities } from '../identities/own.ts';
import { type BuildOptions, buildMessage, type OutgoingMessage } from './build.ts';
import type { CheckedRecipients } from './check.ts';
import type { Draft, DraftAttachment, DraftSpool } from './drafts.ts';
import { reportWishes } from './options.ts';
import { picturesOf } from './quote-html.ts';
import { parseRecipients } from './recipients.ts';

/** A message that can leave, and where its copy is kept. */
export interface PreparedMessage {
  /** Of the envelope. */
  readonly recipients: readonly string[];
  /** What is asked of the systems on its way. */
  readonly wishes: DsnRequest | undefined;
  readonly date: Date;
  /** The field that has the draft's own Message-ID. */
  readonly idField: 'Message-ID' | 'Resent-Message-ID';
  /** Its bytes, the same each time. */
  read(options: BuildOptions): AsyncIterable<Buffer>;
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
  const message: OutgoingMessage = {
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
    options: draft.options,
  };
  const envelope = [...recipients.to, ...recipients.cc, ...recipients.bcc].map((one) => one.envelope);
  return {
    recipients: envelope,
    wishes: reportWishes(draft.options, envelope.length),
    date,
    idField: 'Message-ID',
    read: (options) => buildMessage(message, options),
    sentFolder: draft.options?.copy.startsWith('=') ? draft.options.copy.slice(1) : identity.sentFolder,
    keepsCopy: draft.options?.copy !== '-',
  };
}

/** Streams the message into the queue. K: it is durable there. A read error of an attachment is Z and queues nothing. */
export async function injectMessage(
  message: PreparedMessage,
  account: Account,
  injector: Injector,
): Promise<Outcome> {
  const injection = injector.open(`uid ${account.uid}`);
  try {
    for await (const chunk of message.read({ keepBcc: false }))
      if (!injection.write(chunk)) await injection.drained();
  } catch (error) {
    injection.abort();
    return temporary(
      `the message could not be put together (${(error as NodeJS.ErrnoException).code ?? 'error'})`,
    );
  }
  return injection.finish(account.address, message.recipients, message.wishes);
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
  const id = await mailbox.append(folder, message.read({ keepBcc: true }), 'S', message.date);
  return { folder, id };
}

/** Puts the message into Drafts (flag D, for every client) and takes the one it replaces away. */
export async function storeDraft(
  message: PreparedMessage,
  replaces: MessageId | undefined,
  mailbox: Mailbox,
): Promise<MessageId> {
  const folder = await mailbox.folderFor('drafts');
  const built = message.read({ keepBcc: true, draftInfo: true });
  const id = await mailbox.append(folder, built, 'DS', message.date);
  if (replaces !== undefined && replaces !== id) await mailbox.remove([replaces], folder);
  return id;
}
