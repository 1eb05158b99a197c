// The part of the schema behind lists of conversations, in SQL: for each folder and conversation where its newest message
// stands and what is counted of its messages there, kept right by triggers within the transaction of whatever changes a
// message. A message that is not read yet is a conversation of its own under the negative of its row id, so that a list is
// whole at any time. How many of them a folder has is kept in its row: no page counts.

/** The conversation of a row in `listed`. */
const place = (row: 'OLD' | 'NEW'): string => `iif(${row}.conversation > 0, ${row}.conversation, -${row}.id)`;

/** Within a trigger: a message comes into the list of its folder. */
const listRow = `
  INSERT INTO listed (folder, conversation, received, base, messages, unread, flagged, attach)
    VALUES (NEW.folder, ${place('NEW')}, NEW.received, NEW.base, 1, NEW.seen = 0, NEW.flagged, NEW.attach)
    ON CONFLICT (conversation, folder) DO UPDATE SET
      messages = messages + 1,
      unread = unread + excluded.unread,
      flagged = flagged + excluded.flagged,
      attach = attach + excluded.attach,
      base = iif((excluded.received, excluded.base) > (received, base), excluded.base, base),
      received = max(excluded.received, received);`;

/** Within a trigger: it leaves; when it was the newest, the next one takes its place. */
const unlistRow = `
  UPDATE listed SET messages = messages - 1, unread = unread - (OLD.seen = 0), flagged = flagged - OLD.flagged,
      attach = attach - OLD.attach
    WHERE conversation = ${place('OLD')} AND folder = OLD.folder;
  DELETE FROM listed WHERE conversation = ${place('OLD')} AND folder = OLD.folder AND messages = 0;
  UPDATE listed SET received = newest.received, base = newest.base FROM (
      SELECT m.received, m.base FROM message m
      WHERE m.conversation = OLD.conversation AND m.conversation > 0 AND m.folder = OLD.folder AND m.trashed = 0
      ORDER BY m.received DESC, m.base DESC LIMIT 1) AS newest
    WHERE listed.conversation = OLD.conversation AND listed.folder = OLD.folder
      AND listed.received = OLD.received AND listed.base = OLD.base;`;

const moves = `OLD.folder <> NEW.folder OR OLD.conversation <> NEW.conversation OR OLD.trashed <> NEW.trashed
  OR OLD.received <> NEW.received OR OLD.base <> NEW.base`;

