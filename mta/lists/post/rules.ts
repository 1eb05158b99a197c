// What a list directory says about the header and the parts of posts (ezmlm-send, ezmlm(5)): headeradd, headerremove or
// headerkeep, mimeremove or mimekeep, prefix, listid, sublist, addtrailer with text/trailer, rewritefrom, replytolist.
import { decodeWords, joinLines } from '../archive/subject.ts';
import { toBytes } from '../files.ts';
import type { MailingList } from '../list.ts';
import { readMessage } from '../messages.ts';
import { readText, valuesOf } from '../texts.ts';
import { type PartChoice, quotePrintable, type Trailer } from './body.ts';
import type { FieldChoice, HeaderRules } from './header.ts';

const lower = (lines: readonly string[]): Set<string> =>
  new Set(lines.map((line) => line.replace(/:.*$/s, '').trim().toLowerCase()));

async function readFieldChoice(list: MailingList): Promise<FieldChoice> {
  const kept = await list.lines('headerkeep');
  if (kept !== undefined) return { names: lower(kept), isAllBut: true };
  return { names: lower((await list.lines('headerremove')) ?? []), isAllBut: false };
}

/** The fields that make a letter one of this list: Mailing-List and List-ID. */
export async function readListFields(list: MailingList): Promise<string> {
  const mailingList = `Mailing-List: ${await readMessage(list, 'TXT_MAILING_LIST')}\n`;
  const id = list.listId ?? listIdOf(list);
  return id === undefined ? mailingList : `${mailingList}List-ID: ${id}\n`;
}

/** RFC 2919 2: the address with a dot for its `@`, where that is a name. */
function listIdOf({ outlocal, outhost }: Pick<MailingList, 'outlocal' | 'outhost'>): string | undefined {
  const id = `${outlocal}.${outhost}`;
  return /^[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)+$/.test(id) ? `<${id}>` : undefined;
}

/** Lines for the header of what the list sends (DIR/headeradd), each with its LF. */
export async function readAddedFields(list: MailingList): Promise<string> {
  const lines = (await list.lines('headeradd')) ?? [];
  return lines.map((line) => `${line}\n`).join('');
}

/** @param options of ezmlm-send */
export async function readHeaderRules(
  list: MailingList,
  options: { readonly keepsReceived: boolean; readonly mainListField: string },
): Promise<HeaderRules> {
  const isSublist = (await list.line('sublist')) !== undefined;
  const added = await readAddedFields(list);
  const fields = isSublist ? '' : await readListFields(list);
  const hasOwnId = /^list-id:/im.test(added);
  const prefix = (await list.line('prefix')) ?? '';
  return {
    outlocal: list.outlocal,
    outhost: list.outhost,
    added: (hasOwnId ? fields.replace(/^List-ID:.*\n/m, '') : fields) + added,
    removed: await readFieldChoice(list),
    prefix,
    plainPrefix: decodeWords(joinLines(prefix)),
    isSublist,
    mainListField: options.mainListField,
    keepsReceived: options.keepsReceived,
    repliesToList: await list.isSet('replytolist'),
  };
}

/** Undefined: all parts pass. */
export async function readPartChoice(list: MailingList): Promise<PartChoice | undefined> {
  const kept = await list.lines('mimekeep');
  if (kept !== undefined) return { types: lower(kept), isKept: true };
  const removed = (await list.isSet('mimeremove')) ? ((await list.lines('mimeremove')) ?? []) : [];
  return removed.length === 0 ? undefined : { types: lower(removed), isKept: false };
}

/** Undefined: the list has none. */
export async function readTrailer(list: MailingList): Promise<Trailer | undefined> {
  if (!(await list.isSet('addtrailer'))) return undefined;
  const text = Buffer.from(await readText(list, 'trailer', valuesOf(list)), 'latin1');
  if (text.length === 0) return undefined;
  const { charset, coding } = list;
  const codings = {
    '': '',
    Q: 'Content-Transfer-Encoding: Quoted-Printable\n',
    B: 'Content-Transfer-Encoding: base64\n',
  };
  const coded =
    coding === 'B'
      ? text.toString('base64').replace(/.{1,72}/g, '$&\n')
      : coding === 'Q'
        ? quotePrintable(text)
        : text.toString('latin1');
  const heading = `Content-Type: text/plain; charset=${toBytes(charset)}\n${codings[coding]}`;
  return {
    text,
    charset: charset.toLowerCase(),
    // ezmlm puts one more line where nothing is coded.
    part: `${heading}\n${coding === '' ? '\n' : ''}${coded}`,
  };
}
