// vCard 2.1, 3 (RFC 2426) and 4 (RFC 6350), both ways. Reading runs in a worker, for files come from strangers: at most 5,000
// cards, and what a card says beyond the fields known here is kept as lines, so that writing it loses nothing. A card that
// names nobody is told by its line. Pure.
import {
  type ContentLine,
  escapeText,
  foldLine,
  parameterOf,
  parametersOf,
  readContentLines,
  splitValue,
  unescapeText,
} from './content-lines.ts';

export interface CardLine {
  readonly value: string;
  /** 'home', 'work', 'mobile', '' or a word of its own. */
  readonly label: string;
}

/** What a card says. All texts are foreign: cleaned for one line where shown, and escaped. */
export interface CardFields {
  readonly name: string;
  readonly emails: readonly CardLine[];
  readonly phones: readonly CardLine[];
  readonly organisation: string;
  readonly note: string;
  /** `1980-05-17`, `--05-17` without a year, '' when unknown. */
  readonly birthday: string;
  /** N (family, given, additional, prefix, suffix) as read; undefined: made from the name. */
  readonly nameParts?: readonly string[] | undefined;
  /** Lines that have no field here, unfolded and in UTF-8: they go out again as they came. */
  readonly extra: readonly string[];
}

/** One card of a file. */
export interface ReadCard extends CardFields {
  readonly groups: readonly string[];
  /** Bytes of the picture in base64, '' when none. */
  readonly picture: string;
  /** Where it begins in the file, from 1. */
  readonly line: number;
}

export interface ReadCards {
  readonly cards: readonly ReadCard[];
  /** Lines where a card begins that could not be read. */
  readonly problems: readonly number[];
  /** There are more cards than are read. */
  readonly isCut: boolean;
}

export const mostCards = 5_000;
export const mostLinesOfKind = 20;
export const longestText = 10_000;
const longestExtra = 8_192;
const mostExtra = 32_768;

/** Not kept as further lines: they say nothing of the person, or are made anew. */
const passedOver = new Set(['VERSION', 'PRODID', 'REV', 'BEGIN', 'END', 'CLASS', 'X-ABSHOWAS']);

export function readCardFile(file: Buffer): ReadCards {
  const cards: ReadCard[] = [];
  const problems: number[] = [];
  let lines: ContentLine[] | undefined;
  let depth = 0;
  let begun = 0;
  let isCut = false;
  const finish = (): void => {
    const card = lines && makeCard(lines, begun);
    if (card) cards.push(card);
    else if (lines) problems.push(begun);
    lines = undefined;
  };
  for (const line of readContentLines(file)) {
    const isCard = /^vcard$/i.test(line.value.trim());
    if (line.name === 'BEGIN' && isCard) {
      // A card within a card (2.1's AGENT) belongs to the outer one; one without an end does not hide the next.
      if (lines && depth > 0 && !lines.some(({ name }) => name === 'AGENT')) {
        problems.push(begun);
        lines = undefined;
        depth = 0;
      }
      depth++;
      if (depth > 1) continue;
      if (cards.length + problems.length >= mostCards) {
        isCut = true;
        break;
      }
      lines = [];
      begun = line.line;
    } else if (line.name === 'END' && isCard) {
      depth = Math.max(0, depth - 1);
      if (depth === 0) finish();
    } else if (depth === 1 && lines && lines.length < 1000) lines.push(line);
  }
  if (lines) problems.push(begun);
  return { cards, problems, isCut };
}

export const oneLine = (text: string, most = 200): string =>
  text
    .toWellFormed()
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\s]+/g, ' ')
    .trim()
    .slice(0, most);

