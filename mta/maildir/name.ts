// File names in a Maildir: how ours are made and how everybody's are read.
// Ours: `time.M<usec>P<pid>Q<counter>R<random>.host,S=<bytes>,W=<bytes with CRLF>`; unique across processes, hosts,
// process-id reuse and clock jumps. Reading follows Courier and Dovecot (spec/maildir-imap.md 1.2, 1.6).
// Flags after `:2,` are only split off here; what they mean belongs to the mailbox.
import { randomBytes } from 'node:crypto';

/** Makes names that no delivery anywhere else makes. */
export interface NameSource {
  /** A base without size fields. */
  next(): string;
}

/** The host part of names: `/`, `:` and `,` have a meaning in names and are written as octal escapes, as qmail does. */
export function escapeHost(hostname: string): string {
  const cut = Buffer.from(hostname, 'utf8').subarray(0, 64).toString('latin1');
  let out = '';
  for (const char of cut) {
    if (char === '/' || char === ':' || char === ',' || char <= ' ' || char > '~') {
      out += `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`;
    } else out += char;
  }
  return out || 'localhost';
}

/** Names for one process; the random part tells apart processes with the same pid (containers, pid reuse). */
export function createNameSource(hostname: string, pid: number = process.pid): NameSource {
  const tail = `R${randomBytes(8).toString('hex')}.${escapeHost(hostname)}`;
  let counter = 0;
  let last = 0;
  return {
    next() {
      // Microseconds ascend and have six digits: names of one process sort in the order in which they were made, and so
      // do the UIDs that any server gives them.
      last = Math.max(last + 1, Math.floor((performance.timeOrigin + performance.now()) * 1000));
      counter += 1;
      const micros = String(last % 1_000_000).padStart(6, '0');
      return `${Math.floor(last / 1_000_000)}.M${micros}P${pid}Q${counter}${tail}`;
    },
  };
}

/** Appends the size fields: `size` is bytes as stored, `wireSize` bytes with every line ended by CRLF, where it is known. */
export const withSizes = (base: string, size: number, wireSize: number | undefined): string =>
  wireSize === undefined ? `${base},S=${size}` : `${base},S=${size},W=${wireSize}`;

/**
 * How many bytes longer a chunk is when every LF without a CR before it becomes CRLF: W = S + this over all chunks.
 * `previous` is the byte before the chunk, 0 at the start.
 */
export function countBareLf(chunk: Uint8Array, previous: number): number {
  let count = 0;
  let before = previous;
  for (let i = 0; i < chunk.length; i++) {
    const byte = chunk[i]!;
    if (byte === 10 && before !== 13) count += 1;
    before = byte;
  }
  return count;
}

/** What a file name in cur or new says. */
export interface MaildirName {
  /** Identity of the message: everything before the first `:`, size fields included. */
  readonly base: string;
  /** Flag letters, '' when the name has none or another info version than 2. */
  readonly flags: string;
  /** Bytes as stored, from `,S=`. */
  readonly size: number | undefined;
  /** Bytes with CRLF line ends, from `,W=`. */
  readonly wireSize: number | undefined;
}

/** Reads a name; undefined for what is no message: names starting with `.`, an empty base. */
export function parseMaildirName(name: string): MaildirName | undefined {
  if (name === '' || name.startsWith('.')) return undefined;
  const colon = name.indexOf(':');
  const base = colon < 0 ? name : name.slice(0, colon);
  if (base === '') return undefined;
  // Dovecot: the flags follow the last `:2,`.
  const info = name.lastIndexOf(':2,');
  const flags = info < 0 || name.indexOf(':', info + 1) >= 0 ? '' : name.slice(info + 3);
  return { base, flags, size: readField(base, ',S='), wireSize: readField(base, ',W=') };
}

// Courier takes the last field of a name, Dovecot wants digits up to `,` or the end; a name that fits both is believed.
function readField(base: string, key: string): number | undefined {
  const start = base.lastIndexOf(key);
  if (start < 0) return undefined;
  const end = base.indexOf(',', start + key.length);
  const digits = base.slice(start + key.length, end < 0 ? base.length : end);
  return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined;
}
