// What a letter starts with that has to do with another message: the recipients, subject, quote and files of a reply, a
// forward, a draft of any client opened again (spec/webmail.md 4.6). The page only shows it; the first save makes the draft
// (begin.ts), so opening a page changes nothing.
import type { Account } from '../../../mta/accounts/types.ts';
import type { Address, Mailbox, MessageId } from '../../mailbox/types.ts';
import type { Attachment, MessageReader, MessageView } from '../../message/types.ts';
import type { Identities, Identity } from '../identities/own.ts';
import type { Choices } from '../state/choices.ts';
import type { Translate } from '../words/words.ts';
import { readDraftInfo } from './draft-info.ts';
import type { Answering, DraftFields } from './drafts.ts';
import { noFields } from './drafts.ts';
import { cleanBody, wrapQuotes } from './flowed.ts';
import { type LetterOptions, optionsOfFields } from './options.ts';
import { attributionLine, forwardHead, forwardText, quoteText } from './quote.ts';
import { cleanHeaderText, formatRecipient } from './recipients.ts';
import { chooseRecipients, forwardSubject, messageId, replySubject, threadHeaders } from './reply.ts';
import type { Seed } from './seed.ts';
import { addSignature, signaturePlaceOf } from './signature.ts';

/** A file that the letter begins with; it lies in another message until the first save. */
export interface StartFile {
  readonly name: string;
  readonly type: string;
  /** Bytes. */
  readonly size: number;
  readonly message: MessageId;
  readonly folder: string | undefined;
  /** Undefined: the whole message. */
  readonly part: string | undefined;
  /** A picture that stands in the text of the other message. */
  readonly isInline: boolean;
}

export interface Start {
  readonly fields: DraftFields;
  readonly answering: Answering | undefined;
  /** In the order in which they become a1, a2, ... */
  readonly attachments: readonly StartFile[];
  /** The message in Drafts that this draft replaces when it is saved. */
  readonly replaces: string | undefined;
  /** Message-ID to keep (a draft opened again), else undefined. */
  readonly messageId: string | undefined;
  /** Sentences shown above the form. */
  readonly notes: readonly string[];
  /** Somebody to write to alone instead of the whole list. */
  readonly privately: Address | undefined;
  /** The other message has formatting. */
  readonly hasHtml: boolean;
  /** Lines above the quote or the forwarded letter. */
  readonly head: readonly string[];
  /** Those of a letter that is opened again. */
  readonly options?: LetterOptions | undefined;
}

export interface StartParts {
  readonly account: Account;
  readonly identities: Identities;
  readonly mailbox: Mailbox;
  readonly reader: MessageReader;
  readonly choices: Choices;
  readonly t: Translate;
  /** Language of `t`, BCP 47. */
  readonly tag: string;
  /** IANA zone of the reader, for dates in quotes. */
  readonly zone?: string | undefined;
}

/** The fields of a letter that is written under an identity: its name is From's, its copies and signature are in. */
export function withIdentity(fields: DraftFields, identity: Identity, choices: Choices): DraftFields {
  const isAlone = choices.replyQuote === 'none' || fields.body.trim() === '';
  const place = isAlone ? 'below' : signaturePlaceOf(choices, true);
  return {
    ...fields,
    from: identity.address,
    replyTo: fields.replyTo || identity.replyTo,
    bcc: [fields.bcc, identity.bcc].filter((list) => list.trim() !== '').join(', '),
    body: addSignature(fields.body, identity.signature, place),
  };
}

/** Reads the other message; undefined when it is gone. */
export async function startFrom(seed: Seed, parts: StartParts): Promise<Start | undefined> {
  if (seed.kind === 'attach') return startWithMessages(seed, parts);
  const located = await parts.mailbox.find(seed.id, seed.folder);
  const message = located && (await parts.mailbox.readMessage(seed.id, seed.folder));
  if (!located || !message) return undefined;
  const view = await parts.reader.view(message);
  if (seed.kind === 'edit') {
    const drafts = (await parts.mailbox.folders()).find((folder) => folder.role === 'drafts');
    return startFromDraft(seed, view, located.row.draft || located.row.folder === drafts?.name, parts);
  }
  const dated = { ...view, received: located.row.received, zone: parts.zone };
  return seed.kind === 'forward'
    ? startForward(seed, view, dated, parts)
    : startReply(seed, view, dated, parts);
}

