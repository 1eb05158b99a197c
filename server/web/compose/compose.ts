// The compose page. Routes:
//   GET  /compose   a new message, a reply, a forward, a draft of the folder (?edit=) or of the spool (?draft=)
//   POST /compose   multipart: send, save, attach, remove=<a>, discard, resolve (after a conflict)
// Guarantees: what was typed is on disk before anything else is tried, so no answer of this page loses it; a message
// leaves at most once a press of Send; a POST without a session is saved by its signed ticket and sends nothing (L4).
// Saving lies in save.ts, sending in deliver.ts, address rules in recipients.ts and check.ts, bytes in build.ts.
import express, { type Request, type Response, type Router } from 'express';
import { expandGroupFields } from '../contacts/expand.ts';
import { checkPath, oneValue } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import type { Fault } from './check.ts';
import { resolveConflict, showConflict } from './conflict.ts';
import { discardDraft, hideRecipients, leaveHeld, sendDraft } from './deliver.ts';
import { type DraftSpool, isDraftId, newDraftId } from './drafts.ts';
import { type ComposeForm, dropUploads, FormError, receiveForm } from './form.ts';
import { newDraft, rescueDraft, saveToDrafts, takeTyped } from './save.ts';
import { fieldsOfQuery, seedOfQuery, seedText, startFrom } from './start.ts';
import { createDraftSweeper, type DraftSweeper } from './sweep.ts';
import { leave, showForm, startParts, stateOf, timeOf, type Writing } from './writing.ts';

export function composeRoutes(web: WebParts): Router {
  const router = express.Router();
  const spool = web.drafts;
  const sweeper = createDraftSweeper(spool, web.log);
  router.get('/compose', web.signedIn, (req, res) => showCompose(web, spool, sweeper, req, res));
  // no signedIn here: without a session the form's ticket still saves what was typed
  router.post('/compose', web.sameOrigin, (req, res) => takeForm(web, spool, req, res));
  return router;
}

async function showCompose(
  web: WebParts,
  spool: DraftSpool,
  sweeper: DraftSweeper,
  req: Request,
  res: Response,
): Promise<void> {
  const { account } = web.session(req);
  const query = (name: string) => oneValue(req.query[name]);
  sweeper.wake(account.address, timeOf(web));
  const writing: Writing = { web, spool, req, res, account };
  const parts = await startParts(writing);
  const returnTo = checkPath(query('return'), '');

  if (query('draft') !== '') {
    const draft = await spool.read(account.address, query('draft'));
    if (draft?.held) return web.goBack(res, '/v/outbox', '/v/outbox');
    if (!draft || draft.state === 'sent') {
      return web.fail(req, res, 404, 'This draft is no longer open. Look for it in Drafts or in Sent.');
    }
    const notes = query('safe') === '1' ? ['Your message is safe.'] : [];
    return showForm(writing, 200, { ...stateOf(draft, account), notes });
  }

  const seed = seedOfQuery(query);
  if (seed?.kind === 'edit') {
    const open = await spool.findStored(account.address, seed.id);
    if (open) return web.goBack(res, `/compose?draft=${open.id}`, '/f/Drafts');
  }
  const start = seed && (await startFrom(seed, parts));
  if (seed && !start) return web.fail(req, res, 404, 'error.noMessage');
  const fields = expandGroupFields(web.contacts, account.address, fieldsOfQuery(query));
  await showForm(writing, 200, {
    id: newDraftId(),
    rev: 0,
    seed: seed ? seedText(seed) : '',
    fields: start?.fields ?? fields,
    attachments: (start?.attachments ?? []).map((one, index) => ({
      id: `a${index + 1}`,
      name: one.name,
      size: one.size,
    })),
    returnTo: returnTo || (seed && seed.kind !== 'edit' ? `/m/${seed.id}` : ''),
    savedAt: undefined,
    kind: seed ? (seed.kind === 'forward' ? 'forward' : seed.kind === 'edit' ? 'draft' : 'reply') : 'new',
    from: { name: account.gecos, address: account.address },
    notes: start?.notes,
    privately:
      seed && start?.privately
        ? {
            name: start.privately.name || start.privately.address,
            href: `/compose?reply=${seed.id}&private=1${seed.folder ? `&in=${encodeURIComponent(seed.folder)}` : ''}`,
          }
        : undefined,
  });
}

