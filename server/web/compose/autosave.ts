// Saving while somebody writes (spec/webmail.md 4.5), for pages with script:
//   POST /compose/autosave  the form without files, `remove=<a>` takes one away, `rename` and `move` show them again, `leave` also writes Drafts at once
//   POST /compose/upload    one file, also a picture that stands in the text (`inline`)
// Both answer JSON. An autosave changes the working copy only; the message in Drafts follows after half a minute of quiet,
// also when the program was restarted meanwhile, so a large file is not encoded anew for every sentence. An older form
// overwrites nothing: 409, and the page then posts its form, which shows both (conflict.ts).
import { type Response, Router } from 'express';
import { quoted } from '../../../mta/log.ts';
import { contentIdOf } from './begin.ts';
import type { Draft } from './drafts.ts';
import { readAttachLimit } from './limit.ts';
import { filesModel } from './page.ts';
import { type ComposeParts, type Posted, type Refused, takePosted } from './posted.ts';
import { picturePath } from './quote-html.ts';
import { isSameAsStored, newDraft, rescueForm, storeInDrafts, takeTyped } from './save.ts';
import { timeOf, type Writing, wordsOf } from './writing.ts';

/** Milliseconds without a save after which the message in Drafts is rewritten. */
export const quiet = 30_000;

const dueKind = 'draft';

/** Rewrites the message in Drafts when nobody saved for a while. */
export function storeWhenQuiet({ web, spool }: ComposeParts): void {
  web.due.whenDue(dueKind, async ({ address, payload }) => {
    const id = (payload as { readonly draft: string }).draft;
    const account = await web.accounts.findAccount(address);
    if (!account) return;
    await spool.alone(address, id, async () => {
      const draft = await spool.read(address, id);
      if (draft?.state !== 'open' || draft.stored?.rev === draft.rev) return;
      await storeInDrafts(web, spool, account, { ...draft, due: undefined });
    });
  });
}

/** Puts the rewriting off for another while; gives the draft with what is due for it. */
function putOff({ web, account }: Writing, draft: Draft): Draft {
  const at = timeOf(web) + quiet;
  if (draft.due !== undefined && web.due.change(account.address, draft.due, { at })) return draft;
  return { ...draft, due: web.due.add(account.address, dueKind, at, { draft: draft.id }) };
}

export function autosaveRoutes(parts: ComposeParts): Router {
  const router = Router();
  const { web, spool } = parts;
  const refuse =
    (res: Response, t: (key: 'login.again') => string) =>
    ({ status, words }: Refused): void => {
      res.status(status).json({ words: words === 'login.again' ? t(words) : words });
    };

  router.post('/compose/autosave', web.sameOrigin, (req, res) =>
    takePosted(
      parts,
      req,
      res,
      (posted) =>
        posted.byTicket
          ? rescueQuietly(posted)
          : spool.alone(posted.writing.account.address, posted.id, () => autosave(posted)),
      refuse(res, web.shell.localsOf(req).t),
    ),
  );
  router.post('/compose/upload', web.sameOrigin, (req, res) =>
    takePosted(
      parts,
      req,
      res,
      (posted) => {
        if (posted.byTicket) {
          res.status(401).json({ words: wordsOf(posted.writing).t('login.again') });
          return Promise.resolve();
        }
        return spool.alone(posted.writing.account.address, posted.id, () => takeUpload(posted));
      },
      refuse(res, web.shell.localsOf(req).t),
    ),
  );
  return router;
}

/** The session is over: what was typed is kept in its draft, and the page says so. */
async function rescueQuietly({ writing, form, id }: Posted): Promise<void> {
  const { t } = wordsOf(writing);
  const draft = await rescueForm(writing, id, form);
  writing.res.json({ draft: draft.id, rev: draft.rev, saved: t('compose.savedSignedOut'), isOut: true });
}

/** The list of files as the page shows it. */
const renderFiles = async ({ web, req }: Writing, draft: Draft): Promise<string> => {
  const { attachments } = draft;
  const model = filesModel({
    attachments,
    isHtml: draft.fields.html !== '',
    limit: await readAttachLimit(web.settings),
  });
  return web.renderPart(req, 'compose/files', model);
};

