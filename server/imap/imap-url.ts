// IMAP URLs that name a message of one's own, or a part of one (RFC 5092, as RFC 4469 CATENATE uses them):
// `/FOLDER;UIDVALIDITY=1/;UID=20/;SECTION=1.2/;PARTIAL=0.1024`. A host, a user or a sign of URLAUTH is refused.
import { parsePartOffsets } from '../message/imap/part-offsets.ts';
import { openSection } from '../message/imap/sections.ts';
import { Cursor, SyntaxFault } from './cursor.ts';
import { parseSection, parseSpanNumbers } from './fetch-items.ts';
import { encodeUtf8 } from './names.ts';
import type { Session } from './session.ts';

/** What a URL names; undefined: nothing of the sort. */
export interface ImapUrl {
  /** UTF-8; '' for the folder that is open. */
  readonly mailbox: string;
  readonly uidValidity: number | undefined;
  readonly uid: number;
  readonly section: string;
  readonly partial: string | undefined;
}

export function parseImapUrl(url: string): ImapUrl | undefined {
  const found =
    /^(?:\/([^;/][^;]*?)(?:;UIDVALIDITY=(\d{1,10}))?)?\/?;UID=(\d{1,10})(?:\/;SECTION=([^;]*?))?(?:\/;PARTIAL=(\d{1,10}(?:\.\d{1,10})?))?$/i.exec(
      url,
    );
  if (!found) return undefined;
  try {
    return {
      mailbox: decodeURIComponent(found[1] ?? ''),
      uidValidity: found[2] === undefined ? undefined : Number(found[2]),
      uid: Number(found[3]),
      section: decodeURIComponent(found[4] ?? ''),
      partial: found[5],
    };
  } catch {
    return undefined;
  }
}

/** The bytes that a URL names. */
export async function openImapUrl(
  session: Session,
  text: string,
): Promise<AsyncIterable<Buffer> | undefined> {
  const url = parseImapUrl(text);
  if (url === undefined) return undefined;
  const folder =
    url.mailbox === '' ? session.selected?.model.folder : session.folderOfUtf8(encodeUtf8(url.mailbox));
  if (folder === undefined) return undefined;
  const { uids } = session;
  if (url.uidValidity !== undefined && (await uids.status(folder))?.uidValidity !== url.uidValidity)
    return undefined;
  const [facts] = await uids.facts(folder, [url.uid], ['parts']);
  const root = facts?.parts === undefined ? undefined : parsePartOffsets(facts.parts);
  if (root === undefined) return undefined;
  try {
    const section = parseSection(new Cursor(`[${encodeUtf8(url.section)}]`));
    const span = url.partial === undefined ? undefined : parseSpanNumbers(url.partial);
    const opened = await uids.openMessage(folder, url.uid);
    if (opened === undefined) return undefined;
    const content = await openSection(opened.handle, root, section, span).catch(async (error: unknown) => {
      await opened.handle.close();
      throw error;
    });
    if (content === undefined) {
      await opened.handle.close();
      return undefined;
    }
    return closing(content.chunks, () => opened.handle.close());
  } catch (error) {
    if (error instanceof SyntaxFault) return undefined;
    throw error;
  }
}

async function* closing(
  chunks: Iterable<Buffer> | AsyncIterable<Buffer>,
  close: () => Promise<void>,
): AsyncGenerator<Buffer> {
  try {
    yield* chunks;
  } finally {
    await close();
  }
}
