// Sender rewriting for forwards: the files of the patched qmails (spec/qmail.md 3.2). What they do is in ../../trust/srs.ts.

import { lowerAscii } from '../../formats/address.ts';
import type { ControlFile } from '../reading.ts';
import { ControlError, readLine, readLines } from '../reading.ts';
import type { Definitions } from './entry.ts';
import { ownNumber } from './entry.ts';

/** The values, after defaults. */
export interface SrsSettings {
  readonly srs_alwaysrewrite: number;
  /** In lower case; '': off. */
  readonly srs_domain: string;
  readonly srs_hashlength: number;
  readonly srs_hashmin: number;
  /** Days. */
  readonly srs_maxage: number;
  readonly srs_secrets: readonly string[];
  readonly srs_separator: string;
}

const readers = 'remote, send, smtpd';

function readSeparator(file: ControlFile): string {
  const line = readLine(file) || '=';
  if (!/^[-+=]$/.test(line)) throw new ControlError(file.path, line, '=, + or -');
  return line;
}

export const srsSettings: Definitions<SrsSettings> = {
  srs_alwaysrewrite: {
    kind: 'int',
    default: '0',
    readers: 'remote',
    meaning: 'With 1, forwards of senders of our own domains are rewritten too.',
    read: ownNumber(0, 0, 1),
  },
  srs_domain: {
    kind: 'line',
    default: 'none (off)',
    readers,
    meaning:
      'Domain of the envelope senders under which .qmail files forward letters of foreign senders (SRS), so that SPF does not fail for them. One of rcpthosts: bounces come back to it.',
    read: (file) => lowerAscii(readLine(file) ?? ''),
  },
  srs_hashlength: {
    kind: 'int',
    default: '4',
    readers,
    meaning: 'Characters of the hash in an address of SRS.',
    read: ownNumber(4, 4, 27),
  },
  srs_hashmin: {
    kind: 'int',
    default: '4',
    readers,
    meaning: 'Characters of the hash that are enough to be believed.',
    read: ownNumber(4, 4, 27),
  },
  srs_maxage: {
    kind: 'int',
    default: '21',
    readers,
    meaning: 'Days for which bounces to an address of SRS are taken.',
    read: ownNumber(21, 1, 365),
  },
  srs_secrets: {
    kind: 'list',
    default: 'none (off)',
    readers,
    meaning: 'Secrets of SRS: the first one signs, all are believed.',
    read: (file) => readLines(file) ?? [],
  },
  srs_separator: {
    kind: 'line',
    default: '=',
    readers,
    meaning: 'What follows SRS0 and SRS1 in an address: =, + or -.',
    read: readSeparator,
  },
};
