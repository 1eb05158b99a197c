// Accounts and the webmail; none of these was in qmail.
// Each entry of the table says how its file is read and what holds without it; ../definitions.ts joins the rooms.
import { readClients } from '../network.ts';
import { ControlError, readLine, readLines } from '../reading.ts';
import type { Definitions } from './entry.ts';
import { numberOr } from './entry.ts';

/** The values, after defaults. Domain names and keys are in lower case. */
export interface PeopleSettings {
  readonly clearpasswords: 'ignore' | 'use' | 'wipe';
  readonly passwordscheme: 'sha512-crypt' | 'scrypt';
  readonly onchange: boolean;
  readonly poprelayminutes: number;
  readonly webhosts: readonly string[];
  readonly webproxies: readonly string[];
}

export const peopleSettings: Definitions<PeopleSettings> = {
  clearpasswords: {
    kind: 'line',
    default: 'ignore',
    readers: 'accounts vchkpw',
    meaning:
      'Clear passwords that an old vpopmail stored: ignore leaves them alone, use lets vchkpw answer APOP and CRAM-MD5 by them, wipe empties each at its next login. A new password empties it in any case; none is ever written.',
    read: (file) => {
      const line = readLine(file) || 'ignore';
      if (line === 'ignore' || line === 'use' || line === 'wipe') return line;
      throw new ControlError(file.path, line, 'ignore, use or wipe');
    },
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
  onchange: {
    kind: 'line',
    default: '0',
    readers: 'accounts',
    meaning:
      "With 1, vpopmail's etc/onchange is run after each change that the admin pages make; its arguments say which.",
    read: (file) => {
      const line = readLine(file) || '0';
      if (line === '0' || line === '1') return line === '1';
      throw new ControlError(file.path, line, '0 or 1');
    },
  },
  poprelayminutes: {
    kind: 'int',
    default: '0',
    readers: 'vchkpw, clearopensmtp',
    meaning:
      'Minutes for which a login through vchkpw opens relaying for its address (POP before SMTP); vpopmail took 180. 0: off.',
    read: numberOr(0),
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
