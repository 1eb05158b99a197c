// The mailbox through UIDs: what IMAP and POP3 see of the same folders that the web sees through ids (types.ts). UIDs and
// UIDVALIDITY live in Courier's `courierimapuiddb` beside the mail, so they outlive the index; MODSEQ, the log of what was
// expunged and the texts that FETCH answers with live in the index and are a cache. Numbers of messages (sequence
// numbers) are no matter of the mailbox: a session counts them over the UIDs that it has told its client.
// What is named here crosses a thread: plain data, typed arrays for what comes by the hundred thousand.

import type { AclEntry } from '../../mta/maildir/acl.ts';
import type { SortCriterion } from '../message/imap/sort.ts';
import type { ThreadAlgorithm } from '../message/imap/thread.ts';

/** Letters of Maildir in ASCII order, of `DFPRST` (spec/maildir-imap.md 1.4); other letters are kept and not shown. */
export type FlagLetters = string;

export interface FolderStatus {
  /** Maildir++ name in UTF-8: `INBOX`, `Projects.Alpha`. */
  readonly folder: string;
  /** Its directory in the Maildir: `.Projects.Alpha`; '' is the Maildir itself. */
  readonly directory: string;
  /** RFC 8474 MAILBOXID: stays when the folder is renamed. */
  readonly mailboxId: string;
  readonly uidValidity: number;
  readonly uidNext: number;
  /** RFC 7162: 1 or more. */
  readonly highestModseq: number;
  readonly messages: number;
  readonly unseen: number;
  readonly deleted: number;
  /** Messages that no session had yet told of. */
  readonly recent: number;
  /** Sum of RFC822.SIZE, bytes with CRLF. */
  readonly size: number;
  /** False: the files cannot be renamed, so that no flag can be set and no message removed. */
  readonly isWritable: boolean;
}

/** One message as FLAGS and MODSEQ tell it. */
export interface MessageState {
  readonly uid: number;
  readonly modseq: number;
  readonly flags: FlagLetters;
  /** IMAP keywords, `$Forwarded` left out (it is the letter P). */
  readonly keywords: readonly string[];
}

/** All messages of a folder at one moment, ascending by UID; the arrays are as long as each other. */
export interface FolderSnapshot extends FolderStatus {
  readonly uids: Uint32Array;
  readonly modseqs: Float64Array;
  /** Bits in the order of the letters DFPRST: 1, 2, 4, 8, 16, 32. */
  readonly flags: Uint8Array;
  /** Which of `keywordSets` a message has; number 0 is the empty set. */
  readonly keywords: Uint16Array;
  readonly keywordSets: readonly (readonly string[])[];
  /** All keywords that this folder knows, for FLAGS and PERMANENTFLAGS. */
  readonly knownKeywords: readonly string[];
  /** UIDs that become \Recent in the session that opened it for writing: no other gets them. */
  readonly recentUids: Uint32Array;
}

/** What happened in a folder after a MODSEQ. */
export interface FolderChanges extends FolderStatus {
  /** New and changed ones, ascending by UID. */
  readonly changed: readonly MessageState[];
  /** Those that became \Recent for the one who asks, also of before. */
  readonly recentUids: readonly number[];
  /** Ascending. */
  readonly vanished: readonly number[];
  /** True: the log does not reach back so far; `vanished` is empty, and who asked must compare with a snapshot. */
  readonly isCut: boolean;
}

export interface FolderEntry {
  readonly folder: string;
  /** As in FolderStatus. */
  readonly directory: string;
  /** RFC 6154, by name or as stored: `\Drafts`, `\Sent`, `\Trash`, `\Junk`, `\Archive`, `\Flagged`, `\Important`. */
  readonly specialUse: string | undefined;
  readonly isSubscribed: boolean;
  readonly mailboxId: string;
}

