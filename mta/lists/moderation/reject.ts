// ezmlm-reject: posts that a list does not want, before anybody sees them (ezmlm-reject(1)): the list is not in To or Cc, no
// Subject, a command in it, unwanted fields (DIR/headerreject), types of parts (mimereject, mimeremove, mimekeep), too large
// or too small (msgsize). 100 refuses; 99 throws away: bulk mail, and answers of programs (RFC 3834), which would answer
// the whole list.
import { lowerAscii } from '../../formats/address.ts';
import { joinLines } from '../archive/subject.ts';
import { ListError } from '../errors.ts';
import { toBytes } from '../files.ts';
import { type OpenedLetter, openLetter } from '../letter-header.ts';
import { readLines } from '../lines.ts';
import { type MailingList, openList } from '../list.ts';
import { nameOf, readPostHeader } from '../post/header.ts';
import { type ContentType, readContentType } from '../post/mime-type.ts';
import { readPartChoice } from '../post/rules.ts';
import { type ListAnswer, type ListCall, type ListProgram, sendListLetter } from '../program.ts';
import { lastOf, readProgramWords } from '../program-options.ts';
import { requireSender } from '../sender-of.ts';

export const usage = 'ezmlm-reject: usage: ezmlm-reject [-bBcCfFhHqQsStT] dir';

const done: ListAnswer = { status: 0, output: '' };

export const ezmlmReject: ListProgram = async (call) => {
  const { options, directory } = readProgramWords(call, 'bBcCfFhHqQsStTvV', usage);
  const list = await openList(directory, { etc: call.etc });
  requireSender(call);
  const says = (letters: string, usual: string): boolean =>
    (lastOf(options, letters) ?? usual) === letters[0];
  const letter = await openLetter(call.letter);
  try {
    const fields = readFields(letter.header);
    if (says('hH', 'h')) await refuseFields(list, fields);
    if (isJunk(fields)) return { status: 99, output: 'message of a program or bulk mail ignored\n' };
    if (says('tT', 't') && !namesList(list, fields)) {
      const words = 'List address must be in To: or Cc: (#5.7.0)';
      if (says('qQ', 'Q')) return { status: 99, output: `ezmlm-reject: fatal: ${words}\n` };
      throw new ListError(100, words);
    }
    const subject = joinLines(fields.find(({ name }) => name === 'subject')?.value ?? '');
    if (says('sS', 's') && /^(?:|\(null\)|\(none\)|\(no subject\))$/i.test(subject))
      throw new ListError(100, "Sorry, I don't accept message with empty Subject (#5.7.0)");
    if (says('cC', 'c') && isCommand(subject, says('bB', 'B'))) {
      if (says('fF', 'F')) return await passToRequest(call, list, fields);
      throw new ListError(
        100,
        "Sorry, I don't accept commands in the subject line. Please write to the -help address shown in the Mailing-List field (#5.7.0)",
      );
    }
    await refuseContent(list, letter, says('bB', 'B'));
    return done;
  } finally {
    await letter.close();
  }
};

interface Field {
  readonly name: string;
  readonly text: string;
  readonly value: string;
}

const readFields = (header: string): Field[] =>
  readPostHeader(header).fields.map((text) => ({
    name: nameOf(text),
    text,
    value: text.slice(text.indexOf(':') + 1, -1),
  }));

/** @throws ListError 100 */
async function refuseFields(list: MailingList, fields: readonly Field[]): Promise<void> {
  const names = new Set(
    ((await list.lines('headerreject')) ?? []).map((line) => line.replace(/:.*/, '').toLowerCase()),
  );
  const found = fields.find(({ name }) => names.has(name));
  if (found)
    throw new ListError(
      100,
      `message already has a ${found.name} header, which this list does not take (#5.7.2)`,
    );
}

/** A letter to which nobody wrote the list: bulk mail, an out-of-office note. */
const isJunk = (fields: readonly Field[]): boolean =>
  fields.some(
    ({ name, value }) =>
      (name === 'precedence' && /(?:junk|bulk)\s*$/i.test(value)) ||
      // RFC 3834 5.
      (name === 'auto-submitted' && /^\s*auto-replied\b/i.test(value)),
  );

