// The fields of the advanced search and the line of the search box say the same (webmail.md Q2): this file writes the line
// from the fields, and reads a line back into them as far as they can hold it; the rest stays among the words. Pure.
import { tokenizeSearch } from '../../mailbox/search.ts';

export const searchFields = [
  'words',
  'phrase',
  'none',
  'from',
  'to',
  'subject',
  'label',
  'in',
  'after',
  'before',
  'larger',
  'is',
  'has',
] as const;
export type SearchField = (typeof searchFields)[number];
export type SearchFields = Readonly<Record<SearchField, string>>;

/** A value that holds a blank stands in quotes; quotes in it cannot be said. */
const quoted = (value: string): string => {
  const plain = value.replaceAll('"', ' ').trim();
  return /\s/.test(plain) ? `"${plain}"` : plain;
};

/** The line of these fields; '' when all are empty. */
export function writeSearch(fields: SearchFields): string {
  const operator = (name: SearchField): string =>
    fields[name].trim() === '' ? '' : `${name}:${quoted(fields[name])}`;
  const phrase = fields.phrase.replaceAll('"', ' ').trim();
  return [
    fields.words.trim(),
    phrase === '' ? '' : `"${phrase}"`,
    ...fields.none
      .split(/\s+/)
      .filter((word) => word !== '')
      .map((word) => `-${word.replace(/^-+/, '')}`),
    ...(['from', 'to', 'subject', 'label', 'in', 'after', 'before', 'is', 'has'] as const).map(operator),
    fields.larger.trim() === '' ? '' : `larger:${fields.larger.trim()}M`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** The fields of a line. */
export function readSearch(line: string): SearchFields {
  const fields = Object.fromEntries(searchFields.map((name) => [name, ''])) as Record<SearchField, string>;
  const words: string[] = [];
  const none: string[] = [];
  for (const { not, operator, value, quoted: isQuoted } of tokenizeSearch(line)) {
    const name = searchFields.find((field) => field === operator);
    const size = operator === 'larger' ? /^(\d+)m$/i.exec(value)?.[1] : undefined;
    if (!not && size !== undefined && fields.larger === '') fields.larger = size;
    else if (!not && name !== undefined && name !== 'larger' && fields[name] === '') fields[name] = value;
    else if (not && operator === '' && !isQuoted) none.push(value);
    else if (!not && operator === '' && isQuoted && fields.phrase === '') fields.phrase = value;
    else {
      const text = isQuoted ? `"${value}"` : value;
      words.push(`${not ? '-' : ''}${operator === '' ? '' : `${operator}:`}${text}`);
    }
  }
  return { ...fields, words: words.join(' '), none: none.join(' ') };
}

const after = /(?:^|\s)after:\S+/i;

/** The line with `after:` a day, or without it when it has one. */
export function toggleAfter(line: string, day: string): { readonly line: string; readonly isOn: boolean } {
  return after.test(line)
    ? { line: line.replace(after, '').trim(), isOn: true }
    : { line: `${line.trim()} after:${day}`.trim(), isOn: false };
}
