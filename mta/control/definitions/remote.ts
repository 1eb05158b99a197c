// Mail to other hosts: what qmail-remote and qmail-qmqpc read.
// Each entry of the table says how its file is read and what holds without it; ../definitions.ts joins the rooms.

import { isIP } from 'node:net';
import { readServers } from '../network.ts';
import { ControlError, type ControlFile, readLine, readLines, readMap, readSet } from '../reading.ts';
import type { Definitions, Entry } from './entry.ts';
import { EMPTY_SET, hostNeeded, numberOr, ownNumber } from './entry.ts';
import { type SrsSettings, srsSettings } from './srs.ts';

/** The values, after defaults. Domain names and keys are in lower case. */
export interface RemoteSettings extends SrsSettings {
  /** Secrets; none: posts of lists have no one-click link. */
  readonly listsecrets: readonly string[];
  /** Keys are senders, `@domain` or what ends one from a dot or @ on; values as those of smtproutes. */
  readonly authsenders: ReadonlyMap<string, string>;
  readonly concurrencyperhost: number;
  readonly concurrencysuppl0: number;
  readonly concurrencysuppl1: number;
  /** By domain: selectors with commas between them. */
  readonly dkimselectors: ReadonlyMap<string, string>;
  readonly dnsservers: readonly string[];
  /** Resolvers whose word on DNSSEC counts; undefined: those of dnsservers, or the system's, that are on loopback. */
  readonly dnssecresolver: readonly string[] | undefined;
  readonly helohost: string;
  /** Addresses, at most one of each family. */
  readonly outgoingip: readonly string[];
  /** Path of a program; '' for none. */
  readonly qmailremote: string;
  readonly qmqpservers: readonly string[];
  readonly qmtproutes: ReadonlyMap<string, string>;
  /** `relay`, `relay:port`, or '' for "use the MX"; keys as in findBySuffix. */
  readonly smtproutes: ReadonlyMap<string, string>;
  /** Domains. */
  readonly suppls0: ReadonlySet<string>;
  readonly suppls1: ReadonlySet<string>;
  readonly timeoutconnect: number;
  readonly timeoutremote: number;
  /** Undefined: those of the TLS library. */
  readonly tlsclientciphers: string | undefined;
  /** Policies of other domains that are kept. */
  readonly tlspolicies: ReadonlySet<TlsPolicyName>;
}

/** What a domain can say of the TLS of its mail hosts: RFC 7672, RFC 8461. */
export const tlsPolicyNames = ['dane', 'mta-sts'] as const;
export type TlsPolicyName = (typeof tlsPolicyNames)[number];

const concurrencyOf = (domains: string): Entry<number> => ({
  kind: 'int',
  default: '20',
  readers: 'remote',
  meaning: `Deliveries at the same time to all domains of ${domains} together, one at least. concurrencyremote counts them too.`,
  read: numberOr(20),
});
const domainsOf = (concurrency: string): Entry<ReadonlySet<string>> => ({
  kind: 'list',
  default: 'none',
  readers: 'remote',
  meaning: `Recipient domains that share the limit of ${concurrency}: an extra channel of the patched qmails.`,
  read: (file) => readSet(file) ?? EMPTY_SET,
});

/** A list that OpenSSL does not take would make every handshake fail, and mail go out in clear text. */
const readCiphers = (file: ControlFile): string | undefined => {
  const list = (readLines(file) ?? []).join(':');
  if (list === '') return undefined;
  const ciphers = `${list}:!aNULL:!eNULL`;
  // With node:tls come all certificates of the machine, for each command that reads some setting.
  const { createSecureContext } = process.getBuiltinModule('node:tls');
  try {
    createSecureContext({ ciphers, minVersion: 'TLSv1.2' });
  } catch {
    throw new ControlError(
      file.path,
      list,
      'a list of ciphers that OpenSSL knows, such as DEFAULT or ECDHE+AESGCM',
    );
  }
  return ciphers;
};

