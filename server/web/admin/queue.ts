// The queue, for administrators of the system: what waits, why, since when, and orders about it (qmail's own tools are
// qmail-qread and qmHandle). What orders promise is mta/send/queue-orders.ts. Dropping and bouncing ask once more.
//   GET  /admin/queue              the list; `filter` all, held or failing, `q` part of an address
//   POST /admin/queue/orders       `order` for each `id`; or retryAll, pause, resume
//   GET  /admin/queue/:id          one message
//   GET  /admin/queue/:id/source   its bytes as text
import { type Request, type Response, Router } from 'express';
import type { WholeOrder } from '../../../mta/accounts/administration/queue-desk.ts';
import { NoSuchObject } from '../../../mta/accounts/administration.ts';
import { quoted } from '../../../mta/log.ts';
import {
  type OrderAnswer,
  type OrderName,
  orderNames,
  type QueueEntry,
  type QueuePage,
} from '../../../mta/send/queue-orders.ts';
import { cleanLine, cleanLines } from '../shell/foreign.ts';
import { allValues, checkPath, oneValue } from '../shell/paths.ts';
import type { WordKey } from '../words/words.ts';
import { withQuery } from './paths.ts';
import type { Admin } from './types.ts';

const filters = ['all', 'held', 'failing'] as const;
type Filter = (typeof filters)[number];

const wholeOrders = ['retryAll', 'pause', 'resume'] as const satisfies readonly WholeOrder[];
/** These cannot be taken back. */
const lasting: readonly OrderName[] = ['drop', 'bounceNow'];

/** Entries on a page. */
const pageSize = 50;
/** Milliseconds that one look through the queue for a filter may take; the next page goes on where it ended. */
const longestLook = 2000;
/** Messages that one order may be about. */
const mostIds = 200;
/** Bytes of a message that are shown. */
const sourceLimit = 1024 * 1024;

const idPattern = /^[1-9]\d{0,19}$/;

/** Why a message waits, as a key of the words. */
export type Waits = 'running' | 'held' | 'damaged' | 'failing' | 'bouncing' | 'fresh' | 'scheduled';

export function whyItWaits(entry: QueueEntry): Waits {
  if (entry.damage !== undefined) return 'damaged';
  if (entry.isHeld) return 'held';
  if (entry.isRunning) return 'running';
  if (entry.recipients.some(({ report, done }) => !done && report !== undefined)) return 'failing';
  if (entry.isBouncing) return 'bouncing';
  return entry.next.local === undefined && entry.next.remote === undefined ? 'fresh' : 'scheduled';
}

const fits = (entry: QueueEntry, filter: Filter, search: string): boolean => {
  if (filter === 'held' && !entry.isHeld) return false;
  if (filter === 'failing' && whyItWaits(entry) !== 'failing') return false;
  if (search === '') return true;
  const has = (text: string | undefined): boolean => text?.toLowerCase().includes(search) === true;
  return entry.id === search || has(entry.sender) || entry.recipients.some(({ address }) => has(address));
};

/** What a look through the queue found. */
export interface Look {
  readonly found: readonly QueueEntry[];
  /** How many messages it saw. */
  readonly seen: number;
  /** Where the next look goes on; undefined at the end of the queue. */
  readonly next: string | undefined;
}

/**
 * Looks for messages until a page is full, the queue is through, or time is up: a queue may have a hundred thousand that
 * do not fit.
 * @param list a part of the queue, from where the one before it ended
 */
export async function lookThrough(
  list: (after: string | undefined) => Promise<QueuePage>,
  isWanted: (entry: QueueEntry) => boolean,
  after: string | undefined,
  milliseconds: number,
): Promise<Look> {
  const until = performance.now() + milliseconds;
  const found: QueueEntry[] = [];
  let seen = 0;
  let next = after;
  do {
    const page = await list(next);
    found.push(...page.entries.filter(isWanted));
    seen += page.entries.length;
    next = page.next;
  } while (next !== undefined && found.length < pageSize && performance.now() < until);
  return { found, seen, next };
}

/** An entry as the pages show it; times in milliseconds. */
function rowOf(entry: QueueEntry) {
  const dues = [entry.next.local, entry.next.remote].filter((due) => due !== undefined);
  const waiting = entry.recipients.filter(({ done }) => !done);
  return {
    id: entry.id,
    href: `/admin/queue/${entry.id}`,
    sender: entry.sender === undefined ? '' : cleanLine(entry.sender, 200),
    isBounce: entry.sender === '' || entry.sender === '#@[]',
    recipients: waiting.slice(0, 3).map(({ address }) => cleanLine(address, 200)),
    more: Math.max(0, entry.counts.all - entry.counts.done - Math.min(3, waiting.length)),
    size: entry.size,
    birth: entry.birth * 1000,
    next: dues.length === 0 ? undefined : Math.min(...dues) * 1000,
    waits: whyItWaits(entry),
    isHeld: entry.isHeld,
    words: cleanLines(waiting.find(({ report }) => report)?.report?.text ?? entry.damage ?? '', 400),
  };
}

