// The kinds of records that are wanted and looked at, in the order of the page. A new kind is a file beside this one and a
// line here.
import { caa } from './caa.ts';
import { dkim } from './dkim.ts';
import { dmarc } from './dmarc.ts';
import { hostAddress } from './host-address.ts';
import { mailHost } from './mail-host.ts';
import { mtaSts } from './mta-sts.ts';
import { programSetup } from './program-setup.ts';
import { reverseName } from './reverse.ts';
import { serviceDoors } from './services.ts';
import { spf } from './spf.ts';
import { tlsReport } from './tls-report.ts';
import { tlsa } from './tlsa.ts';
import type { RecordKind } from './types.ts';

export const recordKinds: readonly RecordKind[] = [
  mailHost,
  hostAddress,
  reverseName,
  spf,
  dkim,
  dmarc,
  mtaSts,
  tlsReport,
  tlsa,
  serviceDoors,
  programSetup,
  caa,
];
