// What the contact pages show: the column, the list, the card. Foreign texts are cleaned for one line here and escaped by
// the templates; nothing of a card is ever markup.
import type { Request } from 'express';
import { avatarOf } from '../message/model.ts';
import { cleanLine } from '../shell/foreign.ts';
import type { Formats } from '../shell/formats.ts';
import type { Frame } from '../types.ts';
import type { Translate } from '../words/words.ts';
import { type ContactsAddress, contactsPath, noList } from './address.ts';
import { cardName } from './cards.ts';
import type { Contact, ContactPage, ContactRow, Contacts, Labelled, RecentPerson } from './types.ts';

export const pageSize = 50;

export const contactsFrame = (t: Translate): Frame => ({
  column: 'contacts/column',
  home: '/f/INBOX',
  search: { action: '/contacts', label: t('contacts.search') },
  openColumn: t('contacts.openColumn'),
});

interface ColumnEntry {
  readonly label: string;
  readonly href: string;
  readonly icon: string;
  readonly count: number;
  readonly here: boolean;
}

/** The left column. `here`: '' for all, `recent`, a group's id, or the last part of another page's path. */
export function columnModel(contacts: Contacts, owner: string, here: string | undefined, t: Translate) {
  const entry = (label: string, list: string, icon: string, count: number): ColumnEntry => ({
    label,
    href: contactsPath('/contacts', noList, { list }),
    icon,
    count,
    here: here === list,
  });
  return {
    entries: [
      entry(t('contacts.all'), '', 'contact', contacts.count(owner)),
      entry(t('contacts.recent'), 'recent', 'history', 0),
    ],
    groups: contacts.groups(owner).map(({ id, name, size }) => entry(cleanLine(name), id, 'users', size)),
    newGroupHere: here === ':group',
    transferHere: here === ':transfer',
  };
}

export interface Avatar {
  readonly letters: string;
  readonly tint: number;
  /** '' without a picture. */
  readonly picture: string;
}

export const pictureHref = (id: string, changedAt: number | string): string =>
  `/contacts/${id}/picture?v=${changedAt}`;

const avatar = (name: string, address: string, picture: string): Avatar => ({
  ...avatarOf({ name, address: address || name }),
  picture,
});

const rowModel = (row: ContactRow, address: ContactsAddress, here: string | undefined) => ({
  id: row.id,
  name: cleanLine(row.name),
  under: cleanLine(row.address === row.name ? row.organisation : row.address || row.organisation),
  href: contactsPath(`/contacts/${row.id}`, address),
  here: row.id === here,
  avatar: avatar(row.name, row.address, row.hasPicture ? `/contacts/${row.id}/picture` : ''),
});

export function listModel(page: ContactPage, address: ContactsAddress, here: string | undefined) {
  const at = (changes: Partial<ContactsAddress>): string =>
    contactsPath('/contacts', address, { after: '', before: '', ...changes });
  return {
    rows: page.rows.map((row) => rowModel(row, address, here)),
    total: page.total,
    links: {
      first: page.previous === undefined ? '' : at({}),
      previous: page.previous === undefined ? '' : at({ before: page.previous }),
      next: page.next === undefined ? '' : at({ after: page.next }),
    },
  };
}

export const recentModel = (people: readonly RecentPerson[], formats: Formats, now: number) =>
  people.map(({ name, address, count, lastAt }) => ({
    name: cleanLine(name),
    address: cleanLine(address),
    exact: address,
    count,
    when: formats.short(lastAt, now),
    avatar: avatar(name, address, ''),
  }));

/** A label as people read it: ours in their language, others as they came. */
export function labelWords(label: string, t: Translate): string {
  if (label === 'home' || label === 'work' || label === 'mobile' || label === 'other')
    return t(`contacts.label.${label}`);
  return cleanLine(label, 50);
}

/** `17 May 1980`, `17 May`; as it is when it is no day. */
export function birthdayWords(birthday: string, lang: string): string {
  const found = /^(\d{4}|-)-(\d{2})-(\d{2})$/.exec(birthday);
  if (!found) return cleanLine(birthday, 50);
  const [, year = '', month, day] = found;
  const date = new Date(Date.UTC(2000, Number(month) - 1, Number(day)));
  if (year !== '-') date.setUTCFullYear(Number(year));
  return new Intl.DateTimeFormat(lang === 'en' ? 'en-GB' : lang, {
    timeZone: 'UTC',
    day: 'numeric',
    month: 'long',
    ...(year === '-' ? {} : { year: 'numeric' }),
  }).format(date);
}

/** The search for letters from and to somebody. */
const searchOf = (emails: readonly Labelled[]): string =>
  emails
    .slice(0, 5)
    .flatMap(({ value }) => [`from:${value}`, `to:${value}`])
    .join(' OR ');

export function cardModel(
  contact: Contact,
  contacts: Contacts,
  owner: string,
  address: ContactsAddress,
  words: { readonly t: Translate; readonly lang: string },
) {
  const { t, lang } = words;
  const name = cardName(contact);
  const first = contact.emails[0]?.value ?? '';
  const groups = contacts.groups(owner).filter(({ id }) => contact.groups.includes(id));
  return {
    id: contact.id,
    name: cleanLine(name),
    organisation: contact.organisation === name ? '' : cleanLine(contact.organisation),
    avatar: avatar(name, first, contact.hasPicture ? pictureHref(contact.id, contact.changedAt) : ''),
    emails: contact.emails.map(({ value, label }) => ({
      value: cleanLine(value, 320),
      label: labelWords(label, t),
      href: `/compose?${new URLSearchParams({ to: value })}`,
    })),
    phones: contact.phones.map(({ value, label }) => {
      const number = value.replace(/[^\d+*#,;]/g, '');
      return {
        value: cleanLine(value),
        label: labelWords(label, t),
        href: number === '' ? '' : `tel:${number}`,
      };
    }),
    birthday: contact.birthday === '' ? '' : birthdayWords(contact.birthday, lang),
    note: contact.note,
    groups: groups.map((group) => ({
      name: cleanLine(group.name),
      href: contactsPath('/contacts', noList, { list: group.id }),
    })),
    writeHref: first === '' ? '' : `/compose?${new URLSearchParams({ to: first })}`,
    searchHref: first === '' ? '' : `/search?${new URLSearchParams({ q: searchOf(contact.emails) })}`,
    editHref: contactsPath(`/contacts/${contact.id}/edit`, address),
    exportHref: `/contacts/export?format=vcf&id=${contact.id}`,
    removePath: `/contacts/${contact.id}/remove`,
    backHref: contactsPath('/contacts', address),
  };
}

export const ownerOf = (session: { readonly account: { readonly address: string } }): string =>
  session.account.address;

/** The id of an address when it looks like one of ours. */
export const contactIdOf = (req: Request): string => {
  const { id } = req.params;
  return typeof id === 'string' && /^[A-Za-z0-9_-]{12}$/.test(id) ? id : '';
};
