// Address fields (RFC 5322 3.4) as mail really carries them: groups, routes, comments, quoted pairs, several angle
// addresses, none at all. One pass over characters, no recursion, at most 1,000 addresses. The address shown is the
// one that a reply goes to: text in quotes, comments or encoded words never becomes an address when an angle address
// is there (security.md M5, H6).
import type { Address } from '../mailbox/types.ts';
import { trimBlanks } from './headers.ts';
import { maxAddresses } from './limits.ts';
import { decodeWords } from './words.ts';

/** One entry of an address list as written: a mailbox, or where a group (RFC 5322 3.4) begins and ends. */
export interface AddressEntry {
  readonly kind: 'mailbox' | 'group' | 'end';
  /** Name of a mailbox or group, not decoded; quoted strings without their quotes. */
  readonly phrase: string;
  /** Comments beside it, not decoded. */
  readonly comment: string;
  /** The address that a reply goes to, not decoded; '' when there is none. */
  readonly address: string;
  /** The obsolete route (RFC 5322 4.4) before the address, `@a,@b`; '' when there is none. */
  readonly route: string;
}

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

/** The same for text of one character a byte, where 0xA0 is no blank. */
const squeezeRaw = (raw: string): string => trimBlanks(raw.replace(/[\t-\r ]+/g, ' '));

/** Drops the obsolete route (RFC 5322 4.4: `@a,@b:user@c`) and blanks outside quotes. */
function cleanAngle(raw: string): { address: string; route: string } {
  let text = trimBlanks(raw);
  let route = '';
  if (text.startsWith('@')) {
    const colon = text.indexOf(':');
    if (colon > 0) {
      route = text.slice(0, colon).replace(/[\t-\r ]/g, '');
      text = trimBlanks(text.slice(colon + 1));
    }
  }
  if (/^mailto:/i.test(text)) text = text.slice(7);
  if (text.includes('"')) return { address: text, route };
  // RFC 5322 3.2.2: comments may stand between the atoms.
  return { address: text.replace(/\([^()<>]*\)/g, '').replace(/[\t-\r ]/g, ''), route };
}

/** Raw 8-bit in addresses is UTF-8 (RFC 6532); encoded words are never decoded inside an address. */
function addressText(raw: string): string {
  return decodeWords(raw.replaceAll('=?', '=\u0001?')).slice(0, 1_000);
}

/** Which address and which name an entry means. */
function chooseAddress(entry: Entry): Omit<AddressEntry, 'kind'> {
  const comment = squeezeRaw(entry.comment);
  const phrase = squeezeRaw(entry.phrase);
  if (entry.angle !== undefined) return { phrase, comment, ...cleanAngle(entry.angle) };
  const bare = trimBlanks(entry.bare);
  if (bare === '') return { phrase: '', comment, address: '', route: '' };
  const pieces = squeezeRaw(bare).split(' ');
  // `us er@host` is no address; a single word is one (a local user: root), and so is what holds an @ in one word.
  const quotedLocal = /^"[^"]*"@[^\t-\r "]+$/.test(bare);
  if (quotedLocal) return { phrase: '', comment, address: bare, route: '' };
  if (pieces.length === 1) {
    if (entry.quoted && !bare.includes('@')) return { phrase, comment: '', address: '', route: '' };
    if (bare.startsWith('=?') && !bare.includes('?=@'))
      return { phrase: bare, comment: '', address: '', route: '' };
    return { phrase: '', comment, ...cleanAngle(bare) };
  }
  const candidates = pieces.filter((word) => /^[^\t-\r "<>]+@[^\t-\r "<>@]+$/.test(word));
  if (!entry.quoted && candidates.length === 1) {
    const address = candidates[0]!;
    return { phrase: pieces.filter((word) => word !== address).join(' '), comment, address, route: '' };
  }
  return { phrase, comment: '', address: '', route: '' };
}

/** Reads an address field given unfolded, one character a byte (`charset` for raw 8-bit, see decodeWords). Members of groups are listed without the group. */
export function readAddresses(value: string, charset = ''): Address[] {
  const found: Address[] = [];
  const words = (raw: string): string => squeeze(decodeWords(raw, charset));
  for (const entry of splitAddresses(value)) {
    if (entry.kind !== 'mailbox') continue;
    const address = {
      name: words(entry.phrase) || words(entry.comment),
      address: addressText(entry.address),
    };
    if (address.name !== '' || address.address !== '') found.push(address);
  }
  return found;
}

/** One mailbox as nearly all are written: a name, quoted or not, and an address in angle brackets; or an address alone. */
const plainMailbox =
  /^(?:"([^"\\]*)"[\t-\r ]*|([^"(),:;<>@\\]*))<([^\t-\r "(),:;<>@\\]+@[^\t-\r "(),:;<>@\\]+)>$/;
const plainAddress = /^[^\t-\r "(),:;<>@\\=]+@[^\t-\r "(),:;<>@\\]+$/;

function splitPlain(value: string): AddressEntry | undefined {
  if (plainAddress.test(value))
    return { kind: 'mailbox', phrase: '', comment: '', address: value, route: '' };
  const parts = plainMailbox.exec(value);
  if (!parts) return undefined;
  const phrase = squeezeRaw(parts[1] ?? parts[2] ?? '');
  return { kind: 'mailbox', phrase, comment: '', address: parts[3]!, route: '' };
}

/** Reads the entries of an address field given unfolded, one character a byte; at most 1,000. */
export function splitAddresses(value: string): AddressEntry[] {
  const plain = splitPlain(value);
  if (plain) return [plain];
  const found: AddressEntry[] = [];
  let entry = emptyEntry();
  let at = 0;
  let inGroup = false;
  const push = (): void => {
    const chosen = chooseAddress(entry);
    if (chosen.address !== '' || chosen.phrase !== '' || chosen.comment !== '')
      found.push({ kind: 'mailbox', ...chosen });
    entry = emptyEntry();
  };
  const endGroup = (): void => {
    if (inGroup) found.push({ kind: 'end', phrase: '', comment: '', address: '', route: '' });
    inGroup = false;
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
      if (char === ';') endGroup();
      at++;
    } else if (
      char === ':' &&
      entry.angle === undefined &&
      !/[@]/.test(entry.bare) &&
      !/mailto$/i.test(entry.bare)
    ) {
      // The name of a group (RFC 5322 3.4); groups do not nest.
      endGroup();
      found.push({ kind: 'group', phrase: squeezeRaw(entry.phrase), comment: '', address: '', route: '' });
      inGroup = true;
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
  endGroup();
  return found;
}
