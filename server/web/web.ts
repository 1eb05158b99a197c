// The web role (SqWebMail and, later, Qmailadmin): server-rendered pages over Express and EJS that work as plain HTML.
// This file puts the parts together: state, shell, guards, then the features in their order; serve.ts has the HTTP
// server and its limits. It guarantees that every answer carries the headers of its class, that a thrown error ends a
// request and never the server, and that no feature runs a POST before origin and token were looked at.
import { join } from 'node:path';
import express, { type ErrorRequestHandler, type Express } from 'express';
import { type LoginThrottle, openThrottle } from '../../mta/accounts/login-throttle.ts';
import { openSendingCounter, type SendingCounter } from '../../mta/accounts/sending-limits.ts';
import { openSettings, type SettingsReader } from '../../mta/control/settings.ts';
import { quoted } from '../../mta/log.ts';
import { programRoot } from '../../mta/root.ts';
import { removeSharedRights } from '../mailbox/rights-removal.ts';
import { type Absence, createAbsence } from './absence/absence.ts';
import { type Brands, openBrands } from './brand/brands.ts';
import { hostOf, serveBrands } from './brand/serve.ts';
import { createDraftSpool } from './compose/drafts.ts';
import { createDomainSearch } from './contacts/complete.ts';
import { openContacts } from './contacts/store.ts';
import { type RenderConversation, renderConversation } from './conversation/conversation.ts';
import { features } from './features.ts';
import { createFilterDesk, type FilterDesk } from './filters/desk.ts';
import { createFilterLanguage } from './filters/language.ts';
import { createIdentities } from './identities/own.ts';
import { openIdentities } from './identities/store.ts';
import { openLabels } from './labels/store.ts';
import { publicListUnsubscribe } from './lists/one-click.ts';
import { cleanedLife } from './message/cleaned.ts';
import { renderPane } from './message/message.ts';
import { openFates } from './outbox/fates.ts';
import { createOutbox } from './outbox/outbox.ts';
import { createPasskeyCheck, type PasskeyCheck } from './security/passkeys.ts';
import { createSecurityEvents, type SecurityEvents } from './security/security-events.ts';
import { publicSetup } from './setup/public.ts';
import { publicStsPolicy } from './setup/sts-policy.ts';
import { loadAssets } from './shell/assets.ts';
import { createGuards } from './shell/guards.ts';
import { setPageHeaders } from './shell/headers.ts';
import { createShell, type Shell } from './shell/shell.ts';
import { loadTemplates } from './shell/templates.ts';
import { loadKey, readTicket, sign, signTicket } from './shell/tickets.ts';
import { openSnoozes } from './snooze/store.ts';
import { openAbsences } from './state/absences.ts';
import { openAdminSessions } from './state/admin-sessions.ts';
import { openAnswers } from './state/answers.ts';
import { type ChoiceStore, openChoices } from './state/choices.ts';
import { openStateDatabase } from './state/database.ts';
import { openDueItems } from './state/due.ts';
import { type Forwards, openForwards } from './state/forwards.ts';
import { type GoneAccounts, openGoneAccounts } from './state/gone-accounts.ts';
import { createJobs } from './state/jobs.ts';
import { openKeptFiles } from './state/kept-files.ts';
import { createLive } from './state/live.ts';
import { openOperations } from './state/operations.ts';
import { openPasskeys, type Passkeys } from './state/passkeys.ts';
import { openProofs, type Proofs } from './state/proofs.ts';
import { openRememberedBrowsers, type RememberedBrowsers } from './state/remembered.ts';
import { openSecurityLog, type SecurityLog } from './state/security-log.ts';
import { importPreferences, openSenders } from './state/senders.ts';
import { openSentLetters } from './state/sent.ts';
import { openSessions, sessionLimits } from './state/sessions.ts';
import { openUndoLists, type UndoLists } from './state/undo-lists.ts';
import { openTemplates } from './templates/store.ts';
import type { RenderPane, Session, Web, WebOptions } from './types.ts';
import { findLanguage } from './words/languages.ts';
import { english } from './words/words.ts';

