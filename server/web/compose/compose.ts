// The compose page. Routes:
//   GET  /compose   a new message, a reply, a forward, a draft of the folder (?edit=) or of the spool (?draft=)
//   POST /compose   multipart: send, save, attach, remove=<a>, discard, resolve (after a conflict)
// Guarantees: what was typed is on disk before anything else is tried, so no answer of this page loses it; a message
// leaves at most once a press of Send; a POST without a session is saved by its signed ticket and sends nothing (L4).
// Address rules live in recipients.ts and check.ts, bytes in build.ts, files in drafts.ts.
import express, { type Request, type Response, type Router } from 'express';
import type { Account } from '../../../mta/accounts/types.ts';
import { quoted } from '../../../mta/log.ts';
import { readTastes } from '../shell/cookies.ts';
import { isZone } from '../shell/formats.ts';
import { checkPath, oneValue, withField } from '../shell/paths.ts';
import type { Web } from '../types.ts';
import { checkRecipients, type Fault, openQuestions, type Question } from './check.ts';
import {
  createDraftSpool,
  type Draft,
  type DraftFields,
  type DraftSpool,
  isDraftId,
  limits,
  newDraftId,
} from './drafts.ts';
import { type ComposeForm, dropUploads, FormError, receiveForm } from './form.ts';
import { type ComposeState, composeModel, offeredAddresses } from './page.ts';
import { injectMessage, outgoingMessage, storeDraft, storeSent } from './send.ts';
import {
  beginDraft,
  fieldsOfQuery,
  parseSeed,
  type Seed,
  type StartParts,
  seedOfQuery,
  seedText,
  startFrom,
} from './start.ts';

/** A ticket outlives the session: seconds. */
const ticketLife = 7 * 24 * 3600;
/** How long "it is being sent" is believed of another process, milliseconds. */
const sendingLife = 5 * 60 * 1000;

export function composeRoutes(web: Web): Router {
  const router = express.Router();
  const spool = createDraftSpool(web.home.state);
  router.get('/compose', web.signedIn, (req, res) => showCompose(web, spool, req, res));
  // no signedIn here: without a session the form's ticket still saves what was typed
  router.post('/compose', web.sameOrigin, (req, res) => takeForm(web, spool, req, res));
  return router;
}

/** The reader's zone as their browser gave it; undefined: the machine's. */
function zoneOf(req: Request): string | undefined {
  const { zone } = readTastes(req);
  return isZone(zone) ? zone : undefined;
}

async function partsOf(web: Web, req: Request, account: Account): Promise<StartParts> {
  return {
    zone: zoneOf(req),
    account,
    accounts: web.accounts,
    mailbox: await web.mailboxes.open(account),
    reader: web.reader,
  };
}

const now = (web: Web): number => (web.now ?? Date.now)();

// ---------------------------------------------------------------------------------------------- showing the page

