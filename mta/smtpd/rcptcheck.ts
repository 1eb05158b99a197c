// $RCPTCHECK of the patched qmails (spec/qmail.md 4.2): a program that is asked about each recipient. It gets SENDER,
// RECIPIENT and HELO as variables, RCPTFOUND=1 when the recipient is known here and RCPTHOSTS=1 when its domain is in
// rcpthosts, and answers with its exit status, in words of its own on descriptor 4 if it likes. Pure.
import type { ChildEnd } from './child.ts';
import type { Reply } from './reply.ts';

const refused: Reply = {
  text: '550 5.1.1 sorry, no mailbox here by that name (#5.1.1)',
  counts: 'unknown recipient',
};
// The patch's qmail-smtpd takes its leave where a check cannot be made: the client is to come again.
const unable = (what: string): Reply => ({ text: `421 4.3.0 unable to ${what} (#4.3.0)`, next: 'close' });

/** What the program's end means; undefined: the recipient is taken. */
export function judgeRcptCheck({ status, output }: ChildEnd): Reply | undefined {
  const words = output
    .replace(/[\r\n]+$/, '')
    .replace(/[^\x20-\x7e]+/g, ' ')
    .slice(0, 500);
  switch (status) {
    case 100:
      return words === '' ? refused : custom(words);
    case 113:
      return words === ''
        ? { text: '421 4.3.0 you have exceeded your messaging limits (#4.3.0)', next: 'close' }
        : custom(words);
    case 111:
      return unable('verify recipient');
    case 120:
    case 'not run':
      return unable('execute recipient check');
    case 'crashed':
    case 'timeout':
      return unable('verify recipient');
    default:
      return undefined;
  }
}

/** Its own words count when they begin with the code of a refusal. */
function custom(words: string): Reply {
  if (!/^[45][0-9]{2} ./.test(words)) return { text: '451 4.4.2 temporary problem (#4.4.2)' };
  return words.startsWith('421') ? { text: words, next: 'close' } : { text: words };
}
