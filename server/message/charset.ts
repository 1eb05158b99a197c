// From bytes to text in any charset a mail names (security.md M4, webmail.md 3.9): TextDecoder first, then iconv-lite,
// then our own small decoders for HZ and ISO-2022-KR. Never throws; gives well-formed text without control characters.
// A wrong or unknown name falls back to UTF-8 when the bytes are valid UTF-8, else to windows-1252.
import iconv from 'iconv-lite';

/** Decoded text; `problem` says that bytes did not fit the declared charset. */
export interface DecodedText {
  readonly text: string;
  readonly problem: boolean;
}

/** Names that mails use and no table knows. */
const aliases: Readonly<Record<string, string>> = {
  cp932: 'shift_jis',
  'windows-31j': 'shift_jis',
  'x-sjis-jp': 'shift_jis',
  cp936: 'gbk',
  cp949: 'euc-kr',
  cp950: 'big5',
  ks_c_5601: 'euc-kr',
  'iso-2022-jp-1': 'iso-2022-jp',
  'iso-2022-jp-2': 'iso-2022-jp',
  'iso-2022-jp-3': 'iso-2022-jp',
  'iso-2022-jp-ms': 'iso-2022-jp',
  'iso-8859-8-e': 'iso-8859-8',
  utf8mb4: 'utf-8',
  'x-mac-roman': 'macintosh',
  ansi: 'windows-1252',
  default: 'windows-1252',
  'hz-gb-2312': 'hz',
  'unicode-1-1-utf-8': 'utf-8',
};

const undeclared = new Set([
  '',
  'us-ascii',
  'ascii',
  'ansi_x3.4-1968',
  'unknown-8bit',
  'x-unknown',
  'none',
  '8bit',
  'binary',
]);

/** The name as the tables know it: lower case, without quotes, spaces and RFC 2231 language; '' when it is no name. */
export function normaliseCharset(name: string): string {
  if (name.length > 64) return '';
  const star = name.indexOf('*');
  const plain = (star < 0 ? name : name.slice(0, star)).replace(/["'\s]/g, '').toLowerCase();
  if (!/^[a-z0-9._:+-]+$/.test(plain)) return '';
  return aliases[plain] ?? plain;
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });
const lenientUtf8 = new TextDecoder('utf-8');
const windows1252 = new TextDecoder('windows-1252');

function decodeUtf8Strict(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** No controls but TAB, LF, CR; no lone surrogate: what may reach a page, an index or a log. */
export function cleanText(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, '').toWellFormed();
}

/** RFC 1843: GB 2312 between ~{ and ~}; the state ends with the line. */
function decodeHz(bytes: Uint8Array): string {
  const out = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  let twoByte = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    const next = bytes[i + 1];
    if (byte === 0x0a) twoByte = false;
    if (
      byte === 0x7e &&
      next !== undefined &&
      (next === 0x7b || next === 0x7d || next === 0x7e || next === 0x0a)
    ) {
      if (next === 0x7e) out[length++] = 0x7e;
      else if (next !== 0x0a) twoByte = next === 0x7b;
      i++;
    } else out[length++] = twoByte && byte > 0x20 ? byte | 0x80 : byte;
  }
  return new TextDecoder('gb18030').decode(out.subarray(0, length));
}

/** RFC 1557: SO and SI switch to KS X 1001 and back; the designation ESC $ ) C is dropped. */
function decodeIso2022Kr(bytes: Uint8Array): string {
  const out = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  let shifted = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === 0x0a) shifted = false;
    if (byte === 0x1b && bytes[i + 1] === 0x24 && bytes[i + 2] === 0x29) i += 3;
    else if (byte === 0x0e) shifted = true;
    else if (byte === 0x0f) shifted = false;
    else out[length++] = shifted && byte > 0x20 ? byte | 0x80 : byte;
  }
  return new TextDecoder('euc-kr').decode(out.subarray(0, length));
}

/** UTF-16 without a name for its order: the mark decides, else where the zero bytes of ASCII lie, else big-endian (RFC 2781 4.3). */
function decodeUtf16(bytes: Uint8Array, name: string): string {
  let little = name === 'utf-16le' || name === 'unicode' || name === 'ucs-2';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) little = true;
  else if (bytes[0] === 0xfe && bytes[1] === 0xff) little = false;
  else if (name === 'utf-16') {
    let odd = 0;
    let even = 0;
    for (let i = 0; i + 1 < Math.min(bytes.length, 512); i += 2) {
      if (bytes[i] === 0) even++;
      if (bytes[i + 1] === 0) odd++;
    }
    little = odd > even;
  }
  return new TextDecoder(little ? 'utf-16le' : 'utf-16be').decode(bytes);
}