/** What FETCH can be answered with without opening the file. Undefined in an answer: not asked for. */
export interface MessageFacts {
  readonly uid: number;
  /** RFC822.SIZE: bytes with CRLF. */
  readonly size?: number | undefined;
  /** INTERNALDATE: the file's mtime, milliseconds since 1970. */
  readonly received?: number | undefined;
  /** RFC 8514 SAVEDATE, milliseconds since 1970. */
  readonly saved?: number | undefined;
  /** RFC 8474. */
  readonly emailId?: string | undefined;
  readonly threadId?: string | undefined;
  /** Binary strings as on the wire: WireTexts of server/message/types.ts. */
  readonly envelope?: string | undefined;
  readonly body?: string | undefined;
  readonly bodyStructure?: string | undefined;
  /** Where the parts lie in the file, for server/message/imap/sections.ts: BODY[...] needs no second parse. */
  readonly parts?: string | undefined;
  /** RFC 8970, at most 200 characters of decoded text. */
  readonly preview?: string | undefined;
  /**
   * The header fields that clients ask for most (server/message/imap/usual-header.ts), as on the wire; undefined though
   * asked for: read them from the file.
   */
  readonly header?: string | undefined;
  /** For SORT and THREAD. */
  readonly sortFacts?: SortFacts | undefined;
}

/** RFC 5256 keys of one message; all texts decoded and folded by RFC 5051 (server/message/imap/casemap.ts). */
export interface SortFacts {
  readonly baseSubject: string;
  /** True: the subject is a reply or a forward. */
  readonly isReply: boolean;
  readonly from: string;
  readonly to: string;
  readonly cc: string;
  /** RFC 5957. */
  readonly displayFrom: string;
  readonly displayTo: string;
  /** The Date field, milliseconds since 1970; INTERNALDATE where it has none. */
  readonly sent: number;
  readonly messageId: string;
  /** References, or In-Reply-To when there are none; without angle brackets, oldest first. */
  readonly references: readonly string[];
}

/** Of a message whose header nobody could read, and of a sort that looks at no text. */
export const noSortFacts: SortFacts = {
  baseSubject: '',
  isReply: false,
  from: '',
  to: '',
  cc: '',
  displayFrom: '',
  displayTo: '',
  sent: 0,
  messageId: '',
  references: [],
};

export type FactName = Exclude<keyof MessageFacts, 'uid'>;

/** The first bytes of a message's file. */
export interface MessageBeginning {
  readonly bytes: Buffer;
  /** Of the whole file, bytes. */
  readonly size: number;
}

/** The first of the messages that were asked for, as they go over the wire. */
export interface WholeMessages {
  /** How many of the UIDs, from the first on, this is the answer for: at least one. */
  readonly asked: number;
  /** Those of them that are not too large and lie where the index has them. */
  readonly messages: ReadonlyMap<number, Buffer>;
}

export interface FlagChange {
  readonly mode: 'add' | 'remove' | 'replace';
  readonly flags: FlagLetters;
  readonly keywords: readonly string[];
}

export interface StoreResult {
  /** What is now, of those that were there; also those that did not change. */
  readonly states: readonly MessageState[];
  /** RFC 7162 MODIFIED: changed after `unchangedSince`, and left alone. */
  readonly modified: readonly number[];
  readonly highestModseq: number;
}

export interface CopyResult {
  readonly uidValidity: number;
  /** From and to, ascending by from. A message that was gone meanwhile is left out. */
  readonly pairs: readonly (readonly [number, number])[];
}

export interface AppendedMessage {
  /** LF or CRLF; stored with LF (spec/maildir-imap.md 1.6). */
  readonly message: Buffer | AsyncIterable<Buffer>;
  readonly flags: FlagLetters;
  readonly keywords: readonly string[];
  /** Milliseconds since 1970; undefined: now. */
  readonly received: number | undefined;
}

