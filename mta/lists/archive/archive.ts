// ezmlm-archive: the indices by thread and author (ezmlm-archive(1)), for readers on the web:
//   archive/threads/YYYYMM     a line a thread of the month:  LASTPOST:SUBJECTHASH [POSTS] SUBJECT
//   archive/subjects/XX/REST   subject, then a line a post:   POST:YYYYMM:AUTHORHASH AUTHOR
//   archive/authors/XX/REST    author, then a line a post:    POST:YYYYMM:SUBJECTHASH SUBJECT
// made from archive/N/index. DIR/archnum is the last post in them. Each file is replaced as a whole; what is cut off is done
// again from archnum on, with the same result. Long archives are done some hundred posts at a time.
import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { replaceFile } from '../../accounts/durable.ts';
import { errorCode } from '../../maildir/calls.ts';
import { ListError, systemError } from '../errors.ts';
import { openList } from '../list.ts';
import { withListLock } from '../lock.ts';
import { readNumbers, writeNumbers } from '../numbers.ts';
import type { ListProgram } from '../program.ts';
import { readProgramWords } from '../program-options.ts';
import { readIndexRange } from './index-file.ts';
import {
  countPosts,
  makeThreads,
  type PostGroup,
  type Threads,
  updateGroupFile,
  updateMonthFile,
} from './threads.ts';

export const usage = 'ezmlm-archive: usage: ezmlm-archive [-cCFsST] [-f min_msg] [-t max_msg] dir';

/** Posts that are threaded at a time. */
const BLOCK = 400;
/** Posts that one delivery does at the most. */
const MOST_IN_DELIVERY = 1200;

export const ezmlmArchive: ListProgram = async (call) => {
  const { options, directory } = readProgramWords(call, 'cCf:FsSt:T', usage);
  await openList(directory, { etc: call.etc });
  let createsAll = false;
  let first: number | undefined;
  let last = Number.POSITIVE_INFINITY;
  for (const { letter, value } of options) {
    if (letter === 'c' || letter === 'C') createsAll = letter === 'c';
    if (letter === 'f') first = Math.floor((Number.parseInt(value, 10) || 0) / 100) * 100;
    if (letter === 'F') first = undefined;
    if (letter === 't') last = Number.parseInt(value, 10) || Number.POSITIVE_INFINITY;
    if (letter === 'T') last = Number.POSITIVE_INFINITY;
  }
  // With the lock no post is being written.
  const [newest = 0] = await withListLock(
    join(directory, 'lock'),
    async () => (await readNumbers(directory, 'num')) ?? [],
  );
  if (newest === 0) throw new ListError(100, 'no messages in archive');
  const isDelivery = Boolean(call.env.LOCAL);
  await withListLock(join(directory, 'archive', 'lock'), async () => {
    const [done = 0] =
      createsAll || first !== undefined ? [] : ((await readNumbers(directory, 'archnum')) ?? []);
    const start = Math.max(1, first ?? done + 1);
    // A long archive that had no such index gets it with its next posts: no delivery is held for all of it.
    const to = Math.min(newest, last, isDelivery ? start + MOST_IN_DELIVERY - 1 : newest);
    for (let from = start; from <= to; from += BLOCK) {
      const end = Math.min(to, from + BLOCK - 1);
      await writeThreads(directory, makeThreads(await readIndexRange(directory, from, end), from, end));
      await writeNumbers(directory, 'archnum', [end]);
    }
  });
  return { status: 0, output: '' };
};

/** Threads a range into all three indices. @throws ListError 111 */
async function writeThreads(list: string, threads: Threads): Promise<void> {
  const place = join(list, 'archive');
  const from = threads.posts[0]?.number ?? 0;
  const counts = countPosts(threads);
  for (const [at, { month }] of threads.months.entries())
    await update(join(place, 'threads', String(month)), (old) => updateMonthFile(old, threads, at, counts));
  const groupPath = (kind: string, { hash }: PostGroup): string =>
    join(place, kind, hash.slice(0, 2), hash.slice(2));
  for (const group of threads.subjects)
    if (isHash(group))
      await update(groupPath('subjects', group), (old) =>
        updateGroupFile(old, group, from, ({ author }) => author),
      );
  for (const group of threads.authors)
    if (isHash(group))
      await update(groupPath('authors', group), (old) =>
        updateGroupFile(old, group, from, ({ thread }) => thread),
      );
}

/** An index that others wrote may hold anything: only letters become a path. */
const isHash = ({ hash }: PostGroup): boolean => /^[a-p]{20}$/.test(hash);

/** Bytes of such a file: some 150,000 posts of one author. */
const MOST_BYTES = 16 * 1024 * 1024;

async function readIndexFile(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW).catch(
    (error: unknown) => {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    },
  );
  if (file === undefined) return '';
  try {
    const stats = await file.stat();
    if (!stats.isFile() || stats.size > MOST_BYTES)
      throw new ListError(111, `${path} is no file, or larger than ${MOST_BYTES} bytes`);
    return (await file.readFile()).toString('latin1');
  } finally {
    await file.close();
  }
}

async function update(path: string, change: (old: string) => string): Promise<void> {
  try {
    const old = await readIndexFile(path);
    await mkdir(dirname(path), { recursive: true, mode: 0o755 });
    await replaceFile(path, Buffer.from(change(old), 'latin1'), 0o644);
  } catch (error) {
    throw systemError(`unable to write ${path}`, error);
  }
}
