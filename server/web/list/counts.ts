// The numbers of all folders as a page's own script puts them into the page: asked for by GET /counts, and told first on
// a stream of changes.
import type { Request } from 'express';
import type { Folder } from '../../mailbox/types.ts';
import { outboxHere, withOutbox } from '../outbox/column.ts';
import { flatEntries, folderColumn } from '../shell/column.ts';
import type { WebParts } from '../web.ts';
import { progressWords } from './page.ts';

/** How far the index of these folders is, 0 to 1; undefined when it is complete. */
function progressOf(folders: readonly Folder[]): number | undefined {
  const pending = folders.reduce((sum, folder) => sum + (folder.pending ?? 0), 0);
  const total = folders.reduce((sum, folder) => sum + folder.total, 0);
  return pending === 0 ? undefined : Math.max(0, Math.min(0.99, 1 - pending / Math.max(total, pending)));
}

/** The numbers of a folder as they are, for pages that show its list. */
function countsOf(
  folders: readonly Folder[],
  name: string,
): { readonly total: number; readonly unread: number } {
  const { total = 0, unread = 0 } = folders.find((folder) => folder.name === name) ?? {};
  return { total, unread };
}

/**
 * Reads them.
 * @param name the folder whose list is shown; '' for none
 */
export async function readCounts(web: WebParts, req: Request, name: string): Promise<object> {
  const { t, formats } = web.shell.localsOf(req);
  const folders = await (await web.mailbox(req)).folders();
  const { closedFolders } = web.choices(req);
  const { special, own } = folderColumn(folders, undefined, t, formats, closedFolders);
  const outbox = web.outbox.count(web.session(req).account.address);
  const top = withOutbox(special, outbox, outboxHere, t, formats);
  const here = folders.find((folder) => folder.name === name);
  // As the lists themselves count: Trash and Junk are no part of a list over all folders.
  const listed = folders.filter((folder) =>
    name === '' ? folder.role !== 'trash' && folder.role !== 'junk' : folder === here,
  );
  return {
    folders: flatEntries([...top, ...own]).map(({ name, href, count, countWords, strong }) => ({
      ...countsOf(folders, name),
      name,
      href,
      count,
      countWords,
      strong,
    })),
    here: here && { total: here.total, unread: here.unread },
    progress: progressWords(progressOf(listed), formats, t),
  };
}
