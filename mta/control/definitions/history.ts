// The delivery history of the admin pages, and reports about mail; qmail kept none but its log.
// Each entry of the table says how its file is read and what holds without it; ../definitions.ts joins the rooms.

import { isDomainName } from '../../formats/address.ts';
import { ControlError, readLine } from '../reading.ts';
import type { Definitions, Entry } from './entry.ts';
import { ownNumber } from './entry.ts';

export interface HistorySettings {
  readonly historydays: number;
  /** 1: DMARC aggregate reports are counted and sent. */
  readonly dmarcreports: number;
  readonly dmarcreportfrom: string;
  /** 1: TLS reports are counted and sent. */
  readonly tlsreports: number;
  readonly tlsreportfrom: string;
}

/** Ten years. */
const MOST_DAYS = 3660;

const reportSender = (what: string, readers: string, proof: string): Entry<string> => ({
  kind: 'line',
  default: 'postmaster@me',
  readers,
  meaning: `Sender of the ${what}. Its domain has to pass ${proof} from this host, or nobody believes them.`,
  usesMe: true,
  read: (file) => {
    const line = readLine(file) || `postmaster@${file.me ?? ''}`;
    const at = line.lastIndexOf('@');
    const isAddress = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}$/.test(line.slice(0, at));
    if (!isAddress || !isDomainName(line.slice(at + 1).toLowerCase()))
      throw new ControlError(file.path, line, 'an address such as postmaster@example.com');
    return line;
  },
});

export const historySettings: Definitions<HistorySettings> = {
  historydays: {
    kind: 'int',
    default: '30',
    readers: 'history',
    meaning: 'Days for which the admin pages know what became of a letter; 0 keeps no delivery history.',
    atStart: true,
    read: ownNumber(30, 0, MOST_DAYS),
  },
  dmarcreports: {
    kind: 'int',
    default: '0',
    readers: 'history, smtpd',
    meaning:
      'With 1, domains that ask for it get a DMARC report once a day about the letters that claimed to be theirs.',
    read: ownNumber(0, 0, 1),
  },
  dmarcreportfrom: reportSender('DMARC reports', 'history', 'DMARC'),
  tlsreports: {
    kind: 'int',
    default: '0',
    readers: 'remote',
    meaning:
      'With 1, domains that ask for it get a TLS report once a day about the TLS of the sessions with their mail hosts (RFC 8460).',
    read: ownNumber(0, 0, 1),
  },
  tlsreportfrom: reportSender('TLS reports', 'remote', 'DKIM'),
};
