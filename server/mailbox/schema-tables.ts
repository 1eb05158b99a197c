// The tables of the index, in SQL: what is kept of folders and messages, the counters and MODSEQs that triggers keep right
// with every change whoever makes it, and the steps from one version of the schema to the next. All of it is a cache of
// the Maildir, save what IMAP clients were told (MODSEQ, what is gone). Opening and asking is schema.ts; the table behind
// lists of conversations has a file of its own (schema-conversations.ts).
import { conversationLists, fillConversationLists } from './schema-conversations.ts';

/** Another number in the file means: made by another version, build anew. */
export const schemaVersion = 13;

/** Since version 7. What is not there is made when it is asked for. */
const headTable = `
-- The header fields that clients ask for most (server/message/imap/usual-header.ts): apart, so that lists read no more.
CREATE TABLE head (
  id INTEGER PRIMARY KEY,
  lines TEXT NOT NULL
);
CREATE TRIGGER head_gone AFTER DELETE ON message BEGIN
  DELETE FROM head WHERE id = OLD.id;
END;
`;

/** Since version 8: of a change that stays in its folder the folder's row is written once. */
const changeTriggers = `
CREATE TRIGGER message_changed AFTER UPDATE OF folder, seen, flagged, trashed, attach, parsed, wire ON message
WHEN OLD.folder = NEW.folder AND (OLD.seen <> NEW.seen OR OLD.flagged <> NEW.flagged
  OR OLD.trashed <> NEW.trashed OR OLD.attach <> NEW.attach OR OLD.parsed <> NEW.parsed OR OLD.wire <> NEW.wire)
BEGIN
  UPDATE folder SET
    total = total + (NEW.trashed = 0) - (OLD.trashed = 0),
    unread = unread + (NEW.trashed = 0 AND NEW.seen = 0) - (OLD.trashed = 0 AND OLD.seen = 0),
    flagged = flagged + (NEW.trashed = 0 AND NEW.flagged = 1) - (OLD.trashed = 0 AND OLD.flagged = 1),
    attach = attach + (NEW.trashed = 0 AND NEW.attach = 1) - (OLD.trashed = 0 AND OLD.attach = 1),
    pending = pending + (NEW.parsed = 0) - (OLD.parsed = 0),
    deleted = deleted + NEW.trashed - OLD.trashed,
    unseen = unseen + (NEW.seen = 0) - (OLD.seen = 0),
    bytes = bytes + iif(NEW.wire > 0, NEW.wire, NEW.size) - iif(OLD.wire > 0, OLD.wire, OLD.size)
  WHERE id = NEW.folder;
END;
CREATE TRIGGER message_went AFTER UPDATE OF folder ON message WHEN OLD.folder <> NEW.folder BEGIN
  UPDATE folder SET
    total = total - (OLD.trashed = 0),
    unread = unread - (OLD.trashed = 0 AND OLD.seen = 0),
    flagged = flagged - (OLD.trashed = 0 AND OLD.flagged = 1),
    attach = attach - (OLD.trashed = 0 AND OLD.attach = 1),
    pending = pending - (OLD.parsed = 0),
    deleted = deleted - OLD.trashed,
    unseen = unseen - (OLD.seen = 0),
    bytes = bytes - iif(OLD.wire > 0, OLD.wire, OLD.size)
  WHERE id = OLD.folder;
  UPDATE folder SET
    total = total + (NEW.trashed = 0),
    unread = unread + (NEW.trashed = 0 AND NEW.seen = 0),
    flagged = flagged + (NEW.trashed = 0 AND NEW.flagged = 1),
    attach = attach + (NEW.trashed = 0 AND NEW.attach = 1),
    pending = pending + (NEW.parsed = 0),
    deleted = deleted + NEW.trashed,
    unseen = unseen + (NEW.seen = 0),
    bytes = bytes + iif(NEW.wire > 0, NEW.wire, NEW.size)
  WHERE id = NEW.folder;
END;
-- RFC 7162: each change of flags or keywords, whoever made it, has the next MODSEQ of the folder; who makes many at once
-- names them himself.
CREATE TRIGGER message_flags AFTER UPDATE OF flags, keywords ON message
WHEN NEW.uid > 0 AND OLD.uid = NEW.uid AND OLD.modseq = NEW.modseq AND (OLD.flags <> NEW.flags OR OLD.keywords <> NEW.keywords)
BEGIN
  UPDATE folder SET modseq = modseq + 1 WHERE id = NEW.folder;
  UPDATE message SET modseq = (SELECT modseq FROM folder WHERE id = NEW.folder) WHERE id = NEW.id;
END;
`;

