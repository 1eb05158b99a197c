// The message reader: everything that walks or decodes foreign bytes, done in worker threads that can be killed
// (security.md M1, H1; webmail.md 3.4). Lanes, so that indexing and searching never delay reading and a DOM is loaded by
// none of them: summary (one thread), search (two), view (`workers` threads: view, structure, part), clean (one), and
// purify, whose thread with jsdom and DOMPurify is there only while there are letters that need it.
// A killed or failed job gives a fallback made from the raw bytes; no call rejects for a bad message.
import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import type { Log } from '../../mta/log.ts';
import { fallbackPart, fallbackSummary, fallbackView } from './fallback.ts';
import { LineCounter } from './imap/line-ends.ts';
import { isOfHead } from './imap/match-text.ts';
import { foldKey, hasText, type TextKey } from './imap/search-text.ts';
import { type AskedText, type FileTimes, joinPacked, type SomeTexts, TextPacker } from './imap/some-texts.ts';
import { type Finding, type Job, unreadHead } from './jobs.ts';
import { type JobOutcome, Lane } from './lane.ts';
import { fallbackBodyBytes, fallbackHeaderBytes } from './limits.ts';
import type { MessageReader, PackedTexts, Summary, WireTexts } from './types.ts';

export interface MessageReaderOptions {
  /** Threads for view, structure and part. */
  readonly workers?: number | undefined;
  /** Start the threads now, in the background, instead of at the first need. */
  readonly warm?: boolean | undefined;
  /** Wall clock for one message of the index, milliseconds; 2,000. */
  readonly summaryLimit?: number | undefined;
  readonly log: Log;
}

/** Messages that one job of the index or of a search takes. */
const batch = 100;
const searchThreads = 2;
/** Milliseconds for which a thread with jsdom waits for another letter: it holds 45 MB. */
const domIdle = 60_000;

/** A copy with memory of its own, which can be moved to a thread. */
const copyOf = (message: Buffer): Uint8Array => new Uint8Array(message);

/** The fallback summary of a regular file; undefined when it is gone. */
async function summariseRaw(path: string): Promise<Summary | undefined> {
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      if (!(await handle.stat()).isFile()) return undefined;
      const bytes = Buffer.alloc(fallbackHeaderBytes + fallbackBodyBytes);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
      const start = bytes.subarray(0, bytesRead);
      const counter = new LineCounter(start.at(-1));
      const piece = Buffer.alloc(1024 * 1024);
      let end = bytesRead;
      for (let read = bytesRead; read > 0; end += read) {
        ({ bytesRead: read } = await handle.read(piece, 0, piece.length, end));
        counter.add(piece.subarray(0, read));
      }
      return fallbackSummary(start, { bytes: end - bytesRead, lines: counter.lines, bare: counter.bare });
    } finally {
      await handle.close();
    }
  } catch {
    return undefined;
  }
}

function answersOf(packed: Uint8Array, keys: number): (readonly boolean[] | undefined)[] {
  const answers: (readonly boolean[] | undefined)[] = [];
  for (let at = 0; at < packed.length; at += keys) {
    const one = packed.subarray(at, at + keys);
    answers.push(one.includes(unreadHead) ? undefined : Array.from(one, (answer) => answer === 1));
  }
  return answers;
}

/** Of a file that is gone they are never asked for. */
async function timesOf(path: string): Promise<FileTimes> {
  const stats = await lstat(path, { bigint: true }).catch(() => undefined);
  return { mtime: Number(stats?.mtimeMs ?? 0), ctime: Number(stats?.ctimeMs ?? 0) };
}

const packable = ({ sort, ...texts }: WireTexts): Pick<SomeTexts, 'texts'> => ({
  texts: { ...texts, sort: JSON.stringify(sort) },
});

