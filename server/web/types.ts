// What the web's features share: the options the role is started with, the session of a request, and the shell that
// renders every page. A feature is a folder here (routes, page model) and one in views/ of the same name; its main
// file exports one function `(web: Web) => Router` and lists its routes at the top.
import type { Request, RequestHandler, Response } from 'express';
import type { QueueDesk } from '../../mta/accounts/administration/queue-desk.ts';
import type { Administration } from '../../mta/accounts/administration.ts';
import type { Account, AccountDirectory } from '../../mta/accounts/types.ts';
import type { ProofDesk } from '../../mta/acme/proofs.ts';
import type { ReadSecureContext } from '../../mta/certificates/door-tls.ts';
import type { Home } from '../../mta/home.ts';
import type { Injector } from '../../mta/inject/types.ts';
import type { Log } from '../../mta/log.ts';
import type { ListenPlace } from '../../mta/service.ts';
import type { Renewals } from '../certificates/renewals.ts';
import type { HistoryReader } from '../history/types.ts';
import type { Folder, Mailbox, Mailboxes } from '../mailbox/types.ts';
import type { Quota } from '../mailbox/uid-types.ts';
import type { FetchPictureOptions } from '../message/remote-picture.ts';
import type { MessageReader } from '../message/types.ts';
import type { DraftSpool } from './compose/drafts.ts';
import type { FindMailDomain } from './compose/questions.ts';
import type { Contacts } from './contacts/types.ts';
import type { Identities } from './identities/own.ts';
import type { Labels } from './labels/store.ts';
import type { Fates } from './outbox/fates.ts';
import type { Outbox } from './outbox/outbox.ts';
import type { Formats } from './shell/formats.ts';
import type { Snoozes } from './snooze/store.ts';
import type { Answers } from './state/answers.ts';
import type { Choices, LockedChoice } from './state/choices.ts';
import type { DueItems } from './state/due.ts';
import type { Jobs } from './state/jobs.ts';
import type { KeptFiles } from './state/kept-files.ts';
import type { Live } from './state/live.ts';
import type { Senders } from './state/senders.ts';
import type { SentLetters } from './state/sent.ts';
import type { TemplateStore } from './templates/store.ts';
import type { Translate } from './words/words.ts';

export interface WebOptions {
  readonly home: Home;
  /** In clear text: for a proxy in front, and for this machine. */
  readonly plain?: ListenPlace | undefined;
  /** With TLS. What comes to the plain door from elsewhere is then sent to this one. */
  readonly secure?: (ListenPlace & { readonly contexts: ReadSecureContext }) | undefined;
  /** Certificates that the site fetches; undefined where it fetches none. */
  readonly renewals?: Renewals | undefined;
  /** What certificate authorities ask to see at the doors. */
  readonly certificateProofs?: ProofDesk | undefined;
  readonly accounts: AccountDirectory;
  /** What administrators and users change; it decides itself who may. */
  readonly administration: Administration;
  /** The queue for administrators of the system; undefined where none can be asked. */
  readonly queueDesk?: QueueDesk | undefined;
  readonly mailboxes: Mailboxes;
  readonly reader: MessageReader;
  readonly injector: Injector;
  /** What became of letters; undefined where none is kept. */
  readonly history?: HistoryReader | undefined;
  /** Does a domain take mail? Undefined: nobody is asked before a letter leaves. */
  readonly findMailDomain?: FindMailDomain | undefined;
  readonly log: Log;
  /** control/me: domain of Message-IDs. */
  readonly me: string;
  /** Completes a bare user name at sign in (control/defaultdomain). */
  readonly defaultDomain: string;
  /** Addresses or networks of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto count; none by default. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** Addresses or networks that the admin pages are for; undefined: any (security.md A8). */
  readonly adminClients?: readonly string[] | undefined;
  /** Names that Host may carry (security.md W11); undefined: any. */
  readonly hosts?: readonly string[] | undefined;
  /** Directory of the built browser files; dist/static by default. */
  readonly assets?: string | undefined;
  /** Milliseconds since 1970; tests move it. */
  readonly now?: (() => number) | undefined;
  /** Seconds that a session lasts without a request: an ordinary one, and one that was to stay (control/webidle, webstay). */
  readonly sessionIdle?: number | undefined;
  readonly sessionStay?: number | undefined;
  /** What administrators chose for all of a domain (control/weblocked). */
  readonly lockedChoices?: readonly LockedChoice[] | undefined;
  /** False: pictures of the web are never fetched for anybody (control/webpictures). */
  readonly showsWebPictures?: boolean | undefined;
  /** True: files that can do harm are not given out at all (control/webharmful). */
  readonly blocksHarmful?: boolean | undefined;
  /** How hosts that mail names are asked, for readers who allowed it: pictures, one-click unsubscribing; tests, whose servers are not public, say so here. */
  readonly pictures?: Partial<FetchPictureOptions> | undefined;
}

/** A signed-in person. Holds nothing about what is being looked at: that is in the address. */
export interface Session {
  readonly account: Account;
  /** Token for forms: `<input type="hidden" name="csrf" value=...>`. */
  readonly csrf: string;
  readonly signedInAt: number;
}

/** The frame of a part of the program that is not mail: what stands around its pages instead of folders and mail search. */
export interface Frame {
  /** View of the left column; it sees the page's model. */
  readonly column: string;
  /** What stands beside the mark, where it is not the name of the whole. */
  readonly name?: string;
  /** Where the mark leads. */
  readonly home: string;
  readonly search: { readonly action: string; readonly label: string };
  /** For the button that opens the column on a narrow screen. */
  readonly openColumn: string;
}

