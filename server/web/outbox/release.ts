// A letter leaves: the message into the queue, then what belongs to it once it is there (copy in Sent, mark on the
// original, the draft away). Each step is written down before the next, so a crash goes on where it was:
//   held      nothing left; `sending` is on disk, with the Date of the message, before the queue is asked
//   sending   nobody knows whether the queue took it: it is handed over again, byte for byte, with the same Message-ID. A
//             recipient may get it twice after a crash right there, never not at all
//   sent      the queue took it: it is never handed over again; the copy in Sent is looked for before it is stored
// The caller keeps the draft to itself meanwhile (DraftSpool.alone).
import type { Account } from '../../../mta/accounts/types.ts';
import { quoted } from '../../../mta/log.ts';
import { type Outcome, temporary } from '../../../mta/outcome.ts';
import type { Mailbox, MessageId } from '../../mailbox/types.ts';
import { type Draft, type DraftSpool, type HeldLetter, noFields, type Trouble } from '../compose/drafts.ts';
import { recipientsOf } from '../compose/recipients.ts';
import { resentMessage } from '../compose/resent.ts';
import {
  injectMessage,
  outgoingMessage,
  type PreparedMessage,
  sentFolderOf,
  storeSent,
} from '../compose/send.ts';
import type { Identities } from '../identities/own.ts';
import type { SentLetters } from '../state/sent.ts';
import type { WebOptions } from '../types.ts';

export interface ReleaseParts extends Pick<WebOptions, 'injector' | 'mailboxes' | 'log' | 'reader'> {
  readonly accounts: Pick<WebOptions['accounts'], 'submission'>;
  readonly identities: Identities;
  readonly drafts: DraftSpool;
  readonly sentLetters: SentLetters;
  readonly clock: () => number;
}

/** Where the copy of a letter lies. */
export interface SentCopy {
  readonly folder: string;
  readonly id: MessageId;
}

export type Released =
  /** `copy`: its message in Sent; undefined: none, or it could not be stored. */
  | {
      readonly state: 'sent';
      readonly draft: Draft;
      readonly copy: SentCopy | undefined;
      readonly isKept: boolean;
    }
  | { readonly state: 'kept'; readonly draft: Draft; readonly trouble: Trouble };

/** Sends a draft that is held, or finishes what a crash cut off. Throws only when not even its state can be stored. */
export async function releaseDraft(parts: ReleaseParts, account: Account, draft: Draft): Promise<Released> {
  const { drafts, clock, log } = parts;
  if (!draft.held) throw new Error('outbox: a draft that is not held was to leave');
  const date = draft.held.date ?? clock();
  const held: HeldLetter = { ...draft.held, date, trouble: undefined };
  let message: PreparedMessage;
  try {
    const recipients = recipientsOf(draft.fields);
    message = draft.resending
      ? resentMessage(draft, account, drafts, new Date(date), held.zone)
      : await outgoingMessage(parts, draft, recipients, account, drafts, new Date(date), held.zone);
  } catch (error) {
    // The address it is written under was taken away, or its formatting cannot be read after all.
    log(`web: message of ${quoted(account.address)} not put together: ${quoted(String(error))}`);
    if (draft.state === 'sent') return finish(parts, account, { ...draft, held }, undefined, true);
    const trouble: Trouble = { reason: 'unmade', words: '', isLasting: true, at: clock() };
    const kept: Draft = { ...draft, state: 'held', held: { ...held, date: undefined, trouble } };
    await drafts.write(account.address, kept);
    return { state: 'kept', draft: kept, trouble };
  }
  let sent: Draft = { ...draft, held };
  if (draft.state !== 'sent') {
    await drafts.write(account.address, { ...draft, held, state: 'sending' });
    const outcome = await injectCounted(parts, account, message);
    if (outcome.code !== 'K') {
      const isLasting = outcome.code === 'D';
      log(`web: message of ${quoted(account.address)} refused: ${outcome.code} ${quoted(outcome.text)}`);
      const trouble: Trouble = {
        reason: isLasting ? 'refused' : 'queue',
        words: outcome.text.slice(0, 500),
        isLasting,
        at: clock(),
      };
      // The next try is another message: its date is its own.
      const kept: Draft = { ...draft, state: 'held', held: { ...held, date: undefined, trouble } };
      await drafts.write(account.address, kept);
      return { state: 'kept', draft: kept, trouble };
    }
    // From here on the message has left: nothing below may lead to another try.
    try {
      parts.sentLetters.remember(account.address, draft.messageId, outcome);
    } catch (error) {
      log(`web: number of a sent letter of ${quoted(account.address)}: ${quoted(String(error))}`);
    }
    sent = { ...draft, held, state: 'sent', savedAt: clock() };
    await drafts.write(account.address, sent);
  }
  return finish(parts, account, sent, message, draft.state === 'sent');
}

