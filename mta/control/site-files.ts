// What lies in control/ besides the settings, and what of it is nobody's to see or not to be changed from afar: for
// qmail-showctl and the settings page. Pure; the settings themselves are in definitions.ts.
import { settingTable } from './definitions.ts';
import { ControlError } from './reading.ts';

/** Files that only the run scripts of old sites read: what they set is set otherwise here. */
export const runScriptFiles: Readonly<Record<string, string>> = {
  concurrencyincoming: 'Read by run scripts of tcpserver; our own doors have maxconnections.',
  softlimit: 'Read by run scripts of tcpserver; our own doors have limits of their own.',
};

/** What is read beside the settings. */
export const otherFiles: Readonly<Record<string, string>> = {
  domainkeys: 'Private keys that sign outgoing mail (DKIM): DOMAIN/SELECTOR, in PEM.',
  notlshosts: 'Hosts that get no TLS: files by their names.',
  'acmeca.pem': 'Roots of a private certificate authority, for acme.',
  'clientca.pem': 'Authorities that vouch for clients of tlsclients.',
  'clientcrl.pem': 'What the authorities of clientca.pem have revoked.',
  'clientcert.pem': 'Certificate and key that are shown to other hosts that ask for one.',
  'servercert.pem': 'Certificate and key for TLS at the doors.',
  servercerts: 'Certificates of single names: NAME/servercert.pem, NAME a host name or *.example.com.',
  tlshosts:
    'Hosts that must prove who they are: NAME.pem has the authorities. With exhaustivelist no other host gets TLS.',
};

const known: ReadonlySet<string> = new Set([
  ...settingTable.map(({ name }) => name),
  ...settingTable.filter(({ kind }) => kind === 'cdb' || kind === 'rules').map(({ name }) => `${name}.cdb`),
  ...Object.keys(runScriptFiles),
  ...Object.keys(otherFiles),
]);

/** The files that nobody reads, by name. Lock files are vpopmail's; it leaves them. */
export const listUnknownFiles = (names: readonly string[]): readonly string[] =>
  names.filter((name) => !known.has(name) && !known.has(name.replace(/\.lock$/, ''))).sort();

const withPasswords: readonly string[] = ['authsenders', 'qmtproutes', 'smtproutes'];

/** Each line is a secret. */
const secrets: readonly string[] = ['acmeeab', 'srs_secrets'];

/** May this text of a setting hold passwords? Routes carry `|user|password`. */
export const holdsPasswords = (name: string, text: string): boolean =>
  secrets.includes(name) ? text.trim() !== '' : withPasswords.includes(name) && text.includes('|');

/** Lines without what follows a `|` in the files that may hold passwords: who may see them need not know those. */
export const hidePasswords = (name: string, lines: readonly string[]): readonly string[] => {
  if (secrets.includes(name)) return lines.map((line) => line && '|...');
  return withPasswords.includes(name) ? lines.map((line) => line.replace(/\|.*/s, '|...')) : lines;
};

/** What is wrong with a file, without its name and the passwords in it. */
export const faultWords = (name: string, error: ControlError): string => {
  const place = error.file.startsWith(name) ? error.file.slice(name.length).trim() : error.file;
  const value = hidePasswords(name, [error.value])[0] ?? '';
  return new ControlError(place, value, error.expected).message.replace(/^: /, '');
};

/** Why a setting is changed on the machine only. */
export type SettingLock = 'domains' | 'host' | 'programs' | 'users' | 'accounts' | 'compiled';

const locks: Readonly<Record<SettingLock, readonly string[]>> = {
  domains: ['disableddomains', 'dkimselectors', 'locals', 'morercpthosts', 'rcpthosts', 'virtualdomains'],
  host: ['me'],
  // Each names programs, or sets variables that do: who has stolen an administrator's session must not become a user of
  // this machine by it.
  programs: [
    'acmehook',
    'defaultdelivery',
    'environment',
    'filterargs',
    'programenv',
    'qfilters',
    'qmaillocal',
    'qmailqueue',
    'qmailremote',
    'rcptcheck',
    'smtpplugins',
    'tcp.qmqp',
    'tcp.qmtp',
    'tcp.smtp',
    'tcp.submission',
  ],
  users: ['roleusers'],
  // A wrong word would shut out everybody who could put it right.
  accounts: ['vpopmailauth', 'vpopmaillimits', 'vpopmailtables', 'vpopmailvalias'],
  compiled: ['morevalidrcptto'],
};

/** Undefined: it may be changed on a page. */
export const settingLock = (name: string): SettingLock | undefined =>
  (Object.keys(locks) as SettingLock[]).find((lock) => locks[lock].includes(name));
