// What a file from a stranger can do (webmail.md 3.11): reasons to ask before it is saved, found in its name and its
// bytes. Of archives only the directory is looked at, nothing is unpacked (security.md M6). Linear and bounded; runs
// in the workers. The words for a reason are the page's.
import { readZipDirectory } from '../zip/zip-directory.ts';
import { extensionOf } from './names.ts';
import { sniffType } from './sniff.ts';

export type Danger =
  /** Programs, scripts, shortcuts, disk images: by the name. */
  | { readonly reason: 'kind'; readonly extension: string }
  /** HTML, SVG, XML: a page with the rights of a file. */
  | { readonly reason: 'page'; readonly extension: string }
  /** A program, whatever it is called. */
  | { readonly reason: 'program' }
  | { readonly reason: 'macros' }
  /** `invoice.pdf.exe` */
  | { readonly reason: 'endings'; readonly extension: string }
  /** The bytes are not what the name says. */
  | { readonly reason: 'mismatch'; readonly extension: string }
  /** An archive that nobody could look into. */
  | { readonly reason: 'encrypted' }
  | { readonly reason: 'holds'; readonly name: string };

const set = (words: string): ReadonlySet<string> => new Set(words.split(' '));
const harmful = set(
  'exe com scr pif cpl msi msp dll sys bat cmd ps1 psm1 vbs vbe js jse wsf wsh hta jar lnk url scf inf reg chm hlp ' +
    'msc app dmg pkg deb rpm sh desktop iso img vhd vhdx one xll',
);
const macroFiles = set('docm xlsm pptm dotm xltm xlam ppam sldm xlsb');
const pages = set('html htm xhtml xht shtml mht mhtml svg svgz xml');
/** What people take for a document; before another ending it is there to be seen. */
const documents = set(
  'pdf doc docx xls xlsx ppt pptx odt ods txt rtf csv jpg jpeg png gif zip mp3 mp4 wav eml',
);
const office = set('doc xls ppt dot xlt pot pps docx xlsx pptx dotx xltx potx ppsx');

/** Endings that a sniffed type may have. */
const endingsOf: Readonly<Record<string, ReadonlySet<string>>> = {
  'image/png': set('png apng'),
  'image/jpeg': set('jpg jpeg jpe jfif'),
  'image/gif': set('gif'),
  'image/webp': set('webp'),
  'image/avif': set('avif avifs'),
  'application/pdf': set('pdf ai'),
  'application/x-msdownload': set('exe dll com scr sys ocx cpl'),
  'application/x-executable': set('so bin out elf o'),
  'application/x-ole-storage': set('doc dot xls xlt xla ppt pot pps msi msp msg vsd pub mpp db one'),
  'application/gzip': set('gz tgz svgz emz wmz'),
  'application/vnd.rar': set('rar cbr'),
  'application/x-7z-compressed': set('7z cb7'),
  'text/html': set('html htm xhtml xht shtml'),
  'image/svg+xml': set('svg'),
};
/** Endings whose bytes have a sign of their own: without it the name is wrong. */
const signedEndings: Readonly<Record<string, ReadonlySet<string>>> = {
  png: set('image/png'),
  jpg: set('image/jpeg'),
  jpeg: set('image/jpeg'),
  gif: set('image/gif'),
  pdf: set('application/pdf'),
  zip: set('application/zip'),
};

const vbaProject = Buffer.from('_VBA_PROJECT', 'utf16le');
/** The coder of 7-Zip's encryption, in the header at the end. */
const sevenZipAes = Buffer.from('06f10701', 'hex');
const lastBytes = 64 * 1024;

