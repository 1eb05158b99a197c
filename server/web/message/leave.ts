// Leaving a mailing (webmail.md V8). Routes:
//   GET  /m/<id>/unsubscribe   one question, which names where the request goes
//   POST /m/<id>/unsubscribe   does it: one POST of ours (RFC 8058), or a letter; a page of the sender's is only linked
// Nobody has checked yet that the message is from whom it says, so the question names the host or address that is asked.
import { lookup } from 'node:dns/promises';
import express, { type Request, type Response, type Router } from 'express';
import { quoted } from '../../../mta/log.ts';
import { postOneClick } from '../../message/one-click.ts';
import { createPictureGate } from '../../message/remote-picture.ts';
import type { MessageView } from '../../message/types.ts';
import { sendQuickLetter } from '../compose/quick-letter.ts';
import { cleanLine } from '../shell/foreign.ts';
import { checkPath, oneValue, withField } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import { listName } from './model.ts';
import { folderOf, openMessage } from './open.ts';
import { readTrace } from './trace.ts';
import { leftKey, readUnsubscribe, type Unsubscribe } from './unsubscribe.ts';
import { domainOf } from './warnings.ts';

export function leaveRoutes(web: WebParts): Router {
  const router = express.Router();
  const gate = createPictureGate(1);
  const resolve = async (host: string) => (await lookup(host, { all: true })).map((found) => found.address);

  const find = async (req: Request) => {
    const id = oneValue(req.params.id);
    const folder = oneValue(req.body?.in) || folderOf(req);
    const opened = await openMessage(web, req, id, folder);
    if (!opened || opened.cut) return undefined;
    const view = await web.reader.view(opened.bytes);
    const way = readUnsubscribe(view.headers);
    return way && { id, folder: opened.located.row.folder, view, way };
  };

  router.get('/m/:id/unsubscribe', web.signedIn, async (req, res) => {
    const found = await find(req);
    if (!found) return web.fail(req, res, 404, 'unsubscribe.none');
    await show(web, req, res, 200, found, '');
  });

  router.post('/m/:id/unsubscribe', web.signedIn, web.sameOrigin, async (req, res) => {
    const found = await find(req);
    if (!found) return web.fail(req, res, 404, 'unsubscribe.none');
    const { way, view } = found;
    const { t, formats } = web.shell.localsOf(req);
    const { account } = web.session(req);
    if (way.kind === 'page') return show(web, req, res, 422, found, '');
    let fault: string;
    if (way.kind === 'post') {
      const result = await gate.run(account.address, () =>
        postOneClick(way.url, { resolve, ...web.pictures }),
      );
      web.log(
        `web: one-click unsubscribe of ${quoted(account.address)} at ${quoted(way.host)}: ${result.ok ? 'done' : result.reason}`,
      );
      fault = result.ok ? '' : t('unsubscribe.failed', { host: cleanLine(way.host) });
    } else {
      const own = [...view.to, ...view.cc];
      const isOwn = await web.identities.ownTest(
        account,
        own.slice(0, 100).map(({ address }) => address),
      );
      const outcome = await sendQuickLetter(web, account, {
        from: own.find(({ address }) => isOwn(address))?.address ?? account.address,
        to: way.to,
        subject: way.subject,
        text: way.body,
        zone: formats.zone,
      });
      fault = outcome.code === 'K' ? '' : t('unsubscribe.notSent', { words: cleanLine(outcome.text) });
    }
    if (fault !== '') return show(web, req, res, 503, found, fault);
    web.answers.give(account.address, leftKey(view, way), 'left');
    const back = checkPath(oneValue(req.body?.return), messagePath(found));
    const op = web.rememberUndo(req, t('unsubscribe.done'), undefined);
    web.goBack(res, withField(back, 'u', op), messagePath(found));
  });
  return router;
}

interface Found {
  readonly id: string;
  readonly folder: string;
  readonly view: MessageView;
  readonly way: Unsubscribe;
}

const messagePath = ({ id, folder }: Found): string => `/m/${id}?in=${encodeURIComponent(folder)}`;

function show(
  web: WebParts,
  req: Request,
  res: Response,
  status: number,
  found: Found,
  fault: string,
): Promise<void> {
  const { t } = web.shell.localsOf(req);
  const { view, way, folder, id } = found;
  const sender = view.from[0];
  const name =
    listName(view.headers).replace(/\s*<[^<>]*>$/, '') ||
    (sender ? cleanLine(sender.name || sender.address) : t('list.noSender'));
  return web.render(req, res, {
    view: 'message/unsubscribe',
    title: t('unsubscribe.title'),
    status,
    folder,
    pageClass: 'page-narrow',
    model: {
      name,
      sender: sender ? cleanLine(sender.address) : '',
      signedBy: cleanLine(
        readTrace(view.headers, web.me, domainOf(sender?.address ?? '')).check?.signedBy ?? '',
      ),
      way: way.kind,
      target: cleanLine(way.kind === 'letter' ? way.to : way.host),
      pageHref: way.kind === 'letter' ? '' : way.url,
      action: `/m/${id}/unsubscribe`,
      message: { folder },
      back: checkPath(oneValue(req.query.return) || oneValue(req.body?.return), messagePath(found)),
      fault,
    },
  });
}
