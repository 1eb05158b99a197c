// The doors of the network: where the servers listen, how they greet, and the limits of a connection and of a message
// (qmail-smtpd, qmail-qmtpd, qmail-qmqpd; Courier's imapd and pop3d). Who may send what is in policy.ts.
// Each entry of the table says how its file is read and what holds without it; ../definitions.ts joins the rooms.
import { dirname, isAbsolute, join } from 'node:path';
import {
  type AcmeSettings,
  readAcmeContact,
  readAcmeDirectory,
  readAcmeHook,
  readAcmeNames,
  readExternalAccount,
} from '../../acme/settings.ts';
import { isUidlFormat } from '../../maildir/dovecot-uidl.ts';
import type { ListenEntry } from '../network.ts';
import { readListen } from '../network.ts';
import type { ControlFile } from '../reading.ts';
import { ControlError, readLine, readLines, readNumber } from '../reading.ts';
import type { Definitions } from './entry.ts';
import { hostNeeded, numberOr, ownNumber } from './entry.ts';

/** The values, after defaults. Domain names and keys are in lower case. */
export interface DoorSettings extends AcmeSettings {
  /** 1: mail programs may sign in without TLS from everywhere. */
  readonly cleartextlogin: number;
  readonly databytes: number;
  /** 1: SMTP clients are offered DSN (RFC 3461). */
  /** How the POP3 server before us made UIDLs, where it was Dovecot. */
  readonly dovecotuidl: string;
  readonly dsn: number;
  /** What IMAP clients are told of the server (RFC 5464); '' for nothing. */
  readonly imapcomment: string;
  /** What stands before the names of folders for IMAP clients. */
  readonly imapprefix: '' | 'INBOX.';
  readonly listen: readonly ListenEntry[];
  /** Undefined when neither it nor me exists. */
  readonly localiphost: string | undefined;
  readonly maxconnections: number;
  readonly maxconnectionsperip: number;
  readonly maximapconnections: number;
  readonly maximapconnectionsperip: number;
  readonly maxpop3connections: number;
  readonly maxpop3connectionsperip: number;
  readonly maxrcpt: number;
  readonly maxsieveconnections: number;
  readonly maxsieveconnectionsperip: number;
  /** 1: a message that a POP3 client fetched is marked as read. */
  readonly pop3marksread: number;
  /** 1: qlogenvelope and qlogreceived are written. */
  readonly qlog: number;
  /** Courier's index of accounts that share folders: an absolute path, `%d` for a domain; '' for none. */
  readonly sharedindex: string;
  readonly smtpgreeting: string;
  readonly timeoutsmtpd: number;
  /** An OpenSSL cipher list for TLS 1.2 at the doors; '' for ours. */
  readonly tlsserverciphers: string;
}

const DEFAULT_LISTEN: readonly ListenEntry[] = [
  { name: 'smtp', host: '127.0.0.1', port: 2525 },
  { name: 'submission', host: '127.0.0.1', port: 2587 },
  { name: 'submissions', host: '127.0.0.1', port: 2465 },
  { name: 'imap', host: '127.0.0.1', port: 2143 },
  { name: 'imaps', host: '127.0.0.1', port: 2993 },
  { name: 'pop3', host: '127.0.0.1', port: 2110 },
  { name: 'pop3s', host: '127.0.0.1', port: 2995 },
  { name: 'sieve', host: '127.0.0.1', port: 4190 },
  { name: 'http', host: '127.0.0.1', port: 8080 },
];

/** Courier's layout, or that of a server that has the folders beside INBOX. */
const readPrefix = (file: ControlFile): '' | 'INBOX.' => {
  const line = readLine(file) ?? '';
  if (line === '' || line === 'INBOX.') return line;
  throw new ControlError(file.path, line, 'INBOX. or an empty line');
};

/** Beside the control file unless it is absolute. */
const readSharedIndex = (file: ControlFile): string => {
  const line = readLine(file) ?? '';
  if (line === '') return '';
  if (/[\x00-\x1f]/.test(line) || /%[^d]|%$/.test(line))
    throw new ControlError(file.path, line, 'a path; %d in it stands for the domain of an account');
  return isAbsolute(line) ? line : join(dirname(file.path), line);
};

/** One that cannot be followed would make every client download everything again. */
const readUidlFormat = (file: ControlFile): string => {
  const line = readLine(file) ?? '';
  if (line === '') return '%08Xu%08Xv';
  if (!isUidlFormat(line))
    throw new ControlError(
      file.path,
      line,
      'a pop3_uidl_format of Dovecot made of uid, uidvalidity, filename or guid',
    );
  return line;
};

