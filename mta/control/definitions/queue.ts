// What qmail-send reads: which channel a recipient takes, how many deliveries run, how long a message is tried, bounces.
// Each entry of the table says how its file is read and what holds without it; ../definitions.ts joins the rooms.
import { lowerAscii } from '../../formats/address.ts';
import { readLine, readMap, readSet } from '../reading.ts';
import type { Taps } from '../taps.ts';
import { readTaps } from '../taps.ts';
import type { Definitions } from './entry.ts';
import { EMPTY_SET, hostNeeded, hostOr, numberOr, ownNumber } from './entry.ts';

/** The values, after defaults. Domain names and keys are in lower case. */
export interface QueueSettings {
  readonly bouncefrom: string;
  readonly bouncehost: string;
  /** Seconds. */
  readonly bounceinterval: number;
  readonly bouncemaxbytes: number;
  readonly concurrencylocal: number;
  readonly concurrencyremote: number;
  /** Seconds; 0: nobody is told of delays. */
  readonly delaywarning: number;
  readonly doublebouncehost: string;
  readonly doublebounceto: string;
  readonly envnoathost: string;
  readonly locals: ReadonlySet<string>;
  readonly percenthack: ReadonlySet<string>;
  /** 1: short letters are made durable in queue/journal/ first; 0: each is an ordinary queue entry at once. */
  readonly queuejournal: number;
  readonly qmailqueue: string;
  readonly queuelifetime: number;
  readonly taps: Taps;
  readonly timeoutqmailqueue: number;
  readonly virtualdomains: ReadonlyMap<string, string>;
}

export const queueSettings: Definitions<QueueSettings> = {
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
  bounceinterval: {
    kind: 'int',
    default: '3600',
    readers: 'queue',
    meaning:
      'Seconds in which a stranger gets one bounce about the same recipients and cause; the next are only told in the log. Those who logged in, may relay or send from here get all. 0: everybody gets all, as in qmail.',
    read: ownNumber(3600, 0, 604_800),
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
  concurrencyremote: {
    kind: 'int',
    default: '20',
    readers: 'queue',
    meaning: 'Remote deliveries at the same time; 0 holds remote mail.',
    qmail: true,
    read: numberOr(20),
  },
  delaywarning: {
    kind: 'int',
    default: '14400',
    readers: 'queue',
    meaning:
      'Seconds after which a sender who asked for it (NOTIFY=DELAY, RFC 3461) is told that the message still waits; 0 tells nobody. Nobody is told unasked.',
    read: ownNumber(14_400, 0, 604_800),
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
  locals: {
    kind: 'list',
    default: 'me',
    readers: 'queue, smtpd',
    meaning: 'Domains whose mail is delivered to the users of this machine.',
    qmail: true,
    usesMe: true,
    read: (file) => readSet(file) ?? new Set([lowerAscii(hostNeeded(file))]),
  },
  percenthack: {
    kind: 'list',
    default: 'none',
    readers: 'queue',
    meaning: 'Domains where user%host@domain means user@host.',
    qmail: true,
    read: (file) => readSet(file) ?? EMPTY_SET,
  },
  queuejournal: {
    kind: 'int',
    default: '0',
    readers: 'queue',
    meaning:
      'With 1, a short letter is first made durable in a journal, which is faster; it becomes a queue entry when it is not delivered within a second. Read at start.',
    atStart: true,
    read: ownNumber(0, 0, 1),
  },
  qmailqueue: {
    kind: 'line',
    default: 'none',
    readers: 'all servers, commands',
    meaning:
      'Program that gets all new mail in the place of qmail-queue (doors, webmail, forwards, bounces, sendmail, qmail-inject and the other commands); $QMAILQUEUE of a session or command wins.',
    read: (file) => readLine(file) ?? '',
  },
  queuelifetime: {
    kind: 'int',
    default: '604800',
    readers: 'queue',
    meaning: 'Seconds that a message is tried before it bounces.',
    qmail: true,
    read: numberOr(604_800),
  },
  taps: {
    kind: 'list',
    default: 'none',
    readers: 'queue',
    meaning:
      'Secret copies: F, T or A (sender, recipients, either), a regular expression, and who gets a copy, with colons between them; the first that fits.',
    read: readTaps,
  },
  timeoutqmailqueue: {
    kind: 'int',
    default: '300',
    readers: 'all servers',
    meaning: 'Seconds that a program in the place of qmail-queue may take for a message.',
    read: ownNumber(300, 1, 86_400),
  },
  virtualdomains: {
    kind: 'map',
    default: 'none',
    readers: 'queue, smtpd',
    meaning: 'Virtual domains and users: domain:prepend, user@domain:prepend, .domain:prepend.',
    qmail: true,
    read: readMap,
  },
};
