// What the role and its index workers say to each other: calls on an account and their answers, questions to
// the message reader the other way, and log lines. Everything is plain data; the account is named in every call, so a worker
// keeps no promise about which accounts are open.
import type { MessageReader } from '../message/types.ts';
import type { AclCalls } from './acl-calls.ts';
import type { AnnotationCalls } from './annotation-calls.ts';
import type { ConversationPage } from './conversation-types.ts';
import type { PlainError } from './errors.ts';
import type { ColumnAnswer, PageAnswer } from './held-pages.ts';
import type { JunkCalls } from './junk-learning.ts';
import type { LetterCalls } from './letter-calls.ts';
import type { BytesCalls } from './message-bytes.ts';
import type { OpCalls } from './op-calls.ts';
import type { PackedPage } from './packed-rows.ts';
import type { Pop3Calls } from './pop3-calls.ts';
import type { FoundInList, ListPage, ListQuery, Located, Mailbox, MessageId } from './types.ts';
import type { UidCalls } from './uid-calls.ts';

/** What the index asks of the message reader; files are read and parsed nowhere else. */
export type IndexReader = Pick<MessageReader, 'summarise' | 'wires' | 'texts' | 'matches'>;

/** The calls an open account answers inside the worker. */
export interface AccountCalls
  extends Pick<
      Mailbox,
      | 'ensureFolder'
      | 'folderFor'
      | 'giveRole'
      | 'removeEmptyFolder'
      | 'showFolders'
      | 'list'
      | 'conversation'
      | 'idsOfConversations'
      | 'neighbours'
      | 'setFlags'
      | 'move'
      | 'remove'
      | 'restore'
      | 'idsMatching'
      | 'refresh'
    >,
    UidCalls,
    AclCalls,
    AnnotationCalls,
    BytesCalls,
    Pop3Calls,
    OpCalls,
    JunkCalls,
    LetterCalls {
  column(): Promise<ColumnAnswer>;
  /** @param held the stamp of the page that the role has of this question */
  listWithFolders(query: ListQuery, held?: string): Promise<PageAnswer<ListPage>>;
  listConversations(
    query: ListQuery,
    withMessages: boolean,
    held?: string,
  ): Promise<PageAnswer<ConversationPage>>;
  find(id: MessageId, folder?: string): Promise<Located | undefined>;
  findInList(id: MessageId, folder: string, query: ListQuery): Promise<FoundInList & ColumnAnswer>;
  /** Where to store a message: the folder's directory and its owner. Makes a special folder at first need. */
  storagePlace(
    folder: string,
  ): Promise<{ readonly path: string; readonly folder: string; readonly uid: number; readonly gid: number }>;
  /** A file of this name was stored in the folder's cur. */
  stored(folder: string, name: string): Promise<MessageId>;
  owner(): Promise<{ readonly uid: number }>;
}

export type CallName = keyof AccountCalls;

/** One account's worker, called from the role. */
export type Call = <Name extends CallName>(
  name: Name,
  ...args: Parameters<AccountCalls[Name]>
) => ReturnType<AccountCalls[Name]>;

export type ToWorker =
  | {
      readonly kind: 'call';
      readonly number: number;
      readonly address: string;
      readonly maildir: string;
      readonly name: CallName;
      readonly args: readonly unknown[];
    }
  | {
      readonly kind: 'told';
      readonly number: number;
      readonly value?: unknown;
      readonly error?: PlainError;
    }
  | { readonly kind: 'close' };

export type FromWorker =
  | { readonly kind: 'answer'; readonly number: number; readonly value: unknown }
  | { readonly kind: 'page'; readonly number: number; readonly packed: PackedPage }
  | { readonly kind: 'failure'; readonly number: number; readonly error: PlainError }
  | {
      readonly kind: 'ask';
      readonly number: number;
      readonly name: keyof IndexReader;
      readonly args: readonly unknown[];
    }
  | {
      readonly kind: 'changed';
      readonly address: string;
      readonly maildir: string;
      readonly folder: string;
    }
  | { readonly kind: 'log'; readonly line: string }
  | { readonly kind: 'closed' };

/** Given to a worker when it starts. */
export interface WorkerStart {
  readonly state: string;
  readonly hostname: string;
  readonly qmail: string | undefined;
  readonly learnAfter: number | undefined;
  /** Accounts kept open at most. */
  readonly open: number;
}
