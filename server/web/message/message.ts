// The message page (spec/webmail.md 1.5, 1.6, 3). Routes:
//   GET  /m/<id>              the page; ?in=<folder> ?body=text and the list it was opened from
//   GET  /m/<id>/body         the HTML as a document of its own for the sandboxed frame
//   GET  /m/<id>/part/<n>/<name>   an attachment; ?dl=1
//   GET  /m/<id>/source, /headers, /eml, /print
//   POST /m/<id>/images       allow=once|sender|domain
//   GET  /i/<token>           pictures inside the frame, without a cookie
// For the right pane of the list: `renderPane` (a RenderPane) gives the block as HTML; its model is `messageModel`
// (show.ts) and its template views/message/block.ejs with the local `message`.
import express, { type Request, type Response, type Router } from 'express';
import { frameDocument } from '../../message/frame.ts';
import { readTastes } from '../shell/cookies.ts';
import { folderPath } from '../shell/frame.ts';
import { checkPath, oneValue, withField } from '../shell/paths.ts';
import { escapeHtml } from '../shell/templates.ts';
import type { RenderPane, Web } from '../types.ts';
import { cleanBodyOf } from './cleaned.ts';
import { sendPicture } from './images.ts';
import { pictureState } from './model.ts';
import { folderOf, openMessage } from './open.ts';
import { sendPart } from './part.ts';
import { createPreferences, type Preferences } from './preferences.ts';
import { sendMessageFile, sendSource, showHeaders } from './raw.ts';
import { mayShowPictures, messageModel, picturesTicket, roleOf } from './show.ts';

export { messageModel } from './show.ts';

/** The message block as HTML for the pane of the list; undefined when the message is gone. */
export const renderPane: RenderPane = async (web, req, id, folder) => {
  const message = await messageModel(web, req, id, folder, 'pane');
  return message && web.renderPart(req, 'message/block', { message });
};

export function messageRoutes(web: Web): Router {
  const router = express.Router();
  const preferences = createPreferences(web.home.state);
  const forReader = (answer: (web: Web, req: Request, res: Response) => Promise<void>) => [
    web.signedIn,
    (req: Request, res: Response) => answer(web, req, res),
  ];
  router.get('/m/:id', ...forReader(showMessage));
  router.get('/m/:id/body', ...forReader(sendBody));
  router.get('/m/:id/part/:part/:name', ...forReader(sendPart));
  router.get('/m/:id/part/:part', ...forReader(sendPart));
  router.get('/m/:id/source', ...forReader(sendSource));
  router.get('/m/:id/headers', ...forReader(showHeaders));
  router.get('/m/:id/eml', ...forReader(sendMessageFile));
  router.get('/m/:id/print', ...forReader(showPrint));
  router.post('/m/:id/images', web.signedIn, web.sameOrigin, (req, res) =>
    allowPictures(web, preferences, req, res),
  );
  router.get('/i/:token', sendPicture(web));
  web.undoWith('pictures', async (req, payload) => {
    const { choice, value } = payload as { choice: 'senders' | 'domains'; value: string };
    await preferences.setPictures(web.session(req).account.address, choice, value, false);
  });
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
    pageClass: 'page-message',
    model: { message },
  });
}

/** V11: moved or deleted meanwhile, or never there: the same page. */
function showGone(web: Web, req: Request, res: Response, folder: string | undefined): Promise<void> {
  return web.render(req, res, {
    view: 'message/gone',
    title: web.words(req)('message.goneTitle'),
    status: 404,
    folder,
    pageClass: 'page-error',
    model: { folderHref: folderPath(folder ?? 'INBOX') },
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

const scrollWithoutScript = '<style>@media (scripting:none){body{overflow-y:auto}}</style>';

/** The frame's document. The cookie comes with the frame's own request; the document then has no origin at all. */
async function sendBody(web: Web, req: Request, res: Response): Promise<void> {
  const id = oneValue(req.params.id);
  const opened = await openMessage(web, req, id, folderOf(req));
  const view = opened && !opened.cut ? await web.reader.view(opened.bytes) : undefined;
  if (!opened || !view) return showGone(web, req, res, folderOf(req));
  const role = roleOf(await opened.mailbox.folders(), opened.located.row.folder);
  const pictures = pictureState(view, view.hasHtml, role, await mayShowPictures(web, req, id, view));
  const cleaned = await cleanBodyOf(web, web.session(req).account, opened, {
    remote: pictures.state === 'shown',
    large: oneValue(req.query.large) === '1',
  });
  const { theme } = readTastes(req);
  // on a page of its own the mail scrolls by itself; in the frame it does when the browser runs no scripts
  const own = oneValue(req.query.own) === '1';
  const html = cleaned.ok ? cleaned.html : `<p>${escapeHtml(web.words(req)('message.htmlUnshown'))}</p>`;
  const document = frameDocument(own ? html : scrollWithoutScript + html, {
    theme: theme === 'system' ? 'auto' : theme,
    darkAware: cleaned.ok && cleaned.darkAware,
    strict: own,
  });
  // spec/webmail.md 3.2: these headers and no others; COOP would not fit a framed document
  for (const name of ['Cross-Origin-Opener-Policy', 'X-Frame-Options']) res.removeHeader(name);
  res.setHeader('Content-Security-Policy', document.csp);
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('Referrer-Policy', 'no-referrer');
  res.setHeader('Cache-Control', 'private, no-store');
  res.setHeader('Content-Type', 'text/html; charset=utf-8');
  res.status(200).end(req.method === 'HEAD' ? undefined : document.html);
}

async function allowPictures(web: Web, preferences: Preferences, req: Request, res: Response): Promise<void> {
  const id = oneValue(req.params.id);
  const { account } = web.session(req);
  const folder = oneValue(req.body?.in) || undefined;
  const opened = await openMessage(web, req, id, folder);
  if (!opened) return showGone(web, req, res, folder);
  const back = checkPath(req.body?.return, `/m/${id}`);
  const allow = oneValue(req.body?.allow);
  if (allow === 'once')
    return web.goBack(res, withField(back, 'pictures', picturesTicket(web, account.address, id)), `/m/${id}`);
  const view = opened.cut ? undefined : await web.reader.view(opened.bytes);
  const { sender, domain } = view ? pictureState(view, true, undefined, false) : { sender: '', domain: '' };
  if (sender === '' || (allow !== 'sender' && allow !== 'domain')) {
    return web.fail(req, res, 422, 'message.picturesWho');
  }
  const [choice, value] =
    allow === 'sender' ? (['senders', sender] as const) : (['domains', domain] as const);
  await preferences.setPictures(account.address, choice, value, true);
  const op = web.rememberUndo(req, web.words(req)('message.picturesOn', { who: value }), {
    kind: 'pictures',
    choice,
    value,
  });
  web.goBack(res, withField(back, 'u', op), `/m/${id}`);
}
