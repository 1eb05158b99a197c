// Addresses of the contact pages: which list is shown (all, a group, people written to), what is searched, which page; a
// card keeps them, so that the list beside it stays as it was. Pure.
import { oneValue } from '../shell/paths.ts';

export interface ContactsAddress {
  /** '' for all contacts, `recent`, or the id of a group. */
  readonly list: string;
  readonly search: string;
  readonly after: string;
  readonly before: string;
}

export function readContactsAddress(query: Readonly<Record<string, unknown>>): ContactsAddress {
  const field = (name: string, longest: number): string => oneValue(query[name]).trim().slice(0, longest);
  return {
    list: field('list', 20),
    search: field('q', 200),
    after: field('after', 2000),
    before: field('before', 2000),
  };
}

/** A path with the fields of a list; `changes` replaces some of them. */
export function contactsPath(
  path: string,
  address: ContactsAddress,
  changes: Partial<ContactsAddress> = {},
): string {
  const { list, search, after, before } = { ...address, ...changes };
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries({ list, q: search, after, before }))
    if (value !== '') fields.set(name, value);
  const text = fields.toString();
  return text === '' ? path : `${path}?${text}`;
}

export const noList: ContactsAddress = { list: '', search: '', after: '', before: '' };

/** The form for a new contact, filled with what a message says of somebody. */
export const newContactPath = (name: string, address: string, back = ''): string =>
  `/contacts/new?${new URLSearchParams({ ...(name === '' ? {} : { name }), address, ...(back === '' ? {} : { return: back }) })}`;
