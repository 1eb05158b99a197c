// Every setting of the system: one table, one entry a setting, one file a setting in control/ (spec/qmail.md 3.2).
// The table says how a file is read, what holds when it is missing, who reads it and whether qmail had it;
// qmail-showctl, the administrator's guide and the tests walk it. The reading rules themselves are in reading.ts,
// finding and keeping the files is in settings.ts.
import { lowerAscii } from '../formats/address.ts';
import type { ListenEntry } from './network.ts';
import { readClients, readListen, readServers } from './network.ts';
import type { ControlFile } from './reading.ts';
import { ControlError, readLine, readLines, readMap, readNumber, readSet, readText } from './reading.ts';
import type { Setting, SettingName } from './setting-types.ts';

type Entry<K extends SettingName> = Omit<Setting<K>, 'name' | 'qmail' | 'usesMe'> & {
  readonly qmail?: boolean;
  readonly usesMe?: boolean;
};

const EMPTY_SET: ReadonlySet<string> = new Set();

/** A name that defaults to me, and without me to the setting's own name: qmail's control_rldef. */
const hostOr = (literal: string) => (file: ControlFile) => readLine(file) ?? file.me ?? literal;

/** A name that defaults to me and cannot do without. */
const hostNeeded = (file: ControlFile): string => {
  const host = readLine(file) ?? file.me;
  if (host === undefined || host === '')
    throw new ControlError(file.path, '', 'a host name here or in control/me');
  return host;
};

const numberOr = (value: number) => (file: ControlFile) => readNumber(file) ?? value;

/** A number of ours: nothing but digits, within its range. */
const ownNumber = (value: number, least: number, most: number) => (file: ControlFile) => {
  const line = readLine(file);
  if (line === undefined || line === '') return value;
  const number = Number(line);
  if (!/^[0-9]{1,12}$/.test(line) || number < least || number > most)
    throw new ControlError(file.path, line, `a number from ${least} to ${most}`);
  return number;
};

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

