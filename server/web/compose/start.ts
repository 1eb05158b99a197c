// What a compose page starts with: nothing, a prefilled address (`?to=...`, RFC 6068 mailto), or another message
// (reply, forward, a draft of any client opened again). The page only shows it; the first save makes the draft and
// copies the attachments, so opening a page changes nothing.
import { randomBytes } from 'node:crypto';
import type { Account, Accounts } from '../../../mta/accounts/types.ts';
import type { Address, Mailbox } from '../../mailbox/types.ts';
import type { Attachment, MessageReader, MessageView } from '../../message/types.ts';
import type { Answering, Draft, DraftAttachment, DraftFields, DraftSpool } from './drafts.ts';
import { limits, noFields } from './drafts.ts';
import { cleanBody, wrapQuotes } from './flowed.ts';
import { cleanType } from './form.ts';
import { cleanFileName } from './names.ts';
import { quoteForward, quoteReply } from './quote.ts';
import { cleanHeaderText, formatRecipient } from './recipients.ts';
import {
  chooseRecipients,
  decodePercent,
  forwardSubject,
  messageId,
  type ReplyKind,
  replySubject,
  threadHeaders,
} from './reply.ts';

/** The message that a new draft begins with; travels in the form as `kind:id:folder`. */
export interface Seed {
  readonly kind: ReplyKind | 'forward' | 'edit';
  readonly id: string;
  readonly folder: string | undefined;
  /** Reply to the sender alone although Reply-To names a list. */
  readonly privately: boolean;
}

export interface Start {
  readonly fields: DraftFields;
  readonly answering: Answering | undefined;
  /** In the order in which they become a1, a2, ... */
  readonly attachments: readonly Attachment[];
  /** The message in Drafts that this draft replaces when it is saved. */
  readonly replaces: string | undefined;
  /** Message-ID to keep (a draft opened again), else undefined. */
  readonly messageId: string | undefined;
  /** Sentences shown above the form. */
  readonly notes: readonly string[];
  /** Somebody to write to alone instead of the whole list. */
  readonly privately: Address | undefined;
}

const kinds = ['reply', 'replyall', 'replylist', 'forward', 'edit'] as const;

/** Reads the query of GET /compose; undefined: no other message is meant. */
export function seedOfQuery(query: (name: string) => string): Seed | undefined {
  for (const kind of kinds) {
    const id = query(kind);
    if (/^[A-Za-z0-9_-]{12}$/.test(id)) {
      return { kind, id, folder: query('in') || undefined, privately: query('private') === '1' };
    }
  }
  return undefined;
}

export const seedText = (seed: Seed): string =>
  `${seed.kind}:${seed.id}:${seed.privately ? '1' : '0'}:${seed.folder ?? ''}`;

/** Reads the form's field; undefined for anything that is not of that form. */
export function parseSeed(text: string): Seed | undefined {
  const parts = /^([a-z]+):([A-Za-z0-9_-]{12}):([01]):(.{0,500})$/s.exec(text);
  const kind = kinds.find((known) => known === parts?.[1]);
  if (!parts || !kind) return undefined;
  return { kind, id: parts[2] as string, privately: parts[3] === '1', folder: parts[4] || undefined };
}

/** Fields from `?to=&cc=&bcc=&subject=&body=`; a `mailto:` in `to` is taken apart (RFC 6068 2). Other headers, and
 * `attach`, are ignored: a link must not choose the sender or files. */
export function fieldsOfQuery(query: (name: string) => string): DraftFields {
  const fields = {
    to: query('to'),
    cc: query('cc'),
    bcc: query('bcc'),
    subject: query('subject'),
    body: query('body'),
  };
  if (/^mailto:/i.test(fields.to)) {
    const [recipients = '', headers = ''] = fields.to.slice(7).split('?', 2);
    fields.to = decodePercent(recipients);
    for (const pair of headers.split('&').slice(0, 50)) {
      const [name = '', value = ''] = pair.split('=', 2).map(decodePercent);
      const field = name.toLowerCase();
      if (field === 'to' && value !== '') fields.to += `${fields.to === '' ? '' : ', '}${value}`;
      else if (field === 'cc' || field === 'bcc' || field === 'subject' || field === 'body')
        fields[field] = value;
    }
  }
  return {
    to: cleanHeaderText(fields.to).slice(0, 10_000),
    cc: cleanHeaderText(fields.cc).slice(0, 10_000),
    bcc: cleanHeaderText(fields.bcc).slice(0, 10_000),
    subject: cleanHeaderText(fields.subject).slice(0, 2000),
    body: cleanBody(fields.body).slice(0, 200_000),
  };
}

export interface StartParts {
  readonly account: Account;
  readonly accounts: Accounts;
  readonly mailbox: Mailbox;
  readonly reader: MessageReader;
  /** IANA zone of the reader, for dates in quotes. */
  readonly zone?: string | undefined;
}