async function takeForm(web: WebParts, spool: DraftSpool, req: Request, res: Response): Promise<void> {
  let form: ComposeForm;
  try {
    form = await receiveForm(req, async (fields) => {
      const writer = writerOf(web, req, fields);
      return writer && spool.openIncoming(writer.address);
    });
  } catch (error) {
    if (!(error instanceof FormError)) throw error;
    // the rest of an oversized request is not read: the connection cannot be used again
    res.setHeader('Connection', 'close');
    return web.fail(req, res, error.status, error.message);
  }
  const writer = writerOf(web, req, form.fields);
  if (!writer) {
    await dropUploads(form.uploads);
    return web.sessionOf(req)
      ? web.fail(req, res, 403, 'error.forbidden')
      : web.goBack(res, '/login', '/login');
  }
  const id = isDraftId(form.fields.get('draft')) ? (form.fields.get('draft') as string) : newDraftId();
  const session = web.sessionOf(req);
  try {
    if (!session || writer.byTicket) {
      const account = await web.accounts.findAccount(writer.address);
      if (!account) return web.goBack(res, '/login', '/login');
      return await rescueDraft({ web, spool, req, res, account }, id, form);
    }
    const { account } = session;
    await spool.alone(account.address, id, () => saveAndAct({ web, spool, req, res, account }, id, form));
  } finally {
    // adopted files are renamed away; what is left here belongs to nobody
    await dropUploads(form.uploads);
  }
}

/** Whose draft this form may write: the session's with its token, else the account and draft of the signed ticket. */
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

async function saveAndAct(writing: Writing, id: string, form: ComposeForm): Promise<void> {
  const { web, spool, res, account } = writing;
  const asked = (name: string) => form.fields.has(name);
  const found = await spool.read(account.address, id);
  if (found?.state === 'sent') return leave(writing, found, 'This message was already sent.');
  if (found?.held) return leaveHeld(writing, found);
  const stored = found;
  if (asked('resolve')) return resolveConflict(writing, stored, form);

  const rev = Number(form.fields.get('rev') ?? 0);
  if (stored && stored.rev !== rev) return showConflict(writing, stored, form);
  if (asked('discard')) return discardDraft(writing, stored, form);

  const begun = stored ? { draft: stored, faults: [] } : await newDraft(writing, id, form);
  const taken = await takeTyped(writing, begun.draft, form);
  const faults: Fault[] = [
    ...begun.faults.map((words) => ({ field: 'file' as const, words })),
    ...taken.faults,
  ];
  let { draft } = taken;

  if (asked('hide')) draft = hideRecipients(draft);
  const removed = draft.attachments.find((attachment) => attachment.id === form.fields.get('remove'));
  if (removed) draft = { ...draft, attachments: draft.attachments.filter((one) => one !== removed) };
  await spool.write(account.address, draft);
  if (removed) await spool.removeAttachment(account.address, id, removed);

  const from = form.fields.get('from');
  if (from !== undefined && from !== account.address) {
    faults.push({ field: 'form', words: 'You can only send from your own address.' });
  }
  if (!stored && rev > 0) {
    faults.push({
      field: 'form',
      words: 'This draft was removed in another place. Your text is kept here as a new draft.',
    });
  }
  const leaves = asked('send') || asked('later');
  if (faults.length === 0 && leaves) return sendDraft(writing, draft, form);
  if (!leaves) {
    const saved = await saveToDrafts(writing, draft);
    draft = saved.draft;
    if (saved.fault) faults.push(saved.fault);
  }
  if (faults.length > 0) return showForm(writing, 422, { ...stateOf(draft, account), faults });
  web.goBack(res, `/compose?draft=${id}${asked('attach') || removed ? '#attachments' : ''}`, '/f/Drafts');
}
