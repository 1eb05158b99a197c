// Accounts and the webmail; none of these was in qmail.
// Each entry of the table says how its file is read and what holds without it; ../definitions.ts joins the rooms.
import type { AllowedSenders } from '../../accounts/administration/own-addresses.ts';
import { readSendingLimits, type SendingLimits } from '../../accounts/sending-limits.ts';
import { lowerAscii } from '../../formats/address.ts';
import { readClients } from '../network.ts';
import type { ControlFile } from '../reading.ts';
import { ControlError, readLine, readLines } from '../reading.ts';
import type { Definitions } from './entry.ts';
import { numberOr, ownNumber } from './entry.ts';

/** The values, after defaults. Domain names and keys are in lower case. */
export interface PeopleSettings {
  /** Other addresses that accounts may send under. */
  readonly allowedsenders: AllowedSenders;
  /** How much accounts and domains may send. */
  readonly relaylimits: SendingLimits;
  readonly adminclients: readonly string[];
  /** Domains that are put off; the name of a real one stands for its alias domains too. */
  readonly disableddomains: ReadonlySet<string>;
  readonly clearpasswords: 'ignore' | 'use' | 'wipe';
  readonly passwordscheme: 'sha512-crypt' | 'scrypt' | 'argon2id';
  readonly onchange: boolean;
  readonly poprelayminutes: number;
  /** Real domains whose accounts do not see each other's addresses; `*` is all. */
  readonly privatedomains: ReadonlySet<string>;
  readonly vpopmailauth: 'cdb' | 'mysql' | 'pgsql';
  readonly vpopmaillimits: 'file' | 'table';
  readonly vpopmailtables: 'one' | 'domain';
  readonly vpopmailvalias: boolean;
  readonly scram: boolean;
  readonly webcleandays: number;
  readonly webhosts: readonly string[];
  readonly webidle: number;
  readonly weblocked: readonly WebLock[];
  readonly webproxies: readonly string[];
  readonly webstay: number;
  readonly webrecipients: number;
  readonly webpictures: boolean;
  readonly webharmful: 'warn' | 'block';
}

/** `WHO:ADDRESS`: an account, or `@domain` for all of one; an address, or `@domain` for all of one. */
function readAllowedSenders(file: ControlFile): AllowedSenders {
  const allowed = new Map<string, string[]>();
  for (const line of readLines(file) ?? []) {
    const [, who = '', address = ''] =
      /^([^:\s]*@[^:@\s]+):([^:\s]*@[^:@\s]+)$/.exec(lowerAscii(line.trim())) ?? [];
    if (address === '')
      throw new ControlError(
        file.path,
        line,
        'WHO:ADDRESS, each an address or @ with a domain for all of it',
      );
    allowed.set(who, [...(allowed.get(who) ?? []), address]);
  }
  return allowed;
}

/** A line of weblocked. */
export interface WebLock {
  readonly domain: string;
  readonly choice: string;
  readonly value: string;
}

/** `domain:choice:value`; whether there is such a choice, the webmail knows. */
const readLocks = (file: ControlFile): readonly WebLock[] =>
  (readLines(file) ?? []).map((line) => {
    const [, domain = '', choice = '', value = ''] = /^([^:]+):(\w+):(.*)$/.exec(line) ?? [];
    if (choice === '') throw new ControlError(file.path, line, 'domain:choice:value, or *:choice:value');
    return { domain: lowerAscii(domain), choice, value };
  });

/** One of a few words; the first when nothing is said. */
const oneOf =
  <const W extends string>(words: readonly [W, W, ...W[]]) =>
  (file: ControlFile): W => {
    const line = readLine(file) || words[0];
    const found = words.find((word) => word === line);
    if (found !== undefined) return found;
    const [last, ...others] = words.toReversed();
    throw new ControlError(file.path, line, `${others.toReversed().join(', ')} or ${last}`);
  };