/** Reads the other message; undefined when it is gone. */
export async function startFrom(seed: Seed, parts: StartParts): Promise<Start | undefined> {
  const located = await parts.mailbox.find(seed.id, seed.folder);
  const message = located && (await parts.mailbox.readMessage(seed.id, seed.folder));
  if (!located || !message) return undefined;
  const view = await parts.reader.view(message);
  const dated = { ...view, received: located.row.received, zone: parts.zone };
  if (seed.kind === 'edit') {
    const drafts = (await parts.mailbox.folders()).find((folder) => folder.role === 'drafts');
    return startFromDraft(seed, view, located.row.draft || located.row.folder === drafts?.name);
  }
  if (seed.kind === 'forward') {
    return {
      fields: {
        ...noFields,
        subject: forwardSubject(cleanHeaderText(view.subject)),
        body: quoteForward(dated),
      },
      answering: { kind: 'forward', id: seed.id, inReplyTo: '', references: [] },
      attachments: view.attachments,
      replaces: undefined,
      messageId: undefined,
      notes:
        view.bcc.length > 0
          ? ['This message has hidden recipients (Bcc). They are not named in what you forward.']
          : [],
      privately: undefined,
    };
  }
  const isOwn = await ownAddresses(parts.account, parts.accounts, [
    ...view.from,
    ...view.to,
    ...view.cc,
    ...view.replyTo,
  ]);
  const answered = seed.privately ? { ...view, replyTo: [], mailReplyTo: [] } : view;
  const targets = chooseRecipients(answered, seed.kind, isOwn);
  return {
    fields: {
      to: recipientsText(targets.to),
      cc: recipientsText(targets.cc),
      bcc: '',
      subject: replySubject(cleanHeaderText(view.subject)),
      body: quoteReply(dated),
    },
    answering: { kind: 'reply', id: seed.id, ...threadHeaders(view) },
    attachments: [],
    replaces: undefined,
    messageId: undefined,
    notes: targets.privately ? ['This goes to the whole list.'] : [],
    privately: targets.privately,
  };
}

function startFromDraft(seed: Seed, view: MessageView, isDraft: boolean): Start {
  const info = view.headers.find((header) => header.name.toLowerCase() === 'x-draft-info')?.value ?? '';
  const origin = /^type=(reply|forward); id=([A-Za-z0-9_-]{12})$/.exec(info.trim());
  const references = view.references.map(messageId).filter((id) => id !== '');
  const inReplyTo = messageId(view.inReplyTo);
  const answering: Answering | undefined =
    isDraft && (origin || inReplyTo !== '')
      ? {
          kind: origin?.[1] === 'forward' ? 'forward' : 'reply',
          id: origin?.[2] ?? '',
          inReplyTo,
          references: references.slice(-20),
        }
      : undefined;
  return {
    fields: {
      to: recipientsText(view.to),
      cc: recipientsText(view.cc),
      bcc: recipientsText(view.bcc),
      subject: cleanHeaderText(view.subject),
      body: wrapQuotes(cleanBody(view.plainText)).trimEnd(),
    },
    answering,
    attachments: view.attachments,
    replaces: isDraft ? seed.id : undefined,
    messageId: isDraft ? messageId(view.messageId) || undefined : undefined,
    notes: view.hasHtml ? ['This draft has formatting. When you save it here, only its text is kept.'] : [],
    privately: undefined,
  };
}

/** Which of these addresses reach the account: its own, through alias domains, with a plus-tag. */
export async function ownAddresses(
  account: Account,
  accounts: Pick<Accounts, 'findDomain' | 'findAccount'>,
  addresses: readonly Address[],
): Promise<(address: string) => boolean> {
  const own = new Set([account.address.toLowerCase()]);
  const asked = new Set(addresses.slice(0, 300).map((one) => withoutTag(one.address.toLowerCase())));
  for (const address of asked) {
    const domain = address.slice(address.lastIndexOf('@') + 1);
    if (own.has(address) || !(await accounts.findDomain(domain))) continue;
    if ((await accounts.findAccount(address))?.address === account.address) own.add(address);
  }
  return (address) => own.has(withoutTag(address.toLowerCase()));
}

const withoutTag = (address: string): string => address.replace(/\+[^@]*@/, '@');

const recipientsText = (addresses: readonly Address[]): string =>
  addresses.slice(0, 200).map(formatRecipient).join(', ');

/** Makes the draft of a first save: id and number of the form, attachments copied out of the other message. */
export async function beginDraft(
  id: string,
  start: Start | undefined,
  seed: Seed | undefined,
  spool: DraftSpool,
  parts: StartParts,
): Promise<{ draft: Draft; faults: readonly string[] }> {
  const draft: Draft = {
    id,
    rev: 0,
    savedAt: 0,
    state: 'open',
    fields: noFields,
    attachments: [],
    lastAttachment: start?.attachments.length ?? 0,
    answering: start?.answering,
    messageId: start?.messageId ?? newMessageId(parts.account),
    stored: start?.replaces ? { id: start.replaces, rev: -1 } : undefined,
    returnTo: '',
  };
  if (!start || !seed || start.attachments.length === 0) return { draft, faults: [] };
  const message = await parts.mailbox.readMessage(seed.id, seed.folder);
  const attachments: DraftAttachment[] = [];
  const faults: string[] = [];
  let sum = 0;
  for (const [index, attachment] of start.attachments.entries()) {
    const found = message && (await parts.reader.part(message, attachment.part));
    const name = cleanFileName(attachment.name);
    if (!found) {
      faults.push(`“${name}” could not be read from the original and was not attached.`);
      continue;
    }
    sum += found.body.length;
    if (sum > limits.sum) {
      sum -= found.body.length;
      faults.push(`“${name}” was not attached: together the files are larger than 50 MB.`);
      continue;
    }
    const { path, handle } = await spool.openIncoming(parts.account.address);
    try {
      await handle.writeFile(found.body);
    } finally {
      await handle.close();
    }
    const facts = { name, type: cleanType(attachment.type), size: found.body.length };
    attachments.push(await spool.adopt(parts.account.address, id, index + 1, path, facts));
  }
  return { draft: { ...draft, attachments }, faults };
}

/** A Message-ID at the sender's domain (RFC 5322 3.6.4). */
export const newMessageId = (account: Account): string =>
  `<${Date.now().toString(36)}.${randomBytes(12).toString('hex')}@${account.domain}>`;
