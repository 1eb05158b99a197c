// What is remembered of a sender, chosen above one of his messages and taken back in the settings (spec/webmail.md 3.3,
// 3.8, V6):
//   POST /m/<id>/images            allow=once|sender|domain
//   POST /m/<id>/reading           body=html|text or paper=light|dark
//   POST /settings/reading/forget  sender, way; `senderLists` is the model of views/message/senders.ejs in that page
// Each can be undone for a day.
import type { Request, Response } from 'express';
import { cleanLine } from '../shell/foreign.ts';
import { checkPath, oneValue, withField } from '../shell/paths.ts';
import type { SenderWay, SenderWays } from '../state/senders.ts';
import type { Web } from '../types.ts';
import type { WordKey } from '../words/words.ts';
import { showGone } from './gone.ts';
import { openMessage } from './open.ts';
import { picturesTicket, senderOf } from './reading.ts';

interface Undo {
  readonly kind: 'sender';
  readonly sender: string;
  readonly way: SenderWay;
  /** What was remembered before. */
  readonly value: string | undefined;
}

/** Remembers a way, or forgets it, and gives the undo's id for `?u=`. */
function remember<Way extends SenderWay>(
  web: Web,
  req: Request,
  change: { readonly sender: string; readonly way: Way; readonly value: SenderWays[Way] | undefined },
  words: WordKey,
): string {
  const { address } = web.session(req).account;
  const { sender, way, value } = change;
  const before = web.senders.exact(address, sender)[way];
  web.senders.remember(address, sender, way, value);
  const undo: Undo = { kind: 'sender', sender, way, value: before };
  return web.rememberUndo(req, web.words(req)(words, { who: sender.replace(/^@/, '') }), undo);
}

export function undoWays(web: Web): void {
  web.undoWith('sender', async (req, payload) => {
    const { sender, way, value } = payload as Undo;
    web.senders.remember(
      web.session(req).account.address,
      sender,
      way,
      value as SenderWays[typeof way] | undefined,
    );
  });
}

/** The message of a form and its one sender. */
async function findSender(web: Web, req: Request) {
  const folder = oneValue(req.body?.in) || undefined;
  const opened = await openMessage(web, req, oneValue(req.params.id), folder);
  if (!opened) return { folder, sender: undefined };
  return { folder, sender: opened.cut ? '' : senderOf(await web.reader.view(opened.bytes)) };
}

export async function allowPictures(web: Web, req: Request, res: Response): Promise<void> {
  const id = oneValue(req.params.id);
  const { account } = web.session(req);
  const { folder, sender } = await findSender(web, req);
  if (sender === undefined) return showGone(web, req, res, folder);
  const back = checkPath(req.body?.return, `/m/${id}`);
  const allow = oneValue(req.body?.allow);
  if (allow === 'once')
    return web.goBack(res, withField(back, 'pictures', picturesTicket(web, account.address, id)), `/m/${id}`);
  if (sender === '' || (allow !== 'sender' && allow !== 'domain'))
    return web.fail(req, res, 422, 'message.picturesWho');
  const whom = allow === 'sender' ? sender : sender.slice(sender.lastIndexOf('@'));
  const op = remember(web, req, { sender: whom, way: 'pictures', value: 'always' }, 'message.picturesOn');
  web.goBack(res, withField(back, 'u', op), `/m/${id}`);
}

const choices = [
  { way: 'body', value: 'text', words: 'reading.bodyRemembered' },
  { way: 'body', value: 'html', words: 'reading.bodyHtmlRemembered' },
  { way: 'paper', value: 'dark', words: 'reading.paperRemembered' },
  { way: 'paper', value: 'light', words: 'reading.paperLightRemembered' },
] as const;

export async function rememberWay(web: Web, req: Request, res: Response): Promise<void> {
  const id = oneValue(req.params.id);
  const { folder, sender } = await findSender(web, req);
  if (sender === undefined) return showGone(web, req, res, folder);
  const chosen = choices.find(({ way, value }) => oneValue(req.body?.[way]) === value);
  if (!chosen) return web.fail(req, res, 422, 'error.badRequest');
  const { way, value, words } = chosen;
  const back = withField(checkPath(req.body?.return, `/m/${id}`), way, value);
  // Of a message without a sender it holds for this address only.
  const op = sender === '' ? undefined : remember(web, req, { sender, way, value }, words);
  web.goBack(res, withField(back, 'u', op), `/m/${id}`);
}

/** What the settings of reading list: senders with pictures, and those whose mail is shown in a way of its own. */
export function senderLists(web: Web, req: Request) {
  const { address } = web.session(req).account;
  const list = (way: SenderWay) =>
    web.senders.list(address, way).map(({ sender, value, at }) => ({
      sender,
      name: cleanLine(sender.replace(/^@/, ''), 320),
      isDomain: sender.startsWith('@'),
      way,
      value,
      at,
    }));
  return { pictures: list('pictures'), ways: [...list('body'), ...list('paper')] };
}

export async function forgetSender(web: Web, req: Request, res: Response): Promise<void> {
  const { address } = web.session(req).account;
  const sender = oneValue(req.body?.sender).toLowerCase();
  const way = (['pictures', 'body', 'paper'] as const).find((one) => one === oneValue(req.body?.way));
  const known = way && web.senders.list(address, way).some((one) => one.sender === sender);
  if (!way || !known) return web.goBack(res, '/settings/reading?u=none', '/settings/reading');
  const words = way === 'pictures' ? 'senders.forgotten' : 'senders.wayForgotten';
  const op = remember(web, req, { sender, way, value: undefined }, words);
  web.goBack(res, `/settings/reading?u=${op}`, '/settings/reading');
}