/** Since version 9: what could not be read (unread-rows.ts). */
const givenUpIndex = `
CREATE INDEX message_given_up ON message (folder) WHERE tries > 2;
`;

/** Since version 10: UIDs that are told before courierimapuiddb has their lines (uid-reserve.ts). */
const reserveColumns = `
-- UIDs from here on are not in courierimapuiddb yet; 0: all are.
ALTER TABLE folder ADD COLUMN uid_kept INTEGER NOT NULL DEFAULT 0;
-- UIDs below are ours to give: the UIDNEXT that courierimapuiddb tells others.
ALTER TABLE folder ADD COLUMN uid_reserved INTEGER NOT NULL DEFAULT 0;
`;

/**
 * Since version 11: FTS5 rewrites a part of its index when half of it is gone. By itself it does so from a tenth on, within
 * the deletion: to expunge 5,000 messages of 10,000 took 15 s of processor time, now half a second.
 */
const mergeRarely = ['words', 'head_grams', 'body_grams']
  .map((table) => `INSERT INTO ${table} (${table}, rank) VALUES ('deletemerge', 50);\n`)
  .join('');

/** Since version 13: what the junk filter is to be taught (lessons.ts). */
const lessonTables = `
CREATE TABLE lesson (
  base TEXT PRIMARY KEY,
  folder INTEGER NOT NULL,
  kind TEXT NOT NULL,
  -- Milliseconds since 1970.
  at INTEGER NOT NULL
) WITHOUT ROWID;
-- Bases that a scan saw leave a folder, for a day: another program may have moved them.
CREATE TABLE gone_base (
  base TEXT PRIMARY KEY,
  folder INTEGER NOT NULL,
  at INTEGER NOT NULL
) WITHOUT ROWID;
`;

/** Takes an index of the version before to the next. */
export const schemaSteps: ReadonlyMap<number, string> = new Map([
  [6, headTable],
  [7, `DROP TRIGGER message_changed; DROP TRIGGER message_flags; ${changeTriggers}`],
  [8, givenUpIndex],
  [9, reserveColumns],
  [10, mergeRarely],
  [12, lessonTables],
  [11, `DROP INDEX IF EXISTS message_conversation;${conversationLists}${fillConversationLists}`],
]);

