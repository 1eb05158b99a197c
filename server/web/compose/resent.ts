// A message that goes to other people as it is (RFC 5322 3.6.6): byte for byte, with Resent- fields on top that say who sent
// it on. What belonged to its first way (Return-Path, Bcc) does not go along. It waits in the outbox as every letter does:
// its bytes lie in the draft, so what leaves is what was seen, also when the original goes away meanwhile.
import { createReadStream } from 'node:fs';
import type { Account } from '../../../mta/accounts/types.ts';
import { formatDate } from './build.ts';
import type { Draft, DraftSpool } from './drafts.ts';
import { formatRecipient, type Recipient, recipientsOf } from './recipients.ts';
import type { PreparedMessage } from './send.ts';

/** The fields that go on top, LF line ends. Non-ASCII names are left out: an address says who it is. Pure. */
export function resentFields(
  from: string,
  to: readonly Recipient[],
  date: string,
  messageId: string,
): string {
  const list = to.map(({ name, address }) =>
    /^[\x20-\x7e]*$/.test(name) ? formatRecipient({ name, address }) : address,
  );
  return [
    `Resent-From: ${from}`,
    `Resent-To: ${list.join(',\n\t')}`,
    `Resent-Date: ${date}`,
    `Resent-Message-ID: ${messageId}`,
    '',
  ].join('\n');
}

/** The message without the fields of its first way; LF line ends in the header, the body as it is. Pure. */
export function withoutTrace(message: Buffer): Buffer {
  const end = /\r?\n\r?\n/.exec(message.toString('latin1'));
  const at = end ? end.index : message.length;
  const head = message.subarray(0, at).toString('latin1').replace(/\r\n/g, '\n');
  const kept = head.replace(
    /^(?:return-path|bcc|delivered-to|x-original-to|x-draft-info):.*(?:\n[ \t].*)*\n?/gim,
    '',
  );
  return Buffer.concat([Buffer.from(kept.replace(/\n$/, ''), 'latin1'), message.subarray(at)]);
}

/** Brings together what leaves. Its Resent-Message-ID is the draft's. */
export function resentMessage(
  draft: Draft,
  account: Account,
  spool: Pick<DraftSpool, 'attachmentPath'>,
  date: Date,
  zone?: string,
): PreparedMessage {
  const [file] = draft.attachments;
  if (!file) throw new Error('a message that is sent on has no bytes');
  const { to } = recipientsOf(draft.fields);
  const head = resentFields(account.address, to, formatDate(date, zone), draft.messageId);
  return {
    recipients: to.map(({ envelope }) => envelope),
    wishes: undefined,
    date,
    idField: 'Resent-Message-ID',
    async *read() {
      yield Buffer.from(head);
      yield* createReadStream(spool.attachmentPath(account.address, draft.id, file)) as AsyncIterable<Buffer>;
    },
    sentFolder: '',
    keepsCopy: true,
  };
}