/** Since version 12. */
export const conversationLists = `
CREATE INDEX message_conversation ON message (conversation, folder, trashed, received, base) WHERE conversation > 0;
CREATE TABLE listed (
  conversation INTEGER NOT NULL,
  folder INTEGER NOT NULL,
  -- Of the newest message here.
  received INTEGER NOT NULL,
  base TEXT NOT NULL,
  -- Of its messages here.
  messages INTEGER NOT NULL,
  unread INTEGER NOT NULL,
  flagged INTEGER NOT NULL,
  attach INTEGER NOT NULL,
  PRIMARY KEY (conversation, folder)
) WITHOUT ROWID;
CREATE INDEX listed_date ON listed (folder, received, base);
CREATE INDEX listed_unread ON listed (folder, received, base) WHERE unread > 0;
CREATE INDEX listed_flagged ON listed (folder, received, base) WHERE flagged > 0;
CREATE INDEX listed_attach ON listed (folder, received, base) WHERE attach > 0;
-- Replies that name no message: what they answer is told by their subject alone (conversations.ts).
CREATE TABLE orphan (
  id INTEGER PRIMARY KEY,
  subject TEXT NOT NULL
);
CREATE INDEX orphan_subject ON orphan (subject);
ALTER TABLE folder ADD COLUMN listed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE folder ADD COLUMN listed_unread INTEGER NOT NULL DEFAULT 0;
ALTER TABLE folder ADD COLUMN listed_flagged INTEGER NOT NULL DEFAULT 0;
ALTER TABLE folder ADD COLUMN listed_attach INTEGER NOT NULL DEFAULT 0;
CREATE TRIGGER listed_came AFTER INSERT ON listed BEGIN
  UPDATE folder SET listed = listed + 1, listed_unread = listed_unread + (NEW.unread > 0),
      listed_flagged = listed_flagged + (NEW.flagged > 0), listed_attach = listed_attach + (NEW.attach > 0)
    WHERE id = NEW.folder;
END;
CREATE TRIGGER listed_went AFTER DELETE ON listed BEGIN
  UPDATE folder SET listed = listed - 1, listed_unread = listed_unread - (OLD.unread > 0),
      listed_flagged = listed_flagged - (OLD.flagged > 0), listed_attach = listed_attach - (OLD.attach > 0)
    WHERE id = OLD.folder;
END;
CREATE TRIGGER listed_marked AFTER UPDATE OF unread, flagged, attach ON listed
WHEN (OLD.unread > 0) <> (NEW.unread > 0) OR (OLD.flagged > 0) <> (NEW.flagged > 0)
  OR (OLD.attach > 0) <> (NEW.attach > 0)
BEGIN
  UPDATE folder SET listed_unread = listed_unread + (NEW.unread > 0) - (OLD.unread > 0),
      listed_flagged = listed_flagged + (NEW.flagged > 0) - (OLD.flagged > 0),
      listed_attach = listed_attach + (NEW.attach > 0) - (OLD.attach > 0)
    WHERE id = NEW.folder;
END;
CREATE TRIGGER message_listed AFTER INSERT ON message WHEN NEW.trashed = 0 BEGIN${listRow}
END;
CREATE TRIGGER message_unlisted AFTER DELETE ON message WHEN OLD.trashed = 0 BEGIN${unlistRow}
END;
CREATE TRIGGER message_marked AFTER UPDATE OF seen, flagged, attach ON message
WHEN OLD.trashed = 0 AND NEW.trashed = 0 AND NOT (${moves})
  AND (OLD.seen <> NEW.seen OR OLD.flagged <> NEW.flagged OR OLD.attach <> NEW.attach)
BEGIN
  UPDATE listed SET unread = unread + (NEW.seen = 0) - (OLD.seen = 0), flagged = flagged + NEW.flagged - OLD.flagged,
      attach = attach + NEW.attach - OLD.attach
    WHERE conversation = ${place('NEW')} AND folder = NEW.folder;
END;
CREATE TRIGGER message_left_place AFTER UPDATE OF folder, conversation, trashed, received, base ON message
WHEN OLD.trashed = 0 AND (${moves})
BEGIN${unlistRow}
END;
CREATE TRIGGER message_took_place AFTER UPDATE OF folder, conversation, trashed, received, base ON message
WHEN NEW.trashed = 0 AND (${moves})
BEGIN${listRow}
END;
CREATE TRIGGER orphan_gone AFTER DELETE ON message WHEN OLD.conversation > 0 BEGIN
  DELETE FROM orphan WHERE id = OLD.id;
END;
`;

/** For an index of the version before. */
export const fillConversationLists = `
INSERT INTO listed (conversation, folder, received, base, messages, unread, flagged, attach)
  SELECT iif(conversation > 0, conversation, -id) AS conversation, folder, max(received), '', count(*), sum(seen = 0),
    sum(flagged), sum(attach)
  FROM message WHERE trashed = 0 GROUP BY 1, 2;
UPDATE listed SET base = (
  SELECT max(m.base) FROM message m
  WHERE m.conversation = listed.conversation AND m.conversation > 0 AND m.folder = listed.folder AND m.trashed = 0
    AND m.received = listed.received) WHERE conversation > 0;
UPDATE listed SET base = (SELECT m.base FROM message m WHERE m.id = -listed.conversation) WHERE conversation < 0;
`;
