// Who may send what, from where and to whom: what qmail-smtpd, qmail-qmtpd and qmail-qmqpd decide by control files
// (spec/qmail.md 3.2, 4.1, 4.2). Each entry of the table says how its file is read and what holds without it;
// ../definitions.ts joins the rooms.
import type { Cdb } from '../../formats/cdb.ts';
import type { BadList } from '../bad-list.ts';
import { readBadList } from '../bad-list.ts';
import { readAddressList } from '../ip-list.ts';
import { readClients } from '../network.ts';
import { readLine, readSet } from '../reading.ts';
import type { SessionVariables } from '../session-variables.ts';
import { readVariables } from '../session-variables.ts';
import type { PluginList } from '../smtp-plugins.ts';
import { readPlugins } from '../smtp-plugins.ts';
import type { Definitions } from './entry.ts';
import { ownNumber } from './entry.ts';

/** The values, after defaults. Domain names and keys are in lower case. */
export interface PolicySettings {
  readonly badhelo: BadList;
  readonly badhelonorelay: BadList;
  readonly badmailfrom: BadList;
  readonly badmailfromnorelay: BadList;
  readonly badrcptto: BadList;
  readonly badrcpttonorelay: BadList;
  /** 0: none. */
  readonly brtlimit: number;
  /** Variables that every session begins with. */
  readonly environment: SessionVariables;
  /** Seconds. */
  readonly greetdelay: number;
  /** Seconds; 0: off. */
  readonly ident: number;
  /** IP addresses and networks. */
  readonly moreipme: readonly string[];
  /** control/morercpthosts.cdb; undefined when missing. Keys are lower-case domains. */
  readonly morercpthosts: Cdb | undefined;
  readonly morevalidrcptto: Cdb | undefined;
  readonly notipme: readonly string[];
  /** Path of a program; '' for none. */
  readonly rcptcheck: string;
  /** Undefined when missing. Qmail then relays for everyone; we treat it as an empty list. */
  readonly rcpthosts: ReadonlySet<string> | undefined;
  readonly rejectnullsenders: number;
  readonly rejectrelaytest: number;
  readonly relayclients: readonly string[];
  readonly reversedns: number;
  /** Undefined when missing. */
  readonly smtpplugins: PluginList | undefined;
  /** 0: off. */
  readonly tarpitcount: number;
  /** Seconds. */
  readonly tarpitdelay: number;
  /** Mail addresses in lower case. */
  readonly tlsclients: ReadonlySet<string>;
  /** Undefined when missing. */
  readonly validrcptto: ReadonlySet<string> | undefined;
}

const ENTRIES =
  'Whole addresses, @host, or regular expressions, a ! in front of which means all that do not fit.';

