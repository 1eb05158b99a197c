// What keeps junk out at the SMTP door: DNS lists, greylisting, checks of clients, reputation, scanners, and from how many
// points on a letter is junk (spec/qmail.md 3.2). Each entry of the table says how its file is read and what holds without
// it; ../definitions.ts joins the rooms. With none of these files the door is qmail's.
import type { BlockList } from '../block-lists.ts';
import { readBlockLists } from '../block-lists.ts';
import type { ClientCheckRules } from '../client-checks.ts';
import { clientCheckNames, readClientChecks } from '../client-checks.ts';
import { readClients } from '../network.ts';
import type { ControlFile } from '../reading.ts';
import { ControlError, readLine } from '../reading.ts';
import type { ScannerLine } from '../scanner-line.ts';
import { readScanner } from '../scanner-line.ts';
import type { Definitions } from './entry.ts';
import { ownNumber } from './entry.ts';

/** The values, after defaults. */
export interface JunkSettings {
  readonly clamd: ScannerLine | undefined;
  readonly clientchecks: ClientCheckRules;
  /** 1: a list that does not answer counts as a listing. */
  readonly dnsblfailclosed: number;
  readonly dnsbllist: readonly BlockList[];
  /** Seconds; 0: off. */
  readonly greylist: number;
  /** Networks that are never greylisted. */
  readonly 'greylist.white': readonly string[];
  /** Letters. */
  readonly greylistpass: number;
  /** Points. */
  readonly junkscore: number;
  readonly rejectscore: number;
  /** 1: on. */
  readonly reputation: number;
  readonly rhsbllist: readonly BlockList[];
  readonly rspamd: ScannerLine | undefined;
  readonly spamd: ScannerLine | undefined;
  readonly uribllist: readonly BlockList[];
}

const MOST_POINTS = 1000;

/** Points with at most one decimal. */
const pointsOr = (usual: number) => (file: ControlFile) => {
  const line = readLine(file);
  if (line === undefined || line === '') return usual;
  if (!/^[0-9]{1,4}(?:\.[0-9])?$/.test(line) || Number(line) === 0 || Number(line) > MOST_POINTS)
    throw new ControlError(file.path, line, `points from 0.1 to ${MOST_POINTS} such as 5 or 7.5`);
  return Number(line);
};

const SCANNER = 'HOST:PORT or the path of a socket; behind it, as wanted,';
const BOUNDS = 'seconds=N and bytes=N (time and size limit)';
const DEFER = 'defer (451 when it cannot be asked, instead of taking the letter unseen)';

export const junkSettings: Definitions<JunkSettings> = {
  clamd: {
    kind: 'line',
    default: 'none',
    readers: 'smtpd',
    meaning: `ClamAV's clamd, which looks into strangers' letters: ${SCANNER} ${DEFER}, junk (viruses are marked as junk, not refused), ${BOUNDS}.`,
    read: readScanner({ seconds: 30, bytes: 26_214_400, options: ['defer', 'junk', 'seconds', 'bytes'] }),
  },
  clientchecks: {
    kind: 'list',
    default: 'none',
    readers: 'smtpd',
    meaning: `What is made of strangers with a wrong name: CHECK ACTION a line. ${clientCheckNames.join(', ')}: HELO with our own name or address, HELO with what is no host name, HELO name without an address, client without a name that leads back. ACTION: reject, defer, or points.`,
    read: readClientChecks,
  },
  dnsblfailclosed: {
    kind: 'int',
    default: '0',
    readers: 'smtpd',
    meaning:
      'With 1, a list of dnsbllist that does not answer counts as a listing; $DNSBLFAILCLOSED does the same.',
    read: ownNumber(0, 0, 1),
  },
  dnsbllist: {
    kind: 'list',
    default: 'none',
    readers: 'smtpd, qmtpd',
    meaning:
      "DNS lists of clients: ZONE (refused for now), -ZONE (for good), +ZONE (welcome: no other list, no greylisting), =ZONE (noted), =2.5 ZONE (so many points); ZONE=127.0.0.2,127.0.0.3 for these answers only; :WORDS with %IP% for the refusal, else the list's own. $DNSBLLIST names another file, $DNSBLSKIP or $RBLSMTPD is no question.",
    read: readBlockLists,
  },
  greylist: {
    kind: 'int',
    default: '0 (off)',
    readers: 'smtpd, qmtpd',
    meaning:
      'Seconds that a letter of an unknown network, sender and recipient has to wait before it is taken at a later try; 300 is usual. A domain that SPF lets the client send for counts as a network too, so that pools of providers are known by it.',
    read: ownNumber(0, 0, 86_400),
  },
  'greylist.white': {
    kind: 'list',
    default: 'none',
    readers: 'smtpd, qmtpd',
    meaning: 'IP addresses and networks (ADDRESS/BITS) that are never greylisted.',
    read: (file) => readClients(file) ?? [],
  },
  greylistpass: {
    kind: 'int',
    default: '5',
    readers: 'smtpd, qmtpd',
    meaning: 'Greylisted letters that came again, after which their network is no longer greylisted.',
    read: ownNumber(5, 1, 1000),
  },
  junkscore: {
    kind: 'line',
    default: '5',
    readers: 'smtpd',
    meaning: 'Points from which on a letter is marked as junk, with at most one decimal.',
    read: pointsOr(5),
  },
  rejectscore: {
    kind: 'line',
    default: '15',
    readers: 'smtpd',
    meaning: 'Points from which on a letter is refused, with at most one decimal.',
    read: pointsOr(15),
  },
  reputation: {
    kind: 'int',
    default: '0',
    readers: 'smtpd',
    meaning:
      'With 1, a network that sent mostly junk or to unknown recipients in the last seven days has tighter limits on its connections.',
    read: ownNumber(0, 0, 1),
  },
  rhsbllist: {
    kind: 'list',
    default: 'none',
    readers: 'smtpd, qmtpd',
    meaning:
      "DNS lists of domains, as dnsbllist: asked about the sender's domain, the HELO name and the client's name; +ZONE about the latter only.",
    read: readBlockLists,
  },
  rspamd: {
    kind: 'line',
    default: 'none',
    readers: 'smtpd',
    meaning: `The worker "normal" of rspamd, which judges strangers' letters: ${SCANNER} ${DEFER}, points (its action is not followed), ${BOUNDS}.`,
    read: readScanner({ seconds: 15, bytes: 10_485_760, options: ['defer', 'points', 'seconds', 'bytes'] }),
  },
  spamd: {
    kind: 'line',
    default: 'none',
    readers: 'smtpd',
    meaning: `SpamAssassin's spamd, which judges strangers' letters: ${SCANNER} ${DEFER}, ${BOUNDS}.`,
    read: readScanner({ seconds: 30, bytes: 512_000, options: ['defer', 'seconds', 'bytes'] }),
  },
  uribllist: {
    kind: 'list',
    default: 'none',
    readers: 'smtpd',
    meaning:
      "DNS lists of domains that strangers' letters link to (SURBL, URIBL), as dnsbllist, mostly =POINTS ZONE: a list counts once a letter, however many links are on it; a domain on a +ZONE is not asked about elsewhere. Looked at: the first 256 KiB, 20 domains.",
    read: readBlockLists,
  },
};

/** The names of this room, for those who read it as a whole. */
export const junkSettingNames = Object.keys(junkSettings) as readonly (keyof JunkSettings)[];
