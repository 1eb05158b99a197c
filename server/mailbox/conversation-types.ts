// Conversations as the pages see them: rows of a list, and all messages of one. Which messages belong together is said in
// conversations.ts; a message that was not read yet is a conversation of its own until it is.
import type { Address, ListPage, MessageRow } from './types.ts';

/** Somebody who wrote in a conversation. */
export interface Participant extends Address {
  /** One of their messages in the list's folder is unread. */
  readonly unread: boolean;
  /** One of their messages lies in Sent: it is the reader. */
  readonly sent: boolean;
}

/** One line of a list of conversations. What is counted `here` is counted in the list's folder. */
export interface ConversationRow {
  /** The newest message here: the place in the list. In a search the newest that was found. */
  readonly newest: MessageRow;
  /** Of the first message, wherever it is. */
  readonly subject: string;
  /** Who wrote, in the order in which they first did; drafts are left out. */
  readonly participants: readonly Participant[];
  /** Messages of all folders but Trash and Junk, and of this one. */
  readonly count: number;
  /** Of them, messages here and unread ones here. */
  readonly here: number;
  readonly unread: number;
  /** Any of its messages here is so. */
  readonly flagged: boolean;
  readonly hasAttachment: boolean;
  readonly answered: boolean;
  readonly forwarded: boolean;
  /** Keywords of its messages here, each once. */
  readonly keywords: readonly string[];
  /** Somewhere lies a draft that belongs to it. */
  readonly draft: boolean;
}

export interface ConversationPage extends Omit<ListPage, 'rows'> {
  readonly rows: readonly ConversationRow[];
  /** Messages in all these conversations here; only when the query asks for it. */
  readonly messages?: number | undefined;
}

/** A stretch of one conversation. */
export interface Conversation {
  /** The message that it was asked for by. */
  readonly asked: MessageRow;
  /** Of the first message of all. */
  readonly subject: string;
  /** Oldest first: of all folders but Trash and Junk, and of the folder of the asked one. */
  readonly messages: readonly MessageRow[];
  readonly total: number;
  /** Cursor for the stretch before; undefined when there is none. */
  readonly earlier: string | undefined;
  /** Messages after this stretch. */
  readonly later: number;
}
