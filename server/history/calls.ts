// The delivery history as a process of its own (root): the web asks over a socket, questions and answers as JSON.
import type { Answer } from '../../mta/calls/answering.ts';
import { createRoleClient } from '../../mta/calls/conversation.ts';
import type { CallFields } from '../../mta/calls/frames.ts';
import type { HistoryQuery, HistoryReader, MessageHistory, TallyRow, TurnedLetter } from './types.ts';

/** Answers the questions of `createHistoryCalls`. Undefined: none is kept. */
export function answerHistory(history: HistoryReader | undefined): Answer {
  return async ({ fields }) => {
    if (history === undefined) return { error: 'no delivery history is kept (control/historydays)' };
    const { question, query, id, domains, qp, at, from, step, limit } = fields;
    try {
      switch (question) {
        case 'messages':
          return { found: await history.messages(query as HistoryQuery) };
        case 'message':
          return {
            found: await history.message(
              Number(id),
              Array.isArray(domains) ? domains.map(String) : undefined,
            ),
          };
        case 'queued':
          return { found: await history.findQueued(String(qp), Number(at)) };
        case 'turned':
          return { found: await history.turned(Number(limit)) };
        case 'statistics':
          return { found: await history.statistics(Number(from), step === 'day' ? 'day' : 'hour') };
      }
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
    return { error: 'no such question' };
  };
}

/** The history behind a socket. A lost role is a rejection. */
export function createHistoryCalls(path: string): HistoryReader & { readonly close: () => void } {
  const client = createRoleClient(path);
  const ask = async (fields: CallFields): Promise<unknown> => {
    const { found, error } = await client.ask(fields);
    if (error !== undefined) throw new Error(`the history role: ${String(error)}`);
    return found;
  };
  return {
    messages: async (query) => (await ask({ question: 'messages', query })) as readonly MessageHistory[],
    message: async (id, domains) =>
      (await ask({ question: 'message', id, ...(domains && { domains }) })) as MessageHistory | undefined,
    findQueued: async (qp, at) => (await ask({ question: 'queued', qp, at })) as MessageHistory | undefined,
    turned: async (limit) => (await ask({ question: 'turned', limit })) as readonly TurnedLetter[],
    statistics: async (from, step) =>
      (await ask({ question: 'statistics', from, step })) as readonly TallyRow[],
    close: () => client.close(),
  };
}
