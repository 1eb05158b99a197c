// Contact cards (vCard 2.1, 3.0, 4.0; RFC 6350, RFC 2426) read for showing (webmail.md 3.12): names, addresses, phones and
// the like as plain text, nothing of them followed or loaded. The lines are content-lines.ts'; limits of security.md M6.
// Pure; for the workers. Reading them to keep is card-file.ts.
import {
  type ContentLine,
  parametersOf,
  readContentLines,
  splitValue,
  unescapeText,
} from './content-lines.ts';

const maxCards = 50;
const maxLines = 2_000;
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

const tidy = (text: string): string =>
  text
    .replace(/[ \t]+/g, ' ')
    .trim()
    .slice(0, maxShown);
const joined = (value: string): string =>
  splitValue(value, ';')
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '')
    .join(', ');

const typesOf = (line: ContentLine): readonly string[] => {
  const types = parametersOf(line, 'TYPE').map((type) => type.trim().toLowerCase());
  return [...new Set(types.filter((type) => knownTypes.has(type)))].slice(0, 3);
};

function readField(line: ContentLine): CardField | undefined {
  const { name, value } = line;
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (!kind) return undefined;
  const text =
    kind === 'address' || kind === 'organisation'
      ? joined(value)
      : unescapeText(value.replace(/^(tel|mailto):/i, ''));
  return tidy(text) === '' ? undefined : { kind, value: tidy(text), types: typesOf(line) };
}

/** Reads the cards of a file; empty when there is none. */
export function readCards(file: Buffer): ContactCard[] {
  let lines = 0;
  const cards: ContactCard[] = [];
  let open: { name: string; structured: string; fields: CardField[] } | undefined;
  for (const line of readContentLines(file)) {
    if (++lines > maxLines) break;
    if (line.name === 'BEGIN') open = { name: '', structured: '', fields: [] };
    else if (line.name === 'END') {
      if (open) cards.push({ name: open.name || open.structured, fields: open.fields });
      open = undefined;
      if (cards.length >= maxCards) break;
    } else if (!open) continue;
    else if (line.name === 'FN') open.name ||= tidy(unescapeText(line.value));
    else if (line.name === 'N') {
      // RFC 6350 6.2.2: family; given; additional; before; after
      const [family = '', given = '', more = '', before = '', after = ''] = splitValue(line.value, ';');
      open.structured = tidy([before, given, more, family, after].filter((piece) => piece !== '').join(' '));
    } else {
      const field = readField(line);
      if (field && open.fields.length < 200) open.fields.push(field);
    }
  }
  return cards;
}
