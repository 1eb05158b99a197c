// What an import has done, so that an interrupted one goes on where it was and nothing comes twice: a file in the state
// directory, one line a step, synced before the next. `done ID` is a message that came in. A batch begins with a line that
// says what it brings and which UID the folder gives next: after a crash in the middle of it, what lies in the folder from
// that UID on and has the same bytes is done.
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { Fatal } from '../../mta/commands/fatal.ts';
import type { Mailbox } from '../mailbox/types.ts';

/** One message of a batch: which one it is at its source, and the hash of what is stored of it. */
export interface Step {
  readonly id: string;
  readonly hash: string;
}

interface OpenBatch {
  readonly folder: string;
  readonly uidNext: number;
  readonly steps: readonly Step[];
}

export interface ImportJournal {
  isDone(id: string): boolean;
  begin(folder: string, uidNext: number, steps: readonly Step[]): Promise<void>;
  end(steps: readonly Step[]): Promise<void>;
  close(): Promise<void>;
}

export const hashOf = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

/** Opens the journal of one source into one account; settles the batch that was cut short. */
export async function openJournal(
  state: string,
  account: string,
  source: string,
  mailbox: Mailbox,
): Promise<ImportJournal> {
  const directory = join(state, 'import');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const name = hashOf(Buffer.from(`${account}\0${source}`)).slice(0, 32);
  const path = join(directory, `${name}.journal`);
  const file = await open(
    path,
    constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW,
    0o600,
  );
  const done = new Set<string>();
  const write = async (line: string): Promise<void> => {
    await file.appendFile(`${line}\n`, 'utf8');
    await file.datasync();
  };
  try {
    const batch = await readJournal(file, path, done);
    if (batch) {
      const came = await findHashes(mailbox, batch);
      const steps = batch.steps.filter(({ hash }) => came.has(hash));
      for (const { id } of steps) done.add(id);
      await write(`end ${JSON.stringify(steps.map(({ id }) => id))}`);
    }
  } catch (error) {
    await file.close();
    throw error;
  }
  return {
    isDone: (id) => done.has(id),
    begin: (folder, uidNext, steps) => write(`begin ${JSON.stringify({ folder, uidNext, steps })}`),
    async end(steps) {
      for (const { id } of steps) done.add(id);
      await write(`end ${JSON.stringify(steps.map(({ id }) => id))}`);
    },
    close: () => file.close(),
  };
}

/** Gives the batch that has no end. A last line that was cut short never happened. */
async function readJournal(
  file: FileHandle,
  path: string,
  done: Set<string>,
): Promise<OpenBatch | undefined> {
  const lines = (await file.readFile('utf8')).split('\n');
  const cut = lines.pop();
  let batch: OpenBatch | undefined;
  for (const [i, line] of lines.entries()) {
    try {
      if (line.startsWith('begin ')) batch = JSON.parse(line.slice(6)) as OpenBatch;
      else if (line.startsWith('end ')) {
        for (const id of JSON.parse(line.slice(4)) as string[]) done.add(id);
        batch = undefined;
      }
    } catch {
      // A line that a crash cut and a later run went on after.
      if (i === lines.length - 1) break;
      if (!line.startsWith('begin '))
        throw new Fatal(111, `${path} line ${i + 1} makes no sense; remove the file to begin anew`);
    }
  }
  if (cut) await file.appendFile('\n');
  return batch;
}

/** Hashes of the messages of a folder from a UID on. */
async function findHashes(mailbox: Mailbox, batch: OpenBatch): Promise<Set<string>> {
  const found = new Set<string>();
  const snapshot = await mailbox.uids.open(batch.folder, true);
  for (const uid of snapshot?.uids ?? []) {
    if (uid < batch.uidNext) continue;
    const opened = await mailbox.uids.openMessage(batch.folder, uid);
    if (!opened) continue;
    try {
      found.add(hashOf(await opened.handle.readFile()));
    } finally {
      await opened.handle.close();
    }
  }
  return found;
}
