// ezmlm-clean: posts that nobody decided about in time go back to their authors, and stubs of decided ones go
// (ezmlm-clean(1)). DIR/modtime is the time in hours, 24 to 240; 120 unless told. A post that its owner has made read-only
// stays. What one post meets keeps no other one.
import { join } from 'node:path';
import { quoteAddress } from '../../formats/address.ts';
import { errorCode, readNames } from '../../maildir/calls.ts';
import { ListError, systemError } from '../errors.ts';
import { toBytes } from '../files.ts';
import { type MailingList, openList } from '../list.ts';
import { withListLock } from '../lock.ts';
import { readMessage } from '../messages.ts';
import { listAddress, writeNotice } from '../notice.ts';
import { type ListCall, type ListProgram, sendListLetter } from '../program.ts';
import { lastOf, readProgramWords } from '../program-options.ts';
import { readText, valuesOf } from '../texts.ts';
import { type FoundPost, findPost, removePost, type Shelf, shelfPath } from './pending.ts';

export const usage = 'ezmlm-clean: usage: ezmlm-clean [-mMrR] dir';

const USUAL_HOURS = 120;
const LEAST_HOURS = 24;
const MOST_HOURS = 240;

export const ezmlmClean: ListProgram = async (call) => {
  const { options, directory } = readProgramWords(call, 'mMrRvV', usage);
  const list = await openList(directory, { etc: call.etc });
  const given = Number.parseInt((await list.line('modtime')) ?? '', 10) || USUAL_HOURS;
  const before = call.now - 3600 * Math.min(MOST_HOURS, Math.max(LEAST_HOURS, given));
  const choice = lastOf(options, 'rR');
  const returns = choice === undefined ? !(await list.isSet('noreturnposts')) : choice === 'r';
  return withListLock(join(directory, 'mod', 'lock'), async () => {
    const output: string[] = [];
    let trouble: unknown;
    for (const shelf of ['pending', 'accepted', 'rejected', 'unconfirmed'] as const) {
      for (const name of await oldNames(list, shelf, before)) {
        try {
          const told = await cleanPost(call, list, shelf, name, returns && shelf === 'pending');
          if (told !== undefined) output.push(`ezmlm-clean: info: ${told}\n`);
        } catch (error) {
          trouble ??= error;
        }
      }
    }
    if (trouble !== undefined) throw trouble;
    return { status: 0, output: output.join('') };
  });
};

/** Names begin with the time of the post. What begins otherwise is none of ours. */
async function oldNames(list: MailingList, shelf: Shelf, before: number): Promise<string[]> {
  try {
    const names = await readNames(shelfPath(list, shelf));
    return names.filter((name) => /^\d{1,15}(?:\.|$)/.test(name) && Number.parseInt(name, 10) < before);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw systemError(`unable to open ${shelfPath(list, shelf)}`, error);
  }
}

/** @returns what the queue said when the author was told */
async function cleanPost(
  call: ListCall,
  list: MailingList,
  shelf: Shelf,
  name: string,
  returns: boolean,
): Promise<string | undefined> {
  const post = await findPost(list, shelf, name);
  if (post === undefined || (post.mode & 0o200) === 0) return undefined;
  // Without the execute bit it was cut off while it was written: its letter was tried again.
  const told = returns && (post.mode & 0o100) !== 0 ? await tellAuthor(call, list, post) : undefined;
  await removePost(list, shelf, name);
  return told;
}

async function tellAuthor(call: ListCall, list: MailingList, post: FoundPost): Promise<string | undefined> {
  if (!post.sender.includes('@')) return undefined;
  const values = valuesOf(list);
  const content = writeNotice({
    list,
    now: call.now,
    from: listAddress(list, '-help'),
    to: toBytes(quoteAddress(post.sender)),
    subject: await readMessage(list, 'SUB_RETURNED_POST'),
    isReply: true,
    text: (await readText(list, 'top', values)) + (await readText(list, 'mod-timeout', values)),
    enclosed: post.letter.open(),
  });
  const sender = `${list.outlocal}-return-@${list.outhost}`;
  try {
    return await sendListLetter(call, { content, sender, recipients: [post.sender] });
  } catch (error) {
    // ezmlm: what the queue never takes is not tried for ever.
    if (error instanceof ListError && error.status === 100) return undefined;
    throw error;
  }
}
