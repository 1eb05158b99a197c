// Fetching an MTA-STS policy (RFC 8461 3.3): https://mta-sts.DOMAIN/.well-known/mta-sts.txt, from a public address, with a
// certificate of that name by a public authority, without redirects, at most 64 KiB in 60 seconds.
import type { IncomingMessage } from 'node:http';
import type { DnsLookup } from '../dns/lookup.ts';
import { quoted } from '../log.ts';
import {
  findAddress,
  type GuardFailure,
  type GuardOptions,
  requestOnce,
  withinLimit,
} from '../net/guarded-request.ts';
import { parseStsPolicy, type StsPolicy } from './sts-policy.ts';

/** A policy, or in words why there is none. */
export type FetchedPolicy =
  | { readonly policy: StsPolicy }
  | {
      readonly problem: string;
      /** RFC 8460 4.3.2.2. */
      readonly failure: 'sts-policy-fetch-error' | 'sts-policy-invalid' | 'sts-webpki-invalid';
    };

export type StsFetch = (domain: string, dns: DnsLookup) => Promise<FetchedPolicy>;

export interface StsFetchOptions extends Omit<GuardOptions, 'resolve'> {
  /** Instead of 443; for tests. */
  readonly port?: number | undefined;
}

const TOTAL_MS = 60_000;
const CONNECT_MS = 30_000;
const MOST_BYTES = 64 * 1024;

const words: Readonly<Record<GuardFailure, string>> = {
  'bad-address': 'its host name cannot be used',
  'not-found': 'its host has no address',
  'refused-address': 'its host has an address that is not public',
  unreachable: 'its host cannot be reached',
  'too-slow': 'its host takes too long',
};

const notFetched = (problem: string): FetchedPolicy => ({ problem, failure: 'sts-policy-fetch-error' });

function whyNot(reason: GuardFailure, certificateProblem: string | undefined): FetchedPolicy {
  if (certificateProblem === undefined) return notFetched(words[reason]);
  const problem = `the certificate of its host is not good: ${quoted(certificateProblem)}`;
  return { problem, failure: 'sts-webpki-invalid' };
}

async function resolveHost(dns: DnsLookup, host: string): Promise<readonly string[]> {
  const answers = await Promise.all([dns.addresses(host, 4), dns.addresses(host, 6)]);
  return answers.flatMap((answer) => (answer.kind === 'found' ? answer.values : []));
}

function readPolicy(response: IncomingMessage, finish: (answer: FetchedPolicy) => void): void {
  const { statusCode = 0, headers } = response;
  // RFC 8461 3.3: 3xx must not be followed.
  if (statusCode !== 200) return finish(notFetched(`its host answered ${statusCode}`));
  // RFC 8461 3.2: text/plain, so that nobody who may lay other files there can speak for the domain.
  if (!/^text\/plain[ \t]*(?:;|$)/i.test(headers['content-type'] ?? ''))
    return finish(notFetched('it is not text/plain'));
  const chunks: Buffer[] = [];
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > MOST_BYTES) finish(notFetched(`it is longer than ${MOST_BYTES} bytes`));
    else chunks.push(chunk);
  });
  response.on('end', () => {
    const policy = parseStsPolicy(Buffer.concat(chunks).toString('utf8'));
    if (typeof policy === 'string') finish({ problem: policy, failure: 'sts-policy-invalid' });
    else finish({ policy });
  });
}

export function createStsFetch(options: StsFetchOptions = {}): StsFetch {
  return (domain, dns) =>
    withinLimit<FetchedPolicy>(TOTAL_MS, notFetched(words['too-slow']), async (signal) => {
      const host = `mta-sts.${domain}`;
      const port = options.port === undefined ? '' : `:${options.port}`;
      if (!URL.canParse(`https://${host}`)) return notFetched(words['bad-address']);
      const guard: GuardOptions = {
        connectLimit: CONNECT_MS,
        ...options,
        resolve: (name) => resolveHost(dns, name),
      };
      const address = await findAddress(host, guard);
      if (address in words) return notFetched(words[address as GuardFailure]);
      return requestOnce<FetchedPolicy>(
        new URL(`https://${host}${port}/.well-known/mta-sts.txt`),
        address,
        { method: 'GET', headers: { accept: 'text/plain' } },
        guard,
        signal,
        { fail: whyNot, read: readPolicy },
      );
    });
}
