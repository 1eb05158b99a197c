// archive/N/index on disk: written anew with each post, beside the old one and renamed (ezmlm-send, ezmlm-idx). A reader
// sees a whole index, with or without the last post.
import { join } from 'node:path';
import { replaceFile } from '../../accounts/durable.ts';
import { systemError } from '../errors.ts';
import { readListFile } from '../files.ts';
import { type IndexEntry, makeIndexLines, type PostFields, readIndex } from './index-lines.ts';
import { directoryOfPost, makePostDirectory } from './post-file.ts';

const indexMode = 0o744;

/** The index of the hundred that a post is in, as bytes (latin1); '' when there is none. @throws ListError 111 */
export const readIndexText = async (list: string, number: number): Promise<string> =>
  (await readListFile(join(directoryOfPost(list, number), 'index'))) ?? '';

/** The entries of a range. */
export async function readIndexRange(list: string, from: number, to: number): Promise<IndexEntry[]> {
  const entries: IndexEntry[] = [];
  for (let hundred = Math.floor(from / 100); hundred <= Math.floor(to / 100); hundred++) {
    for (const entry of readIndex(await readIndexText(list, hundred * 100)))
      if (entry.number >= from && entry.number <= to) entries.push(entry);
  }
  return entries;
}

/** Writes the index of a hundred. @throws ListError 111 */
export async function writeIndex(list: string, number: number, text: string): Promise<void> {
  await makePostDirectory(list, number);
  const path = join(directoryOfPost(list, number), 'index');
  try {
    await replaceFile(path, Buffer.from(text, 'latin1'), indexMode);
  } catch (error) {
    throw systemError(`unable to write ${path}`, error);
  }
}

/** Puts a post behind those before it; what stood there of it and of later ones goes. */
export async function addToIndex(
  list: string,
  number: number,
  fields: PostFields,
  prefix: string,
): Promise<void> {
  const kept = readIndex(await readIndexText(list, number)).filter((entry) => entry.number < number);
  const lines = kept.map(
    ({ line, authorLine }) => `${line}\n${authorLine === undefined ? '' : `${authorLine}\n`}`,
  );
  await writeIndex(list, number, lines.join('') + makeIndexLines(number, fields, prefix));
}
