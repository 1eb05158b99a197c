// ENVELOPE (RFC 9051 7.5.2): header fields as they stand on the wire, unfolded and not decoded, addresses taken apart.
// The parse is the one that pages and replies use (security.md M5): the first field of a name counts, and the same text
// is an address here and there. NIL: no such field; "": an empty one.
import { type AddressEntry, splitAddresses } from '../addresses.ts';
import { exactValue, findField, type HeaderField } from '../headers.ts';
import { formatNString, formatString } from './strings.ts';

/** A mailbox of an address list, taken apart; one character a byte. */
export interface EnvelopeAddress {
  readonly name: string | undefined;
  readonly mailbox: string;
  readonly host: string;
}

/** The local part without RFC 5322 quoting, as RFC 9051 7.5.2 wants it, and the domain; '' for what is not there. */
function splitAddress(address: string): { mailbox: string; host: string } {
  if (address.startsWith('"')) {
    let mailbox = '';
    let at = 1;
    for (; at < address.length && address[at] !== '"'; at++) {
      if (address[at] === '\\' && at + 1 < address.length) at++;
      mailbox += address[at];
    }
    if (at < address.length) {
      const rest = address.slice(at + 1);
      if (rest === '' || rest.startsWith('@')) return { mailbox, host: rest.slice(1) };
    }
  }
  const sign = address.lastIndexOf('@');
  if (sign < 0) return { mailbox: address, host: '' };
  return { mailbox: address.slice(0, sign), host: address.slice(sign + 1) };
}

/** The parts of an address that ENVELOPE and SORT know. */
export function readEnvelopeAddress(entry: AddressEntry): EnvelopeAddress {
  const name = entry.phrase || entry.comment;
  return { name: name === '' ? undefined : name, ...splitAddress(entry.address) };
}

function formatEntry(entry: AddressEntry): string {
  // RFC 9051 7.5.2: a group begins with its name as mailbox and host NIL, and ends with all NIL.
  if (entry.kind === 'end') return '(NIL NIL NIL NIL)';
  if (entry.kind === 'group') return `(NIL NIL ${formatString(entry.phrase)} NIL)`;
  const { name, mailbox, host } = readEnvelopeAddress(entry);
  const route = entry.route === '' ? 'NIL' : formatString(entry.route);
  return `(${formatNString(name)} ${route} ${formatString(mailbox)} ${formatString(host)})`;
}

/** The entries of the first field of a name. */
export function readAddressField(fields: readonly HeaderField[], name: string): AddressEntry[] {
  const field = findField(fields, name);
  // A comment alone is no mailbox.
  return field
    ? splitAddresses(field.value).filter(
        ({ kind, phrase, address }) => kind !== 'mailbox' || phrase !== '' || address !== '',
      )
    : [];
}

/** ENVELOPE of a message with these header fields, with its parentheses. */
export function formatEnvelope(fields: readonly HeaderField[]): string {
  const text = (name: string): string => {
    const field = findField(fields, name);
    return formatNString(field && exactValue(field));
  };
  const addresses = (name: string): string => {
    // A comment by itself is nobody.
    const entries = readAddressField(fields, name).filter(
      ({ kind, phrase, address }) => kind === 'group' || kind === 'end' || phrase !== '' || address !== '',
    );
    return entries.length === 0 ? 'NIL' : `(${entries.map(formatEntry).join('')})`;
  };
  const from = addresses('from');
  // RFC 9051 7.5.2: Sender and Reply-To that are absent or empty are the From field's.
  const orFrom = (name: string): string => {
    const list = addresses(name);
    return list === 'NIL' ? from : list;
  };
  const lists = [
    from,
    orFrom('sender'),
    orFrom('reply-to'),
    addresses('to'),
    addresses('cc'),
    addresses('bcc'),
  ];
  return `(${text('date')} ${text('subject')} ${lists.join(' ')} ${text('in-reply-to')} ${text('message-id')})`;
}
