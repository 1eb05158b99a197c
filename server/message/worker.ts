// The thread in which foreign bytes are walked and decoded (security.md M1, H1). It holds nothing between jobs and may
// be terminated at any moment. Only the role `purify` loads jsdom and DOMPurify; the others start in some 50 ms.

import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { collectGarbage } from '../heap.ts';
import { nameOfPart } from './attachments.ts';
import { findCalendar } from './calendar-part.ts';
import { readCardFile } from './card-file.ts';
import { readCardTable } from './card-table.ts';
import { findPartAt, openMessageAt } from './containers.ts';
import { findDangers } from './danger.ts';
import { LineCounter, type Tail } from './imap/line-ends.ts';
import { createHeadMatcher, matchMessage } from './imap/match-text.ts';
import { buffersOfTexts, type FileTimes, isOfHeader, readSomeTexts, TextPacker } from './imap/some-texts.ts';
import { type Job, type JobResult, type Report, unreadHead, type WorkerRole } from './jobs.ts';
import { maxSummaryBytes } from './limits.ts';
import { dangersOf, lookAt } from './look.ts';
import { scanStructure, toPart } from './structure.ts';
import { decodeTransfer } from './transfer.ts';
import type { PackedTexts } from './types.ts';
import { readWire, summarise, viewMessageAt } from './view.ts';

const port = parentPort!;
const { role, practises } = workerData as { role: WorkerRole; practises: boolean };
const send = (report: Report, transfer: ArrayBuffer[] = []): void => port.postMessage(report, transfer);

/** Reads on until the buffer is full or the file ends; gives how many bytes it has. */
function fill(descriptor: number, bytes: Buffer): number {
  let length = 0;
  while (length < bytes.length) {
    const read = readSync(descriptor, bytes, length, bytes.length - length, null);
    if (read === 0) break;
    length += read;
  }
  return length;
}

/** Most files fit in here: memory that is new for each file costs more than to read it. Nothing that is made of a message keeps its bytes. */
const room = Buffer.allocUnsafeSlow(512 * 1024);

interface MessageFile {
  readonly bytes: Buffer;
  readonly isWhole: boolean;
  readonly tail: Tail | undefined;
  readonly times: FileTimes;
}

/** Whole milliseconds; a time near the next one may be that by rounding, so it is asked for exactly. */
function timesOf(descriptor: number, { mtimeMs, ctimeMs }: Stats): FileTimes {
  if (mtimeMs % 1 < 0.999 && ctimeMs % 1 < 0.999)
    return { mtime: Math.floor(mtimeMs), ctime: Math.floor(ctimeMs) };
  const exact = fstatSync(descriptor, { bigint: true });
  return { mtime: Number(exact.mtimeMs), ctime: Number(exact.ctimeMs) };
}

/** A regular file, or its first `most` bytes, with counts of the rest unless `most` is less than we read of any; undefined when it is gone or no file (a FIFO in cur/ must not block us). */
function readMessageFile(path: string, most = maxSummaryBytes): MessageFile | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch {
    return undefined;
  }
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile()) return undefined;
    const length = Math.min(status.size, most);
    const whole = length <= room.length ? room.subarray(0, length) : Buffer.allocUnsafe(length);
    const bytes = whole.subarray(0, fill(descriptor, whole));
    const times = timesOf(descriptor, status);
    if (status.size <= most) return { bytes, isWhole: true, tail: undefined, times };
    if (most < maxSummaryBytes) return { bytes, isWhole: false, tail: undefined, times };
    const counter = new LineCounter(bytes.at(-1));
    const piece = Buffer.allocUnsafe(1024 * 1024);
    let rest = 0;
    for (let read = fill(descriptor, piece); read > 0; read = fill(descriptor, piece)) {
      counter.add(piece.subarray(0, read));
      rest += read;
    }
    return { bytes, isWhole: true, tail: { bytes: rest, lines: counter.lines, bare: counter.bare }, times };
  } catch {
    return undefined;
  } finally {
    closeSync(descriptor);
  }
}

/** Of a header: hardly any is longer. */
const usualHeader = 8 * 1024;
/** Bytes of files after which a job of texts gives what it has. */
const bytesOfTurn = 16 * 1024 * 1024;

function readTexts({ paths, names }: Extract<Job, { kind: 'texts' }>): PackedTexts {
  const packer = new TextPacker(names);
  const most = isOfHeader(names) ? usualHeader : maxSummaryBytes;
  let bytes = 0;
  for (const path of paths) {
    let file = readMessageFile(path, most);
    let found = file && readSomeTexts(file.bytes, names, file.isWhole, file.tail);
    if (file && !found) {
      file = readMessageFile(path);
      found = file && readSomeTexts(file.bytes, names, true, file.tail);
    }
    packer.add(found, file?.times);
    bytes += file?.bytes.length ?? 0;
    if (bytes > bytesOfTurn) break;
  }
  return packer.pack();
}

/** Messages that match keys of header fields. */
function matchHeads({ paths, keys }: Extract<Job, { kind: 'matchHeads' }>): Uint8Array {
  const found: number[] = [];
  const match = createHeadMatcher(keys);
  let bytes = 0;
  for (const path of paths) {
    let file = readMessageFile(path, usualHeader);
    let answers = file && match(file.bytes);
    if (file && !answers) {
      if (!file.isWhole) file = readMessageFile(path);
      answers = file && matchMessage(file.bytes, keys);
    }
    for (let i = 0; i < keys.length; i++) found.push(answers ? Number(answers[i]) : unreadHead);
    bytes += file?.bytes.length ?? 0;
    if (bytes > bytesOfTurn) break;
  }
  return Uint8Array.from(found);
}

