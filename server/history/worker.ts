// The thread of the delivery history: writes batches of events, answers questions, forgets what is too old.
// Started by history.ts only; what it cannot do is told, and mail goes on without it.
import { parentPort, workerData } from 'node:worker_threads';
import { Reading } from './reading.ts';
import { openDatabase, Recording, type TimedEvent } from './recording.ts';
import type { HistoryQuery } from './types.ts';

export interface HistoryStart {
  readonly path: string;
  /** Days that letters and counts are kept. */
  readonly days: number;
}

export type HistoryQuestion =
  | { readonly ask: 'messages'; readonly query: HistoryQuery }
  | { readonly ask: 'message'; readonly id: number; readonly domains: readonly string[] | undefined }
  | { readonly ask: 'queued'; readonly qp: string; readonly at: number }
  | { readonly ask: 'turned'; readonly limit: number }
  | { readonly ask: 'statistics'; readonly from: number; readonly step: 'hour' | 'day' }
  | { readonly ask: 'settled' }
  | { readonly ask: 'close' };

export type ToHistory =
  | { readonly kind: 'events'; readonly events: readonly TimedEvent[] }
  | { readonly kind: 'question'; readonly number: number; readonly question: HistoryQuestion };

export type FromHistory =
  | { readonly kind: 'answer'; readonly number: number; readonly answer: unknown }
  | { readonly kind: 'refusal'; readonly number: number; readonly words: string }
  | { readonly kind: 'written'; readonly events: number }
  | { readonly kind: 'trouble'; readonly words: string };

const day = 24 * 3600_000;
const pruneInterval = 600_000;
const pruneGap = 1000;

if (parentPort) serve(parentPort, workerData as HistoryStart);

function serve(port: NonNullable<typeof parentPort>, start: HistoryStart): void {
  const send = (message: FromHistory): void => port.postMessage(message);
  const database = openDatabase(start.path);
  const recording = new Recording(database);
  const reading = new Reading(database);
  const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error));

  const prune = (): void => {
    let hasMore = false;
    try {
      hasMore = recording.prune(Date.now() - start.days * day);
    } catch (error) {
      send({ kind: 'trouble', words: `cannot forget old letters: ${describe(error)}` });
    }
    timer = setTimeout(prune, hasMore ? pruneGap : pruneInterval);
  };
  let timer = setTimeout(prune, pruneGap);

  const answer = (question: HistoryQuestion): unknown => {
    switch (question.ask) {
      case 'messages':
        return reading.messages(question.query);
      case 'message':
        return reading.message(question.id, question.domains);
      case 'queued':
        return reading.findQueued(question.qp, question.at);
      case 'turned':
        return reading.turned(question.limit);
      case 'statistics':
        return reading.statistics(question.from, question.step, Date.now());
      case 'settled':
        return undefined;
      case 'close':
        clearTimeout(timer);
        database.close();
        port.unref();
        return undefined;
    }
  };

  port.on('message', (message: ToHistory) => {
    if (message.kind === 'events') {
      try {
        recording.write(message.events);
      } catch (error) {
        send({ kind: 'trouble', words: `${message.events.length} events are lost: ${describe(error)}` });
      }
      send({ kind: 'written', events: message.events.length });
      return;
    }
    const { number, question } = message;
    try {
      send({ kind: 'answer', number, answer: answer(question) });
    } catch (error) {
      send({ kind: 'refusal', number, words: describe(error) });
    }
  });
}
