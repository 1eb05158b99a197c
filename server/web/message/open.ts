// Finding the message that an address names and reading it: `/m/<id>?in=<folder>`, the newest when no folder is named.
// Guarantees that a message of another account is never found (the mailbox is the session's own), and that an enormous
// file is read only at its beginning.
import type { Request } from 'express';
import type { Located, Mailbox } from '../../mailbox/types.ts';
import { isPartAddress } from '../../message/part-address.ts';
import { oneValue } from '../shell/paths.ts';
import type { Web } from '../types.ts';

/** Longer messages are shown by their beginning; the whole is for download. Bytes. */
export const mostRead = 100 * 1024 * 1024;
const beginning = 1024 * 1024;

export interface OpenedMessage {
  readonly mailbox: Mailbox;
  readonly located: Located;
  readonly bytes: Buffer;
  /** Only the beginning was read. */
  readonly cut: boolean;
}

export const isMessageId = (text: string): boolean => /^[A-Za-z0-9_-]{12}$/.test(text);

export const folderOf = (req: Request): string | undefined =>
  oneValue(req.query.in).slice(0, 255) || undefined;

/** The part whose message is meant, '' for the message itself. */
export function insideOf(req: Request): string {
  const inside = oneValue(req.query.inside);
  return isPartAddress(inside) ? inside : '';
}

/** Undefined: no such message of this account, or it went away meanwhile. */
export async function openMessage(
  web: Web,
  req: Request,
  id: string,
  folder: string | undefined,
): Promise<OpenedMessage | undefined> {
  if (!isMessageId(id)) return undefined;
  return readFrom(await web.mailbox(req), id, folder);
}

export async function readFrom(
  mailbox: Mailbox,
  id: string,
  folder: string | undefined,
): Promise<OpenedMessage | undefined> {
  // moved by another program or tab since the address was made: look everywhere
  const located =
    (await mailbox.find(id, folder)) ?? (folder === undefined ? undefined : await mailbox.find(id));
  if (!located) return undefined;
  if (located.row.size <= mostRead) {
    const bytes = await mailbox.readMessage(id, located.row.folder);
    return bytes && { mailbox, located, bytes, cut: false };
  }
  const bytes = await readBeginning(mailbox, id, located.row.folder, beginning);
  return bytes && { mailbox, located, bytes, cut: true };
}

/** The first bytes of a message's file. */
export async function readBeginning(
  mailbox: Mailbox,
  id: string,
  folder: string,
  most: number,
): Promise<Buffer | undefined> {
  const file = await mailbox.openMessage(id, folder);
  if (!file) return undefined;
  try {
    const bytes = Buffer.alloc(Math.min(most, file.size));
    let at = 0;
    while (at < bytes.length) {
      const { bytesRead } = await file.handle.read(bytes, at, bytes.length - at, at);
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    return bytes.subarray(0, at);
  } finally {
    await file.handle.close();
  }
}
