// Names of Maildir++ folders: the directory `.A.B` is the folder `A.B` (spec/maildir-imap.md 2.1, 2.2).
// On disk a name is UTF-8 (Courier 5 and later; what we write) or modified UTF-7 (RFC 3501 5.1.3; Dovecot, older
// Courier and SqWebMail). Reading decides per folder; renaming from one to the other is nobody's business here.
// These are pure functions; '' and `INBOX` stand for the Maildir itself and have no directory.

/** Bytes that one file name may have. */
const maxBytes = 255;

/**
 * The name of the folder that a directory holds: bytes over 0x7f are UTF-8, else an `&` that decodes cleanly is
 * modified UTF-7, else plain ASCII. `directoryName` is with or without the leading dot. Bytes that are no UTF-8
 * become U+FFFD: such a folder can be shown, not addressed by its name.
 */
export function decodeFolderName(directoryName: Buffer | string): string {
  const bytes = typeof directoryName === 'string' ? Buffer.from(directoryName, 'utf8') : directoryName;
  const text = bytes.toString('utf8');
  const name = text.startsWith('.') ? text.slice(1) : text;
  if (bytes.some((byte) => byte >= 0x80)) return name;
  return decodeModifiedUtf7(name) ?? name;
}

/**
 * The directory name of a folder, with the leading dot. UTF-8 in NFC, with `&` as `&-`, so that it reads back the
 * same and no software takes it for modified UTF-7; `style` 'utf-7' for a Maildir that uses that already.
 */
export function encodeFolderName(name: string, style: 'utf-8' | 'utf-7' = 'utf-8'): string {
  const normal = name.normalize('NFC');
  if (style === 'utf-7') return `.${encodeModifiedUtf7(normal)}`;
  // Reading takes `&` for modified UTF-7 only in names without bytes over 0x7f.
  return `.${/[^\x00-\x7f]/.test(normal) ? normal : normal.replaceAll('&', '&-')}`;
}

/** Why a folder cannot have this name, in plain words; undefined: it can. Levels are parted by dots. */
export function isValidFolderName(name: string): string | undefined {
  if (name === '') return 'A folder needs a name.';
  if (/[\x00-\x1f\x7f\u0080-\u009f\u2028\u2029]/.test(name))
    return 'A folder name cannot hold control characters.';
  if (!name.isWellFormed() || name.includes('\ufffd'))
    return 'This folder name holds characters that are not valid.';
  if (name.includes('/')) return 'A folder name cannot hold a slash (/).';
  if (name.startsWith('.') || name.endsWith('.') || name.includes('..')) {
    return 'A folder name cannot begin or end with a dot, or hold two dots in a row.';
  }
  if (name.split('.').some((level) => level !== level.trim())) {
    return 'A folder name cannot begin or end with a space.';
  }
  // Both spellings must fit: a site may be converted later.
  if (
    Math.max(...(['utf-8', 'utf-7'] as const).map((s) => Buffer.byteLength(encodeFolderName(name, s)))) >
    maxBytes
  ) {
    return 'This folder name is too long.';
  }
  if (/^inbox$/i.test(name)) return 'INBOX is the inbox itself.';
  return undefined;
}

/** RFC 3501 5.1.3. Undefined when it is not clean modified UTF-7 (or has bytes over 0x7f). */
export function decodeModifiedUtf7(text: string): string | undefined {
  if (/[^\x20-\x7e]/.test(text)) return undefined;
  let out = '';
  let at = 0;
  while (at < text.length) {
    const shift = text.indexOf('&', at);
    if (shift < 0) return out + text.slice(at);
    out += text.slice(at, shift);
    const end = text.indexOf('-', shift);
    if (end < 0) return undefined;
    const encoded = text.slice(shift + 1, end);
    const decoded = encoded === '' ? '&' : decodeShifted(encoded);
    // RFC 3501: ASCII is never written shifted, and two shifts do not follow each other.
    if (decoded === undefined || (encoded !== '' && /[\x20-\x7e]/.test(decoded))) return undefined;
    if (encoded !== '' && text[end + 1] === '&' && text[end + 2] !== '-') return undefined;
    out += decoded;
    at = end + 1;
  }
  return out;
}

function decodeShifted(encoded: string): string | undefined {
  if (!/^[A-Za-z0-9+,]+$/.test(encoded)) return undefined;
  const bytes = Buffer.from(encoded.replaceAll(',', '/'), 'base64');
  const bits = (encoded.length * 6) % 16;
  // Full 16-bit units, the rest zero bits and less than one character of base64.
  if (bytes.length % 2 !== 0 && bits < 6) return undefined;
  const units = Math.floor((encoded.length * 6) / 16);
  if (units === 0 || bits >= 6) return undefined;
  let out = '';
  for (let i = 0; i < units; i++) out += String.fromCharCode(bytes.readUInt16BE(i * 2));
  if (!out.isWellFormed() || encodeShifted(out) !== encoded) return undefined;
  return out;
}

/** RFC 3501 5.1.3. */
export function encodeModifiedUtf7(name: string): string {
  return name.replaceAll('&', '&-').replace(/[^\x20-\x7e]+/g, (run) => `&${encodeShifted(run)}-`);
}

function encodeShifted(text: string): string {
  const bytes = Buffer.alloc(text.length * 2);
  for (let i = 0; i < text.length; i++) bytes.writeUInt16BE(text.charCodeAt(i), i * 2);
  return bytes.toString('base64').replace(/=+$/, '').replaceAll('/', ',');
}
