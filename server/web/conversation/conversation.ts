// Conversations (webmail.md 1.4, 2.1). Routes:
//   GET  /c/<id>          the conversation that holds message id; ?in=<folder>, ?open=<ids>|all, ?before=<cursor>, and the
//                         list it was opened from. With `X-Fragment: mail` only the message that `open` names last
//   POST /c/<id>/unread   marks a message and all after it as unread; from, in, return
// For the right pane of the list: `renderConversation`.
import express, { type Request, type Response, type Router } from 'express';
import { showGone } from '../message/gone.ts';
import { folderOf, isMessageId } from '../message/open.ts';
import { messageModel } from '../message/show.ts';
import { folderPath } from '../shell/frame.ts';
import { checkPath, oneValue, withField } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import { conversationModel, mailModel } from './show.ts';

/** What stands in the right pane for `?open=<id>`, and the ids of the messages in it. Undefined: gone. */
export type RenderConversation = (
  web: WebParts,
  req: Request,
  id: string,
  folder: string | undefined,
) => Promise<{ readonly html: string; readonly ids: ReadonlySet<string> } | undefined>;

export const renderConversation: RenderConversation = async (web, req, id, folder) => {
  const conversation = await conversationModel(web, req, id, folder, 'pane');
  if (conversation === undefined) return undefined;
  if (conversation !== 'alone') {
    const html = await web.renderPart(req, 'conversation/block', { conversation });
    return { html, ids: new Set(conversation.ids) };
  }
  const html = await web.renderPane(web, req, id, folder);
  return html === undefined ? undefined : { html, ids: new Set([id]) };
};

export function conversationRoutes(web: WebParts): Router {
  const router = express.Router();

  router.get('/c/:id', web.signedIn, async (req, res) => {
    const id = oneValue(req.params.id);
    if (web.fragment(req) === 'mail') return sendMail(web, req, res, id);
    const folder = folderOf(req);
    const conversation = await conversationModel(web, req, id, folder, 'page');
    if (conversation === 'alone') return showAlone(web, req, res, id, folder);
    if (!conversation) return showGone(web, req, res, folder);
    const { t } = web.shell.localsOf(req);
    await web.render(req, res, {
      view: 'conversation/page',
      title: conversation.subject || t('list.noSubject'),
      folder: conversation.folder,
      pageClass: 'page-message page-conversation',
      model: { conversation },
    });
  });

  router.post('/c/:id/unread', web.signedIn, web.sameOrigin, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const mailbox = await web.mailbox(req);
    const from = oneValue(req.body?.from);
    const folder = oneValue(req.body?.in).slice(0, 255) || undefined;
    const back = checkPath(req.body?.return, folderPath(folder ?? 'INBOX'));
    const found = isMessageId(from) ? await mailbox.conversation(from, folder, 500) : undefined;
    if (!found) return web.goBack(res, withField(back, 'u', 'none'), '/f/INBOX');
    const at = found.messages.findIndex((row) => row.id === found.asked.id);
    const rows = found.messages.slice(Math.max(0, at)).filter((row) => !row.draft && row.seen);
    const undo: unknown[] = [];
    let done = 0;
    for (const name of new Set(rows.map((row) => row.folder))) {
      const ids = rows.filter((row) => row.folder === name).map((row) => row.id);
      const result = await mailbox.setFlags(ids, '', 'S', name);
      done += result.done;
      undo.push(...result.undo);
    }
    const op = web.rememberUndo(req, t('act.unread', { n: Math.max(1, done) }), undo);
    web.goBack(res, withField(back, 'u', op), '/f/INBOX');
  });

  return router;
}

/** One message of the page, for its script. */
async function sendMail(web: WebParts, req: Request, res: Response, id: string): Promise<void> {
  const wanted = oneValue(req.query.open).split('.').at(-1) ?? '';
  const found = await mailModel(web, req, id, wanted);
  if (!found?.mail.message) return web.fail(req, res, 404, 'error.noMessage');
  const html = await web.renderPart(req, 'conversation/mail', found);
  res.type('html').send(html);
}

/** A conversation of one message is that message. */
async function showAlone(
  web: WebParts,
  req: Request,
  res: Response,
  id: string,
  folder: string | undefined,
): Promise<void> {
  const message = await messageModel(web, req, id, folder);
  if (!message) return showGone(web, req, res, folder);
  const { t } = web.shell.localsOf(req);
  await web.render(req, res, {
    view: 'message/page',
    title: String(message.subject) || t('list.noSubject'),
    folder: String(message.folder),
    pageClass: 'page-message',
    model: { message },
  });
}