export const policySettings: Definitions<PolicySettings> = {
  badhelo: {
    kind: 'list',
    default: 'none',
    readers: 'smtpd',
    meaning:
      'HELO names whose recipients are all refused: regular expressions, with ! for all that do not fit.',
    read: readBadList,
  },
  badhelonorelay: {
    kind: 'list',
    default: 'none',
    readers: 'smtpd',
    meaning: 'The same for clients that may not relay.',
    read: readBadList,
  },
  badmailfrom: {
    kind: 'list',
    default: 'none',
    readers: 'smtpd, qmtpd',
    meaning: `Envelope senders that are refused. ${ENTRIES}`,
    qmail: true,
    read: readBadList,
  },
  badmailfromnorelay: {
    kind: 'list',
    default: 'none',
    readers: 'smtpd, qmtpd',
    meaning: 'Envelope senders that are refused from clients that may not relay, as in badmailfrom.',
    read: readBadList,
  },
  badrcptto: {
    kind: 'list',
    default: 'none',
    readers: 'smtpd, qmtpd',
    meaning: `Recipients that are refused. ${ENTRIES}`,
    read: readBadList,
  },
  badrcpttonorelay: {
    kind: 'list',
    default: 'none',
    readers: 'smtpd, qmtpd',
    meaning: 'Recipients that are refused from clients that may not relay, as in badrcptto.',
    read: readBadList,
  },
  brtlimit: {
    kind: 'int',
    default: '0 (20 that do not exist)',
    readers: 'smtpd',
    meaning: 'Refused recipients after which the session ends; $BRTLIMIT wins.',
    read: ownNumber(0, 0, 100_000),
  },
  environment: {
    kind: 'list',
    default: 'none',
    readers: 'smtpd, qmtpd, qmqpd',
    meaning:
      'Variables that each session begins with, NAME=value a line: what the run script of an old server exported. Those of tcp.smtp win.',
    read: readVariables,
  },
  greetdelay: {
    kind: 'int',
    default: '0',
    readers: 'smtpd',
    meaning:
      'Seconds before the greeting for clients that may not relay; one that talks first is dropped. $SMTPD_GREETDELAY wins.',
    read: ownNumber(0, 0, 50),
  },
  ident: {
    kind: 'int',
    default: '0 (off)',
    readers: 'smtpd, qmtpd, qmqpd',
    meaning:
      "Seconds in which every client's ident server (RFC 1413) may say which user has connected, for TCPREMOTEINFO, the Received line and the rules USER@ADDRESS: and USER@=NAME: of tcp.smtp. At most 30.",
    read: ownNumber(0, 0, 30),
  },
  moreipme: {
    kind: 'list',
    default: 'none',
    readers: 'smtpd',
    meaning: 'More addresses of this machine (behind a translator): ADDRESS, ADDRESS/BITS or ADDRESS/MASK.',
    read: readAddressList,
  },
  morercpthosts: {
    kind: 'cdb',
    default: 'none',
    readers: 'smtpd, qmtpd',
    meaning: 'More domains as in rcpthosts, compiled into morercpthosts.cdb by qmail-newmrh.',
    qmail: true,
    read: () => undefined,
  },
  morevalidrcptto: {
    kind: 'cdb',
    default: 'none',
    readers: 'smtpd, qmtpd',
    meaning:
      'More entries as in validrcptto, in morevalidrcptto.cdb; $MOREVALIDRCPTTO_CDB names another file.',
    read: () => undefined,
  },
  notipme: {
    kind: 'list',
    default: 'none',
    readers: 'smtpd',
    meaning:
      'Addresses that are not this machine though an interface has them, as in moreipme; the closer entry wins.',
    read: readAddressList,
  },
  rcptcheck: {
    kind: 'line',
    default: 'none',
    readers: 'smtpd, qmtpd',
    meaning: 'Program that is asked about each recipient, as $RCPTCHECK, which wins.',
    read: (file) => readLine(file) ?? '',
  },
  rcpthosts: {
    kind: 'list',
    default: 'none (nobody outside may send here; qmail: open relay)',
    readers: 'smtpd, qmtpd',
    meaning: 'Domains for which SMTP clients may send mail to us; .domain stands for all below it.',
    qmail: true,
    read: (file) => readSet(file),
  },
  rejectnullsenders: {
    kind: 'int',
    default: '0',
    readers: 'smtpd, qmtpd',
    meaning: 'With 1, mail with the empty sender (bounces) is refused for now; $REJECTNULLSENDERS wins.',
    read: ownNumber(0, 0, 1),
  },
  rejectrelaytest: {
    kind: 'int',
    default: '0',
    readers: 'smtpd, qmtpd',
    meaning: 'With 1, recipients with !, % or @ in their local part are refused.',
    read: ownNumber(0, 0, 1),
  },
  relayclients: {
    kind: 'list',
    default: 'none',
    readers: 'smtpd, qmtpd, qmqpd',
    meaning:
      'IP addresses and networks (ADDRESS/BITS) whose mail we send to anywhere, as with RELAYCLIENT="" in tcp.smtp.',
    read: (file) => readClients(file) ?? [],
  },
  reversedns: {
    kind: 'int',
    default: '0',
    readers: 'smtpd, qmtpd, qmqpd',
    meaning:
      'With 1, the name of every client is looked up for the Received line and TCPREMOTEHOST; with 0 only where a rule in tcp.smtp asks for names.',
    read: ownNumber(0, 0, 1),
  },
  smtpplugins: {
    kind: 'list',
    default: 'none',
    readers: 'smtpd',
    meaning:
      'Plugins of qmail-spp in sections [connection] [helo] [mail] [rcpt] [pass] [data] [auth], where $ENABLE_SPP is set; $SPPCONFFILE names another file.',
    read: (file) => readPlugins(file),
  },
  tarpitcount: {
    kind: 'int',
    default: '0 (off)',
    readers: 'smtpd',
    meaning: 'Recipients of one message after which each waits tarpitdelay seconds; $TARPITCOUNT wins.',
    read: ownNumber(0, 0, 100_000),
  },
  tarpitdelay: {
    kind: 'int',
    default: '5',
    readers: 'smtpd',
    meaning: 'Seconds that such a recipient waits; $TARPITDELAY wins.',
    read: ownNumber(5, 0, 600),
  },
  tlsclients: {
    kind: 'list',
    default: 'none',
    readers: 'smtpd',
    meaning:
      'Mail addresses whose certificate lets a client of the door smtp send to anywhere, inside TLS: it must be of an authority in clientca.pem, which lies beside it, and not be revoked in clientcrl.pem.',
    read: (file) => readSet(file) ?? new Set(),
  },
  validrcptto: {
    kind: 'list',
    default: 'none',
    readers: 'smtpd, qmtpd',
    meaning:
      'Recipients that are taken or refused before accounts are asked: user@domain, @domain, and -user@domain, -@domain for refusals; $VALIDRCPTTO names another file.',
    read: (file) => readSet(file),
  },
};

/** The names of this room, for those who read it as a whole. */
export const policySettingNames = Object.keys(policySettings) as readonly (keyof PolicySettings)[];
