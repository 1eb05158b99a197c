// What each of the site's tables is made with.
import type { Catalog } from './layout.ts';
import type { Servers } from './servers.ts';

export interface TableParts {
  readonly servers: Servers;
  readonly catalog: Catalog;
  /** Runs what may meet a catalog that is out of date. */
  readonly retry: <T>(act: () => Promise<T>) => Promise<T>;
  /** Must reads of a domain see what was changed a moment ago? */
  readonly isFresh: (domain: string) => boolean;
  /** The domain is being changed. */
  readonly changed: (domain: string) => void;
}
