// Remote administrators change the texts of a list by mail (ezmlm-manage(1) -edit): LIST-edit.NAME sends a text between two
// marked lines, its answer to LIST-ed.TIME.NAME.COOKIE stores what stands between them. The cookie is of the text as
// it was: who changes it second is told, and nothing is lost. A text that the list has not of its own is sent as it is
// used, and becomes its own.
import { join } from 'node:path';
import { replaceFile } from '../../accounts/durable.ts';
import { quoteAddress } from '../../formats/address.ts';
import { decodeBase64, decodeQuotedPrintable } from '../coding.ts';
import { isSameCookie, makeCookie } from '../cookie.ts';
import { defaultText } from '../default-texts.ts';
import { ListError, systemError } from '../errors.ts';
import { fromBytes, toBytes } from '../files.ts';
import type { MailingList } from '../list.ts';
import { withListLock } from '../lock.ts';
import { readMessage } from '../messages.ts';
import type { ListAnswer } from '../program.ts';
import { readText } from '../texts.ts';
import { readStart, splitLetter } from '../weed.ts';
import { send } from './information.ts';
import type { Order } from './order.ts';
import { type RequestHeader, valuesFor } from './reply.ts';

/** Bytes of an edited text (ezmlm: MAXEDIT), of the letter that it comes in, and how long its cookie is good, in seconds. */
const MOST_TEXT = 10_240;
const MOST_LETTER = 1 << 20;
const EDIT_SECONDS = 100_000;

/** The file of a name as it is written in addresses: `sub_ok` is text/sub-ok. @throws ListError 100 */
function fileOf(name: string): string {
  const file = name.toLowerCase().replaceAll('_', '-');
  if (!/^[a-z-]+$/.test(file))
    throw new ListError(100, 'A text is named by letters and underscores. (#5.6.0)');
  return `text/${file}`;
}

async function readCurrent(list: MailingList, file: string): Promise<string> {
  const text = (await list.read(file)) ?? defaultText(file.slice('text/'.length));
  if (text === undefined) throw new ListError(100, `${list.directory}/${file} does not exist`);
  return text;
}

/** ezmlm-manage: over the text and the file's name, NULs as underscores. */
const cookieOf = (list: MailingList, time: number, text: string, file: string): string =>
  makeCookie(list.key, String(time), fromBytes(text.replaceAll('\0', '_')) + file, '-e');

/** -edit, -edit.NAME. */
export async function sendText(order: Order, request: RequestHeader): Promise<ListAnswer> {
  const { call, list, options, isRemote, moderator, argument, local } = order;
  if (!options.letsEdit || !isRemote)
    throw new ListError(100, 'This list does not answer that command. (#5.1.1)');
  if (moderator === undefined) throw new ListError(100, 'Only moderators may do this. (#5.7.1)');
  if (argument === '')
    return send(order, request, {
      subject: 'SUB_EDIT_LIST',
      text: await readText(list, 'edit-list', valuesFor(order)),
      end: 'request',
      recipients: [moderator],
    });
  const file = fileOf(argument);
  const text = await readCurrent(list, file);
  const cookie = cookieOf(list, call.now, text, file);
  const confirm = `${local}-ed.${call.now}.${argument}.${cookie}@${list.outhost}`;
  const values = {
    ...valuesFor(order),
    confirm,
    confirmPrefix: local.length,
    action: 'ed.',
    cookie,
    time: call.now,
  };
  const [start, end] = [await readMessage(list, 'TXT_EDIT_START'), await readMessage(list, 'TXT_EDIT_END')];
  return send(order, request, {
    subject: 'SUB_EDIT_REQUEST',
    subjectWords: [argument],
    fields: `Reply-To: ${toBytes(quoteAddress(confirm))}\n`,
    text: `${await readText(list, 'edit-do', values)}${start}\n${text.replace(/\n?$/, '\n')}${end}\n\n\n`,
    end: 'request',
    recipients: [moderator],
  });
}

