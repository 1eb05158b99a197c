// Saving what was typed: into the working copy first, then as a message into Drafts; and the rescue of a form whose
// session is over. After the working copy is written, no failure loses a word.
import type { Account } from '../../../mta/accounts/types.ts';
import { quoted } from '../../../mta/log.ts';
import { expandGroupFields } from '../contacts/expand.ts';
import { checkPath } from '../shell/paths.ts';
import { usualChoices } from '../state/choices.ts';
import type { WebParts } from '../web.ts';
import { beginDraft } from './begin.ts';
import type { Fault } from './check.ts';
import { type Draft, type DraftFields, type DraftSpool, newDraftId } from './drafts.ts';
import { moveFile, renameFiles } from './files.ts';
import type { ComposeForm } from './form.ts';
import { readAttachLimit } from './limit.ts';
import { readOptions } from './options.ts';
import { startHtml } from './quote-html.ts';
import { recipientsOf } from './recipients.ts';
import { parseSeed } from './seed.ts';
import { ForeignSender, outgoingMessage, storeDraft, UnreadableHtml } from './send.ts';
import { signaturePlaceOf, swapSignature } from './signature.ts';
import { startFrom } from './start.ts';
import { startParts, timeOf, type Writing, wordsOf, zoneOf } from './writing.ts';

const lineEnds = (text: string): string => text.replace(/\r\n?/g, '\n');

/** Is the text of the form the one that was given out? Browsers and typists change line ends and blanks at the end. */
const isSameText = (one: string, other: string): boolean =>
  lineEnds(one).trimEnd().replace(/^\n+/, '') === lineEnds(other).trimEnd().replace(/^\n+/, '');

/**
 * The fields of a form. Of a letter with formatting `html` is the truth where the editor was there; without script the
 * text was shown, and formatting is kept as long as nobody changes that.
 */
function typedFields(form: ComposeForm, base: Draft): DraftFields {
  const typed = (name: string) => form.fields.get(name) ?? '';
  const format = typed('format');
  const body = lineEnds(typed('body'));
  const kept = format === 'kept' && isSameText(body, base.fields.body) ? base.fields.html : '';
  return {
    to: typed('to'),
    cc: typed('cc'),
    bcc: typed('bcc'),
    replyTo: typed('replyTo'),
    from: typed('from').toLowerCase(),
    subject: typed('subject'),
    body,
    html: format === 'html' ? withContentIds(typed('html'), base) : kept,
  };
}

/**
 * Does a form with an older number say what is stored? Then nobody changed anything in another place: a page that was left
 * saved itself, and came back by the browser's history.
 */
export function isSameAsStored(form: ComposeForm, stored: Draft): boolean {
  const typed = typedFields(form, stored);
  const same = (['to', 'cc', 'bcc', 'replyTo', 'subject', 'html'] as const).every(
    (name) => typed[name].trim() === stored.fields[name].trim(),
  );
  const named = renameFiles(stored.attachments, form.fields);
  return (
    same &&
    named.every(({ name }, at) => name === stored.attachments[at]?.name) &&
    isSameText(typed.body, stored.fields.body)
  );
}

