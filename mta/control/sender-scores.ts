// Points for what the check of a sender finds, where control/senderscores says nothing else. Few: an honest sender is no
// proof of an honest letter, and a forged one is for DMARC's policy to judge. Pure.

const points = {
  'spf-fail': 1.5,
  'spf-softfail': 0.5,
  'spf-permerror': 0.5,
  // Signed, and no signature holds.
  'dkim-fail': 0.5,
  'dmarc-pass': -0.5,
  // Fails, and the domain asks for nothing, for Junk, for a refusal.
  'dmarc-none': 0.5,
  'dmarc-quarantine': 2.5,
  'dmarc-reject': 4,
  // No author, or several of different domains, or more than one From field.
  'dmarc-permerror': 2,
} as const;

export type ScoredResult = keyof typeof points;

export const scoredResults = Object.keys(points) as readonly ScoredResult[];

export const isScoredResult = (text: string): text is ScoredResult => Object.hasOwn(points, text);

/** The points of a result by the rules of the site. */
export const scoreOf = (result: ScoredResult, scores: ReadonlyMap<string, number>): number =>
  scores.get(result) ?? points[result];