/** RFC 9051 6.4.4 without sequence sets: the session turns its numbers into UIDs first. Texts are decoded UTF-8. */
export type SearchKey =
  | { readonly key: 'all' }
  | { readonly key: 'and' | 'or'; readonly keys: readonly SearchKey[] }
  | { readonly key: 'not'; readonly of: SearchKey }
  /** Inclusive ranges, ascending. */
  | { readonly key: 'uid'; readonly ranges: readonly (readonly [number, number])[] }
  | { readonly key: 'flag'; readonly letter: string }
  | { readonly key: 'keyword'; readonly name: string }
  /** Bytes with CRLF, exclusive. */
  | { readonly key: 'larger' | 'smaller'; readonly bytes: number }
  /** `day`: midnight UTC of the date as written, milliseconds; the zone of the message is disregarded (RFC 9051 6.4.4). */
  | {
      readonly key: 'before' | 'on' | 'since';
      readonly date: 'received' | 'sent' | 'saved';
      readonly day: number;
    }
  /** RFC 5032, seconds. */
  | { readonly key: 'older' | 'younger'; readonly seconds: number }
  | { readonly key: 'header'; readonly field: string; readonly text: string }
  | { readonly key: 'body' | 'text'; readonly text: string }
  | { readonly key: 'modseq'; readonly least: number }
  | { readonly key: 'emailid' | 'threadid'; readonly id: string };

export interface Quota {
  /** Undefined: no limit. */
  readonly bytes: { readonly used: number; readonly limit: number | undefined };
  readonly messages: { readonly used: number; readonly limit: number | undefined };
}

/** RFC 5464: what becomes of one entry. */
export interface AnnotationChange {
  /** In lower case: `/private/comment`. */
  readonly entry: string;
  /** Bytes as characters; undefined: the entry goes. */
  readonly value: string | undefined;
}

/** `too many`: entries, or bytes of all of them. */
export type AnnotationRefusal = 'too large' | 'too many';

/** Why a change of folders or an append is refused; the words for a client are the session's. */
export type Refusal =
  | 'no such folder'
  | 'exists'
  | 'bad name'
  | 'reserved'
  | 'has children'
  | 'over quota'
  | 'too many keywords'
  /** RFC 4314: the folder is another account's, which did not give the right. */
  | 'no right';

export class MailboxRefusal extends Error {
  override readonly name = 'MailboxRefusal';
  readonly refusal: Refusal;
  constructor(refusal: Refusal, message: string) {
    super(message);
    this.refusal = refusal;
  }
}

/**
 * The mailbox of one account through UIDs. Every call first brings the folder up to date with its directories when they
 * changed. A folder that is not there: undefined where a call can say so, else MailboxRefusal('no such folder').
 * Calls with UIDs pass over those that are gone.
 */
