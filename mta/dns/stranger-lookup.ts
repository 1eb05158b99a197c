// Questions to the DNS that strangers' letters make us ask: names that they chose, answers that they wrote. Every question
// has its own resolver and an end in time, every letter a number of questions and a deadline behind which all are
// unanswered, every answer a size. What was answered is kept for a minute. Values and error codes are those of node:dns
// (ENOTFOUND, ENODATA, ETIMEOUT ...), as libraries that take a resolver expect them.
import { getServers } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { createTrustedLookup, type TrustedLookup } from './trusted-lookup.ts';

/** Types of records that SPF, DKIM, DMARC and ARC need. */
export type StrangerType = 'A' | 'AAAA' | 'MX' | 'TXT' | 'PTR' | 'CNAME';

/** Asks one question; rejects with an error that has a `code`. TXT: the strings of each record; MX: hosts with `priority`. */
export type Ask = (name: string, type: string) => Promise<unknown[]>;

/** Questions of one letter. */
export interface LetterQuestions {
  readonly ask: Ask;
  /** Lets go of the timer; questions after it fail. */
  close(): void;
}

export interface StrangerLookup {
  /** @param milliseconds until nothing is answered any more */
  open(milliseconds: number): LetterQuestions;
  /** Ends what is under way. */
  close(): void;
}

export interface StrangerLookupOptions {
  /** As control/dnsservers; none: the system's. */
  readonly servers: readonly string[];
  /** Milliseconds of the first of two tries; the second has at most twice as long. */
  readonly firstTry?: number | undefined;
  /** Questions of one letter that go out or are answered from what is kept. */
  readonly questions?: number | undefined;
}

/** Records of one answer, and bytes of one: the biggest SPF records and keys of 4096 bits have under 2 KiB. */
const MOST_RECORDS = 100;
const MOST_BYTES = 32_768;
/** RFC 7208 4.6.4 alone allows for more than 100 in one check of SPF; real letters ask 5 to 30. */
const MOST_QUESTIONS = 150;
const MOST_AT_ONCE = 300;
/** Milliseconds for which an answer is kept, and one that says that there is nothing. */
const FOUND_MS = 60_000;
const NONE_MS = 20_000;
const MOST_KEPT = 2000;
const MOST_KEPT_BYTES = 4_194_304;

/** An error as node:dns has them. */
export function dnsError(code: string, name: string): Error {
  return Object.assign(new Error(`${code} ${name.slice(0, 100)}`), { code });
}

/** RFC 1035 2.3.4: anything else would only make a resolver fail. */
const isName = (name: string): boolean =>
  name.length <= 253 && name.split('.').every((label) => label !== '' && label.length <= 63);

/**
 * node:dns asks nobody about names with other characters. A macro of SPF makes such names of local parts (RFC 7208 7.1:
 * `exists:%{l}...` and a sender `bounce+ann=x`), and any byte may stand in a name (RFC 2181 11).
 */
const isHostName = (name: string): boolean => /^[\w.*/-]+$/.test(name);

/** The values of such a name, as node:dns would give them. */
async function askAnyName(lookup: TrustedLookup, name: string, type: StrangerType): Promise<unknown[]> {
  const answer = await (type === 'TXT'
    ? lookup.texts(name)
    : type === 'MX'
      ? lookup.mx(name)
      : lookup.addresses(name, type === 'A' ? 4 : 6));
  if (answer.kind === 'soft') throw dnsError('ESERVFAIL', name);
  if (answer.kind === 'none') throw dnsError(answer.reason === 'no data' ? 'ENODATA' : 'ENOTFOUND', name);
  return answer.values.map((value) =>
    typeof value !== 'string'
      ? { exchange: value.exchange, priority: value.preference }
      : type === 'TXT'
        ? [value]
        : value,
  );
}

const questionOf: Readonly<Record<StrangerType, (resolver: Resolver, name: string) => Promise<unknown[]>>> = {
  A: (resolver, name) => resolver.resolve4(name),
  AAAA: (resolver, name) => resolver.resolve6(name),
  MX: (resolver, name) => resolver.resolveMx(name),
  TXT: (resolver, name) => resolver.resolveTxt(name),
  PTR: (resolver, name) => resolver.resolvePtr(name),
  CNAME: (resolver, name) => resolver.resolveCname(name),
};