/** Pictures are named by their Content-IDs: a draft may get another name, its files keep theirs. */
const withContentIds = (html: string, base: Draft): string =>
  html.replace(/\/compose\/file\/[\w-]{16}\/(a\d{1,4})(?:\?[^"'\s>]*)?/g, (path, id: string) => {
    const contentId = base.attachments.find((one) => one.id === id)?.contentId;
    return contentId === undefined ? path : `cid:${contentId}`;
  });

/** A draft that begins with this form: files of a forwarded or opened message are copied into it. */
export async function newDraft(writing: Writing, id: string, form: ComposeForm) {
  const { spool } = writing;
  const parts = await startParts(writing);
  const seed = parseSeed(form.fields.get('seed') ?? '');
  const start = seed && (await startFrom(seed, parts));
  const format = form.fields.get('format') ?? '';
  const isHtml = format === 'html' || format === 'kept';
  const begun = await beginDraft(
    id,
    { start, isHtml, most: await readAttachLimit(writing.web.settings), t: parts.t },
    spool,
    parts,
  );
  if (start && format === 'kept') {
    const identity = await parts.identities.find(parts.account, start.fields.from);
    const [usual] = await parts.identities.list(parts.account);
    const html = await startHtml(seed, start, identity ?? usual!, parts, id);
    const fields = { ...start.fields, html: withContentIds(html, begun.draft) };
    return { ...begun, draft: { ...begun.draft, fields } };
  }
  if (!seed || start || seed.kind.startsWith('reply')) return begun;
  return { ...begun, faults: [parts.t('compose.originalGone')] };
}

/** The list of a field where an identity had put its own addresses in, with those of another. Pure. */
export function swapList(typed: string, old: string, next: string): string {
  if (old === next) return typed;
  const without = old !== '' && typed.includes(old) ? typed.replace(old, '') : typed;
  return [without, typed.includes(next) ? '' : next]
    .map((list) => list.replace(/^[\s,;]+|[\s,;]+$/g, '').replace(/,\s*,/g, ','))
    .filter((list) => list !== '')
    .join(', ');
}

/** From was changed without script, or with a script that was too late: its signature and copies change with it. */
async function changeIdentity(
  writing: Writing,
  fields: DraftFields,
  form: ComposeForm,
  isReply: boolean,
): Promise<{ fields: DraftFields; fault: Fault | undefined }> {
  const { web, req, account } = writing;
  const { identities } = web;
  const next = await identities.find(account, fields.from || account.address);
  if (!next) {
    const words = wordsOf(writing).t('compose.foreignFrom');
    return { fields: { ...fields, from: '' }, fault: { field: 'from', words } };
  }
  const was = form.fields.get('wasFrom') ?? '';
  const old = was === '' || was === next.address ? undefined : await identities.find(account, was);
  if (!old) return { fields: { ...fields, from: next.address }, fault: undefined };
  const place = signaturePlaceOf(web.sessionOf(req) ? web.choices(req) : usualChoices, isReply);
  return {
    fields: {
      ...fields,
      from: next.address,
      bcc: swapList(fields.bcc, old.bcc, next.bcc),
      replyTo: swapList(fields.replyTo, old.replyTo, next.replyTo),
      body:
        fields.html === '' ? swapSignature(fields.body, old.signature, next.signature, place) : fields.body,
    },
    fault: undefined,
  };
}

/** The draft with the form's fields and files; files that do not fit any more are named. Nothing is written yet but
 * the files. */
export async function takeTyped(
  writing: Writing,
  base: Draft,
  form: ComposeForm,
): Promise<{ draft: Draft; faults: Fault[] }> {
  const { web, spool, req, account } = writing;
  const { t, formats } = wordsOf(writing);
  const faults: Fault[] = form.faults.map((words) => ({ field: 'file', words }));
  const attachments = [...moveFile(renameFiles(base.attachments, form.fields), form.fields.get('move'))];
  let { lastAttachment } = base;
  let sum = attachments.reduce((total, attachment) => total + attachment.size, 0);
  const most = await readAttachLimit(writing.web.settings);
  for (const upload of form.uploads) {
    if (sum + upload.size > most) {
      const { name } = upload;
      const limit = formats.size(most);
      faults.push({ field: 'file', words: t('compose.fileTooMuch', { name, limit }) });
      continue;
    }
    lastAttachment++;
    sum += upload.size;
    attachments.push(await spool.adopt(account.address, base.id, lastAttachment, upload.path, upload));
  }
  const changed = await changeIdentity(
    writing,
    typedFields(form, base),
    form,
    base.answering?.kind === 'reply',
  );
  if (changed.fault) faults.push(changed.fault);
  return {
    draft: {
      ...base,
      rev: base.rev + 1,
      savedAt: timeOf(web),
      fields: expandGroupFields(web.contacts, account.address, changed.fields),
      attachments,
      lastAttachment,
      returnTo: checkPath(form.fields.get('return'), ''),
      zone: zoneOf(req),
      options: readOptions((name) => form.fields.get(name), base.options),
    },
    faults,
  };
}

/** Makes the message in Drafts that of the draft. Throws what the mailbox throws, and UnreadableHtml. */
export async function storeInDrafts(
  web: WebParts,
  spool: DraftSpool,
  account: Account,
  draft: Draft,
): Promise<Draft> {
  const mailbox = await web.mailboxes.open(account);
  // what is no address yet stays in the working copy; Drafts gets the good ones
  const recipients = recipientsOf(draft.fields);
  const date = new Date(timeOf(web));
  const prepare = (one: Draft) => outgoingMessage(web, one, recipients, account, spool, date, draft.zone);
  const message = await prepare(draft).catch((error: unknown) => {
    // The address was taken away meanwhile: the text is kept under the account's own.
    if (!(error instanceof ForeignSender)) throw error;
    return prepare({ ...draft, fields: { ...draft.fields, from: '' } });
  });
  const id = await storeDraft(message, draft.stored?.id, mailbox);
  const saved: Draft = { ...draft, stored: { id, rev: draft.rev } };
  await spool.write(account.address, saved);
  return saved;
}

/** Rewrites the message in Drafts. The working copy is on disk already, so a failure loses nothing. */
export async function saveToDrafts(
  writing: Writing,
  draft: Draft,
): Promise<{ draft: Draft; fault: Fault | undefined }> {
  const { web, spool, account } = writing;
  try {
    return { draft: await storeInDrafts(web, spool, account, draft), fault: undefined };
  } catch (error) {
    web.log(`web: draft of ${quoted(account.address)} not stored in Drafts: ${quoted(String(error))}`);
    const key = error instanceof UnreadableHtml ? 'compose.htmlUnread' : 'compose.notInDrafts';
    return { draft, fault: { field: 'form', words: wordsOf(writing).t(key) } };
  }
}

/** L4: the session is over. Saves the form into its draft (or, if that changed meanwhile, into a new one) and sends
 * nothing. Gives the draft. */
export async function rescueForm(writing: Writing, wanted: string, form: ComposeForm): Promise<Draft> {
  const { spool, account } = writing;
  return spool.alone(account.address, wanted, async () => {
    const stored = await spool.read(account.address, wanted);
    const fits =
      stored === undefined || (stored.state === 'open' && stored.rev === Number(form.fields.get('rev')));
    const target = fits ? wanted : newDraftId();
    const base = fits && stored ? stored : (await newDraft(writing, target, form)).draft;
    const { draft } = await takeTyped(writing, base, form);
    await spool.write(account.address, draft);
    return draft;
  });
}

/** The same for a form of a page, which leads over sign-in back to its draft. */
export async function rescueDraft(writing: Writing, wanted: string, form: ComposeForm): Promise<void> {
  const { web, req, res } = writing;
  const { id } = await rescueForm(writing, wanted, form);
  const path = `/compose?draft=${id}&safe=1`;
  web.goBack(res, web.sessionOf(req) ? path : `/login?next=${encodeURIComponent(path)}`, '/login');
}
