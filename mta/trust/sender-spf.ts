// SPF of one letter (RFC 7208): the sender of the envelope, or HELO where that is empty. At most ten terms that ask the DNS
// and two that ask for nothing there is (4.6.4). The site's own terms (control/spfrules, spfguess, as the patched qmails
// have them) are asked beside the published ones and never pass for them.
import { spf } from 'mailauth/lib/spf/index.js';
import type { Ask } from '../dns/stranger-lookup.ts';
import type { LetterFacts, SenderWishes, SpfFacts } from './sender-facts.ts';
import type { SpfResult } from './sender-results.ts';

/** Milliseconds; RFC 7208 4.6.4: a limit should allow at least 20 seconds. */
const ELAPSED_MS = 20_000;

const results: readonly string[] = ['none', 'neutral', 'pass', 'fail', 'softfail', 'temperror', 'permerror'];
const resultOf = (text: string): SpfResult => (results.includes(text) ? (text as SpfResult) : 'permerror');

/** Answers for one name what the site says is published there. */
const withTerms =
  (ask: Ask, domain: string, terms: string): Ask =>
  async (name, type) =>
    type === 'TXT' && name.toLowerCase() === domain ? [[`v=spf1 ${terms}`]] : ask(name, type);

/** Checks one letter; never rejects. */
export async function checkSpf(letter: LetterFacts, wishes: SenderWishes, ask: Ask): Promise<SpfFacts> {
  const { me, spfRules, spfGuess } = wishes;
  const check = (resolver: Ask) =>
    spf({
      // An address without a domain is nobody's; the library would take it for a domain.
      sender: letter.sender.includes('@') ? letter.sender : '',
      ip: letter.ip,
      helo: letter.helo,
      mta: me,
      resolver: resolver as (name: string, type: string) => Promise<string[]>,
      strict: true,
      maxResolveCount: 10,
      maxVoidCount: 2,
      maxElapsedTime: ELAPSED_MS,
    });
  const published = await check(ask);
  const domain = published.domain.toLowerCase();
  const result = resultOf(published.status.result);
  let local: SpfResult | undefined;
  if (spfRules !== '' && result !== 'pass') {
    const own = resultOf((await check(withTerms(ask, domain, `${spfRules} ?all`))).status.result);
    if (own === 'pass') local = own;
  }
  if (local === undefined && spfGuess !== '' && result === 'none')
    local = resultOf((await check(withTerms(ask, domain, spfGuess))).status.result);
  return {
    result,
    domain,
    scope: letter.sender.includes('@') ? 'mfrom' : 'helo',
    explanation: (published.explanation ?? '').replace(/[^\x20-\x7e]/g, '?').slice(0, 300),
    local,
  };
}
