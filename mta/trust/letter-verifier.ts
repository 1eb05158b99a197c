// Verifies the signatures of one letter by mailauth's verifier, but for the body: its canonical forms are ours
// (canonical.ts), each made once however many signatures want it, in time that grows with the letter and not with its
// square, whatever its lines are. The body is read once, and not at all when no signature can hold.
import { createHash, type Hash } from 'node:crypto';
import { finished } from 'node:stream/promises';
import { DkimVerifier } from 'mailauth/lib/dkim/dkim-verifier.js';
import { type BodyForm, keepBody, relaxBody } from './canonical.ts';
import type { KeyCache } from './key-memo.ts';

type Options = ConstructorParameters<typeof DkimVerifier>[0];

/** The hash of a body up to `l=`; what mailauth asks of its own. */
class BodyDigest {
  readonly #hash: Hash;
  readonly #most: number;
  /** Read by mailauth: canonical bytes, and those of them that are hashed; more of the first make `underSized`. */
  canonicalizedLength = 0;
  bodyHashedBytes = 0;
  byteLength = 0;
  /** Written by mailauth. */
  hash = '';
  mimeStructureStart: number | undefined;

  constructor(algorithm: string, most: number | '') {
    this.#hash = createHash(algorithm);
    this.#most = most === '' ? Number.POSITIVE_INFINITY : most;
  }

  take(bytes: Buffer): void {
    const left = this.#most - this.bodyHashedBytes;
    const hashed = bytes.length <= left ? bytes : bytes.subarray(0, left);
    this.canonicalizedLength += bytes.length;
    this.bodyHashedBytes += hashed.length;
    if (hashed.length > 0) this.#hash.update(hashed);
  }

  digest(encoding: 'base64'): string {
    return this.#hash.digest(encoding);
  }

  /** What mailauth takes for the body is the line end that it was given behind the header. */
  update(): void {}

  setContentType(): void {}

  getMimeStructureStart(): undefined {
    return undefined;
  }
}

/** mailauth's, with bodies hashed here. */
class LetterVerifier extends DkimVerifier {
  readonly #digests = { relaxed: new Set<BodyDigest>(), simple: new Set<BodyDigest>() };

  constructor(options: Options, keys: KeyCache) {
    super(options);
    this.keyCache.get = keys.get;
  }

  override addBodyHash(bodyCanon: string, hashAlgo: string, maxBodyLength: number | ''): string {
    const key = [bodyCanon, hashAlgo, maxBodyLength].join(':');
    if (!this.bodyHashes.has(key)) {
      const digest = new BodyDigest(hashAlgo, maxBodyLength);
      this.#digests[bodyCanon === 'relaxed' ? 'relaxed' : 'simple'].add(digest);
      this.bodyHashes.set(key, digest);
    }
    return key;
  }

  /** The forms that signatures want, after the header. */
  openForms(): readonly BodyForm[] {
    const { relaxed, simple } = this.#digests;
    const sinkOf = (digests: Set<BodyDigest>) => (bytes: Buffer) => {
      for (const digest of digests) digest.take(bytes);
    };
    return [
      ...(relaxed.size > 0 ? [relaxBody(sinkOf(relaxed))] : []),
      ...(simple.size > 0 ? [keepBody(sinkOf(simple))] : []),
    ];
  }
}

/** With CR LF (RFC 6376 2.1; it lies here as in the queue) and the empty line behind it, also where the letter has none. */
function wholeHeader(header: Buffer): Buffer {
  const text = header.toString('latin1');
  const end = text === '\n' || text.endsWith('\n\n') ? '' : text.endsWith('\n') ? '\n' : '\n\n';
  return Buffer.from(`${text}${end}`.replaceAll('\n', '\r\n'), 'latin1');
}

/**
 * Verifies the signatures and reads the From fields.
 * @param header LF line ends, with the empty line when a body follows; @param body the rest, the same; undefined: none
 * @param keys where public keys come from
 */
export async function verifyLetter(
  header: Buffer,
  body: AsyncIterable<Buffer> | undefined,
  options: Options,
  keys: KeyCache,
): Promise<Pick<DkimVerifier, 'results' | 'headerFrom' | 'fromFields' | 'arc'>> {
  const verifier = new LetterVerifier(options, keys);
  // Its errors are those of writing and ending, which are waited for.
  verifier.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    verifier.write(wholeHeader(header), (error) => (error ? reject(error) : resolve()));
  });
  const forms = verifier.openForms();
  if (body !== undefined && forms.length > 0)
    for await (const chunk of body) for (const form of forms) form.update(chunk);
  for (const form of forms) form.end();
  const done = finished(verifier);
  verifier.end();
  await done;
  return verifier;
}
