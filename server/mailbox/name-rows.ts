// Names of messages as their rows tell them: info, flags, keywords. Many at once, since a statement for each costs more than
// what it writes; of each row only what changed, since SQLite writes every index anew that a named column has a part in.
// Which file has which name is found out by scan.ts and targets.ts, within whose transactions this runs.
import type { AccountContext, FolderState } from './context.ts';
import { marksOf } from './keyword-state.ts';
import { flagsOf } from './names.ts';

/** The name that a message has now. */
export interface NameNow {
  readonly id: number;
  readonly base: string;
  readonly info: string;
  readonly inNew: number;
}

const nameColumns = ['info', 'in_new', 'flags', 'keywords', 'seen', 'flagged', 'trashed'] as const;

/**
 * Writes names of messages of one folder. Each change of flags and keywords has the next MODSEQ of the folder (RFC 7162 3.1),
 * whose row is written once for all. Rows that are gone are left out.
 */
export function updateNames(context: AccountContext, folder: FolderState, names: readonly NameNow[]): void {
  const { db } = context;
  const nameOf = new Map(names.map((name) => [name.id, name]));
  const rows = db.rows(
    `SELECT m.id, m.uid, ${nameColumns.map((column) => `m.${column}`).join(', ')}
     FROM json_each(?) c CROSS JOIN message m ON m.id = c.value`,
    `[${[...nameOf.keys()].join()}]`,
  );
  /** By the columns that change. */
  const groups = new Map<number, (string | number)[][]>();
  let modseq = db.pluck<number>('SELECT modseq FROM folder WHERE id = ?', folder.id)[0] ?? 1;
  const modseqBefore = modseq;
  for (const [id, uid, ...before] of rows) {
    const { base, info, inNew } = nameOf.get(id as number)!;
    const letters = flagsOf(info);
    const { flags, keywords } = marksOf(folder, base, info);
    const has = (letter: string): number => (letters.includes(letter) ? 1 : 0);
    const now = [info, inNew, flags, keywords, has('S'), has('F'), has('T'), 0];
    let group = 0;
    for (let at = 0; at < nameColumns.length; at++) if (now[at] !== before[at]) group |= 1 << at;
    if (group === 0) continue;
    if ((uid as number) > 0 && (group & marks) !== 0) {
      group |= numbered;
      modseq += 1;
      now[nameColumns.length] = modseq;
    }
    const known = groups.get(group);
    const row = [id as number, ...now];
    if (known) known.push(row);
    else groups.set(group, [row]);
  }
  if (modseq > modseqBefore) db.run('UPDATE folder SET modseq = ? WHERE id = ?', modseq, folder.id);
  for (const [group, changed] of groups) {
    const assignments = [...nameColumns, 'modseq'].flatMap((column, at) =>
      group & (1 << at) ? [`${column} = c.value ->> ${at + 1}`] : [],
    );
    db.run(
      `UPDATE message SET ${assignments.join(', ')} FROM json_each(?) c WHERE message.id = c.value ->> 0`,
      JSON.stringify(changed),
    );
  }
}

const bitOf = (name: (typeof nameColumns)[number]): number => 1 << nameColumns.indexOf(name);
/** What IMAP clients are told of. */
const marks = bitOf('flags') | bitOf('keywords');
/** These have a MODSEQ of their own. */
const numbered = 1 << nameColumns.length;
