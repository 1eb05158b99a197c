// The compose page. Routes:
//   GET  /compose   a new message, a reply, a forward, a draft of the folder (?edit=) or of the spool (?draft=)
//   POST /compose   multipart: send, save, attach, remove=<a>, identity, template=<k>, totext, keep, discard, resolve
//   autosave.ts: /compose/autosave and /compose/upload; editor.ts: /compose/html, /compose/convert, /compose/file/...;
//   complete.ts: /complete; resend.ts: /compose/resend
// Guarantees: what was typed is on disk before anything else is tried, so no answer of this page loses it; a message
// leaves at most once a press of Send; a POST without a session is saved by its signed ticket and sends nothing (L4).
// Saving lies in save.ts, sending in deliver.ts, address rules in recipients.ts and check.ts, bytes in build.ts.
import express, { type Request, type Response, type Router } from 'express';
import { expandGroupFields } from '../contacts/expand.ts';
import { checkPath, oneValue, withField } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import { autosaveRoutes, storeWhenQuiet } from './autosave.ts';
import type { Fault } from './check.ts';
import { completeRoutes } from './complete.ts';
import { resolveConflict, showConflict } from './conflict.ts';
import { discardDraft, hideRecipients, leaveHeld, sendDraft } from './deliver.ts';
import { type DraftFields, newDraftId } from './drafts.ts';
import { editorRoutes } from './editor.ts';
import type { ComposeForm } from './form.ts';
import { type ComposeParts, takePosted, writingOf } from './posted.ts';
import { formatRecipient, parseRecipients } from './recipients.ts';
import { resendPath, resendRoutes } from './resend.ts';
import { isSameAsStored, newDraft, rescueDraft, saveToDrafts, takeTyped } from './save.ts';
import { fieldsOfQuery, type Seed, seedOfQuery, seedText } from './seed.ts';
import { type Start, startFrom, withIdentity } from './start.ts';
import { createDraftSweeper, type DraftSweeper } from './sweep.ts';
import { insertTemplate, keepTemplate, startWithTemplate, templateText } from './template.ts';
import { leave, showForm, startParts, stateOf, timeOf, type Writing, wordsOf } from './writing.ts';

export function composeRoutes(web: WebParts): Router {
  const router = express.Router();
  const spool = web.drafts;
  const parts: ComposeParts = { web, spool };
  const sweeper = createDraftSweeper(spool, web.log);
  storeWhenQuiet(parts);
  router.get('/compose', web.signedIn, (req, res) => showCompose(parts, sweeper, req, res));
  // no signedIn here: without a session the form's ticket still saves what was typed
  router.post('/compose', web.sameOrigin, (req, res) => takeForm(parts, req, res));
  router.use(
    autosaveRoutes(parts),
    editorRoutes(parts),
    completeRoutes(web),
    resendRoutes(parts),
    templateText(parts),
  );
  return router;
}

async function showCompose(
  parts: ComposeParts,
  sweeper: DraftSweeper,
  req: Request,
  res: Response,
): Promise<void> {
  const { web, spool } = parts;
  const { account } = web.session(req);
  const query = (name: string) => oneValue(req.query[name]);
  if (query('resend') !== '')
    return web.goBack(res, withField('/compose/resend', 'id', query('resend')), '/f/INBOX');
  sweeper.wake(account.address, timeOf(web));
  const writing = writingOf(parts, req, res, account);
  const { t } = wordsOf(writing);

  if (query('draft') !== '') {
    const draft = await spool.read(account.address, query('draft'));
    if (draft?.held) return web.goBack(res, '/v/outbox', '/v/outbox');
    if (draft?.resending) return web.goBack(res, resendPath(draft.id), '/f/INBOX');
    if (!draft || draft.state === 'sent') return web.fail(req, res, 404, 'compose.notOpen');
    const notes = query('safe') === '1' ? [t('compose.safe')] : [];
    return showForm(writing, 200, { ...stateOf(draft, account), notes });
  }

  const starting = await startParts(writing);
  const seed = seedOfQuery(query, starting.choices.forwardAs === 'attachment');
  if (seed?.kind === 'edit') {
    const open = await spool.findStored(account.address, seed.id);
    if (open) return web.goBack(res, `/compose?draft=${open.id}`, '/f/Drafts');
  }
  const start = seed && (await startFrom(seed, starting));
  if (seed && !start) return web.fail(req, res, 404, 'error.noMessage');
  const isEdit = seed?.kind === 'edit';
  const { composeAs } = starting.choices;
  const wanted = await starting.identities.find(account, query('from'));
  const identity = wanted ?? (await starting.identities.list(account))[0]!;
  const fresh = withIdentity(
    startWithTemplate(
      writing,
      expandGroupFields(web.contacts, account.address, fieldsOfQuery(query)),
      query('template'),
    ),
    identity,
    starting.choices,
  );
  const returnTo = checkPath(query('return'), '');
  await showForm(writing, 200, {
    id: newDraftId(),
    rev: 0,
    seed: seed ? seedText(seed) : '',
    fields: start ? onlyFor(start.fields, isEdit ? query('only') : '') : fresh,
    attachments: (start?.attachments ?? []).flatMap((one, index) => {
      const isQuoted = one.isInline && start?.answering?.kind === 'reply';
      const shown = { id: `a${index + 1}`, name: one.name, size: one.size };
      return isQuoted ? [] : [one.isInline && isEdit ? { ...shown, contentId: shown.id } : shown];
    }),
    returnTo: returnTo || (seed && !isEdit && seed.kind !== 'attach' ? `/m/${seed.id}` : ''),
    savedAt: undefined,
    kind: kindOf(seed),
    isHtml: isEdit && start?.hasHtml === true,
    wantsHtml: isEdit
      ? start?.hasHtml === true
      : composeAs === 'html' || (composeAs === 'match' && start?.hasHtml === true),
    notes: start?.notes,
    options: start?.options,
    privately: seed && start ? privatelyOf(seed, start) : undefined,
  });
}

