// Contacts as CSV, both ways. Reading guesses by the names of the columns what each holds, as Google, Outlook, Thunderbird
// and Roundcube name them, and can be told otherwise; it runs in a worker, for files come from strangers: at most as many
// cards as of a vCard file, and a line that names nobody is told. Writing uses Google's names, which others know too. Pure.
import {
  type CardLine,
  longestText,
  mostCards,
  mostLinesOfKind,
  oneLine,
  type ReadCards,
} from './card-file.ts';
import { decodeText } from './charset.ts';
import { findSeparator, plainCell, safeCell, splitCsv } from './csv-records.ts';

/** What a column may hold. */
export const cardFields = [
  'name',
  'given',
  'family',
  'email',
  'phone',
  'organisation',
  'birthday',
  'note',
  'group',
] as const;
export type CardField = (typeof cardFields)[number];

export interface CardColumn {
  /** Its name in the first line; '' when the file names none. */
  readonly head: string;
  /** The first cell that is not empty. */
  readonly example: string;
  /** '' leaves it out; `label` says what kind of address or number another column holds. */
  readonly field: CardField | 'label' | '';
}

export interface ReadCardTable extends ReadCards {
  readonly columns: readonly CardColumn[];
}

const mostColumns = 200;

/** A head without case, accents and signs: `e mail 1 value`. */
const foldHead = (head: string): string =>
  head
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

const guesses: readonly (readonly [CardField | 'label' | '', RegExp])[] = [
  ['label', /^(?:e ?mail|phone) \d+ (?:type|label)$/],
  ['', /\bfax\b|display name of|\btype?$|^e ?mail.* name$/],
  ['email', /\be ?mail\b|\bemail|courriel|correo|posta elettronica|primary address/],
  ['phone', /phone|\btel(?:efon|efono|ephone)?\b|telefon|mobil|handy|\bcell/],
  ['given', /^(?:given|first) name$|^vorname$|^prenom$|^nome$|^nombre$/],
  ['family', /^(?:family|last) name$|^surname$|^nachname$|^nom(?: de famille)?$|^apellidos?$|^cognome$/],
  ['name', /^(?:full |display )?name$|^anzeigename$|^nom complet$/],
  [
    'organisation',
    /^organi[sz]ation(?: 1)?(?: name)?$|^company(?: name)?$|^firma$|^societe$|^empresa$|^azienda$/,
  ],
  ['birthday', /^birthday$|^geburtstag$|^date de naissance$|^anniversaire$|^cumpleanos$|^compleanno$/],
  ['note', /^notes?$|^notizen?$|^remarques?$|^notas$/],
  ['group', /^labels$|^groups?(?: membership)?$|^categories$|^kategorien$|^gruppen?$/],
];

const guessField = (head: string): CardColumn['field'] =>
  guesses.find(([, names]) => names.test(head))?.[0] ?? '';

const labelOfHead = (head: string): string =>
  /mobil|\bcell|handy/.test(head)
    ? 'mobile'
    : /\bhome\b|private?\b|domicile/.test(head)
      ? 'home'
      : /\bwork\b|business|company|dienst/.test(head)
        ? 'work'
        : '';

/** What Google puts between several values of one cell. */
const several = / ::: /;

function decode(file: Buffer): string {
  const mark = file.length >= 2 ? file.readUInt16BE(0) : 0;
  if (mark === 0xfffe) return file.toString('utf16le', 2);
  if (mark === 0xfeff)
    return Buffer.from(file.subarray(2, file.length - (file.length % 2)))
      .swap16()
      .toString('utf16le');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(file);
  } catch {
    return decodeText(file, 'windows-1252').text;
  }
}

const readDay = (cell: string): string => {
  const [, year = '', month = '', day = ''] = /^(\d{4}|-)-(\d\d)-(\d\d)$/.exec(cell) ?? [];
  const time = new Date(Date.UTC(year === '-' ? 2000 : Number(year), Number(month) - 1, Number(day)));
  return month !== '' && time.getUTCMonth() === Number(month) - 1 && time.getUTCDate() === Number(day)
    ? cell
    : '';
};

/**
 * Reads a table.
 * @param fields what the columns hold, in their order; undefined: as guessed. What is no field leaves its column out.
 */
