// The MTA-STS policy of a domain of ours as others get it (RFC 8461 3): the text below /.well-known, and the id of the TXT
// record, which is another as soon as the text is. Pure.
import { createHash } from 'node:crypto';
import type { OwnSts } from '../control/own-sts-lines.ts';
import { lowerAscii } from '../formats/address.ts';
import { writeStsPolicy } from '../remote/sts-policy.ts';

export interface PublishedSts {
  readonly text: string;
  readonly id: string;
}

/** @param me control/me; undefined: the domain has no policy */
export function publishSts(
  policies: ReadonlyMap<string, OwnSts>,
  domain: string,
  me: string,
): PublishedSts | undefined {
  const own = policies.get(lowerAscii(domain));
  if (own === undefined) return undefined;
  const text = writeStsPolicy({ ...own, mx: own.mx.length > 0 ? own.mx : [lowerAscii(me)] });
  return { text, id: createHash('sha256').update(text).digest('hex').slice(0, 20) };
}

/** The TXT record of `_mta-sts.DOMAIN` (RFC 8461 3.1). */
export const stsRecord = ({ id }: PublishedSts): string => `v=STSv1; id=${id};`;
