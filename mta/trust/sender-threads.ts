// One or two threads that examine senders (sender-worker.ts), from the side of the role: hands letters over in chunks, a few
// under way at a time, so that a letter of 50 MB is never held. A thread that does not answer, dies or runs out of memory is
// ended and replaced; its letters are tried once more, each alone, since only one of them is to blame. Threads start with the first
// letter, do not keep the process alive, and end when there is nothing to do: each holds some 50 MB.
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { StrangerLookupOptions } from '../dns/stranger-lookup.ts';
import { type Log, quoted } from '../log.ts';
import type { LetterFacts, SenderFacts, SenderWishes } from './sender-facts.ts';
import type { SenderOrder, SenderReport, SenderWorkerData } from './sender-worker.ts';
import type { LetterContent } from './types.ts';

// The same name beside us: .ts among the sources, .js in dist/.
const entry = new URL(`./sender-worker${extname(import.meta.url)}`, import.meta.url);

export interface SenderThreadsOptions {
  readonly lookup: StrangerLookupOptions;
  readonly log: Log;
  /** At most; the second starts when the first has much to do. */
  readonly threads?: number | undefined;
  /** Milliseconds in which the DNS has to answer all that one letter asks. */
  readonly milliseconds: number;
  /** Milliseconds without a sign of life after which a busy thread is ended. */
  readonly silence?: number | undefined;
  /** Milliseconds without a letter after which a thread ends; it is started again in half a second. */
  readonly rest?: number | undefined;
}

export interface SenderThreads {
  /** Rejects when too much waits, when the letter cannot be read, and when its thread died twice. */
  examine(
    letter: LetterFacts,
    wishes: SenderWishes,
    content: LetterContent,
    signal: AbortSignal,
  ): Promise<SenderFacts>;
  /** Threads that are there at the moment. */
  readonly running: number;
  close(): Promise<void>;
}

/** Letters in hand of one thread before another is started, and of all before more are turned away. */
const BUSY = 8;
const MOST_LETTERS = 500;
/** Chunks of a letter under way, and bytes of one. */
const MOST_CHUNKS = 4;
const CHUNK_BYTES = 65_536;
const LONGEST_START = 30_000;

interface Examination {
  readonly id: number;
  readonly letter: LetterFacts;
  readonly wishes: SenderWishes;
  readonly content: LetterContent;
  readonly hasBody: boolean;
  tries: number;
  /** Set while chunks wait for the thread. */
  more: (() => void) | undefined;
  credit: number;
  isOver: boolean;
  settle(outcome: { readonly facts: SenderFacts } | { readonly error: Error }): void;
}

interface Thread {
  readonly worker: Worker;
  readonly letters: Map<number, Examination>;
  /** For letters that are tried once more. */
  readonly isAlone: boolean;
  isReady: boolean;
  /** Milliseconds of the monotonic clock. */
  heard: number;
  /** When it had a letter last. */
  used: number;
}

/** Is there a field that signs the body? Else it need not be read at all. */
const isSigned = (header: Buffer): boolean =>
  /^(?:dkim-signature|arc-message-signature)[ \t]*(?::|$)/im.test(header.toString('latin1'));