export function readCardTable(file: Buffer, fields?: readonly string[]): ReadCardTable {
  const text = decode(file);
  const records = splitCsv(text, findSeparator(text.replace(/^\ufeff/, '')));
  const first = records[0]?.cells.slice(0, mostColumns) ?? [];
  const hasHead = !first.some((cell) => cell.includes('@'));
  const heads = first.map((cell) => (hasHead ? foldHead(cell) : ''));
  const lines = hasHead ? records.slice(1) : records;
  const guessed = hasHead
    ? heads.map(guessField)
    : first.map((cell, at): CardColumn['field'] => (cell.includes('@') ? 'email' : at === 0 ? 'name' : ''));
  const columns = heads.map((_head, at): CardColumn => {
    const filled = lines.find(({ cells }) => (cells[at] ?? '').trim() !== '');
    const guess = guessed[at] ?? '';
    const told = fields?.[at] ?? guess;
    return {
      head: hasHead ? oneLine(first[at] ?? '', 100) : '',
      example: oneLine(plainCell(filled?.cells[at] ?? ''), 100),
      field: guess === 'label' ? guess : (cardFields.find((field) => field === told) ?? ''),
    };
  });
  const baseOf = (head: string): string => head.replace(/ (?:value|type|label)$/, '');
  /** Where the label of a column's values stands. */
  const labelAt = columns.map(({ field }, at) =>
    field === 'email' || field === 'phone'
      ? heads.findIndex(
          (head, other) => columns[other]?.field === 'label' && baseOf(head) === baseOf(heads[at] ?? ''),
        )
      : -1,
  );
  const cards: ReadCards['cards'][number][] = [];
  const problems: number[] = [];
  let isCut = false;
  for (const { line, cells, isTorn } of lines) {
    if (cards.length + problems.length >= mostCards) {
      isCut = true;
      break;
    }
    const valuesOf = (field: CardField): { readonly value: string; readonly at: number }[] =>
      columns
        .flatMap((column, at) =>
          column.field === field
            ? plainCell(cells[at] ?? '')
                .split(several)
                .map((value) => ({ value: value.trim(), at }))
            : [],
        )
        .filter(({ value }) => value !== '');
    const one = (field: CardField): string => oneLine(valuesOf(field)[0]?.value ?? '');
    const labelled = (field: 'email' | 'phone', most: number): CardLine[] =>
      valuesOf(field)
        .slice(0, mostLinesOfKind)
        .map(({ value, at }) => {
          const place = labelAt[at] ?? -1;
          const word = oneLine(place < 0 ? '' : plainCell(cells[place] ?? ''), 50).replace(/^\* ?/, '');
          const known = /^(?:home|work|mobile|other)$/i.test(word) ? word.toLowerCase() : word;
          return { value: oneLine(value, most), label: known || labelOfHead(heads[at] ?? '') };
        });
    const [given, family] = [one('given'), one('family')];
    const name = one('name') || [given, family].filter((part) => part !== '').join(' ');
    const organisation = one('organisation');
    const [emails, phones] = [labelled('email', 320), labelled('phone', 200)];
    if (isTorn || (name === '' && organisation === '' && emails.length === 0 && phones.length === 0)) {
      problems.push(line);
      continue;
    }
    const groups = valuesOf('group').flatMap(({ value }) => value.split(/[;,]/));
    cards.push({
      name,
      emails,
      phones,
      organisation,
      birthday: readDay(one('birthday')),
      note: valuesOf('note')
        .map(({ value }) => value.replace(/\r\n?/g, '\n'))
        .join('\n')
        .toWellFormed()
        .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
        .slice(0, longestText),
      ...(given === '' && family === '' ? {} : { nameParts: [family, given, '', '', ''] }),
      extra: [],
      // Google marks its own groups with a star.
      groups: [...new Set(groups.map((group) => oneLine(group, 100)))]
        .filter((group) => group !== '' && !group.startsWith('*'))
        .slice(0, 50),
      picture: '',
      line,
    });
  }
  return { cards, problems, isCut, columns };
}

/** A card as a line of the table has it. */
export type TableCard = Omit<ReadCards['cards'][number], 'picture' | 'line' | 'extra'>;

const numbered = (count: number, kind: string): string[] =>
  Array.from({ length: count }, (_, at) => [`${kind} ${at + 1} - Label`, `${kind} ${at + 1} - Value`]).flat();

/** A number that only dials is no formula, and other programs would keep the sign that says so. */
const cellOf = (value: string): string => (/^\+[\d ()./-]+$/.test(value) ? value : safeCell(value));
const lineOf = (cells: readonly string[]): string => `${cells.map(cellOf).join(',')}\r\n`;

/** The first line of a table whose cards have at most so many addresses and numbers. */
export const cardTableHead = (emails: number, phones: number): string =>
  lineOf([
    'Name',
    'First Name',
    'Last Name',
    'Organization Name',
    'Birthday',
    'Notes',
    'Labels',
    ...numbered(emails, 'E-mail'),
    ...numbered(phones, 'Phone'),
  ]);

export function cardTableLine(card: TableCard, emails: number, phones: number): string {
  const [family = '', given = ''] = card.nameParts ?? [];
  const cells = (lines: readonly CardLine[], count: number): string[] =>
    Array.from({ length: count }, (_, at) => [lines[at]?.label ?? '', lines[at]?.value ?? '']).flat();
  return lineOf([
    card.name,
    given,
    family,
    card.organisation,
    card.birthday,
    card.note,
    card.groups.join(' ::: '),
    ...cells(card.emails, emails),
    ...cells(card.phones, phones),
  ]);
}
