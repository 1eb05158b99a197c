// What the site makes of what was found out about a sender: findings with points and measures by control files
// (control/definitions/senders.ts), and the row of a DMARC report. Pure. An error of the DNS never costs a letter more than a
// later try, and that only where spfbehavior asks for it.

import { domainToASCII } from 'node:url';
import type { SenderSettings } from '../control/definitions/senders.ts';
import { makeClientMatcher } from '../control/network.ts';
import { type ScoredResult, scoreOf } from '../control/sender-scores.ts';
import { lowerAscii, splitAddress } from '../formats/address.ts';
import type {
  ArcFacts,
  DmarcFacts,
  LetterFacts,
  SenderFacts,
  SignatureFacts,
  SpfFacts,
} from './sender-facts.ts';
import type { DmarcPolicy, OverrideReason, SenderResults, SpfResult } from './sender-results.ts';
import type { Finding } from './types.ts';

/** The rules of the moment. */
export interface SenderRules extends SenderSettings {
  /** control/me: our name in what we write. */
  readonly me: string;
}

/** In lower case, as A-labels; '' for a notification. */
export function senderDomain({ sender }: LetterFacts): string {
  const domain = lowerAscii(splitAddress(sender).domain);
  return /^[\x21-\x7e]*$/.test(domain) ? domain : domainToASCII(domain);
}

/** Signatures that get a finding, the failing ones of more are left out. */
const MOST_FINDINGS = 3;

/** Why a policy was not followed to the letter. */
export interface Override {
  readonly type: OverrideReason;
  readonly comment: string;
}

export interface SenderJudgement {
  readonly findings: readonly Finding[];
  /** What DMARC asked of this letter in the end. */
  readonly disposition: DmarcPolicy;
  readonly overrides: readonly Override[];
}

/** Whose SPF is not asked about, and why. */
export function ignoredBy(letter: LetterFacts, { spfignore }: SenderRules): 'client' | 'domain' | undefined {
  if (spfignore.clients.length > 0 && makeClientMatcher(spfignore.clients)(letter.ip)) return 'client';
  return spfignore.domains.has(senderDomain(letter)) ? 'domain' : undefined;
}

/** RFC 8617 7.2.1: the sealer whose word is taken, from the newest back as long as each is trusted; '' for none. */
export function findTrustedSealer(arc: ArcFacts | undefined, trusted: ReadonlySet<string>): string {
  if (arc?.result !== 'pass') return '';
  for (const { domain, saysDmarcPass } of [...arc.sets].reverse()) {
    if (!trusted.has(domain)) return '';
    if (saysDmarcPass) return domain;
  }
  return '';
}

const words = (text: string): string => text.replace(/[^\x20-\x7e]|;/g, '?').slice(0, 100);

/** RFC 7208 7 in small: the three macros that words for people need. */
const expandWords = (text: string, letter: LetterFacts, domain: string): string =>
  text.replace(/%\{([sdi])\}/gi, (_all, letterOf: string) => {
    const name = letterOf.toLowerCase();
    return name === 's' ? letter.sender || domain : name === 'd' ? domain : letter.ip;
  });

/** A line for a client: printable ASCII, no longer than a reply may be. */
const replyOf = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 450);

/** The least spfbehavior that refuses a result (spec/qmail.md 3.2). */
const refusedFrom: Readonly<Partial<Record<SpfResult, number>>> = {
  fail: 3,
  softfail: 4,
  neutral: 5,
  none: 6,
  permerror: 6,
};

function judgeSpf(spf: SpfFacts, letter: LetterFacts, rules: SenderRules, passesDmarc: boolean): Finding {
  const { domain, explanation } = spf;
  const result = spf.local ?? spf.result;
  const scored: ScoredResult | undefined =
    passesDmarc || !(result === 'fail' || result === 'softfail' || result === 'permerror')
      ? undefined
      : `spf-${result}`;
  const finding: Finding = {
    check: 'spf',
    result,
    score: scored === undefined ? 0 : scoreOf(scored, rules.senderscores),
    words: words(spf.local === undefined ? domain : `${domain}, by our own rules`),
  };
  const { spfbehavior } = rules;
  if (passesDmarc) return finding;
  if (result === 'temperror')
    return spfbehavior < 2
      ? finding
      : {
          ...finding,
          measure: 'defer',
          reply: replyOf(`451 4.4.3 SPF of ${domain} cannot be looked up now, try again later (#4.4.3)`),
        };
  if (spfbehavior < (refusedFrom[result] ?? 7)) return finding;
  const given = explanation || expandWords(rules.spfexp, letter, domain);
  const why = given === '' ? `${letter.ip} is not a sender that ${domain} names (SPF: ${result})` : given;
  // RFC 7372 3.2.
  return { ...finding, measure: 'reject', reply: replyOf(`550 5.7.23 ${why} (#5.7.23)`) };
}

function judgeSignatures(signatures: readonly SignatureFacts[], rules: SenderRules): readonly Finding[] {
  if (signatures.length === 0) return [{ check: 'dkim', result: 'none', score: 0, words: '' }];
  const passes = signatures.some(({ result }) => result === 'pass');
  const isForged = !passes && signatures.some(({ result }) => result === 'fail');
  return [...signatures]
    .sort((one, other) => Number(other.result === 'pass') - Number(one.result === 'pass'))
    .slice(0, MOST_FINDINGS)
    .map(({ result, domain, reason }, at) => ({
      check: 'dkim',
      result,
      score: isForged && at === 0 ? scoreOf('dkim-fail', rules.senderscores) : 0,
      words: words(reason === '' ? domain : `${domain}, ${reason}`),
    }));
}