type Dated = MessageView & { readonly received: number; readonly zone: string | undefined };

async function startReply(seed: Seed, view: MessageView, dated: Dated, parts: StartParts): Promise<Start> {
  const { account, identities, choices, t } = parts;
  const everyone = [...view.from, ...view.to, ...view.cc, ...view.replyTo, ...view.mailFollowupTo];
  const isOwn = await identities.ownTest(
    account,
    everyone.map(({ address }) => address),
  );
  const answered = seed.privately ? { ...view, replyTo: [], mailReplyTo: [] } : view;
  const targets = chooseRecipients(
    answered,
    seed.kind as Exclude<Seed['kind'], 'forward' | 'edit' | 'attach'>,
    isOwn,
  );
  const identity = await chooseIdentity(view, parts);
  const head = attributionLine(dated, t, parts.tag);
  const fields = {
    ...noFields,
    to: recipientsText(targets.to),
    cc: recipientsText(targets.cc),
    subject: replySubject(cleanHeaderText(view.subject)),
    body: placeQuote(quoteText(view, head), choices),
  };
  return {
    fields: withIdentity(fields, identity, choices),
    answering: { kind: 'reply', id: seed.id, ...threadHeaders(view) },
    // Of the original only what stands in its text, and only in a letter with formatting.
    attachments: filesOf(
      view.attachments.filter((one) => one.inline),
      seed,
    ),
    replaces: undefined,
    messageId: undefined,
    notes: targets.privately ? [t('compose.wholeList')] : [],
    privately: targets.privately,
    hasHtml: view.hasHtml,
    head: [head],
  };
}

/** A quote where the person wants it, with a line to write on. */
function placeQuote(quote: string, choices: Choices): string {
  if (choices.replyQuote === 'none') return '';
  return choices.replyQuote === 'above' ? `${quote}\n\n` : `\n\n${quote}\n`;
}

async function startForward(seed: Seed, view: MessageView, dated: Dated, parts: StartParts): Promise<Start> {
  const { choices, t } = parts;
  const head = forwardHead(dated, t, parts.tag);
  const identity = await chooseIdentity(view, parts);
  const fields = {
    ...noFields,
    subject: forwardSubject(cleanHeaderText(view.subject)),
    body: `\n\n${forwardText(view, head)}\n`,
  };
  return {
    // A forwarded letter is never left out, whatever is chosen for quotes.
    fields: withIdentity(fields, identity, {
      ...choices,
      replyQuote: 'below',
    }),
    answering: { kind: 'forward', id: seed.id, inReplyTo: '', references: [] },
    attachments: filesOf(view.attachments, seed),
    replaces: undefined,
    messageId: undefined,
    notes: view.bcc.length > 0 ? [t('compose.hiddenNotNamed')] : [],
    privately: undefined,
    hasHtml: view.hasHtml,
    head,
  };
}

