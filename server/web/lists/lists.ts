// Pages of public mailing lists, for everybody and without a session:
//   GET  /lists/LIST@DOMAIN             what the list is about; subscribing and leaving
//   POST /lists/LIST@DOMAIN             `act` subscribe, unsubscribe, digest-subscribe or digest-unsubscribe; `address`
//   GET  /lists/LIST@DOMAIN/archive     the archive, newest first; `before`: a number       (archive.ts)
//   GET  /lists/LIST@DOMAIN/archive/N   a message of it
//   GET  /list/unsubscribe              a member's own link to leave                      (leave-page.ts)
// A form here only does what a letter from that address would: the list asks the address for a confirmation, and asks
// it no more than a few times an hour (mta/lists/manage/throttle.ts). Who asks for many addresses is stopped here.
import { type Request, type Response, Router } from 'express';
import { isPlainAddress } from '../../../mta/accounts/administration/dot-qmail-lines.ts';
import { splitAddress } from '../../../mta/formats/address.ts';
import { keptDomain } from '../../../mta/formats/idn.ts';
import { quoted } from '../../../mta/log.ts';
import { clientNetwork } from '../../../mta/trust/client-network.ts';
import { type Fault, formOf, readValues } from '../shell/form.ts';
import { oneValue } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import { archiveRoutes } from './archive.ts';
import { AskedLately } from './asked-lately.ts';
import { leavePageRoutes } from './leave-page.ts';
import { openPublicList, type PublicList } from './open.ts';

const acts = ['subscribe', 'unsubscribe', 'digest-subscribe', 'digest-unsubscribe'] as const;

export const listPath = (address: string, more = ''): string =>
  `/lists/${encodeURIComponent(address)}${more}`;

export function publicListRoutes(web: WebParts): Router {
  const router = Router();
  const asked = new AskedLately(web.clock);

  const show = async (
    req: Request,
    res: Response,
    found: PublicList,
    given: {
      status?: number;
      asked?: string;
      act?: string;
      address?: string;
      faults?: readonly Fault[];
    } = {},
  ): Promise<void> => {
    const { address, info, hasArchive, hasDigest, newest } = found;
    await web.render(req, res, {
      view: 'lists/list',
      title: address,
      status: given.status ?? 200,
      bare: true,
      pageClass: 'page-list-public',
      model: {
        address,
        info,
        hasDigest,
        archiveHref: hasArchive && newest > 0 ? listPath(address, '/archive') : '',
        action: listPath(address),
        asked: given.asked ?? '',
        act: given.act ?? 'subscribe',
        form: formOf({ address: given.address ?? '' }, given.faults),
      },
    });
  };

  router.get('/lists/:list', async (req, res) => {
    const found = await openPublicList(web, oneValue(req.params.list));
    if (!found) return web.fail(req, res, 404, 'error.notFound');
    await show(req, res, found);
  });

  router.post('/lists/:list', async (req, res) => {
    if (!web.guards.isSameOrigin(req)) return web.fail(req, res, 403, 'error.forbidden');
    const found = await openPublicList(web, oneValue(req.params.list));
    if (!found) return web.fail(req, res, 404, 'error.notFound');
    const { t } = web.shell.localsOf(req);
    const values = readValues(req.body, ['address'], 320);
    const act = acts.find((one) => one === oneValue(req.body?.act)) ?? 'subscribe';
    const typed = values.address.trim();
    const { local, domain } = splitAddress(typed);
    const address = `${local}@${keptDomain(domain)}`;
    const again = (status: number, words: string): Promise<void> =>
      show(req, res, found, { status, act, address: typed, faults: [{ field: 'address', words }] });
    if (!typed.includes('@') || !isPlainAddress(address)) return again(422, t('publicList.notAddress'));
    if (!asked.mayAsk(clientNetwork(req.ip ?? ''))) {
      res.setHeader('Retry-After', 3600);
      return again(429, t('publicList.tooMany'));
    }
    const to = `${found.list.outlocal}-${act}@${found.list.outhost}`;
    const letter = `From: <${address}>\nTo: <${to}>\nSubject: ${act}\n\n`;
    const outcome = await web.injector.inject('network', Buffer.from(letter, 'utf8'), address, [to]);
    if (outcome.code !== 'K') {
      web.log(`warning: ${quoted(to)}: ${quoted(outcome.text)}`);
      return again(503, t('publicList.failed'));
    }
    await show(req, res, found, { asked: address, act });
  });

  router.use(archiveRoutes(web));
  router.use(leavePageRoutes(web));
  return router;
}
