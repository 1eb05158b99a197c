// GETQUOTA, GETQUOTAROOT, SETQUOTA (RFC 9208): one root for the whole Maildir++, named as Courier names it. Limits are
// the administrators' to set, on their pages and by vsetuserquota.
import { isShared } from '../../mailbox/shared-mailbox.ts';
import { type Answer, defineCommand, missingMailbox, no, ok } from '../command.ts';
import { encodeName } from '../names.ts';
import type { Session } from '../session.ts';

const rootName = 'ROOT';

/** `* QUOTA`; without a limit there is nothing to tell. */
async function tellQuota(session: Session): Promise<void> {
  const { bytes, messages } = await session.uids.quota();
  const resources: string[] = [];
  // RFC 9208 5.1: units of 1024 bytes.
  if (bytes.limit !== undefined)
    resources.push(`STORAGE ${Math.ceil(bytes.used / 1024)} ${Math.ceil(bytes.limit / 1024)}`);
  if (messages.limit !== undefined) resources.push(`MESSAGE ${messages.used} ${messages.limit}`);
  session.out.text(`* QUOTA "${rootName}" (${resources.join(' ')})\r\n`);
}

const getQuota = defineCommand({
  name: 'GETQUOTA',
  state: 'authenticated',
  parse: (cursor) => cursor.onlyArgument(),
  run: async (session, root): Promise<Answer> => {
    if (root !== rootName) return no('There is no such quota root', 'NONEXISTENT');
    await tellQuota(session);
    return ok('That is the quota');
  },
});

const getQuotaRoot = defineCommand({
  name: 'GETQUOTAROOT',
  state: 'authenticated',
  parse: (cursor) => cursor.onlyArgument(),
  run: async (session, name): Promise<Answer> => {
    const folder = session.folderOf(name);
    if (folder === undefined) return missingMailbox();
    if (isShared(folder)) return tellNoRoot(session, folder);
    session.out.text(
      `* QUOTAROOT ${encodeName(session.plainNameOf(folder), session.features.isUtf8)} "${rootName}"\r\n`,
    );
    await tellQuota(session);
    return ok('That is the quota');
  },
});

/** What is stored in a folder of another account counts for that account, whose figures are nobody else's. */
async function tellNoRoot(session: Session, folder: string): Promise<Answer> {
  if ((await session.uids.rightsOn(folder)) === undefined) return missingMailbox();
  session.out.text(`* QUOTAROOT ${session.nameOf(folder)}\r\n`);
  return ok('The quota is that of its owner');
}

const setQuota = defineCommand({
  name: 'SETQUOTA',
  state: 'authenticated',
  parse: (cursor) => void cursor.rest(),
  run: () => no('Quotas are set by the administrators', 'NOPERM'),
});

export const quotaCommands = [getQuota, getQuotaRoot, setQuota];
