// The answers of a FETCH (RFC 9051 7.5.2): flags out of the shared model, what the index knows by the hundred, the body
// out of the file. Big answers go out piece by piece, as the client takes them, and let other sessions have their turn.
import { MailboxUnavailableError } from '../mailbox/errors.ts';
import type { FactName, MessageBeginning, MessageFacts } from '../mailbox/uid-types.ts';
import { openBinary } from '../message/imap/binary.ts';
import { type PartOffsets, parsePartOffsets } from '../message/imap/part-offsets.ts';
import {
  type ByteSource,
  bufferSource,
  openSection,
  type SectionContent,
  type SectionCursor,
  type Span,
} from '../message/imap/sections.ts';
import { isUsual, selectUsual } from '../message/imap/usual-header.ts';
import type { FetchItem } from './fetch-items.ts';
import { beginAnswer, type FetchJob, factOf, labelOf, plainTexts } from './fetch-plain.ts';
import { answerWholes, isWholesOnly } from './fetch-wholes.ts';
import type { Session } from './session.ts';

/** Messages of which the index is asked at once: few at first, so that the answer begins soon; of files, few always. */
const firstBatch = 250;
const largestBatch = 2000;
/** Messages with nothing but flags after which others get their turn. */
const turnLength = 4000;
/** Small messages that are read at once, and their bytes. */
const readTogether = 50;
const bytesTogether = 512 * 1024;
/** So few are read before the index told of them. */
const fewMessages = 4;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Answers for these UIDs, ascending. Gives how many of them were gone. */
export async function answerFetch(job: FetchJob, uids: Uint32Array): Promise<number> {
  const needs = new Set<FactName>();
  const isOfWholes = isWholesOnly(job.items);
  const needsFile = !isOfWholes && job.items.some((item) => item.kind !== 'plain' && !isKept(item));
  for (const item of job.items) {
    if (item.kind !== 'plain') {
      if (!needsFile && !isOfWholes) needs.add('header');
    } else {
      const fact = factOf[item.item];
      if (fact) needs.add(fact);
    }
  }
  if (needsFile) needs.add('parts');
  const names = [...needs];
  if (isOfWholes && names.length === 0)
    return answerWholes(job, uids, undefined, (uid) => answerAlone(job, uid, names));
  if (names.length === 0) return answerFromModel(job, uids);
  const { session, selected } = job;
  let size = firstBatch;
  const ask = (from: number): Promise<readonly MessageFacts[]> | undefined => {
    if (from >= uids.length) return undefined;
    // Another session may give the folder another name meanwhile.
    const { folder } = selected.model;
    const answer = session.uids.facts(folder, Array.from(uids.subarray(from, from + size)), names);
    // Told when its turn comes.
    answer.catch(() => undefined);
    return answer;
  };
  let gone = 0;
  let next = ask(0);
  // Of a few messages both are asked for in one breath.
  const early = needsFile && uids.length <= fewMessages ? readEarly(job, uids) : undefined;
  for (let from = 0; next !== undefined; ) {
    const facts = await next;
    gone += Math.min(size, uids.length - from) - facts.length;
    from += size;
    if (!needsFile) size = Math.min(largestBatch, size * 2);
    // While these are written the index looks for the next.
    next = ask(from);
    if (needsFile) gone += await answerFromFiles(job, facts, early);
    else if (isOfWholes) {
      const found = Uint32Array.from(facts, ({ uid }) => uid);
      gone += await answerWholes(job, found, facts, (uid) => answerAlone(job, uid, names));
    } else gone += await answerFromKept(job, facts, names);
    await session.out.drained();
    if (session.state === 'logout') break;
    await nextTurn();
  }
  return gone;
}

/** The beginnings of a few messages, before it is known how long they are. */
function readEarly({ session, selected, items }: FetchJob, uids: Uint32Array): Group['read'] {
  const most = isHeadersOnly(items) ? usualHeader : smallMessage;
  const read = session.uids.readBeginnings(selected.model.folder, Array.from(uids), most);
  // Told when its turn comes.
  read.catch(() => undefined);
  return read;
}

/** FLAGS, UID and MODSEQ of many: nothing is asked of anybody. */
async function answerFromModel(job: FetchJob, uids: Uint32Array): Promise<number> {
  const { session, selected } = job;
  let gone = 0;
  let guess = 0;
  for (let index = 0; index < uids.length; index++) {
    const uid = uids[index]!;
    const at = selected.model.indexOf(uid, guess);
    if (at < 0) gone++;
    else {
      guess = at + 1;
      beginAnswer(job, uid, at);
      session.out.text(`${plainTexts(job, uid, at, undefined)})\r\n`);
    }
    if ((index + 1) % turnLength === 0) {
      await session.out.drained();
      if (session.state === 'logout') break;
      await nextTurn();
    }
  }
  return gone;
}

