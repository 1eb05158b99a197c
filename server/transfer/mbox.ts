// mbox files (RFC 4155, mbox(5)): many messages in one file, each after a From line. Written as mboxrd with the flags in the
// fields that mail programs keep them in; read in every dialect, streamed, one message in memory at a time.
// Used by the commands `mailbox import` and `mailbox export` and by the webmail.
import { createHash } from 'node:crypto';
import { makeFromLine } from '../../mta/local/environment.ts';
import { createMboxQuoter } from '../../mta/local/mbox-quoting.ts';

/** A message on its way into an mbox. */
export interface MboxEntry {
  readonly content: Buffer;
  readonly flags: string;
  readonly keywords: readonly string[];
  /** Milliseconds since 1970. */
  readonly received: number;
}

/** A message out of an mbox. */
export interface MboxMessage {
  /** The same at each reading: identical messages are told apart by how often they came. */
  readonly id: string;
  readonly message: Buffer;
  readonly flags: string;
  readonly keywords: readonly string[];
  /** From the From line; undefined: it has no date that can be read. */
  readonly received: number | undefined;
}

/** The file is no mbox, or goes over a bound. */
export class MboxFault extends Error {
  override readonly name = 'MboxFault';
}

/** The bytes of a message in an mbox. */
export function formatMboxEntry({ content, flags, keywords, received }: MboxEntry): Buffer {
  const quoter = createMboxQuoter();
  const head = makeFromLine(returnPath(content), Math.floor(received / 1000)) + statusLines(flags, keywords);
  const body = quoter.push(content);
  return Buffer.concat([Buffer.from(head, 'utf8'), body, quoter.end()]);
}

const returnPath = (content: Buffer): string =>
  /^Return-Path:[ \t]*<([^<>\s]{1,320})>/im.exec(content.toString('latin1', 0, 2000))?.[1] ?? '';

/** As mail programs keep flags in an mbox; `readMbox` reads them again. */
function statusLines(flags: string, keywords: readonly string[]): string {
  const has = (letter: string): string => (flags.includes(letter) ? letter : '');
  const status = `${has('S') ? 'R' : ''}O`;
  const more = `${has('R') ? 'A' : ''}${has('F')}${has('T') ? 'D' : ''}${has('D') ? 'T' : ''}`;
  return [
    `Status: ${status}\n`,
    more === '' ? '' : `X-Status: ${more}\n`,
    keywords.length === 0 ? '' : `X-Keywords: ${keywords.join(' ')}\n`,
  ].join('');
}

export const fromLine = /^From \S.*\d{4}/;

/**
 * Messages of an mbox one after the other.
 * @param chunks the file's bytes
 * @param largest bytes of one message, and of one line
 * @throws MboxFault
 */
export async function* readMbox(chunks: AsyncIterable<Buffer>, largest: number): AsyncGenerator<MboxMessage> {
  let lines: Buffer[] = [];
  let size = 0;
  let from = '';
  let isEmptyBefore = true;
  const seen = new Map<string, number>();
  const finish = (): MboxMessage | undefined => {
    if (from === '' && size === 0) return undefined;
    // The empty line that ends a message in an mbox is no part of it.
    if (lines.at(-1)?.length === 1) lines.pop();
    const raw = Buffer.concat(lines);
    lines = [];
    size = 0;
    const hash = createHash('sha256').update(raw).digest('hex');
    const times = (seen.get(hash) ?? 0) + 1;
    seen.set(hash, times);
    return { id: `${hash}.${times}`, ...readStatus(raw, from) };
  };
  for await (const line of linesOf(chunks, largest)) {
    const text = line.length < 1000 ? line.toString('latin1') : '';
    if (isEmptyBefore && fromLine.test(text)) {
      const message = finish();
      if (message) yield message;
      from = text;
    } else if (from === '') {
      if (text.trim() !== '') throw new MboxFault('is no mbox: it does not begin with a From line');
    } else {
      // mboxrd: one > goes before >*From.
      lines.push(/^>+From /.test(text) ? line.subarray(1) : line);
      size += line.length;
      if (size > largest) throw new MboxFault(`holds a message over ${largest} bytes`);
    }
    isEmptyBefore = text === '\n' || text === '\r\n';
  }
  const last = finish();
  if (last) yield last;
}

async function* linesOf(chunks: AsyncIterable<Buffer>, largest: number): AsyncGenerator<Buffer> {
  // Pieces of a line that goes on: joined once, when its end has come.
  let pieces: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let data = chunk;
    for (let at = data.indexOf(10); at >= 0; at = data.indexOf(10)) {
      const end = data.subarray(0, at + 1);
      yield pieces.length === 0 ? end : Buffer.concat([...pieces, end]);
      pieces = [];
      length = 0;
      data = data.subarray(at + 1);
    }
    if (data.length > 0) pieces.push(data);
    length += data.length;
    if (length > largest) throw new MboxFault(`holds a line over ${largest} bytes`);
  }
  if (pieces.length > 0) yield Buffer.concat(pieces);
}

/** Flags as mail programs keep them in an mbox; those fields are not kept. */
function readStatus(raw: Buffer, from: string): Omit<MboxMessage, 'id'> {
  const end = raw.indexOf('\n\n');
  const head = raw.toString('latin1', 0, end < 0 ? raw.length : end + 1);
  const field = (name: string): string =>
    new RegExp(`^${name}:[ \\t]*([^\\r\\n]{0,1000})`, 'im').exec(head)?.[1] ?? '';
  const [status, more] = [field('Status'), field('X-Status')];
  const flags = [
    status.includes('R') ? 'S' : '',
    more.includes('A') ? 'R' : '',
    more.includes('F') ? 'F' : '',
    more.includes('D') ? 'T' : '',
    more.includes('T') ? 'D' : '',
  ].join('');
  const kept = head.replace(
    /^(?:Status|X-Status|X-Keywords|X-UID|X-IMAP|X-IMAPbase|Content-Length):[^\n]*\n(?:[ \t][^\n]*\n)*/gim,
    '',
  );
  const date = from.replace(/^From \S+\s+/, '').trim();
  // mbox(5): UTC, where no zone is written.
  const time = Date.parse(/[+-]\d{4}|[A-Z]{3,4}\s*(?:\d{4})?$/.test(date) ? date : `${date} UTC`);
  return {
    message: Buffer.concat([Buffer.from(kept, 'latin1'), end < 0 ? Buffer.alloc(0) : raw.subarray(end + 1)]),
    flags,
    keywords: field('X-Keywords')
      .split(/\s+/)
      .filter((word) => word !== ''),
    received: Number.isNaN(time) ? undefined : time,
  };
}
