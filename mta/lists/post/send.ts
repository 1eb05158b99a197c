// ezmlm-send: a post goes to all members and into the archive (ezmlm-send(1)). One message in the queue for all of them: its
// sender is LIST-return-NUMBER-@HOST-@[], into which qmail-send writes each recipient (VERP), so that a bounce tells who
// it is about. Members are read from the store while the envelope is written.
// The order is ezmlm's, under DIR/lock: the archive and its index are on disk, then the number is taken, then the queue gets
// the envelope. What fails before that leaves the list as it was, and the letter is tried again; a power cut in between costs
// a number, never a post, and a post is never sent twice by the list itself.
import { join } from 'node:path';
import { lowerAscii, splitAddress } from '../../formats/address.ts';
import { makeReturnPathLine } from '../../local/environment.ts';
import { authorAddress, authorName } from '../archive/author.ts';
import { addToIndex } from '../archive/index-file.ts';
import { createPostFile, type NewPostFile } from '../archive/post-file.ts';
import { joinLines } from '../archive/subject.ts';
import { ListError } from '../errors.ts';
import { toBytes } from '../files.ts';
import { type OpenedLetter, openLetter } from '../letter-header.ts';
import { type MailingList, openList } from '../list.ts';
import { withListLock } from '../lock.ts';
import { readNumbers, writeNumbers } from '../numbers.ts';
import { type ListAnswer, type ListCall, type ListProgram, sendListLetter } from '../program.ts';
import { readProgramWords } from '../program-options.ts';
import { readSubscribers } from '../subscribers.ts';
import { type AskPolicy, createPolicyLookup, policyInResults } from './author-policy.ts';
import { openPostBody } from './body.ts';
import {
  type HeaderRules,
  isFromMainList,
  makeNewFrom,
  makePostHeaders,
  type NewFrom,
  numberOfMainList,
  type PostHeader,
  readPostHeader,
} from './header.ts';
import { readContentType } from './mime-type.ts';
import { readHeaderRules, readPartChoice, readTrailer } from './rules.ts';

export const usage = 'ezmlm-send: usage: ezmlm-send [-cClLqQrR] [-h header] [-s lo_hi] dir';

/** Hash files of members: all, or those between (ezmlm-send -s). */
interface Part {
  readonly from: number;
  readonly to: number;
}

const everybody: Part = { from: 0, to: 52 };

function readPart(text: string): Part {
  const [, low = '0', high = '52'] = /^(\d{1,9})(?:[^\d](\d{1,9})?)?/.exec(text) ?? [];
  const to = Math.min(Number(high), 52);
  return { from: Math.min(Number(low), to), to };
}

/** ezmlm-send, asking for policies of authors in some way. */
export function createSend(askPolicy: AskPolicy): ListProgram {
  return async (call) => {
    const { options, directory } = readProgramWords(call, 'cClLqQrRH:h:s:S:', usage);
    const list = await openList(directory, { etc: call.etc });
    let part = everybody;
    let keepsReceived = false;
    let mainListField = '';
    for (const { letter, value } of options) {
      if (letter === 's' || letter === 'S') part = readPart(value);
      if (letter === 'r' || letter === 'R') keepsReceived = letter === 'r';
      if (letter === 'H' || letter === 'h') mainListField = value.replace(/:.*$/s, '').toLowerCase();
    }
    const rules = await readHeaderRules(list, { keepsReceived, mainListField });
    const letter = await openLetter(call.letter);
    try {
      const header = readPostHeader(letter.header);
      // The DNS is asked before the lock is taken: others need not wait for it.
      const newFrom = await chooseFrom(list, rules, header, askPolicy);
      return await withListLock(join(directory, 'lock'), () =>
        sendPost({ call, list, rules, part, letter, header, newFrom }),
      );
    } finally {
      await letter.close();
    }
  };
}

export const ezmlmSend: ListProgram = createSend(createPolicyLookup());

/** The numbers of a post: in the archive, and in its sender; and the size of all before it. */
interface Numbers {
  readonly own: number;
  readonly outgoing: number;
  readonly size: number;
}

