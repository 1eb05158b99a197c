// The living page (webmail.md 2.7):
//   GET /events       what changes, as it changes: text/event-stream; `of` names the account, Last-Event-ID resumes
//   GET /events/new   ids: sender and subject of new messages, as JSON, for notifications (N1)
// An event is a hint: a page asks again for what it shows. A stream belongs to its session and ends with it.
import { type Request, Router } from 'express';
import { makeClientMatcher } from '../../../mta/control/network.ts';
import { quoted } from '../../../mta/log.ts';
import { isMessageId } from '../list/address.ts';
import { readCounts } from '../list/counts.ts';
import { cleanLine, nameOf } from '../shell/foreign.ts';
import { oneValue } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import { createMailboxEvents } from './mailbox-events.ts';
import { createStreams } from './streams.ts';

/** Between two lines that say nothing; the sessions are looked at then too. Milliseconds. */
const pingEvery = 25_000;
/** New messages that one notification after another tells of. */
const mostNew = 5;

export function liveRoutes(web: WebParts): Router {
  const router = Router();
  const streams = createStreams();
  const isProxy = makeClientMatcher(web.trustedProxies ?? []);
  const mailboxes = createMailboxEvents(web.live, web.mailboxOf, web.log);

  const isStillHere = async (account: string, session: string): Promise<boolean> => {
    if (!web.sessions.isLiving(session)) return false;
    const found = await web.accounts.findAccount(account);
    return found !== undefined && (await web.guards.mayUseWebmail(found));
  };
  const endOthers = async (account: string): Promise<void> => {
    for (const stream of streams.of(account))
      if (!(await isStillHere(account, stream.session))) stream.end('signedout');
  };
  const lookAtSessions = (account: string): void => {
    endOthers(account).catch((error: unknown) => {
      web.log(`web: sessions of ${quoted(account)} could not be looked at: ${quoted(String(error))}`);
    });
  };
  web.sessions.whenEnded(lookAtSessions);
  const timer = setInterval(() => {
    streams.ping();
    for (const account of streams.accounts()) lookAtSessions(account);
  }, pingEvery);
  timer.unref();
  web.beforeClose(() => {
    clearInterval(timer);
    streams.endAll('restart');
    mailboxes.close();
  });

  /** The number that the browser heard last; undefined: none, it begins. */
  const lastHeard = (req: Request): number | undefined => {
    const text = req.headers['last-event-id'];
    return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  };

  router.get('/events', web.signedIn, (req, res) => {
    const { address } = web.session(req).account;
    // A page of somebody who was signed in here before: it hears nothing, and says so.
    if (oneValue(req.query.of) !== web.liveTag(address)) {
      res.status(409).type('text/plain').send('Another account is signed in.\n');
      return;
    }
    const session = web.guards.recordOf(req)?.hash ?? '';
    const isProxied = isProxy(req.socket.remoteAddress ?? '');
    let close = (): void => {};
    const place = { account: address, session, address: isProxied ? '' : (req.ip ?? '') };
    const stream = streams.open(res, place, () => close());
    if (!stream) {
      res.setHeader('Retry-After', 300);
      res.status(503).type('text/plain').send('Too many pages are open. They ask now and then.\n');
      return;
    }
    res.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
    });
    req.socket.setKeepAlive(true, 60_000);
    req.socket.setNoDelay(true);
    const heard = lastHeard(req);
    const missed = heard === undefined ? undefined : web.live.since(address, heard);
    stream.say('version', web.assetsHash);
    if (heard !== undefined && missed === undefined) stream.say('reload', '');
    for (const event of missed ?? []) stream.send(event);
    // So that who loses the connection now knows from where on it missed something.
    res.write(`id: ${web.live.last(address)}\n\n`);
    const stop = web.live.listen(address, (event) => stream.send(event));
    // What came between the making of the page and now is in the counts that it is told.
    const sayCounts = (): void => {
      readCounts(web, req, '').then(
        (counts) => stream.say('counts', JSON.stringify(counts)),
        // The page asks, and hears what is wrong.
        () => stream.say('ready', ''),
      );
    };
    const leave = mailboxes.attend(address, sayCounts);
    close = () => {
      stop();
      leave();
    };
  });

  router.get('/events/new', web.signedIn, async (req, res) => {
    const mailbox = await web.mailbox(req);
    const { t } = web.shell.localsOf(req);
    const ids = oneValue(req.query.ids).split(',').filter(isMessageId).slice(0, mostNew);
    const found = await Promise.all(ids.map((id) => mailbox.find(id, 'INBOX')));
    res.json(
      found.flatMap((located) => {
        if (!located || located.row.seen) return [];
        const { id, from, subject } = located.row;
        return {
          id,
          from: from[0] ? nameOf(from[0]) : t('list.noSender'),
          subject: cleanLine(subject, 200) || t('list.noSubject'),
          href: `/m/${id}?in=INBOX`,
        };
      }),
    );
  });

  return router;
}
