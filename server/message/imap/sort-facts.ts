// The keys of SORT and THREAD (RFC 5256, RFC 5957) of one message, decoded and folded once when it is parsed.
import type { SortFacts } from '../../mailbox/uid-types.ts';
import type { AddressEntry } from '../addresses.ts';
import { readDate } from '../date.ts';
import { firstField, type HeaderField, readMessageIds } from '../headers.ts';
import { maxReferences } from '../limits.ts';
import { decodeWords } from '../words.ts';
import { readBaseSubject } from './base-subject.ts';
import { foldCase } from './casemap.ts';
import { readAddressField, readEnvelopeAddress } from './envelope.ts';

/** Characters of a name or address that order lists. */
const longestKey = 500;

/** RFC 5256 3: a message identifier is compared without needless quoting of its left side. */
function normaliseId(id: string): string {
  const quoted = /^"((?:[^"\\]|\\.)*)"(@.*)$/.exec(id);
  const plain = quoted?.[1]?.replace(/\\(.)/g, '$1');
  return plain !== undefined && /^[^\s"(),.:;<>@[\\\]]+(\.[^\s"(),.:;<>@[\\\]]+)*$/.test(plain)
    ? `${plain}${quoted?.[2] ?? ''}`
    : id;
}

/** @param charset that of the message's text, for raw 8-bit in the header. */
export function readSortFacts(fields: readonly HeaderField[], charset = ''): SortFacts {
  const decode = (raw: string): string =>
    foldCase(decodeWords(raw, charset).slice(0, longestKey).toWellFormed());
  const first = (name: string): AddressEntry | undefined => readAddressField(fields, name)[0];
  // RFC 5256 3 "sort criteria": the addr-mailbox of the first address; for a group that is its name.
  const mailboxOf = (entry: AddressEntry | undefined): string => {
    if (!entry) return '';
    return decode(entry.kind === 'group' ? entry.phrase : readEnvelopeAddress(entry).mailbox);
  };
  // RFC 5957 3: the name that a client shows, else the address.
  const displayOf = (entry: AddressEntry | undefined): string => {
    if (!entry) return '';
    if (entry.kind === 'group') return decode(entry.phrase);
    const { name, mailbox, host } = readEnvelopeAddress(entry);
    const shown = name === undefined ? '' : decode(name).trim();
    if (shown !== '') return shown;
    return decode(host === '' ? mailbox : `${mailbox}@${host}`);
  };
  const from = first('from');
  const to = first('to');
  const { base, isReply } = readBaseSubject(decodeWords(firstField(fields, 'subject'), charset));
  const references = readMessageIds(firstField(fields, 'references'), maxReferences);
  // RFC 5256 3: without References the first identifier of In-Reply-To is the only one.
  const known =
    references.length > 0 ? references : readMessageIds(firstField(fields, 'in-reply-to'), 1).slice(0, 1);
  return {
    baseSubject: foldCase(base.toWellFormed()),
    isReply,
    from: mailboxOf(from),
    to: mailboxOf(to),
    cc: mailboxOf(first('cc')),
    displayFrom: displayOf(from),
    displayTo: displayOf(to),
    sent: readDate(firstField(fields, 'date')) ?? 0,
    messageId: normaliseId(readMessageIds(firstField(fields, 'message-id'), 1)[0] ?? ''),
    references: known.map(normaliseId),
  };
}