/** Starts a reader. Threads that idle do not keep the process alive; `close` ends them. */
export function createMessageReader(options: MessageReaderOptions): MessageReader {
  const { log } = options;
  const summary = new Lane({
    role: 'summary',
    threads: 1,
    limit: () => options.summaryLimit ?? 2_000,
    heapMiB: 192,
    jobsPerThread: 1_000,
    log,
  });
  const view = new Lane({
    role: 'view',
    threads: Math.max(1, options.workers ?? 2),
    limit: () => 2_000,
    heapMiB: 192,
    jobsPerThread: 5_000,
    log,
  });
  const search = new Lane({
    role: 'search',
    threads: searchThreads,
    limit: () => 2_000,
    heapMiB: 192,
    jobsPerThread: 1_000,
    log,
  });
  const cleaning = {
    threads: 1,
    limit: (job: Job) =>
      (job.kind === 'clean' || job.kind === 'purify') && job.options.limits === 'large' ? 10_000 : 3_000,
    heapMiB: 512,
    jobsPerThread: 200,
    log,
  };
  const clean = new Lane({ ...cleaning, role: 'clean' });
  const purify = new Lane({ ...cleaning, role: 'purify', idleLimit: domIdle });
  if (options.warm) for (const lane of [view, clean, summary]) lane.warm();

  /** One batch; a message that kills its thread gets what `instead` makes of it, the rest goes on in a new thread. */
  const runBatch = async (
    lane: Lane,
    makeJob: (paths: readonly string[]) => Extract<Job, { readonly paths: readonly string[] }>,
    paths: readonly string[],
    instead: (path: string) => Promise<Finding>,
  ): Promise<Finding[]> => {
    const results: Finding[] = [];
    while (results.length < paths.length) {
      const outcome = await lane.run(makeJob(paths.slice(results.length)), (one) => results.push(one));
      if (results.length >= paths.length) break;
      if (!outcome.ok && outcome.failure === 'closed') {
        while (results.length < paths.length) results.push(undefined);
        break;
      }
      results.push(await instead(paths[results.length]!));
    }
    return results;
  };

  /** Batches over the threads that answer clients: each runner keeps one of them busy. */
  const runWide = async (
    paths: readonly string[],
    makeJob: Parameters<typeof runBatch>[1],
    instead: Parameters<typeof runBatch>[3],
  ): Promise<Finding[]> => {
    const results: Finding[] = new Array(paths.length);
    let next = 0;
    const runner = async (): Promise<void> => {
      for (let at = next; at < paths.length; at = next) {
        next = at + batch;
        const found = await runBatch(search, makeJob, paths.slice(at, next), instead);
        for (const [i, one] of found.entries()) results[at + i] = one;
      }
    };
    await Promise.all(Array.from({ length: searchThreads }, runner));
    return results;
  };

  /** What `work` makes of each batch, as many at once as there are threads that answer clients. */
  const inBatches = async <Made>(
    paths: readonly string[],
    work: (some: readonly string[]) => Promise<Made>,
  ): Promise<Made[]> => {
    const made: Made[] = new Array(Math.ceil(paths.length / batch));
    let next = 0;
    const runner = async (): Promise<void> => {
      for (let at = next; at < made.length; at = next) {
        next = at + 1;
        made[at] = await work(paths.slice(at * batch, next * batch));
      }
    };
    await Promise.all(Array.from({ length: searchThreads }, runner));
    return made;
  };

  /** A message that nobody can read is looked for in what its summary has. */
  const matchFiles = async (
    paths: readonly string[],
    keys: readonly TextKey[],
  ): Promise<(readonly boolean[] | undefined)[]> => {
    const made = await runWide(
      paths,
      (rest) => ({ kind: 'match', paths: rest, keys }),
      async (path) => {
        const texts = (await summariseRaw(path))?.search;
        return texts && keys.map((key) => hasText(texts, foldKey(key)));
      },
    );
    return made as (readonly boolean[] | undefined)[];
  };

  /** One batch; where one message stops it, each is read on its own. */
  const readTexts = async (paths: readonly string[], names: readonly AskedText[]): Promise<PackedTexts> => {
    const made: PackedTexts[] = [];
    for (let done = 0; done < paths.length; ) {
      const rest = paths.slice(done);
      const outcome = await search.run({ kind: 'texts', paths: rest, names });
      if (!outcome.ok) {
        const packer = new TextPacker(names);
        const wires = await readWires(rest);
        for (const [n, wire] of wires.entries())
          packer.add(wire && { ...packable(wire), size: wire.size }, await timesOf(rest[n]!));
        made.push(packer.pack());
        break;
      }
      made.push(outcome.result);
      done += outcome.result.sizes.length;
    }
    return joinPacked(made);
  };

  const readWires = async (paths: readonly string[]): Promise<(WireTexts | undefined)[]> => {
    const made = await runWide(
      paths,
      (rest) => ({ kind: 'wire', paths: rest }),
      async (path) => (await summariseRaw(path))?.wire,
    );
    return made as (WireTexts | undefined)[];
  };

  return {
    async summarise(paths) {
      const results: (Summary | undefined)[] = [];
      for (let at = 0; at < paths.length; at += batch) {
        const part = paths.slice(at, at + batch);
        const made = await runBatch(
          summary,
          (rest) => ({ kind: 'summarise', paths: rest }),
          part,
          summariseRaw,
        );
        results.push(...(made as (Summary | undefined)[]));
      }
      return results;
    },
    wires: readWires,
    async texts(paths, names) {
      const made = await inBatches(paths, (some) => readTexts(some, names));
      return made.length === 0 ? new TextPacker(names).pack() : joinPacked(made);
    },
    async matches(paths, keys) {
      if (!isOfHead(keys)) return matchFiles(paths, keys);
      return (
        await inBatches(paths, async (some) => {
          const found: (readonly boolean[] | undefined)[] = [];
          while (found.length < some.length) {
            const rest = some.slice(found.length);
            const outcome = await search.run({ kind: 'matchHeads', paths: rest, keys });
            if (outcome.ok) found.push(...answersOf(outcome.result, keys.length));
            else found.push(...(await matchFiles(rest, keys)));
          }
          return found;
        })
      ).flat();
    },
    async view(message, viewOptions = {}) {
      const outcome = await view.run({ kind: 'view', message: copyOf(message), options: viewOptions });
      return outcome.ok ? outcome.result : fallbackView(message);
    },
    async structure(message, inside = '') {
      const outcome = await view.run({ kind: 'structure', message: copyOf(message), inside });
      return outcome.ok ? outcome.result : fallbackPart(message);
    },
    async part(message, address) {
      const outcome = await view.run({ kind: 'part', message: copyOf(message), address });
      if (!outcome.ok || !outcome.result) return undefined;
      const { body, ...rest } = outcome.result;
      return { ...rest, body: Buffer.from(body.buffer, body.byteOffset, body.length) };
    },
    async decode(encoded, encoding) {
      const outcome = await view.run({ kind: 'decode', message: copyOf(encoded), encoding });
      return outcome.ok ? Buffer.from(outcome.result.buffer) : undefined;
    },
    async look(message, address, viewOptions = {}) {
      const outcome = await view.run({
        kind: 'look',
        message: copyOf(message),
        address,
        options: viewOptions,
      });
      return outcome.ok ? outcome.result : undefined;
    },
    async cards(file) {
      const outcome = await view.run({ kind: 'cards', message: copyOf(file) });
      return outcome.ok ? outcome.result : undefined;
    },
    async cardTable(file, fields) {
      const outcome = await view.run({ kind: 'cardTable', message: copyOf(file), fields });
      return outcome.ok ? outcome.result : undefined;
    },
    async calendar(message) {
      const outcome = await view.run({ kind: 'calendar', message: copyOf(message) });
      return outcome.ok ? outcome.result : undefined;
    },
    async dangers(message, parts) {
      const outcome = await view.run({ kind: 'dangers', message: copyOf(message), parts });
      return outcome.ok ? outcome.result : parts.map(() => undefined);
    },
    async cleanHtml(message, cleanOptions) {
      let outcome: JobOutcome<'clean' | 'purify'> = await clean.run({
        kind: 'clean',
        message: copyOf(message),
        options: cleanOptions,
      });
      if (outcome.ok && !outcome.result.ok && outcome.result.reason === 'failed')
        outcome = await purify.run({ kind: 'purify', message: copyOf(message), options: cleanOptions });
      if (outcome.ok) {
        const { result } = outcome;
        if (!result.ok) return result;
        const { html, ...rest } = result;
        return { ...rest, html: Buffer.from(html.buffer, html.byteOffset, html.length) };
      }
      return { ok: false, reason: outcome.failure === 'slow' ? 'too-slow' : 'failed' };
    },
    async cleanWritten(html, writtenOptions) {
      const outcome = await clean.run({ kind: 'written', html, options: writtenOptions });
      return outcome.ok ? outcome.result : undefined;
    },
    expectReaders() {
      if (options.warm) for (const lane of [view, clean]) lane.practise();
    },
    async close() {
      await Promise.all([summary, view, search, clean, purify].map((lane) => lane.close()));
    },
  };
}
