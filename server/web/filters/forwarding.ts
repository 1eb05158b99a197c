// Rules that send mail on (webmail.md R6): an address that is new to them is asked first. It gets a letter with a link, and
// until somebody there agrees the rule that names it does nothing. Whom a rule waits for is in the rule itself, so the link
// needs nothing kept: it is signed, good for seven days, and without effect when no rule waits for it any more.
//   GET, POST /forward-rule   t: the ticket of the letter
import { randomBytes } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import { quoted } from '../../../mta/log.ts';
import type { RuleBook } from '../../../mta/sieve/rules/rule.ts';
import { buildNotice } from '../security/notices.ts';
import { actorOf } from '../settings/guarded.ts';
import { isolate } from '../shell/foreign.ts';
import { oneValue } from '../shell/paths.ts';
import { forwardLifetime } from '../state/forwards.ts';
import type { WebParts } from '../web.ts';
import { wordsOfRefusal } from './changes.ts';

/** Letters that one account's rules send to ask, in a day; and accounts that are counted. */
const mostAsked = 10;
const mostCounted = 10_000;
const day = 86_400_000;

/** Did an address agree before: to all mail of the account, or to a rule that is still there? */
export async function findAgreed(
  web: WebParts,
  req: Request,
): Promise<(target: string, book: RuleBook) => boolean> {
  const actor = actorOf(web, req);
  const { delivery } = await web.administration.account(actor, actor.address);
  return (target, { rules }) =>
    delivery.forwards.includes(target) ||
    rules.some(({ actions, waitsFor }) => actions.forwardTo.includes(target) && !waitsFor.includes(target));
}

/** Is it one that mail may go to: not this account itself, and there when it is ours? */
export async function isFitTarget(web: WebParts, own: string, target: string): Promise<boolean> {
  const domain = target.slice(target.lastIndexOf('@') + 1);
  if ((await web.accounts.findDomain(domain)) === undefined) return true;
  if (!(await web.accounts.recipientExists(target))) return false;
  return (await web.accounts.findAccount(target))?.address !== own;
}

const asked = new WeakMap<WebParts, Map<string, number[]>>();

/** Letters that an account may still send today. */
export function asksLeft(web: WebParts, address: string): number {
  const times = asked.get(web)?.get(address) ?? [];
  return mostAsked - times.filter((at) => web.clock() - at < day).length;
}

function noteAsk(web: WebParts, address: string): void {
  const known = asked.get(web) ?? new Map<string, number[]>();
  asked.set(web, known);
  const times = (known.get(address) ?? []).filter((at) => web.clock() - at < day);
  known.delete(address);
  known.set(address, [...times, web.clock()]);
  for (const oldest of known.keys()) {
    if (known.size <= mostCounted) break;
    known.delete(oldest);
  }
}

/** Asks addresses in the name of the signed-in person. Gives words when one could not be asked. */
export async function askTargets(
  web: WebParts,
  req: Request,
  targets: readonly string[],
): Promise<string | undefined> {
  const { t } = web.shell.localsOf(req);
  const { address, uid } = web.session(req).account;
  let words: string | undefined;
  for (const target of new Set(targets)) {
    if (asksLeft(web, address) <= 0) return t('rules.fault.forwardBusy');
    noteAsk(web, address);
    const ticket = web.signTicket(
      'forward-rule',
      JSON.stringify({ address, target }),
      forwardLifetime / 1000,
    );
    const outcome = await web.injector.inject(
      `uid ${uid}`,
      buildNotice({
        from: address,
        address: target,
        subject: t('forwards.subject', { address }),
        paragraphs: [
          t('forwards.letter', { address, target }),
          `${req.protocol}://${req.headers.host ?? web.me}/forward-rule?t=${encodeURIComponent(ticket)}`,
          t('forwards.letterElse'),
        ],
        date: new Date(web.clock()),
        messageId: `${randomBytes(12).toString('hex')}@${web.me}`,
      }),
      address,
      [target],
    );
    if (outcome.code === 'K') continue;
    web.log(`web: letter about a rule of ${quoted(address)}: ${outcome.code} ${quoted(outcome.text)}`);
    words = t('forwards.notSent', { address: isolate(target) });
  }
  return words;
}

interface Ask {
  readonly ticket: string;
  readonly address: string;
  readonly target: string;
}

export function forwardingRoutes(web: WebParts): Router {
  const router = Router();

  /** What a link is about, and whether a rule still waits for it. */
  const askOf = (req: Request): Ask | undefined => {
    const ticket = oneValue(req.method === 'POST' ? req.body?.t : req.query.t).slice(0, 2000);
    const payload = web.readTicket('forward-rule', ticket);
    return payload === undefined ? undefined : { ticket, ...(JSON.parse(payload) as Omit<Ask, 'ticket'>) };
  };
  const show = (req: Request, res: Response, status: number, words: string, ticket = ''): Promise<void> =>
    web.render(req, res, {
      view: 'settings/forward',
      title: web.shell.localsOf(req).t('forwards.title'),
      status,
      bare: true,
      pageClass: 'page-login',
      model: { words, ticket, action: '/forward-rule' },
    });
  const findWaiting = async (ask: Ask | undefined) => {
    const account = ask && (await web.accounts.findAccount(ask.address));
    const state = account && (await web.filters.read(account));
    const waits = (book: RuleBook): boolean =>
      book.rules.some(({ waitsFor }) => ask !== undefined && waitsFor.includes(ask.target));
    return state?.kind === 'rules' && waits(state.book) ? account : undefined;
  };

  router.get('/forward-rule', async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const ask = askOf(req);
    if (!ask || !(await findWaiting(ask))) return show(req, res, 404, t('forwards.gone'));
    await show(req, res, 200, t('forwards.ask', { address: ask.address, target: ask.target }), ask.ticket);
  });

  router.post('/forward-rule', async (req, res) => {
    const { t } = web.shell.localsOf(req);
    if (!web.guards.isSameOrigin(req)) return web.fail(req, res, 403, 'error.forbidden');
    const ask = askOf(req);
    const account = await findWaiting(ask);
    if (!ask || !account) return show(req, res, 404, t('forwards.gone'));
    const { address, target } = ask;
    try {
      await web.filters.change(account, (book) => ({
        ...book,
        rules: book.rules.map((rule) => ({
          ...rule,
          waitsFor: rule.waitsFor.filter((one) => one !== target),
        })),
      }));
    } catch (error) {
      web.log(`web: forward of ${quoted(address)} to ${quoted(target)}: ${wordsOfRefusal(error, t)}`);
      return show(req, res, 404, t('forwards.gone'));
    }
    web.security.note(req, address, 'forward', target);
    await show(req, res, 200, t('forwards.agreed', { address, target }));
  });

  return router;
}