async function autosave({ writing, form, id }: Posted): Promise<void> {
  const { web, spool, res, account } = writing;
  const { t, formats } = wordsOf(writing);
  const found = await spool.read(account.address, id);
  if (found && (found.state !== 'open' || found.resending)) {
    res.status(409).json({ words: t('compose.alreadySent'), isGone: true });
    return;
  }
  const rev = Number(form.fields.get('rev') ?? 0);
  if (found && found.rev !== rev && isSameAsStored(form, found)) {
    const saved = t('compose.saved', { time: formats.clock(found.savedAt) });
    res.json({ draft: id, rev: found.rev, saved, files: await renderFiles(writing, found) });
    return;
  }
  if (found && found.rev !== rev) {
    const words = t('compose.changedElsewhere', { time: formats.clock(found.savedAt) });
    res.status(409).json({ words, isConflict: true });
    return;
  }
  const begun = found ? { draft: found, faults: [] } : await newDraft(writing, id, form);
  const taken = await takeTyped(writing, begun.draft, form);
  let { draft } = taken;
  const removed = draft.attachments.find((one) => one.id === form.fields.get('remove'));
  if (removed) draft = { ...draft, attachments: draft.attachments.filter((one) => one !== removed) };
  draft = putOff(writing, draft);
  await spool.write(account.address, draft);
  if (removed) await spool.removeAttachment(account.address, id, removed);
  if (form.fields.has('leave')) await storeNow(writing, draft);
  web.live.tell(account.address, { kind: 'draft', draft: id, revision: draft.rev });
  const faults = [...begun.faults, ...taken.faults.map(({ words }) => words)];
  res.json({
    draft: id,
    rev: draft.rev,
    saved: t('compose.saved', { time: formats.clock(draft.savedAt) }),
    faults,
    ...(removed || form.fields.has('rename') || form.fields.has('move') || begun.faults.length > 0 || !found
      ? { files: await renderFiles(writing, draft) }
      : {}),
  });
}

/** The page is being left: Drafts has it at once. What fails here is tried again when it is due. */
async function storeNow({ web, spool, account }: Writing, draft: Draft): Promise<void> {
  try {
    await storeInDrafts(web, spool, account, draft);
  } catch (error) {
    web.log(`web: draft of ${quoted(account.address)} not stored in Drafts: ${quoted(String(error))}`);
  }
}

async function takeUpload({ writing, form, id }: Posted): Promise<void> {
  const { spool, res, account } = writing;
  const { t, formats } = wordsOf(writing);
  const draft = await spool.read(account.address, id);
  if (draft?.state !== 'open' || draft.resending) {
    res.status(409).json({ words: t('compose.notOpen'), isGone: true });
    return;
  }
  const [upload] = form.uploads;
  const used = draft.attachments.reduce((sum, one) => sum + one.size, 0);
  const most = await readAttachLimit(writing.web.settings);
  if (!upload || used + upload.size > most) {
    const name = upload?.name ?? '';
    const words = form.faults[0] ?? t('compose.fileTooMuch', { name, limit: formats.size(most) });
    res.status(422).json({ words });
    return;
  }
  const number = draft.lastAttachment + 1;
  const isInline = form.fields.has('inline') && upload.type.startsWith('image/');
  const contentId = isInline ? contentIdOf(account, id, `a${number}`) : undefined;
  const adopted = await spool.adopt(account.address, id, number, upload.path, { ...upload, contentId });
  // Files are a set by their names: nothing of what somebody typed changes, so the number of the form stays.
  const changed = putOff(writing, {
    ...draft,
    attachments: [...draft.attachments, adopted],
    lastAttachment: number,
    stored: draft.stored && { ...draft.stored, rev: -1 },
  });
  await spool.write(account.address, changed);
  res.json({
    file: adopted.id,
    address: isInline ? picturePath(id, adopted.id) : '',
    said: t('compose.attached', { name: upload.name }),
    files: await renderFiles(writing, changed),
  });
}
