// The end of a draft: sent, or discarded. Guarantees that a message leaves at most once: the draft says `sending` on disk
// before the queue is asked, and after the queue's K nothing here leads to another try, whatever fails.
import { quoted } from '../../../mta/log.ts';
import { collectRecipients } from '../contacts/collect.ts';
import { checkPath } from '../shell/paths.ts';
import { checkRecipients, type Fault, openQuestions, type Question } from './check.ts';
import { type Draft, noFields } from './drafts.ts';
import type { ComposeForm } from './form.ts';
import { injectMessage, outgoingMessage, storeSent } from './send.ts';
import { parseSeed } from './start.ts';
import { leave, showForm, stateOf, timeOf, type Writing, zoneOf } from './writing.ts';

/** Sends a draft that is saved, or shows the form with what is wrong. */
export async function sendDraft(writing: Writing, draft: Draft, form: ComposeForm): Promise<void> {
  const { web, spool, req, account } = writing;
  const confirmed = form.fields.get('confirmed') ?? '';
  const again = (status: number, faults: readonly Fault[], questions: readonly Question[] = []) =>
    showForm(writing, status, { ...stateOf(draft, account), faults, questions, confirmed });
  const recipients = await checkRecipients(draft.fields, web.accounts, web.log);
  if (recipients.faults.length > 0) return again(422, recipients.faults);
  const questions = openQuestions(draft, confirmed);
  if (questions.length > 0) return again(422, [], questions);

  const date = new Date(timeOf(web));
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
  try {
    web.sentLetters.remember(account.address, draft.messageId, outcome);
  } catch (error) {
    web.log(`web: number of a sent letter of ${quoted(account.address)}: ${quoted(String(error))}`);
  }
  collectRecipients(writing, recipients);
  const sent: Draft = { ...draft, state: 'sent', savedAt: timeOf(web) };
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
  const bare = { ...sent, fields: noFields, attachments: [] };
  await attempt('record of the draft', () => spool.write(account.address, bare));
  leave(
    writing,
    sent,
    kept ? 'Sent.' : 'Sent. The copy for your Sent folder could not be stored; do not send it again.',
  );
}

/** Takes the draft away; its message in Drafts goes to Trash and can come back. */
export async function discardDraft(
  writing: Writing,
  stored: Draft | undefined,
  form: ComposeForm,
): Promise<void> {
  const { web, spool, req, account } = writing;
  const mailbox = await web.mailbox(req);
  // a draft opened from the folder and discarded before its first save is still the folder's message
  const seed = parseSeed(form.fields.get('seed') ?? '');
  const inFolder = stored?.stored?.id ?? (seed?.kind === 'edit' ? seed.id : undefined);
  const moved = inFolder ? await mailbox.move([inFolder], await mailbox.folderFor('trash')) : undefined;
  if (stored) await spool.remove(account.address, stored.id);
  const returnTo = checkPath(form.fields.get('return'), '');
  leave(writing, { returnTo }, 'Draft discarded.', moved && moved.done > 0 ? moved.undo : undefined);
}
