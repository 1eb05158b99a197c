// The archive of a public list as pages: subjects and names out of its index, a message as text. Addresses of authors are
// not shown: these pages are read by everybody's programs. Posts that the owner has taken out (their x bit) are not there.
import { type Request, Router } from 'express';
import { readIndexRange } from '../../../mta/lists/archive/index-file.ts';
import { openPost } from '../../../mta/lists/archive/post-file.ts';
import { textPieces } from '../message/model.ts';
import { oneValue } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import { listPath } from './lists.ts';
import { openPublicList, type PublicList } from './open.ts';

const ROWS = 50;
/** Bytes of a message that are looked at. */
const MOST_BYTES = 2 * 1024 * 1024;

/** The hash before the words of an index line. */
const HASH = /^[a-p]{20} ?/;
const fromBytes = (text: string): string => Buffer.from(text, 'latin1').toString('utf8');
/** Names as they are shown: an address that stands for one loses its domain. */
const shownName = (text: string): string => text.replace(/([^\s@<>"]+)@[^\s@<>"]+/g, '$1@…');

const numberOf = (value: unknown): number => {
  const text = oneValue(value);
  return /^\d{1,9}$/.test(text) ? Number(text) : 0;
};

export function archiveRoutes(web: WebParts): Router {
  const router = Router();

  const open = async (req: Request): Promise<PublicList | undefined> => {
    const found = await openPublicList(web, oneValue(req.params.list));
    return found?.hasArchive ? found : undefined;
  };

  router.get('/lists/:list/archive', async (req, res) => {
    const found = await open(req);
    if (!found) return web.fail(req, res, 404, 'error.notFound');
    const { address, list, newest } = found;
    const before = Math.min(numberOf(req.query.before) || newest + 1, newest + 1);
    const from = Math.max(1, before - ROWS);
    const entries = (await readIndexRange(list.directory, from, before - 1)).reverse();
    const { t } = web.shell.localsOf(req);
    const base = listPath(address, '/archive');
    await web.render(req, res, {
      view: 'lists/archive',
      title: `${address} · ${t('publicList.archive')}`,
      bare: true,
      pageClass: 'page-list-public',
      model: {
        address,
        listHref: listPath(address),
        rows: entries.map(({ number, subject, author, month }) => ({
          number,
          href: `${base}/${number}`,
          subject: fromBytes(subject.replace(HASH, '')).trim() || t('publicList.noSubject'),
          author: shownName(fromBytes((author ?? '').replace(HASH, '')).trim()),
          month: month === 0 ? '' : `${Math.floor(month / 100)}-${String(month % 100).padStart(2, '0')}`,
        })),
        older: from > 1 ? `${base}?before=${from}` : '',
        newer: before <= newest ? (before + ROWS > newest ? base : `${base}?before=${before + ROWS}`) : '',
      },
    });
  });

  router.get('/lists/:list/archive/:number', async (req, res) => {
    const found = await open(req);
    const number = numberOf(req.params.number);
    const bytes = found && number > 0 ? await readPostBytes(found, number) : undefined;
    if (!found || bytes === undefined) return web.fail(req, res, 404, 'error.notFound');
    const { t } = web.shell.localsOf(req);
    const view = await web.reader.view(bytes);
    const base = listPath(found.address, '/archive');
    const subject = view.subject.trim() || t('publicList.noSubject');
    const [author] = view.from;
    await web.render(req, res, {
      view: 'lists/message',
      title: subject,
      bare: true,
      pageClass: 'page-list-public',
      model: {
        address: found.address,
        archiveHref: base,
        subject,
        author: shownName(author?.name || author?.address || ''),
        time: view.sent,
        pieces: textPieces(view.blocks),
        truncated: view.truncated,
        files: view.attachments.map(({ name }) => name),
        older: number > 1 ? `${base}/${number - 1}` : '',
        newer: number < found.newest ? `${base}/${number + 1}` : '',
      },
    });
  });

  return router;
}

async function readPostBytes({ list }: PublicList, number: number): Promise<Buffer | undefined> {
  const post = await openPost(list.directory, number);
  if (post === undefined) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of post) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= MOST_BYTES) break;
  }
  return Buffer.concat(chunks);
}
