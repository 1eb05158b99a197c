// Trash and Junk keep mail for as many days as the person chose, and no longer than control/webcleandays allows (webmail.md
// O4). Once a day for each account that has signed in to the webmail: due work (state/due.ts), so it outlives restarts
// and one that was missed is made up for. The days count from when a message came into the folder (RFC 8514 SAVEDATE),
// which for mail that another program put there is when its file was last renamed there, as far as the file system knows.
//   POST /folders/<f>/days   days: what is chosen for Trash or Junk
import { Router } from 'express';
import type { Mailbox } from '../../mailbox/types.ts';
import { oneValue } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import { dayChoices, daysKept } from './days.ts';
import { folderHref, folderOf } from './page.ts';

const kind = 'clean';
const day = 24 * 3600_000;
/** Messages of one call, and of one night: more go in the next. */
const batchSize = 200;
const mostAtOnce = 20_000;

const choiceOf = { trash: 'cleanTrash', junk: 'cleanJunk' } as const;

/** Removes what came into the folder more than `days` days ago. Gives how many. */
async function removeOld(mailbox: Mailbox, folder: string, days: number, now: number): Promise<number> {
  // SEARCH counts in days (RFC 9051 6.4.4): the day on which it came is over, so it stays a little longer, never shorter.
  const before = Math.floor((now - days * day) / day) * day;
  const old = [...(await mailbox.uids.search(folder, { key: 'before', date: 'saved', day: before }))].slice(
    0,
    mostAtOnce,
  );
  let removed = 0;
  for (let at = 0; at < old.length; at += batchSize) {
    const uids = old.slice(at, at + batchSize);
    await mailbox.uids.store(folder, uids, { mode: 'add', flags: 'T', keywords: [] });
    removed += (await mailbox.uids.expunge(folder, uids)).length;
  }
  return removed;
}

/** Cleans the folders of one account. */
async function cleanAccount(web: WebParts, address: string, mailbox: Mailbox): Promise<void> {
  const chosen = web.choiceStore.read(address);
  const { webcleandays: most } = await web.settings.read(['webcleandays']);
  const folders = await mailbox.folders();
  for (const role of ['trash', 'junk'] as const) {
    const days = daysKept(chosen[choiceOf[role]], most);
    const folder = folders.find((one) => one.role === role);
    if (days > 0 && folder && folder.total > 0) await removeOld(mailbox, folder.name, days, web.clock());
  }
}

export function cleaningRoutes(web: WebParts): Router {
  const router = Router();
  web.due.whenDue(kind, async ({ address, at }) => {
    const mailbox = await web.mailboxOf(address);
    // The account is gone, and so is its turn.
    if (!mailbox) return;
    await cleanAccount(web, address, mailbox);
    if (!web.due.list(address, kind).some((other) => other.at > at))
      web.due.add(address, kind, web.clock() + day, null);
  });

  /** Accounts that are known to have their turn. */
  const enrolled = new Set<string>();
  router.use((req, _res, next) => {
    const address = web.sessionOf(req)?.account.address;
    if (address !== undefined && !enrolled.has(address)) {
      if (enrolled.size >= 100_000) enrolled.clear();
      enrolled.add(address);
      // Not at once: whoever signs in wants their mail first.
      if (web.due.list(address, kind).length === 0) web.due.add(address, kind, web.clock() + 600_000, null);
    }
    next();
  });

  router.post('/folders/:folder/days', web.signedIn, web.sameOrigin, async (req, res) => {
    const found = await folderOf(await web.mailbox(req), String(req.params.folder));
    const role = found?.folder.role;
    if (!found || (role !== 'trash' && role !== 'junk')) return web.fail(req, res, 404, 'error.noFolder');
    const days = Number(oneValue(req.body?.days));
    if (!dayChoices.includes(days)) return web.fail(req, res, 422, 'error.badRequest');
    web.choose(req, { [choiceOf[role]]: days });
    res.redirect(303, `${folderHref(found.folder.name)}?saved=1`);
  });

  return router;
}
