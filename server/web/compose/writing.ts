// What every step of the compose page shares: the request with its account and the draft spool, the form shown again,
// and the way back when the work is done.
import type { Request, Response } from 'express';
import type { Account } from '../../../mta/accounts/types.ts';
import type { Folder } from '../../mailbox/types.ts';
import { laterModel } from '../outbox/later.ts';
import { readTastes } from '../shell/cookies.ts';
import { isZone } from '../shell/formats.ts';
import { folderLabel } from '../shell/frame.ts';
import { checkPath, withField } from '../shell/paths.ts';
import { usualChoices } from '../state/choices.ts';
import type { WebParts } from '../web.ts';
import type { Translate } from '../words/words.ts';
import type { Draft, DraftSpool } from './drafts.ts';
import { readAttachLimit } from './limit.ts';
import { type ComposeState, composeModel, offeredAddresses } from './page.ts';
import { signatureBlock } from './quote-html.ts';
import { signaturePlaceOf } from './signature.ts';
import type { StartParts } from './start.ts';

/** One request of somebody who writes. */
export interface Writing {
  readonly web: WebParts;
  readonly spool: DraftSpool;
  readonly req: Request;
  readonly res: Response;
  /** Whose drafts these are; the session's own but for a rescue by ticket. */
  readonly account: Account;
}

/** A ticket outlives the session: seconds. */
export const ticketLife = 7 * 24 * 3600;

/** Signs the right to save into one draft of one account, also without a session (spec/webmail.md L4). */
export const signDraftTicket = (web: WebParts, account: Account, id: string): string =>
  web.signTicket('compose', JSON.stringify([account.address, id]), ticketLife);

/** Milliseconds since 1970. */
export const timeOf = (web: WebParts): number => (web.now ?? Date.now)();

/** Words, dates and sizes of the reader. */
export const wordsOf = ({ web, req }: Pick<Writing, 'web' | 'req'>) => web.shell.localsOf(req);

/** The reader's zone as their browser gave it; undefined: the machine's. */
export function zoneOf(req: Request): string | undefined {
  const { zone } = readTastes(req);
  return isZone(zone) ? zone : undefined;
}

export async function startParts(writing: Writing): Promise<StartParts> {
  const { web, req, account } = writing;
  const { t, lang } = wordsOf(writing);
  return {
    zone: zoneOf(req),
    account,
    identities: web.identities,
    mailbox: await web.mailboxes.open(account),
    reader: web.reader,
    // A rescue has no session, and needs no choice but where quotes stand.
    choices: web.sessionOf(req) ? web.choices(req) : usualChoices,
    t,
    tag: lang,
  };
}

export type FormState = Omit<
  ComposeState,
  'copyFolders' | 'ticket' | 'offered' | 'identities' | 'limit' | 'templates' | 'later' | 'signaturePlace'
> & {
  /** What was typed for sending later. */
  readonly typedLater?:
    | { readonly date: string; readonly time: string; readonly isOpen: boolean }
    | undefined;
};

/** The form of a draft as it is stored. */
export function stateOf(draft: Draft, account: Account): FormState {
  return {
    id: draft.id,
    rev: draft.rev,
    seed: '',
    fields: { ...draft.fields, from: draft.fields.from || account.address },
    attachments: draft.attachments,
    returnTo: draft.returnTo,
    savedAt: draft.savedAt,
    kind: draft.answering?.kind ?? (draft.stored ? 'draft' : 'new'),
    isHtml: draft.fields.html !== '',
    wantsHtml: draft.fields.html !== '',
    options: draft.options,
  };
}

/**
 * Lets the browser come Back to a page that answers a POST. Forbidden to keep it, Chromium has nothing to show
 * (ERR_CACHE_MISS) and what was typed since is gone. It keeps this one for this person, and asks again before any other
 * use; signing out clears it (Clear-Site-Data).
 */
export function allowBack(res: Response): void {
  res.setHeader('Cache-Control', 'private, max-age=0');
}

export async function showForm(writing: Writing, status: number, state: FormState): Promise<void> {
  const { web, req, res, account } = writing;
  const { t } = wordsOf(writing);
  const column = await (await web.mailboxes.open(account)).column();
  const identities = await web.identities.list(account);
  const others = identities.some(({ address }) => address === state.fields.from)
    ? []
    : [await web.identities.find(account, state.fields.from)].filter((one) => one !== undefined);
  const model = composeModel(
    {
      ...state,
      ticket: signDraftTicket(web, account, state.id),
      offered: await offeredAddresses(web.contacts, account),
      identities: [...others, ...identities].map((one) => ({
        ...one,
        signatureBlock: signatureBlock(one),
      })),
      limit: await readAttachLimit(web.settings),
      templates: web.templates.list(account.address),
      copyFolders: copyFoldersOf(column.folders, t),
      signaturePlace: signaturePlaceOf(
        web.sessionOf(req) ? web.choices(req) : usualChoices,
        state.kind === 'reply',
      ),
      later: laterModel(timeOf(web), wordsOf(writing), state.typedLater),
    },
    t,
  );
  if (req.method === 'POST') allowBack(res);
  const subject = state.fields.subject.trim();
  await web.render(req, res, {
    view: 'compose/form',
    title: subject === '' ? t('compose.new') : subject.slice(0, 200),
    model,
    ...column,
    folder: state.kind === 'draft' ? 'Drafts' : undefined,
    status,
    pageClass: 'page-compose',
  });
}

/** The folders that a copy of a letter can be put into. */
function copyFoldersOf(folders: readonly Folder[], t: Translate) {
  return folders
    .filter(({ role }) => role === 'folder' || role === 'sent' || role === 'archive')
    .slice(0, 200)
    .map((folder) => ({ name: folder.name, label: folderLabel(folder, t) }));
}

/** 303 to where the person came from, with a note. */
export function leave(writing: Writing, draft: Pick<Draft, 'returnTo'>, words: string, undo?: unknown): void {
  const { web, req, res } = writing;
  const op = web.rememberUndo(req, words, undo);
  const path = checkPath(draft.returnTo, '/f/INBOX');
  web.goBack(res, withField(path, 'u', op), `/f/INBOX?u=${op}`);
}
