// One message made ready for its template, for its own page and for the right pane of the list. Looking marks it as
// read (spec/webmail.md V4), save for HEAD and prefetch. Nothing a message holds makes this fail: what cannot be shown
// becomes a note.
import type { Request } from 'express';
import { readMarks } from '../../../mta/trust/junk-fields.ts';
import type { Column, Folder } from '../../mailbox/types.ts';
import { listAddress, reachesMore } from '../compose/reply.ts';
import { findInvitation } from '../invitations/invitations.ts';
import { junkReasons } from '../junk/reasons.ts';
import { chipsOf, labelViews } from '../labels/view.ts';
import { readReceiptRequest } from '../outbox/receipt.ts';
import { reportModel } from '../outbox/report.ts';
import { cleanLine } from '../shell/foreign.ts';
import { oneValue, withField } from '../shell/paths.ts';
import { snoozedFolder } from '../snooze/store.ts';
import { snoozeMenu } from '../snooze/times.ts';
import type { Web } from '../types.ts';
import { bodyModel, viewOptionsOf } from './body-model.ts';
import { deliveryOf } from './delivery.ts';
import { headerModel } from './header.ts';
import { moveChoices } from './model.ts';
import { findMessage, foundAt, isMessageId } from './open.ts';
import { isLooking, listQueryOf, type Place, wayOf } from './place.ts';
import { viewOf } from './views.ts';

export const roleOf = (folders: readonly Folder[], name: string): Folder['role'] | undefined =>
  folders.find((folder) => folder.name === name)?.role;

/**
 * The model of views/message/block.ejs (its local `message`), and marks the message as read. `place` says where the
 * links and forms lead; Undefined: gone.
 */