/** Whole messages as files of a new letter. */
async function startWithMessages(seed: Seed, parts: StartParts): Promise<Start | undefined> {
  const files: StartFile[] = [];
  const subjects: string[] = [];
  let hasHidden = false;
  for (const id of seed.id.split(',')) {
    const located = await parts.mailbox.find(id, seed.folder);
    if (!located) continue;
    const { subject, size } = located.row;
    const name = cleanHeaderText(subject)
      .replace(/[/\\:*?"<>|]+/g, ' ')
      .trim()
      .slice(0, 100);
    files.push({
      name: `${name || parts.t('list.noSubject')}.eml`,
      type: 'message/rfc822',
      size,
      message: id,
      folder: located.row.folder,
      part: undefined,
      isInline: false,
    });
    subjects.push(subject);
    const message = await parts.mailbox.readMessage(id, located.row.folder);
    hasHidden ||= message !== undefined && hasBccField(message);
  }
  if (files.length === 0) return undefined;
  const { list } = parts.identities;
  const [identity] = await list(parts.account);
  const subject = files.length === 1 ? forwardSubject(cleanHeaderText(subjects[0]!)) : '';
  return {
    fields: withIdentity({ ...noFields, subject }, identity!, parts.choices),
    answering: {
      kind: 'forward',
      id: files[0]!.message,
      also: files.slice(1).map(({ message }) => message),
      inReplyTo: '',
      references: [],
    },
    attachments: files,
    replaces: undefined,
    messageId: undefined,
    notes: hasHidden ? [parts.t('compose.hiddenNamed')] : [],
    privately: undefined,
    hasHtml: false,
    head: [],
  };
}

/** Does the header of a message name hidden recipients? */
function hasBccField(message: Buffer): boolean {
  const head =
    message
      .subarray(0, 64 * 1024)
      .toString('latin1')
      .split(/\r?\n\r?\n/, 1)[0] ?? '';
  return /^bcc:[ \t]*\S/im.test(head);
}

const filesOf = (attachments: readonly Attachment[], seed: Seed): readonly StartFile[] =>
  attachments.map((one) => ({
    name: one.name,
    type: one.type,
    size: one.size,
    message: seed.id,
    folder: seed.folder,
    part: one.part,
    isInline: one.inline,
  }));

/**
 * The address of one's own that the message was sent to, with its tag; of a message that one sent oneself, its From
 * (spec/webmail.md 4.6). Delivered-To and X-Original-To tell of hidden copies.
 */
async function chooseIdentity(view: MessageView, parts: StartParts): Promise<Identity> {
  const { account, identities } = parts;
  const delivered = view.headers
    .filter(({ name }) => /^(?:delivered-to|x-original-to)$/i.test(name))
    // vpopmail writes the domain in front: example.com-alice@example.com
    .flatMap(({ value }) => [value.trim(), value.trim().replace(/^[^@]*?-(?=[^@]*@)/, '')]);
  const candidates = [...view.from, ...view.to, ...view.cc].map(({ address }) => address).concat(delivered);
  const isOwn = await identities.ownTest(account, candidates);
  for (const address of candidates.slice(0, 300)) {
    if (!isOwn(address)) continue;
    const found = await identities.find(account, address);
    if (found) return found;
  }
  return (await identities.list(account))[0]!;
}

async function startFromDraft(
  seed: Seed,
  view: MessageView,
  isDraft: boolean,
  parts: StartParts,
): Promise<Start> {
  const field = view.headers.find((header) => header.name.toLowerCase() === 'x-draft-info')?.value ?? '';
  const { origin, wantsReports, copy } = readDraftInfo(field);
  const references = view.references.map(messageId).filter((id) => id !== '');
  const inReplyTo = messageId(view.inReplyTo);
  const answering: Answering | undefined =
    isDraft && (origin || inReplyTo !== '')
      ? {
          kind: origin?.kind ?? 'reply',
          id: origin?.id ?? '',
          inReplyTo,
          references: references.slice(-20),
        }
      : undefined;
  const { account, identities } = parts;
  const from = await identities.find(account, view.from[0]?.address ?? '');
  return {
    fields: {
      ...noFields,
      to: recipientsText(view.to),
      cc: recipientsText(view.cc),
      bcc: recipientsText(view.bcc),
      replyTo: recipientsText(view.replyTo),
      from: (from ?? (await identities.list(account))[0]!).address,
      subject: cleanHeaderText(view.subject),
      body: wrapQuotes(cleanBody(view.plainText)).trimEnd(),
    },
    answering,
    attachments: filesOf(view.attachments, seed),
    replaces: isDraft ? seed.id : undefined,
    messageId: isDraft ? messageId(view.messageId) || undefined : undefined,
    notes: [],
    privately: undefined,
    hasHtml: view.hasHtml,
    head: [],
    options: optionsOfFields(view.headers, { wantsReports, copy: isDraft ? copy : '' }),
  };
}

const recipientsText = (addresses: readonly Address[]): string =>
  addresses.slice(0, 200).map(formatRecipient).join(', ');
