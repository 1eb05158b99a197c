// Rights on the folder that a session has open, when it is another account's (RFC 4314 4 and 5.2): they are read anew
// before each command on it. Who may not read it any more is sent away; what changed besides is told with the flags.
import { isShared } from '../mailbox/shared-mailbox.ts';
import { MailboxRefusal } from '../mailbox/uid-types.ts';
import { type Answer, type AnyCommand, no } from './command.ts';
import type { Session } from './session.ts';

/** Commands that may show something of it without its being open. */
const showing = new Set(['IDLE', 'ESEARCH', 'NOTIFY']);

/** Commands that let go of the folder, so that nothing of it is shown. */
const leaving = new Set(['CLOSE', 'UNSELECT']);

/** Why the command is not run; undefined: it is. */
export async function refuseAccess(
  session: Session,
  command: Pick<AnyCommand, 'name' | 'state' | 'polls'>,
): Promise<Answer | undefined> {
  const { selected } = session;
  if (selected === undefined || !isShared(selected.model.folder)) return undefined;
  const isAbout = command.state === 'selected' || command.polls === true || showing.has(command.name);
  if (!isAbout || leaving.has(command.name)) return undefined;
  const rights = await rightsNow(session, selected.model.folder);
  if (!rights.includes('r')) {
    // RFC 4314 leaves it to the server; a client that comes again finds what it may see.
    session.bye('You may not read the selected mailbox any more');
    return no('You may not read this mailbox any more', 'NOPERM');
  }
  if (rights === selected.rights) return undefined;
  selected.rights = rights;
  session.out.text(selected.flagLists());
  return undefined;
}

/** '' also where there is no such folder for this account. */
export async function rightsNow(session: Session, folder: string): Promise<string> {
  try {
    return (await session.uids.rightsOn(folder)) ?? '';
  } catch (error) {
    if (error instanceof MailboxRefusal) return '';
    throw error;
  }
}

/** RFC 4314 4, SELECT: READ-WRITE is for who may change something that stays. */
export const mayChange = (rights: string): boolean => /[eistw]/.test(rights);