export const doorSettings: Definitions<DoorSettings> = {
  acme: {
    kind: 'line',
    default: 'off',
    readers: 'web',
    meaning:
      "Certificates of the doors are fetched and renewed (RFC 8555): the address of an authority's ACME directory. Who sets it agrees to the authority's terms. acmeca.pem beside it holds the roots of a private authority.",
    read: readAcmeDirectory,
  },
  acmecontact: {
    kind: 'list',
    default: 'none',
    readers: 'web',
    meaning: 'Mail addresses at which the authority of acme reaches the site.',
    read: readAcmeContact,
  },
  acmedomains: {
    kind: 'int',
    default: '1',
    readers: 'web',
    meaning:
      'With 1, names that our pages need and that the DNS leads here get certificates besides those of acmenames: mta-sts. of domains in mtasts, autoconfig. and autodiscover. of all domains, webhosts. With 0, acmenames alone.',
    read: ownNumber(1, 0, 1),
  },
  acmeeab: {
    kind: 'line',
    default: 'none',
    readers: 'web',
    meaning:
      'For authorities that have customers only (External Account Binding, RFC 8555 7.3.4): the key identifier and the HMAC key that they gave, with a blank between them.',
    read: readExternalAccount,
  },
  acmehook: {
    kind: 'line',
    default: 'none',
    readers: 'web',
    meaning:
      'A program that proves names to the authority of acme by DNS: called as PROGRAM present NAME VALUE, and with remove afterwards, for a TXT record; it ends when the record is published. Names with a star need it.',
    read: readAcmeHook,
  },
  acmenames: {
    kind: 'list',
    default: 'me',
    readers: 'web',
    usesMe: true,
    meaning:
      'Certificates to fetch when acme is set: the names of one a line, with blanks between them, the first names it. A certificate with me among its names becomes servercert.pem, unless an own one is there.',
    read: readAcmeNames,
  },
  cleartextlogin: {
    kind: 'int',
    default: '0',
    readers: 'imapd pop3d sieved',
    meaning:
      'With 1, mail programs may sign in over IMAP, POP3 and ManageSieve without TLS from everywhere; with 0, from this machine only.',
    read: ownNumber(0, 0, 1),
  },
  databytes: {
    kind: 'int',
    default: '0 (no limit)',
    readers: 'smtpd',
    meaning: 'Largest message in bytes.',
    qmail: true,
    read: numberOr(0),
  },
  dovecotuidl: {
    kind: 'line',
    default: '%08Xu%08Xv',
    readers: 'pop3d',
    meaning:
      'Where Dovecot served POP3 before: its pop3_uidl_format, so that no client downloads again what it has. Messages that its dovecot-uidlist names keep their UIDLs.',
    read: readUidlFormat,
  },
  dsn: {
    kind: 'int',
    default: '1',
    readers: 'smtpd',
    meaning:
      'With 0, SMTP clients are not offered delivery status notifications (RFC 3461), and nobody is told that a message arrived.',
    read: ownNumber(1, 0, 1),
  },
  imapcomment: {
    kind: 'line',
    default: 'none',
    readers: 'imapd',
    meaning:
      'A word about the server for IMAP clients that ask for its annotation /shared/comment (RFC 5464).',
    read: (file) => readLine(file) ?? '',
  },
  imapprefix: {
    kind: 'line',
    default: 'none',
    readers: 'imapd',
    meaning:
      'What stands before the names of folders for IMAP clients: INBOX. as Courier-IMAP has it, or nothing. Clients may use both spellings in either case.',
    read: readPrefix,
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
  maximapconnections: {
    kind: 'int',
    default: '10000',
    readers: 'imapd',
    meaning: 'IMAP connections at the same time.',
    read: ownNumber(10_000, 1, 1_000_000),
  },
  maximapconnectionsperip: {
    kind: 'int',
    default: '50',
    readers: 'imapd',
    meaning: 'IMAP connections at the same time from one address; this machine is not counted.',
    read: ownNumber(50, 1, 1_000_000),
  },
  maxpop3connections: {
    kind: 'int',
    default: '1000',
    readers: 'pop3d',
    meaning: 'POP3 connections at the same time.',
    read: ownNumber(1000, 1, 1_000_000),
  },
  maxpop3connectionsperip: {
    kind: 'int',
    default: '50',
    readers: 'pop3d',
    meaning: 'POP3 connections at the same time from one address; this machine is not counted.',
    read: ownNumber(50, 1, 1_000_000),
  },
  maxrcpt: {
    kind: 'int',
    default: '1000',
    readers: 'smtpd',
    meaning: 'Recipients of one message.',
    read: ownNumber(1000, 1, 100_000),
  },
  maxsieveconnections: {
    kind: 'int',
    default: '500',
    readers: 'sieved',
    meaning: 'ManageSieve connections at the same time.',
    read: ownNumber(500, 1, 1_000_000),
  },
  maxsieveconnectionsperip: {
    kind: 'int',
    default: '20',
    readers: 'sieved',
    meaning: 'ManageSieve connections at the same time from one address; this machine is not counted.',
    read: ownNumber(20, 1, 1_000_000),
  },
  pop3marksread: {
    kind: 'int',
    default: '1',
    readers: 'pop3d',
    meaning:
      'With 1, a message that a POP3 client fetched is marked as read, as Courier does; with 0, it stays as it was.',
    read: ownNumber(1, 0, 1),
  },
  qlog: {
    kind: 'int',
    default: '0',
    readers: 'smtpd',
    meaning:
      'With 1, the lines qlogenvelope (each recipient) and qlogreceived (each message) of the patched qmails are in the log too, for programs that read them.',
    read: ownNumber(0, 0, 1),
  },
  sharedindex: {
    kind: 'line',
    default: 'none',
    readers: 'imapd',
    meaning:
      "Courier's index of accounts that share folders (shared/index), for IMAP: the path of a file, beside the control files unless it is absolute; %d in it stands for the domain of who looks. Where there is no file, one is made when the first account shares a folder, and kept.",
    read: readSharedIndex,
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
  tlsserverciphers: {
    kind: 'list',
    default: 'ECDHE with AES-GCM or ChaCha20',
    readers: 'smtpd imapd pop3d sieved web',
    meaning:
      'Ciphers of TLS 1.2 at the doors, for clients that know no better ones: an OpenSSL list, in one line or one cipher a line. TLS 1.0 and 1.1 are never spoken.',
    read: (file) => (readLines(file) ?? []).join(':'),
  },
};