const baseTables = `
CREATE TABLE folder (
  id INTEGER PRIMARY KEY,
  directory TEXT NOT NULL UNIQUE,
  new_mtime TEXT NOT NULL DEFAULT '',
  cur_mtime TEXT NOT NULL DEFAULT '',
  new_listed INTEGER NOT NULL DEFAULT 0,
  cur_listed INTEGER NOT NULL DEFAULT 0,
  suspect INTEGER NOT NULL DEFAULT 1,
  total INTEGER NOT NULL DEFAULT 0,
  unread INTEGER NOT NULL DEFAULT 0,
  flagged INTEGER NOT NULL DEFAULT 0,
  attach INTEGER NOT NULL DEFAULT 0,
  pending INTEGER NOT NULL DEFAULT 0,
  -- Counted over all messages, those with T too, as IMAP counts.
  deleted INTEGER NOT NULL DEFAULT 0,
  unseen INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0,
  -- UIDs (uid-types.ts): what courierimapuiddb says, and what only the index knows. uid_validity 0: not read yet.
  uid_validity INTEGER NOT NULL DEFAULT 0,
  uid_next INTEGER NOT NULL DEFAULT 1,
  -- What courierimapuiddb was when it was read or written last, and how many lines it has.
  uid_file TEXT NOT NULL DEFAULT '',
  uid_lines INTEGER NOT NULL DEFAULT 0,
  -- What dovecot-uidlist was then.
  dovecot_file TEXT NOT NULL DEFAULT '',
  -- RFC 7162. Begins at the clock, so that an index built anew never comes below what clients were told before.
  modseq INTEGER NOT NULL DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)),
  -- UIDs from here on are \\Recent for the next session that opens the folder for writing.
  recent_from INTEGER NOT NULL DEFAULT 1,
  -- Before this MODSEQ the log of gone UIDs says nothing; how many entries it has.
  gone_floor INTEGER NOT NULL DEFAULT 0,
  gone_rows INTEGER NOT NULL DEFAULT 0,
  mailbox_id TEXT NOT NULL DEFAULT '',
  -- Inode of the directory: another one without courierimapuiddb is another folder of the same name.
  inode TEXT NOT NULL DEFAULT ''
);
-- UIDs that are no more, for VANISHED; bounded, the oldest go first.
CREATE TABLE gone (
  folder INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  modseq INTEGER NOT NULL
);
-- What belongs to the account as a whole: the highest UIDVALIDITY seen, the boot under which the index was written.
CREATE TABLE fact (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
);
CREATE INDEX gone_modseq ON gone (folder, modseq);
-- Narrow on purpose: searches join it for every hit. What only a shown row needs is in envelope.
CREATE TABLE message (
  id INTEGER PRIMARY KEY,
  folder INTEGER NOT NULL,
  base TEXT NOT NULL,
  key TEXT NOT NULL,
  info TEXT NOT NULL,
  in_new INTEGER NOT NULL,
  received INTEGER NOT NULL,
  size INTEGER NOT NULL,
  seen INTEGER NOT NULL,
  flagged INTEGER NOT NULL,
  trashed INTEGER NOT NULL,
  attach INTEGER NOT NULL DEFAULT 0,
  parsed INTEGER NOT NULL DEFAULT 0,
  tries INTEGER NOT NULL DEFAULT 0,
  from_key TEXT NOT NULL DEFAULT '',
  subject_key TEXT NOT NULL DEFAULT '',
  -- Bits in the order of the letters DFPRST.
  flags INTEGER NOT NULL DEFAULT 0,
  -- 0: none given yet; then modseq is 0 too.
  uid INTEGER NOT NULL DEFAULT 0,
  modseq INTEGER NOT NULL DEFAULT 0,
  -- Sorted, with blanks between them.
  keywords TEXT NOT NULL DEFAULT '',
  -- Bytes with CRLF; 0: not counted yet.
  wire INTEGER NOT NULL DEFAULT 0,
  -- Milliseconds since 1970.
  saved INTEGER NOT NULL DEFAULT 0,
  -- RFC 8474 EMAILID where it is not the key: a copy has that of what it was copied from.
  email TEXT NOT NULL DEFAULT '',
  -- 0: not parsed yet.
  conversation INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX message_email ON message (email) WHERE email <> '';
CREATE INDEX message_uid ON message (folder, uid, modseq, flags) WHERE uid > 0;
CREATE INDEX message_modseq ON message (folder, modseq) WHERE uid > 0;
CREATE INDEX message_unnumbered ON message (folder) WHERE uid = 0;
CREATE INDEX message_deleted ON message (folder, uid) WHERE trashed = 1;
CREATE INDEX message_keywords ON message (folder, uid, keywords) WHERE keywords <> '';
CREATE UNIQUE INDEX message_base ON message (folder, base);
CREATE INDEX message_key ON message (key);
CREATE INDEX message_date ON message (folder, received, base) WHERE trashed = 0;
CREATE INDEX message_from ON message (folder, from_key, received DESC, base DESC) WHERE trashed = 0;
CREATE INDEX message_subject ON message (folder, subject_key, received DESC, base DESC) WHERE trashed = 0;
CREATE INDEX message_size ON message (folder, size, received DESC, base DESC) WHERE trashed = 0;
CREATE INDEX message_unread ON message (folder, received, base) WHERE trashed = 0 AND seen = 0;
CREATE INDEX message_flagged ON message (folder, received, base) WHERE trashed = 0 AND flagged = 1;
CREATE INDEX message_attach ON message (folder, received, base) WHERE trashed = 0 AND attach = 1;
CREATE INDEX message_pending ON message (folder, received) WHERE parsed = 0;
CREATE INDEX message_new ON message (folder, base) WHERE in_new = 1;
CREATE TABLE envelope (
  id INTEGER PRIMARY KEY,
  subject TEXT NOT NULL,
  sender TEXT NOT NULL,
  recipients TEXT NOT NULL,
  preview TEXT NOT NULL,
  sent INTEGER,
  message_id TEXT NOT NULL,
  in_reply_to TEXT NOT NULL,
  refs TEXT NOT NULL
);
-- What FETCH, SORT and THREAD are answered with, made when the message is parsed.
CREATE TABLE wire (
  id INTEGER PRIMARY KEY,
  envelope TEXT NOT NULL,
  body TEXT NOT NULL,
  structure TEXT NOT NULL,
  parts TEXT NOT NULL,
  sort TEXT NOT NULL,
  -- THREADID: what the conversation was called when the message was read; it never changes (RFC 8474 5.2).
  thread TEXT NOT NULL
);
-- What POP3 clients are told of a message (pop3-calls.ts): settled once, kept while the base name is the same.
CREATE TABLE pop3 (
  id INTEGER PRIMARY KEY,
  uidl TEXT NOT NULL,
  place INTEGER NOT NULL,
  octets INTEGER NOT NULL
);
-- Messages that belong together, over all folders (conversations.ts).
CREATE TABLE conversation (
  id INTEGER PRIMARY KEY,
  thread TEXT NOT NULL
);
-- Which conversation a Message-ID belongs to, also one that is only referred to: 52 bits of its hash.
CREATE TABLE mention (
  name INTEGER PRIMARY KEY,
  conversation INTEGER NOT NULL
);
CREATE INDEX mention_conversation ON mention (conversation);
CREATE VIRTUAL TABLE words USING fts5 (
  subject, sender, recipients, body,
  content = '', contentless_delete = 1, prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2'
);
-- What IMAP's SEARCH looks into, folded (search-store.ts). lines: the header fields that are searched most.
CREATE TABLE searched (
  id INTEGER PRIMARY KEY,
  whole INTEGER NOT NULL,
  -- 0: not in the trigrams yet.
  indexed INTEGER NOT NULL DEFAULT 0,
  day INTEGER,
  lines TEXT NOT NULL,
  texts BLOB NOT NULL
);
CREATE INDEX searched_pending ON searched (id) WHERE indexed = 0;
CREATE INDEX searched_part ON searched (id) WHERE whole = 0;
-- Which messages have three characters in a row somewhere: narrows a search, never decides one.
CREATE VIRTUAL TABLE head_grams USING fts5 (
  text, content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1', detail = none
);
CREATE VIRTUAL TABLE body_grams USING fts5 (
  text, content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1', detail = none
);
CREATE TRIGGER message_added AFTER INSERT ON message BEGIN
  UPDATE folder SET
    total = total + (NEW.trashed = 0),
    unread = unread + (NEW.trashed = 0 AND NEW.seen = 0),
    flagged = flagged + (NEW.trashed = 0 AND NEW.flagged = 1),
    attach = attach + (NEW.trashed = 0 AND NEW.attach = 1),
    pending = pending + (NEW.parsed = 0),
    deleted = deleted + NEW.trashed,
    unseen = unseen + (NEW.seen = 0),
    bytes = bytes + iif(NEW.wire > 0, NEW.wire, NEW.size)
  WHERE id = NEW.folder;
END;
CREATE TRIGGER message_gone AFTER DELETE ON message BEGIN
  UPDATE folder SET
    total = total - (OLD.trashed = 0),
    unread = unread - (OLD.trashed = 0 AND OLD.seen = 0),
    flagged = flagged - (OLD.trashed = 0 AND OLD.flagged = 1),
    attach = attach - (OLD.trashed = 0 AND OLD.attach = 1),
    pending = pending - (OLD.parsed = 0),
    deleted = deleted - OLD.trashed,
    unseen = unseen - (OLD.seen = 0),
    bytes = bytes - iif(OLD.wire > 0, OLD.wire, OLD.size),
    modseq = modseq + (OLD.uid > 0),
    gone_rows = gone_rows + (OLD.uid > 0)
  WHERE id = OLD.folder;
  INSERT INTO gone (folder, uid, modseq)
    SELECT id, OLD.uid, modseq FROM folder WHERE id = OLD.folder AND OLD.uid > 0;
  DELETE FROM envelope WHERE id = OLD.id;
  DELETE FROM wire WHERE id = OLD.id;
  DELETE FROM pop3 WHERE id = OLD.id;
  DELETE FROM words WHERE rowid = OLD.id;
  DELETE FROM head_grams WHERE rowid IN (SELECT id FROM searched WHERE id = OLD.id AND indexed = 1);
  DELETE FROM body_grams WHERE rowid IN (SELECT id FROM searched WHERE id = OLD.id AND indexed = 1);
  DELETE FROM searched WHERE id = OLD.id;
END;
-- A message in another folder, or under another base, is another message for IMAP: gone there, without a UID here.
CREATE TRIGGER message_moved AFTER UPDATE OF folder, base ON message
WHEN OLD.uid > 0 AND (OLD.folder <> NEW.folder OR OLD.base <> NEW.base)
BEGIN
  UPDATE folder SET modseq = modseq + 1, gone_rows = gone_rows + 1 WHERE id = OLD.folder;
  INSERT INTO gone (folder, uid, modseq) SELECT id, OLD.uid, modseq FROM folder WHERE id = OLD.folder;
  UPDATE message SET uid = 0, modseq = 0 WHERE id = NEW.id;
END;
CREATE TRIGGER message_renamed AFTER UPDATE OF base ON message WHEN OLD.base <> NEW.base BEGIN
  DELETE FROM pop3 WHERE id = NEW.id;
END;
CREATE TRIGGER message_email AFTER UPDATE OF base ON message WHEN OLD.base <> NEW.base AND OLD.email = ''
BEGIN
  UPDATE message SET email = OLD.key WHERE id = NEW.id;
END;
CREATE TRIGGER conversation_left AFTER DELETE ON message WHEN OLD.conversation > 0
BEGIN
  DELETE FROM conversation WHERE id = OLD.conversation
    -- The second condition lets it use the partial index: without it every removal reads the whole table.
    AND NOT EXISTS (SELECT 1 FROM message WHERE conversation = OLD.conversation AND conversation > 0);
END;
CREATE TRIGGER conversation_gone AFTER DELETE ON conversation BEGIN
  DELETE FROM mention WHERE conversation = OLD.id;
END;
CREATE TRIGGER folder_gone AFTER DELETE ON folder BEGIN
  DELETE FROM gone WHERE folder = OLD.id;
END;
`;

/** All of it, for an index that is made now. */
export const wholeSchema =
  baseTables +
  headTable +
  changeTriggers +
  givenUpIndex +
  reserveColumns +
  mergeRarely +
  conversationLists +
  lessonTables;
