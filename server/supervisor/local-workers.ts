// The processes that deliver, one a user who gets mail: each runs as exactly that uid and gid, without other groups and
// never as root, and does every delivery of its user until it has had none for a minute. A process a delivery, as
// qmail-lspawn has it, would cost 100 ms and 40 MB each time; sites with virtual domains have one user for all.
import type { Readable, Writable } from 'node:stream';
import { CallLost, Conversation } from '../../mta/calls/conversation.ts';
import type { CallFields } from '../../mta/calls/frames.ts';
import { type Log, quoted } from '../../mta/log.ts';
import { limitLog } from '../../mta/log-limit.ts';
import { splitLines } from './child-lines.ts';
import { spawnSelf } from './drop.ts';

export interface WorkerUser {
  readonly uid: number;
  readonly gid: number;
}

export interface LocalWorkersOptions {
  /** First words to a new worker. */
  readonly plan: CallFields;
  /** Called before a worker of this user starts. */
  readonly prepare: (user: WorkerUser) => Promise<void>;
  readonly log: Log;
  /** Workers at once. */
  readonly most?: number | undefined;
  /** Milliseconds without a delivery after which a worker ends. */
  readonly idle?: number | undefined;
}

export interface LocalWorkers {
  /** Has the user's worker do it. @throws CallLost when the worker crashed */
  ask(user: WorkerUser, fields: CallFields, body?: Buffer): Promise<CallFields>;
  /** The server stops: workers end their programs soon, and what is under way gets its answer. */
  rest(): void;
  /** Ends all workers. */
  close(): void;
}

interface Worker {
  readonly conversation: Conversation;
  timer: NodeJS.Timeout | undefined;
}

export function createLocalWorkers(options: LocalWorkersOptions): LocalWorkers {
  const { log, most = 20, idle = 60_000 } = options;
  const workers = new Map<string, Promise<Worker>>();
  /** Workers that run, by key; what is only being started is not here yet. */
  const running = new Map<string, Worker>();
  const waitingForRoom: (() => void)[] = [];
  let isClosed = false;

  const isRootless = ({ uid, gid }: WorkerUser): boolean =>
    Number.isInteger(uid) && uid > 0 && Number.isInteger(gid) && gid >= 0;

  async function start(
    key: string,
    user: WorkerUser,
    starting: () => Promise<Worker> | undefined,
  ): Promise<Worker> {
    while (running.size >= most) {
      if (endIdle()) break;
      await new Promise<void>((resolve) => waitingForRoom.push(resolve));
    }
    await options.prepare(user);
    if (isClosed) throw new CallLost('the local role is stopping');
    const child = spawnSelf('local-worker', { user, mayGainRights: true, stdio: ['pipe', 'pipe', 'pipe'] });
    child.on('error', (error) => log(`alert: cannot start a local worker: ${quoted(error.message)}`));
    // It is another user's process: what it says is quoted and told as theirs.
    const workerLog = limitLog(log, `local: uid ${user.uid}`);
    splitLines(child.stderr as Readable, (line) => workerLog(`local: uid ${user.uid}: ${quoted(line)}`));
    const worker: Worker = {
      conversation: new Conversation(child.stdout as Readable, child.stdin as Writable),
      timer: undefined,
    };
    running.set(key, worker);
    void worker.conversation.over.then(() => {
      clearTimeout(worker.timer);
      if (running.get(key) === worker) running.delete(key);
      if (workers.get(key) === starting()) workers.delete(key);
      waitingForRoom.shift()?.();
    });
    child.on('exit', (code, signal) => {
      if (code !== 0) log(`warning: the local worker of uid ${user.uid} ended with ${signal ?? code}`);
      worker.conversation.end();
    });
    await worker.conversation.ask(options.plan);
    return worker;
  }

  /** Makes room: ends a worker that has nothing to do. */
  function endIdle(): boolean {
    for (const worker of running.values()) {
      if (worker.conversation.waiting > 0) continue;
      worker.conversation.end();
      return true;
    }
    return false;
  }

  async function ask(user: WorkerUser, fields: CallFields, body?: Buffer): Promise<CallFields> {
    if (!isRootless(user)) throw new Error('a local worker is never root');
    const key = `${user.uid}.${user.gid}`;
    let starting = workers.get(key);
    if (!starting) {
      const made: Promise<Worker> = start(key, user, () => made);
      made.catch(() => {
        if (workers.get(key) === made) workers.delete(key);
      });
      workers.set(key, made);
      starting = made;
    }
    const worker = await starting;
    if (worker.conversation.isOver) {
      // It was ended, as idle, in this very moment.
      if (workers.get(key) === starting) workers.delete(key);
      return ask(user, fields, body);
    }
    clearTimeout(worker.timer);
    try {
      return await worker.conversation.ask(fields, body);
    } finally {
      if (worker.conversation.waiting === 0 && !worker.conversation.isOver) {
        clearTimeout(worker.timer);
        worker.timer = setTimeout(() => worker.conversation.end(), idle);
        waitingForRoom.shift()?.();
      }
    }
  }

  return {
    ask,
    rest: () => {
      for (const { conversation } of running.values())
        conversation.ask({ rest: true }).catch(() => undefined); // one that is gone rests for good
    },
    close: () => {
      isClosed = true;
      for (const worker of running.values()) worker.conversation.end();
    },
  };
}
