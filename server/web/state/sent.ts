// Which queued message a letter of the webmail became: by its Message-ID, the number and the moment that the queue
// answered with. The delivery history knows the rest; this is forgotten when that is.
import type { Outcome } from '../../../mta/outcome.ts';
import type { StateDatabase } from './database.ts';

/** Milliseconds that it is kept: as long as a history may be. */
const lifetime = 366 * 24 * 3600_000;

export interface QueuedLetter {
  readonly qp: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface SentLetters {
  /** `outcome`: what the queue said; only a K with its number tells something. */
  remember(address: string, messageId: string, outcome: Outcome): void;
  find(address: string, messageId: string): QueuedLetter | undefined;
  prune(): void;
}

/** qmail-queue's answer: `ok UNIXTIME qp NUMBER`. */
const queuedAnswer = /^ok (\d{1,15}) qp (\d{1,20})$/;

const bare = (messageId: string): string => messageId.trim().replace(/^<|>$/g, '');

export function openSentLetters(database: StateDatabase, now: () => number): SentLetters {
  const insert = database.prepare('insert or replace into web_sent values (?, ?, ?, ?)');
  const select = database.prepare<[string, string], QueuedLetter>(
    'select qp, at from web_sent where address = ? and message_id = ?',
  );
  const removeOld = database.prepare('delete from web_sent where at < ?');
  return {
    remember(address, messageId, outcome) {
      const answer = outcome.code === 'K' ? queuedAnswer.exec(outcome.text) : null;
      if (answer) insert.run(address, bare(messageId), answer[2], Number(answer[1]) * 1000);
    },
    find: (address, messageId) => select.get(address, bare(messageId)),
    prune() {
      removeOld.run(now() - lifetime);
    },
  };
}
