// The mailbox as web (and later IMAP and POP3) sees it: the one way in which they read and change mail.
// The Maildir is the truth; the index (SQLite, one file an account, in the state directory) is a cache that can be
// deleted at any time and comes back with the same ids. Flags and moves rename the file first, then the index.

import type { Conversation, ConversationPage } from './conversation-types.ts';
import type { JunkCalls } from './junk-learning.ts';
import type { Pop3Mailbox } from './pop3-mailbox.ts';
import type { Quota, UidMailbox } from './uid-types.ts';

/** First 12 characters of base64url(SHA-256(base name)), base name = file name before `:2,` (spec/webmail.md 2.1). */
export type MessageId = string;

/** What a role is for the user; `folder` for their own. */
export type FolderRole = 'inbox' | 'drafts' | 'sent' | 'archive' | 'junk' | 'trash' | 'folder';

export interface Folder {
  /** Maildir++ name in UTF-8 without the leading dot: `INBOX`, `Projects.Alpha`. */
  readonly name: string;
  /** Last part of the name, for the eye. */
  readonly label: string;
  /** Nesting: number of dots in the name. */
  readonly depth: number;
  readonly role: FolderRole;
  readonly total: number;
  readonly unread: number;
  /** Messages that the index has still to read, those not even listed yet included; undefined when there are none. */
  readonly pending?: number | undefined;
  /** True: its owner took it out of the lists of folders: not subscribed (RFC 9051 6.3.7). Special ones never are. */
  readonly isHidden?: boolean | undefined;
}

export interface Address {
  /** Decoded display name, '' when none. Foreign text. */
  readonly name: string;
  readonly address: string;
}

/** One line of a list. All texts are foreign and decoded; the page escapes them. */
export interface MessageRow {
  readonly id: MessageId;
  readonly folder: string;
  /** Maildir base name. */
  readonly base: string;
  /** Current flags in ASCII order, e.g. `RS`; letters D F P R S T and what others left. */
  readonly flags: string;
  readonly seen: boolean;
  readonly flagged: boolean;
  readonly answered: boolean;
  readonly forwarded: boolean;
  readonly draft: boolean;
  /** IMAP keywords, `$Forwarded` left out. Foreign text. */
  readonly keywords: readonly string[];
  readonly subject: string;
  readonly from: readonly Address[];
  readonly to: readonly Address[];
  /** First 120 characters or so of the text without quotes. */
  readonly preview: string;
  /** Time received (file mtime), milliseconds since 1970: the order of the list. */
  readonly received: number;
  /** Date header, milliseconds, or undefined. */
  readonly sent: number | undefined;
  /** Bytes on disk. */
  readonly size: number;
  /** Real attachments only, not inline pictures. */
  readonly hasAttachment: boolean;
  readonly messageId: string;
  readonly inReplyTo: string;
  /** True: not read yet. Only size, flags and `received` are known; the texts are empty. */
  readonly pending?: boolean | undefined;
}

export interface ListQuery {
  /** Undefined: all folders but Trash and Junk (search, starred). */
  readonly folder?: string | undefined;
  readonly filter?: 'all' | 'unread' | 'starred' | 'attach' | undefined;
  readonly sort?: 'date' | 'from' | 'subject' | 'size' | undefined;
  /** Undefined: newest first, biggest first, senders and subjects from A. */
  readonly direction?: 'asc' | 'desc' | undefined;
  /** Words over subject, from, to and text; `from:` `to:` `cc:` `subject:` `has:attachment` `is:unread` `is:read`
   * `is:starred` `label:` (a keyword) `before:` `after:` (UTC days) `larger:` `smaller:` `in:` operators, "phrases", -not, OR, prefix*;
   * unknown operators are plain words. `in:anywhere` includes Trash and Junk. */
  readonly search?: string | undefined;
  /** The rows are conversations, each in the place of its newest message; sorted by date only. */
  readonly conversations?: boolean | undefined;
  /** Rows wanted, 1 to 200. */
  readonly limit: number;
  /** Keyset cursors: rows after (older than, in the direction of the list) or before this one. Opaque; undefined = first page.
   * `before: 'end'` is the last page. A cursor that makes no sense, or of a list in another order, is the first page. */
  readonly after?: string | undefined;
  readonly before?: string | undefined;
}