/** -ed.TIME.NAME.COOKIE: the edited text. It is told to who sent it: the cookie shows that a moderator let him. */
export async function storeText(order: Order, request: RequestHeader): Promise<ListAnswer> {
  const { call, list, argument, sender } = order;
  const [, digits = '', name = '', cookie = ''] =
    /^(\d{1,12})\.?([A-Za-z_]+)\.([a-p]{20})$/.exec(argument) ?? [];
  const time = Number(digits);
  const refuse = (): never => {
    throw new ListError(
      100,
      'this confirmation is too old, or none, or the text was changed meanwhile (#5.7.1)',
    );
  };
  if (digits === '' || time > call.now || time < call.now - EDIT_SECONDS) return refuse();
  const file = fileOf(name);
  const marks = [await readMessage(list, 'TXT_EDIT_START'), await readMessage(list, 'TXT_EDIT_END')] as const;
  const text = readEditedText(await readStart(call.letter, MOST_LETTER), marks);
  await withListLock(join(list.directory, 'lock'), async () => {
    const current = await readCurrent(list, file);
    if (!isSameCookie(cookieOf(list, time, current, file), cookie)) refuse();
    const path = join(list.directory, file);
    try {
      await replaceFile(path, Buffer.from(text, 'latin1'), 0o600);
    } catch (error) {
      throw systemError(`unable to write ${path}`, error);
    }
  });
  return send({ ...order, target: sender }, request, {
    subject: 'SUB_EDIT_SUCCESS',
    subjectWords: [name],
    text: await readText(list, 'edit-done', valuesFor(order)),
    end: 'request',
    recipients: [sender],
  });
}

/** What stands between the marks, without what a mail program put in front of each line. Pure. @throws ListError 100 */
export function readEditedText(letter: string, [start, end]: readonly [string, string]): string {
  const lines = decodeBody(letter).split('\n');
  const has = (line: string, mark: string): number => line.toLowerCase().indexOf(mark.toLowerCase());
  const first = lines.findIndex((line) => has(line, start) >= 0);
  const last = lines.findIndex((line, i) => i > first && has(line, end) >= 0);
  if (first < 0 || last < 0)
    throw new ListError(
      100,
      'The lines with %%% that show where the text begins and ends are missing. (#5.6.0)',
    );
  const quote = (lines[first] as string).slice(0, has(lines[first] as string, start));
  const text = lines
    .slice(first + 1, last)
    .map((line) => `${(line.startsWith(quote) ? line.slice(quote.length) : line).replace(/\r$/, '')}\n`)
    .join('');
  if (text.length > MOST_TEXT) throw new ListError(100, `A text has at most ${MOST_TEXT} bytes. (#5.6.0)`);
  return text.replaceAll('\0', '');
}

/** The body, decoded; of several parts the first that is plain text. */
function decodeBody(letter: string, depth = 0): string {
  const { fields, body } = splitLetter(letter);
  const value = (name: string): string =>
    fields
      .find((field) => field.toLowerCase().startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim() ?? '';
  const type = value('content-type');
  const boundary = /^multipart\/.*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(type);
  const mark = boundary?.[1] ?? boundary?.[2];
  if (mark !== undefined && depth < 4) {
    const parts = `\n${body}`
      .split(`\n--${mark}`)
      .slice(1)
      .filter((part) => !part.startsWith('--'));
    const part =
      parts.find((one) => /^[^\n]*\n(?:.+\n)*?content-type:\s*(?:text\/plain|multipart\/)/i.test(one)) ??
      parts[0];
    return part === undefined ? body : decodeBody(part.replace(/^[^\n]*\n/, ''), depth + 1);
  }
  const coding = value('content-transfer-encoding').toLowerCase();
  if (coding.startsWith('base64')) return decodeBase64(body);
  return coding.startsWith('quoted-printable') ? decodeQuotedPrintable(body) : body;
}
