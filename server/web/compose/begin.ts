// The first save of a letter: it becomes a draft of the spool, and the files it begins with are copied out of the other
// messages. A file that cannot be read or does not fit is named; the text is kept whatever happens.
import { randomBytes } from 'node:crypto';
import type { Account } from '../../../mta/accounts/types.ts';
import type { Translate } from '../words/words.ts';
import type { Draft, DraftAttachment, DraftSpool, FileFacts } from './drafts.ts';
import { noFields } from './drafts.ts';
import { cleanType } from './form.ts';
import { cleanFileName } from './names.ts';
import type { Start, StartFile, StartParts } from './start.ts';

/** A Message-ID at the sender's domain (RFC 5322 3.6.4). */
export const newMessageId = (account: Account): string =>
  `<${Date.now().toString(36)}.${randomBytes(12).toString('hex')}@${account.domain}>`;

/** Content-ID of a picture of a draft: the same before the draft is made and after. */
export const contentIdOf = (account: Account, draft: string, attachment: string): string =>
  `${attachment}.${draft}@${account.domain}`;

/** A message can go as message/rfc822 when it can be sent as it is (RFC 2046 5.2.1 forbids to encode it). */
export function isSendable(message: Buffer): boolean {
  if (message.includes(0)) return false;
  for (let at = 0; at < message.length; ) {
    const end = message.indexOf(10, at);
    if ((end < 0 ? message.length : end) - at > 998) return false;
    if (end < 0) break;
    at = end + 1;
  }
  return true;
}

async function readFileOf(
  file: StartFile,
  parts: StartParts,
): Promise<{ body: Buffer; type: string } | undefined> {
  const message = await parts.mailbox.readMessage(file.message, file.folder);
  if (!message) return undefined;
  if (file.part === undefined)
    return { body: message, type: isSendable(message) ? 'message/rfc822' : 'application/octet-stream' };
  const found = await parts.reader.part(message, file.part);
  return found && { body: found.body, type: cleanType(file.type) };
}

export interface BeginOptions {
  readonly start: Start | undefined;
  /** The letter has formatting: pictures of the other message stand in it. */
  readonly isHtml: boolean;
  /** Bytes of files that fit. */
  readonly most: number;
  readonly t: Translate;
}

/** Makes the draft of a first save: id and number of the form, files copied out of the other messages. */
export async function beginDraft(
  id: string,
  { start, isHtml, most, t }: BeginOptions,
  spool: DraftSpool,
  parts: StartParts,
): Promise<{ draft: Draft; faults: readonly string[] }> {
  const { account } = parts;
  const draft: Draft = {
    id,
    rev: 0,
    savedAt: 0,
    state: 'open',
    fields: noFields,
    attachments: [],
    lastAttachment: start?.attachments.length ?? 0,
    answering: start?.answering,
    messageId: start?.messageId ?? newMessageId(account),
    stored: start?.replaces ? { id: start.replaces, rev: -1 } : undefined,
    returnTo: '',
  };
  const attachments: DraftAttachment[] = [];
  const faults: string[] = [];
  let sum = 0;
  for (const [index, file] of (start?.attachments ?? []).entries()) {
    const isQuoted = start?.answering?.kind === 'reply' && file.isInline;
    if (isQuoted && !isHtml) continue;
    const found = await readFileOf(file, parts);
    const name = cleanFileName(file.name);
    if (!found) {
      faults.push(t('compose.fileUnread', { name }));
      continue;
    }
    if (sum + found.body.length > most) {
      faults.push(t('compose.fileNoRoom', { name }));
      continue;
    }
    sum += found.body.length;
    const { path, handle } = await spool.openIncoming(account.address);
    try {
      await handle.writeFile(found.body);
    } finally {
      await handle.close();
    }
    const facts: FileFacts = {
      name,
      type: found.type,
      size: found.body.length,
      ...(file.isInline && isHtml ? { contentId: contentIdOf(account, id, `a${index + 1}`) } : {}),
      ...(isQuoted ? { isQuoted } : {}),
    };
    attachments.push(await spool.adopt(account.address, id, index + 1, path, facts));
  }
  return { draft: { ...draft, attachments }, faults };
}
