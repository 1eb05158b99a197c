// What a crash left in the journal: read by the next start, which makes ordinary queue entries of it, and told by
// queue-repair. Segments of older versions (FJ1) are taken up as well.
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { DirectorySync } from '../maildir/directory-sync.ts';
import { closeFile, namesIn, openFile, readSmallFile, unlinkFile, writeAll } from './files.ts';
import { decodeSegment, encodeStrike, type JournalLetter, type SegmentContent } from './journal-format.ts';

/**
 * Empties the journal of a locked queue; its folder is there afterwards.
 * @param restore makes an ordinary queue entry of a letter; durable when it resolves
 * @returns how many letters were restored
 */
export async function recoverJournal(
  queueDirectory: string,
  directorySync: DirectorySync,
  restore: (letter: JournalLetter) => Promise<void>,
): Promise<number> {
  const directory = join(queueDirectory, 'journal');
  await makeDirectory(directory);
  await directorySync.sync(queueDirectory);
  let restored = 0;
  for (const path of await segmentPaths(directory)) {
    const content = await readSegment(path);
    if (content.letters.length > 0) await restoreSegment(path, content, restore);
    restored += content.letters.length;
    await unlinkFile(path);
  }
  await directorySync.sync(directory);
  return restored;
}

async function restoreSegment(
  path: string,
  { salt, letters, end }: SegmentContent,
  restore: (letter: JournalLetter) => Promise<void>,
): Promise<void> {
  // The torn end goes first, so that strikes can be read if this start is cut short too.
  await truncate(path, end);
  const fd = await openFile(path, fs.constants.O_WRONLY | fs.constants.O_APPEND);
  try {
    for (const letter of letters) {
      await restore(letter);
      // Struck one by one: a crash in here doubles one letter at most.
      await writeAll(fd, [encodeStrike(salt, letter.id)]);
    }
  } finally {
    await closeFile(fd);
  }
}

/** What a crash left in the journal of a stopped queue; nothing is changed. `unread`: bytes that were never acknowledged. */
export async function readJournal(queueDirectory: string): Promise<{ letters: number; unread: number }> {
  let letters = 0;
  let unread = 0;
  for (const path of await segmentPaths(join(queueDirectory, 'journal'))) {
    const content = await readSegment(path);
    letters += content.letters.length;
    unread += content.unread;
  }
  return { letters, unread };
}

async function segmentPaths(directory: string): Promise<string[]> {
  const names = (await namesIn(directory)).filter((name) => /^\d+\.\d+$/.test(name));
  return names.sort().map((name) => join(directory, name));
}

/** A segment is some megabytes long, and a crash leaves a few. */
const readSegment = async (path: string): Promise<SegmentContent> =>
  decodeSegment((await readSmallFile(path)) ?? Buffer.alloc(0));

function makeDirectory(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.mkdir(path, { recursive: true, mode: 0o700 }, (error) => (error ? reject(error) : resolve()));
  });
}

function truncate(path: string, length: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.truncate(path, length, (error) => (error ? reject(error) : resolve()));
  });
}
