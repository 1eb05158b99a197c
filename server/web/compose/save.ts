// Saving what was typed: into the working copy first, then as a message into Drafts; and the rescue of a form whose
// session is over. After the working copy is written, no failure loses a word.
import { quoted } from '../../../mta/log.ts';
import { expandGroupFields } from '../contacts/expand.ts';
import { checkPath } from '../shell/paths.ts';
import type { Fault } from './check.ts';
import { type Draft, type DraftFields, limits, newDraftId } from './drafts.ts';
import type { ComposeForm } from './form.ts';
import { recipientsOf } from './recipients.ts';
import { outgoingMessage, storeDraft } from './send.ts';
import { beginDraft, parseSeed, type Seed, startFrom } from './start.ts';
import { startParts, timeOf, type Writing, zoneOf } from './writing.ts';

const typedFields = (form: ComposeForm): DraftFields => ({
  to: form.fields.get('to') ?? '',
  cc: form.fields.get('cc') ?? '',
  bcc: form.fields.get('bcc') ?? '',
  subject: form.fields.get('subject') ?? '',
  body: (form.fields.get('body') ?? '').replace(/\r\n?/g, '\n'),
});

/** A draft that begins with this form: attachments of a forwarded or opened message are copied into it. */
export async function newDraft(writing: Writing, id: string, form: ComposeForm) {
  const { spool } = writing;
  const parts = await startParts(writing);
  const seed: Seed | undefined = parseSeed(form.fields.get('seed') ?? '');
  const start = seed && (await startFrom(seed, parts));
  const begun = await beginDraft(id, start, seed, spool, parts);
  if (!seed || start || (seed.kind !== 'forward' && seed.kind !== 'edit')) return begun;
  const words = 'The original message is gone, so its files could not be attached. The text is kept.';
  return { ...begun, faults: [words] };
}

/** The draft with the form's fields and files; files that do not fit any more are named. Nothing is written yet but
 * the files. */
export async function takeTyped(
  writing: Writing,
  base: Draft,
  form: ComposeForm,
): Promise<{ draft: Draft; faults: Fault[] }> {
  const { web, spool, account } = writing;
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
      savedAt: timeOf(web),
      fields: expandGroupFields(web.contacts, account.address, typedFields(form)),
      attachments,
      lastAttachment,
      returnTo: checkPath(form.fields.get('return'), ''),
    },
    faults,
  };
}

/** Rewrites the message in Drafts. The working copy is on disk already, so a failure loses nothing. */
export async function saveToDrafts(
  writing: Writing,
  draft: Draft,
): Promise<{ draft: Draft; fault: Fault | undefined }> {
  const { web, spool, req, account } = writing;
  const mailbox = await web.mailbox(req);
  // what is no address yet stays in the working copy; Drafts gets the good ones
  const recipients = recipientsOf(draft.fields);
  try {
    const message = outgoingMessage(draft, recipients, account, spool, new Date(timeOf(web)), zoneOf(req));
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

/** L4: the session is over. Saves the form into its draft (or, if that changed meanwhile, into a new one), sends
 * nothing, and leads over sign-in back to it. */
export async function rescueDraft(writing: Writing, wanted: string, form: ComposeForm): Promise<void> {
  const { web, spool, req, res, account } = writing;
  const id = await spool.alone(account.address, wanted, async () => {
    const stored = await spool.read(account.address, wanted);
    const fits =
      stored === undefined || (stored.state === 'open' && stored.rev === Number(form.fields.get('rev')));
    const target = fits ? wanted : newDraftId();
    const base = fits && stored ? stored : (await newDraft(writing, target, form)).draft;
    const { draft } = await takeTyped(writing, base, form);
    await spool.write(account.address, draft);
    return target;
  });
  const path = `/compose?draft=${id}&safe=1`;
  web.goBack(res, web.sessionOf(req) ? path : `/login?next=${encodeURIComponent(path)}`, '/login');
}
