// Contact cards (vCard 2.1, 3.0, 4.0; RFC 6350, RFC 2426) read for showing (webmail.md 3.12): names, addresses, phones and
// the like as plain text, nothing of them followed or loaded. Unfolds, reads groups and parameters, undoes escapes,
// quoted-printable of 2.1. Limits of security.md M6. Pure; for the workers.
import { decodeText } from './charset.ts';
import { decodeQuotedPrintable } from './transfer.ts';

const maxCards = 50;
const maxLines = 2_000;
const maxLine = 64 * 1024;
const maxShown = 1_000;

export interface CardField {
  readonly kind: 'organisation' | 'title' | 'email' | 'phone' | 'address' | 'url' | 'birthday' | 'note';
  readonly value: string;
  /** `home`, `work`, `cell` and their like, lower case; at most three. */
  readonly types: readonly string[];
}

export interface ContactCard {
  readonly name: string;
  readonly fields: readonly CardField[];
}

const kinds: Readonly<Record<string, CardField['kind']>> = {
  ORG: 'organisation',
  TITLE: 'title',
  ROLE: 'title',
  EMAIL: 'email',
  TEL: 'phone',
  ADR: 'address',
  URL: 'url',
  BDAY: 'birthday',
  NOTE: 'note',
};
const knownTypes = new Set(['home', 'work', 'cell', 'fax', 'pager', 'voice', 'main', 'other']);

/** RFC 6350 3.2: a line that begins with a blank goes on; quoted-printable of 2.1 goes on after `=`. */
function unfold(text: string): string[] {
  const lines: string[] = [];
  let isSoft = false;
  for (const line of text.split(/\r?\n|\r/)) {
    const last = lines.length - 1;
    if (isSoft && last >= 0 && lines[last]!.length < maxLine) lines[last] = lines[last]!.slice(0, -1) + line;
    else if (/^[ \t]/.test(line) && last >= 0) {
      if (lines[last]!.length < maxLine) lines[last] += line.slice(1);
    } else if (lines.length >= maxLines) break;
    else lines.push(line);
    const now = lines.at(-1)!;
    if (now.length > maxLine) lines[lines.length - 1] = now.slice(0, maxLine);
    isSoft = now.endsWith('=') && /^[^:]{0,200}QUOTED-PRINTABLE[^:]{0,200}:/i.test(now.slice(0, 500));
  }
  return lines;
}

/** Splits at a sign that no backslash stands before, and undoes the escapes. */
function splitEscaped(value: string, sign: string): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (let at = 0; at < value.length; at++) {
    const character = value[at]!;
    if (character === '\\' && at + 1 < value.length) {
      const next = value[++at]!;
      piece += next === 'n' || next === 'N' ? '\n' : next;
    } else if (character === sign) {
      pieces.push(piece);
      piece = '';
    } else piece += character;
  }
  pieces.push(piece);
  return pieces;
}

interface Line {
  readonly name: string;
  readonly types: readonly string[];
  readonly value: string;
}

function readLine(line: string): Line | undefined {
  const colon = /^(?:[^:"]|"[^"]*")*:/.exec(line)?.[0].length ?? 0;
  if (colon < 2) return undefined;
  const [head = '', ...parameters] = line.slice(0, colon - 1).split(';');
  const name = head
    .slice(head.lastIndexOf('.') + 1)
    .trim()
    .toUpperCase();
  const types = parameters
    .flatMap((parameter) => {
      const at = parameter.indexOf('=');
      if (at >= 0 && !/^type$/i.test(parameter.slice(0, at).trim())) return [];
      return parameter
        .slice(at + 1)
        .replace(/"/g, '')
        .split(',');
    })
    .map((type) => type.trim().toLowerCase())
    .filter((type) => knownTypes.has(type));
  let value = line.slice(colon);
  if (parameters.some((parameter) => /^(ENCODING=)?QUOTED-PRINTABLE$/i.test(parameter.trim()))) {
    const charset = parameters.find((parameter) => /^CHARSET=/i.test(parameter))?.slice(8) ?? 'utf-8';
    value = decodeText(decodeQuotedPrintable(Buffer.from(value, 'latin1')), charset).text;
  }
  return { name, types: [...new Set(types)].slice(0, 3), value };
}

const tidy = (text: string): string =>
  text
    .replace(/[ \t]+/g, ' ')
    .trim()
    .slice(0, maxShown);
const joined = (value: string, sign: string, by: string): string =>
  splitEscaped(value, sign)
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '')
    .join(by);

function readField({ name, types, value }: Line): CardField | undefined {
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (!kind) return undefined;
  const text =
    kind === 'address' || kind === 'organisation'
      ? joined(value, ';', ', ')
      : splitEscaped(value.replace(/^(tel|mailto):/i, ''), '\0').join('');
  return tidy(text) === '' ? undefined : { kind, value: tidy(text), types };
}

/** Reads the cards of a file; empty when there is none. */
export function readCards(text: string): ContactCard[] {
  const cards: ContactCard[] = [];
  let open: { name: string; structured: string; fields: CardField[] } | undefined;
  for (const raw of unfold(text)) {
    const line = readLine(raw);
    if (!line) continue;
    if (line.name === 'BEGIN') open = { name: '', structured: '', fields: [] };
    else if (line.name === 'END') {
      if (open) cards.push({ name: open.name || open.structured, fields: open.fields });
      open = undefined;
      if (cards.length >= maxCards) break;
    } else if (!open) continue;
    else if (line.name === 'FN') open.name ||= tidy(joined(line.value, '\0', ''));
    else if (line.name === 'N') {
      // RFC 6350 6.2.2: family; given; additional; before; after
      const [family = '', given = '', more = '', before = '', after = ''] = splitEscaped(line.value, ';');
      open.structured = tidy([before, given, more, family, after].filter((piece) => piece !== '').join(' '));
    } else {
      const field = readField(line);
      if (field && open.fields.length < 200) open.fields.push(field);
    }
  }
  return cards;
}
