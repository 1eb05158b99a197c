// Conversations: messages that belong together, over all folders, by Message-ID, References and In-Reply-To (the grouping
// of RFC 5256 REFERENCES without its subjects). A message joins the conversation that one of the names it mentions
// belongs to; one that ties two together makes them one, the older. Names that nobody here has are remembered, so that
// the order in which messages come does not matter.
// A reply that names no message at all ("orphan") is joined by its subject: with what has the same one, the same people
// and lies less than 14 days apart. An equal subject alone joins nothing (spec/webmail.md C1).
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

/** What a reply without references is recognised by. */
export interface Letter {
  /** As it stands in the message. */
  readonly subject: string;
  /** Sort key of the subject without its marks. */
  readonly subjectKey: string;
  readonly people: readonly { readonly name: string; readonly address: string }[];
  readonly received: number;
  readonly ties: Ties;
}

/** Milliseconds between a reply without references and what it is joined with. */
const orphanTime = 14 * 86_400_000;
/** Messages with one subject that are compared, in a folder. */
const mostCompared = 200;

interface Candidate {
  readonly id: number;
  readonly conversation: number;
  readonly received: number;
  readonly subject: string;
  readonly sender: string;
  readonly recipients: string;
  readonly orphan: number | null;
}

/**
 * Joins a message that has its conversation with those that C1 ties to it by subject, whichever came into the index
 * first; within a transaction of the caller.
 * @param folders ids of all folders
 */
export function joinBySubject(
  db: IndexDatabase,
  id: number,
  conversation: number,
  letter: Letter,
  folders: readonly number[],
): void {
  const { subjectKey } = letter;
  const people = peopleKey(letter.people.map(({ name, address }) => address || name));
  if (subjectKey === '' || people === '') return;
  const isOrphan = letter.ties.references.length === 0 && isReplySubject(letter.subject);
  const columns = 'm.id, m.conversation, m.received, e.subject, e.sender, e.recipients, o.id AS orphan';
  const joins = 'JOIN envelope e ON e.id = m.id LEFT JOIN orphan o ON o.id = m.id';
  const near = 'm.received > ? AND m.received < ? AND m.id <> ? AND m.conversation > 0';
  const bounds = [letter.received - orphanTime, letter.received + orphanTime, id] as const;
  let candidates: Candidate[];
  if (isOrphan) {
    db.run('INSERT OR REPLACE INTO orphan (id, subject) VALUES (?, ?)', id, subjectKey);
    candidates = folders.flatMap((folder) =>
      db.all<Candidate>(
        `SELECT ${columns} FROM message m INDEXED BY message_subject ${joins}
         WHERE m.folder = ? AND m.trashed = 0 AND m.subject_key = ? AND ${near} LIMIT ${mostCompared}`,
        folder,
        subjectKey,
        ...bounds,
      ),
    );
  } else {
    candidates = db.all<Candidate>(
      `SELECT ${columns} FROM orphan o JOIN message m ON m.id = o.id JOIN envelope e ON e.id = m.id
       WHERE o.subject = ? AND ${near} LIMIT ${mostCompared}`,
      subjectKey,
      ...bounds,
    );
  }
  const tied = candidates.filter((other) => {
    // The later of the two has to be a reply.
    const laterIsOrphan = other.received >= letter.received ? other.orphan !== null : isOrphan;
    return laterIsOrphan && peopleOf(other) === people;
  });
  const found = new Set([conversation, ...tied.map((other) => other.conversation)]);
  if (found.size > 1) unite(db, [...found]);
}

/** Is the first mark of a subject that of a reply, and not of a forward? */
export const isReplySubject = (subject: string): boolean =>
  /^\s{0,10}(?:re|aw|sv|vs|antw|odp)(?:\[\d{1,3}\])?\s{0,3}:/i.test(subject);

const peopleKey = (addresses: readonly string[]): string =>
  [...new Set(addresses.map((address) => address.toLowerCase()))].sort().join('\n');

function peopleOf({ sender, recipients }: Candidate): string {
  const list = [
    ...(JSON.parse(sender) as [string, string][]),
    ...(JSON.parse(recipients) as [string, string][]),
  ];
  return peopleKey(list.map(([name, address]) => address || name));
}

/** RFC 8474 7: at most 255 of A-Z a-z 0-9 _ -. */
function threadOf(ties: Ties, key: string): string {
  const root = ties.references[0] || ties.messageId;
  return root === '' ? `T${key}` : `T${createHash('sha256').update(root).digest('base64url').slice(0, 20)}`;
}

// 52 bits: whole numbers of SQLite and of JavaScript alike.
export const hashName = (name: string): number =>
  Number.parseInt(createHash('sha256').update(name).digest('hex').slice(0, 13), 16);
