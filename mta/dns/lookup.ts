// Questions to the DNS through a stub resolver (EDNS and TCP included): mail hosts, addresses, names of addresses, texts. An answer
// is values, "none", or "nobody can tell now"; what it means is for who asked (remote/dns.ts, dns/host-name.ts).
// Equal questions at about the same time share one answer. Nothing is kept longer than a second.
import { Resolver } from 'node:dns/promises';

/** What a lookup found: values (maybe none, with the reason), or that nobody can tell now. */
export type Answer<T> =
  | {
      readonly kind: 'found';
      readonly values: readonly T[];
      /** A resolver that is trusted found it signed and true (DNSSEC); others never say so. */
      readonly isSecure?: boolean;
      /** The name that has the values, after its aliases, where that is known. */
      readonly name?: string;
    }
  | { readonly kind: 'none'; readonly reason: 'no name' | 'no data'; readonly isSecure?: boolean }
  | { readonly kind: 'soft' };

/** A mail host of a domain. */
export interface MailHost {
  readonly exchange: string;
  readonly preference: number;
}

/** The questions that are asked. */
export interface DnsLookup {
  mx(host: string): Promise<Answer<MailHost>>;
  addresses(host: string, family: 4 | 6): Promise<Answer<string>>;
  /** The names of an address (PTR). */
  names(ip: string): Promise<Answer<string>>;
  /** TXT records, the strings of each joined. */
  texts(name: string): Promise<Answer<string>>;
  /** Ends what is under way: it answers `soft`. */
  close(): void;
}

// c-ares error codes that say "this does not exist"; all others may pass.
const HARD: Readonly<Record<string, 'no name' | 'no data'>> = {
  ENOTFOUND: 'no name',
  EBADNAME: 'no name',
  EBADQUERY: 'no name',
  ENODATA: 'no data',
};

/** What came of a question, as an answer. */
export async function askResolver<T>(question: Promise<readonly T[]>): Promise<Answer<T>> {
  try {
    const values = await question;
    return values.length > 0 ? { kind: 'found', values } : { kind: 'none', reason: 'no data' };
  } catch (error) {
    const reason = HARD[(error as NodeJS.ErrnoException).code ?? ''];
    return reason === undefined ? { kind: 'soft' } : { kind: 'none', reason };
  }
}

/** Milliseconds for which an answer may be used again: letters that come together ask once. */
const ANSWER_MS = 1000;
const MAX_ANSWERS = 1000;

/** Lets equal questions at about the same time share one answer. What could not be answered is asked again. */
export function createAnswerSharing<T>(): (
  name: string,
  question: () => Promise<Answer<T>>,
) => Promise<Answer<T>> {
  const answers = new Map<string, { readonly answer: Promise<Answer<T>>; until: number }>();
  return (name, question) => {
    const known = answers.get(name);
    if (known && known.until > Date.now()) return known.answer;
    const asked = { answer: question(), until: Number.POSITIVE_INFINITY };
    if (answers.size >= MAX_ANSWERS) answers.delete(answers.keys().next().value!);
    answers.delete(name);
    answers.set(name, asked);
    void asked.answer.then(({ kind }) => {
      asked.until = kind === 'found' ? Date.now() + ANSWER_MS : 0;
      if (kind !== 'found' && answers.get(name) === asked) answers.delete(name);
    });
    return asked.answer;
  };
}

/** RFC 1035 3.5, RFC 3596 2.5: the name whose PTR records are an address's names. Never the hosts file. */
export function arpaName(ip: string): string {
  if (!ip.includes(':')) return `${ip.split('.').reverse().join('.')}.in-addr.arpa`;
  const [head = '', tail] = ip.replace(/%.*$/, '').split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  const digits = [...before, ...zeros, ...after].map((group) => group.padStart(4, '0')).join('');
  return `${[...digits].reverse().join('.')}.ip6.arpa`;
}

/**
 * Asks the given servers (`ip`, `ip:port`, `[ip]:port`; none: the system's), each question at most `timeout` seconds
 * per server, in three tries.
 */
export function createDnsLookup(servers: readonly string[], timeout: number): DnsLookup {
  // Each try waits twice as long as the one before: 1 + 2 + 4.
  const firstTry = Math.max(50, Math.round((timeout * 1000) / 7));
  const resolver = new Resolver({ timeout: firstTry, tries: 3 });
  if (servers.length > 0) resolver.setServers(servers);
  const mxOf = async (host: string) =>
    (await resolver.resolveMx(host)).map(({ exchange, priority }) => ({ exchange, preference: priority }));
  const shareMx = createAnswerSharing<MailHost>();
  const shareAddresses = createAnswerSharing<string>();
  const shareNames = createAnswerSharing<string>();
  const shareTexts = createAnswerSharing<string>();
  const textsOf = async (name: string) =>
    (await resolver.resolveTxt(name)).map((strings) => strings.join(''));
  return {
    mx: (host) => shareMx(host, () => askResolver(mxOf(host))),
    addresses: (host, family) =>
      shareAddresses(`${family} ${host}`, () =>
        askResolver(family === 4 ? resolver.resolve4(host) : resolver.resolve6(host)),
      ),
    names: (ip) => shareNames(ip, () => askResolver(resolver.resolvePtr(arpaName(ip)))),
    texts: (name) => shareTexts(name, () => askResolver(textsOf(name))),
    close: () => resolver.cancel(),
  };
}
