// What sieved says (RFC 5804 1.3, 2): strings, the last line of an answer, and the capabilities. Pure.

import { type ScriptFault, SIEVE_CAPABILITIES, SIEVE_REDIRECTS } from '../../mta/sieve/types.ts';
import type { Mechanism } from '../../mta/smtpd/auth.ts';
import type { SessionPort } from '../door/line-connection.ts';

/** As a quoted string, or a literal where that cannot be: with line ends, or long. */
export function formatString(text: string): string {
  const plain = text.toWellFormed().replaceAll('\0', '');
  if (!/[\r\n]/.test(plain) && Buffer.byteLength(plain) <= 1024)
    return `"${plain.replace(/["\\]/g, '\\$&')}"`;
  return `{${Buffer.byteLength(plain)}}\r\n${plain}`;
}

/** A response code with what belongs to it. */
export type ResponseCode =
  | 'ACTIVE'
  | 'ALREADYEXISTS'
  | 'ENCRYPT-NEEDED'
  | 'NONEXISTENT'
  | 'QUOTA/MAXSCRIPTS'
  | 'QUOTA/MAXSIZE'
  | 'TRYLATER'
  | 'WARNINGS'
  | `SASL ${string}`
  | `TAG ${string}`;

/** The line that ends an answer. */
export const formatEnd = (word: 'OK' | 'NO' | 'BYE', words: string, code?: ResponseCode): string =>
  `${word}${code === undefined ? '' : ` (${code})`} ${formatString(words)}\r\n`;

/** What is wrong with a script, or doubtful, a line each. */
export const formatFaults = (faults: readonly ScriptFault[]): string =>
  faults
    .slice(0, 50)
    .map(({ line, column, message }) => `line ${line}, column ${column}: ${message}`)
    .join('\r\n');

/** RFC 5804 1.7. `owner`: who signed in. */
export const capabilityLines = (
  port: Pick<SessionPort, 'mayLogin' | 'canStartTls'>,
  mechanisms: readonly Mechanism[],
  owner: string | undefined,
): string =>
  [
    ['IMPLEMENTATION', 'Facteur'],
    ['SIEVE', SIEVE_CAPABILITIES.join(' ')],
    // RFC 5804 1.7: none where a password could be overheard.
    ['SASL', port.mayLogin ? mechanisms.join(' ') : ''],
    ['NOTIFY', 'mailto'],
    ['MAXREDIRECTS', String(SIEVE_REDIRECTS)],
    ['LANGUAGE', 'en'],
    ...(owner === undefined ? [] : [['OWNER', owner]]),
    ...(port.canStartTls && owner === undefined ? [['STARTTLS']] : []),
    ['UNAUTHENTICATE'],
    ['VERSION', '1.0'],
  ]
    .map((line) => `${line.map(formatString).join(' ')}\r\n`)
    .join('');
