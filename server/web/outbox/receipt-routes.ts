// Answers to a request for a read receipt:
//   POST /m/<id>/receipt   do=send|ignore; in, return
import { type Request, type Response, Router } from 'express';
import { quoted } from '../../../mta/log.ts';
import { openMessage } from '../message/open.ts';
import { roleOf } from '../message/show.ts';
import { checkPath, oneValue, withField } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import { buildReceipt, readReceiptRequest, receiptKeyword } from './receipt.ts';

export function receiptRoutes(web: WebParts): Router {
  const router = Router();
  router.post('/m/:id/receipt', web.signedIn, web.sameOrigin, (req, res) => answerReceipt(web, req, res));
  return router;
}

async function answerReceipt(web: WebParts, req: Request, res: Response): Promise<void> {
  const { account } = web.session(req);
  const { t, formats } = web.shell.localsOf(req);
  const id = oneValue(req.params.id);
  const opened = await openMessage(web, req, id, oneValue(req.body?.in) || undefined);
  if (!opened) return web.fail(req, res, 404, 'error.noMessage');
  const { mailbox, located, bytes } = opened;
  const { row } = located;
  const back = withField(checkPath(oneValue(req.body?.return), `/m/${id}`), 'u', undefined);
  const say = (words: string) =>
    web.goBack(res, withField(back, 'u', web.rememberUndo(req, words, undefined)), `/m/${id}`);
  const view = await web.reader.view(bytes);
  const request = readReceiptRequest(view, row, roleOf(await mailbox.folders(), row.folder));
  if (!request) return say(t('receipt.answered'));
  // First of all: whatever happens next, nobody is asked again and no second one leaves.
  const { undo } = await mailbox.setKeywords([id], [receiptKeyword], [], row.folder);
  if (undo.length === 0 || undo.some(({ keywords }) => keywords?.includes(receiptKeyword)))
    return say(t('receipt.answered'));
  if (oneValue(req.body?.do) !== 'send') return say(t('receipt.ignored'));

  const own = [...view.to, ...view.cc];
  const isOwn = await web.identities.ownTest(
    account,
    own.map(({ address }) => address),
  );
  const written = own.find(({ address }) => isOwn(address))?.address ?? account.address;
  const identity = (await web.identities.find(account, written)) ?? {
    name: account.gecos,
    address: account.address,
  };
  const receipt = buildReceipt(request, view, {
    from: { name: identity.name, address: identity.address },
    account,
    date: new Date(web.clock()),
    zone: formats.zone,
    when: formats.full(view.sent ?? row.received),
    me: web.me,
    t,
  });
  const outcome = await web.injector.inject(`uid ${account.uid}`, receipt, '', [request.envelope]);
  if (outcome.code === 'K') return say(t('receipt.sent'));
  web.log(`web: receipt of ${quoted(account.address)} refused: ${outcome.code} ${quoted(outcome.text)}`);
  await mailbox.setKeywords([id], [], [receiptKeyword], row.folder);
  say(t('receipt.failed'));
}
