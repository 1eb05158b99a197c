// The thread in which senders are examined: mailauth and all that strangers' letters make it calculate stay off the role's
// event loop. Many letters at once, as most of their time is waiting for the DNS. Small bodies come with their header, others
// in chunks, of which a few are under way. Started, watched and ended by sender-threads.ts.
import { parentPort, workerData } from 'node:worker_threads';
import { createStrangerLookup, type StrangerLookupOptions } from '../dns/stranger-lookup.ts';
import { createKeyMemo } from './key-memo.ts';
import { examineSender } from './sender-examine.ts';
import type { LetterFacts, SenderFacts, SenderWishes } from './sender-facts.ts';

/** What the thread is told. */
export type SenderOrder =
  | {
      readonly kind: 'letter';
      readonly id: number;
      readonly letter: LetterFacts;
      readonly wishes: SenderWishes;
      readonly header: Uint8Array;
      /** All of it; `chunks`: it follows in pieces; undefined: nobody wants it. */
      readonly body: Uint8Array | 'chunks' | undefined;
    }
  | { readonly kind: 'chunk'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: 'end'; readonly id: number }
  /** Nobody waits for it any more. */
  | { readonly kind: 'drop'; readonly id: number }
  | { readonly kind: 'ping' };

/** What it says. */
export type SenderReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'pong' }
  /** A chunk was used: another may come. */
  | { readonly kind: 'more'; readonly id: number }
  | { readonly kind: 'done'; readonly id: number; readonly facts: SenderFacts }
  | { readonly kind: 'failed'; readonly id: number; readonly error: string };

export interface SenderWorkerData {
  readonly lookup: StrangerLookupOptions;
  /** Milliseconds in which a letter's questions to the DNS are answered. */
  readonly milliseconds: number;
}

/** Chunks of one letter on their way to who reads them. */
class Chunks {
  #waiting: Buffer[] = [];
  #isEnded = false;
  #wake: (() => void) | undefined;
  #isDropped = false;

  push(chunk: Buffer): void {
    this.#waiting.push(chunk);
    this.#wake?.();
  }

  end(): void {
    this.#isEnded = true;
    this.#wake?.();
  }

  drop(): void {
    this.#isDropped = true;
    this.#wake?.();
  }

  async *read(used: () => void): AsyncGenerator<Buffer> {
    for (;;) {
      if (this.#isDropped) throw new Error('nobody waits for this letter any more');
      const chunk = this.#waiting.shift();
      if (chunk !== undefined) {
        used();
        yield chunk;
      } else if (this.#isEnded) return;
      else {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#wake = resolve;
        await promise;
        this.#wake = undefined;
      }
    }
  }
}

const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);

async function* readWhole(body: Buffer): AsyncGenerator<Buffer> {
  yield body;
}

const port = parentPort;
if (port !== null) {
  const { lookup: options, milliseconds } = workerData as SenderWorkerData;
  const lookup = createStrangerLookup(options);
  const keys = createKeyMemo();
  const bodies = new Map<number, Chunks>();
  const report = (words: SenderReport): void => port.postMessage(words);

  const examine = async (order: SenderOrder & { readonly kind: 'letter' }): Promise<void> => {
    const { id, letter, wishes } = order;
    const questions = lookup.open(milliseconds);
    let chunks: Chunks | undefined;
    if (order.body === 'chunks') {
      chunks = new Chunks();
      bodies.set(id, chunks);
    }
    try {
      const header = bufferOf(order.header);
      const body =
        order.body instanceof Uint8Array
          ? readWhole(bufferOf(order.body))
          : chunks?.read(() => report({ kind: 'more', id }));
      const facts = await examineSender(letter, wishes, header, body, questions.ask, keys);
      report({ kind: 'done', id, facts });
    } catch (error) {
      report({ kind: 'failed', id, error: error instanceof Error ? error.message : String(error) });
    } finally {
      questions.close();
      bodies.delete(id);
    }
  };

  port.on('message', (order: SenderOrder) => {
    if (order.kind === 'letter') void examine(order);
    else if (order.kind === 'ping') report({ kind: 'pong' });
    else if (order.kind === 'chunk') bodies.get(order.id)?.push(bufferOf(order.bytes));
    else if (order.kind === 'end') bodies.get(order.id)?.end();
    else bodies.get(order.id)?.drop();
  });
  report({ kind: 'ready' });
}