/** Hands it to the queue, when the account may still send that much (security.md X7). */
async function injectCounted(
  { accounts, injector }: ReleaseParts,
  account: Account,
  message: PreparedMessage,
): Promise<Outcome> {
  const { submission } = accounts;
  const count = message.recipients.length;
  const words = await submission?.spend(account.address, count);
  if (words !== undefined) return temporary(words);
  const outcome = await injectMessage(message, account, injector);
  if (outcome.code !== 'K') await submission?.giveBack(account.address, count);
  return outcome;
}

/** What follows the queue's K. Nothing of it failing makes the letter unsent. */
async function finish(
  parts: ReleaseParts,
  account: Account,
  sent: Draft,
  message: PreparedMessage | undefined,
  wasCutOff: boolean,
): Promise<Released> {
  const { drafts, log } = parts;
  const attempt = async <Result>(what: string, work: () => Promise<Result>): Promise<Result | undefined> => {
    try {
      return await work();
    } catch (error) {
      log(`web: after sending, ${what} of ${quoted(account.address)}: ${quoted(String(error))}`);
      return undefined;
    }
  };
  const mailbox = await attempt('mailbox', () => parts.mailboxes.open(account));
  let isKept = mailbox !== undefined && message !== undefined;
  let copy: SentCopy | undefined;
  if (mailbox && message?.keepsCopy && !sent.held?.isCopied) {
    const stored = await attempt('copy in Sent', async () => ({
      copy:
        wasCutOff && (await hasCopy(mailbox, message, sent.messageId))
          ? undefined
          : await storeSent(message, mailbox),
    }));
    isKept = stored !== undefined;
    copy = stored?.copy;
    if (sent.held) {
      const copied: Draft = { ...sent, held: { ...sent.held, isCopied: true } };
      await attempt('record of the draft', () => drafts.write(account.address, copied));
    }
  }
  const { answering, stored } = sent;
  if (mailbox && answering && answering.id !== '') {
    const flag = answering.kind === 'forward' ? 'P' : 'R';
    await attempt('mark on the original', () =>
      mailbox.setFlags([answering.id, ...(answering.also ?? [])], flag, ''),
    );
  }
  if (mailbox && stored) await attempt('draft in Drafts', () => mailbox.remove([stored.id]));
  for (const attachment of sent.attachments)
    await attempt('file of the draft', () => drafts.removeAttachment(account.address, sent.id, attachment));
  // What is left says that this form was sent, for as long as one may come again.
  const bare: Draft = { ...sent, held: undefined, fields: noFields, attachments: [] };
  await attempt('record of the draft', () => drafts.write(account.address, bare));
  return { state: 'sent', draft: bare, copy, isKept };
}

/** Is there a message with this Message-ID already where the copy goes? */
async function hasCopy(mailbox: Mailbox, message: PreparedMessage, messageId: string): Promise<boolean> {
  const folder = await sentFolderOf(message, mailbox);
  const found = await mailbox.uids.search(folder, { key: 'header', field: message.idField, text: messageId });
  return found.length > 0;
}