/** What the index told is all that is asked; of a header too long to be kept the file is read. Gives how many were gone. */
async function answerFromKept(
  job: FetchJob,
  batch: readonly MessageFacts[],
  names: readonly FactName[],
): Promise<number> {
  const { out } = job.session;
  const { model } = job.selected;
  const sections = job.items.filter((item) => item.kind === 'section').map(createCut);
  let gone = 0;
  let guess = 0;
  for (const facts of batch) {
    const at = model.indexOf(facts.uid, guess);
    guess = at + 1;
    if (at < 0) continue;
    const { header } = facts;
    if (sections.length > 0 && header === undefined) {
      gone += await answerAlone(job, facts.uid, names);
      continue;
    }
    let text = plainTexts(job, facts.uid, at, facts);
    for (const cut of sections) text += `${text === '' ? '' : ' '}${cut(header!)}`;
    beginAnswer(job, facts.uid, at);
    out.text(`${text})\r\n`);
  }
  return gone;
}

/** One message by its file, whatever of it is asked. Gives 1 when it is gone, else 0. */
async function answerAlone(job: FetchJob, uid: number, names: readonly FactName[]): Promise<number> {
  const facts = await job.session.uids.facts(job.selected.model.folder, [uid], [...names, 'parts']);
  return facts.length === 0 ? 1 : answerFromFiles(job, facts, undefined);
}

/** Is this a section of the header that the index keeps? */
const isKept = (item: FetchItem): boolean => item.kind === 'section' && isUsual(item.section);

/** Makes the answer for one such section out of what is kept of a message. */
function createCut(item: Extract<FetchItem, { readonly kind: 'section' }>): (header: string) => string {
  const wanted = new Set(item.section.fields.map((field) => field.toLowerCase()));
  const label = labelOf(item);
  const { span } = item;
  return (header) => {
    const whole = selectUsual(header, wanted);
    const text = span === undefined ? whole : whole.slice(span.from, span.from + span.length);
    return `${label} {${text.length}}\r\n${text}`;
  };
}

/** Bytes of a message that are read with many others; of headers alone, much less. */
const smallMessage = 256 * 1024;
const usualHeader = 16 * 1024;

/** Are headers of the message itself all that is asked of the file? */
const isHeadersOnly = (items: readonly FetchItem[]): boolean =>
  items.every(
    (item) =>
      item.kind === 'plain' ||
      (item.kind === 'section' && item.section.path.length === 0 && item.section.text.startsWith('HEADER')),
  );

/** Bytes up to the end of the header, or of the message: the first part is the whole (part-offsets.ts). */
const lengthOf = (parts: string | undefined, isHeader: boolean): number =>
  Number((parts ?? '').split(',', 3)[isHeader ? 1 : 2] ?? Number.POSITIVE_INFINITY);

/** Messages that are read together, up to a place in their batch. */
interface Group {
  readonly end: number;
  readonly read: Promise<ReadonlyMap<number, MessageBeginning>> | undefined;
}

/** The messages of one batch with their files; small ones are read many at once. Gives how many were gone. */
async function answerFromFiles(
  job: FetchJob,
  batch: readonly MessageFacts[],
  early: Group['read'],
): Promise<number> {
  const { session, selected } = job;
  const most = isHeadersOnly(job.items) ? usualHeader : smallMessage;
  const ask = (from: number): Group => {
    if (early !== undefined) return { end: batch.length, read: early };
    const uids: number[] = [];
    let end = from;
    for (let bytes = 0; end < batch.length && end - from < readTogether && bytes < bytesTogether; end++) {
      const { uid, parts } = batch[end]!;
      const length = lengthOf(parts, most === usualHeader);
      // Large ones are opened and streamed.
      if (length > most) continue;
      uids.push(uid);
      bytes += length;
    }
    const read =
      uids.length === 0 ? undefined : session.uids.readBeginnings(selected.model.folder, uids, most);
    // Told when its turn comes.
    read?.catch(() => undefined);
    return { end, read };
  };
  let gone = 0;
  let next = ask(0);
  for (let from = 0; from < batch.length; ) {
    const { end, read: reading } = next;
    const read = await reading;
    next = ask(end);
    const group = batch.slice(from, end);
    from = end;
    for (const facts of group) {
      const isThere =
        selected.model.indexOf(facts.uid) >= 0 && (await attemptWithBytes(job, facts, read?.get(facts.uid)));
      if (!isThere) gone++;
      if (session.out.isFull) await session.out.drained();
      if (session.state === 'logout') return gone;
    }
  }
  return gone;
}

