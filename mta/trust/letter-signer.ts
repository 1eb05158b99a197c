// What a letter gets right before it goes out: signatures of the domain that answers for it (DKIM); when it is a forward, a
// sender of ours (SRS), and a stranger's, a seal on what we found when it came in (ARC). The file in the queue stays as it is, with the sender to whom our own bounces go. The letter
// is read once in pieces; only its header is held.
// A letter that cannot be signed goes out unsigned: most receivers take it, and one that waited for the mending of a key
// would be read by nobody. The log names the file that is to be mended.
import { createHash, type KeyObject } from 'node:crypto';
import { domainToASCII } from 'node:url';
import { type DomainSet, isRcpthost } from '../control/match.ts';
import type { SettingName } from '../control/setting-types.ts';
import { lowerAscii, splitAddress } from '../formats/address.ts';
import { rewriteAddressList } from '../inject/header/address-list.ts';
import { tokenize } from '../inject/header/tokens.ts';
import { type Log, quoted } from '../log.ts';
import { createLineEndNormaliser } from '../remote/encode.ts';
import { chooseArcHeader, makeArcSet, readChain } from './arc-seal.ts';
import { createBodyHash, type Field, splitHeader } from './canonical.ts';
import { keysDirectory } from './dkim-files.ts';
import { type Keyring, openKeyring } from './dkim-keyring.ts';
import { chooseSignedHeader, makeSignature, type SignedHeader, type SigningKey } from './dkim-sign.ts';
import { type LetterOrigin, mayVouch, readOrigin } from './origin.ts';
import { isSrsOn, rewriteSender, type SrsRules, srsSettingNames } from './srs.ts';

/** Control files, as they are now. */
export interface DepartureSettings extends SrsRules {
  /** Our name in Authentication-Results. */
  readonly me: string;
  readonly srs_alwaysrewrite: number;
  readonly rcpthosts: DomainSet | undefined;
  readonly morercpthosts: DomainSet | undefined;
}

/** Their names, with what chooses the keys. */
export const departureSettingNames = [
  'me',
  'dkimselectors',
  'rcpthosts',
  'morercpthosts',
  'srs_alwaysrewrite',
  ...srsSettingNames,
] as const satisfies readonly SettingName[];

/** A message that can be read as often as wanted, and says the same each time. */
export interface ReadableLetter {
  chunks(): AsyncIterable<Buffer>;
}

export interface LetterSignerOptions {
  readonly keyring: Keyring;
  readonly settings: () => DepartureSettings;
  readonly log: Log;
  /** Seconds since 1970. */
  readonly now?: (() => number) | undefined;
}

/** How a letter leaves. */
export interface Departure {
  /** For its top, LF line ends; '' when nobody of ours answers for it. */
  readonly fields: string;
  /** The envelope sender. */
  readonly sender: string;
}

export interface LetterSigner {
  /** @throws when the letter cannot be read */
  prepare(letter: ReadableLetter, sender: string): Promise<Departure>;
}

/** The signer of a site: keys of control/domainkeys, its name of control/me. */
export function openSiteSigner(
  qmail: string,
  settings: () => DepartureSettings & { readonly dkimselectors: ReadonlyMap<string, string> },
  log: Log,
): LetterSigner {
  const selectors = () => settings().dkimselectors;
  const keyring = openKeyring({ directory: keysDirectory(qmail), selectors, log });
  return createLetterSigner({ keyring, settings, log });
}

/** Bytes of a header that are held (security.md R5). */
const MOST_HEADER = 1024 * 1024;
/** Signatures that are used again for the same letter, and for how long. */
const MOST_RECENT = 500;
const RECENT_SECONDS = 300;

/** The header of a letter, and the rest of it through a body hash. */
interface ReadHeader {
  readonly fields: readonly Field[];
  /** Reads on to the end. Base64 of the relaxed body's SHA-256. */
  hashBody(): Promise<string>;
  /** Ends the reading without the rest. */
  close(): Promise<void>;
}

