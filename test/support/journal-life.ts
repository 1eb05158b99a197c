// The life of a journal as a program of its own, so that it can be killed: takes letters, one or several at a time, of 2 and
// of 150 kB, through several segments and those used again, and strikes them. Says what it does on standard output before
// and after, unbuffered: `try ID LENGTH`, `stored ID`, `refused ID`, `strike ID`. At its end it kills itself.
// Arguments: the directory of the queue; how many rounds of one to three letters.
import { writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { createDirectorySync } from '../../mta/maildir/directory-sync.ts';
import { Journal } from '../../mta/queue/journal.ts';

/** Bytes by which a letter is known again. */
export const makeMessage = (id: string, length: number): Buffer => Buffer.alloc(length, `letter ${id}\n`);

async function live(queue: string, rounds: number): Promise<void> {
  const say = (line: string): void => void writeSync(1, `${line}\n`);
  const { journal } = await Journal.open(
    queue,
    createDirectorySync({ isOwn: true }),
    () => Promise.reject(new Error('there was nothing')),
    (words) => say(`warning ${words}`),
  );
  const living: string[] = [];
  const store = async (length: number): Promise<void> => {
    const id = journal.nextId();
    say(`try ${id} ${length}`);
    try {
      await journal.append({ id, envelope: Buffer.from('u0\0'), message: makeMessage(id, length) });
      say(`stored ${id}`);
      living.push(id);
    } catch {
      say(`refused ${id}`);
    }
  };
  for (let round = 0; round < rounds; round++) {
    const length = round % 3 === 0 ? 2000 : 150_000;
    await Promise.all(Array.from({ length: 1 + (round % 3) }, () => store(length)));
    // Two stay under way; now and then all are done at once.
    for (const id of living.splice(0, round % 8 === 7 ? living.length : living.length - 2)) {
      say(`strike ${id}`);
      journal.strike(id);
    }
    // What is done beside the letters, in step with them.
    await pause(2);
  }
  say('end');
  process.kill(process.pid, 'SIGKILL');
}

const [queue, rounds] = process.argv.slice(2);
if (import.meta.main) await live(queue as string, Number(rounds));