/** What the features of this room see besides `Web`. */
export interface WebParts extends Web {
  readonly shell: Shell;
  readonly sessions: ReturnType<typeof openSessions>;
  readonly remembered: RememberedBrowsers;
  readonly passkeys: Passkeys;
  readonly passkeyCheck: PasskeyCheck;
  readonly securityLog: SecurityLog;
  /** Takes down what happens to an account's security, and writes to its owner. */
  readonly security: SecurityEvents;
  /** Forgets accounts that were removed. */
  readonly gone: GoneAccounts;
  /** Who gave the password once more a moment ago. */
  readonly proofs: Proofs;
  /** Which new addresses mail is to go on to, and goes on to lately. */
  readonly forwards: Forwards;
  /** Automatic answers: the bar, and the contacts they go by. */
  readonly absence: Absence;
  readonly adminSessions: ReturnType<typeof openAdminSessions>;
  readonly operations: ReturnType<typeof openOperations>;
  readonly throttle: LoginThrottle;
  /** Who sent as much as they may. */
  readonly sending: Pick<SendingCounter, 'alarms'>;
  readonly guards: ReturnType<typeof createGuards>;
  /** Undoes an operation's payload. */
  undo(req: express.Request, payload: unknown, op: string): Promise<void>;
  /** Long lists of what operations did. */
  readonly undoLists: UndoLists;
  readonly clock: () => number;
  /** Control files that are read as they are now. */
  readonly settings: SettingsReader;
  /** What anybody chose: for what happens without a request. */
  readonly choiceStore: ChoiceStore;
  /** What happens to new mail by itself. */
  readonly filters: FilterDesk;
  /** How pages of a domain look. */
  readonly brands: Brands;
  /** Renders the message of the right pane; the message feature's. */
  readonly renderPane: RenderPane;
  /** The same of a whole conversation, with the ids of its messages. */
  readonly renderConversation: RenderConversation;
  /** Names an account to its own pages without saying who it is. */
  liveTag(address: string): string;
  /** Which build of the browser files is served. */
  readonly assetsHash: string;
  /** Says what is to be ended before the server stops listening: answers that go on by themselves. */
  beforeClose(end: () => void): void;
}

