// The asking side of calls between roles: questions over one stream, each waiting for its answer. A stream that ends or
// makes no sense takes all waiting questions with it: whoever asked decides whether to ask again.
import { connect } from 'node:net';
import type { Duplex, Readable, Writable } from 'node:stream';
import { CallError, type CallFields, CallReader, encodeCall, writeCall } from './frames.ts';

/** The other side went away, or was never there: the question has no answer. */
export class CallLost extends Error {
  override name = 'CallLost';
}

interface Waiting {
  readonly resolve: (fields: CallFields) => void;
  readonly reject: (error: Error) => void;
}

/** Questions over one pair of streams. */
export class Conversation {
  readonly #out: Writable;
  readonly #waiting = new Map<number, Waiting>();
  readonly #reader: CallReader;
  #last = 0;
  #isOver = false;
  /** Resolves when nothing can be asked any more. */
  readonly over: Promise<void>;
  readonly #endIt: () => void;

  /** @param answerLimit bytes of one answer; that of all calls when missing */
  constructor(input: Readable, out: Writable, answerLimit?: number) {
    this.#out = out;
    this.#reader = new CallReader(answerLimit);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.over = promise;
    this.#endIt = resolve;
    input.on('data', (bytes: Buffer) => {
      try {
        this.#reader.push(bytes);
        for (let frame = this.#reader.next(); frame; frame = this.#reader.next()) {
          const waiting = this.#waiting.get(frame.number);
          // An answer that nobody asked for: who sends these could send them without end.
          if (!waiting) throw new CallError('an answer without a question');
          this.#waiting.delete(frame.number);
          waiting.resolve(frame.fields);
        }
      } catch {
        this.end();
      }
    });
    for (const stream of [input, out]) {
      stream.on('error', () => this.end());
      stream.on('close', () => this.end());
    }
    input.on('end', () => this.end());
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Questions without an answer so far. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Asks. @throws CallLost */
  ask(fields: CallFields, body?: Buffer): Promise<CallFields> {
    if (this.#isOver) return Promise.reject(new CallLost('the other side is gone'));
    this.#last += 1;
    const number = this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      writeCall(this.#out, encodeCall(number, fields, body));
    });
  }

  /** Asks nothing more; what waits is lost. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#out.destroy();
    this.#endIt();
    for (const { reject } of waiting) reject(new CallLost('the other side is gone'));
  }
}

/** Asks the role that answers on a socket; connects when there is something to ask. */
export interface RoleClient {
  /** @throws CallLost when the role went away before it answered */
  ask(fields: CallFields, body?: Buffer): Promise<CallFields>;
  close(): void;
}

/** @param path the role's socket: it is there as long as the site runs, also while its role is started again */
export function createRoleClient(path: string, answerLimit?: number): RoleClient {
  let current: Conversation | undefined;
  return {
    ask: (fields, body) => {
      if (!current || current.isOver) {
        const socket: Duplex = connect(path);
        current = new Conversation(socket, socket, answerLimit);
      }
      return current.ask(fields, body);
    },
    close: () => current?.end(),
  };
}
