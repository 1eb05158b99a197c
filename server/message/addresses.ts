// Address fields (RFC 5322 3.4) as mail really carries them: groups, routes, comments, quoted pairs, several angle
// addresses, none at all. One pass over characters, no recursion, at most 1,000 addresses. The address shown is the
// one that a reply goes to: text in quotes, comments or encoded words never becomes an address when an angle address
// is there (security.md M5, H6).
import type { Address } from '../mailbox/types.ts';
import { maxAddresses } from './limits.ts';
import { decodeWords } from './words.ts';

interface Entry {
  /** Text outside angles and comments; quoted strings without their quotes. */
  phrase: string;
  /** The same with quotes kept, in case it turns out to be a bare address. */
  bare: string;
  comment: string;
  angle: string | undefined;
  quoted: boolean;
}

const emptyEntry = (): Entry => ({ phrase: '', bare: '', comment: '', angle: undefined, quoted: false });

/** One space for each run of blanks. */
const squeeze = (text: string): string => text.replace(/[\s\u00a0]+/g, ' ').trim();

/** Drops the obsolete route (RFC 5322 4.4: `@a,@b:user@c`) and blanks outside quotes. */
function cleanAngle(raw: string): string {
  let text = raw.trim();
  if (text.startsWith('@')) {
    const colon = text.indexOf(':');
    if (colon > 0) text = text.slice(colon + 1).trim();
  }
  if (/^mailto:/i.test(text)) text = text.slice(7);
  if (text.includes('"')) return text;
  // RFC 5322 3.2.2: comments may stand between the atoms.
  return text.replace(/\([^()<>]*\)/g, '').replace(/\s/g, '');
}

/** Raw 8-bit in addresses is UTF-8 (RFC 6532); encoded words are never decoded inside an address. */
function addressText(raw: string): string {
  return decodeWords(raw.replaceAll('=?', '=\u0001?')).slice(0, 1_000);
}

function finishEntry(entry: Entry, charset: string): Address {
  const words = (raw: string): string => decodeWords(raw, charset);
  const comment = squeeze(words(entry.comment));
  if (entry.angle !== undefined) {
    const address = addressText(cleanAngle(entry.angle));
    const name = squeeze(words(entry.phrase)) || comment;
    return { name, address };
  }
  const text = entry.bare.trim();
  if (text === '') return { name: comment, address: '' };
  const pieces = squeeze(text).split(' ');
  // `us er@host` is no address; a single word is one (a local user: root), and so is what holds an @ in one word.
  const quotedLocal = /^"[^"]*"@[^\s"]+$/.test(text);
  if (quotedLocal) return { name: comment, address: addressText(text) };
  if (pieces.length === 1) {
    if (entry.quoted && !text.includes('@')) return { name: squeeze(words(entry.phrase)), address: '' };
    if (text.startsWith('=?') && !text.includes('?=@')) return { name: squeeze(words(text)), address: '' };
    return { name: comment, address: addressText(cleanAngle(text)) };
  }
  const candidates = pieces.filter((word) => /^[^\s"<>]+@[^\s"<>@]+$/.test(word));
  if (!entry.quoted && candidates.length === 1) {
    const address = candidates[0]!;
    const name = squeeze(words(pieces.filter((word) => word !== address).join(' '))) || comment;
    return { name, address: addressText(address) };
  }
  return { name: squeeze(words(entry.phrase)), address: '' };
}

/** Reads an address field given unfolded, one character a byte (`charset` for raw 8-bit, see decodeWords). Members of groups are listed without the group. */
export function readAddresses(value: string, charset = ''): Address[] {
  const found: Address[] = [];
  let entry = emptyEntry();
  let at = 0;
  const push = (): void => {
    const address = finishEntry(entry, charset);
    if (address.address !== '' || address.name !== '') found.push(address);
    entry = emptyEntry();
  };
  // Once there is no closing quote or bracket ahead, it is not searched again: linear for `"""""` and `(((((`.
  let lastClosing = value.lastIndexOf(')');
  while (at < value.length && found.length < maxAddresses) {
    const char = value[at]!;
    if (char === '"') {
      let text = '';
      let end = at + 1;
      while (end < value.length && value[end] !== '"') {
        if (value[end] === '\\' && end + 1 < value.length) end++;
        text += value[end++];
      }
      entry.phrase += text;
      entry.bare += end < value.length ? value.slice(at, end + 1) : text;
      entry.quoted = true;
      at = end + 1;
    } else if (char === '(' && lastClosing > at) {
      let depth = 0;
      let end = at;
      for (; end < value.length; end++) {
        if (value[end] === '\\') end++;
        else if (value[end] === '(') depth++;
        else if (value[end] === ')' && --depth === 0) break;
      }
      if (depth > 0) {
        // Unbalanced: what follows is text again.
        lastClosing = -1;
        continue;
      }
      if (entry.comment.length < 1_000)
        entry.comment += `${entry.comment ? ' ' : ''}${value.slice(at + 1, end)}`;
      entry.phrase += ' ';
      entry.bare += ' ';
      at = end + 1;
    } else if (char === '<') {
      let end = at + 1;
      let inQuotes = false;
      while (end < value.length && (inQuotes || (value[end] !== '>' && value[end] !== '<'))) {
        if (value[end] === '\\' && inQuotes) end++;
        else if (value[end] === '"') inQuotes = !inQuotes;
        end++;
      }
      // RFC 5322 knows one angle address an entry; of several the first counts.
      if (value[end] === '<') at = end;
      else {
        entry.angle ??= value.slice(at + 1, end);
        at = end + 1;
      }
    } else if (char === ',' || char === ';') {
      push();
      at++;
    } else if (
      char === ':' &&
      entry.angle === undefined &&
      !/[@]/.test(entry.bare) &&
      !/mailto$/i.test(entry.bare)
    ) {
      // The name of a group (RFC 5322 3.4) goes, its members stay.
      entry = emptyEntry();
      at++;
    } else {
      let end = at + 1;
      while (end < value.length && !'"(<,;:'.includes(value[end]!)) end++;
      const text = value.slice(at, end);
      entry.phrase += text;
      entry.bare += text;
      at = end;
    }
  }
  if (found.length < maxAddresses) push();
  return found;
}
