// Opens the back end that keeps a site's accounts.
import type { Home } from '../home.ts';
import { openCdbStore } from './cdb-store.ts';
import type { AccountStore } from './store.ts';

/** Nothing is read, and no connection made, before the first question. The caller closes it. */
export function openAccountStore(_home: Home): AccountStore {
  return openCdbStore();
}
