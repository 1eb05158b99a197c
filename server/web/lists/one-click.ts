// One-click unsubscribing from our mailing lists (RFC 8058), asked for by mail programs and mail hosts in the name of their
// reader: no session, no page, no question. The link's token says that the list gave it to this member; so it changes
// nothing but that membership, and changes it once.
//   POST /list/unsubscribe?list=…&member=…&token=…   body `List-Unsubscribe=One-Click`, as a form of either kind
// A person who opens the link gets a page with a button (leave-page.ts), whose POST says so and is answered by that page.
// Nothing but a POST unsubscribes: scanners follow links of themselves (RFC 8058 3.1). A list that
// is not ours to write, of a user of the machine, gets the member's request by mail and does what its owner chose.
import express, { type ErrorRequestHandler, type Request, type Response, Router } from 'express';
import { isUserName } from '../../../mta/accounts/names.ts';
import { ControlError } from '../../../mta/control/settings.ts';
import { isSafeAddress, lowerAscii, quoteAddress, splitAddress } from '../../../mta/formats/address.ts';
import { encodeTarget } from '../../../mta/lists/command-address.ts';
import { findDomainList, openDomainList } from '../../../mta/lists/domain-lists.ts';
import { ListError } from '../../../mta/lists/errors.ts';
import { isGoodToken, type Leaving, oneClickPath } from '../../../mta/lists/one-click.ts';
import { unsubscribe } from '../../../mta/lists/subscribers.ts';
import { quoted } from '../../../mta/log.ts';
import { oneValue } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';

/** Bytes of a request: its form has one field. */
const mostRequest = '4kb';

const say = (res: Response, status: number, words: string): void =>
  void res.status(status).type('text/plain').send(`${words}\n`);

/** How a person's wish ended, as the page is told. */
export type LeaveOutcome = 'done' | 'failed';

export const leavePath = (leaving: Leaving, token: string, outcome?: LeaveOutcome): string =>
  `${oneClickPath}?${new URLSearchParams({ ...leaving, token, ...(outcome && { outcome }) })}`;

/** Who is to leave which list, by a link that we gave out; undefined: it is none. */
export async function readLeaving(web: WebParts, { query }: Request): Promise<Leaving | undefined> {
  const [list, member, token] = [query.list, query.member, query.token].map(oneValue) as [
    string,
    string,
    string,
  ];
  const { listsecrets } = await web.settings.read(['listsecrets']);
  const isOurs = [list, member].every((address) => address.includes('@') && isSafeAddress(address));
  return isOurs && isGoodToken({ list, member }, token, listsecrets) ? { list, member } : undefined;
}

/** The button of our own page: it answers a person. */
const isFromPage = (body: unknown): boolean =>
  Buffer.isBuffer(body) && /(?:^|&)from=page(?:&|$)/.test(body.toString('latin1'));

/** RFC 8058 3.2: a form of either kind, with this one field. */
function isOneClick(body: unknown): boolean {
  const text = Buffer.isBuffer(body) ? body.toString('latin1') : '';
  if (/(?:^|&)List-Unsubscribe=One-Click(?:&|$)/.test(text.trim())) return true;
  return text.includes('name="List-Unsubscribe"') && /\r?\n\r?\nOne-Click\r?\n/.test(text);
}

/** The directory of a list in a domain of ours; undefined: it is none that we can write. */
async function findList(web: WebParts, address: string): Promise<string | undefined> {
  const { local, domain } = splitAddress(address);
  if (!isUserName(lowerAscii(local))) return undefined;
  const found = await web.accounts.findDomain(domain);
  if (found === undefined) return undefined;
  try {
    const directory = await findDomainList(found, lowerAscii(local));
    const list = directory === undefined ? undefined : await openDomainList(found, directory);
    if (list === undefined || 'odd' in list) return undefined;
    const isIt = list.outlocal === local && lowerAscii(list.outhost) === lowerAscii(domain);
    return isIt ? list.directory : undefined;
  } catch (error) {
    if (error instanceof ListError) return undefined;
    throw error;
  }
}

/** Takes the member off the list, or has the list do it. @returns false: try again later */
async function leave(web: WebParts, { list, member }: Leaving): Promise<boolean> {
  const directory = await findList(web, list);
  try {
    if (directory !== undefined) {
      await unsubscribe(directory, '.', member, { comment: 'one-click' });
      return true;
    }
  } catch (error) {
    if (!(error instanceof ListError)) throw error;
    web.log(
      `web: cannot take ${quoted(member)} off ${quoted(list)}, asking by mail: ${quoted(error.message)}`,
    );
  }
  const { local, domain } = splitAddress(list);
  const to = `${local}-unsubscribe-${encodeTarget(member)}@${domain}`;
  const letter = `From: ${quoteAddress(member)}\nTo: ${quoteAddress(to)}\nSubject: unsubscribe\n\n`;
  const outcome = await web.injector.inject(
    `uid ${process.getuid?.() ?? 0}`,
    Buffer.from(letter, 'utf8'),
    member,
    [to],
  );
  return outcome.code === 'K';
}

export function publicListUnsubscribe(web: WebParts): Router {
  const router = Router();

  router.post(
    oneClickPath,
    express.raw({ type: () => true, limit: mostRequest, inflate: false }),
    async (req, res) => {
      const leaving = await readLeaving(web, req);
      if (!leaving) return say(res, 403, 'This link is not one of ours, or was cut off.');
      if (!isOneClick(req.body)) return say(res, 400, 'Expected List-Unsubscribe=One-Click (RFC 8058).');
      const hasLeft = await leave(web, leaving);
      if (hasLeft) web.log(`lists: ${quoted(leaving.member)} left ${quoted(leaving.list)} by one click`);
      if (isFromPage(req.body)) {
        const back = leavePath(leaving, oneValue(req.query.token), hasLeft ? 'done' : 'failed');
        return res.redirect(303, back);
      }
      if (!hasLeft) return say(res, 503, 'Not now. Please try again later.');
      say(res, 200, 'You are unsubscribed.');
    },
  );
  router.all(oneClickPath, (req, res, next) => {
    if (req.method === 'GET' || req.method === 'HEAD') return next();
    res.setHeader('Allow', 'GET, HEAD, POST');
    say(res, 405, 'This link takes GET and POST (RFC 8058).');
  });

  const onError: ErrorRequestHandler = (error, _req, res, next) => {
    if (error instanceof ControlError) {
      web.log(`web: one-click unsubscribing: ${quoted(error.message)}`);
      return say(res, 503, 'Not now. Please try again later.');
    }
    const status: unknown = (error as { status?: unknown }).status;
    if (typeof status === 'number' && status >= 400 && status < 500)
      return say(res, status, 'That is no request.');
    next(error);
  };
  router.use(oneClickPath, onError);
  return router;
}
