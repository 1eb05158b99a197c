// The shell that every page is shown in: builds the locals all views share, renders views in the frame or alone,
// error pages, and the way back after a form. Pages of signed-in people carry the folder column, so a render asks the
// mailbox for its folders; an error page does without when the mailbox itself is the error.
import { randomBytes } from 'node:crypto';
import type { Request, Response } from 'express';
import { unicodeDomain } from '../../../mta/formats/idn.ts';
import { quoted } from '../../../mta/log.ts';
import type { Mailbox } from '../../mailbox/types.ts';
import type { Absence } from '../absence/absence.ts';
import type { Brands } from '../brand/brands.ts';
import { hostOf } from '../brand/serve.ts';
import { jobLines } from '../jobs/lines.ts';
import type { Labels } from '../labels/store.ts';
import { labelViews } from '../labels/view.ts';
import { outboxHere, withOutbox } from '../outbox/column.ts';
import type { OutboxCount } from '../outbox/outbox.ts';
import { sendToast } from '../outbox/toast.ts';
import { withSnoozed } from '../snooze/column.ts';
import { snoozedFolder } from '../snooze/store.ts';
import { type Choices, usualChoices } from '../state/choices.ts';
import type { Forwards } from '../state/forwards.ts';
import type { Jobs } from '../state/jobs.ts';
import type { Operations } from '../state/operations.ts';
import type { Frame, Page, Session, WebOptions } from '../types.ts';
import { en } from '../words/en.ts';
import { chooseLanguage, type SpokenLanguage } from '../words/languages.ts';
import type { english, WordKey } from '../words/words.ts';
import type { Assets } from './assets.ts';
import { folderColumn, quotaLine } from './column.ts';
import { compressPage, encodingFor } from './compress.ts';
import { readTastes } from './cookies.ts';
import { isolate } from './foreign.ts';
import { countText, isZone, keepFormats } from './formats.ts';
import { filesBehind, initials, isAdministrator, type Toast, toastOf } from './frame.ts';
import { checkPath, oneValue } from './paths.ts';
import type { Locals, RenderView } from './templates.ts';

export interface Shell {
  render(req: Request, res: Response, page: Page): Promise<void>;
  renderPart(req: Request, view: string, model: Locals): Promise<string>;
  /** Renders a view that needs nothing but what it is given. */
  paint(view: string, locals: Locals): string;
  fail(req: Request, res: Response, status: number, words: string): Promise<void>;
  goBack(res: Response, wanted: unknown, fallback: string): void;
  /** Logs what was thrown under an id and shows that id. */
  crash(req: Request, res: Response, error: unknown): Promise<void>;
  /** The locals every view sees, for features that need formats or words in their models. */
  localsOf(req: Request): BaseLocals;
  fragment(req: Request): string;
  /** What the folder column shows, for those who render it alone. `folder` is the one that is "here". */
  columnOf(req: Request, folder: string | undefined): Promise<Locals>;
}

/** Where a page's inset comes; nobody from outside can know it. */
const insetMark = `\0${randomBytes(12).toString('hex')}\0`;

/** The page as it goes out, in pieces: a list's rows are kept as they are, and copied for nobody. */
function piecesOf(html: string, inset: Buffer | undefined): readonly Buffer[] {
  const at = inset ? html.indexOf(insetMark) : -1;
  // A part of the page, without its list.
  if (!inset || at < 0) return [Buffer.from(html)];
  return [Buffer.from(html.slice(0, at)), inset, Buffer.from(html.slice(at + insetMark.length))];
}

/** Sends a page, compressed when the browser takes it. */
async function sendHtml(req: Request, res: Response, html: string, inset?: Buffer): Promise<void> {
  const pieces = piecesOf(html, inset);
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  res.type('html');
  const encoding = encodingFor(req, length);
  if (!encoding) {
    res.setHeader('Content-Length', length);
    res.cork();
    for (const piece of pieces) res.write(piece);
    res.end();
    return;
  }
  const body = await compressPage(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces), encoding);
  res.setHeader('Content-Encoding', encoding);
  res.send(body);
}

/** What every view can use. */
export interface BaseLocals {
  readonly t: typeof english.t;
  /** Plural forms of a key as JSON for `data-forms`. */
  readonly forms: typeof english.forms;
  readonly lang: string;
  readonly dir: 'ltr' | 'rtl';
  readonly formats: ReturnType<ReturnType<typeof keepFormats>>;
  readonly now: number;
  /** For foreign text within a sentence. */
  readonly isolate: typeof isolate;
  /** `/static/<hash>`: `<%= assets %>/app.css`, `<use href="<%= icons %>#star">`. */
  readonly assets: string;
  readonly icons: string;
  /** The same of those few that a page needs before it shows a message (static/icons/first.json). */
  readonly firstIcons: string;
  /** A domain as people write it: `xn--` becomes letters. */
  readonly shownDomain: (domain: string) => string;
  readonly theme: 'system' | 'light' | 'dark';
  readonly pageSize: number;
  /** What the person chose; the usual values for nobody. */
  readonly choices: Choices;
  /** '' when nobody is signed in. */
  readonly csrf: string;
  readonly address: string;
  readonly gecos: string;
  /** This page's own address, without the toast: for `return`. */
  readonly here: string;
}

