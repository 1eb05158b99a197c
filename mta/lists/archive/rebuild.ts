// ezmlm-idx: makes archive/N/index anew from the posts of the archive (ezmlm-idx(1)), for a list that had none or whose
// index was damaged. Under DIR/lock; each index is replaced as a whole.
import { normalizeMailDate } from '../../formats/date.ts';
import { openLetter } from '../letter-header.ts';
import { openList } from '../list.ts';
import { withListLock } from '../lock.ts';
import { readNumbers } from '../numbers.ts';
import { nameOf, readPostHeader } from '../post/header.ts';
import type { ListProgram } from '../program.ts';
import { readProgramWords } from '../program-options.ts';
import { writeIndex } from './index-file.ts';
import { makeIndexLines } from './index-lines.ts';
import { openPost } from './post-file.ts';
import { decodeWords, joinLines } from './subject.ts';

export const usage = 'ezmlm-idx: usage: ezmlm-idx [-dDF] [-f msg] dir';

export const ezmlmIdx: ListProgram = async (call) => {
  const { options, directory } = readProgramWords(call, 'dDf:F', usage);
  const list = await openList(directory, { etc: call.etc });
  let first = 0;
  let byDate = false;
  for (const { letter, value } of options) {
    if (letter === 'f') first = Number.parseInt(value, 10) || 0;
    if (letter === 'F') first = 0;
    if (letter === 'd' || letter === 'D') byDate = letter === 'd';
  }
  const prefix = decodeWords(joinLines((await list.line('prefix')) ?? ''));
  return withListLock(`${directory}/lock`, async () => {
    const [newest = 0] = (await readNumbers(directory, 'num')) ?? [];
    for (let hundred = Math.floor(first / 100) * 100; hundred <= newest; hundred += 100) {
      let text = '';
      for (let number = Math.max(1, hundred); number < hundred + 100 && number <= newest; number++)
        text += await linesOf(directory, number, prefix, byDate);
      await writeIndex(directory, hundred, text);
    }
    return { status: 0, output: '' };
  });
};

/** '' for a post that is not there. */
async function linesOf(list: string, number: number, prefix: string, byDate: boolean): Promise<string> {
  const post = await openPost(list, number);
  if (post === undefined) return '';
  const letter = await openLetter({ open: () => post });
  await letter.close();
  const header = readPostHeader(letter.header);
  const date = header.fields.find((field) => nameOf(field) === 'date');
  const written = date === undefined ? undefined : normalizeMailDate(date.slice(5).trim());
  return makeIndexLines(number, byDate ? { ...header, received: written ?? '' } : header, prefix);
}
