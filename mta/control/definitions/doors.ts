// The doors of the network: where the servers listen, how they greet, and the limits of a connection and of a message
// (qmail-smtpd, qmail-qmtpd, qmail-qmqpd). Who may send what is in policy.ts.
// Each entry of the table says how its file is read and what holds without it; ../definitions.ts joins the rooms.
import type { ListenEntry } from '../network.ts';
import { readListen } from '../network.ts';
import { readLine, readNumber } from '../reading.ts';
import type { Definitions } from './entry.ts';
import { hostNeeded, numberOr, ownNumber } from './entry.ts';

/** The values, after defaults. Domain names and keys are in lower case. */
export interface DoorSettings {
  readonly databytes: number;
  /** 1: SMTP clients are offered DSN (RFC 3461). */
  readonly dsn: number;
  readonly listen: readonly ListenEntry[];
  /** Undefined when neither it nor me exists. */
  readonly localiphost: string | undefined;
  readonly maxconnections: number;
  readonly maxconnectionsperip: number;
  readonly maxrcpt: number;
  /** 1: qlogenvelope and qlogreceived are written. */
  readonly qlog: number;
  readonly smtpgreeting: string;
  readonly timeoutsmtpd: number;
}

const DEFAULT_LISTEN: readonly ListenEntry[] = [
  { name: 'smtp', host: '127.0.0.1', port: 2525 },
  { name: 'submission', host: '127.0.0.1', port: 2587 },
  { name: 'submissions', host: '127.0.0.1', port: 2465 },
  { name: 'imap', host: '127.0.0.1', port: 2143 },
  { name: 'imaps', host: '127.0.0.1', port: 2993 },
  { name: 'pop3', host: '127.0.0.1', port: 2110 },
  { name: 'pop3s', host: '127.0.0.1', port: 2995 },
  { name: 'http', host: '127.0.0.1', port: 8080 },
];

export const doorSettings: Definitions<DoorSettings> = {
  databytes: {
    kind: 'int',
    default: '0 (no limit)',
    readers: 'smtpd',
    meaning: 'Largest message in bytes.',
    qmail: true,
    read: numberOr(0),
  },
  dsn: {
    kind: 'int',
    default: '1',
    readers: 'smtpd',
    meaning:
      'With 0, SMTP clients are not offered delivery status notifications (RFC 3461), and nobody is told that a message arrived.',
    read: ownNumber(1, 0, 1),
  },
  listen: {
    kind: 'list',
    default: DEFAULT_LISTEN.map((entry) => `${entry.name} ${entry.host}:${entry.port}`).join(', '),
    readers: 'all servers',
    meaning: 'Addresses to listen on: NAME HOST:PORT a line; a name that is not listed is not served.',
    atStart: true,
    read: (file) => readListen(file) ?? DEFAULT_LISTEN,
  },
  localiphost: {
    kind: 'line',
    default: 'me',
    readers: 'smtpd',
    meaning: 'Stands for our own IP address in a recipient such as user@[192.0.2.1].',
    qmail: true,
    usesMe: true,
    read: (file) => readLine(file) ?? file.me,
  },
  maxconnections: {
    kind: 'int',
    default: '1000',
    readers: 'smtpd',
    meaning: 'SMTP connections at the same time.',
    read: ownNumber(1000, 1, 100_000),
  },
  maxconnectionsperip: {
    kind: 'int',
    default: '50',
    readers: 'smtpd',
    meaning: 'SMTP connections at the same time from one address.',
    read: ownNumber(50, 1, 100_000),
  },
  maxrcpt: {
    kind: 'int',
    default: '1000',
    readers: 'smtpd',
    meaning: 'Recipients of one message.',
    read: ownNumber(1000, 1, 100_000),
  },
  qlog: {
    kind: 'int',
    default: '0',
    readers: 'smtpd',
    meaning:
      'With 1, the lines qlogenvelope (each recipient) and qlogreceived (each message) of the patched qmails are in the log too, for programs that read them.',
    read: ownNumber(0, 0, 1),
  },
  smtpgreeting: {
    kind: 'line',
    default: 'me',
    readers: 'smtpd',
    meaning: 'Text of the SMTP greeting after 220; its first word is the host name.',
    qmail: true,
    usesMe: true,
    read: hostNeeded,
  },
  timeoutsmtpd: {
    kind: 'int',
    default: '1200',
    readers: 'smtpd',
    meaning: 'Seconds to wait for the next bytes of an SMTP client.',
    qmail: true,
    // qmail-smtpd: less than one second is one second.
    read: (file) => Math.max(1, readNumber(file) ?? 1200),
  },
};
