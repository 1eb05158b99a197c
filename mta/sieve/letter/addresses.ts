// Addresses of a field and their parts (RFC 5228 5.1 and 2.7.4, RFC 5233): groups, comments, routes and names are left out.

import { isSafeAddress, quoteAddress } from '../../formats/address.ts';
import { type Token, tokenize } from '../../inject/header/tokens.ts';
import { decodeText } from '../../trust/bayes/letter.ts';

export type AddressPart = 'all' | 'localpart' | 'domain' | 'user' | 'detail';

/** Longer fields are lists that nobody filters by. */
const MOST_LENGTH = 65_536;

/** Unquoted, in Unicode. */
interface Address {
  readonly local: string;
  readonly domain: string;
}

/** What an address field holds. */
export interface AddressField {
  /** Those that have the form of one, in their order. */
  readonly addresses: readonly Address[];
  /** The value as it stands. */
  readonly text: string;
  /** There was nothing else. */
  readonly isTidy: boolean;
}

/** Reads a field's value (one character a byte). */
export function readAddressField(value: string): AddressField {
  const isLong = value.length > MOST_LENGTH;
  const cut = isLong ? value.slice(0, Math.max(0, value.lastIndexOf(',', MOST_LENGTH))) : value;
  const tokens = tokenize(cut)?.filter(({ kind }) => kind !== 'comment');
  const reader = new AddressReader(tokens ?? []);
  reader.readList();
  return {
    addresses: reader.addresses,
    text: toUnicode(value.trim()),
    isTidy: tokens !== undefined && !isLong && reader.isTidy,
  };
}

const toUnicode = (text: string): string =>
  /[\x80-\xff]/.test(text) ? decodeText(Buffer.from(text, 'latin1'), '') : text;

/**
 * RFC 5322 3.4 from left to right, its obsolete forms too, as other Sieves read it: what has no form is passed over up to
 * the next comma; what stands behind an address where a comma should be ends the list.
 */
