// ezmlm-store: a post to a moderated list waits for a moderator, and one to a list that asks its senders waits for its
// sender; both are written to, and decide by answering (ezmlm-store(1)). A list that does neither gets the post at once.
// The post is on disk before anybody is asked; when the queue does not take the request, the post goes again and the letter is put
// off.
import { join } from 'node:path';
import { quoteAddress } from '../../formats/address.ts';
import { makeReturnPathLine } from '../../local/environment.ts';
import { encodeTarget } from '../command-address.ts';
import { makeCookie } from '../cookie.ts';
import { ListError } from '../errors.ts';
import { toBytes } from '../files.ts';
import { openLetter } from '../letter-header.ts';
import { keyOfSet, type MailingList, openList } from '../list.ts';
import { withListLock } from '../lock.ts';
import { readMessage } from '../messages.ts';
import { listAddress, writeNotice } from '../notice.ts';
import { ezmlmSend } from '../post/send.ts';
import { type ListAnswer, type ListCall, type ListProgram, sendListLetter } from '../program.ts';
import { lastOf, readProgramWords } from '../program-options.ts';
import { refuseBounce, senderOf } from '../sender-of.ts';
import { findSubscriber, readSubscribers } from '../subscribers.ts';
import { readText, valuesOf } from '../texts.ts';
import { cookieOf, createWaitingPost, type WaitingPost } from './pending.ts';

export const usage = 'ezmlm-store: usage: ezmlm-store [-bBcCmMpPrRsSyY] dir';

/** How a post waits. */
interface Waiting {
  readonly list: MailingList;
  /** Its sender confirms it; else a moderator decides. */
  readonly isConfirmed: boolean;
  readonly sender: string | undefined;
  /** The moderator who sent it, as recorded: he alone is asked. */
  readonly moderator: string | undefined;
  /** Set of those who are asked. */
  readonly moderators: string;
  /** The request has the whole post. */
  readonly hasBody: boolean;
  /** Moderators may let the sender post from now on. */
  readonly mayAllow: boolean;
}

export const ezmlmStore: ListProgram = async (call) => {
  const { options, directory } = readProgramWords(call, 'bBcCmMpPrRsSyYlLqQvV', usage);
  const list = await openList(directory, { etc: call.etc });
  const sender = senderOf(call);
  refuseBounce(sender);
  const modpost = (await list.isSet('modpost')) ? ((await list.line('modpost')) ?? '') : undefined;
  const confirm = lastOf(options, 'yY');
  const isConfirmed = confirm === undefined ? await list.isSet('confirmpost') : confirm === 'y';
  if (modpost === undefined && !isConfirmed) {
    const passed = options.filter(({ letter }) => 'cCrR'.includes(letter)).map(({ letter }) => `-${letter}`);
    return ezmlmSend({ ...call, args: [...passed, directory] });
  }
  const moderators = modpost || 'mod';
  const moderator = sender === undefined ? undefined : await findSubscriber(directory, moderators, sender);
  const only = lastOf(options, 'pP');
  const isForModerators = only === undefined ? await list.isSet('modpostonly') : only === 'P';
  if (moderator === undefined && isForModerators)
    throw new ListError(100, 'only moderators may write to this list (#5.7.2)');
  return withListLock(join(directory, 'mod', 'lock'), async () =>
    keepPost(call, {
      list,
      isConfirmed,
      sender,
      moderator,
      moderators: lastOf(options, 'sS') === 's' ? 'mod' : moderators,
      hasBody: lastOf(options, 'bB') !== 'B',
      mayAllow: !isConfirmed && moderator === undefined && (await list.isSet('remote')),
    }),
  );
};

