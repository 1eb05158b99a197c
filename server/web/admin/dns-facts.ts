// What the DNS page must know of the site: read from control/ and from the machine's interfaces at each look.
import { networkInterfaces } from 'node:os';
import { issuerDomain } from '../../../mta/certificates/report.ts';
import { openSettings } from '../../../mta/control/settings.ts';
import type { SiteFacts } from '../../../mta/dns/records/types.ts';
import { isPublicAddress } from '../../../mta/net/public-address.ts';
import { publishSts, stsRecord } from '../../../mta/trust/own-sts.ts';
import { isLoopbackDoor } from '../setup/doors.ts';
import { findReportsAddress } from './reports-address.ts';
import type { Admin, Grant } from './types.ts';

/** Doors for mail programs. */
const programDoors = ['submission', 'submissions', 'imap', 'imaps', 'pop3', 'pop3s'] as const;

/** Addresses that others see us come from: control/outgoingip, else the public ones of this machine. */
function ownAddresses(outgoing: readonly string[]): readonly string[] {
  if (outgoing.length > 0) return outgoing;
  const all = Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).map(({ address }) => address),
  );
  return all.filter(isPublicAddress);
}

/** @throws ControlError for a wrong setting */
export async function readSiteFacts(
  admin: Admin,
  { actor, level }: Grant,
  domain: string,
): Promise<{ readonly facts: SiteFacts; readonly servers: readonly string[] }> {
  const names = ['me', 'helohost', 'outgoingip', 'listen', 'dnsservers', 'mtasts'] as const;
  const settings = await openSettings(admin.home.qmail).read(names);
  const keys = await admin.administration.dkimKeys(actor, domain);
  const [report] = level === 'system' ? await admin.administration.certificates(actor) : [];
  const reportsTo = await findReportsAddress(admin.administration, actor, domain);
  const policy = publishSts(settings.mtasts, domain, settings.me);
  return {
    servers: settings.dnsservers,
    facts: {
      domain,
      host: settings.me.toLowerCase(),
      helo: settings.helohost.toLowerCase(),
      addresses: ownAddresses(settings.outgoingip),
      doors: settings.listen
        .filter((entry) => !isLoopbackDoor(entry))
        .filter(({ name }) => programDoors.some((each) => each === name)),
      issuer: report && issuerDomain(report),
      reportsTo,
      sts: policy && stsRecord(policy),
      keyDigest: report?.chain[0]?.keyDigest,
      signing: keys.flatMap(({ record, state }) =>
        record && (state === 'current' || state === 'next') ? [{ record, isWaiting: state === 'next' }] : [],
      ),
    },
  };
}
