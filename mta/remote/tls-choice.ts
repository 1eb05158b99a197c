// Which TLS is demanded of one server of a domain: the admin's files first (control/tlshosts, notlshosts), then DANE where
// DNSSEC vouches for the whole way (RFC 7672), then the domain's MTA-STS policy (RFC 8461 2: it never overrides DANE), else
// whatever is offered. A host whose TLSA records cannot be told is left alone: its mail goes elsewhere or waits.
import type { Answer } from '../dns/lookup.ts';
import type { TlsaRecord } from '../dns/messages.ts';
import { type Outcome, temporary } from '../outcome.ts';
import type { PolicyFacts, TlsSession } from '../trust/tls-reports/results.ts';
import { noPolicy } from '../trust/tls-reports/results.ts';
import { usableRecords } from './dane.ts';
import type { DaneNames, Target } from './dns.ts';
import type { StsPolicy } from './sts-policy.ts';
import { isListedMx, writeStsPolicy } from './sts-policy.ts';
import type { TlsDemand, TlsFailure } from './tls-demand.ts';
import type { TlsPolicyOf } from './tls-hosts.ts';

/** What a letter's domain and its admin want of TLS. */
export interface TlsWishes {
  /** The domain's policy, when it has one and the way is by its MX records. */
  readonly sts?: { readonly domain: string; readonly policy: StsPolicy } | undefined;
  /** Looks up TLSA records; undefined: no DANE. */
  readonly tlsa?: ((name: string) => Promise<Answer<TlsaRecord>>) | undefined;
  /** Takes how each session of this domain went, for TLS reports; undefined: nobody does. */
  readonly record?: RecordWay | undefined;
}

/** How a session went: under which policy, with whom. */
export type RecordWay = (way: Omit<TlsSession, 'time' | 'domain'>) => void;

export type TlsChoice =
  | {
      readonly kind: 'demand';
      readonly demand: TlsDemand;
      /** What a policy that is only tested would have refused. */
      readonly failure?: TlsFailure | undefined;
      /** What the domain publishes; undefined: the admin's files decide. */
      readonly policy?: PolicyFacts | undefined;
    }
  /** The admin wants none: control/notlshosts. */
  | { readonly kind: 'never' }
  /** Nothing is sent to this server. */
  | {
      readonly kind: 'refused';
      readonly outcome: Outcome;
      readonly policy?: PolicyFacts | undefined;
      readonly failure?: TlsFailure | undefined;
      readonly log?: string;
    };

const none: TlsDemand = { kind: 'none' };

export async function chooseTls(
  target: Target,
  { sts, tlsa }: TlsWishes,
  tlsPolicyOf: TlsPolicyOf | undefined,
): Promise<TlsChoice> {
  const admin = await tlsPolicyOf?.(target.name);
  if (admin?.kind === 'unknown')
    return {
      kind: 'refused',
      outcome: temporary(`Unable to read control/${admin.file}. (#4.3.0)`),
      log: `cannot use control/${admin.file}: ${admin.reason}; the mail of its host waits`,
    };
  if (admin?.kind === 'never') return { kind: 'never' };
  if (admin?.kind === 'required') return { kind: 'demand', demand: { ...admin, kind: 'authorities' } };
  if (tlsa && target.dane) {
    const found = await findDane(target.dane, target.port, tlsa);
    // Records that cannot be used leave room for a policy that can, and wants TLS as well.
    const isWeak = found?.kind === 'demand' && found.demand.kind === 'encryption';
    if (found !== undefined && !(isWeak && sts?.policy.mode === 'enforce')) return found;
  }
  if (sts === undefined || sts.policy.mode === 'none')
    return { kind: 'demand', demand: none, policy: noPolicy };
  const { domain } = sts;
  const policy: PolicyFacts = {
    type: 'sts',
    strings: writeStsPolicy(sts.policy).trimEnd().split('\r\n'),
    mxHosts: sts.policy.mx,
  };
  const isEnforced = sts.policy.mode === 'enforce';
  if (isListedMx(sts.policy, target.name))
    return { kind: 'demand', demand: { kind: 'mta-sts', domain, isEnforced }, policy };
  const failure = 'validation-failure';
  if (!isEnforced) return { kind: 'demand', demand: none, failure, policy };
  const host = target.name === '' ? target.address : target.name;
  const words = `The mail host ${host} is none that the MTA-STS policy of ${domain} names. (#4.7.5)`;
  return { kind: 'refused', outcome: temporary(words), failure, policy };
}

const daneFacts = (records: readonly TlsaRecord[]): PolicyFacts => ({
  type: 'tlsa',
  strings: records.map(
    ({ usage, selector, matching, bytes }) => `${usage} ${selector} ${matching} ${bytes.toString('hex')}`,
  ),
  mxHosts: [],
});

/** RFC 7672 2.2.3: the first base with signed records decides. Where nobody can tell it is not without (2.1.1). */
async function findDane(
  { bases, references }: DaneNames,
  port: number,
  tlsa: (name: string) => Promise<Answer<TlsaRecord>>,
): Promise<TlsChoice | undefined> {
  for (const base of bases) {
    const answer = await tlsa(`_${port}._tcp.${base}`);
    if (answer.kind === 'soft')
      return {
        kind: 'refused',
        outcome: temporary(`The TLSA records of ${base} cannot be looked up or are forged. (#4.4.3)`),
        failure: 'dnssec-invalid',
        policy: daneFacts([]),
      };
    if (answer.kind !== 'found' || answer.isSecure !== true) continue;
    const policy = daneFacts(answer.values);
    const records = usableRecords(answer.values);
    if (records.length === 0)
      return { kind: 'demand', demand: { kind: 'encryption', base }, failure: 'tlsa-invalid', policy };
    const names = [...new Set([base, ...references])];
    return { kind: 'demand', demand: { kind: 'dane', base, records, names, anchors: [] }, policy };
  }
  return undefined;
}