export interface ListPage {
  readonly rows: readonly MessageRow[];
  /** Messages that match in all. */
  readonly total: number;
  /** Cursors for the neighbouring pages; undefined when there is none. */
  readonly newer: string | undefined;
  readonly older: string | undefined;
  /** 0 to 1 while the index is still being built, else undefined. */
  readonly progress: number | undefined;
  /** True: the search was cut at its limits of words or time (security.md X6); what is shown is a part. */
  readonly cut?: boolean | undefined;
}

/** Where a message is now. */
export interface Located {
  readonly row: MessageRow;
  /** Path of the file at this moment; it may be renamed by others: use `openMessage`. */
  readonly path: string;
}

/** What an action did; `moved` and `missing` count messages. `undo` is the list that puts everything back. */
export interface ActionResult {
  readonly done: number;
  readonly missing: number;
  readonly undo: readonly {
    readonly id: MessageId;
    readonly folder: string;
    readonly flags: string;
    /** All it had; undefined: the action was not about keywords. */
    readonly keywords?: readonly string[];
  }[];
}

/** What stands beside every page. */
export interface Column {
  readonly folders: readonly Folder[];
  /** Undefined: there is none. */
  readonly quota: Quota | undefined;
}

/** A message among the others of a list, and what stands beside it. */
export interface FoundInList extends Column {
  /** Undefined: it is not in that folder. */
  readonly located: Located | undefined;
  /** Undefined where the message is. */
  readonly neighbours:
    | { readonly newer: MessageId | undefined; readonly older: MessageId | undefined }
    | undefined;
}

