// The one place where a letter is judged. Runs the checks stage by stage, each within its time, sums up what they found by
// the rules of the site, and says it in one field and one line of the log. A check that fails or hangs has found nothing:
// no letter is refused or lost by a fault of ours.
import type { ArrivingLetter, CheckResult, Finding, LetterCheck, Measure, Verdict } from './types.ts';

/** Name of the field that says what was decided and why. Strangers' fields of this name are removed. */
export const verdictField = 'X-Facteur-Verdict';

/** Rules of the site. */
export interface JudgeRules {
  /** Points from which a letter is junk, and from which it is refused; 0: never. */
  readonly junkscore: number;
  readonly rejectscore: number;
}

export type Judge = (letter: ArrivingLetter, known: readonly Finding[]) => Promise<Verdict>;

export interface JudgeOptions {
  readonly checks: readonly LetterCheck[];
  /** Those of the moment. */
  readonly rules: () => JudgeRules;
  /** Told when a check failed, in one line without foreign bytes but those of its error. */
  readonly log: (line: string) => void;
}

const severity: Readonly<Record<Measure, number>> = { junk: 1, defer: 2, reject: 3 };
const replies: Readonly<Record<'reject' | 'defer', string>> = {
  reject: '550 5.7.1 this message looks like junk and is not taken (#5.7.1)',
  defer: '451 4.7.1 this message cannot be checked now, try again later (#4.7.1)',
};

/** Makes the judge. */
export function createJudge({ checks, rules, log }: JudgeOptions): Judge {
  return async (letter, known) => {
    const findings: Finding[] = [...known];
    let headers = '';
    for (const stage of [1, 2] as const) {
      // What is refused already needs no scanner.
      if (findings.some(({ measure }) => measure === 'reject')) break;
      const asked = checks.filter((check) => check.stage === stage);
      const before = [...findings];
      for (const result of await Promise.all(asked.map((check) => run(check, letter, before, log)))) {
        findings.push(...result.findings);
        headers += result.headers ?? '';
      }
    }
    const verdict = decide(findings, rules());
    return { ...verdict, headers: renderVerdict(verdict) + headers };
  };
}

/** One check within its time. */
async function run(
  check: LetterCheck,
  letter: ArrivingLetter,
  known: readonly Finding[],
  log: (line: string) => void,
): Promise<CheckResult> {
  const gone = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no answer within ${check.milliseconds} ms`)),
      check.milliseconds,
    );
  });
  try {
    return await Promise.race([check.check(letter, known, gone.signal), late]);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'error';
    log(
      `smtpd: check ${check.name} failed: ${why
        .slice(0, 200)
        .replace(/[^\x20-\x7e]/g, (c) => `\\x${(c.charCodeAt(0) & 255).toString(16).padStart(2, '0')}`)}`,
    );
    return { findings: [{ check: check.name, result: 'temperror', score: 0, words: '' }] };
  } finally {
    clearTimeout(timer);
    gone.abort();
  }
}

/** Sums up. The most severe measure stands, with the reply of its first finding. */
export function decide(findings: readonly Finding[], rules: JudgeRules): Omit<Verdict, 'headers'> {
  // Tenths, so that 0.1 + 0.2 is what people expect.
  const score = findings.reduce((sum, finding) => sum + Math.round(finding.score * 10), 0) / 10;
  let worst: Finding | undefined;
  for (const finding of findings)
    if (finding.measure && (!worst?.measure || severity[finding.measure] > severity[worst.measure]))
      worst = finding;
  const byScore: Measure | undefined =
    rules.rejectscore > 0 && score >= rules.rejectscore
      ? 'reject'
      : rules.junkscore > 0 && score >= rules.junkscore
        ? 'junk'
        : undefined;
  const measures = [worst?.measure, byScore].filter((measure) => measure !== undefined);
  const outcome = measures.sort((a, b) => severity[b] - severity[a])[0] ?? 'take';
  const reply =
    outcome === 'reject' || outcome === 'defer'
      ? ((worst?.measure === outcome ? worst.reply : undefined) ?? replies[outcome])
      : '';
  return { outcome, reply, score, findings };
}

/** `spf=fail (example.org) 2.0`; those without points or words leave them out. */
function renderFinding({ check, result, score, words }: Finding): string {
  const clean = words.replace(/[^\x20-\x7e]|[;()]/g, '?').slice(0, 100);
  return `${check}=${result}${clean === '' ? '' : ` (${clean})`}${score === 0 ? '' : ` ${score.toFixed(1)}`}`;
}

/** What was decided and why, in one line. */
export function renderDecision({ outcome, score, findings }: Omit<Verdict, 'headers'>): readonly string[] {
  return [outcome, `score=${score.toFixed(1)}`, ...findings.slice(0, 40).map(renderFinding)];
}

/** The field, folded before each finding, with its line feed. */
function renderVerdict(verdict: Omit<Verdict, 'headers'>): string {
  const [outcome, score, ...findings] = renderDecision(verdict);
  return `${verdictField}: ${[`${outcome}; ${score}`, ...findings].join(';\n\t')}\n`;
}