/** Builds the application without listening: tests list its routes. */
export async function createWebApp(options: WebOptions): Promise<{
  readonly app: Express;
  readonly web: WebParts;
  /** Ends the answers that would never end by themselves. */
  readonly endStreams: () => void;
  readonly close: () => Promise<void>;
}> {
  const root = programRoot();
  const { state } = options.home;
  const now = options.now ?? Date.now;
  const [renderView, assets, key, database] = await Promise.all([
    loadTemplates(join(root, 'views')),
    loadAssets(options.assets ?? join(root, 'dist', 'static')),
    loadKey(state),
    openStateDatabase(state),
  ]);
  const { sessionIdle, sessionStay } = options;
  const gone = openGoneAccounts({ ...options, state, database, now });
  const sessions = openSessions(database, key, now, sessionLimits(sessionIdle, sessionStay));
  const remembered = openRememberedBrowsers(database, now);
  const adminSessions = openAdminSessions(database, key, now);
  const proofs = openProofs(database, now);
  const forwards = openForwards(database, now);
  const operations = openOperations(database, now);
  const labels = openLabels(database);
  const snoozes = openSnoozes(database, now);
  const undoLists = openUndoLists(database, now);
  const throttle = openThrottle(database, now);
  const sending = openSendingCounter(database, now);
  const sentLetters = openSentLetters(database, now);
  const choices = openChoices(database, options.lockedChoices, ({ domain, choice, value }) =>
    options.log(`web: control/weblocked: ${quoted(`${domain}:${choice}:${value}`)} is no choice`),
  );
  const senders = openSenders(database, now);
  const keep = (name: string, most: number, life: number) =>
    openKeptFiles({ directory: join(state, 'kept', name), most, life, log: options.log, now });
  await importPreferences(state, senders, options.log);
  const allContacts = openContacts(database, createDomainSearch(options.accounts, now), now);
  const absence = createAbsence(options, openAbsences(database), allContacts.addresses, now);
  const contacts = absence.watch(allContacts);
  const identities = createIdentities(options.administration, openIdentities(database), now);
  const answers = openAnswers(database, now);
  const live = createLive(now);
  const due = openDueItems(database, options.log, now, gone.keepOut);
  const jobs = createJobs(options.log, now, {
    tell: (address, { id, state, done, total }) =>
      live.tell(address, { kind: 'job', id, state, done, total }),
    remember: operations.remember,
  });
  const drafts = createDraftSpool(state);
  const fates = openFates(database, { history: options.history, live, log: options.log, now });
  const outbox = createOutbox({
    ...options,
    identities,
    drafts,
    sentLetters,
    due,
    live,
    operations,
    fates,
    clock: now,
    wordsOf: (address) => (findLanguage(choices.read(address).language) ?? english).t,
  });
  const undoers = new Map<string, (req: express.Request, payload: unknown, op: string) => Promise<void>>();
  const passkeys = openPasskeys(database, now);
  const securityLog = openSecurityLog(database, now);
  // Every page names it.
  const liveTags = new Map<string, string>();
  const liveTag = (address: string): string => {
    const tag = liveTags.get(address) ?? sign(key, 'live', address).slice(0, 16);
    if (liveTags.size >= 2000) liveTags.clear();
    liveTags.set(address, tag);
    return tag;
  };
  const enders: (() => void)[] = [];

  const mailbox: Web['mailbox'] = (req) => {
    options.reader.expectReaders();
    return options.mailboxes.open(session(req).account);
  };
  const guards = createGuards(options, key, sessions, gone, (req, res, status, words) =>
    shell.fail(req, res, status, words),
  );
  const session = (req: express.Request): Session => {
    const found = guards.sessionOf(req);
    if (!found) throw new Error('a route asked for its session without web.signedIn before it');
    return found;
  };
  const settings = openSettings(options.home.qmail);
  const filters = createFilterDesk(createFilterLanguage(settings));
  const brands = openBrands({ ...options, assets });
  const shell = createShell(options, {
    renderView,
    assets,
    brands,
    operations,
    jobs,
    labels,
    choicesOf: choices.read,
    liveTag,
    sessionOf: guards.sessionOf,
    mailbox,
    countOutbox: outbox.count,
    recentForwards: forwards.recent,
    currentAbsence: absence.current,
    now,
  });

  const mailboxOf: Web['mailboxOf'] = async (address) => {
    const account = await options.accounts.findAccount(address);
    return account && options.mailboxes.open(account);
  };
  const security = createSecurityEvents(
    { ...options, mailboxOf },
    securityLog,
    (address) => choices.read(address).language,
    now,
  );

  const web: WebParts = {
    ...options,
    key,
    sentLetters,
    senders,
    keptPictures: keep('pictures', 256 * 1024 * 1024, 7 * 24 * 3600_000),
    keptHtml: keep('html', 128 * 1024 * 1024, cleanedLife),
    choices: (req) => choices.read(session(req).account.address),
    choose: (req, changes) => choices.change(session(req).account.address, changes),
    jobs,
    labels,
    snoozes,
    due,
    live,
    contacts,
    answers,
    identities,
    drafts,
    outbox,
    templates: openTemplates(database),
    mailboxOf,
    fates,
    signedIn: guards.signedIn,
    session,
    sessionOf: guards.sessionOf,
    mailbox,
    sameOrigin: guards.sameOrigin,
    checkCsrf: guards.checkCsrf,
    words: (req) => shell.localsOf(req).t,
    formats: (req) => shell.localsOf(req).formats,
    readerOf(req) {
      const { t, lang, formats } = shell.localsOf(req);
      return { t, lang, zone: formats.zone };
    },
    render: shell.render,
    renderPart: shell.renderPart,
    fail: shell.fail,
    goBack: shell.goBack,
    fragment: shell.fragment,
    rememberUndo: (req, words, undo) => operations.remember(session(req).account.address, words, undo),
    undoWith(kind, undo) {
      undoers.set(kind, undo);
    },
    async undo(req, payload, op) {
      const kind = Array.isArray(payload) ? 'messages' : (payload as { kind?: unknown } | undefined)?.kind;
      const undo = typeof kind === 'string' ? undoers.get(kind) : undefined;
      if (!undo) throw new Error(`no feature undoes operations of kind ${String(kind)}`);
      await undo(req, payload, op);
    },
    signTicket: (purpose, payload, seconds) => signTicket(key, purpose, payload, now() + seconds * 1000),
    readTicket: (purpose, token) => readTicket(key, purpose, token, now()),
    shell,
    sessions,
    remembered,
    passkeys,
    get passkeyCheck() {
      return passkeyCheck;
    },
    securityLog,
    security,
    gone,
    proofs,
    forwards,
    absence,
    adminSessions,
    operations,
    undoLists,
    throttle,
    sending,
    guards,
    clock: now,
    settings,
    filters,
    choiceStore: choices,
    brands,
    renderPane,
    renderConversation,
    liveTag,
    assetsHash: assets.prefix.slice(assets.prefix.lastIndexOf('/') + 1),
    beforeClose: (end) => void enders.push(end),
  };

  const passkeyCheck = createPasskeyCheck(web, passkeys);
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  // No nested objects from strangers (security.md W8).
  app.set('query parser', 'simple');
  app.set('trust proxy', [...(options.trustedProxies ?? [])]);
  app.use(setPageHeaders);
  app.use(publicSetup(web));
  app.use(publicStsPolicy(web));
  app.use(publicListUnsubscribe(web));
  app.use((req, res, next) => {
    if (options.hosts === undefined || options.hosts.includes(hostOf(req))) return next();
    res.status(421).type('text/plain').send('This server does not answer for that name.\n');
  });
  app.get('/static/:hash/:name', assets.serve);
  app.use(serveBrands(brands));
  // At the root, for its scope is the site; asked for anew each time, for it names the build.
  app.get('/sw.js', (_req, res) => {
    res.setHeader('Cache-Control', 'no-cache');
    res.type('text/javascript').send(`const prefix=${JSON.stringify(assets.prefix)};${assets.text('sw.js')}`);
  });
  app.get('/favicon.ico', (_req, res) => res.redirect(301, `${assets.prefix}/favicon.svg`));
  app.use(express.urlencoded({ extended: false, limit: '512kb', parameterLimit: 2000 }));
  // Before anybody is asked who he is: the address may be somebody else's by now.
  app.use((_req, _res, next) => gone.takeUp().then(() => next(), next));
  app.use(guards.readSession);
  for (const feature of features) app.use(feature(web));
  app.use((req, res, next) => {
    shell.fail(req, res, 404, 'error.notFound').catch(next);
  });
  const onError: ErrorRequestHandler = async (error, req, res, _next) => {
    const status = (error as { status?: unknown }).status;
    // What the body parser and the router refuse is the client's mistake, not ours.
    if (typeof status === 'number' && status >= 400 && status < 500 && !res.headersSent) {
      await shell.fail(req, res, status, status === 413 ? 'error.tooLarge' : 'error.badRequest');
      return;
    }
    await shell.crash(req, res, error);
  };
  app.use(onError);

  const stores = [
    sessions,
    remembered,
    proofs,
    adminSessions,
    operations,
    undoLists,
    snoozes,
    throttle,
    sentLetters,
    securityLog,
    fates,
    contacts,
    answers,
    forwards,
  ];
  const prune = (): void => {
    for (const store of stores) store.prune();
  };
  prune();
  const timer = setInterval(prune, 600_000);
  timer.unref();
  for (const each of [sessions, choices, labels, jobs, outbox, live]) gone.whenForgotten(each.forget);
  // Nobody's own: it comes when all of theirs is forgotten.
  gone.whenRemoved((removed) => void due.add('', 'rights', now(), removed));
  due.whenDue('rights', async ({ payload }) => {
    const { sharedindex: sharedIndex } = await settings.read(['sharedindex']);
    await removeSharedRights({ ...options, sharedIndex }, String(payload));
  });
  await gone.takeUp();
  gone.start();
  await outbox.start();
  due.start();
  fates.start();
  const endStreams = (): void => {
    for (const end of enders.splice(0)) end();
  };
  return {
    app,
    web,
    endStreams,
    async close() {
      endStreams();
      clearInterval(timer);
      await gone.close();
      await Promise.all([due.close(), jobs.close(), fates.close(), absence.settled()]);
      database.close();
    },
  };
}

/** What createWebApp gives. */
export type WebApp = Awaited<ReturnType<typeof createWebApp>>;
