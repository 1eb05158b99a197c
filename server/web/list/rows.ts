// One line of a list as its template sees it: foreign texts cleaned, times in the reader's zone, and in words what
// dots and icons say (webmail.md M1, 5.1). Pure; made for every row of every page, so it is lean.
import type { Address, FolderRole, MessageRow } from '../../mailbox/types.ts';
import { withOneReplyMark } from '../compose/reply.ts';
import { chipsOf, type LabelView } from '../labels/view.ts';
import type { Fate, FateState } from '../outbox/fates.ts';
import type { MarkedPiece, Marker } from '../search/marks.ts';
import { cleanLine, nameOf } from '../shell/foreign.ts';
import type { Formats } from '../shell/formats.ts';
import { snoozeWords } from '../snooze/column.ts';
import type { Translate } from '../words/words.ts';

export interface RowModel {
  readonly id: string;
  readonly folder: string;
  readonly href: string;
  readonly unread: boolean;
  readonly starred: boolean;
  readonly answered: boolean;
  readonly forwarded: boolean;
  readonly attachment: boolean;
  readonly draft: boolean;
  /** A conversation: what is done to the row is done to it. */
  readonly thread: boolean;
  /** Messages of the conversation, when there are several; else 0. */
  readonly count: number;
  /** Who wrote in a conversation of several, in order; else empty, and `who` says it. */
  readonly people: readonly Writer[];
  /** Sender, or `To: …` where one's own mail lies. */
  readonly who: string;
  readonly subject: string;
  /** The subject is missing and words stand in its place. */
  readonly noSubject: boolean;
  /** Not read yet: `who` says so and the size stands in the place of the subject. */
  readonly pending: boolean;
  readonly preview: string;
  /** Subject and preview in pieces with what was searched for marked; undefined outside of searches. */
  readonly marked?:
    | { readonly subject: readonly MarkedPiece[]; readonly preview: readonly MarkedPiece[] }
    | undefined;
  readonly time: string;
  readonly fullTime: string;
  readonly iso: string;
  /** What only the eye sees in the row, in words: `starred, has attachment`. */
  readonly marks: string;
  /** Name of its folder, in lists over several. */
  readonly place: string;
  /** When it comes back, or that it did: words; '' for the others. */
  readonly snoozed: string;
  readonly labels: readonly LabelView[];
  /** IMAP keywords of the labels, with blanks between, for the page's script. */
  readonly keywords: string;
  readonly open: boolean;
  /** What became of a letter in Sent, '' when nobody knows; and in words. */
  readonly fate: FateState | '';
  readonly fateWords: string;
}

/** One name in a row of a conversation. */
export interface Writer {
  readonly name: string;
  /** What stands before it. */
  readonly before: '' | ', ' | ' … ';
  /** Theirs is unread. */
  readonly strong: boolean;
  /** Not a person: a draft of the reader's. */
  readonly draft: boolean;
}

/** What the rows of one page share. */
export interface RowContext {
  readonly t: Translate;
  readonly formats: Formats;
  readonly now: number;
  /** The role of a row's folder and the name people see for it. */
  readonly folderOf: (name: string) => { readonly role: FolderRole; readonly label: string };
  readonly addressOf: (row: MessageRow) => string;
  readonly showFolder: boolean;
  readonly labels: readonly LabelView[];
  readonly snoozed: ReadonlyMap<string, number>;
  readonly openId: string;
  /** What became of letters in Sent, by Message-ID. */
  readonly fates: ReadonlyMap<string, Fate>;
  /** Marks what was searched for. */
  readonly marker?: Marker | undefined;
}

/** Names of several people: the first three, then how many more. */
export function namesOf(addresses: readonly Address[]): string {
  const names = addresses.slice(0, 3).map(nameOf);
  return addresses.length > 3 ? `${names.join(', ')} +${addresses.length - 3}` : names.join(', ');
}

function whoOf(row: MessageRow, role: FolderRole, t: Translate): string {
  if (role === 'sent' || role === 'drafts' || row.draft) {
    const names = namesOf(row.to);
    return names === '' ? t('list.noRecipient') : t('list.to', { names });
  }
  return namesOf(row.from) || t('list.noSender');
}

export function rowModel(row: MessageRow, context: RowContext): RowModel {
  const { t, formats } = context;
  const { role, label } = context.folderOf(row.folder);
  const pending = row.pending === true;
  const who = pending ? t('list.reading') : whoOf(row, role, t);
  const subject = pending ? formats.size(row.size) : withOneReplyMark(cleanLine(row.subject));
  const time = formats.short(row.received, context.now);
  const preview = cleanLine(row.preview, 160);
  const labels = chipsOf(row.keywords, context.labels);
  const snoozed = snoozeWords(context.snoozed.get(row.id), !row.seen, context);
  const fate = role === 'sent' ? context.fates.get(row.messageId)?.state : undefined;
  const marks = [
    snoozed,
    fate === undefined ? '' : t(`fate.${fate}`),
    row.draft ? t('list.draft') : '',
    row.flagged ? t('list.isStarred') : '',
    row.answered ? t('list.isAnswered') : '',
    row.forwarded ? t('list.isForwarded') : '',
    row.hasAttachment ? t('list.hasAttachment') : '',
    labels.length > 0 ? t('label.isLabelled', { labels: labels.map(({ name }) => name).join(', ') }) : '',
  ];
  return {
    id: row.id,
    thread: false,
    count: 0,
    people: [],
    folder: row.folder,
    href: context.addressOf(row),
    unread: !row.seen,
    starred: row.flagged,
    answered: row.answered,
    forwarded: row.forwarded,
    attachment: row.hasAttachment,
    draft: row.draft || role === 'drafts',
    who,
    subject: subject || t('list.noSubject'),
    noSubject: subject === '',
    pending,
    preview,
    marked: context.marker && { subject: context.marker(subject), preview: context.marker(preview) },
    time,
    fullTime: formats.full(row.received),
    iso: formats.iso(row.received),
    marks: marks.filter((mark) => mark !== '').join(', '),
    place: context.showFolder ? label : '',
    snoozed,
    labels,
    keywords: labels.map(({ keyword }) => keyword).join(' '),
    open: row.id === context.openId,
    fate: fate ?? '',
    fateWords: fate === undefined ? '' : t(`fate.${fate}`),
  };
}