function makeCard(lines: readonly ContentLine[], line: number): ReadCard | undefined {
  // Apple's `item1.X-ABLabel:_$!<Work>!$_` names the line of the same group.
  const words = new Map(
    lines
      .filter(({ name, group }) => name === 'X-ABLABEL' && group !== '')
      .map(({ group, value }) => [group, /^_\$!<(.*)>!\$_$/.exec(value)?.[1] ?? unescapeText(value)]),
  );
  const labelOf = (found: ContentLine): string => {
    const word = oneLine(words.get(found.group) ?? '', 50);
    if (word !== '') return /^(?:home|work|mobile|other)$/i.test(word) ? word.toLowerCase() : word;
    const types = parametersOf(found, 'TYPE').map((type) => type.toLowerCase());
    if (types.includes('cell')) return 'mobile';
    return types.find((type) => type === 'home' || type === 'work') ?? '';
  };
  const all = (name: string): readonly ContentLine[] => lines.filter((one) => one.name === name);
  const kind = (name: string, clean: (value: string) => string): CardLine[] =>
    all(name)
      .map((found) => ({ value: clean(unescapeText(found.value)), label: labelOf(found) }))
      .filter(({ value }) => value !== '')
      .slice(0, mostLinesOfKind);
  const emails = kind('EMAIL', (value) => oneLine(value.replace(/^mailto:/i, ''), 320));
  const phones = kind('TEL', (value) => oneLine(value.replace(/^tel:/i, '')));
  const parts = splitValue(all('N')[0]?.value ?? '', ';')
    .slice(0, 5)
    .map((part) => oneLine(part));
  const [family = '', given = '', additional = '', prefix = '', suffix = ''] = parts;
  const written = [prefix, given, additional, family, suffix].filter((part) => part !== '').join(' ');
  const name = oneLine(unescapeText(all('FN')[0]?.value ?? '')) || oneLine(written);
  const organisation = oneLine(
    splitValue(all('ORG')[0]?.value ?? '', ';')
      .filter((part) => part.trim() !== '')
      .join(', '),
  );
  if (name === '' && organisation === '' && emails.length === 0 && phones.length === 0) return undefined;
  const known = new Set(['FN', 'N', 'EMAIL', 'TEL', 'ORG', 'NOTE', 'BDAY', 'PHOTO', 'CATEGORIES']);
  const groups = all('CATEGORIES').flatMap((found) =>
    splitValue(found.value, ',').map((one) => oneLine(one, 100)),
  );
  return {
    name,
    emails,
    phones,
    organisation,
    note: all('NOTE')
      .map((found) => unescapeText(found.value))
      .join('\n')
      .toWellFormed()
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
      .trim()
      .slice(0, longestText),
    birthday: readBirthday(all('BDAY')[0]),
    ...(written === '' ? {} : { nameParts: [family, given, additional, prefix, suffix] }),
    extra: extraOf(
      lines.filter((one) => !known.has(one.name) && !passedOver.has(one.name)),
      words,
    ),
    groups: [...new Set(groups.filter((group) => group !== ''))].slice(0, 50),
    picture: pictureOf(all('PHOTO')[0]),
    line,
  };
}

/** Lines as they can be written again: in UTF-8, without the encodings of 2.1. */
function extraOf(lines: readonly ContentLine[], words: ReadonlyMap<string, string>): readonly string[] {
  const groups = new Set(lines.filter(({ name }) => name !== 'X-ABLABEL').map(({ group }) => group));
  const kept: string[] = [];
  let size = 0;
  for (const { group, name, parameters, value } of lines) {
    // The label of an address or number went into its own field.
    if (name === 'X-ABLABEL' && (!groups.has(group) || !words.has(group))) continue;
    const written = parameters
      .filter(
        ([parameter, said]) => !/^(?:CHARSET|ENCODING)$/.test(parameter) && !/^quoted-printable$/i.test(said),
      )
      .map(
        ([parameter, said]) =>
          `;${parameter}=${/[:;,]/.test(said) && parameter !== 'TYPE' ? `"${said}"` : said}`,
      )
      .join('');
    const line = `${group === '' ? '' : `${group}.`}${name}${written}:${value}`.replace(
      /[\u0000-\u001f\u007f]+/g,
      ' ',
    );
    if (line.length > longestExtra || size + line.length > mostExtra) continue;
    size += line.length;
    kept.push(line.toWellFormed());
  }
  return kept;
}

