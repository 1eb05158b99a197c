// When and to whom a vacation answers, beside what autorespond knows: from which day to which, only to people in the
// contacts, and which addresses are the owner's. The file `facteur-rules` beside the message, a line a rule, and
// `facteur-contacts`, an address a line. Other programs of the family pass them by. Pure.
//   from 2026-11-24 / until 2026-12-03 / zone Europe/Paris / contacts-only / address alice@example.org
import { lowerAscii } from '../formats/address.ts';

export const RULES_FILE = 'facteur-rules';
export const CONTACTS_FILE = 'facteur-contacts';
/** Bytes of them that are read. */
export const MOST_RULES = 262_144;
export const MOST_CONTACTS = 4 * 1_048_576;

export interface VacationRules {
  /** First and last day, `2026-11-24`, both included, as the clock is in `zone`; undefined: no such end. */
  readonly from: string | undefined;
  readonly until: string | undefined;
  /** IANA name. */
  readonly zone: string;
  readonly contactsOnly: boolean;
  /** The owner's addresses besides the one that a letter came to. */
  readonly addresses: readonly string[];
}

const DAY = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;

/** A day of the calendar? */
export const isDay = (text: string): boolean =>
  DAY.test(text) && new Date(`${text}T00:00:00Z`).toISOString().startsWith(text);

export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Reads the file. Undefined: a line of it has no meaning, and nobody should guess whether to answer. */
export function readVacationRules(text: string): VacationRules | undefined {
  let from: string | undefined;
  let until: string | undefined;
  let zone = 'UTC';
  let contactsOnly = false;
  const addresses: string[] = [];
  for (const line of text.split('\n')) {
    const [word = '', value = '', ...more] = line.trim().split(/\s+/);
    if (word === '' || word.startsWith('#')) continue;
    if (more.length > 0) return undefined;
    if (word === 'from' && isDay(value)) from = value;
    else if (word === 'until' && isDay(value)) until = value;
    else if (word === 'zone' && isZone(value)) zone = value;
    else if (word === 'contacts-only' && value === '') contactsOnly = true;
    else if (word === 'address' && value !== '') addresses.push(value);
    else return undefined;
  }
  return { from, until, zone, contactsOnly, addresses };
}

/** The file, UTF-8. */
export function formatVacationRules({ from, until, zone, contactsOnly, addresses }: VacationRules): string {
  const lines = [
    ...(from === undefined ? [] : [`from ${from}`]),
    ...(until === undefined ? [] : [`until ${until}`]),
    `zone ${zone}`,
    ...(contactsOnly ? ['contacts-only'] : []),
    ...addresses.map((address) => `address ${address}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** Where a vacation stands. */
export type VacationPhase = 'ahead' | 'on' | 'over';

/** @param now milliseconds since 1970 */
export function phaseOf(
  { from, until, zone }: Pick<VacationRules, 'from' | 'until' | 'zone'>,
  now: number,
): VacationPhase {
  const today = dayOf(now, zone);
  if (from !== undefined && today < from) return 'ahead';
  return until !== undefined && today > until ? 'over' : 'on';
}

/** The day that it is in a zone, `2026-11-24`. */
export function dayOf(now: number, zone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(now);
  const get = (type: string): string => parts.find((part) => part.type === type)?.value ?? '';
  return `${get('year')}-${get('month')}-${get('day')}`;
}

/** The list of the contacts' addresses, and whether one is in it; in any case. */
export const formatContacts = (addresses: readonly string[]): string =>
  [...new Set(addresses.filter((one) => !/[\s\p{Cc}]/u.test(one)).map(lowerAscii))]
    .sort()
    .map((one) => `${one}\n`)
    .join('');

export const isContact = (file: string, address: string): boolean =>
  `\n${file}`.includes(`\n${lowerAscii(address)}\n`);
