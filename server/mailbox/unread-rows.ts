// Messages that the index could not read (rights, a failing disk, a name that changed under it too often): they are shown
// with nothing in them. When somebody looks at their folder again, at most once a minute, they are read once more, so
// that what was mended on disk shows without a new index.
import type { AccountContext, FolderState } from './context.ts';

/** After so many times a message is shown as it is. */
export const maxTries = 3;
/** Between two looks at the same folder, milliseconds. */
const tryAgainAfter = 60_000;
/** Messages of one look. */
const most = 500;

/** Has what could not be read in this folder read again, when it is time. */
export function retryUnread(context: AccountContext, folder: FolderState): void {
  // A clock that jumps must not keep it from its turn.
  const now = performance.now();
  if (now < folder.retryAt) return;
  folder.retryAt = now + tryAgainAfter;
  const { db } = context;
  // maxTries, as the index of the table has it.
  const ids = db.pluck<number>(
    'SELECT id FROM message INDEXED BY message_given_up WHERE folder = ? AND tries > 2 LIMIT ?',
    folder.id,
    most,
  );
  if (ids.length === 0) return;
  db.transaction(() => {
    for (const id of ids) {
      db.run('DELETE FROM words WHERE rowid = ?', id);
      for (const table of ['head_grams', 'body_grams']) {
        db.run(
          `DELETE FROM ${table} WHERE rowid IN (SELECT id FROM searched WHERE id = ? AND indexed = 1)`,
          id,
        );
      }
      db.run('DELETE FROM searched WHERE id = ?', id);
      db.run('UPDATE message SET parsed = 0, tries = 0 WHERE id = ?', id);
    }
  });
  context.wakeParser(folder);
}