const isType = (type: string): type is StrangerType => Object.hasOwn(questionOf, type);

/** Bytes that values have, as far as that matters. */
function sizeOf(values: readonly unknown[]): number {
  let size = 0;
  for (const value of values) {
    if (typeof value === 'string') size += value.length;
    else if (Array.isArray(value)) for (const part of value) size += String(part).length;
    else size += 64;
  }
  return size;
}

function bounded(name: string, all: readonly unknown[]): unknown[] {
  const values = all.slice(0, MOST_RECORDS);
  if (sizeOf(values) > MOST_BYTES) throw dnsError('EBADRESP', name);
  return values;
}

interface Kept {
  readonly answer: Promise<unknown[]>;
  until: number;
  size: number;
}

/** Makes a lookup with what it keeps. */
export function createStrangerLookup(options: StrangerLookupOptions): StrangerLookup {
  const { servers, firstTry = 2000, questions = MOST_QUESTIONS } = options;
  const kept = new Map<string, Kept>();
  const asking = new Set<Resolver>();
  let others: TrustedLookup | undefined;
  let askingOthers = 0;
  let keptBytes = 0;

  function forget(key: string): void {
    keptBytes -= kept.get(key)?.size ?? 0;
    kept.delete(key);
  }

  async function question(name: string, type: StrangerType): Promise<unknown[]> {
    if (asking.size + askingOthers >= MOST_AT_ONCE) throw dnsError('ETIMEOUT', name);
    if (!isHostName(name) && type !== 'PTR' && type !== 'CNAME') {
      // Three tries: the first of a seventh of the seconds.
      others ??= createTrustedLookup(servers.length > 0 ? servers : getServers(), (firstTry * 7) / 1000);
      askingOthers++;
      try {
        return bounded(name, await askAnyName(others, name, type));
      } finally {
        askingOthers--;
      }
    }
    // One for each question: an answer that makes no sense ends the others of its resolver too.
    const resolver = new Resolver({ timeout: firstTry, tries: 2, maxTimeout: firstTry * 2 });
    if (servers.length > 0) resolver.setServers(servers);
    asking.add(resolver);
    try {
      return bounded(name, await questionOf[type](resolver, name));
    } finally {
      asking.delete(resolver);
    }
  }

  function answer(name: string, type: StrangerType): Promise<unknown[]> {
    const key = `${type} ${name.toLowerCase()}`;
    const known = kept.get(key);
    if (known !== undefined && known.until > Date.now()) return known.answer;
    forget(key);
    const entry: Kept = { answer: question(name, type), until: Number.POSITIVE_INFINITY, size: key.length };
    kept.set(key, entry);
    keptBytes += entry.size;
    const settle = (milliseconds: number, size: number): void => {
      entry.until = Date.now() + milliseconds;
      if (kept.get(key) !== entry) return;
      if (milliseconds === 0) return forget(key);
      entry.size += size;
      keptBytes += size;
      while (kept.size > MOST_KEPT || keptBytes > MOST_KEPT_BYTES) forget(kept.keys().next().value!);
    };
    entry.answer.then(
      (values) => settle(FOUND_MS, sizeOf(values)),
      (error: NodeJS.ErrnoException) =>
        settle(error.code === 'ENOTFOUND' || error.code === 'ENODATA' ? NONE_MS : 0, 0),
    );
    return entry.answer;
  }

  return {
    open(milliseconds) {
      let left = questions;
      let isOver = false;
      const { promise: late, reject } = Promise.withResolvers<never>();
      late.catch(() => undefined);
      const end = (): void => {
        isOver = true;
        reject(dnsError('ETIMEOUT', ''));
      };
      const timer = setTimeout(end, milliseconds);
      return {
        async ask(given, type) {
          const name = given.replace(/\.$/, '');
          if (!isName(name) || !isType(type)) throw dnsError('EBADNAME', name);
          if (isOver || left-- <= 0) throw dnsError('ETIMEOUT', name);
          try {
            return [...(await Promise.race([answer(name, type), late]))];
          } catch (error) {
            // A new one for each: libraries write into what they get.
            throw dnsError((error as NodeJS.ErrnoException).code ?? 'ESERVFAIL', name);
          }
        },
        close() {
          clearTimeout(timer);
          end();
        },
      };
    },
    close() {
      for (const resolver of asking) resolver.cancel();
      others?.close();
    },
  };
}
