// Signed messages of S/MIME (RFC 5652, RFC 8551; webmail.md 3.12): takes the signed content out of an opaque smime.p7m so
// that its text can be shown, and says whose certificate lies in it. Nothing is verified here and nothing decrypted.
// Reads BER with bounds on depth and on the number of values; broken bytes give undefined. Pure; for the workers.
import { X509Certificate } from 'node:crypto';

const maxDepth = 24;
const maxValues = 100_000;
const maxCertificates = 20;

interface Value {
  readonly tag: number;
  readonly isConstructed: boolean;
  /** Where it begins, its content begins and ends, and what comes after it begins. */
  readonly from: number;
  readonly start: number;
  readonly end: number;
  readonly next: number;
}

class BerReader {
  readonly bytes: Buffer;
  #values = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** The value at `at`; undefined when there is none inside `limit`. */
  read(at: number, limit: number, depth = 0): Value | undefined {
    if (depth > maxDepth || ++this.#values > maxValues || at + 2 > limit) return undefined;
    const { bytes } = this;
    const tag = bytes[at]!;
    // Tags beyond 30 do not occur in what we read.
    if ((tag & 0x1f) === 0x1f) return undefined;
    const isConstructed = (tag & 0x20) !== 0;
    const first = bytes[at + 1]!;
    if (first === 0x80) {
      // X.690 8.1.3.6: until the end-of-contents octets.
      if (!isConstructed) return undefined;
      let next = at + 2;
      while (next + 2 <= limit && !(bytes[next] === 0 && bytes[next + 1] === 0)) {
        const inner = this.read(next, limit, depth + 1);
        if (!inner) return undefined;
        next = inner.next;
      }
      if (next + 2 > limit) return undefined;
      return { tag, isConstructed, from: at, start: at + 2, end: next, next: next + 2 };
    }
    const count = first & 0x80 ? first & 0x7f : 0;
    if (count > 4 || at + 2 + count > limit) return undefined;
    const length = count === 0 ? first : bytes.readUIntBE(at + 2, count);
    const start = at + 2 + count;
    if (start + length > limit) return undefined;
    return { tag, isConstructed, from: at, start, end: start + length, next: start + length };
  }

  children(value: Value, depth: number): Value[] {
    const found: Value[] = [];
    for (let at = value.start; at < value.end; ) {
      const child = this.read(at, value.end, depth);
      if (!child) break;
      found.push(child);
      at = child.next;
    }
    return found;
  }

  /** An OCTET STRING, also one in pieces (X.690 8.7.3). */
  octets(value: Value, depth: number, into: Buffer[] = []): Buffer[] {
    if (!value.isConstructed) into.push(this.bytes.subarray(value.start, value.end));
    else if (depth < maxDepth)
      for (const child of this.children(value, depth + 1)) this.octets(child, depth + 1, into);
    return into;
  }
}

// RFC 5652 4 and 5.1; 1.2.840.113549.1.7.2.
const signedData = Buffer.from('2a864886f70d010702', 'hex');

export interface SignedContent {
  /** The MIME entity that was signed; undefined when the signature stands beside it. */
  readonly content: Buffer | undefined;
  /** The name in the signer's certificate, as written there; '' when there is none. Not checked. */
  readonly signer: string;
}

/** Reads SignedData; undefined for anything else (encrypted, compressed, broken). */
export function readSigned(bytes: Buffer): SignedContent | undefined {
  const reader = new BerReader(bytes);
  const outer = reader.read(0, bytes.length);
  if (outer?.tag !== 0x30) return undefined;
  const [type, wrapped] = reader.children(outer, 1);
  if (type?.tag !== 0x06 || !bytes.subarray(type.start, type.end).equals(signedData)) return undefined;
  if (wrapped?.tag !== 0xa0) return undefined;
  const [signed] = reader.children(wrapped, 2);
  if (signed?.tag !== 0x30) return undefined;
  const fields = reader.children(signed, 3);
  // version, digestAlgorithms, encapContentInfo, [0] certificates ...
  const info = fields.find((field) => field.tag === 0x30);
  const content = info && reader.children(info, 4).find((field) => field.tag === 0xa0);
  const [octets] = content ? reader.children(content, 5) : [];
  const certificates = fields.find((field) => field.tag === 0xa0);
  return {
    content: octets && (octets.tag & 0x1f) === 4 ? Buffer.concat(reader.octets(octets, 6)) : undefined,
    signer: certificates ? signerName(reader, certificates) : '',
  };
}

/** The subject of the first certificate that is not an authority's. */
function signerName(reader: BerReader, certificates: Value): string {
  for (const each of reader.children(certificates, 4).slice(0, maxCertificates)) {
    if (each.tag !== 0x30) continue;
    try {
      const certificate = new X509Certificate(reader.bytes.subarray(each.from, each.next));
      if (certificate.ca) continue;
      const subject = new Map(
        certificate.subject.split('\n').map((line): [string, string] => {
          const at = line.indexOf('=');
          return [line.slice(0, at), line.slice(at + 1)];
        }),
      );
      const name = subject.get('CN') ?? '';
      const email =
        /(?:^|, )email:([^,]+)/.exec(certificate.subjectAltName ?? '')?.[1] ?? subject.get('emailAddress');
      return email && email !== name ? `${name} ${email}`.trim().slice(0, 300) : name.slice(0, 300);
    } catch {
      // A certificate that OpenSSL does not read names nobody.
    }
  }
  return '';
}
