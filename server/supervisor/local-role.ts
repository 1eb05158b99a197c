// The local role under root: qmail-lspawn. It finds out who controls an address, fetches the message out of the queue
// and gives both to a process of that user; it reads no .qmail file, no Maildir and no byte of the network. The queue
// role that asks is believed in what it may know: a path of its own is not, messages are found by their numbers.
import { constants } from 'node:fs';
import { chmod, chown, mkdir, realpath } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { openUsers } from '../../mta/accounts/users.ts';
import { startAnswering } from '../../mta/calls/answering.ts';
import { CallLost } from '../../mta/calls/conversation.ts';
import { fieldsOf, readOutcome, readRequest } from '../../mta/calls/delivery-calls.ts';
import type { Delivered, DeliveryRequest } from '../../mta/delivery.ts';
import { findController } from '../../mta/local/controller.ts';
import { type Log, quoted } from '../../mta/log.ts';
import {
  changeOwner,
  closeFile,
  dropFile,
  openFile,
  readBytes,
  readNames,
  readWhole,
  statFile,
  unlinkFile,
  writeBytes,
} from '../../mta/maildir/calls.ts';
import { type Outcome, temporary } from '../../mta/outcome.ts';
import { isQueueName, type QueueLayout, readQueueLayout } from '../../mta/queue/layout.ts';
import { createLocalWorkers, type WorkerUser } from './local-workers.ts';
import { localTrustMs } from './own-agents.ts';
import type { RunningRole } from './role.ts';
import { rolePaths } from './role-paths.ts';
import type { RolePlan } from './role-plan.ts';
import type { LiveSettings } from './settings.ts';

/** Bytes of a message that go to the worker in one piece; a longer one becomes a file that its user may read. */
const pieceLimit = 256 * 1024;
/** Milliseconds that deliveries under way get at the end: the queue has waited for them before. */
const patience = 2000;

export async function startLocalRole(
  plan: RolePlan,
  live: LiveSettings,
  log: Log,
): Promise<Omit<RunningRole, 'reload'>> {
  const { home, uids } = plan;
  // A wrong file is told at start; the workers read it for themselves, and put off what they cannot judge.
  const settings = await live.openPatiently('local');
  const disabled = (): ReadonlySet<string> | undefined =>
    settings.problem() === undefined ? settings.settings().disableddomains : undefined;
  const users = openUsers(home.qmail);
  const layout = await readQueueLayout(await realpath(join(home.qmail, 'queue')));
  const { spool } = rolePaths(home);
  await clearSpool(spool);
  const workers = createLocalWorkers({
    plan: { home, hostname: hostname(), given: plan.given },
    prepare: (user) => prepareSpool(spool, user),
    log,
  });
  let copies = 0;

  async function deliver(request: DeliveryRequest): Promise<Delivered> {
    const found = await findController(request.recipient, users, log, localTrustMs, disabled());
    if ('code' in found) return found;
    const message = request.message ? undefined : await openMessage(layout, request, uids.queue);
    if (message && 'code' in message) return message;
    const fields = { ...fieldsOf(request), ...found };
    let copy: string | undefined;
    try {
      if (!message) return readOutcome(await workers.ask(found.user, fields, request.message));
      if (request.size <= pieceLimit) {
        const bytes = await readWhole(message.descriptor, request.size);
        if (bytes.length !== request.size) return temporary('Unable to read message. (#4.3.0)');
        return readOutcome(await workers.ask(found.user, { ...fields, isWhole: true }, bytes));
      }
      copies += 1;
      copy = join(spool, `${process.pid}.${copies}`);
      await copyMessage(message.descriptor, copy, found.user);
      return readOutcome(await workers.ask(found.user, { ...fields, path: copy }));
    } catch (error) {
      if (error instanceof CallLost) return temporary('qmail-local crashed.');
      log(`warning: cannot deliver msg ${quoted(request.id)}: ${quoted((error as Error).message)}`);
      return temporary('Unable to run qmail-local. (#4.3.0)');
    } finally {
      if (message) dropFile(message.descriptor);
      if (copy) await unlinkFile(copy).catch(() => undefined);
    }
  }

  const service = await startAnswering(
    'local',
    plan.socket as number,
    async ({ fields, body }) => {
      const request = readRequest(fields, body);
      if (!request) return { ...temporary('Internal error in qmail-lspawn. (#4.3.0)') };
      return { ...(await deliver(request)) };
    },
    log,
  );
  return {
    served: [],
    problems: [],
    rest: async () => workers.rest(),
    close: async () => {
      await Promise.race([service.close(), new Promise((resolve) => setTimeout(resolve, patience).unref())]);
      workers.close();
    },
  };
}

/** qmail-lspawn's checks: a number, a regular file, and the queue's own. */
async function openMessage(
  layout: QueueLayout,
  request: DeliveryRequest,
  queueUid: number,
): Promise<{ readonly descriptor: number } | Outcome> {
  if (!isQueueName(request.id)) return temporary('Sorry, message has no number. (#4.3.5)');
  let descriptor: number;
  try {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    descriptor = await openFile(layout.path('mess', request.id), flags);
  } catch {
    return temporary('Unable to open message. (#4.3.0)');
  }
  const stats = await statFile(descriptor);
  if (stats.isFile() && stats.uid === queueUid) return { descriptor };
  dropFile(descriptor);
  return temporary('Sorry, message has wrong owner. (#4.3.5)');
}

/** A copy that one user may read. Nobody but root makes names in this directory. */
async function copyMessage(from: number, path: string, user: WorkerUser): Promise<void> {
  const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW } = constants;
  const to = await openFile(path, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0o400);
  try {
    const chunk = Buffer.allocUnsafe(pieceLimit);
    for (let at = 0; ; ) {
      const bytes = await readBytes(from, chunk, at);
      if (bytes === 0) break;
      await writeBytes(to, chunk.subarray(0, bytes));
      at += bytes;
    }
    await changeOwner(to, user.uid, user.gid);
  } finally {
    await closeFile(to);
  }
}

/** A directory for what a user's worker itself puts down: a message that a program wants to read. */
async function prepareSpool(spool: string, { uid, gid }: WorkerUser): Promise<void> {
  const own = join(spool, `${uid}.${gid}`);
  try {
    await mkdir(own, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw error;
  }
  await chown(own, uid, gid);
}

/** Copies that a killed role left. The users' own directories are theirs to clear. */
async function clearSpool(spool: string): Promise<void> {
  await mkdir(spool, { recursive: true });
  await chmod(spool, 0o711);
  for (const name of await readNames(spool))
    await unlinkFile(join(spool, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EISDIR' && error.code !== 'EPERM' && error.code !== 'ENOENT') throw error;
    });
}
