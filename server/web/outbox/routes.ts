// The outbox for people (spec/webmail.md 4.9):
//   GET  /v/outbox      letters that have not left
//   POST /outbox        letter=<draft> and do=edit|cancel|now|time (with date and time); return
//   GET  /outbox/told   the toast of an operation as it is now, for the page's own script
// Everything is done under the draft's own turn, so that what is shown as left has left and what is taken back stays.
import { type Request, type Response, Router } from 'express';
import type { Draft } from '../compose/drafts.ts';
import { parseRecipients } from '../compose/recipients.ts';
import { saveToDrafts } from '../compose/save.ts';
import { namesOf } from '../list/rows.ts';
import { cleanLine } from '../shell/foreign.ts';
import { toastOf } from '../shell/frame.ts';
import { checkPath, oneValue, withField } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import { outboxHere, outboxPath } from './column.ts';
import { dateText, timeText } from './later.ts';
import type { WaitingLetter } from './outbox.ts';
import { orderLetter, type QueuedLetter, queuedLetters } from './queued.ts';
import { checkMoment, readMoment } from './schedule.ts';
import { isSendPayload, sendToast } from './toast.ts';

export function outboxRoutes(web: WebParts): Router {
  const router = Router();
  router.get(outboxPath, web.signedIn, (req, res) => showOutbox(web, req, res, 200));
  router.post('/outbox', web.signedIn, web.sameOrigin, (req, res) => changeLetter(web, req, res));
  router.get('/outbox/told', web.signedIn, async (req, res) => {
    const { t, now } = web.shell.localsOf(req);
    const { address } = web.session(req).account;
    const operation = web.operations.find(address, oneValue(req.query.u));
    // The toast stands on another page than this one: its links lead there.
    const here = checkPath(oneValue(req.query.return), '/f/INBOX');
    const toast = sendToast(operation, here, t, now) ?? toastOf(operation, here, t);
    res.type('html').send(await web.renderPart(req, 'partials/toast', { toast }));
  });
  web.undoWith('send', async (req, payload) => {
    const draft = isSendPayload(payload) ? await takeBack(web, req, payload.draft) : undefined;
    if (!draft) throw new Error(web.shell.localsOf(req).t('outbox.tooLate'));
  });
  return router;
}

/** Makes a letter a draft again, also in the Drafts folder, so that closing the page loses nothing. */
async function takeBack(web: WebParts, req: Request, id: string): Promise<Draft | undefined> {
  const { account } = web.session(req);
  return web.drafts.alone(account.address, id, async () => {
    const draft = await web.outbox.takeBack(account.address, id);
    // One that is sent on as it is has nothing to keep but to whom.
    if (!draft || draft.resending) return draft;
    const res = req.res as Response;
    return (await saveToDrafts({ web, spool: web.drafts, req, res, account }, draft)).draft;
  });
}

async function changeLetter(web: WebParts, req: Request, res: Response): Promise<void> {
  const { account } = web.session(req);
  const { t, formats, now } = web.shell.localsOf(req);
  const field = (name: string) => oneValue(req.body?.[name]);
  const id = field('letter');
  const queued = field('queued');
  const back = withField(checkPath(field('return'), outboxPath), 'u', undefined);
  const say = (words: string, href?: string) =>
    web.goBack(res, withField(back, 'u', web.rememberUndo(req, words, href)), outboxPath);
  switch (field('do')) {
    case 'edit': {
      const draft = await takeBack(web, req, id);
      return draft ? web.goBack(res, `/compose?draft=${id}`, outboxPath) : say(t('outbox.tooLate'));
    }
    case 'cancel': {
      const draft = await takeBack(web, req, id);
      const key = !draft ? 'outbox.tooLate' : draft.resending ? 'outbox.stopped' : 'outbox.cancelled';
      return say(t(key), draft && `/compose?draft=${id}`);
    }
    case 'now': {
      const released = await web.outbox.sendNow(account, id);
      if (released === undefined) return say(t('outbox.tooLate'));
      if (released.state === 'kept') return web.goBack(res, back, outboxPath);
      const { copy, isKept } = released;
      return say(t(isKept ? 'outbox.sent' : 'outbox.sentWithoutCopy'), copy && `/m/${copy.id}`);
    }
    case 'time': {
      const moment = checkMoment(readMoment(field('date'), field('time'), formats.zone), now);
      if ('fault' in moment)
        return showOutbox(web, req, res, 422, { letter: id, words: t(moment.fault), typed: field });
      const isMoved = await web.outbox.putOff(account.address, id, moment.at);
      return say(isMoved ? t('outbox.moved', { time: formats.full(moment.at) }) : t('outbox.tooLate'));
    }
    case 'retry':
    case 'stop': {
      const isStop = field('do') === 'stop';
      const answer = await orderLetter(web, req, queued, isStop ? 'drop' : 'retryNow');
      if (answer === undefined || answer.state === 'refused') return say(t('outbox.leftQueue'));
      if (!isStop) return say(t('outbox.retried'));
      return say(t(answer.state === 'later' ? 'outbox.stopsSoon' : 'outbox.stopped'));
    }
    default:
      return web.fail(req, res, 422, 'act.unknown');
  }
}

