// The beginning of a TLS connection (RFC 8446 4.1.2) as far as a door must know it before it answers: the name that is asked
// for and the protocols that are offered. Pure; bytes of strangers, so every length is looked at and nothing is believed.

export interface ClientHello {
  /** '' when none is asked for. */
  readonly name: string;
  readonly protocols: readonly string[];
}

const handshakeRecord = 22;
const helloMessage = 1;
const serverName = 0;
const protocolNames = 16;

/** A reader that gives undefined past the end. */
class Bytes {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isEmpty(): boolean {
    return this.#at >= this.#bytes.length;
  }

  number(size: number): number | undefined {
    if (this.#at + size > this.#bytes.length) return undefined;
    const value = this.#bytes.readUIntBE(this.#at, size);
    this.#at += size;
    return value;
  }

  take(length: number | undefined): Bytes | undefined {
    if (length === undefined || this.#at + length > this.#bytes.length) return undefined;
    const part = new Bytes(this.#bytes.subarray(this.#at, this.#at + length));
    this.#at += length;
    return part;
  }

  /** A vector whose length stands in so many bytes before it. */
  vector(size: number): Bytes | undefined {
    return this.take(this.number(size));
  }

  get text(): string {
    return this.#bytes.toString('latin1');
  }
}

/** 'more': the message is not complete yet; undefined: it is no ClientHello in one record. */
export function readClientHello(bytes: Buffer): ClientHello | 'more' | undefined {
  if (bytes.length > 0 && bytes[0] !== handshakeRecord) return undefined;
  if (bytes.length < 5 || bytes.length < 5 + bytes.readUInt16BE(3)) return 'more';
  const record = new Bytes(bytes.subarray(5, 5 + bytes.readUInt16BE(3)));
  if (record.number(1) !== helloMessage) return undefined;
  const hello = record.vector(3);
  // Version and random; session, ciphers, compression.
  if (!hello?.take(34) || !hello.vector(1) || !hello.vector(2) || !hello.vector(1)) return undefined;
  const extensions = hello.vector(2);
  let name = '';
  const protocols: string[] = [];
  while (extensions && !extensions.isEmpty) {
    const kind = extensions.number(2);
    const body = extensions.vector(2);
    if (kind === undefined || body === undefined) return undefined;
    if (kind === serverName) {
      const names = body.vector(2);
      if (names?.number(1) === 0) name = names.vector(2)?.text ?? '';
    }
    if (kind !== protocolNames) continue;
    const offered = body.vector(2);
    while (offered && !offered.isEmpty) {
      const protocol = offered.vector(1);
      if (protocol === undefined) return undefined;
      protocols.push(protocol.text);
    }
  }
  return { name, protocols };
}
