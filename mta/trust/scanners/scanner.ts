// What all scanners of letters share as a LetterCheck: their control file of the moment, limits of size and time, and what
// becomes of a letter when one hangs, lies or is not there: it goes on with a note, or is put off where the file says so.
import type { ScannerLine } from '../../control/scanner-line.ts';
import type { Log } from '../../log.ts';
import { quoted } from '../../log.ts';
import type { ArrivingLetter, Finding, LetterCheck } from '../types.ts';

/** Points of the site, to which a scanner's own are brought. */
export interface SitePoints {
  readonly junkscore: number;
  readonly rejectscore: number;
}

export interface ScannerOptions {
  /** Of the moment; undefined: no such scanner. */
  readonly line: () => ScannerLine | undefined;
  readonly points: () => SitePoints;
  /** Our host name. */
  readonly me: () => string;
  readonly log: Log;
}

/** Asks a scanner about a letter. May throw: then it has found nothing. */
export type Scan = (letter: ArrivingLetter, line: ScannerLine, signal: AbortSignal) => Promise<Finding>;

/** Milliseconds between two lines about the same scanner. */
const TELL_EVERY = 60_000;
/** The judge's own time is longer than ours, so that `defer` is ours to say. */
const GRACE = 2000;

/** Makes the check. */
export function createScannerCheck(
  name: string,
  { line, log }: Pick<ScannerOptions, 'line' | 'log'>,
  scan: Scan,
): LetterCheck {
  let toldAt = Number.NEGATIVE_INFINITY;
  let isDown = false;
  return {
    name,
    stage: 2,
    get milliseconds() {
      return (line()?.seconds ?? 1) * 1000 + GRACE;
    },
    async check(letter, _known, signal) {
      const now = line();
      if (now === undefined) return { findings: [] };
      if (letter.content.size > now.bytes)
        return {
          findings: [{ check: name, result: 'skipped', score: 0, words: `more than ${now.bytes} bytes` }],
        };
      const gone = new AbortController();
      const timer = setTimeout(
        () => gone.abort(new Error(`no answer within ${now.seconds} s`)),
        now.seconds * 1000,
      );
      const leave = (): void => gone.abort(signal.reason);
      signal.addEventListener('abort', leave, { once: true });
      try {
        const finding = await scan(letter, now, gone.signal);
        if (isDown) log(`smtpd: the scanner ${name} answers again`);
        isDown = false;
        return { findings: [finding] };
      } catch (error) {
        const words = error instanceof Error ? error.message || error.name : String(error);
        if (performance.now() - toldAt > TELL_EVERY) {
          toldAt = performance.now();
          log(`warning: the scanner ${name} cannot be asked: ${quoted(words)}`);
        }
        isDown = true;
        return { findings: [failed(name, now)] };
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', leave);
        // Ends a body that is still being read.
        gone.abort();
      }
    },
  };
}

const failed = (check: string, { defers }: ScannerLine): Finding => {
  const finding = { check, result: 'temperror', score: 0, words: 'no answer' };
  return defers
    ? {
        ...finding,
        measure: 'defer',
        reply: '451 4.7.1 sorry, your message cannot be scanned now, try later (#4.7.1)',
      }
    : finding;
};

/** A score within reason, to one decimal. */
export function boundScore(score: number): number {
  return Math.round(Math.max(-100, Math.min(1000, score)) * 10) / 10;
}

/** Text of a letter's envelope as a header value: bytes as Latin-1, without control characters. */
export const headerValue = (text: string): string =>
  Buffer.from(text, 'utf8')
    .toString('latin1')
    .replace(/[\x00-\x1f\x7f]/g, '?')
    .slice(0, 1000);
