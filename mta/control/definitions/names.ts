// The host's names (spec/qmail.md 3.2): me, and what completes an address or a Message-ID when mail is written here.
// Each entry of the table says how its file is read and what holds without it; ../definitions.ts joins the rooms.
import type { HostRule } from '../../inject/header/host-rules.ts';
import { type OwnSts, readOwnSts } from '../own-sts-lines.ts';
import { readHostRuleLines } from '../rewrite-lines.ts';
import type { Definitions } from './entry.ts';
import { hostNeeded, hostOr } from './entry.ts';

/** The values, after defaults. Domain names and keys are in lower case. */
export interface NamesSettings {
  readonly me: string;
  readonly defaultdomain: string;
  readonly defaulthost: string;
  readonly idhost: string;
  /** MTA-STS policies of our own domains. */
  readonly mtasts: ReadonlyMap<string, OwnSts>;
  readonly plusdomain: string;
  /** Undefined: no file; the three defaults rule. */
  readonly rewrite: readonly HostRule[] | undefined;
}

export const namesSettings: Definitions<NamesSettings> = {
  me: {
    kind: 'line',
    default: 'none, needed',
    readers: 'all',
    meaning: "This machine's full host name; the default of the other host names.",
    qmail: true,
    read: hostNeeded,
  },
  defaultdomain: {
    kind: 'line',
    default: 'me',
    readers: 'inject, smtpd (submission), web',
    meaning: 'Added to a host name without a dot; completes a user name at sign in.',
    qmail: true,
    usesMe: true,
    read: hostOr('defaultdomain'),
  },
  defaulthost: {
    kind: 'line',
    default: 'me',
    readers: 'inject, smtpd (submission)',
    meaning: 'Added to an address without a host.',
    qmail: true,
    usesMe: true,
    read: hostOr('defaulthost'),
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
  mtasts: {
    kind: 'map',
    default: 'none',
    readers: 'web',
    meaning:
      'MTA-STS policies of our own domains, served at https://mta-sts.DOMAIN: DOMAIN:MODE:SECONDS, MODE enforce, testing or none, SECONDS for which others keep it; :HOST,HOST behind for mail hosts other than me.',
    read: readOwnSts,
  },
  plusdomain: {
    kind: 'line',
    default: 'me',
    readers: 'inject, smtpd (submission)',
    meaning: 'Replaces a plus sign at the end of a host name.',
    qmail: true,
    usesMe: true,
    read: hostOr('plusdomain'),
  },
  rewrite: {
    kind: 'list',
    default: 'by defaulthost, plusdomain and defaultdomain',
    readers: 'new-inject, ofmipd, smtpd (submission)',
    meaning:
      'Instructions for host names in addresses, each applied once in order: =POST:NEW equal, *POST:NEW at the end, ?POST:NEW at the end with no dot before it, -POST:NEW at the end, all replaced.',
    read: readHostRuleLines,
  },
};
