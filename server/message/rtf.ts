// Rich text (RTF) to words (webmail.md 3.12): the body of Outlook's messages. Unpacks MS-OXRTFCP and reads the text out of
// the control words; HTML that was wrapped in RTF (MS-OXRTFEX) comes out as HTML. One pass, bounded output, a stack of
// bounded depth; what is not understood is left out. Pure; for the workers.
import { decodeText } from './charset.ts';

const maxOutput = 4 * 1024 * 1024;
const maxGroups = 500;

// MS-OXRTFCP 2.1.2.1: what every dictionary begins with.
const firstWords =
  '{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans ' +
  'SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx';
const dictionarySize = 4096;
const [packed, unpacked] = [0x75465a4c, 0x414c454d];

/** Undoes the packing of PR_RTF_COMPRESSED; undefined when it is none. Output at most 4 MiB. */
export function decompressRtf(bytes: Buffer): Buffer | undefined {
  if (bytes.length < 16) return undefined;
  const kind = bytes.readUInt32LE(8);
  const most = Math.min(bytes.readUInt32LE(4), maxOutput);
  if (kind === unpacked) return bytes.subarray(16, 16 + most);
  if (kind !== packed) return undefined;
  const dictionary = Buffer.alloc(dictionarySize, ' ');
  let write = dictionary.write(firstWords, 'latin1');
  const out = Buffer.alloc(Math.min(most, bytes.length * 9));
  let length = 0;
  const put = (byte: number): void => {
    if (length < out.length) out[length++] = byte;
    dictionary[write] = byte;
    write = (write + 1) % dictionarySize;
  };
  for (let at = 16; at < bytes.length && length < out.length; ) {
    const control = bytes[at++]!;
    for (let bit = 0; bit < 8 && at < bytes.length && length < out.length; bit++) {
      if ((control & (1 << bit)) === 0) {
        put(bytes[at++]!);
        continue;
      }
      if (at + 1 >= bytes.length) return out.subarray(0, length);
      const reference = bytes.readUInt16BE(at);
      at += 2;
      const offset = reference >> 4;
      // A reference to the place that is written next ends the stream.
      if (offset === write) return out.subarray(0, length);
      for (let i = 0; i < (reference & 15) + 2; i++) put(dictionary[(offset + i) % dictionarySize]!);
    }
  }
  return out.subarray(0, length);
}

/** Groups that hold no words of the text. */
const silent = new Set(
  (
    'fonttbl colortbl stylesheet info pict object objdata themedata colorschememapping datastore latentstyles ' +
    'listtable listoverridetable rsidtbl generator header footer headerl headerr headerf footerl footerr footerf ' +
    'fldinst xmlnstbl bkmkstart bkmkend filetbl revtbl'
  ).split(' '),
);
const signs: Readonly<Record<string, string>> = {
  par: '\n',
  line: '\n',
  sect: '\n',
  page: '\n',
  row: '\n',
  cell: '\t',
  tab: '\t',
  emdash: '\u2014',
  endash: '\u2013',
  lquote: '\u2018',
  rquote: '\u2019',
  ldblquote: '\u201c',
  rdblquote: '\u201d',
  bullet: '\u2022',
  emspace: '\u2003',
  enspace: '\u2002',
};

interface Group {
  silent: boolean;
  /** Inside \htmlrtf: only for readers of RTF. */
  rtfOnly: boolean;
  /** Characters that follow each \u for readers without Unicode. */
  skip: number;
}

/** The text of an RTF document. `isHtml`: it is markup that was wrapped in RTF, still to be cleaned or made text. */
export function readRtf(rtf: Buffer): { readonly text: string; readonly isHtml: boolean } {
  const source = rtf.toString('latin1');
  const isHtml = /\\fromhtml1?\b/.test(source.slice(0, 2_000));
  let charset = 'windows-1252';
  let out = '';
  let bytes: number[] = [];
  let ignore = 0;
  let group: Group = { silent: false, rtfOnly: false, skip: 1 };
  const stack: Group[] = [];
  const flush = (): void => {
    if (bytes.length > 0) out += decodeText(Uint8Array.from(bytes), charset).text;
    bytes = [];
  };
  const isShown = (): boolean => !group.silent && (!isHtml || !group.rtfOnly);
  const say = (text: string): void => {
    if (ignore > 0) {
      ignore--;
      return;
    }
    if (!isShown()) return;
    flush();
    out += text;
  };
  const sayByte = (byte: number): void => {
    if (ignore > 0) ignore--;
    else if (isShown()) bytes.push(byte);
  };
  const control = /([A-Za-z]{1,32})(-?[0-9]{1,10})? ?/y;

  for (let at = 0; at < source.length && out.length + bytes.length < maxOutput; ) {
    const character = source[at++]!;
    if (character === '{') {
      flush();
      if (stack.length >= maxGroups) break;
      stack.push(group);
      group = { ...group };
      ignore = 0;
    } else if (character === '}') {
      flush();
      group = stack.pop() ?? group;
      ignore = 0;
    } else if (character !== '\\') {
      if (character !== '\r' && character !== '\n') sayByte(character.charCodeAt(0));
    } else {
      const next = source[at] ?? '';
      control.lastIndex = at;
      const found = control.exec(source);
      if (!found) {
        at++;
        if (next === "'") {
          const byte = Number.parseInt(source.slice(at, at + 2), 16);
          at += 2;
          if (Number.isInteger(byte)) sayByte(byte);
        } else if (next === '*') {
          // An unknown destination; of those we know one.
          if (!isHtml || !source.startsWith('\\htmltag', at)) group.silent = true;
        } else if (next === '~') say('\u00a0');
        else if (next === '_') say('-');
        else if (next === '\r' || next === '\n') say('\n');
        else if (next === '\\' || next === '{' || next === '}') sayByte(next.charCodeAt(0));
        continue;
      }
      at = control.lastIndex;
      const word = found[1]!;
      const value = found[2] === undefined ? undefined : Number(found[2]);
      if (word === 'u' && value !== undefined) {
        say(String.fromCharCode(value & 0xffff));
        ignore = group.skip;
      } else if (word === 'uc' && value !== undefined) group.skip = Math.min(Math.max(value, 0), 8);
      else if (word === 'ansicpg' && value !== undefined)
        charset = value === 65001 ? 'utf-8' : `windows-${value}`;
      else if (word === 'htmlrtf') group.rtfOnly = value !== 0;
      else if (word === 'bin' && value !== undefined) at += Math.max(0, value);
      else if (silent.has(word)) group.silent = true;
      else if (Object.hasOwn(signs, word)) say(signs[word]!);
    }
  }
  flush();
  return { text: out.toWellFormed(), isHtml };
}
