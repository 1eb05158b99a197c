// queue-repair: makes a stopped queue qmail's again after it was copied, restored or cut off: names in mess become inode
// numbers, with them the names of every file of the message, and the journal becomes ordinary entries. With --check it
// only tells. What belongs to no message is told and left: it is somebody's mail perhaps, and nothing is guessed.
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { RoleUserError, readRoleUsers, type SiteUsers } from '../accounts/role-users.ts';
import { createDirectorySync } from '../maildir/directory-sync.ts';
import { findExtraFiles } from '../queue/extra-channels.ts';
import { readJournal } from '../queue/journal-recovery.ts';
import { type QueueLayout, QueueLayoutError, readQueueLayout } from '../queue/layout.ts';
import { lockFile, QueueLockError } from '../queue/lock.ts';
import { QueueOwnerError, returnQueue } from '../queue/ownership.ts';
import { Queue } from '../queue/queue.ts';
import { applyRepair, examineQueue } from '../queue/repair.ts';
import { RepairError, type RepairPlan } from '../queue/repair-plan.ts';
import type { CommandContext } from './command.ts';
import { Fatal, reportFatal, systemFatal } from './fatal.ts';

export const usage = `usage: queue-repair [--check]

Repairs a queue that nobody serves: gives copied or restored messages their right numbers and turns what a crash left in
the journal into ordinary messages. --check tells what would be done and changes nothing. As root it also gives what a
server that was killed has left to its own user back to qmail's users (control/roleusers), so that qmail-send can go on.

Exit status 0: the queue is right (now); 1: something is left to do (with --check: to repair); 111: cannot look.
`;

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('queue-repair', context, async () => {
    let isCheck: boolean;
    try {
      isCheck = parseArgs({ args: [...args], options: { check: { type: 'boolean' } } }).values.check === true;
    } catch {
      context.stderr.write(usage);
      return 100;
    }
    const tell = (line: string): void => void context.stdout.write(`${line}\n`);
    const named = join(context.home.qmail, 'queue');
    const directory = await realpath(named).catch((error: unknown) => {
      throw systemFatal(`unable to look at ${named}`, error);
    });
    try {
      return isCheck ? await check(directory, tell) : await repair(directory, context.home.qmail, tell);
    } catch (error) {
      if (error instanceof QueueLockError && error.isTaken)
        throw new Fatal(
          111,
          `${directory} is served by another program (facteur or qmail-send); stop it first`,
        );
      if (
        error instanceof QueueLockError ||
        error instanceof QueueLayoutError ||
        error instanceof RepairError
      )
        throw new Fatal(111, error.message);
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      throw systemFatal(`trouble with ${directory}`, error);
    }
  });
}

/** A site that has no users of qmail's has nobody to give to. */
async function giveBack(directory: string, qmail: string, tell: Tell): Promise<void> {
  if (process.geteuid?.() !== 0) return;
  let users: SiteUsers;
  try {
    users = await readRoleUsers(qmail);
  } catch (error) {
    if (error instanceof RoleUserError) return;
    throw error;
  }
  try {
    if (await returnQueue(directory, users))
      tell(`gave info, local, remote, bounce and the lock back to ${users.send.name}`);
  } catch (error) {
    if (!(error instanceof QueueOwnerError)) throw error;
    tell(`left the owners as they are: ${error.message}`);
  }
}

type Tell = (line: string) => void;

async function check(directory: string, tell: Tell): Promise<number> {
  const layout = await readQueueLayout(directory);
  const lock = await lockFile(`${directory}/lock/sendmutex`, 500);
  try {
    const { letters, unread } = await readJournal(directory);
    if (letters > 0) tell(`would restore ${letters} from the journal`);
    if (unread > 0) tell(`would drop ${unread} bytes at the end of the journal that were never acknowledged`);
    const { length: extra } = await findExtraFiles(directory);
    if (extra > 0) tell(`would move ${extra} files of extra channels (suppl) to remote`);
    const plan = await examineQueue(layout);
    tellPlan(plan, 'would rename', tell);
    return extra === 0 && letters === 0 && plan.renamings.length === 0 && plan.blocked.length === 0 ? 0 : 1;
  } finally {
    await lock.release();
  }
}

async function repair(directory: string, qmail: string, tell: Tell): Promise<number> {
  const directorySync = createDirectorySync({ isOwn: true });
  let queue: Queue | undefined;
  try {
    const { unread } = await readJournal(directory);
    // Opening restores what a crash left in the journal, as every start does.
    queue = await Queue.open({
      directory,
      directorySync,
      journal: false,
      onQueued: () => undefined,
      warn: tell,
    });
    if (queue.restored > 0) tell(`restored ${queue.restored} from the journal`);
    if (unread > 0) tell(`dropped ${unread} bytes at the end of the journal that were never acknowledged`);
    const layout: QueueLayout = queue.layout;
    const plan = await examineQueue(layout);
    await applyRepair(layout, plan, directorySync);
    tellPlan(plan, 'renamed', tell);
    await giveBack(directory, qmail, tell);
    return plan.blocked.length === 0 ? 0 : 1;
  } finally {
    await queue?.close();
    await directorySync.close();
  }
}

function tellPlan(plan: RepairPlan, renamed: string, tell: Tell): void {
  const { messages, renamings, blocked, orphans, unfinished } = plan;
  for (const { before, after, moves } of renamings)
    tell(`${renamed} ${before} to ${after}: ${moves.map(({ place }) => place).join(' ')}`);
  for (const { id, right, by } of blocked) tell(`left ${id}: it should be ${right}, but ${by} is in the way`);
  for (const { path } of orphans) tell(`orphan ${path}: there is no such message`);
  for (const { path } of unfinished)
    tell(`unfinished ${path}: neither todo nor info; was never acknowledged`);
  tell(
    `messages: ${messages}, ${renamed} ${renamings.length}, left ${blocked.length}, unfinished ${unfinished.length}, orphans ${orphans.length}`,
  );
}