/** A letter opened again for some of its recipients: those whom it did not reach. */
function onlyFor(fields: DraftFields, only: string): DraftFields {
  const to = parseRecipients(only).recipients.map(formatRecipient).join(', ');
  return to === '' ? fields : { ...fields, to, cc: '', bcc: '' };
}

const kindOf = (seed: Seed | undefined) =>
  !seed
    ? 'new'
    : seed.kind === 'forward' || seed.kind === 'attach'
      ? 'forward'
      : seed.kind === 'edit'
        ? 'draft'
        : 'reply';

/** The link that answers the one person instead of the whole list. */
function privatelyOf(seed: Seed, start: Start): { readonly name: string; readonly href: string } | undefined {
  if (!start.privately) return undefined;
  const folder = seed.folder ? `&in=${encodeURIComponent(seed.folder)}` : '';
  return {
    name: start.privately.name || start.privately.address,
    href: `/compose?reply=${seed.id}&private=1${folder}`,
  };
}

function takeForm(parts: ComposeParts, req: Request, res: Response): Promise<void> {
  const { web, spool } = parts;
  return takePosted(
    parts,
    req,
    res,
    ({ writing, form, id, byTicket }) =>
      byTicket
        ? rescueDraft(writing, id, form)
        : spool.alone(writing.account.address, id, () => saveAndAct(writing, id, form)),
    ({ status, words }) =>
      status === 401 ? web.goBack(res, '/login', '/login') : web.fail(req, res, status, words),
  );
}

async function saveAndAct(writing: Writing, id: string, form: ComposeForm): Promise<void> {
  const { web, spool, res, account } = writing;
  const { t } = wordsOf(writing);
  const asked = (name: string) => form.fields.has(name);
  const found = await spool.read(account.address, id);
  if (found?.state === 'sent') return leave(writing, found, t('compose.alreadySent'));
  if (found?.held) return leaveHeld(writing, found);
  if (found?.resending) return web.goBack(res, resendPath(id), '/f/INBOX');
  const stored = found;
  if (asked('resolve')) return resolveConflict(writing, stored, form);

  const rev = Number(form.fields.get('rev') ?? 0);
  if (stored && stored.rev !== rev && !isSameAsStored(form, stored))
    return showConflict(writing, stored, form);
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
  if (asked('totext')) draft = { ...draft, fields: { ...draft.fields, html: '' } };
  if (asked('template')) draft = insertTemplate(writing, draft, form.fields.get('template') ?? '');
  await spool.write(account.address, draft);
  if (removed) await spool.removeAttachment(account.address, id, removed);
  web.live.tell(account.address, { kind: 'draft', draft: id, revision: draft.rev });

  if (!stored && rev > 0) faults.push({ field: 'form', words: t('compose.removedElsewhere') });
  const leaves = asked('send') || asked('later');
  if (faults.length === 0 && leaves) return sendDraft(writing, draft, form);
  if (!leaves) {
    const saved = await saveToDrafts(writing, draft);
    draft = saved.draft;
    if (saved.fault) faults.push(saved.fault);
  }
  if (faults.length > 0) return showForm(writing, 422, { ...stateOf(draft, account), faults });
  if (asked('keep')) return web.goBack(res, keepTemplate(writing, draft), '/settings/templates');
  const anchor =
    asked('attach') || asked('rename') || asked('move') || removed
      ? '#attachments'
      : asked('template')
        ? '#compose-body'
        : '';
  web.goBack(res, `/compose?draft=${id}${anchor}`, '/f/Drafts');
}
