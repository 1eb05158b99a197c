// Resending (spec/webmail.md V5, 4.6; RFC 5322 3.6.6): a message goes to other people as it is, byte for byte, with Resent-
// fields on top that say who sent it on.
//   GET  /compose/resend?id=<id>   the form: to whom
//   POST /compose/resend           sends; a fault is 422 with what was typed
// What belonged to its first way (Return-Path, Bcc) does not go along.
import { type Request, type Response, Router } from 'express';
import { cleanLine } from '../shell/foreign.ts';
import { type Fault, formOf, readValues, type Values } from '../shell/form.ts';
import { checkPath, oneValue, withField } from '../shell/paths.ts';
import { newMessageId } from './begin.ts';
import { formatDate } from './build.ts';
import { checkRecipients } from './check.ts';
import { noFields } from './drafts.ts';
import type { ComposeParts } from './posted.ts';
import { formatRecipient, type Recipient } from './recipients.ts';
import { timeOf, zoneOf } from './writing.ts';

const page = '/compose/resend';

/** The fields that go on top, LF line ends. Non-ASCII names are left out: an address says who it is. Pure. */
export function resentFields(
  from: string,
  to: readonly Recipient[],
  date: string,
  messageId: string,
): string {
  const list = to.map(({ name, address }) =>
    /^[\x20-\x7e]*$/.test(name) ? formatRecipient({ name, address }) : address,
  );
  return [
    `Resent-From: ${from}`,
    `Resent-To: ${list.join(',\n\t')}`,
    `Resent-Date: ${date}`,
    `Resent-Message-ID: ${messageId}`,
    '',
  ].join('\n');
}

/** The message without the fields of its first way; LF line ends in the header, the body as it is. Pure. */
export function withoutTrace(message: Buffer): Buffer {
  const end = /\r?\n\r?\n/.exec(message.toString('latin1'));
  const at = end ? end.index : message.length;
  const head = message.subarray(0, at).toString('latin1').replace(/\r\n/g, '\n');
  const kept = head.replace(
    /^(?:return-path|bcc|delivered-to|x-original-to|x-draft-info):.*(?:\n[ \t].*)*\n?/gim,
    '',
  );
  return Buffer.concat([Buffer.from(kept.replace(/\n$/, ''), 'latin1'), message.subarray(at)]);
}

export function resendRoutes(parts: ComposeParts): Router {
  const router = Router();
  const { web } = parts;

  const show = async (
    req: Request,
    res: Response,
    status: number,
    values: Values,
    faults: readonly Fault[] = [],
  ): Promise<void> => {
    const { t } = web.shell.localsOf(req);
    const mailbox = await web.mailbox(req);
    const located = await mailbox.find(String(values.id ?? ''), String(values.in ?? '') || undefined);
    if (!located) return web.fail(req, res, 404, 'error.noMessage');
    await web.render(req, res, {
      view: 'compose/resend',
      title: t('compose.resend'),
      status,
      pageClass: 'page-narrow',
      model: {
        subject: cleanLine(located.row.subject) || t('list.noSubject'),
        form: formOf(values, faults),
      },
    });
  };

  router.get(page, web.signedIn, (req, res) =>
    show(req, res, 200, {
      id: oneValue(req.query.id),
      in: oneValue(req.query.in),
      to: oneValue(req.query.to).slice(0, 10_000),
      return: checkPath(oneValue(req.query.return), ''),
    }),
  );

  router.post(page, web.signedIn, web.sameOrigin, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const { account } = web.session(req);
    const values = readValues(req.body, ['id', 'in', 'to', 'return'], 65_000);
    const { webrecipients: most } = await web.settings.read(['webrecipients']);
    const { accounts, log } = web;
    const checked = await checkRecipients({ ...noFields, to: values.to }, { accounts, log, t, most });
    if (checked.faults.length > 0)
      return show(
        req,
        res,
        422,
        values,
        checked.faults.map(({ words }) => ({ field: 'to', words })),
      );
    const message = await (await web.mailbox(req)).readMessage(values.id, values.in || undefined);
    if (!message) return web.fail(req, res, 404, 'error.noMessage');
    const date = formatDate(new Date(timeOf(web)), zoneOf(req));
    const injection = web.injector.open(`uid ${account.uid}`);
    const head = resentFields(account.address, checked.to, date, newMessageId(account));
    for (const bytes of [Buffer.from(head), withoutTrace(message)])
      if (!injection.write(bytes)) await injection.drained();
    const outcome = await injection.finish(
      account.address,
      checked.to.map((one) => one.envelope),
    );
    if (outcome.code !== 'K') {
      const words = t('compose.notSent', { reason: cleanLine(outcome.text, 500) });
      return show(req, res, outcome.code === 'D' ? 422 : 503, values, [{ field: '', words }]);
    }
    const op = web.rememberUndo(req, t('compose.resent', { n: checked.to.length }), undefined);
    web.goBack(res, withField(checkPath(values.return, `/m/${values.id}`), 'u', op), '/f/INBOX');
  });

  return router;
}
