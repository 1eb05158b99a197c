// rspamd over HTTP: POST /checkv2 with the letter as its body and the envelope in header fields. Its action is followed
// (reject, soft reject, add header) unless the file says points only; its score is brought to the site's, so that what it
// would refuse is what we would. Symbols are told in the order of their weight.
import { once } from 'node:events';
import { request } from 'node:http';
import type { ScannerAddress, ScannerLine } from '../../control/scanner-line.ts';
import { findingWords, replyWords } from '../lists/list-names.ts';
import type { ArrivingLetter, Finding, LetterCheck, Measure } from '../types.ts';
import { MOST_ANSWER } from './conversation.ts';
import {
  boundScore,
  createScannerCheck,
  headerValue,
  type ScannerOptions,
  type SitePoints,
} from './scanner.ts';

/** Recipients that it is told of. */
const MOST_RECIPIENTS = 100;

const measures: Readonly<Record<string, Measure | undefined>> = {
  reject: 'reject',
  'soft reject': 'defer',
  'add header': 'junk',
  'rewrite subject': 'junk',
  quarantine: 'junk',
  // Never a silent drop.
  discard: 'junk',
  'no action': undefined,
  greylist: undefined,
};

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** Its answer as a finding. Pure. @throws when it is none */
export function readRspamdAnswer(text: string, points: SitePoints, onlyPoints: boolean): Finding {
  const answer: unknown = JSON.parse(text);
  if (typeof answer !== 'object' || answer === null) throw new Error('its answer is no object');
  const { action, score, required_score: required, symbols, messages } = answer as Record<string, unknown>;
  if (typeof action !== 'string' || !Object.hasOwn(measures, action))
    throw new Error('its action is unknown');
  if (!isNumber(score)) throw new Error('its score is no number');
  const scale = isNumber(required) && required > 0 ? points.rejectscore / required : 1;
  const named = Object.entries(typeof symbols === 'object' && symbols !== null ? symbols : {})
    .map(([name, symbol]) => ({ name, weight: (symbol as { score?: unknown } | null)?.score }))
    .filter((each): each is { name: string; weight: number } => isNumber(each.weight) && each.weight !== 0)
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  const finding: Finding = {
    check: 'rspamd',
    result: action.replaceAll(' ', '-'),
    score: boundScore(score * scale),
    words: findingWords(named.map(({ name, weight }) => `${name} ${boundScore(weight)}`).join(', ')),
  };
  const measure = onlyPoints ? undefined : measures[action];
  if (measure === undefined) return finding;
  const said = replyWords(String((messages as { smtp_message?: unknown } | undefined)?.smtp_message ?? ''));
  const reply =
    measure === 'reject'
      ? `550 5.7.1 ${said || 'sorry, this message looks like junk (#5.7.1)'}`
      : measure === 'defer'
        ? `451 4.7.1 ${said || 'try again later (#4.7.1)'}`
        : undefined;
  return { ...finding, measure, reply };
}

/** Where an HTTP request goes. */
export const httpPlace = (address: ScannerAddress) =>
  'path' in address ? { socketPath: address.path, host: 'localhost' } : address;

async function ask(
  letter: ArrivingLetter,
  { address }: ScannerLine,
  me: string,
  signal: AbortSignal,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const posted = request({
    ...httpPlace(address),
    method: 'POST',
    path: '/checkv2',
    agent: false,
    signal,
    headers: {
      'Content-Length': letter.content.size,
      'Content-Type': 'application/octet-stream',
      IP: headerValue(letter.ip),
      Helo: headerValue(letter.helo),
      ...(letter.clientName !== '' && { Hostname: headerValue(letter.clientName) }),
      From: headerValue(letter.sender),
      Rcpt: letter.recipients.slice(0, MOST_RECIPIENTS).map(headerValue),
      'MTA-Name': headerValue(me),
    },
  });
  let isAnswered = false;
  posted.on('error', reject);
  posted.on('response', (response) => {
    isAnswered = true;
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > MOST_ANSWER)
        posted.destroy(new Error(`its answer is longer than ${MOST_ANSWER} bytes`));
    });
    response.on('error', reject);
    response.on('end', () =>
      response.statusCode === 200
        ? resolve(text)
        : reject(new Error(`it answers ${response.statusCode ?? 0}`)),
    );
  });
  const pour = async (): Promise<void> => {
    for await (const chunk of letter.content.read()) {
      // It may answer before it has read all.
      if (isAnswered || posted.destroyed) return;
      if (!posted.write(chunk)) await once(posted, 'drain', { signal });
    }
    posted.end();
  };
  pour().catch((error: unknown) => {
    if (!isAnswered) posted.destroy(error as Error);
  });
  return promise;
}

/** rspamd as a check, by control/rspamd. */
export const createRspamdCheck = (options: ScannerOptions): LetterCheck =>
  createScannerCheck('rspamd', options, async (letter, line, signal) =>
    readRspamdAnswer(await ask(letter, line, options.me(), signal), options.points(), line.onlyPoints),
  );
