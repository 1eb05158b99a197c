// qmail-clean: removes queue files for qmail-send (qmail-clean(8); spec/qmail.md 1.2). Requests on standard input, `foop/ID`
// or `todo/ID` with a NUL; one byte each on standard output: + done, ! could not unlink, x not understood.
// Also removes what crashed injections left in pid/, older than 36 hours, before the first and then every 31st request.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { unlinkFile } from '../queue/files.ts';
import type { QueueLayout } from '../queue/layout.ts';
import type { CommandContext } from './command.ts';
import { reportFatal } from './fatal.ts';
import { openQueue } from './open-queue.ts';
import { readMessage } from './outgoing.ts';

export const usage = `usage: qmail-clean

Reads requests of qmail-send on standard input: foop/ID NUL removes intd and mess of a message, todo/ID NUL its intd and
todo. Answers each with one byte on standard output: + done, ! trouble, x not understood.
`;

const SWEEP_EVERY = 31;
/** qmail-clean OSSIFIED: 36 hours. */
const OSSIFIED_SECONDS = 129_600;
/** Bytes of a request, its NUL included. */
const SHORTEST = 7;
const LONGEST = 100;

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('qmail-clean', context, async () => {
    if (args.length > 0) {
      context.stderr.write(usage);
      return 100;
    }
    const layout = await openQueue(context);
    const requests = readRequests(context.stdin);
    for (let count = 0; ; count++) {
      if (count % SWEEP_EVERY === 0) await sweepPid(layout.directory);
      const next = await requests.next();
      if (next.done) return 0;
      context.stdout.write(await cleanUp(layout, next.value));
    }
  });
}

/** Requests without their NUL; one that is longer than any can be comes as its beginning. */
async function* readRequests(stdin: NodeJS.ReadableStream): AsyncGenerator<string, undefined> {
  let held = '';
  for await (const chunk of readMessage(stdin)) {
    const parts = chunk.toString('latin1').split('\0');
    for (const part of parts.slice(0, -1)) {
      yield (held + part).slice(0, LONGEST);
      held = '';
    }
    held = (held + parts.at(-1)!).slice(0, LONGEST);
  }
  return undefined;
}

async function cleanUp(layout: QueueLayout, request: string): Promise<'+' | '!' | 'x'> {
  const found = /^(foop|todo)\/([0-9]+)$/.exec(request);
  const bytes = request.length + 1;
  if (found === null || bytes < SHORTEST || bytes > LONGEST) return 'x';
  const [, what, id] = found as unknown as [string, string, string];
  try {
    await unlinkFile(layout.path('intd', id));
    await unlinkFile(layout.path(what === 'foop' ? 'mess' : 'todo', id));
    return '+';
  } catch {
    // The protocol has one byte for all reasons.
    return '!';
  }
}

/** Best effort, as in qmail: what cannot be looked at now is there next time. */
async function sweepPid(queue: string): Promise<void> {
  const pid = join(queue, 'pid');
  const old = Date.now() / 1000 - OSSIFIED_SECONDS;
  for (const name of await readdir(pid).catch(() => [])) {
    if (name.startsWith('.')) continue;
    const path = join(pid, name);
    const stats = await stat(path).catch(() => undefined);
    if (stats?.isFile() && stats.atimeMs / 1000 <= old) await unlinkFile(path).catch(() => undefined);
  }
}
