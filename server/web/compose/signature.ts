// Where the signature of an identity stands in a letter, and how it is changed for that of another (spec/webmail.md T3):
// below a new letter behind the line `-- ` (RFC 3676 4.3), above a quote without it, for what follows such a line counts
// as signature. Only the text that was put in is taken out, and the next one stands where it stood: one that somebody
// edited stays. Pure, and used by server and browser alike; letters with formatting: static/editor/signature.ts.

const separator = '-- \n';

/** Line of a text at which the quote or the forwarded letter begins, with the line that introduces it; -1: none. */
function quoteStart(lines: readonly string[]): number {
  const at = lines.findIndex((line) => line.startsWith('>') || /^-{5,} .+ -{5,}$/.test(line));
  if (at < 0 || !lines[at]!.startsWith('>')) return at;
  let start = at;
  while (start > 0 && lines[start - 1]!.trim() !== '' && at - start < 3) start--;
  return start;
}

/** Puts a signature in: above the quote, or at the end behind its separator. */
export function addSignature(text: string, signature: string, place: 'above' | 'below'): string {
  if (signature === '') return text;
  const lines = text.split('\n');
  const at = place === 'above' ? quoteStart(lines) : -1;
  if (at < 0) {
    const before = text.replace(/\n+$/, '');
    return `${before === '' ? '\n' : before}\n\n${separator}${signature}\n`;
  }
  const before = lines.slice(0, at).join('\n').replace(/\n+$/, '');
  return `${before === '' ? '\n' : before}\n\n${signature}\n\n${lines.slice(at).join('\n')}`;
}

/** Where a person wants the signature of a letter. Who answers below the quote has it there too: it ends their words. */
export const signaturePlaceOf = (
  choices: { readonly signaturePlace: 'above' | 'below'; readonly replyQuote: string },
  isReply: boolean,
): 'above' | 'below' => (isReply && choices.replyQuote === 'above' ? 'below' : choices.signaturePlace);

/** Where a signature stands as whole lines: behind its separator, else the one next to the quote, for own words may say
 * the same. */
function findSignature(text: string, signature: string): { from: number; to: number } | undefined {
  const padded = `\n${text}\n`;
  const behind = padded.lastIndexOf(`\n${separator}${signature}\n`);
  const lines = text.split('\n');
  const quote = quoteStart(lines);
  const end = quote < 0 ? padded.length : lines.slice(0, quote).join('\n').length;
  const at = behind >= 0 ? behind : padded.lastIndexOf(`\n${signature}\n`, end);
  if (at < 0) return undefined;
  const length = (behind >= 0 ? separator.length : 0) + signature.length;
  return { from: at, to: at + length };
}

/** Changes the signature of one identity for that of another; the rest of the text stays as it is. */
export function swapSignature(text: string, old: string, next: string, place: 'above' | 'below'): string {
  if (old === next) return text;
  if (old === '') return addSignature(text, next, place);
  const found = findSignature(text, old);
  if (!found) return text;
  const before = text.slice(0, found.from);
  const after = text.slice(found.to);
  if (next === '') return before.replace(/\n+$/, '\n') + after.replace(/^\n/, '');
  const isBehind = text.slice(found.from, found.to).startsWith(separator);
  return before + (isBehind ? separator : '') + next + after;
}

/** The beginning of a letter that is one's own: before signature and quote. */
export function ownText(text: string): string {
  const lines = text.split('\n');
  const sign = lines.indexOf('-- ');
  const quote = quoteStart(lines);
  const ends = [sign, quote].filter((at) => at >= 0);
  return ends.length === 0 ? text : lines.slice(0, Math.min(...ends)).join('\n');
}