async function keepPost(call: ListCall, waiting: Waiting): Promise<ListAnswer> {
  const { list, isConfirmed, sender, moderator } = waiting;
  if (isConfirmed && sender === undefined) throw new ListError(100, 'SENDER not set');
  const letter = await openLetter(call.letter);
  let post: WaitingPost | undefined;
  try {
    const deliveredTo = `Delivered-To: ${isConfirmed ? 'confirm to' : 'moderator for'} ${toBytes(`${list.outlocal}@${list.outhost}`)}\n`;
    refuseLoops(letter.header, deliveredTo);
    post = await createWaitingPost(list, isConfirmed ? 'unconfirmed' : 'pending', call.now);
    const top = toBytes(makeReturnPathLine(sender ?? '')) + deliveredTo;
    const content = copyTo(post, top + letter.header, letter.body, waiting.hasBody);
    const [yes, no] = isConfirmed ? ['confirm', 'discard'] : ['accept', 'reject'];
    const suffix = `${post.name}.${cookieOf(list, post.name)}`;
    const reject = `${list.outlocal}-${no}-${suffix}@${list.outhost}`;
    const queued = await sendListLetter(call, {
      content: writeRequest(call, waiting, content, {
        accept: listAddress(list, `-${yes}-${suffix}`),
        reject: listAddress(list, `-${no}-${suffix}`),
      }),
      // A request for a confirmation that comes back throws the post away.
      sender: isConfirmed ? reject : `${list.outlocal}-return-@${list.outhost}`,
      recipients: isConfirmed ? [sender ?? ''] : moderator === undefined ? membersOf(waiting) : [moderator],
    });
    return { status: 0, output: `ezmlm-store: info: ${queued}\n` };
  } catch (error) {
    await post?.abandon();
    throw error;
  } finally {
    await letter.close();
  }
}

async function* membersOf({ list, moderators }: Waiting): AsyncGenerator<string> {
  let count = 0;
  for await (const addresses of readSubscribers(list.directory, moderators)) {
    count += addresses.length;
    yield* addresses;
  }
  // Without moderators its owner is the one who can do something about it; nobody asked would be a post lost.
  if (count === 0) yield `${list.outlocal}-owner@${list.outhost}`;
}

/** security.md R10. @throws ListError 100 */
function refuseLoops(header: string, deliveredTo: string): void {
  if (`\n${header}`.includes(`\n${deliveredTo}`))
    throw new ListError(100, 'this message is looping: it already has my Delivered-To line (#5.4.6)');
  if (/^mailing-list:/im.test(header))
    throw new ListError(
      100,
      'message already has a Mailing-List header (maybe I should be a sublist) (#5.7.2)',
    );
}

/** The letter as it is put on the shelf; it is whole there before its last piece is given. */
async function* copyTo(
  post: WaitingPost,
  header: string,
  body: AsyncIterable<Buffer>,
  hasBody: boolean,
): AsyncGenerator<Buffer | string> {
  await post.write(`${header}\n`);
  yield `${header}\n`;
  for await (const bytes of body) {
    await post.write(bytes);
    if (hasBody) yield bytes;
  }
  await post.finish();
}

async function* writeRequest(
  call: ListCall,
  waiting: Waiting,
  enclosed: AsyncIterable<Buffer | string>,
  addresses: { readonly accept: string; readonly reject: string },
): AsyncGenerator<Buffer | string> {
  const { list, isConfirmed, sender } = waiting;
  const { accept, reject } = addresses;
  const values = {
    ...valuesOf(list),
    target: accept,
    confirm: reject,
    time: call.now,
    action: isConfirmed ? 'confirm-' : 'accept-',
  };
  yield* writeNotice({
    list,
    now: call.now,
    from: isConfirmed ? listAddress(list, '-owner') : reject,
    replyTo: accept,
    cc: waiting.mayAllow && sender ? allowAddress(list, sender, call.now) : undefined,
    to: isConfirmed ? `<${toBytes(quoteAddress(sender ?? ''))}>` : `<${listAddress(list, '-moderators')}>`,
    subject: await readMessage(list, isConfirmed ? 'SUB_CONFIRM_POST' : 'SUB_MODERATE'),
    text: await readText(list, isConfirmed ? 'post-confirm' : 'mod-request', values),
    enclosed,
  });
}

/** Who writes there lets the sender post from now on: LIST-allow-tc.TIME.COOKIE-user=host@HOST. */
function allowAddress(list: MailingList, sender: string, now: number): string {
  const cookie = makeCookie(keyOfSet(list, 'allow'), String(now), sender, 't');
  return listAddress(list, `-allow-tc.${now}.${cookie}-${encodeTarget(sender)}`);
}