/** Undefined: the header is too long. The lines are those that leave: CR LF, CR and LF alike are line ends. */
export async function readHeader(letter: ReadableLetter): Promise<ReadHeader | undefined> {
  const normaliser = createLineEndNormaliser();
  const chunks = letter.chunks()[Symbol.asyncIterator]();
  const close = async (): Promise<void> => void (await chunks.return?.());
  let held: Buffer = Buffer.alloc(0);
  let isOver = false;
  let end = -1;
  while (end < 0 && !isOver) {
    const next = await chunks.next();
    isOver = next.done === true;
    const lines = next.done === true ? normaliser.end() : normaliser.write(next.value);
    held = held.length === 0 ? lines : Buffer.concat([held, lines]);
    // A header of no fields ends with the first line.
    end = held[0] === 10 ? 0 : held.indexOf('\n\n') + 1 || -1;
    if (end < 0 && held.length > MOST_HEADER) {
      await close();
      return undefined;
    }
  }
  const header = end < 0 ? held : held.subarray(0, end);
  const body = end < 0 ? Buffer.alloc(0) : held.subarray(end + 1);
  return {
    fields: splitHeader(header),
    close,
    async hashBody() {
      const hash = createBodyHash();
      hash.update(body);
      while (!isOver) {
        const next = await chunks.next();
        isOver = next.done === true;
        hash.update(next.done === true ? normaliser.end() : normaliser.write(next.value));
      }
      return hash.digest();
    },
  };
}

/** A letter that is read once, however many recipients it leaves for as the same object. */
interface KnownLetter extends Omit<ReadHeader, 'close'> {
  /** What is signed of the header. */
  signed(): SignedHeader;
  /** No more of it is needed now. */
  rest(): Promise<void>;
}

function keepRead(letter: ReadableLetter, header: ReadHeader, forget: () => void): KnownLetter {
  let hash: Promise<string> | undefined;
  let signed: SignedHeader | undefined;
  let isClosed = false;
  const hashAgain = async (): Promise<string> => {
    const again = await readHeader(letter);
    if (again === undefined) throw new Error('the letter is not what it was');
    return again.hashBody();
  };
  return {
    fields: header.fields,
    signed: () => (signed ??= chooseSignedHeader(header.fields)),
    hashBody() {
      if (hash) return hash;
      hash = isClosed ? hashAgain() : header.hashBody();
      hash.catch(forget);
      return hash;
    },
    async rest() {
      if (hash || isClosed) return;
      isClosed = true;
      await header.close();
    },
  };
}

const toDomain = (address: string): string => {
  const { domain } = splitAddress(address);
  return lowerAscii(domainToASCII(Buffer.from(domain, 'latin1').toString('utf8')));
};

/** The domain of the author: that of the first address in the first From field that can be read, in A-labels. */
export function findAuthorDomain(fields: readonly Field[]): string | undefined {
  const from = fields.find(({ name }) => name === 'from');
  const tokens = from && tokenize(from.text.slice(from.text.indexOf(':') + 1));
  const address = tokens && rewriteAddressList(tokens, (each) => each).addresses.at(-1);
  return address === undefined ? undefined : toDomain(address) || undefined;
}

