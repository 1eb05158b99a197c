// Who may send what, from where and to whom: what qmail-smtpd, qmail-qmtpd and qmail-qmqpd decide by control files
// (spec/qmail.md 4.1, 4.2).
// Each entry of the table says how its file is read and what holds without it; ../definitions.ts joins the rooms.
import type { Cdb } from '../../formats/cdb.ts';
import { readClients } from '../network.ts';
import { readSet } from '../reading.ts';
import type { Definitions } from './entry.ts';
import { EMPTY_SET } from './entry.ts';

/** The values, after defaults. Domain names and keys are in lower case. */
export interface PolicySettings {
  readonly badmailfrom: ReadonlySet<string>;
  /** control/morercpthosts.cdb; undefined when missing. Keys are lower-case domains. */
  readonly morercpthosts: Cdb | undefined;
  /** Undefined when missing. Qmail then relays for everyone; we treat it as an empty list. */
  readonly rcpthosts: ReadonlySet<string> | undefined;
  readonly relayclients: readonly string[];
}

export const policySettings: Definitions<PolicySettings> = {
  badmailfrom: {
    kind: 'list',
    default: 'none',
    readers: 'smtpd',
    meaning: 'Envelope senders that are refused: whole addresses, or @host for all of a host.',
    qmail: true,
    read: (file) => readSet(file) ?? EMPTY_SET,
  },
  morercpthosts: {
    kind: 'cdb',
    default: 'none',
    readers: 'smtpd',
    meaning: 'More domains as in rcpthosts, compiled into morercpthosts.cdb by qmail-newmrh.',
    qmail: true,
    read: () => undefined,
  },
  rcpthosts: {
    kind: 'list',
    default: 'none (nobody outside may send here; qmail: open relay)',
    readers: 'smtpd',
    meaning: 'Domains for which SMTP clients may send mail to us; .domain stands for all below it.',
    qmail: true,
    read: (file) => readSet(file),
  },
  relayclients: {
    kind: 'list',
    default: 'none',
    readers: 'smtpd',
    meaning: 'IP addresses and networks (ADDRESS/BITS) whose mail we send to anywhere.',
    read: (file) => readClients(file) ?? [],
  },
};
