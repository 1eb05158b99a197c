// The answering side of calls between roles: takes questions from a socket and writes each answer when it is there.
// Who may ask is decided by the socket file's owner and mode.
import { chmod, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { type Log, quoted } from '../log.ts';
import type { Service } from '../service.ts';
import { type CallFields, type CallFrame, CallReader, encodeCall, writeCall } from './frames.ts';

/** Answers one question. A rejection is a bug: it is logged and answered with `{ error: true }`. */
export type Answer = (frame: CallFrame) => Promise<CallFields>;

/** Answers what comes in on a pair of streams. `ended` is called once when no more can come. */
export function answerCalls(
  input: Readable,
  out: Writable,
  answer: Answer,
  log: Log,
  ended: () => void = () => undefined,
): void {
  const reader = new CallReader();
  const reply = (number: number, fields: CallFields): void => {
    if (!out.destroyed) writeCall(out, encodeCall(number, fields));
  };
  let isOver = false;
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    ended();
  };
  input.on('data', (bytes: Buffer) => {
    try {
      reader.push(bytes);
      for (let frame = reader.next(); frame; frame = reader.next()) {
        const { number } = frame;
        answer(frame).then(
          (fields) => reply(number, fields),
          (error: unknown) => {
            log(
              `alert: bug in a call: ${quoted(error instanceof Error ? (error.stack ?? '') : String(error))}`,
            );
            reply(number, { error: true });
          },
        );
      }
    } catch (error) {
      log(
        `warning: a call that makes no sense: ${quoted(error instanceof Error ? error.message : String(error))}`,
      );
      input.destroy();
      out.destroy();
    }
  });
  for (const stream of [input, out]) stream.on('error', () => end());
  input.on('end', end);
  input.on('close', end);
}

/** Where calls are answered: a socket that the parent bound, or one of ours, for our user alone. */
export type AnsweringPlace = number | { readonly path: string };

/** Answers on a socket; a left-over file of an ended server is replaced. */
export async function startAnswering(
  name: string,
  place: AnsweringPlace,
  answer: Answer,
  log: Log,
): Promise<Service> {
  const sockets = new Set<Socket>();
  const busy = new Set<Promise<unknown>>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    answerCalls(
      socket,
      socket,
      (frame) => {
        const work = answer(frame);
        busy.add(work);
        const done = (): void => void busy.delete(work);
        work.then(done, done);
        return work;
      },
      log,
      () => socket.end(),
    );
  });
  if (typeof place !== 'number') await rm(place.path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(typeof place === 'number' ? { fd: place } : place, () => {
      server.off('error', reject);
      resolve();
    });
  });
  if (typeof place !== 'number') await chmod(place.path, 0o600);
  return {
    addresses: [{ name, address: name }],
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await Promise.allSettled(busy);
      // The last answers are still on their way to who asked.
      for (const socket of sockets) socket.end(() => socket.destroy());
      await closed;
    },
  };
}
