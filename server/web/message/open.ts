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

export interface FoundMessage {
  readonly mailbox: Mailbox;
  readonly located: Located;
  /** Only its beginning is read. */
  readonly cut: boolean;
  /** Its bytes, read once; undefined: it went away meanwhile. */
  readonly read: () => Promise<Buffer | undefined>;
}

export interface OpenedMessage extends FoundMessage {
  readonly bytes: Buffer;
}

export const isMessageId = (text: string): boolean => /^[A-Za-z0-9_-]{12}$/.test(text);

export const folderOf = (req: Request): string | undefined =>
  oneValue(req.query.in).slice(0, 255) || undefined;

/** The part whose message is meant, '' for the message itself. */
export function insideOf(req: Request): string {
  const inside = oneValue(req.query.inside);
  return isPartAddress(inside) ? inside : '';
}

/** Undefined: no such message of this account. Its file is read when somebody asks for it. */
export async function findMessage(
  web: Web,
  req: Request,
  id: string,
  folder: string | undefined,
): Promise<FoundMessage | undefined> {
  return isMessageId(id) ? findIn(await web.mailbox(req), id, folder) : undefined;
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
  const found = await findIn(mailbox, id, folder);
  const bytes = await found?.read();
  return found && bytes && { ...found, bytes };
}

async function findIn(
  mailbox: Mailbox,
  id: string,
  folder: string | undefined,
): Promise<FoundMessage | undefined> {
  // moved by another program or tab since the address was made: look everywhere
  const located =
    (await mailbox.find(id, folder)) ?? (folder === undefined ? undefined : await mailbox.find(id));
  return located && foundAt(mailbox, located);
}

/** A message that the mailbox just found. */
export function foundAt(mailbox: Mailbox, located: Located): FoundMessage {
  const { id } = located.row;
  const cut = located.row.size > mostRead;
  const place = located.row.folder;
  let bytes: Promise<Buffer | undefined> | undefined;
  const read = () => {
    bytes ??= cut ? readBeginning(mailbox, id, place, beginning) : mailbox.readMessage(id, place, located);
    return bytes;
  };
  return { mailbox, located, cut, read };
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
