// How senders of strangers' letters are checked: SPF by the names of the patched qmails (spec/qmail.md 3.2), and ours for
// DKIM, DMARC and ARC. Without these files nothing is looked up and nothing is written, as in qmail; ../definitions.ts joins
// the rooms. What the values do is in trust/sender-rules.ts.
import { isIP } from 'node:net';
import { isDomainName } from '../../formats/address.ts';
import { readClients } from '../network.ts';
import type { ControlFile } from '../reading.ts';
import { ControlError, readLine, readLines, readSet } from '../reading.ts';
import { isScoredResult, scoredResults } from '../sender-scores.ts';
import type { Definitions } from './entry.ts';
import { EMPTY_SET, ownNumber } from './entry.ts';

/** Who is not asked about. */
export interface IgnoredSenders {
  /** IP addresses and networks. */
  readonly clients: readonly string[];
  /** Domains of envelope senders, in lower case. */
  readonly domains: ReadonlySet<string>;
}

/** What a DMARC policy may do at most. */
export type DmarcBehavior = 'tag' | 'junk' | 'reject';

/** The values, after defaults. */
export interface SenderSettings {
  /** Domains in lower case. */
  readonly arctrusted: ReadonlySet<string>;
  readonly dmarcbehavior: DmarcBehavior;
  /** 1: SPF, DKIM, ARC and DMARC are checked. */
  readonly senderauth: number;
  /** Points by result. */
  readonly senderscores: ReadonlyMap<string, number>;
  /** 0 to 6. */
  readonly spfbehavior: number;
  /** '' for the words of the program. */
  readonly spfexp: string;
  /** Terms of an SPF record; '' for none. */
  readonly spfguess: string;
  readonly spfignore: IgnoredSenders;
  /** Terms of an SPF record; '' for none. */
  readonly spfrules: string;
}

const behaviors: readonly string[] = ['tag', 'junk', 'reject'] satisfies readonly DmarcBehavior[];

function readBehavior(file: ControlFile): DmarcBehavior {
  const line = readLine(file);
  if (line === undefined || line === '') return 'tag';
  if (!behaviors.includes(line)) throw new ControlError(file.path, line, 'tag, junk or reject');
  return line as DmarcBehavior;
}

function readScores(file: ControlFile): ReadonlyMap<string, number> {
  const scores = new Map<string, number>();
  for (const line of readLines(file) ?? []) {
    const [, result = '', points = ''] = /^([a-z-]+):(-?[0-9]{1,3}(?:\.[0-9])?)$/.exec(line) ?? [];
    if (!isScoredResult(result))
      throw new ControlError(
        file.path,
        line,
        `RESULT:POINTS such as spf-fail:2.5; results are ${scoredResults.join(', ')}`,
      );
    scores.set(result, Number(points));
  }
  return scores;
}

function readIgnored(file: ControlFile): IgnoredSenders {
  const clients: string[] = [];
  const domains = new Set<string>();
  for (const line of readLines(file) ?? []) {
    const address = line.split('/')[0]!;
    if (isIP(address) !== 0) clients.push(...(readClients({ ...file, text: line }) ?? []));
    else if (isDomainName(line)) domains.add(line.toLowerCase());
    else throw new ControlError(file.path, line, 'an IP address, ADDRESS/BITS or a domain');
  }
  return { clients, domains };
}

/** RFC 7208 3: the terms of a record, without its version. */
function readTerms(file: ControlFile): string {
  const line = readLine(file) ?? '';
  if (/[^\x20-\x7e]/.test(line) || line.length > 400)
    throw new ControlError(
      file.path,
      line,
      'terms of an SPF record such as a/24 mx/24, at most 400 characters',
    );
  return line.replace(/^v=spf1(?: +|$)/i, '').trim();
}

const LINE_OF_TEXT = 'one line of at most 300 printable ASCII characters';

export const senderSettings: Definitions<SenderSettings> = {
  arctrusted: {
    kind: 'list',
    default: 'none',
    readers: 'smtpd',
    meaning:
      'Domains of forwarders and lists whose word is taken: a letter that fails DMARC here is not punished when such a domain sealed (ARC) that it passed there.',
    read: (file) => readSet(file) ?? EMPTY_SET,
  },
  dmarcbehavior: {
    kind: 'line',
    default: 'tag',
    readers: 'smtpd',
    meaning:
      'What happens where a DMARC policy asks for it: tag (points and headers only), junk (quarantine and reject both go to Junk), reject (the policy is obeyed).',
    read: readBehavior,
  },
  senderauth: {
    kind: 'int',
    default: '0 (off)',
    readers: 'smtpd',
    meaning:
      "With 1, SPF, DKIM, ARC and DMARC of strangers' letters are checked and written into Authentication-Results.",
    read: ownNumber(0, 0, 1),
  },
  senderscores: {
    kind: 'list',
    default: 'built in',
    readers: 'smtpd',
    meaning: `Points for what the checks of senders find, RESULT:POINTS a line, in place of the built-in ones: ${scoredResults.join(', ')}.`,
    read: readScores,
  },
  spfbehavior: {
    kind: 'int',
    default: '0',
    readers: 'smtpd',
    meaning:
      'SPF: 0 off, 1 header only, 2 also 451 when the DNS does not answer, 3 also refuse fail, 4 softfail, 5 neutral, 6 all but pass. What passes DMARC is not refused for SPF. $SPFBEHAVIOR wins.',
    read: ownNumber(0, 0, 6),
  },
  spfexp: {
    kind: 'line',
    default: 'built in',
    readers: 'smtpd',
    meaning:
      "Words for senders that SPF refuses, where their domain publishes none; %{s} is the sender, %{d} his domain, %{i} the client's address.",
    read: (file) => {
      const line = readLine(file) ?? '';
      if (/[^\x20-\x7e]/.test(line) || line.length > 300)
        throw new ControlError(file.path, line, LINE_OF_TEXT);
      return line;
    },
  },
  spfguess: {
    kind: 'line',
    default: 'none',
    readers: 'smtpd',
    meaning: 'SPF terms for domains that publish none, such as a/24 mx/24; for spfbehavior only.',
    read: readTerms,
  },
  spfignore: {
    kind: 'list',
    default: 'none',
    readers: 'smtpd',
    meaning:
      'Clients (addresses, networks: backup MX, forwarders of our own) and domains of senders that SPF is not asked about. What such clients bring is not punished for failing DMARC.',
    read: readIgnored,
  },
  spfrules: {
    kind: 'line',
    default: 'none',
    readers: 'smtpd',
    meaning:
      'SPF terms that are tried when those of the domain do not pass, such as include:forwarder.example; for spfbehavior only.',
    read: readTerms,
  },
};

/** The names of this room, for those who read it as a whole. */
export const senderSettingNames = Object.keys(senderSettings) as readonly (keyof SenderSettings)[];
