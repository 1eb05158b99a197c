// What is wanted as the text of a zone file (RFC 1035 5.1), to be copied into a name server or read by its provider. Names
// are absolute, so that it means the same in every zone. Pure.
import type { RecordRow, RecordType } from './types.ts';

/** Seconds: short, for records that are being set up. */
const TTL = 3600;

/** RFC 1035 3.3.14, 5.1: strings of at most 255 bytes in quotes. */
export function quoteText(text: string): string {
  const strings: string[] = [];
  for (let at = 0; at < text.length || at === 0; at += 255) strings.push(text.slice(at, at + 255));
  return strings.map((each) => `"${each.replace(/[\\"]/g, '\\$&')}"`).join(' ');
}

const hostLast: ReadonlySet<RecordType> = new Set(['CNAME', 'MX', 'PTR', 'SRV']);

/** Data with a name of a host at its end gets the final dot. */
function absoluteData(type: RecordType, data: string): string {
  if (type === 'TXT') return quoteText(data);
  return hostLast.has(type) ? `${data.replace(/\.$/, '')}.` : data;
}

/** Lines for all that is wanted; those of other owners (PTR) as comments. */
export function writeZone(rows: readonly Pick<RecordRow, 'name' | 'type' | 'wanted'>[]): string {
  const lines = rows.flatMap(({ name, type, wanted }) =>
    wanted.map((data) => ({ type, text: `${name}. ${TTL} IN ${type} ${absoluteData(type, data)}` })),
  );
  const own = lines.filter(({ type }) => type !== 'PTR').map(({ text }) => text);
  const reverse = lines.filter(({ type }) => type === 'PTR').map(({ text }) => `; ${text}`);
  return [...own, ...reverse, ''].join('\n');
}
