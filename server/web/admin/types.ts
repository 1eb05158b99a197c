// What the rooms of the admin pages share. Who may do what is decided behind `Administration`; a room asks it with the
// actor of the request and shows what comes back.
import type { Request, Response } from 'express';
import type { Actor, Administration } from '../../../mta/accounts/administration.ts';
import type { Tally } from '../../history/types.ts';
import type { WebParts } from '../web.ts';

/** `day`: 24 hours by the hour. `month`: 30 days by the day. */
export type Span = 'day' | 'month';

export interface Statistics {
  /** Milliseconds since 1970 at which each bar begins, oldest first; the last one is still going on. */
  readonly starts: readonly number[];
  /** One number for each start. */
  readonly counts: Readonly<Record<Tally, readonly number[]>>;
}

/** Who asks, as the guard found him. */
export interface Grant {
  readonly actor: Actor;
  readonly address: string;
  readonly level: 'domain' | 'system';
}

/** A page of the administration: the shell puts the column and the switcher around it. */
export interface AdminPage {
  readonly view: string;
  readonly title: string;
  /** Key of sections.ts: where we are. */
  readonly section: string;
  /** The domain that the page is about. */
  readonly domain?: string | undefined;
  readonly status?: number | undefined;
  readonly model: Readonly<Record<string, unknown>>;
}

/** What every room gets. */
export interface Admin extends WebParts {
  readonly administration: Administration;
  /** Who asks; only behind the guard. */
  grant(req: Request): Grant;
  /** The grant of a system administrator; for others there is no such page. */
  system(req: Request): Grant;
  show(req: Request, res: Response, page: AdminPage): Promise<void>;
  /** 303 to a page that says in a toast what was done. */
  done(req: Request, res: Response, path: string, words: string): void;
}
