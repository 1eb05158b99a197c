// A posted compose form and who may have it: the session's own with its token, else the account and draft of the signed
// ticket (spec/webmail.md L4). Files that were received and belong to nobody in the end are removed, whatever happens.
import type { Request, Response } from 'express';
import type { WebParts } from '../web.ts';
import { type DraftSpool, isDraftId, newDraftId } from './drafts.ts';
import { type ComposeForm, dropUploads, FormError, receiveForm } from './form.ts';
import type { Writing } from './writing.ts';

/** What the routes of this room work with. */
export interface ComposeParts {
  readonly web: WebParts;
  readonly spool: DraftSpool;
}

export interface Posted {
  readonly writing: Writing;
  readonly form: ComposeForm;
  /** Id of the draft that the form names, or a fresh one. */
  readonly id: string;
  /** There is no session: it may be saved and nothing else. */
  readonly byTicket: boolean;
}

export const writingOf = (
  { web, spool }: ComposeParts,
  req: Request,
  res: Response,
  account: Writing['account'],
): Writing => ({ web, spool, req, res, account });

/** Whose draft this form may write. */
function writerOf(
  web: WebParts,
  req: Request,
  fields: ReadonlyMap<string, string>,
): { address: string; byTicket: boolean } | undefined {
  const session = web.sessionOf(req);
  if (session && web.checkCsrf(req, fields.get('csrf')))
    return { address: session.account.address, byTicket: false };
  const payload = web.readTicket('compose', fields.get('ticket') ?? '');
  if (payload === undefined) return undefined;
  const [address, draft] = JSON.parse(payload) as [string, string];
  if (draft !== fields.get('draft')) return undefined;
  // somebody else signed in meanwhile: their session never opens the other's draft
  if (session && session.account.address !== address) return undefined;
  return { address, byTicket: true };
}

/** What is said to somebody whose form cannot be taken. */
export interface Refused {
  readonly status: number;
  /** Key of a sentence, or the sentence. */
  readonly words: string;
}

/** Reads the form and does `work` with it; `refuse` answers when there is nobody to do it for. */
export async function takePosted(
  parts: ComposeParts,
  req: Request,
  res: Response,
  work: (posted: Posted) => Promise<void>,
  refuse: (refused: Refused) => Promise<void> | void,
): Promise<void> {
  const { web, spool } = parts;
  const { t } = web.shell.localsOf(req);
  let form: ComposeForm;
  try {
    form = await receiveForm(req, t, async (fields) => {
      const writer = writerOf(web, req, fields);
      return writer && spool.openIncoming(writer.address);
    });
  } catch (error) {
    if (!(error instanceof FormError)) throw error;
    // the rest of an oversized request is not read: the connection cannot be used again
    res.setHeader('Connection', 'close');
    return refuse({ status: error.status, words: error.message });
  }
  try {
    const writer = writerOf(web, req, form.fields);
    if (!writer)
      return await refuse(
        web.sessionOf(req)
          ? { status: 403, words: 'error.forbidden' }
          : { status: 401, words: 'login.again' },
      );
    const session = web.sessionOf(req);
    const byTicket = !session || writer.byTicket;
    const account = byTicket ? await web.accounts.findAccount(writer.address) : session.account;
    if (!account) return await refuse({ status: 401, words: 'login.again' });
    const named = form.fields.get('draft');
    const id = isDraftId(named) ? named : newDraftId();
    await work({ writing: writingOf(parts, req, res, account), form, id, byTicket });
  } finally {
    // adopted files are renamed away; what is left here belongs to nobody
    await dropUploads(form.uploads);
  }
}