interface TimeFault {
  readonly letter: string;
  readonly words: string;
  readonly typed: (name: string) => string;
}

async function showOutbox(
  web: WebParts,
  req: Request,
  res: Response,
  status: number,
  fault?: TimeFault,
): Promise<void> {
  const { account } = web.session(req);
  const { t, formats } = web.shell.localsOf(req);
  const letters = await web.outbox.list(account.address);
  const queued = await queuedLetters(web, req);
  await web.render(req, res, {
    view: 'outbox/page',
    title: t('outbox.title'),
    folder: outboxHere,
    status,
    pageClass: 'page-outbox',
    model: {
      letters: letters.map((letter) => letterModel(web, req, letter, fault)),
      queued: queued.map((letter) => queuedModel(web, req, letter)),
      least: dateText(web.clock(), formats.zone),
    },
  });
}

/** One letter as views/outbox/page.ejs shows it. */
function letterModel(
  web: WebParts,
  req: Request,
  { draft, next }: WaitingLetter,
  fault: TimeFault | undefined,
): Readonly<Record<string, unknown>> {
  const { t, formats, now } = web.shell.localsOf(req);
  const { zone } = formats;
  const { to, cc, bcc, subject } = draft.fields;
  const people = [to, cc, bcc].flatMap((text) => parseRecipients(text).recipients);
  const { at = now, trouble, kind } = draft.held ?? {};
  const isFaulty = fault?.letter === draft.id;
  const state =
    draft.state !== 'held'
      ? t('outbox.beingSent')
      : kind === 'later' || at - now > 60_000
        ? t('outbox.sendsAt', { time: formats.full(at) })
        : t('outbox.sendsSoon');
  return {
    id: draft.id,
    who: t('list.to', { names: namesOf(people) }),
    subject: cleanLine(subject) || t('list.noSubject'),
    files: draft.resending ? 0 : draft.attachments.length,
    state: trouble ? t(`outbox.why.${trouble.reason}`, { words: cleanLine(trouble.words, 300) }) : state,
    isStuck: trouble !== undefined,
    again:
      trouble && !trouble.isLasting && next !== undefined
        ? t('outbox.triedAgain', {
            time: next - now < 20 * 3600_000 ? formats.clock(next) : formats.full(next),
          })
        : '',
    isHeld: draft.state === 'held',
    date: isFaulty ? fault.typed('date') : dateText(at, zone),
    time: isFaulty ? fault.typed('time') : timeText(at, zone),
    fault: isFaulty ? fault.words : '',
  };
}

/** One letter of the queue as the page shows it. */
function queuedModel(web: WebParts, req: Request, letter: QueuedLetter): Readonly<Record<string, unknown>> {
  const { t, formats, now } = web.shell.localsOf(req);
  const { nextTry } = letter;
  return {
    ...letter,
    who: letter.recipients.length === 0 ? '' : t('list.to', { names: namesOf(letter.recipients) }),
    subject: cleanLine(letter.subject) || t('list.noSubject'),
    time: formats.short(letter.at, now),
    fullTime: formats.full(letter.at),
    iso: formats.iso(letter.at),
    next:
      nextTry === undefined
        ? ''
        : nextTry <= now
          ? t('outbox.nextNow')
          : t('outbox.next', {
              time: nextTry - now < 20 * 3600_000 ? formats.clock(nextTry) : formats.full(nextTry),
            }),
  };
}
