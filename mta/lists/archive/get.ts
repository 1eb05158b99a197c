// ezmlm-get: answers out of the archive to who writes to LIST-get, -index, -thread (ezmlm-get(1)); and digests of what came
// since the last one, to all of the digest list, when ezmlm-tstdig said so, when LIST-dig.CODE is written to, or by hand.
// DIR/dignum is the last post in a digest, its size and time; DIR/digissue the number of digests. As with posts these are on
// disk before the queue gets the envelope, and taken back when it does not take it.
// Who may ask: everybody of a public list; with subgetonly its subscribers; of another list its moderators, where it has
// remote administration.
import { join } from 'node:path';
import { quoteAddress } from '../../formats/address.ts';
import { formatQmailDate } from '../../formats/date.ts';
import { makeReturnPathLine } from '../../local/environment.ts';
import { ListError } from '../errors.ts';
import { settingLines, toBytes } from '../files.ts';
import { openLetter } from '../letter-header.ts';
import { type MailingList, openList } from '../list.ts';
import { withListLock } from '../lock.ts';
import { mayWrite } from '../manage/throttle.ts';
import { readMessage } from '../messages.ts';
import { dateFields, listAddress } from '../notice.ts';
import { readNumbers, writeNumbers } from '../numbers.ts';
import { nameOf, readPostHeader } from '../post/header.ts';
import { readListFields } from '../post/rules.ts';
import { type ListAnswer, type ListCall, type ListProgram, sendListLetter } from '../program.ts';
import { lastOf, type ProgramWords, readProgramWords } from '../program-options.ts';
import { requireSender } from '../sender-of.ts';
import { findSubscriber, readSubscribers } from '../subscribers.ts';
import { substitute } from '../substitution.ts';
import { readText, valuesOf } from '../texts.ts';
import { type DigestForm, type DigestLetter, formOf, writeDigest } from './digest-letter.ts';
import { type AskedPosts, rangeOfGet, rangeOfIndex, readAskedPosts } from './get-range.ts';
import { readIndexRange } from './index-file.ts';
import { makeSequence, makeThread, makeThreads, type Threads } from './threads.ts';

export const usage = 'ezmlm-get: usage: ezmlm-get [-bBcCpPsSvV] [-f fmt] dir [digestcode]';

/** Posts before and after the one whose thread is asked for that are looked at. */
const THREAD_REACH = 2000;

type Action = 'digest' | 'get' | 'index' | 'thread';

interface Asked {
  readonly action: Action;
  /** The command as it was written. */
  readonly words: string;
  readonly posts: AskedPosts;
  /** 99 for the manager's line: no further line is to answer. */
  readonly status: 0 | 99;
}

/** What is asked of us; undefined: nothing, a further line may know. @throws ListError 100 */
async function readAsked(
  call: ListCall,
  list: MailingList,
  code: string | undefined,
): Promise<Asked | undefined> {
  const posts: AskedPosts = { form: undefined, first: 0, last: 0 };
  const digest = { action: 'digest' as const, words: 'digest', posts };
  const { LOCAL: local, DEFAULT: words } = call.env;
  if (!local) return { ...digest, status: 0 };
  requireSender(call);
  // In the list's own .qmail file, behind ezmlm-tstdig.
  if (words === undefined) return { ...digest, status: 0 };
  if (words === '') return undefined;
  const dig = /^dig[-.](.*)$/is.exec(words)?.[1];
  if (dig !== undefined) {
    const wanted = code ?? (await list.line('digestcode')) ?? '';
    if (wanted === '' || !dig.toLowerCase().startsWith(wanted.toLowerCase()))
      throw new ListError(100, 'incorrect digest code (#5.7.1)');
    return { ...digest, posts: { ...posts, form: formOf(dig[wanted.length]) }, status: 99 };
  }
  if (words.toLowerCase() === 'digest') return { action: 'get', words: 'get', posts, status: 99 };
  const [, action = '', rest = ''] = /^(get|index|thread)(.*)$/is.exec(words) ?? [];
  if (action === '') return undefined;
  return { action: action.toLowerCase() as Action, words, posts: readAskedPosts(rest), status: 99 };
}

