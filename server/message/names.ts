// File names from strangers made safe to show and to save (webmail.md 3.11): no path, no control or bidi character, no
// name that a system treats specially, at most 150 bytes. Names for parts that have none, and what a type is in words.
import { cleanText } from './charset.ts';

const maxNameBytes = 150;

// Bidirectional controls, line and paragraph separators, zero-width and other invisible characters.
const hidden = /[\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;
const reserved = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;

/** Cuts in the middle of a name so that its extension stays, by bytes of UTF-8. */
function cutName(name: string): string {
  if (Buffer.byteLength(name) <= maxNameBytes) return name;
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && name.length - dot <= 12 ? name.slice(dot) : '';
  let stem = extension === '' ? name.slice(0, maxNameBytes) : name.slice(0, Math.min(dot, maxNameBytes));
  const room = maxNameBytes - Buffer.byteLength(extension);
  while (Buffer.byteLength(stem) > room) stem = stem.slice(0, -1);
  return stem.toWellFormed().replace(/\ufffd$/, '') + extension;
}

/** The last component of a foreign name, safe on all systems; '' when nothing is left. */
export function cleanName(raw: string): string {
  let name = cleanText(raw)
    .replace(hidden, '')
    .replace(/[\t\r\n]/g, ' ');
  const slash = Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\'));
  if (slash >= 0) name = name.slice(slash + 1);
  name = name.replace(/["<>|?*:]/g, '_').trim();
  while (name.startsWith('.')) name = name.slice(1);
  while (name.endsWith('.') || name.endsWith(' ')) name = name.slice(0, -1);
  if (reserved.test(name)) name = `_${name}`;
  return cutName(name);
}

const extensions: Readonly<Record<string, string>> = {
  'text/plain': 'txt',
  'text/html': 'html',
  'text/calendar': 'ics',
  'text/vcard': 'vcf',
  'text/x-vcard': 'vcf',
  'text/csv': 'csv',
  'text/rtf': 'rtf',
  'text/x-amp-html': 'html',
  'text/rfc822-headers': 'txt',
  'message/rfc822': 'eml',
  'message/global': 'eml',
  'message/delivery-status': 'txt',
  'message/disposition-notification': 'txt',
  'message/feedback-report': 'txt',
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'image/avif': 'avif',
  'image/bmp': 'bmp',
  'image/tiff': 'tif',
  'image/svg+xml': 'svg',
  'application/pdf': 'pdf',
  'application/zip': 'zip',
  'application/gzip': 'gz',
  'application/json': 'json',
  'application/xml': 'xml',
  'application/rtf': 'rtf',
  'application/msword': 'doc',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.ms-powerpoint': 'ppt',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'pptx',
  'application/vnd.oasis.opendocument.text': 'odt',
  'application/vnd.oasis.opendocument.spreadsheet': 'ods',
  'application/ms-tnef': 'dat',
  'application/pgp-signature': 'asc',
  'application/pgp-encrypted': 'asc',
  'application/pgp-keys': 'asc',
  'application/pkcs7-mime': 'p7m',
  'application/x-pkcs7-mime': 'p7m',
  'application/pkcs7-signature': 'p7s',
  'application/x-pkcs7-signature': 'p7s',
  'audio/mpeg': 'mp3',
  'audio/wav': 'wav',
  'audio/ogg': 'ogg',
  'video/mp4': 'mp4',
  'video/quicktime': 'mov',
  'video/webm': 'webm',
};

/** A name for a part that has none: `part-2.pdf`. Never empty. */
export function nameUnnamed(type: string, number: string): string {
  return `part-${number.replace(/[^0-9.]/g, '') || '1'}.${extensions[type] ?? 'bin'}`;
}

/** Names made unique in order, as zips and lists need them: `a.txt`, `a (2).txt`. */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  const next = new Map<string, number>();
  return names.map((name) => {
    const key = name.toLowerCase();
    let unique = name;
    const dot = name.lastIndexOf('.');
    const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
    for (let n = next.get(key) ?? 2; taken.has(unique.toLowerCase()); n++) {
      unique = `${stem} (${n})${extension}`;
      next.set(key, n + 1);
    }
    taken.add(unique.toLowerCase());
    return unique;
  });
}

/** RFC 6266: `attachment` or `inline` with an ASCII name and the real one in UTF-8. No CR, LF or quote can appear. */
export function contentDisposition(kind: 'attachment' | 'inline', name: string): string {
  const safeName = cleanName(name) || 'attachment';
  const ascii =
    safeName
      .normalize('NFKD')
      .replace(/[^\x20-\x7e]/g, '')
      .replace(/["\\%]/g, '_')
      .trim() || 'attachment';
  const encoded = encodeURIComponent(safeName.toWellFormed()).replace(
    /['()*!]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

/** What kinds of files people tell apart; the words are the page's (`file.kind.*`). */
export type FileKind =
  | 'picture'
  | 'pdf'
  | 'archive'
  | 'compressed'
  | 'word'
  | 'text'
  | 'odt'
  | 'excel'
  | 'spreadsheet'
  | 'table'
  | 'slides'
  | 'calendar'
  | 'card'
  | 'mail'
  | 'report'
  | 'page'
  | 'drawing'
  | 'program'
  | 'openpgp'
  | 'signature'
  | 'smime'
  | 'tnef'
  | 'sound'
  | 'film'
  | 'named'
  | 'file';

const kinds: Readonly<Record<string, FileKind>> = {
  pdf: 'pdf',
  zip: 'archive',
  rar: 'archive',
  '7z': 'archive',
  tgz: 'archive',
  tar: 'archive',
  gz: 'compressed',
  doc: 'word',
  docx: 'word',
  odt: 'odt',
  xls: 'excel',
  xlsx: 'excel',
  ods: 'spreadsheet',
  csv: 'table',
  ppt: 'slides',
  pptx: 'slides',
  ics: 'calendar',
  vcf: 'card',
  eml: 'mail',
  html: 'page',
  htm: 'page',
  svg: 'drawing',
  exe: 'program',
  asc: 'openpgp',
  p7s: 'signature',
  p7m: 'smime',
};

/** What kind of file this is, by its name, else its type. `type`: what the words name, upper case where they want it. */
export function fileKind(type: string, name: string): { readonly kind: FileKind; readonly type: string } {
  const extension = extensionOf(name);
  if (type === 'application/ms-tnef') return { kind: 'tnef', type: '' };
  const known = Object.hasOwn(kinds, extension) ? kinds[extension] : undefined;
  if (known) return { kind: known, type: extension };
  if (type.startsWith('image/'))
    return { kind: 'picture', type: type.slice(6).replace(/^x-/, '').slice(0, 12).toUpperCase() };
  if (type.startsWith('audio/')) return { kind: 'sound', type: '' };
  if (type.startsWith('video/')) return { kind: 'film', type: '' };
  if (type.startsWith('message/')) return { kind: type === 'message/rfc822' ? 'mail' : 'report', type: '' };
  if (type.startsWith('text/')) return { kind: 'text', type: '' };
  return extension === '' ? { kind: 'file', type: '' } : { kind: 'named', type: extension.toUpperCase() };
}

/** Lower-case extension without the dot, '' when none. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 && name.length - dot <= 12 ? name.slice(dot + 1).toLowerCase() : '';
}