/** @throws ListError 100 for what is no post */
async function chooseNumbers(call: ListCall, list: MailingList, isArchived: boolean): Promise<Numbers> {
  const sender = call.env.SENDER;
  if (sender === '' || sender === '#@[]')
    throw new ListError(100, 'I do not reply to bounce messages (#5.7.2)');
  const [last = 0, size = 0] = (await readNumbers(list.directory, 'num')) ?? [];
  const own = last + 1;
  const mainList = await list.line('sublist');
  if (mainList === undefined || sender === undefined) return { own, outgoing: own, size };
  if (!isFromMainList(sender, mainList))
    throw new ListError(100, 'this message is not from my parent list (#5.7.2)');
  // A sublist without an archive of its own keeps the number by which members can ask the main list.
  const outgoing = isArchived ? own : numberOfMainList(sender, mainList) || own;
  return { own, outgoing, size };
}

/** One post on its way. */
interface Post {
  readonly call: ListCall;
  readonly list: MailingList;
  readonly rules: HeaderRules;
  readonly part: Part;
  readonly letter: OpenedLetter;
  readonly header: PostHeader;
  readonly newFrom: NewFrom | undefined;
}

async function sendPost(post: Post): Promise<ListAnswer> {
  const { call, list } = post;
  const isArchived = await list.isSet('archived');
  const numbers = await chooseNumbers(call, list, isArchived);
  const archive = isArchived ? await createPostFile(list.directory, numbers.outgoing) : undefined;
  try {
    return await sendLetter(post, numbers, archive);
  } catch (error) {
    await takeBack(list.directory, numbers);
    throw error;
  } finally {
    archive?.abandon();
  }
}

async function sendLetter(
  { call, list, rules, part, letter, header, newFrom }: Post,
  numbers: Numbers,
  archive: NewPostFile | undefined,
): Promise<ListAnswer> {
  const { directory } = list;
  const isIndexed = archive !== undefined && (await list.isSet('indexed'));
  const headers = makePostHeaders(header, rules, numbers.outgoing, newFrom);
  const body = openPostBody({
    contentType: readContentType(header.contentType),
    encoding: header.contentEncoding,
    parts: await readPartChoice(list),
    trailer: await readTrailer(list),
  });
  let bodySize = 0;

  async function* content(): AsyncGenerator<Buffer | string> {
    await archive?.write(returnPathOf(call) + headers.archived);
    yield headers.outgoing;
    if (isIndexed) await addToIndex(directory, numbers.outgoing, header, rules.plainPrefix);
    for await (const bytes of letter.body) {
      bodySize += bytes.length;
      const piece = body.write(bytes);
      await archive?.write(piece.archived);
      yield piece.outgoing;
    }
    const last = body.end();
    await archive?.write(last.archived);
    yield last.outgoing;
    if (!body.hasContent)
      throw new ListError(
        100,
        'nothing is left of this message without the parts that this list does not take (#5.7.0)',
      );
  }

  async function* members(): AsyncGenerator<string> {
    await archive?.finish();
    // ezmlm: sizes are counted in units of 256 bytes.
    await writeNumbers(directory, 'num', [numbers.own, numbers.size + Math.floor((bodySize + 128) / 256)]);
    for await (const addresses of readSubscribers(directory, '.', part)) yield* addresses;
  }

  const sender = `${list.outlocal}-return-${numbers.outgoing}-@${list.outhost}-@[]`;
  const queued = await sendListLetter(call, { content: content(), sender, recipients: members() });
  return { status: 0, output: `ezmlm-send: info: ${queued}\n` };
}

/** The number is free again. The archived post and its line in the index are written over by the next post. */
async function takeBack(directory: string, { own, size }: Numbers): Promise<void> {
  const [last] = (await readNumbers(directory, 'num')) ?? [];
  if (last === own) await writeNumbers(directory, 'num', [own - 1, size]);
}

const returnPathOf = ({ env }: ListCall): string => toBytes(makeReturnPathLine(env.SENDER ?? ''));

/** Undefined: the author's From stays. */
async function chooseFrom(
  list: MailingList,
  rules: HeaderRules,
  header: PostHeader,
  askPolicy: AskPolicy,
): Promise<NewFrom | undefined> {
  const from = joinLines(header.from);
  // DIR/fromheader: the list has a From of its own. A main list has done this for its sublists.
  if (rules.removed.names.has('from') !== rules.removed.isAllBut || rules.isSublist) return undefined;
  const make = (): NewFrom => makeNewFrom(rules, authorName(from), header);
  if (await list.isSet('rewritefrom')) return make();
  const domain = lowerAscii(splitAddress(authorAddress(from)).domain);
  // Where the author is of the list's own domain its signature is his domain's.
  if (domain === '' || domain === lowerAscii(list.outhost)) return undefined;
  const policy = policyInResults(header.results, domain) ?? (await askPolicy(domain));
  return policy === 'none' ? undefined : make();
}
