// What the rooms of the admin pages share, and the interface through which the dashboard counts mail. Who may do what is
// decided behind `Administration`; a room asks it with the actor of the request and shows what comes back.
import type { Request, Response } from 'express';
import type { Actor, Administration } from '../../../mta/accounts/administration.ts';
import type { WebParts } from '../web.ts';

/** What is counted. Each is a number of messages, or of tries to sign in. */
export const counted = [
  'received',
  'delivered',
  'deferred',
  'bounced',
  'refused',
  'loginsOk',
  'loginsFailed',
] as const;
export type Counted = (typeof counted)[number];

/** `day`: 24 hours by the hour. `month`: 30 days by the day. */
export type Span = 'day' | 'month';

export interface Statistics {
  /** Milliseconds since 1970 at which each bar begins, oldest first; the last one is still going on. */
  readonly starts: readonly number[];
  /** One number for each start. */
  readonly counts: Readonly<Record<Counted, readonly number[]>>;
}

export interface QueueSize {
  /** Messages that wait. */
  readonly waiting: number;
  /** When the oldest of them came in, milliseconds since 1970. */
  readonly oldest?: number | undefined;
}

/** Where the numbers of the dashboard come from. Reading is quick: it is asked at every look at the page. */
export interface StatisticsReader {
  /** Of the whole system, or of one domain's mail and accounts; undefined: not counted for a single domain. */
  read(span: Span, domain?: string | undefined): Promise<Statistics | undefined>;
  /** The queue of this machine; system administrators see it. */
  queue(): Promise<QueueSize>;
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