/** Names of domains. Never throws: a wrong line here must not shut out those who could put it right. */
const readNames = ({ text = '' }: ControlFile): ReadonlySet<string> =>
  new Set(
    text
      .split('\n')
      .map((line) => lowerAscii(line.trim()))
      .filter((line) => line !== '' && !line.startsWith('#')),
  );

export const peopleSettings: Definitions<PeopleSettings> = {
  allowedsenders: {
    kind: 'map',
    default: 'none',
    readers: 'smtpd accounts web',
    meaning:
      'Addresses besides their own that accounts may send under, at submission and in the webmail: WHO:ADDRESS a line; WHO is an account, or @domain for all of one, ADDRESS an address, or @domain for all of one.',
    read: readAllowedSenders,
  },
  relaylimits: {
    kind: 'map',
    default: ':1000:200, @:0:0',
    readers: 'accounts web',
    meaning:
      'Recipients that people may send to in a day and in an hour, submission and webmail together: WHO:DAY:HOUR a line, 0 for no limit, without HOUR by the day only. WHO is an account, or @domain for a domain as a whole; nothing for every other account, @ for every other domain.',
    read: readSendingLimits,
  },
  adminclients: {
    kind: 'list',
    default: 'any',
    readers: 'web',
    meaning:
      'IP addresses and networks from which the admin pages are to be had; for others there is nothing at /admin. People change their own settings from everywhere.',
    atStart: true,
    read: (file) => readClients(file) ?? [],
  },
  clearpasswords: {
    kind: 'line',
    default: 'ignore',
    readers: 'accounts vchkpw',
    meaning:
      'Clear passwords that an old vpopmail stored: ignore leaves them alone, use lets vchkpw answer APOP and CRAM-MD5 by them, wipe empties each at its next login. A new password empties it in any case; none is ever written.',
    read: oneOf(['ignore', 'use', 'wipe']),
  },
  disableddomains: {
    kind: 'list',
    default: 'none',
    readers: 'accounts, smtpd, qmtpd, local',
    meaning:
      'Domains of which nobody can sign in and whose mail waits: 450 at the doors, what is in the queue is tried again until queuelifetime. A domain stands for its alias domains too. The admin pages keep it.',
    read: readNames,
  },
  passwordscheme: {
    kind: 'line',
    default: 'sha512-crypt',
    readers: 'accounts',
    meaning:
      'Form of new password hashes: sha512-crypt, which vpopmail reads too, or the stronger argon2id (which Dovecot reads) and scrypt.',
    read: oneOf(['sha512-crypt', 'scrypt', 'argon2id']),
  },
  vpopmailauth: {
    kind: 'line',
    default: 'cdb',
    readers: 'accounts',
    meaning:
      'Where accounts are: cdb (vpasswd files), mysql (by etc/vpopmail.mysql) or pgsql (by etc/vpopmail.pgsql). A change holds after a restart.',
    atStart: true,
    read: oneOf(['cdb', 'mysql', 'pgsql']),
  },
  vpopmaillimits: {
    kind: 'line',
    default: 'file',
    readers: 'accounts',
    meaning:
      'With accounts in SQL, where the limits of domains are: file (.qmailadmin-limits) or table (limits). A change holds after a restart.',
    atStart: true,
    read: oneOf(['file', 'table']),
  },
  vpopmailtables: {
    kind: 'line',
    default: 'one',
    readers: 'accounts',
    meaning:
      'With accounts in SQL, their tables: one (vpopmail) or one for each domain. A change holds after a restart.',
    atStart: true,
    read: oneOf(['one', 'domain']),
  },
  vpopmailvalias: {
    kind: 'line',
    default: '0',
    readers: 'accounts',
    meaning:
      'With accounts in SQL, 1 where aliases are in the table valias too; mail looks there before it looks for the account. A change holds after a restart.',
    atStart: true,
    read: (file) => oneOf(['0', '1'])(file) === '1',
  },
  onchange: {
    kind: 'line',
    default: '0',
    readers: 'accounts',
    meaning:
      "With 1, vpopmail's etc/onchange is run after each change that the admin pages or vpopmail's commands make; its arguments say which.",
    read: (file) => oneOf(['0', '1'])(file) === '1',
  },
  poprelayminutes: {
    kind: 'int',
    default: '0',
    readers: 'vchkpw, clearopensmtp',
    meaning:
      'Minutes for which a login through vchkpw opens relaying for its address (POP before SMTP); vpopmail took 180. 0: off.',
    read: numberOr(0),
  },
  privatedomains: {
    kind: 'list',
    default: 'none',
    readers: 'web',
    meaning:
      'Domains whose people do not see a list of their domain: the webmail then completes no address of another account. A line with * stands for all domains.',
    read: readNames,
  },
  scram: {
    kind: 'line',
    default: '0',
    readers: 'accounts, smtpd, imapd, pop3d',
    meaning:
      'With 1, mail programs may sign in by SCRAM-SHA-256, which never says the password. Its verifier of a password is kept in the account when that was said in full and was right, so each account signs in once in another way first. A verifier is easier to guess from than a scrypt hash.',
    read: (file) => oneOf(['0', '1'])(file) === '1',
  },
  webcleandays: {
    kind: 'int',
    default: '0',
    readers: 'web',
    meaning:
      'Most days that mail stays in the Trash and Junk of people who use the webmail, whatever they chose; 0: as they chose.',
    read: ownNumber(0, 0, 3650),
  },
  webhosts: {
    kind: 'list',
    default: 'any',
    readers: 'web',
    meaning: 'Host names under which the webmail answers.',
    atStart: true,
    read: (file) => readLines(file) ?? [],
  },
  webidle: {
    kind: 'int',
    default: '28800',
    readers: 'web',
    meaning:
      'Seconds without a click after which a session of the webmail ends, from 300 to 31,536,000. Busy ones end after 12 hours, or after this time when it is longer.',
    atStart: true,
    read: ownNumber(28_800, 300, 31_536_000),
  },
  weblocked: {
    kind: 'list',
    default: 'none',
    readers: 'web',
    meaning:
      'Settings of the webmail that are chosen for all people of a domain, as DOMAIN:CHOICE:VALUE (* for all domains): example.com:pictures:never. They see them and cannot change them. The names are those of the settings file that anybody can download under Settings.',
    atStart: true,
    read: readLocks,
  },
  webproxies: {
    kind: 'list',
    default: 'none',
    readers: 'web',
    meaning:
      'IP addresses and networks of the proxies in front of the webmail: their word on the client address and on TLS counts.',
    atStart: true,
    read: (file) => readClients(file) ?? [],
  },
  webrecipients: {
    kind: 'int',
    default: '100',
    readers: 'web',
    meaning: 'Recipients that one message of the webmail may have.',
    read: ownNumber(100, 1, 10_000),
  },
  webstay: {
    kind: 'int',
    default: '2592000',
    readers: 'web',
    meaning:
      'The same for a session that was begun with "Keep me signed in on this device": it lasts until this many seconds have passed without a click.',
    atStart: true,
    read: ownNumber(2_592_000, 300, 31_536_000),
  },
  webpictures: {
    kind: 'line',
    default: '1',
    readers: 'web',
    meaning:
      'With 0, the webmail never fetches pictures of the web, whatever its people choose. With 1 it fetches those that they allow, for them and without telling who reads.',
    atStart: true,
    read: (file) => oneOf(['1', '0'])(file) === '1',
  },
  webharmful: {
    kind: 'line',
    default: 'warn',
    readers: 'web',
    meaning:
      'What the webmail does with attachments that can do harm (programs, scripts, macros, archives with such files in them): warn asks before the download, block does not give them out.',
    atStart: true,
    read: oneOf(['warn', 'block']),
  },
};