/** Makes the pool. */
export function createSenderThreads(options: SenderThreadsOptions): SenderThreads {
  const { lookup, log, threads: most = 2, milliseconds, silence = 5000, rest = 120_000 } = options;
  const threads = new Set<Thread>();
  const waiting = new Set<Examination>();
  /** Letters of threads that failed. */
  const suspects: Examination[] = [];
  let ids = 0;
  let isClosed = false;
  let watch: NodeJS.Timeout | undefined;

  function startThread(isAlone: boolean): Thread {
    const worker = new Worker(entry, {
      workerData: { lookup, milliseconds } satisfies SenderWorkerData,
      name: 'sender-check',
      // Not the options of the main program: some of them are wrong for a thread.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 8, stackSizeMb: 4 },
      // Libraries' words about foreign input go nowhere.
      stdout: true,
      stderr: true,
    });
    const now = performance.now();
    const thread: Thread = { worker, letters: new Map(), isAlone, isReady: false, heard: now, used: now };
    threads.add(thread);
    worker.on('message', (report: SenderReport) => hear(thread, report));
    worker.on('error', (error) => end(thread, error.message || 'error'));
    worker.on('exit', () => end(thread, 'it ended'));
    watch ??= setInterval(look, Math.min(1000, silence / 2));
    watch.unref();
    return thread;
  }

  const tell = (thread: Thread, order: SenderOrder, moved: ArrayBuffer[] = []): void =>
    thread.worker.postMessage(order, moved);

  function hear(thread: Thread, report: SenderReport): void {
    thread.heard = performance.now();
    if (report.kind === 'ready') thread.isReady = true;
    if (report.kind === 'ready' || report.kind === 'pong') return;
    const examination = thread.letters.get(report.id);
    if (examination === undefined) return;
    if (report.kind === 'more') {
      examination.credit++;
      examination.more?.();
      return;
    }
    finish(thread, examination);
    examination.settle(
      report.kind === 'done'
        ? { facts: report.facts }
        : { error: new Error(`sender check: ${report.error}`) },
    );
  }

  function finish(thread: Thread, examination: Examination): void {
    thread.letters.delete(examination.id);
    examination.isOver = true;
    examination.more?.();
    thread.used = performance.now();
    if (thread.letters.size === 0) thread.worker.unref();
    if (thread.isAlone) tryAlone();
  }

  /** The next suspect, when no other is in hand. */
  function tryAlone(): void {
    const thread = [...threads].find(({ isAlone }) => isAlone);
    if (thread !== undefined && thread.letters.size > 0) return;
    const next = suspects.shift();
    if (next !== undefined) start(next, thread ?? startThread(true));
    else if (thread !== undefined) end(thread, '');
  }

  /** Ends a thread, with a word to the log when it is not by its own free will; safe to call twice. */
  function end(thread: Thread, why: string): void {
    if (!threads.delete(thread)) return;
    void thread.worker.terminate();
    if (threads.size === 0) {
      clearInterval(watch);
      watch = undefined;
    }
    const left = [...thread.letters.values()];
    thread.letters.clear();
    if (!isClosed && why !== '') log(`sender check: thread replaced: ${quoted(why)}`);
    for (const examination of left) {
      examination.isOver = true;
      examination.more?.();
      if (isClosed || examination.tries > 1)
        examination.settle({ error: new Error(`sender check: its thread failed: ${why}`) });
      else suspects.push({ ...examination, isOver: false, more: undefined, credit: MOST_CHUNKS });
    }
    if (suspects.length > 0) tryAlone();
  }

  /** Is every busy thread alive? */
  function look(): void {
    const now = performance.now();
    for (const thread of threads) {
      if (thread.letters.size === 0) {
        thread.heard = now;
        if (now - thread.used > rest) end(thread, '');
        continue;
      }
      if (now - thread.heard > (thread.isReady ? silence : LONGEST_START)) end(thread, 'no sign of life');
      else tell(thread, { kind: 'ping' });
    }
  }

  /** The thread with the least to do, or a new one. */
  function choose(): Thread {
    const shared = [...threads].filter(({ isAlone }) => !isAlone);
    const [first, ...others] = shared;
    if (first === undefined) return startThread(false);
    const best = others.reduce((one, other) => (other.letters.size < one.letters.size ? other : one), first);
    return best.letters.size >= BUSY && shared.length < most ? startThread(false) : best;
  }

  function start(examination: Examination, thread: Thread): void {
    if (thread.letters.size === 0) thread.heard = performance.now();
    examination.tries++;
    thread.letters.set(examination.id, examination);
    thread.worker.ref();
    const { content, hasBody } = examination;
    if (!hasBody) sendLetter(thread, examination, undefined);
    else if (content.size <= CHUNK_BYTES) void sendWhole(thread, examination);
    else {
      sendLetter(thread, examination, 'chunks');
      void sendBody(thread, examination);
    }
  }

  function sendLetter(
    thread: Thread,
    { id, letter, wishes, content }: Examination,
    body: Uint8Array | 'chunks' | undefined,
  ): void {
    const header = new Uint8Array(content.header);
    tell(thread, { kind: 'letter', id, letter, wishes, header, body });
  }

  /** A small letter in one piece: each message costs as much as its bytes. */
  async function sendWhole(thread: Thread, examination: Examination): Promise<void> {
    const { content } = examination;
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of content.read()) chunks.push(chunk);
    } catch (error) {
      if (!examination.isOver) fail(thread, examination, error as Error);
      return;
    }
    if (examination.isOver) return;
    sendLetter(thread, examination, new Uint8Array(Buffer.concat(chunks).subarray(content.header.length)));
  }

  /** The letter cannot be read. */
  function fail(thread: Thread, examination: Examination, error: Error): void {
    tell(thread, { kind: 'drop', id: examination.id });
    finish(thread, examination);
    examination.settle({ error });
  }

  /** All behind the header, in copies that go over to the thread. */
  async function sendBody(thread: Thread, examination: Examination): Promise<void> {
    const { id, content } = examination;
    let skip = content.header.length;
    try {
      for await (const chunk of content.read()) {
        const rest = skip >= chunk.length ? undefined : chunk.subarray(skip);
        skip = Math.max(0, skip - chunk.length);
        for (let at = 0; rest !== undefined && at < rest.length; at += CHUNK_BYTES) {
          while (examination.credit === 0 && !examination.isOver) {
            const { promise, resolve } = Promise.withResolvers<void>();
            examination.more = resolve;
            await promise;
            examination.more = undefined;
          }
          if (examination.isOver) return;
          examination.credit--;
          const bytes = new Uint8Array(rest.subarray(at, at + CHUNK_BYTES));
          tell(thread, { kind: 'chunk', id, bytes }, [bytes.buffer]);
        }
        if (examination.isOver) return;
      }
      tell(thread, { kind: 'end', id });
    } catch (error) {
      if (!examination.isOver) fail(thread, examination, error as Error);
    }
  }

  return {
    examine(letter, wishes, content, signal) {
      if (isClosed) return Promise.reject(new Error('sender check: closed'));
      if (waiting.size >= MOST_LETTERS)
        return Promise.reject(new Error('sender check: too many letters at once'));
      const { promise, resolve, reject } = Promise.withResolvers<SenderFacts>();
      const id = ++ids;
      const stop = (): void => {
        const place = suspects.findIndex((suspect) => suspect.id === id);
        if (place >= 0) suspects.splice(place, 1);
        for (const thread of threads) {
          const mine = thread.letters.get(id);
          if (mine === undefined) continue;
          tell(thread, { kind: 'drop', id });
          finish(thread, mine);
        }
        examination.settle({ error: new Error('sender check: out of time') });
      };
      const examination: Examination = {
        id,
        letter,
        wishes,
        content,
        hasBody: wishes.signatures && isSigned(content.header),
        tries: 0,
        more: undefined,
        credit: MOST_CHUNKS,
        isOver: false,
        settle(outcome) {
          waiting.delete(examination);
          signal.removeEventListener('abort', stop);
          if ('facts' in outcome) resolve(outcome.facts);
          else reject(outcome.error);
        },
      };
      waiting.add(examination);
      if (signal.aborted) stop();
      else {
        signal.addEventListener('abort', stop, { once: true });
        start(examination, choose());
      }
      return promise;
    },
    get running() {
      return threads.size;
    },
    async close() {
      isClosed = true;
      for (const { settle } of suspects.splice(0)) settle({ error: new Error('sender check: closed') });
      clearInterval(watch);
      const ending = [...threads].map(({ worker }) => worker);
      for (const thread of [...threads]) end(thread, 'closed');
      await Promise.all(ending.map((worker) => worker.terminate()));
    },
  };
}