function dangersOfName(name: string): Danger[] {
  const extension = extensionOf(name);
  const stem = extension === '' ? '' : extensionOf(name.slice(0, -extension.length - 1).trimEnd());
  const found: Danger[] = [];
  if (harmful.has(extension)) {
    if (documents.has(stem)) found.push({ reason: 'endings', extension });
    found.push({ reason: 'kind', extension });
  } else if (macroFiles.has(extension)) found.push({ reason: 'macros' });
  else if (pages.has(extension)) {
    if (documents.has(stem)) found.push({ reason: 'endings', extension });
    found.push({ reason: 'page', extension });
  } else if ((extension === 'gz' || extension === 'bz2' || extension === 'xz') && harmful.has(stem))
    found.push({ reason: 'holds', name: name.slice(0, -extension.length - 1) });
  return found;
}

function dangersOfZip(bytes: Buffer, extension: string): Danger[] {
  const directory = readZipDirectory(bytes);
  if (!directory) return [];
  const { entries } = directory;
  const found: Danger[] = [];
  if (entries.some((entry) => entry.isEncrypted)) found.push({ reason: 'encrypted' });
  if (entries.some((entry) => /(^|\/)vbaProject\.bin$/i.test(entry.name)) && !macroFiles.has(extension))
    found.push({ reason: 'macros' });
  // Office documents hold XML by nature.
  const isOffice = entries.some((entry) => entry.name === '[Content_Types].xml' || entry.name === 'mimetype');
  const bad = entries.find((entry) => {
    const inner = extensionOf(entry.name.slice(entry.name.lastIndexOf('/') + 1));
    return harmful.has(inner) || macroFiles.has(inner) || (!isOffice && pages.has(inner));
  });
  if (bad && !(extension === 'jar')) found.push({ reason: 'holds', name: bad.name.slice(0, 300) });
  return found;
}

/** RAR: whether its header or its first file is encrypted. */
function isEncryptedRar(bytes: Buffer): boolean {
  // RAR 5: signature of 8 bytes, CRC, size, then the type; 4 is the header of encryption.
  if (bytes[6] === 1) return bytes[13] === 4;
  // RAR 4: signature of 7 bytes; the archive header's flags, then the first file's.
  if (bytes.length < 23) return false;
  if ((bytes.readUInt16LE(10) & 0x80) !== 0) return true;
  const file = 7 + bytes.readUInt16LE(12);
  return file + 5 <= bytes.length && bytes[file + 2] === 0x74 && (bytes.readUInt16LE(file + 3) & 4) !== 0;
}

/** Why the reader should be asked before saving this file; empty when there is no reason. `bytes`: all of it. */
export function findDangers(name: string, bytes: Buffer): Danger[] {
  const extension = extensionOf(name);
  const sniffed = sniffType(bytes);
  const found = dangersOfName(name);
  const isTold = found.length > 0;
  if (sniffed === 'application/x-msdownload' || sniffed === 'application/x-executable') {
    if (!isTold) found.push({ reason: 'program' });
  } else if (sniffed === 'text/x-shellscript' && !isTold && extension === '')
    found.push({ reason: 'program' });
  else if (sniffed === 'application/zip') found.push(...dangersOfZip(bytes, extension));
  else if (sniffed === 'application/vnd.rar' && isEncryptedRar(bytes)) found.push({ reason: 'encrypted' });
  else if (sniffed === 'application/x-7z-compressed' && bytes.subarray(-lastBytes).includes(sevenZipAes))
    found.push({ reason: 'encrypted' });
  else if (sniffed === 'application/x-ole-storage' && office.has(extension) && bytes.includes(vbaProject))
    found.push({ reason: 'macros' });
  const expected = Object.hasOwn(endingsOf, sniffed) ? endingsOf[sniffed] : undefined;
  const signs = Object.hasOwn(signedEndings, extension) ? signedEndings[extension] : undefined;
  const isWrong = expected ? !expected.has(extension) : signs !== undefined && !signs.has(sniffed);
  if (
    extension !== '' &&
    bytes.length > 0 &&
    isWrong &&
    !found.some(({ reason }) => reason === 'program' || reason === 'kind')
  )
    found.push({ reason: 'mismatch', extension });
  return found;
}

/** True when the name alone is a reason: for the mark in a list. */
export const isRiskyName = (name: string): boolean => dangersOfName(name).length > 0;
