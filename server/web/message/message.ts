// The message page (spec/webmail.md 1.5, 1.6, 3). Routes:
//   GET  /m/<id>              the page; ?in=<folder>, the list it was opened from, and how it is read (reading.ts)
//   GET  /m/<id>/body         the HTML as a document of its own for the sandboxed frame (body.ts)
//   GET  /m/<id>/part/<n>/<name>, /view/<n>, /open/<n>, /all.zip   its files (part.ts, viewer.ts, files.ts)
//   GET  /m/<id>/source, /headers, /eml, /print                    as it came (raw.ts)
//   POST /m/<id>/images, /m/<id>/reading                           what is to be remembered (ways.ts)
//   GET  /i/<token>           what is shown without a cookie (images.ts)
// For the right pane of the list: `renderPane` (a RenderPane) gives the block as HTML; its model is `messageModel`
// (show.ts) and its template views/message/block.ejs with the local `message`.
import express, { type Request, type Response, type Router } from 'express';
import { oneValue } from '../shell/paths.ts';
import type { RenderPane, Web } from '../types.ts';
import { sendBody } from './body.ts';
import { sendAll } from './files.ts';
import { showGone } from './gone.ts';
import { sendPicture } from './images.ts';
import { folderOf } from './open.ts';
import { sendPart } from './part.ts';
import { sendMessageFile, sendSource, showHeaders } from './raw.ts';
import { messageModel } from './show.ts';
import { openPdf, showPart } from './viewer.ts';
import { allowPictures, forgetSender, rememberWay, undoWays } from './ways.ts';

export { messageModel } from './show.ts';

/** The message block as HTML for the pane of the list; undefined when the message is gone. */
export const renderPane: RenderPane = async (web, req, id, folder) => {
  const message = await messageModel(web, req, id, folder, 'pane');
  return message && web.renderPart(req, 'message/block', { message });
};

export function messageRoutes(web: Web): Router {
  const router = express.Router();
  const forReader = (answer: (web: Web, req: Request, res: Response) => Promise<void>) => [
    web.signedIn,
    (req: Request, res: Response) => answer(web, req, res),
  ];
  const forWriter = (answer: (web: Web, req: Request, res: Response) => Promise<void>) => [
    web.signedIn,
    web.sameOrigin,
    (req: Request, res: Response) => answer(web, req, res),
  ];
  router.get('/m/:id', ...forReader(showMessage));
  router.get('/m/:id/body', ...forReader(sendBody));
  router.get('/m/:id/part/:part/:name', ...forReader(sendPart));
  router.get('/m/:id/part/:part', ...forReader(sendPart));
  router.get('/m/:id/view/:part', ...forReader(showPart));
  router.get('/m/:id/open/:part', ...forReader(openPdf));
  router.get('/m/:id/all.zip', ...forReader(sendAll));
  router.get('/m/:id/source', ...forReader(sendSource));
  router.get('/m/:id/headers', ...forReader(showHeaders));
  router.get('/m/:id/eml', ...forReader(sendMessageFile));
  router.get('/m/:id/print', ...forReader(showPrint));
  router.post('/m/:id/images', ...forWriter(allowPictures));
  router.post('/m/:id/reading', ...forWriter(rememberWay));
  router.post('/settings/reading/forget', ...forWriter(forgetSender));
  router.get('/i/:token', sendPicture(web));
  undoWays(web);
  return router;
}

async function showMessage(web: Web, req: Request, res: Response): Promise<void> {
  const folder = folderOf(req);
  const message = await messageModel(web, req, oneValue(req.params.id), folder);
  if (!message) return showGone(web, req, res, folder);
  await web.render(req, res, {
    view: 'message/page',
    title: String(message.subject) || web.words(req)('message.untitled'),
    folder: String(message.folder),
    ...message.column,
    pageClass: 'page-message',
    model: { message },
  });
}

async function showPrint(web: Web, req: Request, res: Response): Promise<void> {
  const folder = folderOf(req);
  const message = await messageModel(web, req, oneValue(req.params.id), folder);
  if (!message) return showGone(web, req, res, folder);
  await web.render(req, res, {
    view: 'message/print',
    title: String(message.subject) || web.words(req)('message.untitled'),
    bare: true,
    pageClass: 'page-print',
    model: { message },
  });
}
