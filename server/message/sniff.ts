// Types by magic bytes (webmail.md 3.11): what a part or a fetched picture is, whatever its sender says. Only these
// types are ever sent by name; everything else goes out as application/octet-stream.
import { extensionOf } from './names.ts';

/** Pictures that a browser may show from us. Never SVG. */
export const pictureTypes: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
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

// webmail.md 3.11: asked about before the download.
const dangerous = new Set(
  (
    'exe com scr pif cpl msi msp dll sys bat cmd ps1 psm1 vbs vbe js jse wsf wsh hta jar lnk url scf inf reg chm hlp ' +
    'msc app dmg pkg deb rpm sh desktop iso img vhd vhdx one xll docm xlsm pptm dotm xltm xlam ppam sldm ' +
    'html htm xhtml shtml mht mhtml svg xml'
  ).split(' '),
);

const sameKind: Readonly<Record<string, readonly string[]>> = {
  'image/png': ['png'],
  'image/jpeg': ['jpg', 'jpeg', 'jpe', 'jfif'],
  'image/gif': ['gif'],
  'image/webp': ['webp'],
  'application/pdf': ['pdf'],
  'application/x-msdownload': ['exe', 'dll', 'com', 'scr', 'sys'],
  'application/x-executable': ['so', 'bin', 'out'],
  'text/html': ['html', 'htm'],
  'image/svg+xml': ['svg'],
};

/** Why the reader should be asked before saving this file, in plain words; '' when there is no reason. */
export function warnAbout(name: string, head: Uint8Array): string {
  const extension = extensionOf(name);
  if (dangerous.has(extension)) return `Files of the kind .${extension} can do harm when they are opened.`;
  const sniffed = sniffType(head);
  if (sniffed === 'application/x-msdownload' || sniffed === 'application/x-executable')
    return 'This file is a program.';
  const expected = sameKind[sniffed];
  if (expected && extension !== '' && !expected.includes(extension))
    return `The name ends in .${extension}, but the file is something else.`;
  return '';
}

/** The Content-Type to send a part with: the sniffed type when it is harmless, else octet-stream (never the sender's word). */
export function servedType(head: Uint8Array): string {
  const sniffed = sniffType(head);
  return pictureTypes.has(sniffed) ? sniffed : 'application/octet-stream';
}
