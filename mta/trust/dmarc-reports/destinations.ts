// Where a DMARC report goes: the addresses of `rua` (RFC 9989 4.7, RFC 7489 6.2) that agree to it. An address outside of the
// policy's domain has to say in the DNS that it takes reports about that domain (RFC 9990 4, RFC 7489 7.1): nobody is
// flooded because a stranger named him.

import type { RecordLookup } from '../../dns/record-lookup.ts';
import { isDomainName, lowerAscii } from '../../formats/address.ts';

/** Addresses of one report. */
const mostDestinations = 5;

export interface Destination {
  readonly address: string;
  /** Bytes that it takes; undefined: no limit said. */
  readonly most: number | undefined;
}

const units: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** `mailto:ADDRESS[!SIZE[kmgt]]`; undefined for what no letter can be sent to. */
export function readDestination(uri: string): Destination | undefined {
  const [, written = '', size, unit = ''] =
    /^mailto:([^!?]{3,320})(?:!(\d{1,15})([kmgt]?))?$/i.exec(uri.trim()) ?? [];
  let address: string;
  try {
    address = decodeURIComponent(written);
  } catch {
    return undefined;
  }
  const at = address.lastIndexOf('@');
  // Only what needs no quoting: the address stands in a header field.
  const isPlain = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}$/.test(address.slice(0, Math.max(0, at)));
  const domain = lowerAscii(address.slice(at + 1));
  if (!isPlain || !isDomainName(domain)) return undefined;
  return {
    address: `${address.slice(0, at)}@${domain}`,
    most: size === undefined ? undefined : Number(size) * units[unit.toLowerCase()]!,
  };
}

const domainOf = ({ address }: Destination): string => address.slice(address.lastIndexOf('@') + 1);

/** `v=DMARC1` first, and a `rua` perhaps. */
function readConsent(text: string): { readonly rua: string } | undefined {
  const parts = text.split(';').map((part) => part.trim());
  if (!/^v\s*=\s*DMARC1$/.test(parts[0] ?? '')) return undefined;
  const rua = parts.find((part) => /^rua\s*=/i.test(part)) ?? '';
  return { rua: rua.slice(rua.indexOf('=') + 1).trim() };
}

/** Labels from the end at which a walk begins for long names (RFC 9989 4.10). */
const mostSteps = 8;

/** The organisation of a domain by the tree walk of RFC 9989 4.10.2; undefined: the DNS cannot tell now. */
async function findOrganization(domain: string, lookup: RecordLookup): Promise<string | undefined> {
  const labels = domain.split('.');
  const names = labels
    .map((_, at) => labels.slice(at).join('.'))
    .filter((name, at) => at === 0 || name.split('.').length < mostSteps);
  const answers = await Promise.all(names.map((name) => lookup.records(`_dmarc.${name}`, 'TXT')));
  if (answers.some(({ kind }) => kind === 'soft')) return undefined;
  let found = domain;
  for (const [at, answer] of answers.entries()) {
    const records =
      answer.kind === 'found' ? answer.values.filter((text) => /^v\s*=\s*DMARC1\s*(?:;|$)/.test(text)) : [];
    const [record] = records;
    if (record === undefined || records.length > 1) continue;
    const psd = /;\s*psd\s*=\s*([ynu])/i.exec(record)?.[1]?.toLowerCase();
    if (psd === 'n') return names[at]!;
    // A public suffix: the organisation is one label below it.
    if (psd === 'y') return names[Math.max(0, at - 1)]!;
    found = names[at]!;
  }
  return found;
}

/** Are reports about one domain the other's own business? Undefined: the DNS cannot tell now. */
async function isSameOrganization(
  policyDomain: string,
  host: string,
  lookup: RecordLookup,
): Promise<boolean | undefined> {
  if (host === policyDomain || host.endsWith(`.${policyDomain}`)) return true;
  // Without a label in common there is nothing to walk for.
  if (policyDomain.split('.').at(-1) !== host.split('.').at(-1)) return false;
  const [one, other] = await Promise.all([
    findOrganization(policyDomain, lookup),
    findOrganization(host, lookup),
  ]);
  return one === undefined || other === undefined ? undefined : one === other;
}

export interface FoundDestinations {
  readonly destinations: readonly Destination[];
  /** An answer of the DNS is missing: another time there may be more. */
  readonly isUnsure: boolean;
}

/** The destinations of a policy, in its order. */
export async function findDestinations(
  policyDomain: string,
  rua: readonly string[],
  lookup: RecordLookup,
): Promise<FoundDestinations> {
  const wanted = rua.map(readDestination).filter((each) => each !== undefined);
  let isUnsure = false;
  const agree = async (destination: Destination): Promise<readonly Destination[]> => {
    const host = domainOf(destination);
    const isOwn = await isSameOrganization(policyDomain, host, lookup);
    if (isOwn === true) return [destination];
    const name = `${policyDomain}._report._dmarc.${host}`;
    // RFC 1035 3.1: longer names do not exist.
    if (name.length > 253) return [];
    const answer = await lookup.records(name, 'TXT');
    if (answer.kind === 'soft' || (isOwn === undefined && answer.kind !== 'found')) isUnsure = true;
    if (answer.kind !== 'found') return [];
    const consents = answer.values
      .slice(0, 20)
      .map(readConsent)
      .filter((each) => each !== undefined);
    if (consents.length === 0) return [];
    const other = consents.find((each) => each.rua !== '')?.rua;
    if (other === undefined) return [destination];
    // It may say another address, of its own host only.
    return other
      .split(',')
      .slice(0, mostDestinations)
      .map(readDestination)
      .filter((each) => each !== undefined && domainOf(each) === host) as Destination[];
  };
  const found = (await Promise.all(wanted.slice(0, mostDestinations).map(agree))).flat();
  const known = new Map(found.map((each) => [lowerAscii(each.address), each]));
  return { destinations: [...known.values()].slice(0, mostDestinations), isUnsure };
}
