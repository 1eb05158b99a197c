// Many messages taken along (webmail.md M16, M17): as a .zip of .eml files or one .mbox, written while it is sent with one
// message in memory at a time; and as attachments of a new letter, which compose makes of the address.
import { once } from 'node:events';
import type { Request, Response } from 'express';
import type { Mailbox, MessageRow } from '../../mailbox/types.ts';
import { cleanName, contentDisposition } from '../../message/names.ts';
import { formatMboxEntry } from '../../transfer/mbox.ts';
import { cleanLine } from '../shell/foreign.ts';
import { folderLabel } from '../shell/frame.ts';
import { fileHeaders, setHeaders } from '../shell/headers.ts';
import { sendZip } from '../shell/zip.ts';
import type { WebParts } from '../web.ts';
import type { ActionRequest } from './request.ts';

const mostFiles = 10_000;
/** As many as compose attaches. */
const mostForwarded = 50;

/** 303 to a new letter with these attached. */
export function forwardMany(
  web: WebParts,
  req: Request,
  res: Response,
  ids: readonly string[],
): Promise<void> | void {
  if (ids.length > mostForwarded) {
    const { t } = web.shell.localsOf(req);
    return web.fail(req, res, 422, t('act.tooManyForwarded', { n: mostForwarded }));
  }
  // Ids hold nothing that an address must encode.
  res.redirect(303, `/compose?attach=${ids.join(',')}`);
}

interface Letter {
  readonly row: MessageRow;
  readonly content: Buffer;
}

/** The messages that are still there, one at a time. */
async function* readLetters(
  mailbox: Mailbox,
  ids: readonly string[],
  folder: string | undefined,
): AsyncGenerator<Letter> {
  for (const id of ids) {
    const row = (await mailbox.find(id, folder))?.row;
    const content = row && (await mailbox.readMessage(id, row.folder));
    if (content) yield { row, content };
  }
}

/** Names for the files of one archive: `Subject.eml`, `Subject (2).eml`. */
function createEmlNames(noSubject: string): (subject: string) => string {
  const taken = new Map<string, number>();
  return (subject) => {
    const stem = cleanName(cleanLine(subject, 80).replace(/[/\\]/g, '_')) || noSubject;
    const key = stem.normalize('NFC').toLowerCase();
    const count = (taken.get(key) ?? 0) + 1;
    taken.set(key, count);
    if (count === 1) return `${stem}.eml`;
    const name = `${stem} (${count})`;
    taken.set(name.normalize('NFC').toLowerCase(), 1);
    return `${name}.eml`;
  };
}

/** Sends messages as one file. */
export async function sendMany(
  web: WebParts,
  req: Request,
  res: Response,
  mailbox: Mailbox,
  asked: ActionRequest,
  ids: readonly string[],
): Promise<void> {
  const { t } = web.shell.localsOf(req);
  if (ids.length === 0) return web.fail(req, res, 404, 'act.gone');
  if (ids.length > mostFiles) return web.fail(req, res, 422, 'act.tooManyFiles');
  const folder = (await mailbox.folders()).find(({ name }) => name === asked.folder);
  const title = folder ? folderLabel(folder, t) : t('app.name');
  const letters = readLetters(mailbox, ids, asked.folder);
  if (asked.when === 'mbox') return sendMbox(req, res, `${title}.mbox`, letters);
  const nameOf = createEmlNames(t('list.noSubject'));
  await sendZip(
    req,
    res,
    `${title}.zip`,
    (async function* () {
      for await (const { row, content } of letters)
        yield { name: nameOf(row.subject), content, time: row.received };
    })(),
  );
}

async function sendMbox(
  req: Request,
  res: Response,
  name: string,
  letters: AsyncIterable<Letter>,
): Promise<void> {
  setHeaders(res, fileHeaders);
  res.setHeader('Content-Type', 'application/mbox');
  res.setHeader('Content-Disposition', contentDisposition('attachment', name));
  if (req.method === 'HEAD') {
    res.end();
    return;
  }
  const gone = new AbortController();
  res.once('close', () => gone.abort());
  try {
    for await (const { row, content } of letters) {
      if (gone.signal.aborted) return;
      const { received, flags, keywords } = row;
      // Closed meanwhile: the next turn sees it.
      if (!res.write(formatMboxEntry({ content, received, flags, keywords })))
        await once(res, 'drain', { signal: gone.signal }).catch(() => undefined);
    }
    res.end();
  } catch (error) {
    // Nobody takes half a file for a whole one.
    res.destroy();
    throw error;
  }
}