export const remoteSettings: Definitions<RemoteSettings> = {
  authsenders: {
    kind: 'map',
    default: 'none',
    readers: 'remote',
    meaning:
      'Routes by envelope sender, before all others: SENDER:relay:port|user|password, with @domain or the end of one from a dot on for many senders, an empty key for all.',
    read: readMap,
  },
  concurrencyperhost: {
    kind: 'int',
    default: '500',
    readers: 'remote',
    meaning:
      'Remote deliveries at the same time to one mail domain or relay, at the most: it begins with 20 and grows as long as they go well.',
    read: ownNumber(500, 1, 1000),
  },
  concurrencysuppl0: concurrencyOf('suppls0'),
  concurrencysuppl1: concurrencyOf('suppls1'),
  dkimselectors: {
    kind: 'map',
    default: 'one key of each kind',
    readers: 'remote',
    meaning:
      'Keys that sign outgoing mail (DKIM) where domainkeys/DOMAIN holds several: DOMAIN:SELECTOR or DOMAIN:SELECTOR,SELECTOR, nothing behind the colon for none. Without a line: the key named default, else the oldest, one of each kind. Changed by facteur dkim and on the page Signing of a domain.',
    read: readMap,
  },
  dnsservers: {
    kind: 'list',
    default: "the system's",
    readers: 'remote, smtpd',
    meaning: 'DNS servers to ask: IP or IP:PORT.',
    read: (file) => readServers(file) ?? [],
  },
  dnssecresolver: {
    kind: 'list',
    default: "those of dnsservers, or the system's, if all are on this machine",
    readers: 'remote',
    meaning:
      'DNS servers that validate DNSSEC and whose word (the AD bit) is believed, for DANE: IP or IP:PORT. The way to them must be safe from others. Alone the word none: no server, and no DANE.',
    read: (file) => (readLines(file)?.join(' ') === 'none' ? [] : readServers(file)),
  },
  helohost: {
    kind: 'line',
    default: 'me',
    readers: 'remote',
    meaning: 'Name said in EHLO to other hosts.',
    qmail: true,
    usesMe: true,
    read: hostNeeded,
  },
  outgoingip: {
    kind: 'list',
    default: 'any',
    readers: 'remote',
    meaning: 'Our own address for connections to other hosts; one IPv4 and one IPv6 address at most.',
    read: (file) => {
      const addresses = readLines(file) ?? [];
      for (const [at, line] of addresses.entries()) {
        const family = isIP(line);
        if (family === 0 || addresses.findIndex((one) => isIP(one) === family) !== at)
          throw new ControlError(file.path, line, 'an IP address, at most one of each family');
      }
      return addresses;
    },
  },
  qmailremote: {
    kind: 'line',
    default: 'none',
    readers: 'remote',
    meaning:
      'Path of a program to run in place of qmail-remote: host, sender, recipient; at most timeoutremote seconds. The environment variable QMAILREMOTE of the start wins.',
    read: (file) => readLine(file) ?? '',
  },
  qmqpservers: {
    kind: 'list',
    default: 'none',
    readers: 'qmqpc',
    meaning: 'QMQP servers of a null client, tried in order.',
    qmail: true,
    read: (file) => readLines(file) ?? [],
  },
  qmtproutes: {
    kind: 'map',
    default: 'none',
    readers: 'remote',
    meaning:
      'Routes over QMTP, before those of smtproutes: domain:relay or domain:relay:port (port 209 unless told).',
    read: readMap,
  },
  smtproutes: {
    kind: 'map',
    default: 'none',
    readers: 'remote',
    meaning:
      'Fixed routes: domain:relay or domain:relay:port, with |user|password for a relay that wants them; an empty relay means the MX.',
    qmail: true,
    read: readMap,
  },
  listsecrets: {
    kind: 'list',
    default: 'none (off)',
    readers: 'remote, web',
    meaning:
      'Secrets of one-click links in posts of mailing lists (RFC 8058): the first one signs, all are believed.',
    read: (file) => readLines(file) ?? [],
  },
  ...srsSettings,
  suppls0: domainsOf('concurrencysuppl0'),
  suppls1: domainsOf('concurrencysuppl1'),
  timeoutconnect: {
    kind: 'int',
    default: '60',
    readers: 'remote',
    meaning: 'Seconds to wait for a connection.',
    qmail: true,
    read: numberOr(60),
  },
  timeoutremote: {
    kind: 'int',
    default: '1200',
    readers: 'remote',
    meaning: 'Seconds to wait for each answer of a remote host.',
    qmail: true,
    read: numberOr(1200),
  },
  tlsclientciphers: {
    kind: 'list',
    default: "the TLS library's",
    readers: 'remote',
    meaning:
      'Ciphers of TLS 1.2 with other hosts: an OpenSSL list, in one line or one cipher a line. Those of TLS 1.3 stay; TLS 1.0 and 1.1 are never spoken.',
    read: readCiphers,
  },
  tlspolicies: {
    kind: 'list',
    default: 'dane, mta-sts',
    readers: 'remote',
    meaning:
      'Policies of other domains about TLS that outgoing mail keeps to: dane (RFC 7672) where dnssecresolver allows it, mta-sts (RFC 8461). Alone the word none: neither, and TLS with whoever offers it. Hosts in tlshosts and notlshosts go by these.',
    read: (file) => {
      const lines = readLines(file) ?? [...tlsPolicyNames];
      if (lines.join(' ') === 'none') return new Set();
      const found = lines.map((line) => tlsPolicyNames.find((name) => name === line));
      const wrong = found.indexOf(undefined);
      if (wrong >= 0)
        throw new ControlError(file.path, lines[wrong]!, 'dane or mta-sts, or alone the word none');
      return new Set(found.filter((name) => name !== undefined));
    },
  },
};
