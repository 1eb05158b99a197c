// Types by magic bytes (webmail.md 3.11): what a part or a fetched picture is, whatever its sender says. Only these
// types are ever sent by name; everything else goes out as application/octet-stream.

/** Pictures that a browser may show from us. Never SVG. */
export const pictureTypes: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
]);

/** Pictures that the viewer shows: those, and BMP, which no mail shows by itself. */
export const viewedPictures: ReadonlySet<string> = new Set([...pictureTypes, 'image/bmp']);

/** Types that a browser may get under their own name when a page of ours asks for them. */
const servedTypes: ReadonlySet<string> = new Set([
  ...viewedPictures,
  'audio/mpeg',
  'audio/wav',
  'audio/ogg',
  'video/mp4',
  'video/webm',
]);

/** The type by the first bytes (64 are enough), '' when unknown. */
export function sniffType(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 64)).toString('latin1');
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (head.startsWith('GIF87a') || head.startsWith('GIF89a')) return 'image/gif';
  if (head.startsWith('RIFF') && head.slice(8, 12) === 'WEBP') return 'image/webp';
  if (head.startsWith('RIFF') && head.slice(8, 12) === 'WAVE') return 'audio/wav';
  if (head.slice(4, 8) === 'ftyp') {
    const brands = head.slice(8, 64);
    if (/^avi[fs]/.test(brands) || (/^mif1/.test(brands) && brands.includes('avif'))) return 'image/avif';
    if (/^(hei[cfx]|mif1)/.test(brands)) return 'image/heic';
    return 'video/mp4';
  }
  if (head.startsWith('BM') && bytes.length > 26 && bytes[14] !== undefined && bytes[14] >= 12)
    return 'image/bmp';
  if (head.startsWith('II*\0') || head.startsWith('MM\0*')) return 'image/tiff';
  if (head.startsWith('%PDF-')) return 'application/pdf';
  if (head.startsWith('PK\x03\x04') || head.startsWith('PK\x05\x06')) return 'application/zip';
  if (head.startsWith('\x1f\x8b')) return 'application/gzip';
  if (head.startsWith('Rar!\x1a\x07')) return 'application/vnd.rar';
  if (head.startsWith("7z\xbc\xaf'\x1c")) return 'application/x-7z-compressed';
  if (head.startsWith('MZ')) return 'application/x-msdownload';
  if (head.startsWith('\x7fELF')) return 'application/x-executable';
  if (head.startsWith('#!')) return 'text/x-shellscript';
  if (head.startsWith('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1')) return 'application/x-ole-storage';
  if (head.startsWith('ID3') || head.startsWith('\xff\xfb')) return 'audio/mpeg';
  if (head.startsWith('OggS')) return 'audio/ogg';
  if (head.startsWith('\x1aE\xdf\xa3')) return 'video/webm';
  if (head.startsWith('{\\rtf')) return 'application/rtf';
  const words = head
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
    .toLowerCase();
  if (/^(<!doctype html|<html|<head|<body|<script|<iframe|<h1|<div|<table|<a )/.test(words))
    return 'text/html';
  if (words.startsWith('<svg')) return 'image/svg+xml';
  if (words.startsWith('<?xml')) return 'text/xml';
  return '';
}

/** The Content-Type to send a part with: the sniffed type when it is harmless, else octet-stream (never the sender's word). */
export function servedType(head: Uint8Array): string {
  const sniffed = sniffType(head);
  return servedTypes.has(sniffed) ? sniffed : 'application/octet-stream';
}
