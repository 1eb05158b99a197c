// Does a domain take mail? What the webmail asks before a letter leaves (spec/webmail.md 4.2). Bounded to two seconds a
// question; what is routed by hand, or is a name that no DNS knows by design (RFC 6761), is not looked up.
import type { Settings } from '../../mta/control/settings.ts';
import { openSettings } from '../../mta/control/settings.ts';
import { createDnsLookup, type DnsLookup } from '../../mta/dns/lookup.ts';
import { chooseRoute } from '../../mta/remote/route.ts';

const seconds = 2;
/** RFC 2606, RFC 6761, RFC 6762. */
const reserved = /(?:^|\.)(?:test|example|invalid|localhost|local|example\.(?:com|net|org))$/;

export interface MailDomains {
  find(domain: string): Promise<'there' | 'none' | 'unknown'>;
  close(): void;
}

/** @param qmail its control files say which routes and DNS servers there are */
export function createMailDomains(qmail: string): MailDomains {
  const settings = openSettings(qmail);
  const names = ['smtproutes', 'qmtproutes', 'authsenders', 'dnsservers'] as const;
  let known: { readonly key: string; readonly dns: DnsLookup } | undefined;
  const dnsOf = ({ dnsservers }: Pick<Settings, 'dnsservers'>): DnsLookup => {
    const key = dnsservers.join(' ');
    if (known?.key !== key) {
      known?.dns.close();
      known = { key, dns: createDnsLookup(dnsservers, seconds) };
    }
    return known.dns;
  };
  return {
    async find(domain) {
      const name = domain.toLowerCase().replace(/\.$/, '');
      if (!name.includes('.') || /^[\d.]+$/.test(name) || reserved.test(name)) return 'unknown';
      const read = await settings.read(names);
      if (chooseRoute(read, undefined, name).route.kind !== 'mx') return 'there';
      const dns = dnsOf(read);
      const mx = await dns.mx(name);
      if (mx.kind === 'soft') return 'unknown';
      // RFC 7505: one MX of the root says that the domain takes no mail.
      if (mx.kind === 'found')
        return mx.values.length === 1 && mx.values[0]?.exchange.replace(/\.$/, '') === '' ? 'none' : 'there';
      if (mx.reason === 'no name') return 'none';
      // RFC 5321 5.1: without MX the address of the name itself is the mail host.
      const addresses = await Promise.all([dns.addresses(name, 4), dns.addresses(name, 6)]);
      if (addresses.some(({ kind }) => kind === 'found')) return 'there';
      return addresses.every(({ kind }) => kind === 'none') ? 'none' : 'unknown';
    },
    close() {
      known?.dns.close();
    },
  };
}
