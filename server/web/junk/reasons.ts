// Why a letter is in Junk, in a sentence or two for its reader: from the fields that our door and our delivery wrote on top
// of it (mta/trust/junk-fields.ts). What they found is told in our words; of theirs only the words that the reader's own
// filter knew the letter by are shown, cleaned. No reason is told where there is none of ours.
import type { JunkMarks, ReadFinding } from '../../../mta/trust/junk-fields.ts';
import { cleanLine } from '../shell/foreign.ts';
import type { Translate } from '../words/words.ts';

/** The checks whose outcome is told in words of its own, by their names. */
const told: readonly (readonly [RegExp, 'filter.why.sender' | 'filter.why.listed' | 'filter.why.scanner'])[] =
  [
    [/^(?:spf|dkim|dmarc|arc)$/, 'filter.why.sender'],
    [/^(?:dnsbl|rhsbl|uribl)/, 'filter.why.listed'],
    [/^(?:rspamd|spamd|spamassassin|clamav|clamd)$/, 'filter.why.scanner'],
  ];
/** Outcomes that speak against a letter. */
const bad = new Set(['fail', 'softfail', 'listed', 'infected', 'spam', 'junk', 'quarantine', 'reject']);
const mostWords = 5;

/** Sentences, the weightiest first; none: nobody said why. */
export function junkReasons({ verdict, words }: JunkMarks, t: Translate): readonly string[] {
  const reasons: string[] = [];
  if (words !== undefined) {
    const shown = words.slice(0, mostWords).map((word) => `\u2068${cleanLine(word, 40)}\u2069`);
    reasons.push(
      shown.length > 0 ? t('filter.why.words', { words: shown.join(', ') }) : t('filter.why.filter'),
    );
  }
  if (verdict?.outcome === 'junk') {
    // What asked for the measure by itself has no points.
    const weighty = verdict.findings
      .filter(({ score, result }) => score > 0 || bad.has(result))
      .sort((a, b) => b.score - a.score);
    const keys = new Set(weighty.map(keyOf));
    const known = [...keys].filter((key) => key !== undefined).slice(0, 2);
    reasons.push(...(known.length > 0 ? known.map((key) => t(key)) : [t('filter.why.door')]));
  }
  return reasons;
}

const keyOf = ({ check }: ReadFinding) => told.find(([pattern]) => pattern.test(check))?.[1];