export async function messageModel(
  web: Web,
  req: Request,
  id: string,
  folder: string | undefined,
  place: Place = 'page',
): Promise<(Record<string, unknown> & { readonly column: Column | undefined }) | undefined> {
  const mailbox = await web.mailbox(req);
  // All in one question, as long as the message lies where the address says.
  const beside =
    folder === undefined || !isMessageId(id) || typeof place !== 'string'
      ? undefined
      : await mailbox.findInList(id, folder, listQueryOf(web, req, folder, place));
  const opened = beside?.located ? foundAt(mailbox, beside.located) : await findMessage(web, req, id, folder);
  if (!opened) return undefined;
  const { located } = opened;
  const { row } = located;
  const t = web.words(req);
  const { account } = web.session(req);
  const within = typeof place !== 'string';
  const [view, { here, listHref, older, newer, next }] = await Promise.all([
    viewOf(web, account, opened, viewOptionsOf(req)),
    wayOf(web, req, mailbox, row, place, '/m', beside?.neighbours),
  ]);
  if (!view) return undefined;
  const { markRead } = web.choices(req);
  const isReadNow = row.seen || (markRead === 0 && isLooking(req));
  const isMarked = !row.seen && isReadNow;
  if (isMarked) await mailbox.setFlags([id], 'S', '', row.folder);
  if (isLooking(req)) web.snoozes.opened(account.address, id);
  // With this one counted as read.
  const besideNow = beside && !isMarked ? { folders: beside.folders, quota: beside.quota } : undefined;
  const column = typeof place === 'string' ? (besideNow ?? (await mailbox.column())) : undefined;
  const folders = typeof place === 'string' ? (column?.folders ?? []) : place.folders;
  const role = roleOf(folders, row.folder);

  const delivery =
    role === 'sent'
      ? await deliveryOf(web, account.address, {
          messageId: view.messageId,
          recipients: [...view.to, ...view.cc, ...view.bcc],
        })
      : undefined;
  const asked = readReceiptRequest(view, row, role);
  const { receipts } = web.choices(req);
  const isKnown = () => web.contacts.findByAddress(account.address, asked?.address ?? '') !== undefined;
  const receipt = asked && (receipts === 'ask' || (receipts === 'contacts' && isKnown())) ? asked : undefined;
  const report = await reportModel(web, account, mailbox, view.report, t);
  const everyone = [...view.from, ...view.to, ...view.cc, ...view.replyTo];
  const isOwn = await web.identities.ownTest(
    account,
    everyone.map((one) => one.address),
  );
  const body = await bodyModel(web, req, { opened, view, role, here });
  const invitation =
    opened.cut || !view.hasCalendar
      ? undefined
      : await findInvitation(
          web,
          account,
          await opened.read(),
          isOwn,
          { id, folder: row.folder, here },
          web.readerOf(req),
        );
  // The invitation's card gives its file; it is no file besides.
  const attachments = body.attachments.filter((file) => file.part !== invitation?.part);
  const part = (path: string) => `/m/${id}/${path}?in=${encodeURIComponent(row.folder)}`;
  const printFields = new URLSearchParams({ in: row.folder, body: body.wantsHtml ? 'html' : 'text' });
  for (const name of ['pictures', 'cs', 'text', 'links'] as const) {
    const value = oneValue(req.query[name]);
    if (value !== '') printFields.set(name, value.slice(0, 1000));
  }
  const answer = (kind: string) =>
    `/compose?${new URLSearchParams({ [kind]: id, in: row.folder, return: here.slice(0, 1000) })}`;

  const known = labelViews(web.labels.list(account.address), t);
  const labels = chipsOf(row.keywords, known);

  return {
    id,
    folder: row.folder,
    role: role ?? 'folder',
    place: within ? 'within' : place,
    within,
    subject: cleanLine(view.subject, 1000),
    ...headerModel(
      web,
      account,
      view,
      { id, folder: row.folder, here, isSent: role === 'sent' || row.draft },
      isOwn,
      t,
    ),
    /** Undefined: it holds none. */
    invitation,
    listPost: listAddress(view.listPost) ?? '',
    sent: view.sent,
    received: row.received,
    size: row.size,
    starred: row.flagged,
    answered: row.answered,
    forwarded: row.forwarded,
    draft: row.draft || role === 'drafts',
    editHref: `/compose?edit=${id}&in=${encodeURIComponent(row.folder)}`,
    replyHref: answer('reply'),
    replyAllHref: reachesMore(view, isOwn) ? answer('replyall') : '',
    replyListHref: listAddress(view.listPost) ? answer('replylist') : '',
    forwardHref: answer('forward'),
    sourceHref: part('source'),
    headersHref: part('headers'),
    emlHref: part('eml'),
    filterHref: withField(withField('/settings/filters/rule', 'm', row.id), 'in', row.folder),
    printHref: `/m/${id}/print?${printFields}`,
    older,
    newer,
    listHref,
    here,
    /** Where archiving, deleting and moving lead (M10). */
    next,
    moveTo: moveChoices(folders, row.folder),
    labels,
    snoozeMenu:
      row.draft || role === 'drafts' || role === 'trash' || role === 'junk'
        ? undefined
        : snoozeMenu(web.now?.() ?? Date.now(), { t, formats: web.formats(req) }),
    asleep: row.folder === snoozedFolder,
    labelChoices: known.map((label) => ({ ...label, checked: labels.includes(label) })),
    /** Why it is in Junk, in sentences. */
    junkReasons: role === 'junk' ? junkReasons(readMarks((await opened.read()) ?? Buffer.alloc(0)), t) : [],
    /** Undefined: not ours to tell. */
    delivery,
    report,
    receipt,
    isUnread: !isReadNow,
    /** Seconds after which it counts as read; 0: it does already, or only when one says so. */
    readAfter: isReadNow ? 0 : Math.max(0, markRead),
    ...body,
    attachments,
    zipHref: attachments.length > 1 ? body.zipHref : '',
    /** What the frame around its page shows; undefined within a conversation, whose page asks for itself. */
    column,
  };
}
