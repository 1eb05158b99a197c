// Which TLS is demanded of one server of a domain: the admin's files first (control/tlshosts, notlshosts), then DANE where
// DNSSEC vouches for the whole way (RFC 7672), then the domain's MTA-STS policy (RFC 8461 2: it never overrides DANE), else
// whatever is offered. A host whose TLSA records cannot be told is left alone: its mail goes elsewhere or waits.
import type { Answer } from '../dns/lookup.ts';
import type { TlsaRecord } from '../dns/messages.ts';
import { type Outcome, temporary } from '../outcome.ts';
import { usableRecords } from './dane.ts';
import type { DaneNames, Target } from './dns.ts';
import type { StsPolicy } from './sts-policy.ts';
import { isListedMx } from './sts-policy.ts';
import type { TlsDemand, TlsFailure } from './tls-demand.ts';
import type { TlsPolicyOf } from './tls-hosts.ts';

/** What a letter's domain and its admin want of TLS. */
export interface TlsWishes {
  /** The domain's policy, when it has one and the way is by its MX records. */
  readonly sts?: { readonly domain: string; readonly policy: StsPolicy } | undefined;
  /** Looks up TLSA records; undefined: no DANE. */
  readonly tlsa?: ((name: string) => Promise<Answer<TlsaRecord>>) | undefined;
}

export type TlsChoice =
  | {
      readonly kind: 'demand';
      readonly demand: TlsDemand;
      /** What a policy that is only tested would have refused. */
      readonly failure?: TlsFailure | undefined;
    }
  /** The admin wants none: control/notlshosts. */
  | { readonly kind: 'never' }
  /** Nothing is sent to this server. */
  | {
      readonly kind: 'refused';
      readonly outcome: Outcome;
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
    const demand = await findDane(target.dane, target.port, tlsa);
    if ('code' in demand) return { kind: 'refused', outcome: demand, failure: 'dnssec-invalid' };
    if (demand.kind !== 'none') return { kind: 'demand', demand };
  }
  if (sts === undefined || sts.policy.mode === 'none') return { kind: 'demand', demand: none };
  const { domain, policy } = sts;
  const isEnforced = policy.mode === 'enforce';
  if (isListedMx(policy, target.name))
    return { kind: 'demand', demand: { kind: 'mta-sts', domain, isEnforced } };
  const failure = 'validation-failure';
  if (!isEnforced) return { kind: 'demand', demand: none, failure };
  const words = `The mail host ${target.name === '' ? target.address : target.name} is none that the MTA-STS policy of ${domain} names. (#4.7.5)`;
  return { kind: 'refused', outcome: temporary(words), failure };
}

/** RFC 7672 2.2.3: the first base with signed records decides. An outcome: nobody can tell (2.1.1: not without). */
async function findDane(
  { bases, references }: DaneNames,
  port: number,
  tlsa: (name: string) => Promise<Answer<TlsaRecord>>,
): Promise<TlsDemand | Outcome> {
  for (const base of bases) {
    const answer = await tlsa(`_${port}._tcp.${base}`);
    if (answer.kind === 'soft')
      return temporary(`The TLSA records of ${base} cannot be looked up or are forged. (#4.4.3)`);
    if (answer.kind !== 'found' || answer.isSecure !== true) continue;
    const records = usableRecords(answer.values);
    if (records.length === 0) return { kind: 'encryption', base };
    return { kind: 'dane', base, records, names: [...new Set([base, ...references])], anchors: [] };
  }
  return none;
}
