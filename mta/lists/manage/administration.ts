// What a list tells its remote administrators (ezmlm-manage(1) REMOTE ADMINISTRATION): subscribers, their number, the Log. The
// answer always goes to the address of a moderator as it is recorded, whoever asked. Also -get of a single message for
// lists whose .qmail file has no ezmlm-get.
import { constants } from 'node:fs';
import { join } from 'node:path';
import { formatQmailDate } from '../../formats/date.ts';
import { dropFile, errorCode, openFile, readWhole, statFile } from '../../maildir/calls.ts';
import { ListError, systemError } from '../errors.ts';
import { toBytes } from '../files.ts';
import { readMessage } from '../messages.ts';
import type { ListAnswer } from '../program.ts';
import { directoryOfSet, findSubscriber, readSubscribers } from '../subscribers.ts';
import { readText } from '../texts.ts';
import { send } from './information.ts';
import type { Order } from './order.ts';
import { type RequestHeader, valuesFor } from './reply.ts';
import { mayWrite } from './throttle.ts';

/** Bytes of a list or log that fit into a letter. */
const MOST_BYTES = 8 << 20;

/** The moderator whom it goes to. @throws ListError 100 */
export function requireModerator({ moderator, options, isRemote, isModerated, command }: Order): string {
  const isOpen = options.letsList && (isRemote || (isModerated && command !== 'log'));
  if (!isOpen) throw new ListError(100, 'This list does not answer that command. (#5.1.1)');
  if (moderator === undefined) throw new ListError(100, 'Only moderators may do this. (#5.7.1)');
  return moderator;
}

/** -list, -listn. */
export async function answerList(order: Order, request: RequestHeader): Promise<ListAnswer> {
  const { list, set, command } = order;
  const moderator = requireModerator(order);
  let text = command === 'list' ? `\n${await readMessage(list, 'TXT_LISTMEMBERS')}\n\n` : '';
  let count = 0;
  for await (const addresses of readSubscribers(list.directory, set)) {
    count += addresses.length;
    if (command === 'list' && text.length < MOST_BYTES)
      text += addresses.map((address) => `${toBytes(address)}\n`).join('');
  }
  if (text.length >= MOST_BYTES) text += '...\n';
  text += `\n  ======> ${count}\n`;
  return send(order, request, { subject: 'SUB_LIST', text, end: 'request', recipients: [moderator] });
}

/** -log, -log.WORD. `_` in the word is any character. */
export async function answerLog(order: Order, request: RequestHeader): Promise<ListAnswer> {
  const moderator = requireModerator(order);
  const word = order.argument.toLowerCase().replace(/[^a-z0-9.]/g, '_');
  return send(order, request, {
    subject: word === '' ? 'SUB_LOG' : 'SUB_LOG_SEARCH',
    text: await searchLog(join(directoryOfSet(order.list.directory, order.set), 'Log'), word),
    end: 'request',
    recipients: [moderator],
  });
}

/** Lines of a Log with this word, each with its date in front. The end of a Log that is too long for a letter. */
async function searchLog(path: string, word: string): Promise<string> {
  const log = await readEnd(path);
  if (log === undefined) throw new ListError(100, `${path} does not exist`);
  return log
    .split('\n')
    .filter((line) => line !== '' && hasWord(line.toLowerCase(), word))
    .map((line) => `${formatQmailDate(Number(/^\d{1,12}/.exec(line)?.[0] ?? 0))}: ${line}\n`)
    .join('');
}

function hasWord(line: string, word: string): boolean {
  for (let start = 0; start + word.length <= line.length; start++) {
    let at = 0;
    while (at < word.length && (word[at] === '_' || word[at] === line[start + at])) at += 1;
    if (at === word.length) return true;
  }
  return false;
}

async function readEnd(path: string): Promise<string | undefined> {
  let descriptor: number;
  try {
    descriptor = await openFile(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw systemError(`unable to open ${path}`, error);
  }
  try {
    const text = (await readWhole(descriptor, 4 * MOST_BYTES)).toString('latin1');
    return text.length > MOST_BYTES ? text.slice(-MOST_BYTES).replace(/^[^\n]*\n/, '') : text;
  } catch (error) {
    throw systemError(`unable to read ${path}`, error);
  } finally {
    dropFile(descriptor);
  }
}

/** -get.NUMBER, quoted; ezmlm-get, which comes before in today's lists, does more. */
export async function answerGet(order: Order, request: RequestHeader): Promise<ListAnswer> {
  const { list, options, target, moderator } = order;
  if (!options.answersGet) throw new ListError(100, 'This list does not answer that command. (#5.1.1)');
  const isSubscriber = (await findSubscriber(list.directory, '.', target)) !== undefined;
  if ((await list.isSet('modgetonly')) && moderator === undefined)
    throw new ListError(100, 'Only moderators may do this. (#5.7.1)');
  if ((await list.isSet('subgetonly')) && !isSubscriber)
    throw new ListError(100, 'Only subscribers may do this. (#5.7.1)');
  if (moderator === undefined && !(await mayWrite(list.directory, target, 'answer', order.call.now)))
    return {
      status: 0,
      output: 'ezmlm-manage: info: nothing sent: the address had its letters of this hour\n',
    };
  const number = Number(/^\d{1,9}/.exec(order.argument)?.[0] ?? 0);
  const post = await readPost(list.directory, number);
  const text =
    post === undefined
      ? await readText(list, 'get-bad', valuesFor(order))
      : `> ${post.replaceAll('\n', '\n> ')}\n`;
  return send(order, request, { subject: 'SUB_GET_MSG', text, end: 'request', recipients: [target] });
}

/** DIR/archive/1/23; undefined: it is not there, or was not finished (its x bit is missing). */
async function readPost(directory: string, number: number): Promise<string | undefined> {
  const path = join(
    directory,
    'archive',
    String(Math.floor(number / 100)),
    String(number % 100).padStart(2, '0'),
  );
  try {
    const descriptor = await openFile(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      const stats = await statFile(descriptor);
      if (!stats.isFile() || (stats.mode & 0o100) === 0 || stats.size > MOST_BYTES) return undefined;
      return (await readWhole(descriptor, MOST_BYTES)).toString('latin1');
    } finally {
      dropFile(descriptor);
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw systemError(`unable to open ${path}`, error);
  }
}