export function queueRoom(admin: Admin): Router {
  const router = Router();
  const { queueDesk } = admin;
  if (!queueDesk) return router;

  const unreachable = async (req: Request, res: Response, error: unknown): Promise<void> => {
    if (error instanceof NoSuchObject) throw error;
    admin.log(
      `web: the queue cannot be asked: ${quoted(error instanceof Error ? error.message : String(error))}`,
    );
    await admin.fail(req, res, 503, 'queue.unreachable');
  };

  router.get('/admin/queue', async (req, res) => {
    const { actor } = admin.system(req);
    const { t } = admin.shell.localsOf(req);
    const filter = filters.find((name) => name === oneValue(req.query.filter)) ?? 'all';
    const search = oneValue(req.query.q).slice(0, 320);
    const after = oneValue(req.query.after).slice(0, 40) || undefined;
    try {
      const status = await queueDesk.status(actor);
      const { found, seen, next } = await lookThrough(
        (from) => queueDesk.list(actor, from),
        (entry) => fits(entry, filter, search.toLowerCase()),
        after,
        longestLook,
      );
      await admin.show(req, res, {
        view: 'admin/queue',
        title: t('queue.title'),
        section: 'queue',
        model: {
          status,
          filters: filters.map((name) => ({
            name,
            label: t(`queue.filter.${name}`),
            href: withQuery('/admin/queue', { filter: name === 'all' ? '' : name, q: search }),
          })),
          filter,
          search,
          rows: found.map(rowOf),
          // Time was up before the page was full: what was not seen may fit.
          seen: next !== undefined && found.length < pageSize ? seen : 0,
          isGoingOn: after !== undefined,
          moreHref:
            next === undefined
              ? ''
              : withQuery('/admin/queue', { filter: filter === 'all' ? '' : filter, q: search, after: next }),
        },
      });
    } catch (error) {
      await unreachable(req, res, error);
    }
  });

  router.get('/admin/queue/:id', async (req, res) => {
    const { actor } = admin.system(req);
    const { t } = admin.shell.localsOf(req);
    const id = oneValue(req.params.id);
    if (!idPattern.test(id)) throw new NoSuchObject('no message number');
    const skip = Number(/^\d{1,9}$/.exec(oneValue(req.query.skip))?.[0] ?? 0);
    try {
      const entry = await queueDesk.show(actor, id, skip);
      const shown = skip + entry.recipients.length;
      await admin.show(req, res, {
        view: 'admin/queue-message',
        title: t('queue.message', { id }),
        section: 'queue',
        model: {
          entry: rowOf(entry),
          attempts: entry.attempts,
          state: entry.state,
          counts: entry.counts,
          recipients: entry.recipients.map((recipient) => ({
            address: cleanLine(recipient.address, 320),
            channel: recipient.channel,
            done: recipient.done,
            at: recipient.report && recipient.report.at * 1000,
            words: cleanLines(recipient.report?.text ?? '', 1000),
          })),
          moreHref: shown < entry.counts.all ? `/admin/queue/${id}?skip=${shown}` : '',
        },
      });
    } catch (error) {
      await unreachable(req, res, error);
    }
  });

  router.get('/admin/queue/:id/source', async (req, res) => {
    const { actor } = admin.system(req);
    const id = oneValue(req.params.id);
    if (!idPattern.test(id)) throw new NoSuchObject('no message number');
    try {
      const parts: Buffer[] = [];
      let size = 0;
      while (size < sourceLimit) {
        const part = await queueDesk.read(actor, id, size);
        if (part.length === 0) break;
        parts.push(part);
        size += part.length;
      }
      res.setHeader('Content-Security-Policy', "default-src 'none'; sandbox");
      res.setHeader('X-Content-Type-Options', 'nosniff');
      res.type('text/plain; charset=utf-8').send(Buffer.concat(parts).subarray(0, sourceLimit));
    } catch (error) {
      await unreachable(req, res, error);
    }
  });

  router.post('/admin/queue/orders', async (req, res) => {
    const { actor } = admin.system(req);
    const { t } = admin.shell.localsOf(req);
    const wanted = oneValue(req.body?.order);
    const back = checkPath(oneValue(req.body?.return), '/admin/queue');
    const whole = wholeOrders.find((name) => name === wanted);
    const order = orderNames.find((name) => name === wanted);
    const ids = [...new Set(allValues(req.body?.id))].filter((id) => idPattern.test(id)).slice(0, mostIds);
    try {
      if (whole) {
        await queueDesk.giveAll(actor, whole);
        return admin.done(req, res, back, t(`queue.did.${whole}`));
      }
      if (!order) return await admin.fail(req, res, 422, 'queue.noOrder');
      if (ids.length === 0) return await admin.fail(req, res, 422, 'queue.noneChosen');
      if (lasting.includes(order) && oneValue(req.body?.confirmed) !== '1')
        return await admin.show(req, res, {
          view: 'admin/queue-confirm',
          title: t(`queue.order.${order}`),
          section: 'queue',
          model: { order, ids, back, question: t(`queue.sure.${order}` as WordKey, { n: ids.length }) },
        });
      const answers: OrderAnswer[] = [];
      for (const id of ids) answers.push(await queueDesk.give(actor, order, id));
      const count = (state: OrderAnswer['state']): number =>
        answers.filter((each) => each.state === state).length;
      const refused = answers.find((answer) => answer.state === 'refused');
      const words = [
        ...(count('done') > 0 ? [t(`queue.did.${order}` as WordKey, { n: count('done') })] : []),
        ...(count('later') > 0 ? [t('queue.later', { n: count('later') })] : []),
        ...(refused?.state === 'refused'
          ? [t('queue.refused', { n: count('refused'), why: cleanLine(refused.why, 200) })]
          : []),
      ];
      // A message that was dropped has no page any more.
      const gone = lasting.includes(order) && /^\/admin\/queue\/\d+/.test(back);
      admin.done(req, res, gone ? '/admin/queue' : back, words.join(' '));
    } catch (error) {
      await unreachable(req, res, error);
    }
  });

  return router;
}
