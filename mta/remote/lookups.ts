// Whom remote delivery asks: a resolver whose word on DNSSEC is believed when the site has one, for everything, so that the
// word is about the very answer that is used; else the site's resolvers as ever, without DANE.
import { getServers } from 'node:dns';
import type { TlsPolicyName } from '../control/definitions/remote.ts';
import { type Answer, createDnsLookup, type DnsLookup } from '../dns/lookup.ts';
import type { TlsaRecord } from '../dns/messages.ts';
import { createTrustedLookup, isLoopbackServer } from '../dns/trusted-lookup.ts';

export interface LookupSettings {
  readonly dnsservers: readonly string[];
  readonly dnssecresolver?: readonly string[] | undefined;
  readonly tlspolicies?: ReadonlySet<TlsPolicyName> | undefined;
  /** Seconds; default 20. */
  readonly timeoutdns?: number | undefined;
}

export interface RemoteLookup {
  readonly dns: DnsLookup;
  /** Undefined: nobody's word on DNSSEC counts here. */
  readonly tlsa?: ((name: string) => Promise<Answer<TlsaRecord>>) | undefined;
}

const DEFAULT_TIMEOUTDNS = 20;

/** The servers whose AD bit is believed (RFC 7672 2.1: a trusted resolver over a safe way). */
export function trustedServers({
  dnsservers,
  dnssecresolver,
  tlspolicies,
}: LookupSettings): readonly string[] {
  if (tlspolicies?.has('dane') === false) return [];
  if (dnssecresolver !== undefined) return dnssecresolver;
  const servers = dnsservers.length > 0 ? dnsservers : getServers();
  return servers.every(isLoopbackServer) ? servers : [];
}

/** Keeps one lookup and makes another when the settings change. */
export function createRemoteLookups(): {
  choose(settings: LookupSettings): RemoteLookup;
  /** Ends what is under way. */
  close(): void;
} {
  let known: { readonly key: string; readonly lookup: RemoteLookup } | undefined;
  return {
    choose(settings) {
      const seconds = settings.timeoutdns ?? DEFAULT_TIMEOUTDNS;
      const trusted = trustedServers(settings);
      const key = `${seconds} ${trusted.join(' ')} / ${settings.dnsservers.join(' ')}`;
      if (known?.key === key) return known.lookup;
      if (trusted.length > 0) {
        const dns = createTrustedLookup(trusted, seconds);
        known = { key, lookup: { dns, tlsa: dns.tlsa } };
      } else known = { key, lookup: { dns: createDnsLookup(settings.dnsservers, seconds) } };
      return known.lookup;
    },
    close: () => known?.lookup.dns.close(),
  };
}
