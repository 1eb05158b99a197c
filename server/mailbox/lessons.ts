// What the account's learning filter is to be taught: noted where letters change folders, whoever moves them and by what
// means. Into the folder for junk: junk. Out of it, but not into Trash: good mail. From the inbox into Archive or a folder
// of one's own: good mail too, as far as more of it is wanted. Notes lie in the index until they are learned
// (junk-learning.ts); they name the file by its base.
// A move that another program made is two things that a scan sees: a base that is gone here and one that is new there,
// in either order; the first of them is remembered for a day.
import type { FolderState } from './context.ts';
import { messageIdOf } from './names.ts';
import type { IndexDatabase } from './schema.ts';
import type { FolderRole } from './types.ts';

/** `filed`: good mail that nobody called junk. */
export type LessonKind = 'junk' | 'good' | 'filed';

export interface Lesson {
  readonly base: string;
  /** Row id of its folder then. */
  readonly folder: number;
  readonly kind: LessonKind;
}

export interface Lessons {
  /** Letters went from one folder to another, where they have these bases. */
  moved(bases: readonly string[], from: FolderState, to: FolderState): void;
  /** A scan found a base that the folder did not have. */
  arrived(base: string, folder: FolderState): void;
  /** A scan found that a base is gone from the folder. */
  left(base: string, folder: FolderState): void;
  /** The oldest notes. */
  next(limit: number): readonly Lesson[];
  /** Takes a note away, unless it is another by now. */
  remove(lesson: Lesson): void;
  clear(): void;
  /** What is called when there is something to learn. */
  onNote: () => void;
}

const mostNotes = 2000;
const mostFiled = 300;
const mostLeft = 5000;
const leftFor = 86_400_000;

function kindOf(from: FolderRole, to: FolderRole): LessonKind | undefined {
  if (from === to) return undefined;
  if (to === 'junk') return from === 'sent' || from === 'drafts' ? undefined : 'junk';
  if (from === 'junk') return to === 'trash' ? undefined : 'good';
  return from === 'inbox' && (to === 'archive' || to === 'folder') ? 'filed' : undefined;
}

/** @param folderOf the folder of a row id, where it is still there */
export function createLessons(db: IndexDatabase, folderOf: (id: number) => FolderState | undefined): Lessons {
  /** How many were remembered since it was looked how many there are. */
  let added = 0;

  function dropOld(): void {
    db.run('DELETE FROM gone_base WHERE at < ?', Date.now() - leftFor);
    const more = (db.pluck<number>('SELECT count(*) FROM gone_base')[0] ?? 0) - mostLeft;
    if (more > 0)
      db.run('DELETE FROM gone_base WHERE base IN (SELECT base FROM gone_base ORDER BY at LIMIT ?)', more);
  }

  const lessons: Lessons = {
    onNote: () => undefined,
    moved(bases, from, to) {
      const kind = kindOf(from.role, to.role);
      if (kind === undefined) {
        // What was to be learned of them is not what their reader thinks any more.
        if (from.role === 'junk')
          db.run('DELETE FROM lesson WHERE base IN (SELECT value FROM json_each(?))', JSON.stringify(bases));
        return;
      }
      const most = kind === 'filed' ? mostFiled : mostNotes;
      const room = most - (db.pluck<number>('SELECT count(*) FROM lesson')[0] ?? 0);
      if (room <= 0) return;
      db.run(
        'INSERT OR REPLACE INTO lesson (base, folder, kind, at) SELECT value, ?, ?, ? FROM json_each(?)',
        to.id,
        kind,
        Date.now(),
        JSON.stringify(bases.slice(0, room)),
      );
      lessons.onNote();
    },
    arrived(base, folder) {
      const [from] = db.pluck<number>(
        'SELECT folder FROM gone_base WHERE base = ? AND at > ?',
        base,
        Date.now() - leftFor,
      );
      if (from === undefined) return;
      db.run('DELETE FROM gone_base WHERE base = ?', base);
      const source = folderOf(from);
      if (source && source !== folder) lessons.moved([base], source, folder);
    },
    left(base, folder) {
      const [to] = db.pluck<number>(
        'SELECT folder FROM message WHERE key = ? AND base = ? AND folder <> ? LIMIT 1',
        messageIdOf(base),
        base,
        folder.id,
      );
      const target = to === undefined ? undefined : folderOf(to);
      if (target) {
        lessons.moved([base], folder, target);
        return;
      }
      if (added++ % 500 === 0) dropOld();
      db.run(
        'INSERT OR REPLACE INTO gone_base (base, folder, at) VALUES (?, ?, ?)',
        base,
        folder.id,
        Date.now(),
      );
    },
    next: (limit) => db.all<Lesson>('SELECT base, folder, kind FROM lesson ORDER BY at LIMIT ?', limit),
    remove: ({ base, folder, kind }) =>
      void db.run('DELETE FROM lesson WHERE base = ? AND folder = ? AND kind = ?', base, folder, kind),
    clear: () => void db.run('DELETE FROM lesson'),
  };
  return lessons;
}
