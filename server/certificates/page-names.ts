// Which of the names that our pages need (mta/acme/page-names.ts) lead here by the DNS, and want a certificate: looked at once
// an hour, some at a time. A name that nobody can tell of now stays what it was, and all are looked at again soon.
import { X509Certificate } from 'node:crypto';
import { type DoorTls, findCertificate } from '../../mta/certificates/door-tls.ts';
import type { RecordLookup } from '../../mta/dns/record-lookup.ts';
import { isSameAddress } from '../../mta/dns/records/names.ts';

export interface PageNamesOptions {
  /** The names that are wanted. */
  readonly read: () => Promise<readonly string[]>;
  /** The name of this host, and addresses that it is known to have besides those that the DNS says. */
  readonly host: () => Promise<{ readonly name: string; readonly addresses: readonly string[] }>;
  readonly lookup: () => Promise<RecordLookup>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface PageNames {
  /** As found last. */
  readonly names: readonly string[];
  /** Looks again when it is time. */
  refresh(): Promise<void>;
}

/** Says whether the doors show a certificate for a name that others can believe. @param tls what they show now */
export function coverCheck(tls: () => DoorTls | undefined, now: () => number): (name: string) => boolean {
  const read = new WeakMap<Buffer, X509Certificate>();
  return (name) => {
    const shown = tls();
    const pair = shown && (findCertificate(shown.hosts, name) ?? shown);
    if (pair === undefined) return false;
    const certificate = read.get(pair.cert) ?? new X509Certificate(pair.cert);
    read.set(pair.cert, certificate);
    return (
      certificate.checkHost(name) !== undefined &&
      certificate.subject !== certificate.issuer &&
      Date.parse(certificate.validTo) > now()
    );
  };
}

const hour = 3_600_000;
/** Milliseconds until the next look when the DNS did not answer for all, as in the first moments of a machine. */
const soon = 300_000;
/** Names that get certificates: some room is left of what the doors look at. */
const mostNames = 900;
const atOnce = 8;

export function findPageNames({ read, host, lookup, now }: PageNamesOptions): PageNames {
  let found: readonly string[] = [];
  let nextLook = Number.NEGATIVE_INFINITY;
  let lookedFor = '';

  /** @returns whether the DNS answered for all of them */
  async function look(wanted: readonly string[]): Promise<boolean> {
    const records = await lookup();
    let isSure = true;
    try {
      const addressesOf = async (name: string): Promise<readonly string[] | undefined> => {
        const answers = await Promise.all([records.records(name, 'A'), records.records(name, 'AAAA')]);
        const values = answers.flatMap((answer) => (answer.kind === 'found' ? answer.values : []));
        if (values.length > 0 || answers.every(({ kind }) => kind !== 'soft')) return values;
        isSure = false;
        return undefined;
      };
      const { name: me, addresses } = await host();
      const own = [...addresses, ...((await addressesOf(me)) ?? [])];
      const before = new Set(found);
      const names: string[] = [];
      const waiting = wanted.slice(0, mostNames);
      for (let at = 0; at < waiting.length; at += atOnce)
        for (const name of await Promise.all(
          waiting.slice(at, at + atOnce).map(async (name) => {
            const there = await addressesOf(name);
            const leadsHere =
              there === undefined
                ? before.has(name)
                : there.some((one) => own.some((other) => isSameAddress(one, other)));
            return leadsHere ? name : undefined;
          }),
        ))
          if (name !== undefined) names.push(name);
      found = names;
      return isSure;
    } finally {
      records.close();
    }
  }

  return {
    get names() {
      return found;
    },
    async refresh() {
      const wanted = await read();
      const key = wanted.join(' ');
      if (key === lookedFor && now() < nextLook) return;
      lookedFor = key;
      nextLook = now() + soon;
      if (wanted.length === 0) found = [];
      else if (await look(wanted)) nextLook = now() + hour;
    },
  };
}
