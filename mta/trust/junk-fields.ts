// The fields that say what was thought of a letter: `X-Facteur-Verdict`, written at the door (judge.ts), and
// `X-Facteur-Junk`, written by the delivery when the reader's own filter took the letter for junk. Both are believed only
// where no stranger can have put them: on top, above what the letter had when it came. Pure.

/** Name of the field that a reader's own filter writes. */
export const junkField = 'X-Facteur-Junk';

/** What the door found, a word or two each. */
export interface ReadFinding {
  /** `spf`, `dnsbl` ... */
  readonly check: string;
  /** `fail`, `listed` ... */
  readonly result: string;
  /** In brackets in the field: the domain or list it is about. '' for none. */
  readonly words: string;
  readonly score: number;
}

export interface ReadVerdict {
  readonly outcome: 'take' | 'junk';
  readonly score: number;
  readonly findings: readonly ReadFinding[];
}

/** What is written on top of a letter. */
export interface JunkMarks {
  readonly verdict: ReadVerdict | undefined;
  /** Words that the reader's own filter took it for junk by; undefined: it did not. */
  readonly words: readonly string[] | undefined;
  /** `X-Spam-Flag: YES` of a program that the site runs. */
  readonly isFlagged: boolean;
}

/** Bytes of a header that are looked at. */
export const marksWithin = 65_536;
const fieldsRead = 100;

/** The line that the delivery writes. Words are percent-encoded: they are a stranger's. */
export function makeJunkLine(score: number, words: readonly string[]): string {
  const coded = words.map((word) => encodeURIComponent(word).slice(0, 120)).slice(0, 8);
  return `${junkField}: junk; score=${score.toFixed(3)}; words=${coded.join(',\n\t')}\n`;
}

const marksNobody: JunkMarks = { verdict: undefined, words: undefined, isFlagged: false };

/** Reads the marks of a letter from its beginning, LF or CRLF. */
export function readMarks(beginning: Buffer): JunkMarks {
  // Of most letters nobody has thought anything.
  if (!/^X-(?:Facteur-|Spam-Flag)/im.test(beginning.toString('latin1', 0, headerEnd(beginning))))
    return marksNobody;
  let verdict: ReadVerdict | undefined;
  let words: readonly string[] | undefined;
  let isFlagged = false;
  // Lines of our delivery, then of our queue, then the door's: a second host's line is below what a stranger gave.
  let hosts = 0;
  let isDelivery = true;
  for (const { name, value } of readTopFields(beginning)) {
    if (name === 'received') {
      isDelivery = false;
      if (!/^\(qmail \d{1,10} /.test(value) && ++hosts > 1) break;
    } else if (name === 'x-facteur-junk' && isDelivery) words ??= readWords(value);
    else if (name === 'x-facteur-verdict') verdict ??= readVerdict(value);
    else if (name !== 'return-path' && name !== 'delivered-to') isDelivery = false;
  }
  // Programs put it where they like; what a stranger marks as spam himself is none the better for it.
  for (const { name, value } of readTopFields(beginning))
    if (name === 'x-spam-flag' && /^yes\b/i.test(value)) isFlagged = true;
  return { verdict, words, isFlagged };
}

/** Where the empty line begins; `marksWithin` at most. */
function headerEnd(beginning: Buffer): number {
  const head = beginning.subarray(0, marksWithin);
  const ends = [head.indexOf('\n\n'), head.indexOf('\n\r\n')].filter((at) => at >= 0);
  return Math.min(head.length, ...ends);
}

function* readTopFields(beginning: Buffer): Generator<{ readonly name: string; readonly value: string }> {
  const head = beginning.subarray(0, marksWithin);
  let at = 0;
  for (let fields = 0; fields < fieldsRead && at < head.length; fields++) {
    const lines: string[] = [];
    do {
      const newline = head.indexOf(10, at);
      const end = newline < 0 ? head.length : newline;
      if (lines.length < 60)
        lines.push(head.toString('latin1', at, Math.min(end, at + 2000)).replace(/\r$/, ''));
      at = end + 1;
    } while (at < head.length && (head[at] === 32 || head[at] === 9));
    const text = lines.join(' ');
    if (text === '') return;
    const colon = text.indexOf(':');
    if (colon > 0)
      yield { name: text.slice(0, colon).trimEnd().toLowerCase(), value: text.slice(colon + 1).trim() };
  }
}

const readWords = (value: string): readonly string[] | undefined => {
  if (!value.startsWith('junk;')) return undefined;
  const coded = /;\s*words=(.*)$/.exec(value)?.[1] ?? '';
  return coded
    .split(',')
    .slice(0, 8)
    .map((word) => decodeWord(word.trim()))
    .filter((word) => word !== '');
};

function decodeWord(word: string): string {
  try {
    return decodeURIComponent(word).slice(0, 40);
  } catch {
    return '';
  }
}

/** `junk; score=6.1; spf=fail (example.org) 2.0; dnsbl=listed (zen) 3.0`; undefined: not of this form. */
export function readVerdict(value: string): ReadVerdict | undefined {
  const [outcome, ...pieces] = value.split(';').map((piece) => piece.trim());
  if (outcome !== 'take' && outcome !== 'junk') return undefined;
  let score = 0;
  const findings: ReadFinding[] = [];
  for (const piece of pieces.slice(0, 50)) {
    const found =
      /^([a-z][a-z0-9_-]{0,40})=([a-z0-9._+-]{1,40})(?:\s+\(([^()]{0,120})\))?(?:\s+([+-]?\d{1,5}(?:\.\d{1,4})?))?$/.exec(
        piece,
      );
    if (!found) continue;
    const [, check = '', result = '', words = '', points = ''] = found;
    if (check === 'score') score = Number(result) || 0;
    else findings.push({ check, result, words, score: Number(points) || 0 });
  }
  return { outcome, score, findings };
}
