// MTA-STS of other domains (RFC 8461 5): which policy holds for a domain now. Its TXT record is looked at, a policy with a new
// id is fetched, and what was fetched holds until its max_age even when DNS or web server fail meanwhile: an attacker who
// silences them gains nothing. Without a policy ever seen there is none. All letters to a domain share one look.
import { join } from 'node:path';
import type { DnsLookup } from '../dns/lookup.ts';
import { type Log, quoted } from '../log.ts';
import type { RecordTlsSession } from '../trust/tls-reports/results.ts';
import { canonicalIp, parseIpLiteral } from './ip.ts';
import { endOf, type KeptPolicy, openStsCache, type StsCache } from './sts-cache.ts';
import { createStsFetch, type StsFetch } from './sts-fetch.ts';
import { readStsId, type StsPolicy } from './sts-policy.ts';

/** Milliseconds for which a look at the DNS, or a failed fetch, need not be repeated (RFC 8461 3.3: five minutes). */
const LOOK_MS = 300_000;
/** A policy so old (milliseconds) is fetched again though its id has not changed (RFC 8461 3.3: once a day). */
const REFRESH_MS = 86_400_000;
/** Domains remembered. */
const MOST_DOMAINS = 5000;

export interface StsPolicies {
  /** The policy that holds for a mail domain (lower case, A-labels); undefined: none. Never rejects. */
  find(domain: string, dns: DnsLookup): Promise<StsPolicy | undefined>;
}

export interface StsOptions {
  readonly cache: StsCache;
  readonly fetch: StsFetch;
  readonly log: Log;
  /** Takes fetches that failed, for TLS reports. */
  readonly record?: RecordTlsSession | undefined;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
}

interface Known {
  kept: KeptPolicy | undefined;
  /** Milliseconds since 1970 of the last look. */
  looked: number;
  looking: Promise<void> | undefined;
}

export function createStsPolicies({ cache, fetch, log, record, now = Date.now }: StsOptions): StsPolicies {
  const domains = new Map<string, Known>();

  const know = (domain: string): Known => {
    const known = domains.get(domain) ?? {
      kept: undefined,
      looked: Number.NEGATIVE_INFINITY,
      looking: undefined,
    };
    domains.delete(domain);
    domains.set(domain, known);
    if (domains.size > MOST_DOMAINS) domains.delete(domains.keys().next().value!);
    return known;
  };

  const look = async (domain: string, known: Known, dns: DnsLookup): Promise<void> => {
    known.kept ??= await cache.read(domain).catch((error: Error) => {
      log(`remote: cannot read the MTA-STS policy of ${domain}: ${quoted(error.message)}`);
      return undefined;
    });
    const answer = await dns.texts(`_mta-sts.${domain}`);
    // RFC 8461 5.1: without the record, or without an answer, what was fetched before holds on.
    const id = answer.kind === 'found' ? readStsId(answer.values) : undefined;
    const isFresh = known.kept?.id === id && now() - (known.kept?.fetched ?? 0) < REFRESH_MS;
    if (id === undefined || isFresh) return;
    const fetched = await fetch(domain, dns);
    if ('problem' in fetched) {
      log(`remote: cannot get the MTA-STS policy of ${domain}: ${fetched.problem}`);
      const policy = { type: 'sts', strings: [], mxHosts: [] } as const;
      record?.({
        time: Math.floor(now() / 1000),
        domain,
        policy,
        host: '',
        ip: '',
        failure: fetched.failure,
      });
      return;
    }
    known.kept = { id, fetched: now(), policy: fetched.policy };
    await cache.write(domain, known.kept).catch((error: Error) => {
      log(`remote: cannot keep the MTA-STS policy of ${domain}: ${quoted(error.message)}`);
    });
  };

  return {
    async find(domain, dns) {
      if (parseIpLiteral(domain) !== undefined || canonicalIp(domain) !== undefined) return undefined;
      const known = know(domain);
      if (now() - known.looked >= LOOK_MS) {
        known.looking ??= look(domain, known, dns).finally(() => {
          known.looked = now();
          known.looking = undefined;
        });
        await known.looking;
      }
      return known.kept && endOf(known.kept) > now() ? known.kept.policy : undefined;
    },
  };
}

/** The policies that a site keeps. @param directory is made when it is missing, below one that is there */
export const openSitePolicies = (directory: string, log: Log, record?: RecordTlsSession): StsPolicies =>
  createStsPolicies({
    record,
    cache: openStsCache(join(directory, 'mta-sts')),
    fetch: createStsFetch(),
    log,
  });