/** Is the list's address in To or Cc? Comments and quotes are left out. */
function namesList({ outlocal, outhost }: MailingList, fields: readonly Field[]): boolean {
  const wanted = lowerAscii(toBytes(`${outlocal}@${outhost}`)).replace(/["\s]/g, '');
  return fields
    .filter(({ name }) => name === 'to' || name === 'cc')
    .some(({ value }) => {
      const text = lowerAscii(withoutComments(value)).replace(/["\s]/g, '');
      for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
        const before = text[at - 1] ?? '';
        const after = text[at + wanted.length] ?? '';
        if (!/[a-z0-9.!#$%&'*+/=?^_`{|}~-]/.test(before) && !/[a-z0-9-]/.test(after)) return true;
      }
      return false;
    });
}

function withoutComments(text: string): string {
  let out = '';
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === '\\' && depth > 0) at++;
    else if (char === '(') depth++;
    else if (char === ')' && depth > 0) depth--;
    else if (depth === 0) out += char;
  }
  return out;
}

function isCommand(subject: string, looksClosely: boolean): boolean {
  if (/^(?:help|remove|subscribe|unsubscribe)$/i.test(subject)) return true;
  return looksClosely && /^(?:un)?subscribe/i.test(subject);
}

/** A command goes to LIST-request, once. */
async function passToRequest(
  call: ListCall,
  list: MailingList,
  fields: readonly Field[],
): Promise<ListAnswer> {
  const line = `Delivered-To: command forwarder for ${toBytes(`${list.outlocal}@${list.outhost}`)}\n`;
  if (fields.some(({ text }) => text === line))
    throw new ListError(100, 'this message is looping: it already has my Delivered-To line (#5.4.6)');
  async function* content(): AsyncGenerator<Buffer | string> {
    yield line;
    yield* call.letter.open();
  }
  const queued = await sendListLetter(call, {
    content: content(),
    sender: call.env.SENDER ?? '',
    recipients: [`${list.outlocal}-request@${list.outhost}`],
  });
  return { status: 99, output: `ezmlm-reject: info: forward ${queued}\n` };
}

/** Types and sizes. @throws ListError 100 */
async function refuseContent(
  list: MailingList,
  letter: OpenedLetter,
  looksForCommands: boolean,
): Promise<void> {
  const type = readContentType(readPostHeader(letter.header).contentType);
  const rejected = new Set(((await list.lines('mimereject')) ?? []).map(lowerAscii));
  const parts = await readPartChoice(list);
  const isUnwanted = parts !== undefined && parts.types.has(type.type) !== parts.isKept;
  // A letter that says nothing of its type is text; one of parts is looked at part by part.
  if (type.type !== '' && (rejected.has(type.type) || (isUnwanted && type.boundary === undefined)))
    throw new ListError(100, `Sorry, I don't accept messages of MIME Content-Type '${type.type}' (#5.2.3)`);
  const [, most = '', least = ''] =
    /^(\d{1,15})(?::(\d{1,15}))?/.exec((await list.line('msgsize')) ?? '') ?? [];
  const size = await measureBody(letter, type, rejected, Number(most), looksForCommands);
  if (size < Number(least))
    throw new ListError(100, `Sorry, I don't accept messages shorter than ${least} bytes (#5.2.3)`);
}

/** @returns bytes of the body without fields of its parts; @throws ListError 100 as soon as it is too much */
async function measureBody(
  { body }: OpenedLetter,
  { boundary }: ContentType,
  rejected: ReadonlySet<string>,
  most: number,
  looksForCommands: boolean,
): Promise<number> {
  let size = 0;
  let isInFields = false;
  for await (const line of readLines(body)) {
    if (line.length === 1) {
      isInFields = false;
      continue;
    }
    if (
      boundary !== undefined &&
      line[0] === 45 &&
      line.toString('latin1', 0, boundary.length + 2) === `--${boundary}`
    ) {
      isInFields = true;
      continue;
    }
    if (isInFields) {
      const type = lowerAscii(
        /^content-type:[ \t]*"?([^\s;"]+)/i.exec(line.toString('latin1', 0, 512))?.[1] ?? '',
      );
      if (rejected.has(type))
        throw new ListError(
          100,
          `Sorry, a message part has an unacceptable MIME Content-Type: '${type}' (#5.2.3)`,
        );
      continue;
    }
    if (size === 0 && looksForCommands && /^(?:un)?subscribe/i.test(line.toString('latin1', 0, 20)))
      throw new ListError(
        100,
        'Sorry, as the message starts with a command it looks like a request. Please write to the -help address shown in the Mailing-List field (#5.7.0)',
      );
    size += line.length;
    if (most > 0 && size > most)
      throw new ListError(100, `Sorry, I don't accept messages larger than ${most} bytes (#5.2.3)`);
  }
  return size;
}
