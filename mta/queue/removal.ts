// Takes a message out of the queue before its recipients are done, because somebody said so. It is whole or gone, at every
// moment and after a crash: what makes it a message goes first, todo (S4) or info (S5), and that is on disk before the rest
// goes; mess is the last, so that its number does not come again while anything of it is left. What a crash leaves then is
// S2, never tried, and the sweep takes it.
import type { DirectorySync } from '../maildir/directory-sync.ts';
import { statFile, unlinkFile } from './files.ts';
import type { QueueLayout, QueuePlace } from './layout.ts';

/** What else knows of the message. */
export interface RemovalOptions {
  readonly layout: QueueLayout;
  readonly directorySync: DirectorySync;
  /** Called as soon as nothing makes it a message any more. */
  readonly gone: () => void;
  /** Removes what is ours of it; its number can be given to a new one only after that. */
  readonly clean: () => Promise<void>;
}

/** Removes one that nobody is at work on. @returns false when there is no such message */
export async function removeMessage(id: string, options: RemovalOptions): Promise<boolean> {
  const { layout, directorySync, gone, clean } = options;
  const remove = (place: QueuePlace): Promise<boolean> => unlinkFile(layout.path(place, id));
  const isQueued = (await statFile(layout.path('todo', id))) !== undefined;
  // Beside todo these are what an interrupted preprocessing left; without it they would be a message again.
  if (isQueued) {
    for (const place of ['local', 'remote', 'info'] as const) await remove(place);
    await directorySync.sync(layout.directoryOf('info', id));
  }
  const key = isQueued ? 'todo' : 'info';
  if (!(await remove(key))) return false;
  gone();
  await directorySync.sync(layout.directoryOf(key, id));
  for (const place of ['intd', 'local', 'remote', 'bounce'] as const) await remove(place);
  await clean();
  await remove('mess');
  return true;
}