/** A mailbox open for one account. Calls are safe from several requests at once. */
export interface Mailbox extends JunkCalls {
  folders(): Promise<readonly Folder[]>;
  /** Makes the folder when missing (special folders at first need). Throws FolderNameError for a bad name. */
  ensureFolder(name: string): Promise<void>;
  /** The folder that plays a role, made when missing: 'sent' gives `Sent`. */
  folderFor(role: Exclude<FolderRole, 'folder'>): Promise<string>;
  /** The folder plays the role from now on, for IMAP clients too (RFC 6154); who played it is a plain folder again.
   * Throws MailboxRefusal: 'no such folder', or 'reserved' when it plays another role. */
  giveRole(role: Exclude<FolderRole, 'folder' | 'inbox'>, folder: string): Promise<void>;
  /** Removes a folder of the person's own that holds nothing; false: there is a message in it, and it stays. */
  removeEmptyFolder(name: string): Promise<boolean>;
  /** Which folders lists show, by subscriptions; those not named stay as they are. */
  showFolders(shown: readonly string[], hidden: readonly string[]): Promise<void>;
  /** What the account's quota says; undefined: it has none. */
  quota(): Promise<Quota | undefined>;
  /** The folders and the quota, as `folders` and `quota` give them, in one question. */
  column(): Promise<Column>;
  list(query: ListQuery): Promise<ListPage>;
  /** A page of a list and then the folders and the quota, as `list`, `folders` and `quota` give them, in one question. */
  listWithFolders(query: ListQuery): Promise<{
    readonly page: ListPage;
    readonly folders: readonly Folder[];
    readonly quota: Quota | undefined;
  }>;
  /** The same of conversations; `withMessages` also counts the messages of all of them. */
  listConversations(
    query: ListQuery,
    withMessages?: boolean,
  ): Promise<{
    readonly page: ConversationPage;
    readonly folders: readonly Folder[];
    readonly quota: Quota | undefined;
  }>;
  /** The conversation that holds a message: its last `limit` messages, or those before a cursor. Undefined: gone. */
  conversation(
    id: MessageId,
    folder: string | undefined,
    limit: number,
    before?: string,
  ): Promise<Conversation | undefined>;
  /** Ids of all messages in `folder` of the conversations that hold these, newest first; without a folder those of all
   * but Trash, Junk, Sent and Drafts, and of the folders of these. At most 10,000 of each. */
  idsOfConversations(
    ids: readonly MessageId[],
    folder: string | undefined,
  ): Promise<readonly (readonly MessageId[])[]>;
  /** Finds a message by id; `folder` picks when one base is in two folders, else the newest. */
  find(id: MessageId, folder?: string): Promise<Located | undefined>;
  /** The neighbours of a message in the order of a list, for older and newer links. */
  neighbours(
    id: MessageId,
    query: ListQuery,
  ): Promise<{ newer: MessageId | undefined; older: MessageId | undefined }>;
  /** `find` in that folder, `neighbours` and `column` in one question. */
  findInList(id: MessageId, folder: string, query: ListQuery): Promise<FoundInList>;
  /**
   * Reads the whole file, found again by base when another program renamed it. Undefined: gone.
   * @param located where `find` just found it: the index is asked only when it is there no more
   */
  readMessage(id: MessageId, folder?: string, located?: Located): Promise<Buffer | undefined>;
  /** Opens it for streaming; the caller closes. Undefined: gone. */
  openMessage(
    id: MessageId,
    folder?: string,
    located?: Located,
  ): Promise<{ handle: import('node:fs/promises').FileHandle; size: number } | undefined>;
  /** Adds and removes flag letters (D F P R S T). */
  setFlags(ids: readonly MessageId[], add: string, remove: string, folder?: string): Promise<ActionResult>;
  move(ids: readonly MessageId[], toFolder: string, folder?: string): Promise<ActionResult>;
  /** Unlinks for good. */
  remove(ids: readonly MessageId[], folder?: string): Promise<ActionResult>;
  /** Unlinks those of these that have T (IMAP's \Deleted) by then; others stay. */
  expunge(ids: readonly MessageId[], folder?: string): Promise<ActionResult>;
  /** Adds and removes IMAP keywords. Throws MailboxRefusal when a folder would have too many. */
  setKeywords(
    ids: readonly MessageId[],
    add: readonly string[],
    remove: readonly string[],
    folder?: string,
  ): Promise<ActionResult>;
  /** Copies with flags, keywords and times. Throws MailboxRefusal over quota; nothing is copied then. */
  copy(
    ids: readonly MessageId[],
    toFolder: string,
    folder?: string,
  ): Promise<{
    readonly done: number;
    readonly missing: number;
    /** The copies. */
    readonly made: readonly { readonly id: MessageId; readonly folder: string }[];
  }>;
  /**
   * Moves a message that is in `from` to another folder as if it came in at `received` (milliseconds): unread and first.
   * False: it is not in `from` any more, and nothing was done.
   */
  bringBack(id: MessageId, from: string, toFolder: string, received: number): Promise<boolean>;
  /** Puts messages back as they were (folder, flags, and keywords where the action was about them). */
  restore(undo: ActionResult['undo']): Promise<ActionResult>;
  /** All ids that match (for "select all in folder"), at most `limit`; only messages received up to `upTo` (ms). */
  idsMatching(query: Omit<ListQuery, 'limit'>, upTo: number, limit: number): Promise<readonly MessageId[]>;
  /** Stores a message durably (tmp, fsync, link, fsync of the directory) with flags; gives its id. */
  append(
    folder: string,
    message: Buffer | AsyncIterable<Buffer>,
    flags: string,
    received?: Date,
  ): Promise<MessageId>;
  /** Brings the index up to date with the directory now. `list`, `folders` and `find` do it themselves when needed. */
  refresh(folder?: string): Promise<void>;
  /** The same mail as IMAP and POP3 see it. */
  readonly uids: UidMailbox;
  /** The inbox as POP3 sees it. */
  readonly pop3: Pop3Mailbox;
}

/** Opens mailboxes, keeps them for a while, and stops their workers on close. */
export interface Mailboxes {
  open(account: { readonly address: string; readonly maildir: string }): Promise<Mailbox>;
  close(): Promise<void>;
}