export function createLetterSigner(options: LetterSignerOptions): LetterSigner {
  const { keyring, settings, log, now = () => Math.floor(Date.now() / 1000) } = options;

  /** The keys of who answers for the letter: its author, and where it names none, who sends it. */
  async function findKeys(fields: readonly Field[], sender: string): Promise<readonly SigningKey[]> {
    // DMARC asks for the author's domain; a signature of anybody else for his letter says nothing to it.
    const domain = findAuthorDomain(fields) ?? toDomain(Buffer.from(sender, 'utf8').toString('latin1'));
    return domain === '' ? [] : keyring.keysOf(domain);
  }

  /** A list answers for what it sends on, whoever wrote it; in its own name, which is in From when the author's cannot be. */
  async function findSigning(
    fields: readonly Field[],
    sender: string,
    origin: LetterOrigin,
  ): Promise<readonly SigningKey[]> {
    const own = mayVouch(origin) ? await findKeys(fields, sender) : [];
    if (!origin.isListPost) return own;
    const ofList = await keyring.keysOf(origin.forwarder);
    return [...own, ...ofList.filter((key) => !own.some(({ domain }) => domain === key.domain))];
  }

  /** Whoever may not send in the name of the true sender sends in ours. */
  function chooseSender(sender: string, { isForwarded }: LetterOrigin): string {
    const rules = settings();
    if (!isForwarded || !isSrsOn(rules) || sender === '#@[]' || sender.endsWith('-@[]')) return sender;
    const isOurs = isRcpthost(splitAddress(sender).domain, rules.rcpthosts, rules.morercpthosts);
    return isOurs && rules.srs_alwaysrewrite !== 1 ? sender : rewriteSender(sender, rules, now());
  }

  /** Signing must not keep a letter: what fails is told, and the letter goes without. */
  async function trying(what: string, keys: readonly SigningKey[], work: Promise<string>): Promise<string> {
    try {
      return await work;
    } catch (error) {
      // A key that was read and cannot sign: the library's word is all there is.
      const words = error instanceof Error ? error.message : String(error);
      const names = keys.map(({ domain, selector }) => `domainkeys/${domain}/${selector}`).join(', ');
      log(`alert: ${what}: cannot sign with ${quoted(names)}: ${quoted(words)}`);
      return '';
    }
  }

  /** A letter to many is signed once: what is signed is the same, and signing costs more than all else here. */
  const recent = new Map<
    string,
    { readonly key: KeyObject; readonly time: number; readonly field: Promise<string> }
  >();

  function makeOnce(header: SignedHeader, bodyHash: string, key: SigningKey): Promise<string> {
    const parts = [key.domain, key.selector, bodyHash, header.names.join(':'), header.text];
    const digest = createHash('sha256').update(parts.join('\n'), 'latin1').digest('base64');
    const time = now();
    const known = recent.get(digest);
    if (known && known.key === key.key && time - known.time < RECENT_SECONDS) return known.field;
    const field = makeSignature(header, bodyHash, key, time);
    recent.delete(digest);
    if (recent.size >= MOST_RECENT) recent.delete(recent.keys().next().value!);
    recent.set(digest, { key: key.key, time, field });
    // What failed is tried again with the next letter.
    field.catch(() => recent.delete(digest));
    return field;
  }

  const known = new WeakMap<ReadableLetter, KnownLetter>();

  async function readOnce(letter: ReadableLetter): Promise<KnownLetter | undefined> {
    const kept = known.get(letter);
    if (kept) return kept;
    const header = await readHeader(letter);
    if (header === undefined) return undefined;
    const read = keepRead(letter, header, () => known.delete(letter));
    known.set(letter, read);
    return read;
  }

  async function sign(signed: SignedHeader, bodyHash: string, keys: readonly SigningKey[]) {
    const signatures = Promise.all(keys.map((key) => makeOnce(signed, bodyHash, key)));
    return trying(
      'DKIM',
      keys,
      signatures.then((each) => each.join('')),
    );
  }

  /** The key that seals a stranger's letter that we forward: RSA, the one kind that all who read seals know. */
  async function findSealing(fields: readonly Field[], { isFromNetwork, forwarder, results }: LetterOrigin) {
    if (!isFromNetwork || forwarder === '' || results.length === 0) return undefined;
    const chain = readChain(fields, results);
    if (chain === undefined) return undefined;
    const key = (await keyring.keysOf(forwarder)).find(({ algorithm }) => algorithm === 'rsa-sha256');
    return key && { chain, key };
  }

  return {
    async prepare(letter, envelopeSender) {
      const header = await readOnce(letter);
      if (header === undefined) {
        const from = quoted(envelopeSender);
        log(`warning: DKIM: a header of more than ${MOST_HEADER} bytes is not signed, from ${from}`);
        return { fields: '', sender: envelopeSender };
      }
      const { fields } = header;
      const host = settings().me;
      const origin = readOrigin(fields, host);
      const sender = chooseSender(envelopeSender, origin);
      const found = await findSigning(fields, envelopeSender, origin);
      // What a filter of the site (filterargs, QMAILQUEUE) has signed with the same key has all it needs.
      const keys = found.filter((key) => !isSignedBy(fields, key));
      const sealing = await findSealing(fields, origin);
      if (keys.length === 0 && sealing === undefined) {
        await header.rest();
        return { fields: '', sender };
      }
      const bodyHash = await header.hashBody();
      const signatures = keys.length > 0 ? await sign(header.signed(), bodyHash, keys) : '';
      if (sealing === undefined) return { fields: signatures, sender };
      // Our own signature is part of the letter that is sealed.
      const signed = [...splitHeader(Buffer.from(signatures, 'latin1')), ...fields];
      const { results } = origin;
      const facts = { ...sealing, header: chooseArcHeader(signed), bodyHash, host, results, time: now() };
      const set = await trying('ARC', [sealing.key], makeArcSet(facts));
      return { fields: set + signatures, sender };
    },
  };
}

function isSignedBy(fields: readonly Field[], { domain, selector }: SigningKey): boolean {
  return fields.some(({ name, text }) => {
    if (name !== 'dkim-signature') return false;
    const tags = new Map(
      text
        .slice(text.indexOf(':') + 1)
        .split(';')
        .map((part) => {
          const [tag = '', value = ''] = part.split('=', 2);
          return [tag.trim(), value.replace(/\s+/g, '').toLowerCase()] as const;
        }),
    );
    return tags.get('d') === domain && tags.get('s') === selector;
  });
}
