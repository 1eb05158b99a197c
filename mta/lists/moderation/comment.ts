// What a moderator wrote to the author of a post that he sends back: the lines of his answer between two lines that begin with
// `%%%`, his quote marks taken off (ezmlm-moderate(1)). Pure.

/** Quote marks before `%%%`. */
const MOST_QUOTE = 5;

/** @param body decoded text of the answer, bytes as latin1. @returns undefined: there is no comment, or it has no end */
export function findComment(body: string): string | undefined {
  let quote: string | undefined;
  const lines: string[] = [];
  for (const line of body.split('\n')) {
    const plain = line.replace(/\r$/, '');
    const at = plain.indexOf('%%%');
    if (at >= 0 && at <= MOST_QUOTE && plain.indexOf('%') === at) {
      if (quote !== undefined)
        return lines.length > 0 ? lines.map((each) => `${each}\n`).join('') : undefined;
      quote = plain.slice(0, at);
    } else if (quote !== undefined) {
      lines.push(quote !== '' && plain.startsWith(quote) ? plain.slice(quote.length) : plain);
    }
  }
  return undefined;
}
