// Pages of lists that the role still holds: a page that did not change since is neither read nor sent again. The worker
// gives each page of one folder a stamp of all that it was made of; the role says which stamp it holds when it asks again.
// Guarantees that a page of the same stamp is the same page; one that is still being read in has no stamp. Whoever makes
// something of a page (the list's HTML) may keep that with it: nobody changes a page, and an unchanged one stays the same object.
import type { AccountContext } from './context.ts';
import type { Column } from './types.ts';

/** The column, and the directories of the folders that it was made of; undefined while one of them is being read. */
export interface ColumnAnswer extends Column {
  readonly directories: readonly string[] | undefined;
}

/** What the worker answers. */
export interface PageAnswer<Page> extends ColumnAnswer {
  /** Undefined: the page of the stamp that was named still holds. */
  readonly page: Page | undefined;
  /** Undefined: not to be held. */
  readonly stamp: string | undefined;
}

/** What stamps are made of besides the index: this opening of the account, and its folders as they are called. */
export interface StampState {
  readonly opened: string;
  names: string;
  namings: number;
}

/** @param opened no other opening of the account has it */
export const createStampState = (opened: string): StampState => ({ opened, names: '', namings: 0 });

/** The stamp of whatever is read in this moment. */
export function stampOf(context: Pick<AccountContext, 'db' | 'folders'>, state: StampState): string {
  let names = '';
  for (const { id, name, role } of context.folders.values()) names += `${id}\0${name}\0${role}\0`;
  if (names !== state.names) {
    state.names = names;
    state.namings += 1;
  }
  return `${state.opened}.${state.namings}.${context.db.version()}`;
}

/** Pages held; one of fifty rows and its HTML take about 200 kB. */
const mostHeld = 64;

/** The role's half: asks for a page with the stamp of the one that is held under the same key. */
export function createHeldPages() {
  // In order of last use.
  const held = new Map<string, { readonly stamp: string; readonly page: unknown }>();
  return async <Page>(
    key: string,
    ask: (stamp: string | undefined) => Promise<PageAnswer<Page>>,
  ): Promise<Column & { readonly page: Page }> => {
    const known = held.get(key);
    const { stamp, page: fresh, folders, quota } = await ask(known?.stamp);
    if (fresh === undefined && known === undefined) throw new Error('the index worker sent no page');
    // What is held under the key was read by the same question.
    const page = fresh ?? (known?.page as Page);
    held.delete(key);
    if (stamp !== undefined) held.set(key, { stamp, page });
    for (const oldest of held.keys()) if (held.size > mostHeld) held.delete(oldest);
    return { page, folders, quota };
  };
}