/** RFC 7489 6.6.4: those that `pct` leaves out are treated by the next weaker policy. */
function samplePolicy(policy: DmarcPolicy, pct: number, random: number): DmarcPolicy {
  if (random * 100 < pct) return policy;
  return policy === 'reject' ? 'quarantine' : 'none';
}

interface DmarcJudgement {
  readonly finding: Finding;
  readonly disposition: DmarcPolicy;
  readonly overrides: readonly Override[];
}

function judgeDmarc(
  dmarc: DmarcFacts,
  sealer: string,
  isOwnForwarder: boolean,
  rules: SenderRules,
  random: number,
): DmarcJudgement {
  const { result, domain, published } = dmarc;
  const finding = (score: number, more: Partial<Finding> = {}): Finding => ({
    check: 'dmarc',
    result,
    score,
    words: words([domain, published && `p=${published.p}`, dmarc.reason].filter(Boolean).join(', ')),
    ...more,
  });
  const scoreFor = (scored: ScoredResult): number => scoreOf(scored, rules.senderscores);
  const nothing = (one: Finding, overrides: readonly Override[] = []): DmarcJudgement => ({
    finding: one,
    disposition: 'none',
    overrides,
  });
  if (result === 'pass') return nothing(finding(scoreFor('dmarc-pass')));
  if (result === 'permerror') return nothing(finding(scoreFor('dmarc-permerror')));
  if (result !== 'fail') return nothing(finding(0));
  if (sealer !== '' || isOwnForwarder) {
    const comment = sealer === '' ? 'forwarder of our own' : `arc=pass d=${sealer}`;
    return nothing(finding(0, { words: words(`${domain}, ${comment}`) }), [
      { type: 'trusted_forwarder', comment },
    ]);
  }
  const asked = samplePolicy(dmarc.policy, published?.pct ?? 100, random);
  const overrides: Override[] = asked === dmarc.policy ? [] : [{ type: 'sampled_out', comment: '' }];
  const score = scoreFor(`dmarc-${asked}`);
  if (asked === 'none') return nothing(finding(score), overrides);
  const obeyed: DmarcPolicy =
    rules.dmarcbehavior === 'reject' ? asked : rules.dmarcbehavior === 'junk' ? 'quarantine' : 'none';
  if (obeyed !== asked)
    overrides.push({ type: 'local_policy', comment: `dmarcbehavior ${rules.dmarcbehavior}` });
  if (obeyed === 'none') return { finding: finding(score), disposition: 'none', overrides };
  if (obeyed === 'quarantine')
    return { finding: finding(score, { measure: 'junk' }), disposition: obeyed, overrides };
  const whose = domain === '' ? "its author's domain" : domain;
  // RFC 7372 3.3.
  const reply = `550 5.7.26 the policy of ${whose} (DMARC) refuses this message: neither SPF nor DKIM vouch for its author (#5.7.26)`;
  return {
    finding: finding(score, { measure: 'reject', reply: replyOf(reply) }),
    disposition: obeyed,
    overrides,
  };
}

/**
 * Judges one letter.
 * @param random 0 up to 1: which letters `pct` leaves out
 */
export function judgeSender(
  letter: LetterFacts,
  facts: SenderFacts,
  rules: SenderRules,
  random: number,
): SenderJudgement {
  const findings: Finding[] = [];
  const { spf, dkim, arc, dmarc } = facts;
  if (spf !== undefined) findings.push(judgeSpf(spf, letter, rules, dmarc?.result === 'pass'));
  if (dkim !== undefined) findings.push(...judgeSignatures(dkim, rules));
  if (arc !== undefined && arc.result !== 'none')
    findings.push({
      check: 'arc',
      result: arc.result,
      score: 0,
      words: words(arc.result === 'pass' ? (arc.sets.at(-1)?.domain ?? '') : arc.reason),
    });
  if (dmarc === undefined) return { findings, disposition: 'none', overrides: [] };
  const sealer = findTrustedSealer(arc, rules.arctrusted);
  const { finding, ...rest } = judgeDmarc(
    dmarc,
    sealer,
    ignoredBy(letter, rules) === 'client',
    rules,
    random,
  );
  return { findings: [...findings, finding], ...rest };
}

/** The letter for a DMARC report; undefined when no policy is published or the DNS did not tell. */
export function resultsOf(
  letter: LetterFacts & { readonly time: number },
  { spf, dkim, dmarc }: SenderFacts,
  { disposition, overrides }: SenderJudgement,
): SenderResults | undefined {
  if (dmarc?.published === undefined || dmarc.domain === '') return undefined;
  if (dmarc.result !== 'pass' && dmarc.result !== 'fail') return undefined;
  const envelopeFrom = senderDomain(letter);
  return {
    time: letter.time,
    ip: letter.ip,
    headerFrom: dmarc.domain,
    envelopeFrom,
    published: dmarc.published,
    disposition,
    reasons: overrides,
    dkimAligned: dmarc.dkimAligned,
    spfAligned: dmarc.spfAligned,
    dkim: (dkim ?? []).map(({ domain, selector, result }) => ({ domain, selector, result })),
    spf:
      spf === undefined
        ? { domain: envelopeFrom, scope: envelopeFrom === '' ? 'helo' : 'mfrom', result: 'none' }
        : { domain: spf.domain, scope: spf.scope, result: spf.result },
  };
}
