// Messages of the queue as qmHandle looks at them: a few fields of the header, and whether a line matches. Read in parts,
// never held whole; bytes of strangers are shown without control characters.
import { addressToBytes } from '../formats/address-bytes.ts';
import type { QueueEntry, QueueOrders } from '../send/queue-orders.ts';

/** Which messages are meant. */
export type Matcher =
  | { readonly part: 'all' }
  | {
      readonly part: 'sender' | 'recipient' | 'subject' | 'header' | 'body';
      readonly test: (text: string) => boolean;
      /** For people: what was looked for. */
      readonly words: string;
    };

/** Characters of a line that are looked at, and of a header. */
const lineLimit = 1024 * 1024;
const headerLimit = 64 * 1024;

/** Text of strangers for a terminal: bytes outside 32..126 are `?`. */
export const shown = (text: string): string =>
  addressToBytes(text)
    .toString('latin1')
    .replace(/[^ -~]/g, '?');

/** The matcher of an option with its value; a text says what is wrong with it. */
export function parseMatcher(letter: string, value: string): Matcher | string {
  const words = shown(value);
  const plain = (part: 'sender' | 'recipient' | 'subject', test: (text: string) => boolean): Matcher => ({
    part,
    test,
    words: `${words} as ${part}`,
  });
  if (letter === 'f') return plain('sender', (text) => text === value);
  if (letter === 'r') return plain('recipient', (text) => text === value);
  if (letter === 'S') return plain('subject', (text) => text.includes(value));
  let pattern: RegExp;
  try {
    pattern = new RegExp(value, letter === 'h' || letter === 'b' ? 'i' : '');
  } catch {
    return `${words} is no regular expression`;
  }
  const part =
    letter === 'F' ? 'sender' : letter === 't' ? 'recipient' : 'hH'.includes(letter) ? 'header' : 'body';
  return { part, test: (text) => pattern.test(text), words: `${part} matching ${words}` };
}

/** Is this message meant? */
export async function matchMessage(
  orders: QueueOrders,
  entry: QueueEntry,
  matcher: Matcher,
): Promise<boolean> {
  const { part } = matcher;
  if (part === 'all') return true;
  if (part === 'sender') return entry.sender !== undefined && matcher.test(entry.sender);
  if (part === 'recipient') return matchRecipients(orders, entry, matcher.test);
  let isHeader = true;
  for await (const line of linesOf(orders, entry.id)) {
    if (isHeader && line === '') isHeader = false;
    else if (isHeader === (part !== 'body')) {
      const text = part === 'subject' ? /^subject:(.*)$/i.exec(line)?.[1] : line;
      if (text !== undefined && matcher.test(text)) return true;
    }
    if (!isHeader && part !== 'body') return false;
  }
  return false;
}

async function matchRecipients(
  orders: QueueOrders,
  { id, counts, recipients }: QueueEntry,
  test: (text: string) => boolean,
): Promise<boolean> {
  if (recipients.some(({ address }) => test(address))) return true;
  for (let seen = recipients.length; seen < counts.all; ) {
    const more = await orders.show(id, seen);
    if (!more || more.recipients.length === 0) return false;
    if (more.recipients.some(({ address }) => test(address))) return true;
    seen += more.recipients.length;
  }
  return false;
}

/** The fields of the header by their lower-case names, the first of each, on one line. */
export async function readHeader(orders: QueueOrders, id: string): Promise<ReadonlyMap<string, string>> {
  const fields = new Map<string, string>();
  let size = 0;
  for await (const line of linesOf(orders, id)) {
    size += line.length;
    const [, name = '', value = ''] = /^([!-9;-~]+):[ \t]*(.*)$/.exec(line) ?? [];
    if (line === '' || size > headerLimit) break;
    if (name !== '' && !fields.has(name.toLowerCase()))
      fields.set(name.toLowerCase(), value.replace(/[^ -~]/g, '?'));
  }
  return fields;
}

/** Lines as latin1; one that is longer than the limit comes in pieces. */
async function* linesOf(orders: QueueOrders, id: string): AsyncGenerator<string> {
  let rest = '';
  let at = 0;
  for (;;) {
    const part = await orders.read(id, at);
    if (!part || part.length === 0) break;
    at += part.length;
    const lines = (rest + part.toString('latin1')).split('\n');
    rest = lines.pop() as string;
    yield* lines;
    if (rest.length > lineLimit) {
      yield rest;
      rest = '';
    }
  }
  if (rest !== '') yield rest;
}
