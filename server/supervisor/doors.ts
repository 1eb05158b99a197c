// The doors for mail of control/listen (smtp, submission, submissions, qmtp, qmqp) as one service: each its own listener
// with the certificates of the moment, where it speaks TLS, and a look at the room left below the queue.
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Accounts } from '../../mta/accounts/types.ts';
import type { DoorTls } from '../../mta/certificates/door-tls.ts';
import type { ListenEntry } from '../../mta/control/network.ts';
import { TcpRulesFile } from '../../mta/control/tcp-rules-file.ts';
import { createDnsLookup, type DnsLookup } from '../../mta/dns/lookup.ts';
import { doorMemory, type Home } from '../../mta/home.ts';
import type { Injector } from '../../mta/inject/types.ts';
import type { Log } from '../../mta/log.ts';
import type { ListenPlace, Service } from '../../mta/service.ts';
import { type CourtSettings, openCourts } from '../../mta/smtpd/court.ts';
import { startQmqpd } from '../../mta/smtpd/qmqpd.ts';
import { startQmtpd } from '../../mta/smtpd/qmtpd.ts';
import { startSmtpd } from '../../mta/smtpd/smtpd.ts';
import { JunkGate } from '../../mta/trust/gate.ts';
import { createLinkCheck } from '../../mta/trust/lists/link-check.ts';
import { createScannerChecks } from '../../mta/trust/scanners/scanners.ts';
import type { RecordSenderResults } from '../../mta/trust/sender-results.ts';
import { programSite } from './programs.ts';
import { startListening } from './start-error.ts';

export const doorNames = ['smtp', 'submission', 'submissions', 'qmtp', 'qmqp'] as const;

export interface DoorsOptions {
  readonly home: Home;
  readonly listen: readonly (ListenEntry & ListenPlace)[];
  /** The certificates of the moment. */
  readonly tls: () => DoorTls | undefined;
  readonly settings: () => CourtSettings;
  readonly accounts: Accounts;
  readonly injector: Injector;
  /** Told once a letter what the check of its sender found out, for DMARC reports. */
  readonly recordResults?: RecordSenderResults | undefined;
  readonly log: Log;
  /** Told when a door that is listed is not served. */
  readonly problem: (line: string) => void;
}

export interface Doors extends Service {
  /** Takes a line of the log: whom our people write to (trust/outgoing-watch.ts). */
  observe(line: string): void;
}

/** Starts every listed door, or none: one that cannot be bound closes the others. @throws StartError */
export async function startDoors(options: DoorsOptions): Promise<Doors> {
  const { home, tls, settings, accounts, injector, log, problem } = options;
  const hasRoom = roomBelow(join(home.qmail, 'queue'), () => settings().databytes);
  const started: Service[] = [];
  const rules = openRules(join(home.qmail, 'control'), log);
  const dns = openDns(() => settings().dnsservers);
  const gate = new JunkGate({ directory: doorMemory(home), settings, log });
  const courts = openCourts({
    directory: doorMemory(home),
    settings,
    log,
    record: options.recordResults,
    scanners: [createLinkCheck(gate), ...createScannerChecks(settings, log)],
  });
  const close = async (): Promise<void> => {
    await Promise.allSettled(started.map((service) => service.close()));
    dns.close();
    gate.close();
    await courts.close();
  };
  try {
    for (const entry of options.listen) {
      const name = doorNames.find((each) => each === entry.name);
      if (!name) continue;
      if (name === 'submissions' && !tls()) {
        problem('submissions is not served: it needs a certificate and key in control/servercert.pem');
        continue;
      }
      const place = { host: entry.host, port: entry.port, descriptor: entry.descriptor };
      const shared = {
        settings,
        accounts,
        injector,
        log,
        hasRoom,
        rules,
        dns: dns.lookup,
        gate,
        courts,
        programs: programSite(home),
      };
      const start = () => {
        if (name === 'qmtp') return startQmtpd({ ...shared, listeners: [place] });
        if (name === 'qmqp') return startQmqpd({ ...shared, listeners: [place] });
        return startSmtpd({ ...shared, tls, listeners: [{ name, ...place }] });
      };
      started.push(await startListening(entry, start));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    addresses: started.flatMap((service) => service.addresses),
    observe: (line) => gate.observe(line),
    close,
  };
}

/** The access rules of a door: submission with TLS from the first byte has those of submission without. */
function openRules(control: string, log: Log): (door: string) => TcpRulesFile | undefined {
  const files = new Map(
    ['smtp', 'submission', 'qmtp', 'qmqp'].map((name) => [
      name,
      new TcpRulesFile(join(control, `tcp.${name}`), log),
    ]),
  );
  return (door) => files.get(door === 'submissions' ? 'submission' : door);
}

/** Seconds that the name of a client may be looked for at one server. */
const DNS_SECONDS = 5;

/** Opened when the first name is asked for, and again when the servers have changed. */
function openDns(servers: () => readonly string[]): {
  readonly lookup: () => DnsLookup;
  close(): void;
} {
  let known: { readonly key: string; readonly dns: DnsLookup } | undefined;
  return {
    lookup: () => {
      const key = servers().join(' ');
      if (known?.key !== key) known = { key, dns: createDnsLookup(servers(), DNS_SECONDS) };
      return known.dns;
    },
    close: () => known?.dns.close(),
  };
}

/** security.md R5: refuse when under 5 % or three times the message limit is free; looked up once a second at most. */
function roomBelow(directory: string, databytes: () => number): () => Promise<boolean> {
  let known: Promise<boolean> = Promise.resolve(true);
  let lookedAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (performance.now() - lookedAt > 1000) {
      lookedAt = performance.now();
      known = statfs(directory).then(
        (room) => {
          const free = room.bavail * room.bsize;
          const enoughInodes = room.files === 0 || room.ffree > room.files * 0.05;
          // 5 % of a big disk is plenty: a gigabyte is enough whatever the size.
          const enough =
            free > Math.min(room.blocks * room.bsize * 0.05, 1024 ** 3) && free > 3 * databytes();
          return enough && enoughInodes;
        },
        () => false,
      );
    }
    return known;
  };
}
