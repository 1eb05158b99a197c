// Keeping folders fresh for a reader: all of them by their names, or the one of a page, waiting only so long.
// How one folder is brought up to date is scan.ts.
import { quoted } from '../../mta/log.ts';
import { errorCode } from '../../mta/maildir/calls.ts';
import { type AccountContext, type FolderState, waitAtMost } from './context.ts';
import { discoverFolders } from './folders.ts';
import { readCounts } from './order.ts';
import { refreshFolder } from './scan.ts';

/** From here on a listing of cur takes longer than a page should. */
const bigFolder = 20_000;

/** With fewer folders a slow sweep is a busy machine's, and what came in just now must be seen all the same. */
const manyFolders = 200;

/** The sweep over all folders: when it was, what it cost. */
export interface SweepState {
  sweeping: Promise<void> | undefined;
  sweptAt: number;
  sweepCost: number;
  /** Folders that could not be read at the last sweep: told once. */
  readonly unreadable: Set<string>;
}

export const createSweepState = (): SweepState => ({
  sweeping: undefined,
  sweptAt: 0,
  sweepCost: 0,
  unreadable: new Set(),
});

/**
 * Brings all folders up to date, names only (files stay in new). Where that is dear (thousands of folders) it is done
 * at most a fifth of the time.
 */
export async function refreshAll(context: AccountContext, state: SweepState): Promise<void> {
  while (state.sweeping) await state.sweeping.catch(() => {});
  const isDear = context.folders.size > manyFolders && state.sweepCost > 20;
  if (isDear && performance.now() - state.sweptAt < state.sweepCost * 4) return;
  const sweep = async (): Promise<void> => {
    const start = performance.now();
    try {
      await discoverFolders(context);
      for (const folder of [...context.folders.values()]) {
        if (context.closing.aborted) return;
        await refreshInSweep(context, state, folder);
      }
    } finally {
      state.sweptAt = performance.now();
      state.sweepCost = state.sweptAt - start;
      state.sweeping = undefined;
    }
  };
  state.sweeping = sweep();
  await state.sweeping;
}

/** One folder that cannot be read (a link in its place, foreign rights) must not take the others with it. */
async function refreshInSweep(
  context: AccountContext,
  state: SweepState,
  folder: FolderState,
): Promise<void> {
  try {
    await refreshOne(context, folder, false);
    state.unreadable.delete(folder.directory);
  } catch (error) {
    if (folder.directory === '' || errorCode(error).startsWith('SQLITE')) throw error;
    if (!state.unreadable.has(folder.directory)) {
      context.log(`mailbox: folder not read: ${quoted(error instanceof Error ? error.message : 'error')}`);
    }
    state.unreadable.add(folder.directory);
  }
}

export async function refreshOne(
  context: AccountContext,
  folder: FolderState,
  moveNew: boolean,
): Promise<void> {
  const there = await refreshFolder(context, folder, { moveNew, verify: 'later' });
  if (!there && folder.directory !== '') await discoverFolders(context);
}

/**
 * Refreshes, but does not make a page wait for a big folder: one that is read for the first time shows what is in so
 * far, one that another program changed shows what was so a moment ago. The work goes on behind the page.
 */
export async function refreshForPage(context: AccountContext, folder: FolderState): Promise<void> {
  const isFilling = (): boolean => folder.expected !== undefined && readCounts(context, folder).total > 0;
  if (isFilling()) return;
  const done = refreshOne(context, folder, true);
  const patience = readCounts(context, folder).total > bigFolder ? 150 : 2000;
  for (let waited = 0; waited < patience; waited += 50) {
    if (await waitAtMost(done, 50)) return;
    if (isFilling()) return;
  }
}
