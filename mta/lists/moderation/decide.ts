// ezmlm-moderate and ezmlm-confirm: the word about a post that waits (ezmlm-moderate(1), ezmlm-confirm(1)). Accepted, it
// goes to the list as if it came now, with its own sender; rejected, it goes back to its author with the moderator's comment;
// confirmed, it goes the way that the rest of the command line says; discarded, it is thrown away.
// The first word counts. The next moderator hears what became of the post as long as its stub is kept (clean.ts).
import { basename, join } from 'node:path';
import { quoteAddress } from '../../formats/address.ts';
import { decodeBase64, decodeQuotedPrintable } from '../coding.ts';
import { ListError } from '../errors.ts';
import { toBytes } from '../files.ts';
import { openLetter } from '../letter-header.ts';
import { type MailingList, openList } from '../list.ts';
import { withListLock } from '../lock.ts';
import { readMessage } from '../messages.ts';
import { listAddress, writeNotice } from '../notice.ts';
import { readPostHeader } from '../post/header.ts';
import { ezmlmSend } from '../post/send.ts';
import { type ListAnswer, type ListCall, type ListProgram, requireEnv, sendListLetter } from '../program.ts';
import { type ProgramWords, readProgramWords } from '../program-options.ts';
import { isBounce, requireSender, senderOf } from '../sender-of.ts';
import { readText, valuesOf } from '../texts.ts';
import { findComment } from './comment.ts';
import { ezmlmGate } from './gate.ts';
import { type FoundPost, findPost, readDecision, removePost, shelve } from './pending.ts';
import { ezmlmStore } from './store.ts';

export const moderateUsage =
  'ezmlm-moderate: usage: ezmlm-moderate [-cCmMrR] [-t replyto] dir [/path/ezmlm-send]';
export const confirmUsage = 'ezmlm-confirm: usage: ezmlm-confirm [-cCmMrR] dir [/path/ezmlm-send]';

/** Bytes of an answer in which a comment is looked for. */
const MOST_ANSWER = 64 * 1024;

/** What a post that was accepted is given to: nothing that would put it among those that wait, whose lock is held. */
const acceptedPrograms: Readonly<Record<string, ListProgram>> = { 'ezmlm-send': ezmlmSend };
/** What one that its sender confirmed is given to. */
const confirmedPrograms: Readonly<Record<string, ListProgram>> = {
  ...acceptedPrograms,
  'ezmlm-store': ezmlmStore,
  'ezmlm-gate': ezmlmGate,
};

const gone = (): ListError => new ListError(100, "I'm sorry, I no longer have this message");

/** Gives a post to ezmlm-send, or to the program of ours that the rest of the line names. @throws ListError 100 */
function passOn(
  call: ListCall,
  words: ProgramWords,
  post: FoundPost,
  programs: Readonly<Record<string, ListProgram>>,
): Promise<ListAnswer> {
  // One word is a line for a shell in ezmlm: `/path/ezmlm-send DIR`.
  const [name = 'ezmlm-send', ...args] =
    words.rest.length === 1 ? words.rest[0]!.split(/[ \t]+/) : words.rest;
  const program = Object.hasOwn(programs, basename(name)) ? programs[basename(name)] : undefined;
  if (program === undefined)
    throw new ListError(100, `${name}: expected ${Object.keys(programs).join(', ')}`);
  const passed = words.options
    .filter(({ letter }) => 'cCrR'.includes(letter))
    .map(({ letter }) => `-${letter}`);
  return program({
    ...call,
    args:
      words.rest.length === 0
        ? [...passed, words.directory]
        : args.map((arg) => arg.replace(/^'(.*)'$/, '$1')),
    env: { ...call.env, SENDER: post.sender },
    letter: post.letter,
  });
}

