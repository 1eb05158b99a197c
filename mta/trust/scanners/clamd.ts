// ClamAV's clamd (command INSTREAM): the letter in chunks behind their lengths, then one of length 0; the answer says
// whether a signature fits. A virus is refused, or junk where the file says so. What clamd does not want to look into
// (its StreamMaxLength) is no virus and no clean letter.
import { findingWords } from '../lists/list-names.ts';
import type { Finding, LetterCheck } from '../types.ts';
import { converse } from './conversation.ts';
import { createScannerCheck, type ScannerOptions } from './scanner.ts';

const MOST_CHUNK = 65_536;
const NUL = 0;

/** Its answer as a finding. Pure. @throws when it is none */
export function readClamdAnswer(text: string, onlyJunk: boolean): Finding {
  const words = text.split('\0', 1)[0]!.trim();
  if (words === 'stream: OK') return { check: 'clamd', result: 'clean', score: 0, words: '' };
  if (/^INSTREAM size limit exceeded/.test(words))
    return { check: 'clamd', result: 'skipped', score: 0, words: 'more than its StreamMaxLength' };
  const name = /^stream: ([^\r\n]{1,300}) FOUND$/.exec(words)?.[1];
  if (name === undefined) throw new Error(`it says ${JSON.stringify(words.slice(0, 100))}`);
  const virus = findingWords(name.replace(/\(.*\)$/, ''));
  const finding = { check: 'clamd', result: 'virus', score: 0, words: virus };
  return onlyJunk
    ? { ...finding, measure: 'junk' }
    : {
        ...finding,
        measure: 'reject',
        reply: `554 5.7.1 sorry, this message holds a virus: ${virus} (#5.7.1)`,
      };
}

const lengthOf = (bytes: number): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes);
  return length;
};

/** ClamAV as a check, by control/clamd. */
export const createClamdCheck = (options: ScannerOptions): LetterCheck =>
  createScannerCheck('clamd', options, async (letter, { address, onlyJunk }, signal) => {
    const answer = await converse(
      address,
      async (send) => {
        await send('zINSTREAM\0');
        for await (const chunk of letter.content.read())
          for (let at = 0; at < chunk.length; at += MOST_CHUNK) {
            const part = chunk.subarray(at, at + MOST_CHUNK);
            await send(lengthOf(part.length));
            await send(part);
          }
        await send(lengthOf(0));
      },
      NUL,
      signal,
    );
    return readClamdAnswer(answer.toString('utf8'), onlyJunk);
  });
