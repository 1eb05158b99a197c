// Counting for DMARC reports where the SMTP door is a process of its own (root): it tells the role that keeps the state, over
// a socket, some letters at a time. What the other side says is looked at before it is believed: the door talks to strangers.
import type { Answer } from '../../mta/calls/answering.ts';
import { createRoleClient } from '../../mta/calls/conversation.ts';
import { type Log, quoted } from '../../mta/log.ts';
import type { RecordSenderResults, SenderResults } from '../../mta/trust/sender-results.ts';
import { gather } from './gathering.ts';
import type { SiteReports } from './reports.ts';

/** Letters of one call, and letters that wait. */
const mostLetters = 20;
const mostWaiting = 2000;
const gatherMs = 500;

const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= 1000;
const isFlag = (value: unknown): boolean => typeof value === 'boolean';
const isPolicy = (value: unknown): boolean =>
  value === 'none' || value === 'quarantine' || value === 'reject';
const isTexts = (value: unknown, ...keys: readonly string[]): boolean =>
  typeof value === 'object' &&
  value !== null &&
  keys.every((key) => isText((value as Record<string, unknown>)[key]));
const isList = (value: unknown, isOne: (each: unknown) => boolean): boolean =>
  Array.isArray(value) && value.length <= 1000 && value.every(isOne);

/** Is this the results of a letter, as far as they are used? */
export function isSenderResults(value: unknown): value is SenderResults {
  const results = (value ?? {}) as Record<string, unknown>;
  const published = (results.published ?? {}) as Record<string, unknown>;
  return (
    Number.isFinite(results.time) &&
    isTexts(results, 'ip', 'headerFrom', 'envelopeFrom') &&
    isTexts(published, 'domain', 'adkim', 'aspf', 'fo') &&
    isPolicy(published.p) &&
    isPolicy(published.sp) &&
    isFlag(published.isTesting) &&
    isList(published.rua, isText) &&
    isPolicy(results.disposition) &&
    isList(results.reasons, (each) => isTexts(each, 'type', 'comment')) &&
    isFlag(results.dkimAligned) &&
    isFlag(results.spfAligned) &&
    isList(results.dkim, (each) => isTexts(each, 'domain', 'selector', 'result')) &&
    isTexts(results.spf, 'domain', 'scope', 'result')
  );
}

/** Takes letters of `createReportCalls`. */
export function answerReports(reports: Pick<SiteReports, 'record'>): Answer {
  return async ({ fields: { letters } }) => {
    if (!Array.isArray(letters) || letters.length > mostLetters || !letters.every(isSenderResults))
      return { error: 'no results of letters' };
    for (const letter of letters) reports.record(letter);
    return { taken: letters.length };
  };
}

/** The door's side. A role that is away costs what was waiting, and one line. */
export function createReportCalls(
  path: string,
  log: Log,
): { readonly record: RecordSenderResults; readonly close: () => Promise<void> } {
  const client = createRoleClient(path);
  const gathering = gather<SenderResults>(mostWaiting, gatherMs, async (letters, dropped) => {
    let left = dropped;
    const tell = (why: string): void =>
      log(`warning: DMARC reports: ${left} letters are not counted: ${quoted(why)}`);
    try {
      for (let at = 0; at < letters.length; at += mostLetters) {
        const { error } = await client.ask({ letters: letters.slice(at, at + mostLetters) });
        if (error !== undefined) throw new Error(String(error));
      }
      if (left > 0) tell('too many at once');
    } catch (error) {
      left += letters.length;
      tell(String(error));
    }
  });
  return {
    record: gathering.record,
    async close() {
      await gathering.flush();
      client.close();
    },
  };
}
