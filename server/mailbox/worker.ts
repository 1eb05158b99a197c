// The index worker: a thread that holds the databases of some accounts, so that no event loop of a role ever waits
// for SQLite or for the comparison of 100,000 names. Opens accounts when they are called for and closes the one idle
// longest when there are too many. Started by mailboxes.ts only.
import { parentPort, workerData } from 'node:worker_threads';
import { createNameSource } from '../../mta/maildir/name.ts';
import { createAccount, type OpenAccount } from './account.ts';
import { fromPlainError, ReaderClosedError, toPlainError } from './errors.ts';
import { packedCalls, packPage } from './packed-rows.ts';
import type { FromWorker, IndexReader, ToWorker, WorkerStart } from './protocol.ts';
import type { ListQuery } from './types.ts';

if (parentPort) serve(parentPort, workerData as WorkerStart);

interface Held {
  readonly account: OpenAccount;
  running: number;
}

/** Buffers of the arrays of an answer: they move to the other thread, what comes by the hundred thousand is not copied. */
function buffersOf(value: unknown): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) return value.buffer instanceof ArrayBuffer ? [value.buffer] : [];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.values(value).flatMap((field: unknown) =>
    ArrayBuffer.isView(field) ? buffersOf(field) : [],
  );
}

/** Does the list that is asked for begin with its first row? */
function isFirstPage([query]: readonly unknown[]): boolean {
  const { after, before } = query as ListQuery;
  return after === undefined && before === undefined;
}

function serve(port: NonNullable<typeof parentPort>, start: WorkerStart): void {
  const send = (message: FromWorker): void => port.postMessage(message);
  const names = createNameSource(start.hostname);
  /** In order of last use. */
  const held = new Map<string, Held>();
  /** Accounts on their way out: opened again only when their database is closed. */
  const leaving = new Map<string, Promise<void>>();
  const asked = new Map<number, PromiseWithResolvers<unknown>>();
  let asks = 0;
  const busy = { calls: 0 };

  /** Asks the message reader, which is with the role. */
  function ask(name: keyof IndexReader, ...args: readonly unknown[]): Promise<never> {
    const number = ++asks;
    const answer = Promise.withResolvers<unknown>();
    asked.set(number, answer);
    send({ kind: 'ask', number, name, args });
    // The reader's function of this name was called with these arguments, so its answer has this type.
    return answer.promise as Promise<never>;
  }
  const reader: IndexReader = {
    summarise: (paths) => ask('summarise', paths),
    wires: (paths) => ask('wires', paths),
    texts: (paths, names) => ask('texts', paths, names),
    matches: (paths, keys) => ask('matches', paths, keys),
  };

  async function hold(address: string, maildir: string): Promise<Held> {
    const key = `${address}\0${maildir}`;
    for (let wait = leaving.get(key); wait; wait = leaving.get(key)) await wait;
    let entry = held.get(key);
    if (entry) held.delete(key);
    else {
      const log = (line: string): void => send({ kind: 'log', line });
      entry = {
        account: createAccount({
          address,
          maildir,
          state: start.state,
          qmail: start.qmail,
          learnAfter: start.learnAfter,
          log,
          names,
          reader,
          busy,
          tellChange: (folder) => send({ kind: 'changed', address, maildir, folder }),
        }),
        running: 0,
      };
    }
    held.set(key, entry);
    for (const [other, { account, running }] of held) {
      if (held.size <= start.open) break;
      if (running > 0 || other === key) continue;
      held.delete(other);
      leaving.set(
        other,
        account
          .close()
          .catch(() => {})
          .finally(() => leaving.delete(other)),
      );
    }
    return entry;
  }

  async function answer(message: Extract<ToWorker, { kind: 'call' }>): Promise<void> {
    const { number } = message;
    let entry: Held | undefined;
    try {
      entry = await hold(message.address, message.maildir);
      entry.running += 1;
      const value = await entry.account.call(message.name, message.args);
      if (packedCalls.has(message.name))
        send({ kind: 'page', number, packed: packPage(value, isFirstPage(message.args)) });
      else port.postMessage({ kind: 'answer', number, value } satisfies FromWorker, buffersOf(value));
    } catch (error) {
      send({ kind: 'failure', number, error: toPlainError(error) });
    } finally {
      if (entry) entry.running -= 1;
    }
  }

  async function close(): Promise<void> {
    for (const { reject } of asked.values()) reject(new ReaderClosedError('closing'));
    await Promise.allSettled([
      ...[...held.values()].map(({ account }) => account.close()),
      ...leaving.values(),
    ]);
    send({ kind: 'closed' });
    port.close();
  }

  port.on('message', (message: ToWorker) => {
    if (message.kind === 'call') void answer(message);
    else if (message.kind === 'close') void close();
    else {
      const waiting = asked.get(message.number);
      asked.delete(message.number);
      if (message.error) waiting?.reject(fromPlainError(message.error));
      else waiting?.resolve(message.value);
    }
  });
}