export interface UidMailbox {
  list(): Promise<readonly FolderEntry[]>;
  /** Moves nothing out of new. */
  status(folder: string): Promise<FolderStatus | undefined>;
  /** `isReadOnly` (EXAMINE): moves nothing out of new and leaves \Recent to the next. */
  open(folder: string, isReadOnly: boolean): Promise<FolderSnapshot | undefined>;
  changesSince(folder: string, modseq: number, isReadOnly: boolean): Promise<FolderChanges | undefined>;
  facts(
    folder: string,
    uids: readonly number[],
    names: readonly FactName[],
  ): Promise<readonly MessageFacts[]>;
  /**
   * The first `most` bytes of each of these messages, for many small ones at once. Those that cannot be read so (renamed
   * at this moment, gone, too much for one answer) are not in the answer: ask openMessage for them.
   */
  readBeginnings(
    folder: string,
    uids: readonly number[],
    most: number,
  ): Promise<ReadonlyMap<number, MessageBeginning>>;
  /**
   * Messages with CRLF and without NUL, as many as are sent in one piece. Those that are left out are opened by themselves.
   * @param into memory that the messages are put into, `wholesRoom` bytes (message-bytes.ts); it is the caller's
   */
  readWholes(folder: string, uids: readonly number[], into?: SharedArrayBuffer): Promise<WholeMessages>;
  /** The file for streaming; the caller closes. Undefined: gone. */
  openMessage(
    folder: string,
    uid: number,
  ): Promise<{ readonly handle: import('node:fs/promises').FileHandle; readonly size: number } | undefined>;
  store(
    folder: string,
    uids: readonly number[],
    change: FlagChange,
    unchangedSince?: number,
  ): Promise<StoreResult>;
  copy(folder: string, uids: readonly number[], to: string): Promise<CopyResult>;
  move(folder: string, uids: readonly number[], to: string): Promise<CopyResult>;
  /** Those with T; of these only `uids` when they are given. Gives the UIDs that are gone. */
  expunge(folder: string, uids?: readonly number[]): Promise<readonly number[]>;
  /**
   * All or none (RFC 3502). From an AsyncIterable each message is taken, and read to its end, before the next is asked
   * for: they come one after the other over a wire. One that throws, or whose message does, ends it all and is thrown on.
   * A folder that is not there is refused before the first is asked for.
   */
  append(
    folder: string,
    messages: readonly AppendedMessage[] | AsyncIterable<AppendedMessage>,
  ): Promise<{ readonly uidValidity: number; readonly uids: readonly number[] }>;
  /** UIDs that match, ascending. */
  search(folder: string, key: SearchKey): Promise<Uint32Array>;
  /** RFC 5256: UIDs, ascending, in the order asked for; those that are gone may be left out. */
  sort(folder: string, uids: Uint32Array, criteria: readonly SortCriterion[]): Promise<Uint32Array>;
  /** RFC 5256 4: the text of the answer, of UIDs; those that are gone may be left out. */
  thread(folder: string, uids: Uint32Array, algorithm: ThreadAlgorithm): Promise<string>;
  createFolder(folder: string, specialUse?: string): Promise<void>;
  removeFolder(folder: string): Promise<void>;
  /** With the folders below it; UIDVALIDITY, UIDs and subscriptions go along. Of INBOX: its messages move (RFC 9051 6.3.6). */
  renameFolder(folder: string, to: string): Promise<void>;
  /** Also of a folder that is not there (RFC 9051 6.3.7). */
  setSubscribed(folder: string, isSubscribed: boolean): Promise<void>;
  subscriptions(): Promise<readonly string[]>;
  /** The same of folders of other accounts, `/account.Folder` (shared-mailbox.ts). */
  setSharedSubscribed(folder: string, isSubscribed: boolean): Promise<void>;
  sharedSubscriptions(): Promise<readonly string[]>;
  quota(): Promise<Quota>;
  /** The rights that Courier's file in the folder gives, or those of a folder without one (mta/maildir/acl.ts). */
  readAcl(folder: string): Promise<readonly AclEntry[]>;
  /** `rights` undefined or '': the entry goes. Gives why not, in plain words; undefined: it is done. */
  changeAcl(folder: string, identifier: string, rights: string | undefined): Promise<string | undefined>;
  /** Values by entry, bytes as characters, of a folder; of the account when `folder` is ''. */
  readAnnotations(folder: string): Promise<ReadonlyMap<string, string>>;
  /** All of them or none. Gives why not; undefined: it is done, durably. */
  changeAnnotations(
    folder: string,
    changes: readonly AnnotationChange[],
  ): Promise<AnnotationRefusal | undefined>;
  /**
   * Tells of every folder in which something changed, whoever changed it, within a second at most; `undefined` in place
   * of a name: the folders themselves changed. With `folders` only these are watched, which costs the less: INBOX alone
   * opens neither the index nor another folder. Tells of each folder once when its watch begins, should something have
   * changed before. Ends with the function that is given back.
   */
  watch(listener: (folder: string | undefined) => void, folders?: readonly string[]): () => void;
}