/** A file that cannot be read (its rights, its disk) leaves out its own message, not those after it. */
async function attemptWithBytes(
  job: FetchJob,
  facts: MessageFacts,
  beginning: MessageBeginning | undefined,
): Promise<boolean> {
  try {
    return await answerWithBytes(job, facts, beginning);
  } catch (error) {
    const answer = job.session.state === 'logout' ? undefined : job.session.server.explain(error);
    if (answer === undefined) throw error;
    job.failure ??= answer;
    return true;
  }
}

/** One message, out of its beginning when that holds all that is asked. False: it is gone. */
async function answerWithBytes(
  job: FetchJob,
  facts: MessageFacts,
  beginning: MessageBeginning | undefined,
): Promise<boolean> {
  const root = facts.parts === undefined ? undefined : parsePartOffsets(facts.parts);
  if (root === undefined) return failUnread(job, facts.uid);
  const needed = isHeadersOnly(job.items) ? root.start : root.until;
  if (beginning !== undefined && beginning.bytes.length >= needed && beginning.size >= root.until) {
    return answerFromSource(job, facts, root, bufferSource(beginning.bytes));
  }
  const file = await job.session.uids.openMessage(job.selected.model.folder, facts.uid);
  if (file === undefined) return false;
  try {
    return await answerFromSource(job, facts, root, file.handle);
  } finally {
    await file.handle.close();
  }
}

/** A message that the index could not read: whether it is gone, or why it cannot be read. */
async function failUnread(job: FetchJob, uid: number): Promise<boolean> {
  const { folder } = job.selected.model;
  const file = await job.session.uids.openMessage(folder, uid);
  if (file === undefined) return false;
  await file.handle.close();
  // It can be read by now: the index looks again soon.
  throw new MailboxUnavailableError(`${folder}: UID ${uid} was not read yet`);
}

/**
 * One message. The sizes of its literals are known before the first byte is promised. False: it is gone. The model is
 * asked when all is ready: what other sessions at the folder hear moves its messages while files are read.
 */
async function answerFromSource(
  job: FetchJob,
  facts: MessageFacts,
  root: PartOffsets,
  source: ByteSource,
): Promise<boolean> {
  const { out } = job.session;
  const pieces: { readonly label: string; readonly content: SectionContent | number | undefined }[] = [];
  for (const item of job.items) {
    if (item.kind === 'plain') continue;
    pieces.push({ label: labelOf(item), content: await openItem(job, facts.uid, source, root, item) });
  }
  const at = job.selected.model.indexOf(facts.uid);
  if (at < 0) return false;
  const plain = plainTexts(job, facts.uid, at, facts);
  beginAnswer(job, facts.uid, at);
  out.text(plain);
  let isFirst = plain === '';
  for (const { label, content } of pieces) {
    out.text(`${isFirst ? '' : ' '}${label} `);
    isFirst = false;
    if (content === undefined) out.text('NIL');
    else if (typeof content === 'number') out.text(String(content));
    else await sendContent(job.session, content, label.startsWith('BINARY'));
  }
  out.text(')\r\n');
  return true;
}

async function openItem(
  job: FetchJob,
  uid: number,
  source: ByteSource,
  root: PartOffsets,
  item: Exclude<FetchItem, { readonly kind: 'plain' }>,
): Promise<SectionContent | number | undefined> {
  if (item.kind === 'section') {
    const cursor = item.span && cursorFor(job, uid, item.label, item.span);
    return openSection(source, root, item.section, item.span, cursor);
  }
  const content = await openBinary(source, root, item.path, item.span);
  // RFC 3516 4.3
  if (content === 'unknown-cte') throw new UnknownEncoding();
  return item.kind === 'binary size' ? content?.size : content;
}

/** A part whose encoding nobody knows was to be decoded. */
export class UnknownEncoding extends Error {
  override readonly name = 'UnknownEncoding';
}

/** Clients read large parts piece by piece: where the last piece ended is kept, for one message and section. */
function cursorFor(
  { selected }: FetchJob,
  uid: number,
  label: string,
  span: Span,
): SectionCursor | undefined {
  const key = `${uid} ${label}`;
  if (selected.cursor?.key !== key || span.from === 0) selected.cursor = { key, place: { wire: 0, file: 0 } };
  return selected.cursor.place;
}

async function sendContent(session: Session, content: SectionContent, mayHaveNul: boolean): Promise<void> {
  const { out } = session;
  out.text(`${content.hasNul && mayHaveNul ? '~' : ''}{${content.size}}\r\n`);
  if (Array.isArray(content.chunks)) {
    for (const chunk of content.chunks as readonly Buffer[]) out.bytes(chunk);
    return;
  }
  const { giveBack } = content;
  try {
    for await (const chunk of content.chunks) {
      out.bytes(chunk, giveBack && (() => giveBack(chunk)));
      await out.drained();
      if (session.state === 'logout') return;
    }
  } catch (error) {
    // So many bytes were promised: nothing else can follow.
    session.breakOff();
    throw error;
  }
}