const mailFrame = (t: typeof english.t): Frame => ({
  column: 'partials/folders',
  home: '/f/INBOX',
  search: { action: '/search', label: t('app.search') },
  openColumn: t('app.openFolders'),
});

const pathWithoutToast = (req: Request): string => {
  const url = req.originalUrl.replace(/([?&])u=[^&]*(&|$)/, (_all, before: string, after: string) =>
    after === '&' ? before : '',
  );
  return checkPath(url, '/');
};

export function createShell(
  options: WebOptions,
  parts: {
    readonly renderView: RenderView;
    readonly assets: Assets;
    readonly brands: Brands;
    readonly operations: Operations;
    readonly choicesOf: (address: string) => Choices;
    readonly jobs: Jobs;
    readonly liveTag: (address: string) => string;
    readonly labels: Labels;
    readonly sessionOf: (req: Request) => Session | undefined;
    readonly mailbox: (req: Request) => Promise<Mailbox>;
    readonly countOutbox: (address: string) => OutboxCount;
    readonly recentForwards: Forwards['recent'];
    readonly currentAbsence: Absence['current'];
    readonly now: () => number;
  },
): Shell {
  const { renderView, assets, brands, operations, choicesOf, jobs, labels, liveTag } = parts;
  const { sessionOf, mailbox, countOutbox, recentForwards, currentAbsence, now } = parts;
  const formatsOf = keepFormats();
  const ownZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;

  const languageOf = (req: Request, tags: readonly string[]): SpokenLanguage =>
    chooseLanguage(tags, req.headers['accept-language']);

  interface KeptLocals {
    readonly session: Session | undefined;
    readonly choices: Choices;
    readonly base: BaseLocals;
  }
  // Of a request, until it signs somebody in or out or changes what they chose.
  const kept = new WeakMap<Request, KeptLocals>();
  const localsOf = (req: Request): BaseLocals => {
    const session = sessionOf(req);
    const choices = session ? choicesOf(session.account.address) : usualChoices;
    const known = kept.get(req);
    if (known && known.session === session && known.choices === choices) return known.base;
    const base = makeLocals(req, session, choices);
    kept.set(req, { session, choices, base });
    return base;
  };

  const makeLocals = (req: Request, session: Session | undefined, choices: Choices): BaseLocals => {
    const tastes = readTastes(req);
    const language = languageOf(req, [choices.language, tastes.language]);
    // What was chosen for all devices goes before what this one says.
    const zone = [choices.zone, tastes.zone, ownZone].find(isZone) ?? 'UTC';
    return {
      t: language.t,
      forms: language.forms,
      lang: language.tag,
      dir: language.direction,
      formats: formatsOf(language, zone),
      now: now(),
      isolate,
      assets: assets.prefix,
      icons: `${assets.prefix}/icons.svg`,
      firstIcons: `${assets.prefix}/first.svg`,
      shownDomain: unicodeDomain,
      theme: tastes.theme,
      pageSize: tastes.pageSize,
      choices,
      csrf: session?.csrf ?? '',
      address: session?.account.address ?? '',
      gecos: session?.account.gecos ?? '',
      here: pathWithoutToast(req),
    };
  };

  const fragment = (req: Request): string => {
    const wanted = req.headers['x-fragment'];
    return typeof wanted === 'string' && /^[a-z0-9]{1,16}$/.test(wanted) ? wanted : '';
  };

  const toastFor = (req: Request, base: BaseLocals): Toast | undefined => {
    const id = oneValue(req.query.u);
    if (id === '' || base.address === '') return undefined;
    if (id === 'none') return { op: '', words: base.t('act.nothing'), canUndo: false, back: base.here };
    if (id === 'late') return { op: '', words: base.t('act.tooLate'), canUndo: false, back: base.here };
    const operation = operations.find(base.address, id);
    return (
      sendToast(operation, req.originalUrl, base.t, now()) ?? toastOf(operation, req.originalUrl, base.t)
    );
  };

  const columnOf = async (
    req: Request,
    folder: string | undefined,
    known?: Pick<Page, 'folders' | 'quota'>,
  ) => {
    const { t, formats, choices, address } = localsOf(req);
    const { folders, quota } =
      known?.folders && 'quota' in known
        ? { folders: known.folders, quota: known.quota }
        : await (await mailbox(req)).column();
    const asleep = folders.find(({ name }) => name === snoozedFolder)?.total ?? 0;
    const columns = withSnoozed(
      folderColumn(folders, folder, t, formats, choices.closedFolders),
      asleep,
      folder,
      t,
      formats,
    );
    return {
      folder,
      columns: {
        ...columns,
        special: withOutbox(columns.special, countOutbox(address), folder, t, formats),
      },
      quota: quotaLine(quota, t, formats),
      labelColumn: labels.areUsed(address) ? labelViews(labels.list(address), t) : [],
      inboxUnread: folders.find(({ role }) => role === 'inbox')?.unread ?? 0,
    };
  };

  /** Sends a page; `folders` undefined leaves the counts out (the mailbox could not be read). */
  const send = async (req: Request, res: Response, page: Page, withFolders: boolean): Promise<void> => {
    const base = localsOf(req);
    const bare = page.bare === true || base.address === '';
    const column =
      !bare && withFolders && !page.frame
        ? await columnOf(req, page.folder, page)
        : {
            columns: folderColumn([], page.folder, base.t, base.formats),
            quota: undefined,
            labelColumn: [],
            inboxUnread: 0,
          };
    const wanted = fragment(req);
    const toast = toastFor(req, base);
    const waiting = bare ? { letters: 0, stuck: 0, deferred: 0 } : countOutbox(base.address);
    const count = countText(column.inboxUnread, base.formats, base.t);
    const domain = sessionOf(req)?.account.domain;
    const look = await (domain === undefined ? brands.ofHost(hostOf(req)) : brands.ofDomain(domain));
    const name = look?.name || base.t('app.name');
    const titleValues = { title: page.title, count, name };
    const locals: Record<string, unknown> = {
      ...base,
      ...page.model,
      view: page.view,
      filesBehind: filesBehind(page.view, page.pageClass?.includes('has-open') === true),
      title: page.title,
      // N1: how much is unread in the Inbox, also where the tab is only a tab.
      tabTitle: base.t(count === '' ? 'app.title' : 'app.titleCount', titleValues),
      look,
      brandName: name,
      favicon: `${look?.icons || assets.prefix}/favicon${count === '' ? '' : '-new'}.svg`,
      liveTag: base.address === '' || page.frame ? '' : liveTag(base.address),
      pageClass: page.pageClass ?? '',
      folder: page.folder,
      toast,
      jobs: bare ? [] : jobLines(jobs.list(base.address), base, toast?.op),
      initials: initials(base.gecos || base.address),
      // Mail carries its search along; other parts keep theirs on the pages below the one that searches.
      searched:
        page.frame && !`${req.path}/`.startsWith(`${page.frame.search.action}/`)
          ? ''
          : oneValue(req.query.q).slice(0, 1000),
      /** The folder that a search begins in. */
      searchFrom: page.frame
        ? ''
        : (page.folder?.startsWith(':') ? '' : page.folder) ||
          oneValue(req.query.in || req.query.from).slice(0, 255),
      frame: page.frame ?? mailFrame(base.t),
      administers: isAdministrator(sessionOf(req)?.account),
      ...column,
      stuckLetters: page.frame || page.folder === outboxHere ? 0 : waiting.stuck,
      /** R6: who set a forward in a stolen session cannot hide it. */
      newForwards: page.frame || bare ? [] : recentForwards(base.address),
      /** R5: an automatic answer is on, and where it is turned off. */
      absence: page.frame || bare ? undefined : currentAbsence(base.address),
      fragment: wanted,
      inset: insetMark,
    };
    const view = bare ? 'shell/bare' : wanted === '' ? 'shell/page' : 'shell/blocks';
    const html = renderView(view, locals);
    res.status(page.status ?? 200);
    res.setHeader('Vary', 'X-Fragment, Cookie, Accept-Encoding, Accept-Language');
    await sendHtml(req, res, wanted === '' || bare ? `<!doctype html>\n${html}` : html, page.inset);
  };

  const errorPage = (req: Request, status: number, words: string, id: string): Page => {
    const { t, here } = localsOf(req);
    const text = Object.hasOwn(en, words) ? t(words as WordKey) : words;
    return {
      view: 'shell/error',
      title: t(status === 404 ? 'error.notFoundTitle' : 'error.title'),
      status,
      pageClass: 'page-error',
      model: { status, words: text, errorId: id, again: req.method === 'GET' && status >= 500 ? here : '' },
    };
  };

  const fail: Shell['fail'] = async (req, res, status, words) => {
    // Our words name their key: a feature may also give a ready sentence.
    const page = errorPage(req, status, words, '');
    try {
      await send(req, res, page, true);
    } catch (error) {
      options.log(`web: error page without folders: ${quoted(String(error))}`);
      await send(req, res, page, false);
    }
  };

  return {
    render: (req, res, page) => send(req, res, page, true),
    paint: renderView,
    renderPart: async (req, view, model) => renderView(view, { ...localsOf(req), ...model }),
    fail,
    goBack(res, wanted, fallback) {
      res.redirect(303, checkPath(wanted, fallback));
    },
    async crash(req, res, error) {
      const id = randomBytes(6).toString('hex');
      const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
      options.log(`web: error ${id}: ${quoted(stack.split('\n').slice(0, 4).join(' | '))}`);
      if (res.headersSent) {
        res.destroy();
        return;
      }
      await send(req, res, errorPage(req, 500, 'error.internal', id), false);
    },
    localsOf,
    fragment,
    columnOf: (req, folder) => columnOf(req, folder),
  };
}
