// The end of a draft: sent, or discarded. What is wrong, and what is asked first, is said on the form with everything kept
// (check.ts). A letter that may go is held by the outbox, which sends it: after the seconds in which the person may undo
// it, at the time they chose, or now. A refusal of a letter that leaves now comes back to the form.

import { collectRecipients } from '../contacts/collect.ts';
import { grace, mostHeld } from '../outbox/outbox.ts';
import { readLater } from '../outbox/schedule.ts';
import { checkPath, withField } from '../shell/paths.ts';
import { checkRecipients, type Fault } from './check.ts';
import type { Draft, HeldLetter } from './drafts.ts';
import type { ComposeForm } from './form.ts';
import { openQuestions, type Question, questionNames } from './questions.ts';
import { parseSeed } from './seed.ts';
import { ForeignSender, outgoingMessage, UnreadableHtml } from './send.ts';
import { leave, showForm, stateOf, timeOf, type Writing } from './writing.ts';

/** Sends a draft that is saved, or shows the form with what is wrong. */
export async function sendDraft(writing: Writing, draft: Draft, form: ComposeForm): Promise<void> {
  const { web, req, account } = writing;
  const confirmed = form.fields.get('confirmed') ?? '';
  const typed = (name: string) => form.fields.get(name) ?? '';
  const typedLater = { date: typed('later-date'), time: typed('later-time'), isOpen: false };
  const again = (
    status: number,
    faults: readonly Fault[],
    questions: readonly Question[] = [],
    isOpen = false,
  ) =>
    showForm(writing, status, {
      ...stateOf(draft, account),
      faults,
      questions,
      confirmed,
      laterChoice: typed('later'),
      typedLater: { ...typedLater, isOpen },
    });
  const { t, formats } = web.shell.localsOf(req);
  const { webrecipients: most } = await web.settings.read(['webrecipients']);
  const { accounts, log } = web;
  const recipients = await checkRecipients(draft.fields, { accounts, log, t, most });
  if (recipients.faults.length > 0) return again(422, recipients.faults);
  const now = timeOf(web);
  const { zone } = formats;
  const later = readLater(typed, now, zone);
  if (later !== undefined && 'fault' in later)
    return again(422, [{ field: 'form', words: t(later.fault) }], [], true);
  try {
    // What could not be put together later is said while somebody can mend it.
    await outgoingMessage(web, draft, recipients, account, writing.spool, new Date(now), zone);
  } catch (error) {
    if (error instanceof UnreadableHtml)
      return again(422, [{ field: 'body', words: t('compose.htmlUnread') }]);
    if (error instanceof ForeignSender)
      return again(422, [{ field: 'from', words: t('compose.foreignFrom') }]);
    throw error;
  }
  // Who says "not again" while answering is not asked now either.
  stopAsking(writing, form);
  const { neverAsk } = web.choices(req);
  const { findMailDomain } = web;
  const questions = await openQuestions(draft, recipients, { t, confirmed, neverAsk, findMailDomain });
  if (questions.length > 0) return again(422, [], questions);

  collectRecipients(writing, recipients);
  if (later) {
    const held = { at: later.at, shownUntil: later.at, kind: 'later', op: '', zone } as const;
    return holdDraft(writing, draft, held, again);
  }
  return letGo(writing, draft, again);
}

/** Sends a letter that may go, after the seconds in which the person may undo it. `again`: shows its form with faults. */
export function letGo(writing: Writing, draft: Draft, again: Again): Promise<void> {
  const { web, req } = writing;
  const now = timeOf(web);
  const { zone } = web.shell.localsOf(req).formats;
  const shownUntil = now + web.choices(req).undoSeconds * 1000;
  const held = { shownUntil, kind: 'undo', op: '', zone } as const;
  return shownUntil > now
    ? holdDraft(writing, draft, { ...held, at: shownUntil + grace }, again)
    : sendAtOnce(writing, draft, { ...held, at: now }, again);
}

/** Takes down which questions the person does not want any more. */
function stopAsking({ web, req }: Writing, form: ComposeForm): void {
  const stopped = questionNames.filter((name) => form.fields.has(`never-${name}`));
  const { neverAsk } = web.choices(req);
  if (stopped.some((name) => !neverAsk.includes(name)))
    web.choose(req, { neverAsk: [...new Set([...neverAsk, ...stopped])] });
}

/** Nobody sees the others: all recipients go to Bcc. */
export function hideRecipients(draft: Draft): Draft {
  const { to, cc, bcc } = draft.fields;
  const all = [to, cc, bcc].map((text) => text.trim()).filter((text) => text !== '');
  return { ...draft, fields: { ...draft.fields, to: '', cc: '', bcc: all.join(', ') } };
}

export type Again = (status: number, faults: readonly Fault[]) => Promise<void>;

const tooMany = (writing: Writing, again: Again): Promise<void> =>
  again(422, [
    { field: 'form', words: writing.web.shell.localsOf(writing.req).t('outbox.tooMany', { n: mostHeld }) },
  ]);

async function holdDraft(writing: Writing, draft: Draft, held: HeldLetter, again: Again): Promise<void> {
  const { web, req, account } = writing;
  const { t, formats } = web.shell.localsOf(req);
  const words =
    held.kind === 'later' ? t('outbox.willBeSent', { time: formats.full(held.at) }) : t('outbox.onItsWay');
  const op = web.rememberUndo(req, words, {
    kind: 'send',
    draft: draft.id,
    ...(held.kind === 'undo' ? { shownUntil: held.shownUntil } : {}),
  });
  const waiting = await web.outbox.hold(account, draft, { ...held, op });
  return waiting ? leaveHeld(writing, waiting) : tooMany(writing, again);
}

/** 303 to where the person came from, with the toast of a letter that waits. */
export function leaveHeld({ web, res }: Writing, draft: Draft): void {
  const path = checkPath(draft.returnTo, '/f/INBOX');
  const op = draft.held?.op ?? '';
  web.goBack(res, op === '' ? '/v/outbox' : withField(path, 'u', op), '/v/outbox');
}

async function sendAtOnce(writing: Writing, draft: Draft, held: HeldLetter, again: Again): Promise<void> {
  const { web, req, account } = writing;
  const t = web.shell.localsOf(req).t;
  const waiting = await web.outbox.hold(account, draft, held);
  if (!waiting) return tooMany(writing, again);
  const released = await web.outbox.release(account, waiting);
  if (released.state === 'kept') {
    const { reason, words, isLasting } = released.trouble;
    await web.outbox.takeBack(account.address, draft.id);
    return again(isLasting ? 422 : 503, [{ field: 'form', words: t(`outbox.why.${reason}`, { words }) }]);
  }
  const words = released.isKept ? t('outbox.sent') : t('outbox.sentWithoutCopy');
  leave(writing, draft, words, released.copy === undefined ? undefined : `/m/${released.copy.id}`);
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