export const ezmlmGet: ListProgram = async (call) => {
  const { options, directory, rest } = readProgramWords(call, 'bBcCf:lLpPsSvV', usage);
  const list = await openList(directory, { etc: call.etc });
  const asked = await readAsked(call, list, rest[0]);
  if (asked === undefined) return { status: 0, output: '' };
  const { status } = asked;
  const given = options.findLast(({ letter }) => letter === 'f')?.value;
  const form = asked.posts.form ?? formOf(given?.[0]) ?? formOf((await list.line('digformat'))?.[0]) ?? 'm';
  if (asked.action !== 'digest' && lastOf(options, 'cC') === 'C')
    throw new ListError(100, 'command not available');
  const moderator = asked.action === 'digest' ? undefined : await refuseStrangers(call, list, options);
  if (!(await list.isSet('archived'))) throw new ListError(100, 'Sorry, this list is not archived (#5.1.1)');
  if (asked.action === 'digest')
    return withListLock(join(directory, 'lock'), () => sendDigest(call, list, form, status));
  const hasBottom = lastOf(options, 'bB') !== 'B' && !(await list.isSet('omitbottom'));
  const answer = await makeAnswer(list, asked, form);
  const recipient = moderator ?? requireSender(call);
  // A hundred posts for a line of text: strangers could have them sent to anybody whose name they use.
  if (!(await mayWrite(directory, recipient, 'answer', call.now)))
    return { status, output: 'ezmlm-get: info: nothing sent: the sender had his letters of this hour\n' };
  const queued = await sendListLetter(call, {
    content: writeAnswer(call, list, answer, hasBottom),
    sender: `${list.outlocal}-return-@${list.outhost}`,
    recipients: [recipient],
  });
  return { status, output: `ezmlm-get: info: ${queued}\n` };
};

/** @returns the moderator as he is recorded, of a list that is not public @throws ListError 100 */
async function refuseStrangers(
  call: ListCall,
  list: MailingList,
  options: ProgramWords['options'],
): Promise<string | undefined> {
  const { directory } = list;
  const sender = requireSender(call);
  const choice = lastOf(options, 'pP');
  const isPublic =
    choice === undefined ? !(await list.isSet('modgetonly')) && (await list.isSet('public')) : choice === 'p';
  if (!isPublic) {
    const remote = (await list.isSet('remote')) ? ((await list.line('remote')) ?? '') : undefined;
    const moderators = (await list.line('modsub')) || remote || 'mod';
    const found = remote === undefined ? undefined : await findSubscriber(directory, moderators, sender);
    if (found === undefined)
      throw new ListError(100, "Sorry, I've been told to reject all requests (#5.7.2)");
    return found;
  }
  const limit = lastOf(options, 'sS');
  if (limit === undefined ? !(await list.isSet('subgetonly')) : limit === 'S') return undefined;
  for (const set of ['.', 'digest', 'allow'])
    if ((await findSubscriber(directory, set, sender)) !== undefined) return undefined;
  throw new ListError(100, 'only subscribers can read the archive (#5.7.1)');
}

const newestOf = async (list: MailingList): Promise<number> =>
  (await readNumbers(list.directory, 'num'))?.[0] ?? 0;

async function readThreads(list: MailingList, form: DigestForm, from: number, to: number): Promise<Threads> {
  if (form === 'n' || !(await list.isSet('indexed'))) return makeSequence(from, to);
  return makeThreads(await readIndexRange(list.directory, from, to), from, to);
}

/** All of an answer but its header and the list's own words. */
type Answer = Omit<DigestLetter, 'about' | 'request'>;

async function makeAnswer(list: MailingList, asked: Asked, form: DigestForm): Promise<Answer> {
  const { directory } = list;
  const newest = await newestOf(list);
  if (newest === 0) throw new ListError(100, 'no messages in archive');
  const nothing: Threads = { posts: [], subjects: [], authors: [], months: [] };
  const name = asked.action === 'index' ? 'SUB_RESULT_OF' : 'SUB_DIGEST_OF';
  const subject = await readMessage(list, name, asked.words);
  if (asked.action === 'get') {
    const [digested = 0] = (await readNumbers(directory, 'dignum')) ?? [];
    const range = rangeOfGet(asked.posts, newest, digested);
    return { list, form, subject, range, threads: await readThreads(list, form, range.from, range.to) };
  }
  if (!(await list.isSet('indexed'))) throw new ListError(100, 'Sorry, this list is not indexed (#5.1.1)');
  if (asked.action === 'index') {
    const { from, to } = rangeOfIndex(asked.posts, newest);
    const lines = await makeIndex(list, from, to);
    return { list, form, subject, range: undefined, threads: nothing, lines };
  }
  const { first } = asked.posts;
  const from = Math.max(1, first - THREAD_REACH);
  const to = Math.min(newest, first + THREAD_REACH);
  const threads =
    first < 1 || first > newest
      ? undefined
      : makeThread(await readIndexRange(directory, from, to), first, from, to);
  if (threads !== undefined) return { list, form, subject, range: undefined, threads };
  const lines = await readText(list, 'get-bad', valuesOf(list));
  return { list, form, subject, range: undefined, threads: nothing, lines };
}

