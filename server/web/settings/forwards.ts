// A new address that mail is to go on to is asked first (webmail.md R6): it gets a letter with a link, and only when
// somebody there agrees is the mail sent on. The link names a row that waits and is signed; it works once, for seven days,
// and needs no sign-in. The letter comes from the account that asked, so what is wrong with the address comes back to it.
//   POST /settings/delivery/take-back   id
//   GET, POST /forward                  t: the ticket of the letter
import { randomBytes } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import { Busy, Conflict, NoSuchObject, Refusal } from '../../../mta/accounts/administration.ts';
import type { Account } from '../../../mta/accounts/types.ts';
import { splitAddress } from '../../../mta/formats/address.ts';
import { quoted } from '../../../mta/log.ts';
import { endWaiting } from '../filters/forwarding.ts';
import { buildNotice } from '../security/notices.ts';
import { oneValue, withField } from '../shell/paths.ts';
import { type ForwardAsk, type ForwardUse, forwardLifetime } from '../state/forwards.ts';
import type { WebParts } from '../web.ts';

/** Where mail may go on to: at once, when somebody there agrees, or not at all. */
export type ForwardStanding = 'free' | 'ask' | 'never';

/**
 * May mail of this account go on to an address? Who has the address agreed before, or has an account of the same domain:
 * those are one house. `never`: the account itself, or an address of ours that nobody has.
 */
export async function standingOf(
  web: Pick<WebParts, 'accounts' | 'forwards'>,
  own: string,
  target: string,
): Promise<ForwardStanding> {
  const { domain: host } = splitAddress(target);
  if ((await web.accounts.findDomain(host)) !== undefined) {
    const account = await web.accounts.findAccount(target);
    if (account?.address === own) return 'never';
    if (account && account.domain === splitAddress(own).domain) return 'free';
    if (!account && !(await web.accounts.recipientExists(target))) return 'never';
  }
  return web.forwards.hasAgreed(own, target) ? 'free' : 'ask';
}

/** Asks an address in the name of a signed-in person. Gives words when it could not. */
export async function askForward(
  web: WebParts,
  req: Request,
  target: string,
  use: ForwardUse,
): Promise<string | undefined> {
  const { t } = web.shell.localsOf(req);
  const { account } = web.session(req);
  const { address } = account;
  const id = web.forwards.ask(address, target, use);
  if (id === undefined) return t('forwards.tooMany');
  const ticket = web.signTicket('forward', id, forwardLifetime / 1000);
  const outcome = await web.injector.inject(
    `uid ${account.uid}`,
    buildNotice({
      from: address,
      address: target,
      subject: t('forwards.subject', { address }),
      paragraphs: [
        t('forwards.letter', { address, target }),
        `${req.protocol}://${req.headers.host ?? web.me}/forward?t=${encodeURIComponent(ticket)}`,
        t('forwards.letterElse'),
      ],
      date: new Date(web.clock()),
      messageId: `${randomBytes(12).toString('hex')}@${web.me}`,
    }),
    address,
    [target],
  );
  if (outcome.code === 'K') return undefined;
  web.forwards.end(address, id);
  web.log(`web: letter about a forward of ${quoted(address)}: ${outcome.code} ${quoted(outcome.text)}`);
  return t('forwards.notSent', { address: target });
}

/** Sends the mail on, beside what is forwarded already. */
async function setForward(
  web: WebParts,
  req: Request,
  account: Account,
  { target, use }: ForwardAsk,
): Promise<void> {
  if (use === 'some') return;
  const actor = { kind: 'account', address: account.address, ip: req.ip ?? '' } as const;
  const { delivery, version } = await web.administration.account(actor, account.address);
  const { otherLines: _stay, vacation, ...rest } = delivery;
  // Its days are not what this is about.
  const choice = { ...rest, vacation: vacation && { ...vacation, times: undefined } };
  await web.administration.changeAccount(actor, account.address, {
    version,
    delivery:
      choice.kind === 'forward'
        ? { ...choice, forwards: [...new Set([...choice.forwards, target])] }
        : { ...choice, kind: 'forward', forwards: [target], keepsCopy: use === 'all and keep' },
  });
}

export function forwardRoutes(web: WebParts): Router {
  const router = Router();

  router.post('/settings/delivery/take-back', web.signedIn, web.sameOrigin, (req, res) => {
    const { t } = web.shell.localsOf(req);
    const { address } = web.session(req).account;
    if (!web.forwards.end(address, oneValue(req.body?.id).slice(0, 40)))
      return web.fail(req, res, 404, 'forwards.gone');
    const op = web.rememberUndo(req, t('settings.saved'), undefined);
    res.redirect(303, withField('/settings/delivery', 'u', op));
  });

  /** What a link is about; undefined: it is over. */
  const askOf = (req: Request): { readonly ticket: string; readonly ask: ForwardAsk } | undefined => {
    const ticket = oneValue(req.method === 'POST' ? req.body?.t : req.query.t).slice(0, 500);
    const ask = web.forwards.find(web.readTicket('forward', ticket) ?? '');
    return ask && { ticket, ask };
  };
  const show = (
    req: Request,
    res: Response,
    status: number,
    model: { readonly words: string; readonly ticket: string },
  ): Promise<void> =>
    web.render(req, res, {
      view: 'settings/forward',
      title: web.shell.localsOf(req).t('forwards.title'),
      status,
      bare: true,
      pageClass: 'page-login',
      model,
    });
  const showGone = (req: Request, res: Response): Promise<void> =>
    show(req, res, 404, { words: web.shell.localsOf(req).t('forwards.gone'), ticket: '' });

  router.get('/forward', (req, res) => {
    const found = askOf(req);
    if (!found) return showGone(req, res);
    const { address, target } = found.ask;
    const words = web.shell.localsOf(req).t('forwards.ask', { address, target });
    return show(req, res, 200, { words, ticket: found.ticket });
  });

  router.post('/forward', async (req, res) => {
    const { t } = web.shell.localsOf(req);
    if (!web.guards.isSameOrigin(req)) return web.fail(req, res, 403, 'error.forbidden');
    const found = askOf(req);
    const account = found && (await web.accounts.findAccount(found.ask.address));
    if (!found || !account) return showGone(req, res);
    const { id, address, target } = found.ask;
    try {
      await setForward(web, req, account, found.ask);
    } catch (error) {
      if (error instanceof Busy || error instanceof Conflict) {
        res.setHeader('Retry-After', 5);
        return show(req, res, 503, { words: t('admin.busy'), ticket: found.ticket });
      }
      if (!(error instanceof Refusal || error instanceof NoSuchObject)) throw error;
      web.log(`web: forward of ${quoted(address)} to ${quoted(target)} refused: ${quoted(error.message)}`);
      web.forwards.end(address, id);
      return showGone(req, res);
    }
    web.forwards.agree(id);
    await endWaiting(web, req, account, target);
    // What a filter sends on is taken down where the filter is saved.
    if (found.ask.use !== 'some') web.security.note(req, address, 'forward', target);
    await show(req, res, 200, { words: t('forwards.agreed', { address, target }), ticket: '' });
  });

  return router;
}
