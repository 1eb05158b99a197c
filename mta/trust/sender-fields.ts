// What the check of a sender writes on top of a letter: one Authentication-Results field in our name (RFC 8601) and
// Received-SPF (RFC 7208 9.1), with LF line ends. Every value that a stranger chose is cleaned: none can end a line, a
// comment, a quoted string or a result. Pure.
import type { LetterFacts, SenderFacts, SignatureFacts, SpfFacts } from './sender-facts.ts';
import type { SenderJudgement } from './sender-rules.ts';

/** Signatures that are written down; passing ones first. */
const MOST_SIGNATURES = 5;
/** Characters of one value: with its name it stays below the 998 of a line (RFC 5322 2.1.1). */
const MOST_VALUE = 320;

/** RFC 2045 5.1. */
const token = /^[A-Za-z0-9!#$%&'*+.^_`{|}~-]+$/;
/** RFC 5322 3.2.3. */
const dotAtom = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;

const clean = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, MOST_VALUE);
const quote = (text: string): string => `"${clean(text).replace(/["\\]/g, '\\$&')}"`;

/**
 * A value as RFC 8601 2.2 wants it. What it may hold is less than a quoted string could: many readers of this field split
 * it without looking at quotes.
 */
function value(text: string): string {
  const plain = text.replace(/[^A-Za-z0-9.@_+/=:[\]-]/g, '?').slice(0, MOST_VALUE);
  return token.test(plain) ? plain : quote(plain);
}
/** A value of Received-SPF (RFC 7208 9.1). */
const pair = (name: string, text: string): string =>
  `${name}=${dotAtom.test(text) && text.length <= MOST_VALUE ? text : quote(text)};`;
/** Text in parentheses, with the space before it; '' for none. */
const comment = (text: string): string =>
  text === ''
    ? ''
    : ` (${clean(text)
        .replace(/[()\\";]/g, '?')
        .slice(0, 200)})`;

function spfResult({ result, domain, scope }: SpfFacts): string {
  return `spf=${result} smtp.${scope === 'helo' ? 'helo' : 'mailfrom'}=${value(domain)}`;
}

function signatureResult(signature: SignatureFacts): string {
  const { domain, selector, result, algorithm, bits, mark, reason } = signature;
  const properties = [
    ...(domain === '' ? [] : [`header.d=${value(domain)}`]),
    ...(selector === '' ? [] : [`header.s=${value(selector)}`]),
    ...(algorithm === '' ? [] : [`header.a=${value(algorithm)}`]),
    ...(mark === '' ? [] : [`header.b=${value(mark)}`]),
  ];
  return [`dkim=${result}${comment(reason || (bits > 0 ? `${bits} bits` : ''))}`, ...properties].join(' ');
}

function dmarcResult({ dmarc }: SenderFacts, { disposition, overrides }: SenderJudgement): readonly string[] {
  if (dmarc === undefined) return [];
  const { result, domain, published, policy, reason } = dmarc;
  const said = published === undefined ? reason : `p=${published.p} sp=${published.sp} dis=${disposition}`;
  return [
    [
      `dmarc=${result}${comment(said)}`,
      ...(domain === '' ? [] : [`header.from=${value(domain)}`]),
      ...(published === undefined || (result !== 'pass' && result !== 'fail')
        ? []
        : [`policy.dmarc=${policy}`]),
      // RFC 8601 2.3: of our own making, for who shows it to a reader.
      ...(overrides.some(({ type }) => type === 'trusted_forwarder') ? ['policy.override=trusted'] : []),
    ].join(' '),
  ];
}

function arcResult({ arc }: SenderFacts): readonly string[] {
  if (arc === undefined || arc.result === 'none') return [];
  const sealer = arc.sets.at(-1)?.domain ?? '';
  const said = arc.result === 'pass' ? `i=${arc.sets.length} d=${sealer}` : arc.reason;
  return [`arc=${arc.result}${comment(said)}`];
}

/** Authentication-Results in the name of `me`. */
export function renderResults(me: string, facts: SenderFacts, judgement: SenderJudgement): string {
  const { spf, dkim = [] } = facts;
  const shown = [...dkim]
    .sort((one, other) => Number(other.result === 'pass') - Number(one.result === 'pass'))
    .slice(0, MOST_SIGNATURES);
  const results = [
    ...(spf === undefined ? [] : [spfResult(spf)]),
    ...(facts.dkim === undefined ? [] : shown.length === 0 ? ['dkim=none'] : shown.map(signatureResult)),
    ...dmarcResult(facts, judgement),
    ...arcResult(facts),
  ];
  return `Authentication-Results: ${[value(me), ...(results.length === 0 ? ['none'] : results)].join(';\n\t')}\n`;
}

const spfWords: Readonly<Record<SpfFacts['result'], string>> = {
  pass: 'designates this client as permitted sender',
  fail: 'does not designate this client as permitted sender',
  softfail: 'does not yet forbid this client, which it does not designate as permitted sender',
  neutral: 'says nothing about this client',
  none: 'publishes no SPF record',
  permerror: 'publishes an SPF record that cannot be used',
  temperror: 'could not be asked',
};

/** Received-SPF. */
export function renderReceivedSpf(me: string, letter: LetterFacts, spf: SpfFacts): string {
  const pairs = [
    pair('client-ip', letter.ip),
    ...(spf.scope === 'mfrom' ? [pair('envelope-from', letter.sender)] : []),
    pair('helo', letter.helo),
    pair('receiver', me),
    `identity=${spf.scope === 'mfrom' ? 'mailfrom' : 'helo'};`,
  ];
  return `Received-SPF: ${spf.result}${comment(`${me}: ${spf.domain} ${spfWords[spf.result]}`)}\n\t${pairs.join('\n\t')}\n`;
}