function readBirthday(found: ContentLine | undefined): string {
  const date = /^(\d{4}|-)-?(\d{2})-?(\d{2})(?:$|T)/.exec(found?.value.trim() ?? '');
  if (!found || !date) return '';
  const [, year = '', month = '', day = ''] = date;
  // Apple writes a year of its own where none is known.
  const isYear = year !== '-' && parameterOf(found, 'X-APPLE-OMIT-YEAR') !== year;
  const time = new Date(Date.UTC(isYear ? Number(year) : 2000, Number(month) - 1, Number(day)));
  if (time.getUTCMonth() !== Number(month) - 1 || time.getUTCDate() !== Number(day)) return '';
  return `${isYear ? year : '-'}-${month}-${day}`;
}

function pictureOf(found: ContentLine | undefined): string {
  if (!found) return '';
  const inline = /^data:image\/[a-z+.-]{1,30};base64,/i.exec(found.value.slice(0, 100));
  const isEncoded =
    /^(?:b|base64)$/i.test(parameterOf(found, 'ENCODING')) ||
    parametersOf(found, 'TYPE').some((type) => /^base64$/i.test(type));
  if (!inline && !isEncoded) return '';
  const base64 = found.value.slice(inline?.[0].length ?? 0).replace(/\s+/g, '');
  return /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? base64 : '';
}

export interface WrittenCard extends Omit<ReadCard, 'picture' | 'line'> {
  readonly picture?: { readonly type: string; readonly bytes: Buffer } | undefined;
}

/** A card of version 3, which every program reads; lines end with CRLF. */
export function writeCard(card: WrittenCard): string {
  const words = card.name.split(' ');
  const parts = card.nameParts ?? [
    words.length > 1 ? (words.at(-1) ?? '') : '',
    words.slice(0, words.length > 1 ? -1 : 1).join(' '),
    '',
    '',
    '',
  ];
  const name = card.name || card.emails[0]?.value || card.organisation || card.phones[0]?.value || '?';
  const lines = [
    'BEGIN:VCARD',
    'VERSION:3.0',
    `FN:${escapeText(name)}`,
    `N:${parts.map(escapeText).join(';')}`,
  ];
  let items = 0;
  const used = new Set(card.extra.map((line) => /^item(\d+)\./i.exec(line)?.[1]));
  const labelled = (property: string, { value, label }: CardLine): void => {
    const written = escapeText(value);
    if (label === 'home' || label === 'work')
      lines.push(`${property};TYPE=${label.toUpperCase()}:${written}`);
    else if (label === 'mobile') lines.push(`${property};TYPE=CELL:${written}`);
    else if (label === '') lines.push(`${property}:${written}`);
    else {
      do items++;
      while (used.has(String(items)));
      lines.push(`item${items}.${property}:${written}`, `item${items}.X-ABLabel:${escapeText(label)}`);
    }
  };
  for (const email of card.emails) labelled('EMAIL', email);
  for (const phone of card.phones) labelled('TEL', phone);
  if (card.organisation !== '') lines.push(`ORG:${escapeText(card.organisation)}`);
  if (card.birthday !== '') lines.push(`BDAY:${card.birthday}`);
  if (card.note !== '') lines.push(`NOTE:${escapeText(card.note)}`);
  if (card.groups.length > 0) lines.push(`CATEGORIES:${card.groups.map(escapeText).join(',')}`);
  if (card.picture)
    lines.push(
      `PHOTO;ENCODING=b;TYPE=${card.picture.type.slice('image/'.length).toUpperCase()}:${card.picture.bytes.toString('base64')}`,
    );
  lines.push(...card.extra, 'END:VCARD');
  return lines.map((line) => foldLine(line.replace(/[\r\n]+/g, ' '))).join('');
}