function decodeNamed(bytes: Uint8Array, name: string): string | undefined {
  if (name === 'hz') return decodeHz(bytes);
  if (name === 'iso-2022-jp') return decodeIso2022Jp(bytes);
  if (name === 'iso-2022-kr') return decodeIso2022Kr(bytes);
  if (/^(utf-16|utf-16le|utf-16be|unicode|ucs-2)$/.test(name)) return decodeUtf16(bytes, name);
  // The Encoding Standard maps these names to "replacement", which shows nothing.
  if (name !== 'iso-2022-cn' && name !== 'replacement') {
    try {
      return new TextDecoder(name).decode(bytes);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  if (!iconv.encodingExists(name)) return undefined;
  try {
    return iconv.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), name);
  } catch {
    // Its decoders of rare charsets throw for some malformed input; the caller falls back.
    return undefined;
  }
}

/** UTF-8 when valid, else windows-1252: for bytes whose charset nobody told. */
function guess(bytes: Uint8Array): string {
  return decodeUtf8Strict(bytes) ?? windows1252.decode(bytes);
}

/** UTF-8 as declared, with a few broken bytes tolerated; bytes that are plainly something else go to windows-1252. */
function decodeDeclaredUtf8(bytes: Uint8Array): DecodedText {
  const strict = decodeUtf8Strict(bytes);
  if (strict !== undefined) return { text: strict, problem: false };
  const lenient = lenientUtf8.decode(bytes);
  let broken = 0;
  let fine = 0;
  for (let i = 0; i < lenient.length; i++) {
    const unit = lenient.charCodeAt(i);
    if (unit === 0xfffd) broken++;
    else if (unit > 0x7f) fine++;
  }
  // Latin text seldom looks like UTF-8 by chance: a few good sequences outweigh more broken bytes.
  return { text: fine * 4 >= broken ? lenient : windows1252.decode(bytes), problem: true };
}

function isAscii(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i]! > 0x7f) return false;
  return true;
}

/** RFC 1468 text. Joined encoded words leave an escape directly before another, which the standard decoder marks as an
 * error; 8-bit bytes under this name are Shift_JIS or EUC-JP. */
function decodeIso2022Jp(bytes: Uint8Array): string {
  if (!isAscii(bytes)) {
    for (const name of ['shift_jis', 'euc-jp']) {
      try {
        return new TextDecoder(name, { fatal: true }).decode(bytes);
      } catch {
        // Not this one.
      }
    }
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const joined = text.replace(/\u001b\([BJ](?=\u001b[$(])/g, '');
  return new TextDecoder('iso-2022-jp').decode(Buffer.from(joined, 'latin1'));
}

/** Raw 8-bit of a header: UTF-8 when valid (RFC 6532), else the charset of the message's text, else windows-1252. */
export function decodeRaw(bytes: Uint8Array, charset: string): string {
  const utf8 = decodeUtf8Strict(bytes);
  if (utf8 !== undefined) return cleanText(utf8);
  const name = normaliseCharset(charset);
  if (undeclared.has(name) || /^utf/.test(name)) return cleanText(windows1252.decode(bytes));
  return cleanText(decodeNamed(bytes, name) ?? windows1252.decode(bytes));
}

/**
 * Decodes bytes to text without control characters.
 * @param charset the declared name, '' when none (RFC 2045 5.2: US-ASCII; 8-bit bytes are then guessed).
 */
export function decodeText(bytes: Uint8Array, charset: string): DecodedText {
  const name = normaliseCharset(charset);
  if (undeclared.has(name)) {
    if (isAscii(bytes)) return { text: cleanText(windows1252.decode(bytes)), problem: false };
    return {
      text: cleanText(guess(bytes)),
      problem: !(charset === '' && decodeUtf8Strict(bytes) !== undefined),
    };
  }
  if (name === 'utf-8' || name === 'utf8') {
    const decoded = decodeDeclaredUtf8(bytes);
    return { text: cleanText(decoded.text), problem: decoded.problem };
  }
  const decoded = decodeNamed(bytes, name);
  if (decoded === undefined) return { text: cleanText(guess(bytes)), problem: true };
  if (!decoded.includes('\ufffd')) return { text: cleanText(decoded), problem: false };
  const utf8 = isAscii(bytes) ? undefined : decodeUtf8Strict(bytes);
  return { text: cleanText(utf8 ?? decoded), problem: true };
}