/** Subjects and authors of whole hundreds, as ezmlm gives them. */
async function makeIndex(list: MailingList, from: number, to: number): Promise<string> {
  const first = Math.floor(from / 100) * 100;
  const entries = await readIndexRange(list.directory, first, Math.floor(to / 100) * 100 + 99);
  return entries
    .map(({ number, subject, authorLine, author }) => {
      const day = authorLine?.slice(0, authorLine.indexOf(';')).replace(/ \d\d:\d\d:\d\d .{5}$/, '') ?? '';
      const by = authorLine === undefined ? '' : `${day} ${author?.slice(21) ?? ''}\n`;
      return `${number}: ${subject.slice(21)}\n${by}`;
    })
    .join('');
}

/** The header of what we send, up to its To field. */
async function startHeader(list: MailingList, set: '.' | 'digest', now: number): Promise<string> {
  const suffix = set === 'digest' ? '-digest' : '';
  return (
    (await readListFields(list)) +
    dateFields(list, now) +
    `From: ${listAddress(list, `${suffix}-help`)}\n` +
    responderLine(list, suffix)
  );
}

const responderLine = ({ outlocal, outhost }: MailingList, suffix: string): string =>
  `Delivered-To: responder for ${toBytes(`${outlocal}${suffix}@${outhost}`)}\n`;

async function* writeAnswer(
  call: ListCall,
  list: MailingList,
  answer: Answer,
  hasBottom: boolean,
): AsyncGenerator<Buffer | string> {
  const sender = requireSender(call);
  const { trace, header } = await readTrace(call, list);
  yield await startHeader(list, '.', call.now);
  yield `${trace}To: ${toBytes(quoteAddress(sender))}\nAuto-Submitted: auto-replied\n`;
  const values = { ...valuesOf(list), number: String(await newestOf(list)) };
  const about = hasBottom ? await readText(list, 'bottom', values) : '';
  async function* request(): AsyncGenerator<Buffer | string> {
    yield toBytes(makeReturnPathLine(sender));
    // Its header, as ezmlm-manage does it: a body would be a stranger's letter, sent by us to whom he names.
    yield `${header}\n`;
  }
  yield* writeDigest({
    ...answer,
    about,
    request: hasBottom ? request() : undefined,
  });
}

/** The way that the request came, so that a loop is seen (security.md R10). @throws ListError 100 */
async function readTrace(
  call: ListCall,
  list: MailingList,
): Promise<{ readonly trace: string; readonly header: string }> {
  const letter = await openLetter(call.letter);
  await letter.close();
  const own = responderLine(list, '');
  let trace = '';
  for (const field of readPostHeader(letter.header).fields) {
    const name = nameOf(field);
    if (name === 'mailing-list')
      throw new ListError(100, 'message already has a Mailing-List header (#5.7.2)');
    if (field === own)
      throw new ListError(100, 'this message is looping: it already has my Delivered-To line (#5.4.6)');
    if (name === 'delivered-to' || name === 'received') trace += field;
  }
  return { trace, header: letter.header };
}

async function sendDigest(
  call: ListCall,
  list: MailingList,
  form: DigestForm,
  status: 0 | 99,
): Promise<ListAnswer> {
  const { directory } = list;
  const [newest = 0, size = 0] = (await readNumbers(directory, 'num')) ?? [];
  const before = (await readNumbers(directory, 'dignum')) ?? [0, 0, 0];
  const from = before[0] + 1;
  if (from > newest) return { status, output: 'ezmlm-get: info: nothing to digest\n' };
  const issue = ((await readNumbers(directory, 'digissue'))?.[0] ?? 0) + 1;
  const values = { ...valuesOf(list, 'digest'), number: String(from) };
  const subject = await readMessage(list, 'SUB_DIGEST_ISSUE', formatQmailDate(call.now), String(issue));
  const added = settingLines(substitute((await list.read('headeradd')) ?? '', values));
  const threads = await readThreads(list, form, from, newest);
  const about = await readText(list, 'digest', values);
  async function* content(): AsyncGenerator<Buffer | string> {
    yield added.map((line) => `${line}\n`).join('');
    yield await startHeader(list, 'digest', call.now);
    yield `To: ${listAddress(list, '')}\n`;
    yield* writeDigest({ list, form, subject, threads, range: { from, to: newest }, about });
  }
  async function* members(): AsyncGenerator<string> {
    await writeNumbers(directory, 'digissue', [issue, 0]);
    await writeNumbers(directory, 'dignum', [newest, size, call.now]);
    for await (const addresses of readSubscribers(directory, 'digest')) yield* addresses;
  }
  const sender = `${list.outlocal}-digest-return-${from}-@${list.outhost}-@[]`;
  try {
    const queued = await sendListLetter(call, { content: content(), sender, recipients: members() });
    return { status, output: `ezmlm-get: info: ${queued}\n` };
  } catch (error) {
    await writeNumbers(directory, 'digissue', [issue - 1, 0]);
    await writeNumbers(directory, 'dignum', before);
    throw error;
  }
}
