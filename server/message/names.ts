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

/** What kind of file this is, for people. */
export function describeType(type: string, name: string): string {
  const extension = extensionOf(name);
  const known: Readonly<Record<string, string>> = {
    pdf: 'PDF document',
    zip: 'ZIP archive',
    gz: 'Compressed file',
    tgz: 'Compressed archive',
    rar: 'RAR archive',
    '7z': '7-Zip archive',
    doc: 'Word document',
    docx: 'Word document',
    odt: 'Text document',
    xls: 'Excel workbook',
    xlsx: 'Excel workbook',
    ods: 'Spreadsheet',
    csv: 'Table (CSV)',
    ppt: 'PowerPoint presentation',
    pptx: 'PowerPoint presentation',
    ics: 'Calendar entry',
    vcf: 'Contact card',
    eml: 'Mail message',
    html: 'Web page',
    htm: 'Web page',
    svg: 'SVG drawing',
    exe: 'Program',
    asc: 'OpenPGP data',
    p7s: 'S/MIME signature',
    p7m: 'S/MIME message',
    dat: type === 'application/ms-tnef' ? 'Outlook attachment (TNEF)' : 'File',
  };
  if (known[extension]) return known[extension];
  if (type.startsWith('image/')) return `${type.slice(6).replace(/^x-/, '').toUpperCase()} picture`;
  if (type.startsWith('audio/')) return 'Sound';
  if (type.startsWith('video/')) return 'Video';
  if (type.startsWith('message/')) return type === 'message/rfc822' ? 'Mail message' : 'Report';
  if (type.startsWith('text/')) return 'Text';
  return extension === '' ? 'File' : `${extension.toUpperCase()} file`;
}

/** Lower-case extension without the dot, '' when none. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 && name.length - dot <= 12 ? name.slice(dot + 1).toLowerCase() : '';
}
