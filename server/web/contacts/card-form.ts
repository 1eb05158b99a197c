// The form of a contact: what was typed becomes a card, or faults with their fields; a card becomes what the form shows.
// Addresses and numbers are rows of two fields each, of which empty ones fall away. Pure.
import { parseAddress } from '../compose/recipients.ts';
import { cleanLine } from '../shell/foreign.ts';
import type { Fault } from '../shell/form.ts';
import type { Translate } from '../words/words.ts';
import type { Card, Contact, Labelled } from './types.ts';

/** Words that an address or number can have; others come with imported cards and stay. */
export const labels = ['', 'home', 'work', 'mobile', 'other'] as const;
export const mostLines = 20;
const longestName = 200;
const longestNote = 10_000;

/** What the form's fields hold, as typed. */
export interface CardForm {
  readonly name: string;
  readonly organisation: string;
  readonly note: string;
  readonly day: string;
  readonly month: string;
  readonly year: string;
  readonly emails: readonly Labelled[];
  readonly phones: readonly Labelled[];
  readonly groups: readonly string[];
  readonly newGroup: string;
  readonly seen: string;
  readonly removesPicture: boolean;
}

export const emptyForm: CardForm = {
  name: '',
  organisation: '',
  note: '',
  day: '',
  month: '',
  year: '',
  emails: [],
  phones: [],
  groups: [],
  newGroup: '',
  seen: '',
  removesPicture: false,
};

export function formOfContact(contact: Contact): CardForm {
  const { year = '', month = '', day = '' } = birthdayPattern.exec(contact.birthday)?.groups ?? {};
  return {
    ...emptyForm,
    name: contact.name,
    organisation: contact.organisation,
    note: contact.note,
    emails: contact.emails,
    phones: contact.phones,
    groups: contact.groups,
    year: year === '-' ? '' : year,
    month: month && String(Number(month)),
    day: day && String(Number(day)),
    seen: String(contact.changedAt),
  };
}

type Fields = Readonly<Record<string, readonly string[]>>;

/** Reads the fields of a request, cut at bounds. */
export function readCardForm(fields: Fields): CardForm {
  const one = (name: string, longest: number): string => (fields[name]?.[0] ?? '').slice(0, longest);
  const lines = (name: string): readonly Labelled[] => {
    const words = fields[`${name}-label`] ?? [];
    return (fields[name] ?? [])
      .slice(0, mostLines + 5)
      .map((value, at) => ({ value: value.slice(0, 1000), label: (words[at] ?? '').slice(0, 50) }));
  };
  return {
    name: one('name', 1000),
    organisation: one('organisation', 1000),
    note: one('note', 65_536).replace(/\r\n?/g, '\n'),
    day: one('birthday-day', 4),
    month: one('birthday-month', 4),
    year: one('birthday-year', 10),
    emails: lines('email'),
    phones: lines('phone'),
    groups: (fields.group ?? []).slice(0, 500),
    newGroup: one('new-group', 1000),
    seen: one('seen', 20),
    removesPicture: fields['remove-picture'] !== undefined,
  };
}

const birthdayPattern = /^(?<year>\d{4}|-)-(?<month>\d{2})-(?<day>\d{2})$/;

/** A day of the calendar as a card keeps it; '' for none, undefined for one that there is not. */
export function birthdayOf(day: string, month: string, year: string): string | undefined {
  if ([day, month, year].every((text) => text.trim() === '')) return '';
  const [d, m, y] = [day, month, year].map((text) => Number(text.trim() === '' ? Number.NaN : text));
  const isYear = year.trim() === '' || (Number.isInteger(y) && y! >= 1000 && y! <= 9999);
  // Without a year the day is one of a leap year.
  const date = new Date(Date.UTC(year.trim() === '' ? 2000 : y!, m! - 1, d!));
  if (!isYear || date.getUTCMonth() !== m! - 1 || date.getUTCDate() !== d) return undefined;
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${year.trim() === '' ? '-' : year.trim()}-${two(m!)}-${two(d!)}`;
}

/** The card that a form means. `before`: what it was, for the parts that the form does not show. */
export function cardOfForm(
  form: CardForm,
  before: Card | undefined,
  t: Translate,
): { readonly card: Card; readonly faults: readonly Fault[] } {
  const faults: Fault[] = [];
  const kept = (lines: readonly Labelled[]): { value: string; label: string; at: number }[] =>
    lines
      .map(({ value, label }, at) => ({ value: cleanLine(value, 320), label: cleanLine(label, 50), at }))
      .filter(({ value }) => value !== '');
  const emails = kept(form.emails);
  const phones = kept(form.phones);
  for (const { value, at } of emails)
    if (!parseAddress(value))
      faults.push({ field: `email-${at}`, words: t('contacts.badAddress', { address: value }) });
  for (const [field, lines] of [
    ['email', emails],
    ['phone', phones],
  ] as const)
    if (lines.length > mostLines)
      faults.push({ field: `${field}-0`, words: t('contacts.tooMany', { n: mostLines }) });
  const name = cleanLine(form.name, longestName);
  const organisation = cleanLine(form.organisation, longestName);
  const birthday = birthdayOf(form.day, form.month, form.year);
  if (birthday === undefined) faults.push({ field: 'birthday-day', words: t('contacts.badBirthday') });
  if (form.note.length > longestNote)
    faults.push({ field: 'note', words: t('contacts.longNote', { n: longestNote }) });
  if (name === '' && organisation === '' && emails.length === 0 && phones.length === 0)
    faults.push({ field: 'name', words: t('contacts.empty') });
  const lines = (all: typeof emails): readonly Labelled[] =>
    all.map(({ value, label }) => ({ value, label }));
  return {
    card: {
      name,
      organisation,
      emails: lines(emails),
      phones: lines(phones),
      note: form.note.trim().toWellFormed().slice(0, longestNote),
      birthday: birthday ?? '',
      // Parts of another name would say something else than the name.
      ...(before?.nameParts && before.name === name ? { nameParts: before.nameParts } : {}),
      extra: before?.extra ?? [],
    },
    faults,
  };
}