/** What a page gives to the shell. `view` is a file in views/ without `.ejs`; `model` is what its template sees. */
export interface Page {
  readonly view: string;
  /** For <title>; foreign text is fine, it is escaped. */
  readonly title: string;
  readonly model: Readonly<Record<string, unknown>>;
  /** Which folder is "here" in the left column. */
  readonly folder?: string | undefined;
  readonly status?: number | undefined;
  /** Left out of the frame: login, print, error pages for nobody. */
  readonly bare?: boolean | undefined;
  /** The folders as just read, when the feature has them: spares the frame from asking again. */
  readonly folders?: readonly Folder[] | undefined;
  /** The quota read with them. */
  readonly quota?: Quota | undefined;
  readonly frame?: Frame | undefined;
  /** HTML that was made before, for where the view writes `inset`. */
  readonly inset?: Buffer | undefined;
  /** Page class on <body>, e.g. 'page-list' (phone layout and scripts key on it). */
  readonly pageClass?: string | undefined;
}

/** What every feature gets. */
export interface Web extends WebOptions {
  /** 32 random bytes of this site (state/web.key), for HMACs: signed picture addresses, tickets. */
  readonly key: Buffer;
  /** Which queued messages the letters sent here became. */
  readonly sentLetters: SentLetters;
  /** How a person reads the mail of a sender. */
  readonly senders: Senders;
  /** Pictures of the web, and cleaned HTML: what can be had again. */
  readonly keptPictures: KeptFiles;
  readonly keptHtml: KeptFiles;
  /** What the person of a request chose (settings); what nobody chose has its usual value. */
  choices(req: Request): Choices;
  /** Changes some of them. Throws TypeError for a value that may not be chosen. */
  choose(req: Request, changes: Partial<Choices>): void;
  /** Names and colours of labels; which messages have them is the mailbox's keywords. */
  readonly labels: Labels;
  /** Which letters sleep, and which came back. */
  readonly snoozes: Snoozes;
  /** Work that takes longer than an answer may; its page is `/jobs/<id>`. */
  readonly jobs: Jobs;
  /** What is to happen at a time, also after a restart. */
  readonly due: DueItems;
  /** People: cards, groups, who was written to, completion. */
  readonly contacts: Contacts;
  /** What a person answered to what mail asked: left a mailing, accepted an invitation. */
  readonly answers: Answers;
  /** Tells open pages what changed. */
  readonly live: Live;
  /** Letters that somebody writes again and again. */
  readonly templates: TemplateStore;
  /** Under which addresses somebody may write, and how they do. */
  readonly identities: Identities;
  /** Messages being written. */
  readonly drafts: DraftSpool;
  /** What becomes of letters that were sent. */
  readonly fates: Fates;
  /** Letters between Send and the queue. */
  readonly outbox: Outbox;
  /** The mailbox of an account that nobody is asking for right now: for what is due. Undefined: no such account any more. */
  mailboxOf(address: string): Promise<Mailbox | undefined>;
  /** Guards routes: sends to /login?next=... without a session. */
  readonly signedIn: RequestHandler;
  /** The session of a request behind `signedIn`. */
  session(req: Request): Session;
  mailbox(req: Request): Promise<Mailbox>;
  /** Guards state changes: POST only, CSRF token (field `csrf` of a urlencoded body, or passed in for multipart) and Origin / Sec-Fetch-Site. */
  readonly sameOrigin: RequestHandler;
  checkCsrf(req: Request, token: string | undefined): boolean;
  /** The words of the reader's language. */
  words(req: Request): Translate;
  /** Dates, numbers and sizes in the reader's language and zone. */
  formats(req: Request): Formats;
  /** The same with the tag of the language and the zone of the reader (IANA), for dates that a model puts into words. */
  readerOf(req: Request): { readonly t: Translate; readonly lang: string; readonly zone: string };
  /** Renders a page in the frame (folders, search, compose button, toast), with the headers of an application page. */
  render(req: Request, res: Response, page: Page): Promise<void>;
  /** An error page in the frame: plain words, an id, a way on. */
  fail(req: Request, res: Response, status: number, words: string): Promise<void>;
  /** 303 to a path of this site; `return`/`next` values are checked (one leading slash, no controls), else `fallback`. */
  goBack(res: Response, wanted: unknown, fallback: string): void;
  /** Remembers an operation that can be undone (24 h); gives its id for `?u=`. `words` is the toast: "Moved to Archive."
   * A path of ours in the place of `undo`: nothing can be undone, and the toast leads there. */
  rememberUndo(req: Request, words: string, undo: unknown): string;
  /** Says how operations of a kind are undone: `rememberUndo(req, words, { kind, ...payload })`. Plain lists of
   * `ActionResult.undo` are put back in the mailbox without it. Throw an Error with words for "could not undo". */
  undoWith(kind: string, undo: (req: Request, payload: unknown, op: string) => Promise<void>): void;
  /** The session of a request, or undefined: for routes that must work without one (a draft's rescue). */
  sessionOf(req: Request): Session | undefined;
  /** A signed token that carries `payload` for `seconds`; `purpose` keeps tokens of different kinds apart. */
  signTicket(purpose: string, payload: string, seconds: number): string;
  /** The payload of a token, undefined when it is forged, of another purpose or too old. */
  readTicket(purpose: string, token: string): string | undefined;
  /** Renders one view without the frame, with the locals every view has (t, icons, csrf, formats). */
  renderPart(req: Request, view: string, model: Readonly<Record<string, unknown>>): Promise<string>;
  /** What the X-Fragment header asks for ('1', 'pane', ...); '' for a whole page. */
  fragment(req: Request): string;
}

/** What a message feature gives for the right pane of the list page: HTML made by `renderPart`; undefined: not there. */
export type RenderPane = (
  web: Web,
  req: Request,
  id: string,
  folder: string | undefined,
) => Promise<string | undefined>;
