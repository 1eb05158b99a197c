// SpamAssassin's spamd by the protocol of spamc (SPAMC/1.5, command SYMBOLS): its score is brought to the site's, so that
// what it calls spam has the points of junk. It judges by header fields, so the letter it gets has on top what it will have:
// the envelope sender and a Received field of ours.
import { formatQmailDate } from '../../formats/date.ts';
import { findingWords } from '../lists/list-names.ts';
import type { ArrivingLetter, Finding, LetterCheck } from '../types.ts';
import { converse } from './conversation.ts';
import {
  boundScore,
  createScannerCheck,
  headerValue,
  type ScannerOptions,
  type SitePoints,
} from './scanner.ts';

/** Its answer as a finding. Pure. @throws when it is none */
export function readSpamdAnswer(text: string, { junkscore }: SitePoints): Finding {
  const [, code, name] = /^SPAMD\/[0-9.]+ ([0-9]+) ([^\r\n]*)\r?\n/.exec(text) ?? [];
  if (code === undefined) throw new Error('it does not speak the protocol of spamd');
  if (code !== '0') throw new Error(`it says ${code} ${name ?? ''}`);
  const [, is, score, threshold] =
    /^Spam: *(True|Yes|False|No) *; *(-?[0-9.]{1,12}) *\/ *(-?[0-9.]{1,12})\r?$/im.exec(text) ?? [];
  const [points, least] = [Number(score), Number(threshold)];
  if (is === undefined || !Number.isFinite(points) || !Number.isFinite(least))
    throw new Error('its answer has no score');
  const end = /\r?\n\r?\n/.exec(text);
  const symbols = end === null ? '' : text.slice(end.index + end[0].length);
  return {
    check: 'spamd',
    result: /^[ty]/i.test(is) ? 'spam' : 'ham',
    score: boundScore(least > 0 ? (points * junkscore) / least : points),
    words: findingWords(symbols.trim().replaceAll(',', ', ')),
  };
}

/** What stands above the letter. */
function renderTop({ ip, clientName, helo, sender, time, secure }: ArrivingLetter, me: string): string {
  const safe = (value: string): string => value.replace(/[^A-Za-z0-9.@%+=:[\]_-]/g, '?').slice(0, 255);
  return (
    `Return-Path: <${headerValue(sender)}>\n` +
    `Received: from ${safe(helo) || 'unknown'} (${safe(clientName) || 'unknown'} [${safe(ip)}])\n` +
    `  by ${safe(me)} with ESMTP${secure ? 'S' : ''}; ${formatQmailDate(time)}\n`
  );
}

/** SpamAssassin as a check, by control/spamd. */
export const createSpamdCheck = (options: ScannerOptions): LetterCheck =>
  createScannerCheck('spamd', options, async (letter, { address }, signal) => {
    const top = Buffer.from(renderTop(letter, options.me()), 'latin1');
    const answer = await converse(
      address,
      async (send) => {
        const length = top.length + letter.content.size;
        await send(`SYMBOLS SPAMC/1.5\r\nContent-length: ${length}\r\n\r\n`);
        await send(top);
        for await (const chunk of letter.content.read()) await send(chunk);
      },
      undefined,
      signal,
    );
    return readSpamdAnswer(answer.toString('latin1'), options.points());
  });
