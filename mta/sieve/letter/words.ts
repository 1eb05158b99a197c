// Header text as scripts compare it (RFC 5228 2.7.2): unfolded, its encoded words (RFC 2047) decoded, in Unicode. Linear;
// what is no proper word stays as it is. Charsets as the learning filter knows them.
import { decodeText } from '../../trust/bayes/letter.ts';
import { decodeQuotedPrintable } from './transfer.ts';

/** Words of one field that are decoded; further ones are shown as they are. */
const MOST_WORDS = 2000;

const word = /=\?([\w.+:-]{1,40})(?:\*[\w-]{0,20})?\?([bq])\?([^?\s]{0,4000})\?=/gi;

/** `value`: one character a byte, unfolded. */
export function decodeHeaderText(value: string): string {
  if (!value.includes('=?')) return decodePlain(value);
  let text = '';
  let from = 0;
  let count = 0;
  /** Bytes of neighbours of one charset are joined: senders cut characters between words. */
  let open: { readonly charset: string; readonly pieces: Buffer[] } | undefined;
  const close = (): void => {
    if (open !== undefined) text += decodeText(Buffer.concat(open.pieces), open.charset);
    open = undefined;
  };
  for (const found of value.matchAll(word)) {
    if (++count > MOST_WORDS) break;
    const [whole, name = '', kind = '', coded = ''] = found;
    const between = value.slice(from, found.index);
    const charset = name.toLowerCase();
    // RFC 2047 6.2: white space between two words is none.
    if (open === undefined || /[^ \t]/.test(between)) {
      close();
      text += decodePlain(between);
    } else if (open.charset !== charset || hasState(charset)) close();
    const bytes =
      kind.toLowerCase() === 'b'
        ? Buffer.from(coded, 'base64')
        : decodeQuotedPrintable(Buffer.from(coded.replaceAll('_', ' '), 'latin1'));
    open ??= { charset, pieces: [] };
    open.pieces.push(bytes);
    from = found.index + whole.length;
  }
  close();
  return text + decodePlain(value.slice(from));
}

/** Each word of these begins and ends in ASCII by itself: joined, their escapes would be errors. */
const hasState = (charset: string): boolean => charset.startsWith('iso-2022');

const decodePlain = (value: string): string =>
  /[\x80-\xff]/.test(value) ? decodeText(Buffer.from(value, 'latin1'), '') : value;
