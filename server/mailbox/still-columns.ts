// What every page of the webmail asks: the folders with their counts and the quota, alone or beside a page of a list that the
// role holds (held-pages.ts). While no folder of the Maildir, no list beside them and nothing of the index changed, it is told
// again without a question to the index worker; how that is known is still-answers.ts. One for each account, and for all
// requests: a mailbox is opened anew by each.
import type { ColumnAnswer } from './held-pages.ts';
import { createStillAnswers } from './still-answers.ts';

/** Accounts whose answers are kept; each of its answers takes some 3 kB. */
const mostAccounts = 200;

export type StillColumn = <Answer extends ColumnAnswer & { readonly page?: unknown }>(
  question: string,
  ask: () => Promise<Answer>,
) => Promise<Answer>;

/** What is given takes the path of the account's index file as `index`; `now` is the time of the day, as in still-answers.ts. */
export function createStillColumns(
  now = Date.now,
): (key: string, maildir: string, index: string) => StillColumn {
  // In order of last use.
  const columns = new Map<string, StillColumn>();
  return (key, maildir, index) => {
    const column = columns.get(key) ?? createStillColumn(maildir, index, now);
    columns.delete(key);
    columns.set(key, column);
    for (const oldest of columns.keys()) if (columns.size > mostAccounts) columns.delete(oldest);
    return column;
  };
}

function createStillColumn(maildir: string, index: string, now: () => number): StillColumn {
  const still = createStillAnswers(maildir, () => index, now);
  let known: readonly string[] | undefined;
  return (question, ask) => {
    // Looked at before the question: an answer that is made of other folders is not kept.
    const within = known;
    return still.ask(question, within && { within }, ask, ({ directories, page }) => {
      known = directories;
      return page === undefined && directories?.join('\0') === within?.join('\0');
    });
  };
}