/** The table by name. */
export const definitions: { readonly [K in SettingName]: Entry<K> } = {
  me: {
    kind: 'line',
    default: 'none, needed',
    readers: 'all',
    meaning: "This machine's full host name; the default of the other host names.",
    qmail: true,
    read: hostNeeded,
  },
  badmailfrom: {
    kind: 'list',
    default: 'none',
    readers: 'smtpd',
    meaning: 'Envelope senders that are refused: whole addresses, or @host for all of a host.',
    qmail: true,
    read: (file) => readSet(file) ?? EMPTY_SET,
  },
  bouncefrom: {
    kind: 'line',
    default: 'MAILER-DAEMON',
    readers: 'queue',
    meaning: 'User name in the From line of bounces.',
    qmail: true,
    read: (file) => readLine(file) ?? 'MAILER-DAEMON',
  },
  bouncehost: {
    kind: 'line',
    default: 'me',
    readers: 'queue',
    meaning: 'Host name in the From line of bounces.',
    qmail: true,
    usesMe: true,
    read: hostOr('bouncehost'),
  },
  bouncemaxbytes: {
    kind: 'int',
    default: '50000',
    readers: 'queue',
    meaning: 'Bytes of the original message that a bounce shows; 0 shows all of it.',
    read: numberOr(50000),
  },
  concurrencylocal: {
    kind: 'int',
    default: '10',
    readers: 'queue',
    meaning: 'Local deliveries at the same time; 0 holds local mail.',
    qmail: true,
    read: numberOr(10),
  },
  concurrencyperhost: {
    kind: 'int',
    default: '20',
    readers: 'remote',
    meaning: 'Remote deliveries at the same time to one mail domain or relay.',
    read: ownNumber(20, 1, 1000),
  },
  concurrencyremote: {
    kind: 'int',
    default: '20',
    readers: 'queue',
    meaning: 'Remote deliveries at the same time; 0 holds remote mail.',
    qmail: true,
    read: numberOr(20),
  },
  databytes: {
    kind: 'int',
    default: '0 (no limit)',
    readers: 'smtpd',
    meaning: 'Largest message in bytes.',
    qmail: true,
    read: numberOr(0),
  },
  defaultdelivery: {
    kind: 'text',
    default: './Maildir/',
    readers: 'local',
    meaning: 'Delivery instructions for a user who has no .qmail file, in the form of a .qmail file.',
    read: (file) => readText(file) || './Maildir/',
  },
  defaultdomain: {
    kind: 'line',
    default: 'me',
    readers: 'inject, web',
    meaning: 'Added to a host name without a dot; completes a user name at sign in.',
    qmail: true,
    usesMe: true,
    read: hostOr('defaultdomain'),
  },
  defaulthost: {
    kind: 'line',
    default: 'me',
    readers: 'inject',
    meaning: 'Added to an address without a host.',
    qmail: true,
    usesMe: true,
    read: hostOr('defaulthost'),
  },
  dnsservers: {
    kind: 'list',
    default: "the system's",
    readers: 'remote, smtpd',
    meaning: 'DNS servers to ask: IP or IP:PORT.',
    read: (file) => readServers(file) ?? [],
  },
  doublebouncehost: {
    kind: 'line',
    default: 'me',
    readers: 'queue',
    meaning: 'Host of the address that gets double bounces.',
    qmail: true,
    usesMe: true,
    read: hostOr('doublebouncehost'),
  },
  doublebounceto: {
    kind: 'line',
    default: 'postmaster',
    readers: 'queue',
    meaning: 'User who gets double bounces; an empty line throws them away.',
    qmail: true,
    read: (file) => readLine(file) ?? 'postmaster',
  },
  envnoathost: {
    kind: 'line',
    default: 'me',
    readers: 'queue',
    meaning: 'Host of an envelope recipient without @.',
    qmail: true,
    usesMe: true,
    read: hostOr('envnoathost'),
  },
  helohost: {
    kind: 'line',
    default: 'me',
    readers: 'remote',
    meaning: 'Name said in EHLO to other hosts.',
    qmail: true,
    usesMe: true,
    read: hostNeeded,
  },
  idhost: {
    kind: 'line',
    default: 'me',
    readers: 'inject',
    meaning: 'Host part of a new Message-ID.',
    qmail: true,
    usesMe: true,
    read: hostOr('idhost'),
  },
  listen: {
    kind: 'list',
    default: DEFAULT_LISTEN.map((entry) => `${entry.name} ${entry.host}:${entry.port}`).join(', '),
    readers: 'all servers',
    meaning: 'Addresses to listen on: NAME HOST:PORT a line; a name that is not listed is not served.',
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
  locals: {
    kind: 'list',
    default: 'me',
    readers: 'queue, smtpd',
    meaning: 'Domains whose mail is delivered to the users of this machine.',
    qmail: true,
    usesMe: true,
    read: (file) => readSet(file) ?? new Set([lowerAscii(hostNeeded(file))]),
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
  morercpthosts: {
    kind: 'cdb',
    default: 'none',
    readers: 'smtpd',
    meaning: 'More domains as in rcpthosts, compiled into morercpthosts.cdb by qmail-newmrh.',
    qmail: true,
    read: () => undefined,
  },
  passwordscheme: {
    kind: 'line',
    default: 'sha512-crypt',
    readers: 'accounts',
    meaning: 'Form of new password hashes: sha512-crypt, which vpopmail reads too, or the stronger scrypt.',
    read: (file) => {
      const line = readLine(file) || 'sha512-crypt';
      if (line === 'sha512-crypt' || line === 'scrypt') return line;
      throw new ControlError(file.path, line, 'sha512-crypt or scrypt');
    },
  },
  percenthack: {
    kind: 'list',
    default: 'none',
    readers: 'queue',
    meaning: 'Domains where user%host@domain means user@host.',
    qmail: true,
    read: (file) => readSet(file) ?? EMPTY_SET,
  },
  plusdomain: {
    kind: 'line',
    default: 'me',
    readers: 'inject',
    meaning: 'Replaces a plus sign at the end of a host name.',
    qmail: true,
    usesMe: true,
    read: hostOr('plusdomain'),
  },
  qmqpservers: {
    kind: 'list',
    default: 'none',
    readers: 'qmqpc',
    meaning: 'QMQP servers of a null client, tried in order.',
    qmail: true,
    read: (file) => readLines(file) ?? [],
  },
  queuejournal: {
    kind: 'int',
    default: '0',
    readers: 'queue',
    meaning:
      'With 1, a short letter is first made durable in a journal, which is faster; it becomes a queue entry when it is not delivered within a second. Read at start.',
    read: ownNumber(0, 0, 1),
  },
  queuelifetime: {
    kind: 'int',
    default: '604800',
    readers: 'queue',
    meaning: 'Seconds that a message is tried before it bounces.',
    qmail: true,
    read: numberOr(604_800),
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
  smtpgreeting: {
    kind: 'line',
    default: 'me',
    readers: 'smtpd',
    meaning: 'Text of the SMTP greeting after 220; its first word is the host name.',
    qmail: true,
    usesMe: true,
    read: hostNeeded,
  },
  smtproutes: {
    kind: 'map',
    default: 'none',
    readers: 'remote',
    meaning:
      'Fixed routes: domain:relay or domain:relay:port, with |user|password for a relay that wants them; an empty relay means the MX.',
    qmail: true,
    read: readMap,
  },
  timeoutconnect: {
    kind: 'int',
    default: '60',
    readers: 'remote',
    meaning: 'Seconds to wait for a connection.',
    qmail: true,
    read: numberOr(60),
  },
  timeoutprogram: {
    kind: 'int',
    default: '300',
    readers: 'local',
    meaning: 'Seconds that a program of a .qmail file may run.',
    read: ownNumber(300, 1, 86_400),
  },
  timeoutremote: {
    kind: 'int',
    default: '1200',
    readers: 'remote',
    meaning: 'Seconds to wait for each answer of a remote host.',
    qmail: true,
    read: numberOr(1200),
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
  virtualdomains: {
    kind: 'map',
    default: 'none',
    readers: 'queue, smtpd',
    meaning: 'Virtual domains and users: domain:prepend, user@domain:prepend, .domain:prepend.',
    qmail: true,
    read: readMap,
  },
  webhosts: {
    kind: 'list',
    default: 'any',
    readers: 'web',
    meaning: 'Host names under which the webmail answers.',
    read: (file) => readLines(file) ?? [],
  },
  webproxies: {
    kind: 'list',
    default: 'none',
    readers: 'web',
    meaning:
      'IP addresses and networks of the proxies in front of the webmail: their word on the client address and on TLS counts.',
    read: (file) => readClients(file) ?? [],
  },
};

/** All settings: me first, then in the order of the alphabet. */
export const settingTable: readonly Setting[] = Object.entries(definitions).map(
  ([name, entry]) => ({ qmail: false, usesMe: false, ...entry, name }) as Setting,
);
