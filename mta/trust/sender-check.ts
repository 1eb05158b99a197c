// The check "who sent it" of strangers' letters (stage 1): SPF, DKIM, ARC and DMARC by mailauth in threads of their own,
// judged by control files, written on top of the letter, and told to whoever counts for DMARC reports. With senderauth 0
// and spfbehavior 0 it looks at nothing and finds nothing.
import { type SenderSettings, senderSettingNames } from '../control/definitions/senders.ts';
import type { Log } from '../log.ts';
import { isReportHeader } from './dmarc-reports/report-mark.ts';
import type { LetterFacts, SenderWishes } from './sender-facts.ts';
import { renderReceivedSpf, renderResults } from './sender-fields.ts';
import type { RecordSenderResults } from './sender-results.ts';
import { ignoredBy, judgeSender, resultsOf, type SenderRules } from './sender-rules.ts';
import { createSenderThreads } from './sender-threads.ts';
import type { LetterCheck } from './types.ts';

/** The control files that it goes by. */
export const senderRuleNames = ['me', ...senderSettingNames] as const;

export interface SenderCheckOptions {
  /** Of the moment. */
  readonly rules: () => SenderRules | Promise<SenderRules>;
  /** As control/dnsservers; none: the system's. */
  readonly dnsServers: readonly string[];
  readonly log: Log;
  /** Told once a letter whose author's domain publishes a policy. */
  readonly record?: RecordSenderResults | undefined;
  /** At most; 1 or 2. */
  readonly threads?: number | undefined;
  /** Milliseconds for the DNS of a letter, and for its check. */
  readonly dnsMilliseconds?: number | undefined;
  readonly milliseconds?: number | undefined;
  /** 0 up to 1. */
  readonly random?: (() => number) | undefined;
}

export interface SenderCheck extends LetterCheck {
  /** Ends the threads; checks under way reject. */
  close(): Promise<void>;
}

/**
 * Is anything switched on? Else the check need not be asked.
 * @param spfBehavior $SPFBEHAVIOR of the client's rules
 */
export const wantsSenderCheck = (
  { senderauth, spfbehavior }: Pick<SenderSettings, 'senderauth' | 'spfbehavior'>,
  spfBehavior?: number,
): boolean => senderauth > 0 || (spfBehavior ?? spfbehavior) > 0;

function wishesOf(letter: LetterFacts, rules: SenderRules): SenderWishes {
  const { me, senderauth, spfbehavior, spfrules, spfguess } = rules;
  // Only spfbehavior asks what the site's own terms say.
  const own = spfbehavior > 0;
  return {
    me,
    spf: wantsSenderCheck(rules) && ignoredBy(letter, rules) === undefined,
    signatures: senderauth > 0,
    spfRules: own ? spfrules : '',
    spfGuess: own ? spfguess : '',
  };
}

/** Bytes and lines of a header, as the SMTP door takes them (spec/security.md R5): more would hold the thread. */
const MOST_HEADER_BYTES = 1_048_576;
const MOST_HEADER_LINES = 10_000;

function checkSize(header: Buffer): void {
  let lines = 0;
  for (let at = header.indexOf(10); at >= 0 && lines <= MOST_HEADER_LINES; at = header.indexOf(10, at + 1))
    lines++;
  if (header.length > MOST_HEADER_BYTES || lines > MOST_HEADER_LINES)
    throw new Error('sender check: the header is too big');
}

/** Makes the check; its threads start with the first letter. */
export function createSenderCheck(options: SenderCheckOptions): SenderCheck {
  const { rules: rulesNow, dnsServers, log, record, threads, random = Math.random } = options;
  // RFC 7208 4.6.4 wants SPF to have 20 seconds; the client waits ten minutes for an answer (RFC 5321 4.5.3.2.6).
  const { dnsMilliseconds = 22_000, milliseconds = 40_000 } = options;
  const pool = createSenderThreads({
    lookup: { servers: dnsServers },
    log,
    threads,
    milliseconds: dnsMilliseconds,
  });
  return {
    name: 'sender',
    stage: 1,
    milliseconds,
    async check(letter, _known, signal) {
      const { ip, helo, sender, time, content } = letter;
      const site = await rulesNow();
      const rules: SenderRules = { ...site, spfbehavior: letter.spfBehavior ?? site.spfbehavior };
      const wishes = wishesOf(letter, rules);
      if (!wishes.spf && !wishes.signatures) return { findings: [] };
      checkSize(content.header);
      const asked: LetterFacts = { ip, helo, sender };
      const facts = await pool.examine(asked, wishes, content, signal);
      const judgement = judgeSender(asked, facts, rules, random());
      const results = resultsOf({ ...asked, time }, facts, judgement);
      if (results !== undefined) record?.({ ...results, isReport: isReportHeader(content.header) });
      return {
        findings: judgement.findings,
        headers: [
          wishes.signatures ? renderResults(rules.me, facts, judgement) : '',
          facts.spf === undefined ? '' : renderReceivedSpf(rules.me, asked, facts.spf),
        ].join(''),
      };
    },
    close: () => pool.close(),
  };
}
