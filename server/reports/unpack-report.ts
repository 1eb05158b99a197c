// Finds the report in a letter: an attachment in gzip, ZIP or plain XML, told by its bytes, for senders disagree about types
// and names. Unpacked it has at most 10 MiB, and nothing is unpacked further than that (RFC 9990 says no bound; bombs need one).
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { XmlError } from '../../mta/formats/xml.ts';
import { partBytes, scanStructure, walkParts } from '../message/structure.ts';
import { decodeTransfer } from '../message/transfer.ts';
import { openZip, ZipFault } from '../zip/zip-reader.ts';
import { createReportReading, type ReceivedReport } from './read-report.ts';

const mostBytes = 10 * 2 ** 20;
/** Parts that are looked into. */
const mostParts = 10;

const candidates = /^(?:application\/(?:gzip|x-gzip|zip|x-zip|x-zip-compressed|octet-stream|xml)|text\/xml)$/;

async function* unpackGzip(bytes: Buffer): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  Readable.from([bytes]).pipe(gunzip);
  for await (const piece of gunzip as AsyncIterable<Buffer>) yield piece;
}

async function* unpackZip(bytes: Buffer): AsyncGenerator<Buffer> {
  const file = {
    stat: () => Promise.resolve({ size: bytes.length }),
    read: (into: Buffer, offset: number, length: number, at: number) =>
      Promise.resolve({ bytesRead: bytes.copy(into, offset, at, Math.min(bytes.length, at + length)) }),
  };
  const zip = await openZip(file, { entries: 10, entry: mostBytes, total: mostBytes });
  const entry = zip.entries.find(({ name }) => /\.xml$/i.test(name)) ?? zip.entries[0];
  if (entry === undefined) throw new ZipFault('is empty');
  yield* zip.stream(entry);
}

function unpack(bytes: Buffer): AsyncIterable<Buffer> | undefined {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return unpackGzip(bytes);
  if (bytes.subarray(0, 4).toString('latin1') === 'PK\x03\x04') return unpackZip(bytes);
  if (/^(?:\ufeff)?\s*</.test(bytes.subarray(0, 200).toString('utf8'))) return Readable.from([bytes]);
  return undefined;
}

/** What one attachment holds. @throws XmlError, and the faults of zlib, for what is no report */
async function readAttachment(pieces: AsyncIterable<Buffer>): Promise<ReceivedReport> {
  const reading = createReportReading();
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let length = 0;
  for await (const piece of pieces) {
    length += piece.length;
    if (length > mostBytes) throw new XmlError('more than 10 MiB');
    reading.write(decoder.decode(piece, { stream: true }));
  }
  reading.write(decoder.decode());
  return reading.end();
}

export type FoundReport =
  | { readonly report: ReceivedReport }
  /** Why the letter holds none. */
  | { readonly why: string };

/** The first report of a letter. */
export async function findReport(letter: Buffer): Promise<FoundReport> {
  let why = 'no attachment that could be a report';
  let looked = 0;
  for (const part of walkParts(scanStructure(letter).root)) {
    if (part.parts.length > 0 || !candidates.test(part.type) || looked >= mostParts) continue;
    looked += 1;
    const pieces = unpack(decodeTransfer(partBytes(letter, part), part.encoding));
    if (pieces === undefined) continue;
    try {
      return { report: await readAttachment(pieces) };
    } catch (error) {
      const isFault = error instanceof XmlError || error instanceof ZipFault;
      const isPacking = /^(?:Z_|ERR_)/.test(String((error as NodeJS.ErrnoException).code));
      if (!isFault && !isPacking) throw error;
      why = isFault ? error.message : 'cannot be unpacked';
    }
  }
  return { why };
}
