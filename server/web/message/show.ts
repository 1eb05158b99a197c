// One message made ready for its template, for its own page and for the right pane of the list. Looking marks it as
// read (spec/webmail.md V4), save for HEAD and prefetch. Nothing a message holds makes this fail: what cannot be shown
// becomes a note.
import type { Request } from 'express';
import type { Folder, ListQuery } from '../../mailbox/types.ts';
import { listAddress, reachesMore } from '../compose/reply.ts';
import { chipsOf, labelViews } from '../labels/view.ts';
import { readReceiptRequest } from '../outbox/receipt.ts';
import { reportModel } from '../outbox/report.ts';
import { cleanLine } from '../shell/foreign.ts';
import { folderPath } from '../shell/frame.ts';
import { oneValue, withField } from '../shell/paths.ts';
import { snoozedFolder } from '../snooze/store.ts';
import { snoozeMenu } from '../snooze/times.ts';
import type { Web } from '../types.ts';
import { bodyModel, viewOptionsOf } from './body-model.ts';
import { deliveryOf } from './delivery.ts';
import { headerModel } from './header.ts';
import { moveChoices } from './model.ts';
import { openMessage } from './open.ts';
import { readingFields } from './reading.ts';

/** What the address of a message says about the list it was opened from (list/address.ts writes it). */
function listQueryOf(req: Request, folder: string): ListQuery {
  const field = (name: string) => oneValue(req.query[name]);
  const oneOf = <Value extends string>(values: readonly Value[], text: string) =>
    values.find((one) => one === text);
  const everywhere = field('list') !== '';
  return {
    folder: everywhere ? undefined : folder,
    filter: field('list') === 'starred' ? 'starred' : oneOf(['unread', 'starred', 'attach'], field('filter')),
    sort: oneOf(['from', 'subject', 'size'], field('sort')),
    direction: oneOf(['asc', 'desc'], field('dir')),
    search: field('list') === 'search' ? field('q').slice(0, 1000) || undefined : undefined,
    limit: 1,
  };
}

/** The list that a message page leads back to. */
function listHrefOf(req: Request, folder: string): string {
  const fields = new URLSearchParams();
  const take = (name: string, as = name) => {
    const value = oneValue(req.query[name]);
    if (value !== '') fields.set(as, value.slice(0, 1000));
  };
  const list = oneValue(req.query.list);
  if (list === 'search') take('q');
  for (const name of ['filter', 'sort', 'dir']) take(name);
  const path = list === 'starred' ? '/v/starred' : list === 'search' ? '/search' : folderPath(folder);
  const text = fields.toString();
  return text === '' ? path : `${path}?${text}`;
}

const isLooking = (req: Request): boolean =>
  req.method === 'GET' &&
  !/prefetch/i.test(
    `${req.headers['sec-purpose'] ?? ''} ${req.headers.purpose ?? ''} ${req.headers['x-moz'] ?? ''}`,
  );

export const roleOf = (folders: readonly Folder[], name: string): Folder['role'] | undefined =>
  folders.find((folder) => folder.name === name)?.role;

/**
 * The model of views/message/block.ejs (its local `message`), and marks the message as read. `place` says where the
 * links and forms lead: the message's own page or the pane of the list in the request's address. Undefined: gone.
 */
export async function messageModel(
  web: Web,
  req: Request,
  id: string,
  folder: string | undefined,
  place: 'page' | 'pane' = 'page',
): Promise<Record<string, unknown> | undefined> {
  const opened = await openMessage(web, req, id, folder);
  if (!opened) return undefined;
  const { mailbox, located, bytes } = opened;
  const { row } = located;
  const t = web.words(req);
  const { account } = web.session(req);
  const [view, folders, neighbours] = await Promise.all([
    web.reader.view(bytes, viewOptionsOf(req)),
    mailbox.folders(),
    mailbox.neighbours(id, listQueryOf(req, row.folder)),
  ]);
  const { markRead } = web.choices(req);
  const isReadNow = row.seen || (markRead === 0 && isLooking(req));
  if (!row.seen && isReadNow) await mailbox.setFlags([id], 'S', '', row.folder);
  if (isLooking(req)) web.snoozes.opened(account.address, id);
  const role = roleOf(folders, row.folder);

  const here = (place === 'pane' ? req.originalUrl : `/m/${id}${queryOf(req)}`)
    .replace(/([?&])u=[^&]*&?/, '$1')
    .replace(/[?&]$/, '');
  const listHref = place === 'pane' ? withField(here, 'open', undefined) : listHrefOf(req, row.folder);
  const hrefOf = (other: string | undefined): string => {
    if (other === undefined) return '';
    // How this one is read says nothing about the next.
    const bare = [...readingFields, 'u'].reduce(
      (path, name) => withField(path, name, undefined),
      place === 'pane' ? listHref : here,
    );
    return place === 'pane' ? withField(bare, 'open', other) : bare.replace(`/m/${id}`, `/m/${other}`);
  };
  const older = hrefOf(neighbours.older);
  const newer = hrefOf(neighbours.newer);
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
    place,
    subject: cleanLine(view.subject, 1000),
    ...headerModel(
      web,
      account,
      view,
      { id, folder: row.folder, here, isSent: role === 'sent' || row.draft },
      isOwn,
      t,
    ),
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
    printHref: `/m/${id}/print?${printFields}`,
    older,
    newer,
    listHref,
    here,
    /** Where archiving, deleting and moving lead: the next message, else the list (M10). */
    next: older || newer || listHref,
    moveTo: moveChoices(folders, row.folder),
    labels,
    snoozeMenu:
      row.draft || role === 'drafts' || role === 'trash' || role === 'junk'
        ? undefined
        : snoozeMenu(web.now?.() ?? Date.now(), { t, formats: web.formats(req) }),
    asleep: row.folder === snoozedFolder,
    labelChoices: known.map((label) => ({ ...label, checked: labels.includes(label) })),
    /** Undefined: not ours to tell. */
    delivery,
    report,
    receipt,
    isUnread: !isReadNow,
    /** Seconds after which it counts as read; 0: it does already, or only when one says so. */
    readAfter: isReadNow ? 0 : Math.max(0, markRead),
    ...body,
  };
}

/** The query of the request as it was given, `?` included. */
function queryOf(req: Request): string {
  const at = req.originalUrl.indexOf('?');
  return at < 0 ? '' : req.originalUrl.slice(at);
}
