// One mailing list: a directory in the format of ezmlm-idx 7 (ezmlm(5); spec/vpopmail.md 8.3), opened and read. Older
// directories (ezmlm 0.53, ezmlm-idx 0.4x to 6) are read the same: what they lack are files that are not there.
//
//   DIR/key            secret of the cookies; a directory without it is no list
//   DIR/outlocal       first line: local part of the list's address;  DIR/outhost: its domain
//   DIR/inlocal        local part as it arrives (0.53; qmailadmin writes DOMAIN-LIST); nothing of ours needs it
//   DIR/mailinglist    Mailing-List field of old lists;  DIR/listid: List-ID field
//   DIR/charset        charset of texts, with `:Q` or `:B` for their encoding
//   DIR/ezmlmrc        directory with texts of another language
//   DIR/subdb, DIR/sql subscribers are in a database (`usesDatabase`)
//   DIR/flags, DIR/config F:, and one file a flag: `isSet`
//   DIR/headeradd, headerremove, prefix, num, sublist, owner, msgsize ...: `line`, `lines`, `read`
//
// Nothing is kept between calls but what openList read; a flag is asked of the disk when it is asked for.
import { join } from 'node:path';
import { ListError } from './errors.ts';
import { fromBytes, isPresent, type Places, readFromPlaces, readListFile, settingLines } from './files.ts';
import { letterOfFile, parseFlagLine, parseOldConfig } from './flags.ts';
import { type Substitutions, substitute } from './substitution.ts';

/** Content-Transfer-Encoding of what the list writes: none, quoted-printable, base64. */
export type Coding = '' | 'Q' | 'B';

/** An opened list. */
export interface MailingList {
  /** Absolute. */
  readonly directory: string;
  /** Where texts and settings are looked for, DIR first. */
  readonly places: Places;
  readonly key: Buffer;
  /** Local part and domain of the list's address, as in DIR/outlocal and DIR/outhost. */
  readonly outlocal: string;
  readonly outhost: string;
  /** Value of List-ID; undefined: no such field. */
  readonly listId: string | undefined;
  readonly charset: string;
  readonly coding: Coding;
  /** A flag by its file (`archived`, `public` ...; flags.ts): by DIR/flags or DIR/config, else by the file. */
  isSet(file: string): Promise<boolean>;
  /** A file whole, as byte string, with no substitution; undefined: there is none in any of the places. */
  read(name: string): Promise<string | undefined>;
  /** The lines of a settings file that count, substituted (`<#l#>`, `<#h#>` ...); undefined: there is no file. */
  lines(name: string): Promise<readonly string[] | undefined>;
  /** The first of these lines; '' when the file has none; undefined: there is no file. */
  line(name: string): Promise<string | undefined>;
}

export interface OpenListOptions {
  /** The site's directory of ezmlm: /etc/ezmlm. Its `default/` has texts and settings for lists that lack them. */
  readonly etc?: string | undefined;
}

/**
 * Opens a list.
 * @param directory absolute
 * @throws ListError 100: it is no list (no key, outlocal or outhost); 111: it cannot be read now
 */
export async function openList(directory: string, options: OpenListOptions = {}): Promise<MailingList> {
  if (!directory.startsWith('/'))
    throw new ListError(100, `${directory}: a list directory begins with a slash`);
  const key = await readListFile(join(directory, 'key'));
  if (key === undefined) throw new ListError(100, `${directory}/key does not exist: this is no list`);
  // ezmlm: the first line and no more; it may name the file ezmlmrc itself, which has no texts beside it.
  const language = (await readListFile(join(directory, 'ezmlmrc')))?.split('\n', 1)[0] ?? '';
  const places: Places = [
    directory,
    ...(language.startsWith('/') ? [fromBytes(language)] : []),
    join(options.etc ?? '/etc/ezmlm', 'default'),
  ];
  const decided = await readDecidedFlags(directory, places);

  const read = (name: string): Promise<string | undefined> => readFromPlaces(places, name);
  const isSet = async (file: string): Promise<boolean> => {
    const letter = letterOfFile(file);
    return (letter === undefined ? undefined : decided.get(letter)) ?? isPresent(join(directory, file));
  };
  const firstLine = async (name: string): Promise<string | undefined> => {
    const text = await read(name);
    return text === undefined ? undefined : (settingLines(text)[0] ?? '');
  };
  const required = async (name: string): Promise<string> => {
    const line = await firstLine(name);
    if (line === undefined) throw new ListError(100, `${directory}/${name} does not exist: this is no list`);
    if (line === '')
      throw new ListError(100, `${directory}/${name} is empty: it is to hold a part of the address`);
    return fromBytes(line);
  };

  const outhost = await required('outhost');
  const outlocal = await required('outlocal');
  const values: Substitutions = { outlocal, mainlocal: outlocal, outhost, directory };
  const lines = async (name: string): Promise<readonly string[] | undefined> => {
    const text = await read(name);
    return text === undefined ? undefined : settingLines(substitute(text, values));
  };
  const charsetLine = (await firstLine('charset')) || 'us-ascii';
  const [, charset = charsetLine, coding = ''] = /^(.*):([QB])$/.exec(charsetLine) ?? [];
  return {
    directory,
    places,
    key: Buffer.from(key, 'latin1'),
    outlocal,
    outhost,
    listId: (await lines('listid'))?.[0],
    charset,
    coding: coding as Coding,
    isSet,
    read,
    lines,
    line: async (name) => {
      const found = await lines(name);
      return found === undefined ? undefined : (found[0] ?? '');
    },
  };
}

/** What DIR/flags, or else `F:` of DIR/config, decides. */
async function readDecidedFlags(directory: string, places: Places): Promise<ReadonlyMap<string, boolean>> {
  const flags = await readFromPlaces(places, 'flags');
  if (flags !== undefined) return parseFlagLine(settingLines(flags)[0] ?? '');
  const config = await readListFile(join(directory, 'config'));
  return parseFlagLine((config === undefined ? undefined : parseOldConfig(config).get('F')) ?? '');
}

/** The sets of addresses with commands of their own, `LIST-digest-subscribe` ...; '.' is the list itself. */
export type CommandSet = '.' | 'digest' | 'allow' | 'deny';

const keyCuts: Readonly<Record<CommandSet, number>> = { '.': 0, digest: 1, allow: 2, deny: 3 };

/** The key for cookies of a set: without its last 1, 2 or 3 bytes for digest, allow and deny, as ezmlm-manage does it. */
export function keyOfSet(list: Pick<MailingList, 'key'>, set: CommandSet): Buffer {
  return list.key.subarray(0, Math.max(0, list.key.length - keyCuts[set]));
}

/** The local part that answers about a set come from: `LIST`, `LIST-digest`, `LIST-allow`, `LIST-deny`. */
export const localOfSet = (list: Pick<MailingList, 'outlocal'>, set: CommandSet): string =>
  set === '.' ? list.outlocal : `${list.outlocal}-${set}`;

/** Are the subscribers in a database, by another plugin than `std`? Such a list is left to ezmlm's own programs. */
export async function usesDatabase(directory: string): Promise<boolean> {
  const subdb = await readListFile(join(directory, 'subdb'));
  if (subdb !== undefined) return !/^std(?:[:\n]|$)/.test(subdb);
  return isPresent(join(directory, 'sql'));
}