class AddressReader {
  readonly addresses: Address[] = [];
  isTidy = true;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  #kind(): Token['kind'] | undefined {
    return this.#tokens[this.#at]?.kind;
  }

  /** address-list. */
  readList(): void {
    this.#skipCommas();
    while (this.#kind() !== undefined) {
      if (!this.#readGroup()) this.#readMailbox();
      if (this.#kind() === undefined) return;
      if (this.#kind() !== ',') {
        this.isTidy = false;
        return;
      }
      this.#skipCommas();
    }
  }

  #skipCommas(): void {
    while (this.#kind() === ',') this.#at++;
  }

  #skipPhrase(): void {
    while (this.#kind() === 'atom' || this.#kind() === 'quote' || this.#kind() === '.') this.#at++;
  }

  /** `name: a@b, c@d;` */
  #readGroup(): boolean {
    const start = this.#at;
    this.#skipPhrase();
    if (this.#kind() !== ':') {
      this.#at = start;
      return false;
    }
    this.#at++;
    this.#skipCommas();
    while (this.#kind() !== ';' && this.#kind() !== undefined) {
      this.#readMailbox();
      if (this.#kind() !== ',') break;
      this.#skipCommas();
    }
    if (this.#kind() === ';') this.#at++;
    else this.isTidy = false;
    return true;
  }

  #readMailbox(): void {
    const start = this.#at;
    this.#skipPhrase();
    if (this.#kind() === '<') this.#readAngle();
    else {
      this.#at = start;
      this.#readSpec();
      // `a@b <c@d>`: people and programs put an address before the address, without quotes. RFC 5322 has no such name.
      if (this.#kind() !== '<' || !this.#isClosed()) return;
      this.isTidy = false;
      this.addresses.pop();
      this.#readAngle();
    }
  }

  /** `<a@b>` and nothing else is behind here, up to the comma. */
  #isClosed(): boolean {
    let at = this.#at;
    while (this.#tokens[at] !== undefined && this.#tokens[at]!.kind !== '>') at++;
    const next = this.#tokens[at + 1]?.kind;
    return this.#tokens[at] !== undefined && (next === undefined || next === ',');
  }

  #readAngle(): void {
    this.#at++;
    // RFC 5322 4.4: `<@a,@b:user@c>` is a route to user@c.
    if (this.#kind() === '@') {
      while (this.#kind() === '@' || this.#kind() === ',' || this.#kind() === 'atom' || this.#kind() === '.')
        this.#at++;
      if (this.#kind() === ':') this.#at++;
    }
    const before = this.addresses.length;
    this.#readSpec();
    if (this.#kind() === '>') {
      this.#at++;
      return;
    }
    this.isTidy = false;
    this.addresses.length = before;
  }

  /** addr-spec. */
  #readSpec(): void {
    const local = this.#readLocal();
    if (this.#kind() !== '@') {
      this.isTidy = false;
      // `John Doe` is a name.
      this.#skipPhrase();
      return;
    }
    this.#at++;
    const domain = this.#readDomain();
    if (local === '' || domain === '') this.isTidy = false;
    else this.addresses.push({ local: toUnicode(local), domain: toUnicode(domain) });
  }

  /** One quoted text, or atoms with dots: more dots than RFC 5322 has, since there are such addresses. */
  #readLocal(): string {
    if (this.#kind() === 'quote') return this.#tokens[this.#at++]!.text;
    let local = '';
    let wantsAtom = true;
    for (; this.#kind() === '.' || (this.#kind() === 'atom' && wantsAtom); this.#at++) {
      wantsAtom = this.#kind() === '.';
      local += this.#tokens[this.#at]!.text;
    }
    return local;
  }

  /** Atoms with a dot between two, or a literal. */
  #readDomain(): string {
    if (this.#kind() === 'literal') return `[${this.#tokens[this.#at++]!.text}]`;
    let domain = '';
    while (this.#kind() === 'atom') {
      domain += this.#tokens[this.#at++]!.text;
      if (this.#kind() !== '.') return domain;
      domain += '.';
      this.#at++;
    }
    return '';
  }
}

/**
 * What the parts of a field's addresses come to (RFC 5228 2.7.4): where no address has the form of one, :all is the whole
 * value and the others match nothing; an empty value is the empty string for each.
 */
export function* partsOfField(field: AddressField, part: AddressPart, separators: string): Generator<string> {
  const { addresses, text } = field;
  if (addresses.length === 0) {
    if (part === 'all' || text === '') yield text;
    return;
  }
  for (const address of addresses) {
    const value = part === 'all' ? writeAddress(address) : partOf(address, part, separators);
    if (value !== undefined) yield value;
  }
}

/** As it stands in a header: quoted where it must be. */
const writeAddress = ({ local, domain }: Address): string =>
  // RFC 6532 3.2: other letters are letters of atoms.
  /^[^\x00-\x20"(),:;<>@[\\\]]+$/.test(local) && !/[.]{2}|^[.]|[.]$/.test(local)
    ? `${local}@${domain}`
    : quoteAddress(`${local}@${domain}`);

/** The part of an address of the envelope; undefined: it has none. */
export function partOfEnvelope(address: string, part: AddressPart, separators: string): string | undefined {
  if (part === 'all') return address;
  const at = address.lastIndexOf('@');
  // A name alone has no domain.
  if (at < 0) return part === 'domain' ? undefined : partOf({ local: address, domain: '' }, part, separators);
  return partOf({ local: address.slice(0, at), domain: address.slice(at + 1) }, part, separators);
}

/** Undefined: it has none (RFC 5233 4: no :detail without a separator). */
function partOf(
  { local, domain }: Address,
  part: Exclude<AddressPart, 'all'>,
  separators: string,
): string | undefined {
  if (part === 'localpart') return local;
  if (part === 'domain') return domain;
  const letters = [...local];
  const at = letters.findIndex((character) => separators.includes(character));
  if (part === 'user') return at < 0 ? local : letters.slice(0, at).join('');
  return at < 0 ? undefined : letters.slice(at + 1).join('');
}

/** Addresses of a text of a script, which is to hold nothing else; undefined: it does. */
function readTidy(text: string): readonly string[] | undefined {
  const { addresses, isTidy } = readAddressField(Buffer.from(text, 'utf8').toString('latin1'));
  if (!isTidy || addresses.length === 0) return undefined;
  const whole = addresses.map(({ local, domain }) => `${local}@${domain}`);
  return whole.every(isSendable) ? whole : undefined;
}

/** One address as redirect, :from and :addresses have it; undefined: it is none, or more than one. */
export function readOneAddress(text: string): string | undefined {
  const addresses = readTidy(text);
  return addresses?.length === 1 ? addresses[0] : undefined;
}

/** Addresses with commas between them; undefined: there is something else. */
export const readPlainAddresses = (text: string): readonly string[] | undefined => readTidy(text);

/** May mail be sent to it: nothing that an envelope cannot hold. */
const isSendable = (address: string): boolean =>
  !/\s/.test(address.slice(address.lastIndexOf('@') + 1)) && isSafeAddress(address);
