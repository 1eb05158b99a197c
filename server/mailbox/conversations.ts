// Conversations: messages that belong together, over all folders, by Message-ID, References and In-Reply-To (the grouping
// of RFC 5256 REFERENCES without its subjects). A message joins the conversation that one of the names it mentions
// belongs to; one that ties two together makes them one, the older. Names that nobody here has are remembered, so that
// the order in which messages come does not matter.
// THREADID (RFC 8474 5.2) is what the conversation was called when the message was read, and stays with the message: it
// is made of the oldest reference, so an index that is built anew gives well-formed threads the same ids.
// For lists of conversations: message.conversation, with an index by conversation, folder and date.
import { createHash } from 'node:crypto';
import type { IndexDatabase } from './schema.ts';

/** What ties messages. Names are without angle brackets. */
export interface Ties {
  readonly messageId: string;
  /** Oldest first; In-Reply-To where there are none. */
  readonly references: readonly string[];
}

export interface JoinedConversation {
  readonly conversation: number;
  readonly thread: string;
}

/** Names of one message that are followed (security.md M2). */
const mostNames = 102;

/**
 * Finds the conversation of a message, or makes one; within a transaction of the caller.
 * @param key of the message, for one that has no name at all
 */
export function joinConversation(db: IndexDatabase, ties: Ties, key: string): JoinedConversation {
  const mentioned = [ties.messageId, ...ties.references].filter((name) => name !== '');
  const names = [...new Set(mentioned)].slice(0, mostNames).map(hashName);
  const found = new Set<number>();
  for (const name of names) {
    const conversation = db.pluck<number>('SELECT conversation FROM mention WHERE name = ?', name)[0];
    if (conversation !== undefined) found.add(conversation);
  }
  const conversation = found.size > 0 ? unite(db, [...found]) : begin(db, ties, key);
  for (const name of names) {
    db.run('INSERT OR IGNORE INTO mention (name, conversation) VALUES (?, ?)', name, conversation);
  }
  const thread = db.pluck<string>('SELECT thread FROM conversation WHERE id = ?', conversation)[0];
  return { conversation, thread: thread ?? threadOf(ties, key) };
}

function begin(db: IndexDatabase, ties: Ties, key: string): number {
  const { lastInsertRowid } = db.run('INSERT INTO conversation (thread) VALUES (?)', threadOf(ties, key));
  return Number(lastInsertRowid);
}

/** Makes several conversations the oldest of them. */
function unite(db: IndexDatabase, conversations: readonly number[]): number {
  const [keep, ...others] = conversations.toSorted((a, b) => a - b);
  for (const other of others) {
    db.run('UPDATE message SET conversation = ? WHERE conversation = ?', keep!, other);
    db.run('UPDATE mention SET conversation = ? WHERE conversation = ?', keep!, other);
    db.run('DELETE FROM conversation WHERE id = ?', other);
  }
  return keep!;
}

/** RFC 8474 7: at most 255 of A-Z a-z 0-9 _ -. */
function threadOf(ties: Ties, key: string): string {
  const root = ties.references[0] || ties.messageId;
  return root === '' ? `T${key}` : `T${createHash('sha256').update(root).digest('base64url').slice(0, 20)}`;
}

// 52 bits: whole numbers of SQLite and of JavaScript alike.
export const hashName = (name: string): number =>
  Number.parseInt(createHash('sha256').update(name).digest('hex').slice(0, 13), 16);
