// Resending (spec/webmail.md V5, 4.6): a message goes to other people as it is (resent.ts), held by the outbox as every
// letter is, so that it can be undone.
//   GET  /compose/resend?id=<id>     the form: to whom; `draft=<draft>` one that was taken back
//   POST /compose/resend             sends; a fault is 422 with what was typed
// The form names its draft: sent twice it leaves once.
import { type Request, type Response, Router } from 'express';
import { collectRecipients } from '../contacts/collect.ts';
import { cleanLine } from '../shell/foreign.ts';
import { type Fault, formOf, readValues, type Values } from '../shell/form.ts';
import { checkPath, oneValue, withField } from '../shell/paths.ts';
import { newMessageId } from './begin.ts';
import { checkRecipients } from './check.ts';
import { leaveHeld, letGo } from './deliver.ts';
import { type Draft, isDraftId, newDraftId, noFields } from './drafts.ts';
import { type ComposeParts, writingOf } from './posted.ts';
import { withoutTrace } from './resent.ts';
import { leave, timeOf, type Writing } from './writing.ts';

const page = '/compose/resend';

/** The form of one that was taken back. */
export const resendPath = (draft: string): string => withField(page, 'draft', draft);

/** Its draft with the bytes of the message; undefined: the message is gone. */
async function beginResending(
  { web, spool, req, account }: Writing,
  draft: string,
  id: string,
  folder: string,
): Promise<Draft | undefined> {
  const mailbox = await web.mailbox(req);
  const located = await mailbox.find(id, folder || undefined);
  const message = located && (await mailbox.readMessage(id, folder || undefined));
  if (!message) return undefined;
  const bytes = withoutTrace(message);
  const { path, handle } = await spool.openIncoming(account.address);
  try {
    await handle.writeFile(bytes);
  } finally {
    await handle.close();
  }
  const facts = { name: 'message.eml', type: 'message/rfc822', size: bytes.length };
  return {
    id: draft,
    rev: 0,
    savedAt: timeOf(web),
    state: 'open',
    fields: { ...noFields, subject: located.row.subject },
    attachments: [await spool.adopt(account.address, draft, 1, path, facts)],
    lastAttachment: 1,
    // The original is marked as passed on when it has left.
    answering: { kind: 'forward', id, inReplyTo: '', references: [] },
    resending: { id, folder },
    messageId: newMessageId(account),
    stored: undefined,
    returnTo: '',
  };
}

export function resendRoutes(parts: ComposeParts): Router {
  const router = Router();
  const { web, spool } = parts;

  const show = async (
    req: Request,
    res: Response,
    status: number,
    values: Values,
    faults: readonly Fault[] = [],
    draft?: Draft,
  ): Promise<void> => {
    const { t } = web.shell.localsOf(req);
    const id = String(values.id ?? '');
    const located = draft ?? (await (await web.mailbox(req)).find(id, String(values.in ?? '') || undefined));
    if (!located) return web.fail(req, res, 404, 'error.noMessage');
    const subject = 'row' in located ? located.row.subject : located.fields.subject;
    await web.render(req, res, {
      view: 'compose/resend',
      title: t('compose.resend'),
      status,
      pageClass: 'page-narrow',
      model: { subject: cleanLine(subject) || t('list.noSubject'), form: formOf(values, faults) },
    });
  };

  router.get(page, web.signedIn, async (req, res) => {
    const named = oneValue(req.query.draft);
    const draft = named === '' ? undefined : await spool.read(web.session(req).account.address, named);
    if (named !== '') {
      if (draft?.held) return web.goBack(res, '/v/outbox', '/v/outbox');
      if (!draft?.resending || draft.state !== 'open') return web.fail(req, res, 404, 'compose.notOpen');
      const { id, folder } = draft.resending;
      const values = { draft: named, id, in: folder, to: draft.fields.to, return: draft.returnTo };
      return show(req, res, 200, values, [], draft);
    }
    await show(req, res, 200, {
      draft: newDraftId(),
      id: oneValue(req.query.id),
      in: oneValue(req.query.in),
      to: oneValue(req.query.to).slice(0, 10_000),
      return: checkPath(oneValue(req.query.return), ''),
    });
  });

  router.post(page, web.signedIn, web.sameOrigin, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const { account } = web.session(req);
    const writing = writingOf(parts, req, res, account);
    const values = readValues(req.body, ['draft', 'id', 'in', 'to', 'return'], 65_000);
    const named = isDraftId(values.draft) ? values.draft : newDraftId();
    await spool.alone(account.address, named, async () => {
      const found = await spool.read(account.address, named);
      if (found?.state === 'sent') return leave(writing, found, t('compose.alreadySent'));
      if (found?.held) return leaveHeld(writing, found);
      if (found && !found.resending) return web.fail(req, res, 404, 'error.noMessage');
      const { webrecipients: most } = await web.settings.read(['webrecipients']);
      const { accounts, log } = web;
      const checked = await checkRecipients({ ...noFields, to: values.to }, { accounts, log, t, most });
      if (checked.faults.length > 0) {
        const faults = checked.faults.map(({ words }) => ({ field: 'to', words }));
        return show(req, res, 422, values, faults, found);
      }
      const begun = found ?? (await beginResending(writing, named, values.id, values.in));
      if (!begun) return web.fail(req, res, 404, 'error.noMessage');
      const returnTo = checkPath(values.return, begun.resending ? `/m/${begun.resending.id}` : '');
      const fields = { ...begun.fields, to: values.to };
      const draft: Draft = { ...begun, rev: begun.rev + 1, savedAt: timeOf(web), fields, returnTo };
      await spool.write(account.address, draft);
      collectRecipients(writing, checked);
      await letGo(writing, draft, (status, faults) =>
        show(
          req,
          res,
          status,
          { ...values, draft: named },
          faults.map(({ words }) => ({ field: '', words })),
          draft,
        ),
      );
    });
  });

  return router;
}
