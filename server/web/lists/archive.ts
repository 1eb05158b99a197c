// The archive of a public list as pages: threads out of its index, the newest first, and a message as text with the others
// of its thread below it. Addresses are not shown, neither of authors nor in texts: these pages are read by everybody's
// programs. Posts that the owner has taken out (their x bit) are not there. An index of a hundred posts is the most that is
// read for 50 rows, however long the archive is.
import { type Request, Router } from 'express';
import { readIndexRange } from '../../../mta/lists/archive/index-file.ts';
import type { IndexEntry } from '../../../mta/lists/archive/index-lines.ts';
import { openPost } from '../../../mta/lists/archive/post-file.ts';
import type { TextBlock } from '../../message/types.ts';
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
/** Text as it is shown: an address in it loses its domain. */
const shownText = (text: string): string => text.replace(/([^\s@<>"]{1,128})@[^\s@<>"]+/g, '$1@…');

/** Posts before and after one in which the others of its thread are looked for. */
const THREAD_REACH = 200;

/** A post as lists of them show it. */
interface Row {
  readonly number: number;
  readonly href: string;
  readonly author: string;
  /** When it came, milliseconds since 1970; undefined: the index does not tell. */
  readonly time: number | undefined;
}

interface ThreadRows {
  readonly subject: string;
  readonly href: string;
  readonly posts: readonly Row[];
}

function rowOf({ number, author, authorLine }: IndexEntry, base: string): Row {
  const time = Date.parse((authorLine ?? '').replace(/;.*/s, '').trim());
  return {
    number,
    href: `${base}/${number}`,
    author: shownText(fromBytes((author ?? '').replace(HASH, '')).trim()),
    time: Number.isNaN(time) ? undefined : time,
  };
}

/** The threads of these posts, those that were written to last first; posts in a thread as they came. Pure. */
function threadRows(entries: readonly IndexEntry[], base: string, nameless: string): readonly ThreadRows[] {
  const threads = new Map<string, IndexEntry[]>();
  for (const entry of entries) {
    const hash = HASH.test(entry.subject) ? entry.subject.slice(0, 20) : String(entry.number);
    threads.set(hash, [...(threads.get(hash) ?? []), entry]);
  }
  const lastOf = (posts: readonly IndexEntry[]): number => posts.at(-1)?.number ?? 0;
  return [...threads.values()]
    .sort((one, other) => lastOf(other) - lastOf(one))
    .map((posts) => ({
      subject:
        shownText(fromBytes(posts[0]!.subject.replace(HASH, '').replace(/^Re: /, '')).trim()) || nameless,
      href: `${base}/${posts[0]!.number}`,
      posts: posts.map((post) => rowOf(post, base)),
    }));
}

/** Text without addresses: no link to write to them, and no domain. */
const withoutAddresses = (blocks: readonly TextBlock[]): readonly TextBlock[] =>
  blocks.map((block) => ({
    ...block,
    runs: block.runs.map((run) =>
      run.href === undefined || run.href.startsWith('mailto:') ? { text: shownText(run.text) } : run,
    ),
  }));

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
    const entries = await readIndexRange(list.directory, from, before - 1);
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
        threads: threadRows(entries, base, t('publicList.noSubject')),
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
    const thread = await threadOf(found, number);
    await web.render(req, res, {
      view: 'lists/message',
      title: subject,
      bare: true,
      pageClass: 'page-list-public',
      model: {
        address: found.address,
        archiveHref: base,
        subject,
        author: shownText(author?.name || author?.address || ''),
        time: view.sent,
        pieces: textPieces(withoutAddresses(view.blocks)),
        number,
        thread: thread.map((entry) => rowOf(entry, base)),
        truncated: view.truncated,
        files: view.attachments.map(({ name }) => name),
        older: number > 1 ? `${base}/${number - 1}` : '',
        newer: number < found.newest ? `${base}/${number + 1}` : '',
      },
    });
  });

  return router;
}

/** The posts of the same thread near this one, in their order; none when it is alone. */
async function threadOf({ list, newest }: PublicList, number: number): Promise<readonly IndexEntry[]> {
  const from = Math.max(1, number - THREAD_REACH);
  const near = await readIndexRange(list.directory, from, Math.min(newest, number + THREAD_REACH));
  const subject = near.find((entry) => entry.number === number)?.subject ?? '';
  if (!HASH.test(subject)) return [];
  const posts = near.filter((entry) => entry.subject.startsWith(subject.slice(0, 20)));
  return posts.length > 1 ? posts : [];
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