/**
 * A table as newsletters are made of, some 12 kB. The first letter takes parsers five times as long as the twentieth,
 * while they are compiled: that is not to be some reader's letter.
 */
const practiceRounds = 40;
/** Milliseconds after the first look at mail: when its page is on its way. */
const practiceAfter = 1_000;
const practiceLetter = Buffer.from(
  `Content-Type: text/html\n\n<style>td{color:#333} @media (max-width:600px){td{display:block}}</style><table width="600">${Array.from(
    { length: 40 },
    (_, n) =>
      `<tr><td class="a" style="padding:8px;font:14px/1.5 Arial;color:#33${n + 10}"><a href="https://example.org/${n}"><img src="https://example.org/${n}.png" width="9" alt="${n}"></a></td><td align="left"><p dir="ltr"><b>Word ${n}</b><br>words <span style="color:red">${n}</span></p></td></tr>`,
  ).join('\n')}</table>`,
);

const practiceOptions = { inlineAddress: { prefix: '/i/', tokens: {} } };

let cleanMessage: typeof import('./clean.ts').cleanMessage | undefined;
let cleanWritten: typeof import('./written.ts').cleanWritten | undefined;
let purify: import('./clean.ts').SecondWall | undefined;

function work(id: number, job: Job): { result: JobResult[keyof JobResult]; transfer: ArrayBuffer[] } {
  if (job.kind === 'summarise') {
    for (const path of job.paths) {
      const file = readMessageFile(path);
      send({ type: 'finding', id, finding: file && summarise(file.bytes, file.tail) });
    }
    return { result: undefined, transfer: [] };
  }
  if (job.kind === 'wire') {
    for (const path of job.paths) {
      const file = readMessageFile(path);
      send({ type: 'finding', id, finding: file && readWire(file.bytes, file.tail) });
    }
    return { result: undefined, transfer: [] };
  }
  if (job.kind === 'match') {
    for (const path of job.paths) {
      const file = readMessageFile(path);
      send({ type: 'finding', id, finding: file && matchMessage(file.bytes, job.keys) });
    }
    return { result: undefined, transfer: [] };
  }
  if (job.kind === 'matchHeads') {
    const answers = matchHeads(job);
    return { result: answers, transfer: [answers.buffer as ArrayBuffer] };
  }
  if (job.kind === 'texts') {
    const texts = readTexts(job);
    return { result: texts, transfer: buffersOfTexts(texts) };
  }
  if (job.kind === 'written') return { result: cleanWritten!(job.html, job.options), transfer: [] };
  const message = Buffer.from(job.message.buffer, job.message.byteOffset, job.message.length);
  if (job.kind === 'clean' || job.kind === 'purify') {
    const cleaned = cleanMessage!(message, job.options, purify);
    if (!cleaned.ok) return { result: cleaned, transfer: [] };
    // Bytes are moved; a text would be copied here and again in each answer.
    const html = new TextEncoder().encode(cleaned.html);
    return { result: { ...cleaned, html }, transfer: [html.buffer] };
  }
  if (job.kind === 'view') return { result: viewMessageAt(message, job.options), transfer: [] };
  if (job.kind === 'look') return { result: lookAt(message, job.address, job.options), transfer: [] };
  if (job.kind === 'cardTable') return { result: readCardTable(message, job.fields), transfer: [] };
  if (job.kind === 'cards') return { result: readCardFile(message), transfer: [] };
  if (job.kind === 'calendar') return { result: findCalendar(message), transfer: [] };
  if (job.kind === 'dangers') return { result: dangersOf(message, job.parts), transfer: [] };
  if (job.kind === 'decode') {
    const body = new Uint8Array(decodeTransfer(message, job.encoding));
    return { result: body, transfer: [body.buffer] };
  }
  if (job.kind === 'structure') {
    const inner = openMessageAt(message, job.inside ?? '') ?? Buffer.alloc(0);
    return { result: toPart(inner, scanStructure(inner).root), transfer: [] };
  }
  const found = findPartAt(message, job.address);
  if (!found) return { result: undefined, transfer: [] };
  // A copy with its own memory, so that it can be moved to the caller.
  const body = new Uint8Array(found.body);
  const name = nameOfPart(found);
  const dangers = findDangers(name, found.body);
  return { result: { part: found.part, name, body, dangers }, transfer: [body.buffer] };
}

port.on('message', (asked: { id: number; job: Job } | { practise: true }) => {
  if ('practise' in asked) return void setTimeout(practise, practiceAfter, practiceRounds);
  const { id, job } = asked;
  try {
    const { result, transfer } = work(id, job);
    send({ type: 'done', id, result }, transfer);
  } catch (error) {
    send({
      type: 'failed',
      id,
      error: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    });
  }
});

if (role === 'clean' || role === 'purify') ({ cleanMessage } = await import('./clean.ts'));
if (role === 'clean') ({ cleanWritten } = await import('./written.ts'));
if (role === 'purify') {
  const { Purifier } = await import('./purify.ts');
  const purifier = new Purifier();
  purify = (html, approved) => purifier.clean(html, approved);
  // The window opens and much is compiled with the first letter: that is not to count against the clock of a job.
  cleanMessage?.(practiceLetter, practiceOptions, purify);
}
collectGarbage();
send({ type: 'ready' });

/** Letters of our own that are read ahead, one at a time: a job that comes meanwhile waits for one of them at most. */
function practise(times: number): void {
  if (cleanMessage) cleanMessage(practiceLetter, practiceOptions);
  else viewMessageAt(practiceLetter);
  if (times > 1) setImmediate(practise, times - 1);
}
if (practises) setTimeout(practise, practiceAfter, practiceRounds);
