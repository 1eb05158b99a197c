// DNS messages of a stub that wants to know what its resolver says of DNSSEC (RFC 1035, 6840 5.7, 6891). Pure: a question
// to bytes, bytes to what they answer. A message that is another question's, another kind's or damaged is no answer at
// all. Aliases are followed within the answer, as a resolver sends them; names come in lower case, without a final dot.
import packet, { type Answer as AnyRecord, type RecordType } from 'dns-packet';
import { lowerAscii } from '../formats/address.ts';

/** RFC 6698 2.1: one TLSA record. */
export interface TlsaRecord {
  readonly usage: number;
  readonly selector: number;
  readonly matching: number;
  readonly bytes: Buffer;
}

/** What is asked for, and what each record gives. */
export interface QuestionValues {
  readonly A: string;
  readonly AAAA: string;
  readonly MX: { readonly exchange: string; readonly preference: number };
  readonly PTR: string;
  readonly TLSA: TlsaRecord;
  /** Its strings joined (RFC 7208 3.3). */
  readonly TXT: string;
}
export type QuestionType = keyof QuestionValues;

export interface DnsQuestion<T extends QuestionType = QuestionType> {
  /** 0 to 65535; what an answer must repeat. */
  readonly id: number;
  readonly name: string;
  readonly type: T;
}

/** What a resolver answered. */
export type DnsReply<T extends QuestionType> =
  /** Too long for UDP. */
  | { readonly kind: 'truncated' }
  /** SERVFAIL (also what a validating resolver says of forged records), REFUSED and the like. */
  | { readonly kind: 'failed' }
  | {
      readonly kind: 'answered';
      readonly exists: boolean;
      readonly values: readonly QuestionValues[T][];
      /** The name that has the values, after its aliases. */
      readonly name: string;
      /** AD: the resolver found all of it signed and true. */
      readonly isSecure: boolean;
    };

/** Bytes of a UDP answer that go through every network (DNS flag day 2020). */
const UDP_BYTES = 1232;
const MOST_VALUES = 500;
const MOST_ALIASES = 16;
const NXDOMAIN = 3;

const plainName = (name: string): string => lowerAscii(name.replace(/\.$/, ''));

/** Can the name be asked for: labels of 1 to 63 bytes, 253 in all (RFC 1035 2.3.4)? */
export function isDnsName(name: string): boolean {
  const plain = name.replace(/\.$/, '');
  return (
    plain.length <= 253 &&
    /^[\x21-\x7e]+$/.test(plain) &&
    plain.split('.').every((label) => label.length > 0 && label.length < 64)
  );
}

/** The bytes of a question for a name of `isDnsName`. AD in it asks for the resolver's word on DNSSEC. */
export function encodeQuestion({ id, name, type }: DnsQuestion): Buffer {
  return packet.encode({
    type: 'query',
    id,
    flags: packet.RECURSION_DESIRED | packet.AUTHENTIC_DATA,
    questions: [{ type, class: 'IN', name: plainName(name) }],
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: UDP_BYTES,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: 0,
        flag_do: false,
        options: [],
      },
    ],
  });
}

const textOf = (data: string | Buffer | readonly (string | Buffer)[]): string =>
  [data]
    .flat()
    .map((part) => (typeof part === 'string' ? part : part.toString('utf8')))
    .join('');

function recordValue(record: AnyRecord): QuestionValues[QuestionType] | undefined {
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return record.data;
    case 'PTR':
      return plainName(record.data);
    case 'MX':
      return { exchange: plainName(record.data.exchange), preference: record.data.preference ?? 0 };
    case 'TXT':
      return textOf(record.data);
    case 'TLSA': {
      const { usage, selector, matchingType, certificate } = record.data;
      return { usage, selector, matching: matchingType, bytes: certificate };
    }
    default:
      return undefined;
  }
}

/** What `bytes` answer to the question; undefined when they are no answer to it. */
export function decodeReply<T extends QuestionType>(
  bytes: Buffer,
  question: DnsQuestion<T>,
): DnsReply<T> | undefined {
  let message: packet.DecodedPacket;
  try {
    message = packet.decode(bytes);
  } catch {
    return undefined;
  }
  const flags = message.flags ?? 0;
  const [asked, ...more] = message.questions ?? [];
  const isOurs =
    message.type === 'response' &&
    message.id === question.id &&
    ((flags >> 11) & 15) === 0 &&
    more.length === 0 &&
    asked !== undefined &&
    asked.type === question.type &&
    plainName(asked.name) === plainName(question.name);
  if (!isOurs) return undefined;
  if (message.flag_tc) return { kind: 'truncated' };
  const code = flags & 15;
  if (code !== 0 && code !== NXDOMAIN) return { kind: 'failed' };
  const records = message.answers ?? [];
  const name = followAliases(records, plainName(question.name));
  if (name === undefined) return { kind: 'failed' };
  const values = records
    .filter((record) => record.type === (question.type as RecordType) && plainName(record.name) === name)
    .slice(0, MOST_VALUES)
    .map(recordValue)
    .filter((value) => value !== undefined) as QuestionValues[T][];
  return { kind: 'answered', exists: code === 0, values, name, isSecure: message.flag_ad };
}

/** RFC 1034 3.6.2. Undefined: they go in a circle. */
function followAliases(records: readonly AnyRecord[], from: string): string | undefined {
  const aliases = new Map<string, string>();
  for (const record of records)
    if (record.type === 'CNAME') aliases.set(plainName(record.name), plainName(record.data));
  let name = from;
  for (let hop = 0; hop <= MOST_ALIASES; hop++) {
    const next = aliases.get(name);
    if (next === undefined) return name;
    name = next;
  }
  return undefined;
}
