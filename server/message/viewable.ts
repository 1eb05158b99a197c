// Which kinds of files can be looked at in a page of ours (webmail.md 3.10): the tables that the list and the viewer
// share. What runs when it is opened is never among them.
import { extensionOf } from './names.ts';
import { viewedPictures } from './sniff.ts';

const set = (words: string): ReadonlySet<string> => new Set(words.split(' '));
export const textEndings = set(
  'txt text log csv tsv md rst json jsonl yaml yml toml ini conf cfg patch diff tex srt vtt ics properties sql ' +
    'c h cc cpp hpp cs java kt go rs rb py pl php ts tsx jsx swift lua r m css scss less asc sig pem crt csr pub key ' +
    'js mjs cjs vbs ps1 bat cmd sh bash zsh reg inf gitignore',
);
export const textTypes = set(
  'application/json application/pgp-keys application/pgp-signature application/sql application/yaml',
);
/** Markup that a browser or a program would run: only to be saved. */
export const markup = set('image/svg+xml text/xml application/xml application/xhtml+xml multipart/related');
export const mailTypes = set('message/rfc822 message/global');
export const cardTypes = set('text/vcard text/x-vcard text/directory');

/** SVG, XML and web archives by their names. */
export const isMarkupName = (extension: string): boolean => /^(svg|xml|xht|xhtml|mht|mhtml)$/.test(extension);

/** Is there something to be seen of a file, as far as its list tells? */
export function isViewable({
  type,
  sniffed,
  name,
}: {
  type: string;
  sniffed: string;
  name: string;
}): boolean {
  const extension = extensionOf(name);
  if (mailTypes.has(type) || extension === 'eml') return true;
  if (markup.has(type) || markup.has(sniffed) || isMarkupName(extension)) return false;
  if (sniffed !== '')
    return viewedPictures.has(sniffed) || /^(application\/pdf$|audio\/|video\/|text\/)/.test(sniffed);
  return type.startsWith('text/') || textTypes.has(type) || textEndings.has(extension) || extension === 'vcf';
}
