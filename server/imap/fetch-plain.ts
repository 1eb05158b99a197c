// The words of one answer to FETCH (RFC 9051 7.5.2): its number, the items that are one word each, what a literal is called. Out of
// the shared model and what the index told; nothing is read here.
import type { FactName, MessageFacts } from '../mailbox/uid-types.ts';
import { formatString } from '../message/imap/strings.ts';
import type { Answer } from './command.ts';
import { formatDateTime } from './date-time.ts';
import type { FetchItem, PlainItem } from './fetch-items.ts';
import { encodeUtf8 } from './names.ts';
import type { SelectedFolder } from './selected.ts';
import type { Session } from './session.ts';

/** What the index is asked for so that an item can be told. */
export const factOf: Readonly<Partial<Record<PlainItem, FactName>>> = {
  INTERNALDATE: 'received',
  'RFC822.SIZE': 'size',
  ENVELOPE: 'envelope',
  BODY: 'body',
  BODYSTRUCTURE: 'bodyStructure',
  EMAILID: 'emailId',
  THREADID: 'threadId',
  SAVEDATE: 'saved',
  PREVIEW: 'preview',
};

/** A FETCH that goes on: what is asked, and of whom. */
export interface FetchJob {
  readonly session: Session;
  readonly selected: SelectedFolder;
  readonly items: readonly FetchItem[];
  /** UIDs whose flags this very FETCH has changed: told whether asked or not. */
  readonly marked: ReadonlySet<number>;
  /** What is said in the end when a message could not be read. */
  failure?: Answer | undefined;
}

/** `* 5 FETCH (`, or as RFC 9586 has it. */
export function beginAnswer({ session, selected }: FetchJob, uid: number, at: number): void {
  if (session.features.isUidOnly) return session.out.text(`* ${uid} UIDFETCH (`);
  // Mostly the place in the model is the number that the client knows.
  const number = selected.view[at] === uid ? at + 1 : selected.numberOf(uid);
  session.out.text(`* ${number} FETCH (`);
}

/** All items that are one word, with a blank between; and the flags when this FETCH changed them. */
export function plainTexts(job: FetchJob, uid: number, at: number, facts: MessageFacts | undefined): string {
  const { items, selected, session, marked } = job;
  const { model } = selected;
  let text = '';
  let hasFlags = false;
  for (const item of items) {
    if (item.kind !== 'plain') continue;
    if (text !== '') text += ' ';
    switch (item.item) {
      case 'FLAGS':
        hasFlags = true;
        text += `FLAGS (${model.flagsText(at, selected.isRecent(uid))})`;
        break;
      case 'UID':
        text += `UID ${uid}`;
        break;
      case 'MODSEQ':
        text += `MODSEQ (${model.modseqs[at]})`;
        break;
      default:
        text += formatFact(item.item, facts);
    }
  }
  if (marked.has(uid) && !hasFlags) {
    const modseq = session.features.isCondstore ? ` MODSEQ (${model.modseqs[at]})` : '';
    text += `${text === '' ? '' : ' '}FLAGS (${model.flagsText(at, selected.isRecent(uid))})${modseq}`;
  }
  return text;
}

const noEnvelope = '(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)';
const noBody = '("text" "plain" NIL NIL NIL "7bit" 0 0)';

function formatFact(item: PlainItem, facts: MessageFacts | undefined): string {
  switch (item) {
    case 'INTERNALDATE':
      return `INTERNALDATE ${formatDateTime(facts?.received ?? 0)}`;
    case 'RFC822.SIZE':
      return `RFC822.SIZE ${facts?.size ?? 0}`;
    case 'ENVELOPE':
      return `ENVELOPE ${facts?.envelope ?? noEnvelope}`;
    case 'BODY':
      return `BODY ${facts?.body ?? noBody}`;
    case 'BODYSTRUCTURE':
      return `BODYSTRUCTURE ${facts?.bodyStructure ?? noBody}`;
    case 'EMAILID':
      return facts?.emailId ? `EMAILID (${facts.emailId})` : 'EMAILID NIL';
    case 'THREADID':
      return facts?.threadId ? `THREADID (${facts.threadId})` : 'THREADID NIL';
    case 'SAVEDATE':
      return facts?.saved === undefined ? 'SAVEDATE NIL' : `SAVEDATE ${formatDateTime(facts.saved)}`;
    default:
      return `PREVIEW ${facts?.preview === undefined ? 'NIL' : formatString(encodeUtf8(facts.preview))}`;
  }
}

/** RFC 9051 7.5.2: a partial is told by where it begins. */
export const labelOf = (item: Exclude<FetchItem, { readonly kind: 'plain' }>): string =>
  item.span === undefined ? item.label : `${item.label}<${item.span.from}>`;