async function showCompose(web: Web, spool: DraftSpool, req: Request, res: Response): Promise<void> {
  const { account } = web.session(req);
  const query = (name: string) => oneValue(req.query[name]);
  await spool.sweep(account.address, now(web));
  const parts = await partsOf(web, req, account);
  const returnTo = checkPath(query('return'), '');

  if (query('draft') !== '') {
    const draft = await spool.read(account.address, query('draft'));
    if (!draft || draft.state === 'sent') {
      return web.fail(req, res, 404, 'This draft is no longer open. Look for it in Drafts or in Sent.');
    }
    const notes = query('safe') === '1' ? ['Your message is safe.'] : [];
    return showForm(web, req, res, 200, { ...stateOf(draft, account), notes });
  }

  const seed = seedOfQuery(query);
  if (seed?.kind === 'edit') {
    const open = await spool.findStored(account.address, seed.id);
    if (open) return web.goBack(res, `/compose?draft=${open.id}`, '/f/Drafts');
  }
  const start = seed && (await startFrom(seed, parts));
  if (seed && !start) return web.fail(req, res, 404, 'error.noMessage');
  const fields = fieldsOfQuery(query);
  await showForm(web, req, res, 200, {
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

type FormState = Omit<ComposeState, 'ticket' | 'offered'>;

function stateOf(draft: Draft, account: Account): FormState {
  return {
    id: draft.id,
    rev: draft.rev,
    seed: '',
    fields: draft.fields,
    attachments: draft.attachments,
    returnTo: draft.returnTo,
    savedAt: draft.savedAt,
    kind: draft.answering?.kind ?? (draft.stored ? 'draft' : 'new'),
    from: { name: account.gecos, address: account.address },
  };
}

async function showForm(
  web: Web,
  req: Request,
  res: Response,
  status: number,
  state: FormState,
): Promise<void> {
  const { account } = web.session(req);
  const offered = await offeredAddresses(await web.mailbox(req));
  const ticket = web.signTicket('compose', JSON.stringify([account.address, state.id]), ticketLife);
  const model = composeModel({ ...state, ticket, offered });
  const heading = state.fields.subject.trim() === '' ? 'New message' : state.fields.subject;
  await web.render(req, res, {
    view: 'compose/form',
    title: heading.slice(0, 200),
    model,
    folder: state.kind === 'draft' ? 'Drafts' : undefined,
    status,
    pageClass: 'page-compose',
  });
}

// ---------------------------------------------------------------------------------------------- taking the form

async function takeForm(web: Web, spool: DraftSpool, req: Request, res: Response): Promise<void> {
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
      return await rescueDraft(web, spool, req, res, account, id, form);
    }
    const { account } = session;
    await spool.alone(account.address, id, () => saveAndAct(web, spool, req, res, account, id, form));
  } finally {
    // adopted files are renamed away; what is left here belongs to nobody
    await dropUploads(form.uploads);
  }
}

/** Whose draft this form may write: the session's with its token, else the account and draft of the signed ticket. */
function writerOf(
  web: Web,
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

const typedFields = (form: ComposeForm): DraftFields => ({
  to: form.fields.get('to') ?? '',
  cc: form.fields.get('cc') ?? '',
  bcc: form.fields.get('bcc') ?? '',
  subject: form.fields.get('subject') ?? '',
  body: (form.fields.get('body') ?? '').replace(/\r\n?/g, '\n'),
});

/** L4: the session is over. Saves the form into its draft (or, if that changed meanwhile, into a new one), sends
 * nothing, and leads over sign-in back to it. */
async function rescueDraft(
  web: Web,
  spool: DraftSpool,
  req: Request,
  res: Response,
  account: Account,
  wanted: string,
  form: ComposeForm,
): Promise<void> {
  const id = await spool.alone(account.address, wanted, async () => {
    const stored = await spool.read(account.address, wanted);
    const fits =
      stored === undefined || (stored.state === 'open' && stored.rev === Number(form.fields.get('rev')));
    const target = fits ? wanted : newDraftId();
    const base = fits && stored ? stored : (await newDraft(web, spool, req, account, target, form)).draft;
    const { draft } = await takeTyped(web, spool, account, base, form);
    await spool.write(account.address, draft);
    return target;
  });
  const path = `/compose?draft=${id}&safe=1`;
  web.goBack(res, web.sessionOf(req) ? path : `/login?next=${encodeURIComponent(path)}`, '/login');
}

async function newDraft(
  web: Web,
  spool: DraftSpool,
  req: Request,
  account: Account,
  id: string,
  form: ComposeForm,
) {
  const parts = await partsOf(web, req, account);
  const seed: Seed | undefined = parseSeed(form.fields.get('seed') ?? '');
  const start = seed && (await startFrom(seed, parts));
  return beginDraft(id, start, seed, spool, parts);
}

/** The draft with the form's fields and files; files that do not fit any more are named. Nothing is written yet but
 * the files. */
async function takeTyped(
  web: Web,
  spool: DraftSpool,
  account: Account,
  base: Draft,
  form: ComposeForm,
): Promise<{ draft: Draft; faults: Fault[] }> {
  const faults: Fault[] = form.faults.map((words) => ({ field: 'file', words }));
  const attachments = [...base.attachments];
  let { lastAttachment } = base;
  let sum = attachments.reduce((total, attachment) => total + attachment.size, 0);
  for (const upload of form.uploads) {
    if (sum + upload.size > limits.sum) {
      faults.push({
        field: 'file',
        words: `“${upload.name}” was not attached: together the files are larger than 50 MB.`,
      });
      continue;
    }
    lastAttachment++;
    sum += upload.size;
    attachments.push(await spool.adopt(account.address, base.id, lastAttachment, upload.path, upload));
  }
  return {
    draft: {
      ...base,
      rev: base.rev + 1,
      savedAt: now(web),
      fields: typedFields(form),
      attachments,
      lastAttachment,
      returnTo: checkPath(form.fields.get('return'), ''),
    },
    faults,
  };
}

async function saveAndAct(
  web: Web,
  spool: DraftSpool,
  req: Request,
  res: Response,
  account: Account,
  id: string,
  form: ComposeForm,
): Promise<void> {
  const asked = (name: string) => form.fields.has(name);
  const found = await spool.read(account.address, id);
  if (found?.state === 'sent') return leave(web, req, res, found, 'This message was already sent.');
  if (found?.state === 'sending' && now(web) - found.savedAt < sendingLife) {
    return web.fail(req, res, 409, 'This message is being sent right now. Look in Sent in a minute.');
  }
  const stored: Draft | undefined =
    found?.state === 'sending' ? { ...found, state: 'open', doubtful: true } : found;
  if (asked('resolve')) return resolveConflict(web, spool, req, res, account, stored, form);

  const rev = Number(form.fields.get('rev') ?? 0);
  if (stored && stored.rev !== rev) return showConflict(web, spool, req, res, account, stored, form);
  if (asked('discard')) return discardDraft(web, spool, req, res, account, stored, form);

  const begun = stored ? { draft: stored, faults: [] } : await newDraft(web, spool, req, account, id, form);
  const taken = await takeTyped(web, spool, account, begun.draft, form);
  const faults: Fault[] = [
    ...begun.faults.map((words) => ({ field: 'file' as const, words })),
    ...taken.faults,
  ];
  let { draft } = taken;

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
  if (faults.length === 0 && asked('send')) return sendDraft(web, spool, req, res, account, draft, form);
  if (!asked('send')) {
    const saved = await saveToDrafts(web, spool, req, account, draft);
    draft = saved.draft;
    if (saved.fault) faults.push(saved.fault);
  }
  if (faults.length > 0) return showForm(web, req, res, 422, { ...stateOf(draft, account), faults });
  web.goBack(res, `/compose?draft=${id}${asked('attach') || removed ? '#attachments' : ''}`, '/f/Drafts');
}

/** Rewrites the message in Drafts. The working copy is on disk already, so a failure loses nothing. */
async function saveToDrafts(
  web: Web,
  spool: DraftSpool,
  req: Request,
  account: Account,
  draft: Draft,
): Promise<{ draft: Draft; fault: Fault | undefined }> {
  const mailbox = await web.mailbox(req);
  // what is no address yet stays in the working copy; Drafts gets the good ones
  const silent = { findDomain: async () => undefined, recipientExists: async () => true };
  const recipients = await checkRecipients(draft.fields, silent, web.log);
  try {
    const message = outgoingMessage(draft, recipients, account, spool, new Date(now(web)), zoneOf(req));
    const id = await storeDraft(message, draft.stored?.id, mailbox);
    const saved: Draft = { ...draft, stored: { id, rev: draft.rev } };
    await spool.write(account.address, saved);
    return { draft: saved, fault: undefined };
  } catch (error) {
    web.log(`web: draft of ${quoted(account.address)} not stored in Drafts: ${quoted(String(error))}`);
    const words =
      'The draft could not be put into Drafts. Your text is kept on this page; try to save again.';
    return { draft, fault: { field: 'form', words } };
  }
}

// ---------------------------------------------------------------------------------------------- sending

async function sendDraft(
  web: Web,
  spool: DraftSpool,
  req: Request,
  res: Response,
  account: Account,
  draft: Draft,
  form: ComposeForm,
): Promise<void> {
  const confirmed = form.fields.get('confirmed') ?? '';
  const again = (status: number, faults: readonly Fault[], questions: readonly Question[] = []) =>
    showForm(web, req, res, status, { ...stateOf(draft, account), faults, questions, confirmed });
  const recipients = await checkRecipients(draft.fields, web.accounts, web.log);
  if (recipients.faults.length > 0) return again(422, recipients.faults);
  const questions = openQuestions(draft, confirmed);
  if (questions.length > 0) return again(422, [], questions);

  const date = new Date(now(web));
  const message = outgoingMessage(draft, recipients, account, spool, date, zoneOf(req));
  await spool.write(account.address, { ...draft, state: 'sending' });
  const outcome = await injectMessage(message, account, web.injector);
  if (outcome.code !== 'K') {
    await spool.write(account.address, { ...draft, state: 'open' });
    web.log(`web: message of ${quoted(account.address)} refused: ${outcome.code} ${quoted(outcome.text)}`);
    const words =
      outcome.code === 'D'
        ? `The message was not sent. The mail system refused it: ${outcome.text}`
        : `The message was not sent. The mail system cannot take it right now: ${outcome.text}`;
    return again(outcome.code === 'D' ? 422 : 503, [{ field: 'form', words }]);
  }

  // From here on the message has left: nothing below may lead to another try.
  const sent: Draft = { ...draft, state: 'sent', savedAt: now(web) };
  await spool.write(account.address, sent);
  const mailbox = await web.mailbox(req);
  const attempt = async (what: string, work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      web.log(`web: after sending, ${what} of ${quoted(account.address)}: ${quoted(String(error))}`);
      return false;
    }
  };
  const kept = await attempt('copy in Sent', () => storeSent(message, mailbox));
  const { answering, stored } = draft;
  if (answering && answering.id !== '') {
    const flag = answering.kind === 'forward' ? 'P' : 'R';
    await attempt('mark on the original', () => mailbox.setFlags([answering.id], flag, ''));
  }
  if (stored) await attempt('draft in Drafts', () => mailbox.remove([stored.id]));
  for (const attachment of draft.attachments) {
    await attempt('file of the draft', () => spool.removeAttachment(account.address, draft.id, attachment));
  }
  const bare = { ...sent, fields: { to: '', cc: '', bcc: '', subject: '', body: '' }, attachments: [] };
  await attempt('record of the draft', () => spool.write(account.address, bare));
  leave(
    web,
    req,
    res,
    sent,
    kept ? 'Sent.' : 'Sent. The copy for your Sent folder could not be stored; do not send it again.',
  );
}

/** 303 to where the person came from, with a note. */
function leave(
  web: Web,
  req: Request,
  res: Response,
  draft: Pick<Draft, 'returnTo'>,
  words: string,
  undo?: unknown,
): void {
  const op = web.rememberUndo(req, words, undo);
  const path = checkPath(draft.returnTo, '/f/INBOX');
  web.goBack(res, withField(path, 'u', op), `/f/INBOX?u=${op}`);
}

async function discardDraft(
  web: Web,
  spool: DraftSpool,
  req: Request,
  res: Response,
  account: Account,
  stored: Draft | undefined,
  form: ComposeForm,
): Promise<void> {
  const mailbox = await web.mailbox(req);
  // a draft opened from the folder and discarded before its first save is still the folder's message
  const seed = parseSeed(form.fields.get('seed') ?? '');
  const inFolder = stored?.stored?.id ?? (seed?.kind === 'edit' ? seed.id : undefined);
  const moved = inFolder ? await mailbox.move([inFolder], await mailbox.folderFor('trash')) : undefined;
  if (stored) await spool.remove(account.address, stored.id);
  const returnTo = checkPath(form.fields.get('return'), '');
  leave(web, req, res, { returnTo }, 'Draft discarded.', moved && moved.done > 0 ? moved.undo : undefined);
}

// ---------------------------------------------------------------------------------------------- conflicts

/** Another tab or device saved this draft after this form was loaded. The form becomes a draft of its own at once
 * (nothing is lost by closing the page), and the person chooses. */
async function showConflict(
  web: Web,
  spool: DraftSpool,
  req: Request,
  res: Response,
  account: Account,
  theirs: Draft,
  form: ComposeForm,
): Promise<void> {
  const id = newDraftId();
  const base: Draft = { ...theirs, id, rev: 0, stored: undefined };
  await spool.share(account.address, theirs.id, id, theirs.attachments);
  const { draft, faults } = await takeTyped(web, spool, account, base, form);
  await spool.write(account.address, draft);
  await web.render(req, res, {
    view: 'compose/conflict',
    title: 'Two versions of this draft',
    status: 422,
    pageClass: 'page-compose',
    model: {
      conflict: {
        mine: draft,
        theirs,
        faults,
        ticket: web.signTicket('compose', JSON.stringify([account.address, id]), ticketLife),
      },
    },
  });
}

async function resolveConflict(
  web: Web,
  spool: DraftSpool,
  req: Request,
  res: Response,
  account: Account,
  mine: Draft | undefined,
  form: ComposeForm,
): Promise<void> {
  const choice = form.fields.get('resolve');
  const other = form.fields.get('other') ?? '';
  const theirs = isDraftId(other) ? await spool.read(account.address, other) : undefined;
  if (!mine) return web.goBack(res, theirs ? `/compose?draft=${other}` : '/f/Drafts', '/f/Drafts');
  if (choice === 'other' && theirs) {
    await spool.remove(account.address, mine.id);
    return web.goBack(res, `/compose?draft=${theirs.id}`, '/f/Drafts');
  }
  let draft = mine;
  if (choice === 'mine' && theirs?.state === 'open') {
    // mine takes the place of theirs, also in Drafts
    draft = { ...mine, stored: theirs.stored };
    await spool.write(account.address, draft);
    await spool.remove(account.address, theirs.id);
  }
  const saved = await saveToDrafts(web, spool, req, account, draft);
  if (saved.fault) {
    return showForm(web, req, res, 422, { ...stateOf(saved.draft, account), faults: [saved.fault] });
  }
  web.goBack(res, `/compose?draft=${mine.id}`, '/f/Drafts');
}
