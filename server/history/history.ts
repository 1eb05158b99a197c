// The delivery history: what became of each letter, told from the program's own log lines, for the admin pages and for
// the state of recipients under a sent letter. Recording costs mail next to nothing: a line is looked at, kept, and
// handed to a worker thread several times a second; when the worker cannot follow, lines are left out and counted, and
// mail never waits.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Log, quoted } from '../../mta/log.ts';
import { readHistoryLine } from './lines.ts';
import type { TimedEvent } from './recording.ts';
import type { History, MessageHistory, TallyRow, TurnedLetter } from './types.ts';
import type { FromHistory, HistoryQuestion, HistoryStart, ToHistory } from './worker.ts';

export interface HistoryOptions {
  /** Directory of state; history.sqlite lies in it. */
  readonly state: string;
  /** How long it is kept. */
  readonly days: number;
  readonly log: Log;
  /** Milliseconds since 1970; tests move it. */
  readonly now?: (() => number) | undefined;
}

/** Milliseconds in which events gather. */
const gatherMs = 200;
/** Events that may wait for the worker: some seconds of a full load. */
const mostWaiting = 50_000;

const suffix = import.meta.filename.endsWith('.ts') ? 'ts' : 'js';

/** Opens the history. @throws the system's error when the directory cannot be made */
export async function openHistory(options: HistoryOptions): Promise<History> {
  const { state, days, log, now = Date.now } = options;
  await mkdir(state, { recursive: true, mode: 0o700 });
  const start: HistoryStart = { path: join(state, 'history.sqlite'), days };
  const worker = new Worker(new URL(`./worker.${suffix}`, import.meta.url), {
    workerData: start,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 4 },
  });
  worker.unref();
  const asked = new Map<number, PromiseWithResolvers<unknown>>();
  let questions = 0;
  let gathered: TimedEvent[] = [];
  let timer: NodeJS.Timeout | undefined;
  /** Sent and not written yet. */
  let waiting = 0;
  let left = 0;
  let ended: string | undefined;

  const end = (words: string): void => {
    if (ended !== undefined) return;
    ended = words;
    for (const { reject } of asked.values()) reject(new Error(words));
    asked.clear();
  };
  worker.on('message', (message: FromHistory) => {
    switch (message.kind) {
      case 'written':
        waiting -= message.events;
        return;
      case 'trouble':
        log(`warning: delivery history: ${quoted(message.words)}`);
        return;
      default: {
        const answer = asked.get(message.number);
        asked.delete(message.number);
        if (asked.size === 0) worker.unref();
        if (message.kind === 'answer') answer?.resolve(message.answer);
        else answer?.reject(new Error(`the delivery history cannot tell: ${message.words}`));
      }
    }
  });
  worker.on('error', (error) => {
    log(
      `alert: the delivery history ended: ${quoted(error instanceof Error ? error.message : String(error))}`,
    );
    end('the delivery history ended');
  });
  worker.on('exit', () => end('the delivery history ended'));

  const post = (message: ToHistory): void => worker.postMessage(message);
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (left > 0) log(`warning: delivery history: ${left} events left out, too many at once`);
    left = 0;
    if (gathered.length === 0 || ended !== undefined) return;
    waiting += gathered.length;
    post({ kind: 'events', events: gathered });
    gathered = [];
  };
  const ask = (question: HistoryQuestion): Promise<unknown> => {
    if (ended !== undefined) return Promise.reject(new Error(ended));
    flush();
    questions += 1;
    const answer = Promise.withResolvers<unknown>();
    asked.set(questions, answer);
    worker.ref();
    post({ kind: 'question', number: questions, question });
    return answer.promise;
  };

  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    if (ended === undefined) await ask({ ask: 'close' }).catch(() => undefined);
    end('the delivery history is closed');
    await worker.terminate();
  };

  return {
    observe(line) {
      if (ended !== undefined) return;
      const event = readHistoryLine(line);
      if (event === undefined) return;
      if (gathered.length + waiting >= mostWaiting) {
        left += 1;
        return;
      }
      gathered.push({ at: now(), event });
      if (timer === undefined) timer = setTimeout(flush, gatherMs).unref();
    },
    messages: async (query) => (await ask({ ask: 'messages', query })) as readonly MessageHistory[],
    message: async (id, domains) =>
      (await ask({ ask: 'message', id, domains })) as MessageHistory | undefined,
    findQueued: async (qp, at) => (await ask({ ask: 'queued', qp, at })) as MessageHistory | undefined,
    turned: async (limit) => (await ask({ ask: 'turned', limit })) as readonly TurnedLetter[],
    statistics: async (from, step) => (await ask({ ask: 'statistics', from, step })) as readonly TallyRow[],
    settled: async () => void (await ask({ ask: 'settled' })),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