export const ezmlmModerate: ListProgram = async (call) => {
  const words = readProgramWords(call, 'cCmMrRt:T:vV', moderateUsage);
  const list = await openList(words.directory, { etc: call.etc });
  requireSender(call);
  const local = requireEnv(call, 'LOCAL');
  const { word, name } = readDecision(list, local, requireEnv(call, 'DEFAULT'), ['accept', 'reject']);
  return withListLock(join(words.directory, 'mod', 'lock'), async () => {
    const post = await findPost(list, 'pending', name);
    if (post === undefined) return tellPast(list, name, word);
    if (word === 'reject') {
      const replyTo = words.options.findLast(({ letter }) => 'tT'.includes(letter))?.value;
      const queued = await returnPost(call, list, post, replyTo);
      await shelve(list, name, 'rejected');
      return { status: 0, output: `ezmlm-moderate: info: ${queued}\n` };
    }
    const answer = await passOn(call, words, post, acceptedPrograms);
    if (answer.status !== 0 && answer.status !== 99) return answer;
    await shelve(list, name, 'accepted');
    return answer;
  });
};

/** The same word again is done already. @throws ListError 100 */
async function tellPast(list: MailingList, name: string, word: string): Promise<ListAnswer> {
  const past = (await findPost(list, 'accepted', name))
    ? 'accept'
    : (await findPost(list, 'rejected', name))
      ? 'reject'
      : undefined;
  if (past === undefined) throw gone();
  const words = `I'm sorry, I've already ${past}ed this message`;
  if (past !== word) throw new ListError(100, words);
  return { status: 0, output: `ezmlm-moderate: info: ${words}\n` };
}

/** @returns what the queue said, or that nobody is told: the post has no sender */
async function returnPost(
  call: ListCall,
  list: MailingList,
  post: FoundPost,
  replyTo: string | undefined,
): Promise<string> {
  if (!post.sender.includes('@')) return 'no sender to tell';
  const comment = await readComment(call);
  const values = valuesOf(list);
  const told =
    comment === undefined
      ? ''
      : `\n>>>>> -------------------- >>>>>\n${comment}<<<<< -------------------- <<<<<\n`;
  const content = writeNotice({
    list,
    now: call.now,
    from: listAddress(list, '-owner'),
    replyTo,
    to: toBytes(quoteAddress(post.sender)),
    subject: await readMessage(list, 'SUB_RETURNED_POST'),
    isReply: true,
    text: `${await readText(list, 'top', values)}${await readText(list, 'mod-reject', values)}${told}`,
    enclosed: post.letter.open(),
  });
  return sendListLetter(call, {
    content,
    sender: `${list.outlocal}-return-@${list.outhost}`,
    recipients: [post.sender],
  });
}

async function readComment(call: ListCall): Promise<string | undefined> {
  const letter = await openLetter(call.letter);
  try {
    const encoding = readPostHeader(letter.header).contentEncoding.trim().toLowerCase();
    let text = '';
    for await (const bytes of letter.body) {
      text += bytes.toString('latin1');
      if (text.length > MOST_ANSWER) break;
    }
    const decoded =
      encoding === 'base64'
        ? decodeBase64(text)
        : encoding === 'quoted-printable'
          ? decodeQuotedPrintable(text)
          : text;
    return findComment(decoded);
  } finally {
    await letter.close();
  }
}

export const ezmlmConfirm: ListProgram = async (call) => {
  const words = readProgramWords(call, 'cCmMrRvV', confirmUsage);
  const list = await openList(words.directory, { etc: call.etc });
  const local = requireEnv(call, 'LOCAL');
  const { word, name } = readDecision(list, local, requireEnv(call, 'DEFAULT'), ['confirm', 'discard']);
  // The question went out with the address for `discard` as its sender: its bounce is that answer (store.ts).
  if (word !== 'discard' || !isBounce(senderOf(call))) requireSender(call);
  return withListLock(join(words.directory, 'mod', 'confirmlock'), async () => {
    const post = await findPost(list, 'unconfirmed', name);
    if (post === undefined && isBounce(senderOf(call)))
      return { status: 99, output: 'ezmlm-confirm: info: bounce ignored\n' };
    if (post === undefined) throw gone();
    if (word === 'discard') {
      await removePost(list, 'unconfirmed', name);
      return { status: 0, output: 'ezmlm-confirm: info: post rejected\n' };
    }
    const answer = await passOn(call, words, post, confirmedPrograms);
    if (answer.status !== 0 && answer.status !== 99) return answer;
    await removePost(list, 'unconfirmed', name);
    return answer;
  });
};
