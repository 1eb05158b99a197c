// ezmlm-request: LIST-request@HOST with the command in the subject, or in the first line of the text, for people who know other list
// programs, and for confirmations whose address a mail program cannot write to (ezmlm-request(1)). The letter goes on, as it
// is and from its sender, to the command address of the same list that is meant; what is asked there is confirmed there.
// One interface for several lists (-f) is left to ezmlm's own program.

import { decodeTarget, encodeTarget, parseListCommand } from '../command-address.ts';
import { ListError } from '../errors.ts';
import { toBytes } from '../files.ts';
import { openLetter } from '../letter-header.ts';
import { type MailingList, openList } from '../list.ts';
import { type ListAnswer, type ListProgram, requireEnv, sendListLetter } from '../program.ts';
import { readProgramWords } from '../program-options.ts';
import { isBounce, senderOf } from '../sender-of.ts';
import { readStart, splitLetter } from '../weed.ts';

export const requestUsage = 'ezmlm-request: usage: ezmlm-request dir';

/** Words of other list programs. */
const aliases: Readonly<Record<string, string>> = {
  sub: 'subscribe',
  join: 'subscribe',
  unsub: 'unsubscribe',
  remove: 'unsubscribe',
  signoff: 'unsubscribe',
  leave: 'unsubscribe',
  ind: 'index',
  rev: 'list',
  review: 'list',
  recipients: 'list',
  who: 'list',
  showdist: 'list',
  put: 'help',
  set: 'help',
  system: 'help',
  lists: 'help',
  which: 'help',
};

const ignored = (words: string): ListAnswer => ({ status: 99, output: `ezmlm-request: info: ${words}\n` });

/** 0: the address is another; 99: the letter went on, or is nobody's request. */
export const request: ListProgram = async (call) => {
  const { options, directory } = readProgramWords(call, 'f:F:', requestUsage);
  if (options.some(({ letter }) => letter === 'f'))
    throw new ListError(111, '-f: requests for several lists are not known here');
  const word = requireEnv(call, 'DEFAULT');
  if (!/^request/i.test(word)) return { status: 0, output: '' };
  const sender = senderOf(call);
  if (sender === undefined || isBounce(sender) || !sender.includes('@'))
    return ignored('nothing done: the sender cannot be answered');
  if (/^request-return/i.test(word)) return ignored('nothing done: a bounce');
  const list = await openList(directory, { etc: call.etc });
  const mark = `Delivered-To: request processor for ${toBytes(list.outlocal)}@${toBytes(list.outhost)}`;
  const { fields, body } = splitLetter(await readStart(call.letter));
  if (fields.some((field) => /^mailing-list:/i.test(field)))
    throw new ListError(100, 'a mailing list sent this message, and lists ask for nothing (#5.7.2)');
  if (fields.includes(mark))
    throw new ListError(100, 'this message is looping: it already has my Delivered-To line (#5.4.6)');
  const line = /^request-(.+)$/i.exec(word)?.[1] ?? readCommandLine(fields, body);
  const recipient = `${list.outlocal}-${readCommand(line, list, sender)}@${list.outhost}`;
  const removed = new Set((await list.lines('headerremove'))?.map((name) => name.toLowerCase()) ?? []);
  const letter = await openLetter(call.letter);
  try {
    const header = letter.header
      .split(/(?<=\n)(?![ \t])/)
      .filter((field) => !removed.has(field.slice(0, field.indexOf(':')).toLowerCase()));
    async function* content(): AsyncGenerator<Buffer | string> {
      yield `${mark}\n${header.join('')}\n`;
      yield* letter.body;
    }
    const qp = await sendListLetter(call, { content: content(), sender, recipients: [recipient] });
    return ignored(qp);
  } finally {
    await letter.close();
  }
};

/** The subject when it begins with a letter, else the first line of the text that does. Pure. */
export function readCommandLine(fields: readonly string[], body: string): string {
  const subject =
    fields
      .find((field) => /^subject:/i.test(field))
      ?.slice(8)
      .trim() ?? '';
  if (/^[A-Za-z_]/.test(subject)) return subject;
  const isParted = fields.some((field) => /^content-type:\s*multipart\//i.test(field));
  const lines = (isParted ? body.replace(/^[\s\S]*?\n\n/, '') : body).split('\n');
  return lines.find((line) => /^[A-Za-z]/.test(line))?.trim() ?? '';
}

/**
 * What stands between `LIST-` and `@HOST`: `subscribe-user=host`. Nothing of a line that has other than letters, digits and
 * `.+-_=` in its words. Pure. @throws ListError 100 for a command address of another list, and such characters
 */
export function readCommand(line: string, list: Pick<MailingList, 'outlocal'>, sender: string): string {
  const start = `${list.outlocal}-`.toLowerCase();
  const [first = '', second = ''] = line.split(/\s+/);
  const isAddress = first.toLowerCase().startsWith(start);
  if (!isAddress && first.includes('@'))
    throw new ListError(100, 'the command address in the subject is not of this list (#5.1.1)');
  const whole = isAddress ? first.slice(start.length).replace(/@[^@]*$/, '') : first;
  const dash = whole.indexOf('-');
  const word = dash < 0 ? whole : whole.slice(0, dash);
  const named = dash < 0 ? second : decodeTarget(whole.slice(dash + 1));
  if (!/^[A-Za-z0-9._+-]*$/.test(word) || !/^[A-Za-z0-9._+=-]*(?:@[A-Za-z0-9.-]+)?$/.test(named))
    throw new ListError(100, `${JSON.stringify(`${word} ${named}`.slice(0, 100))}: no command (#5.7.1)`);
  const command = Object.hasOwn(aliases, word.toLowerCase()) ? aliases[word.toLowerCase()]! : word;
  if (command === '' || parseListCommand(command)?.command === 'none') return `help-${encodeTarget(sender)}`;
  return `${command}-${encodeTarget(named === '' ? sender : named)}`;
}
