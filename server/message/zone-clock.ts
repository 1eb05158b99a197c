// What the clocks of a zone show at a moment: for invitations, and for when letters leave or come back. Making a reader of the
// system for a zone takes twenty times as long as using it, so those asked for are kept.
const readers = new Map<string, Intl.DateTimeFormat>();

function readerOf(zone: string | undefined): Intl.DateTimeFormat {
  const known = readers.get(zone ?? '');
  if (known) return known;
  const reader = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    hourCycle: 'h23',
  });
  if (readers.size >= 600) readers.clear();
  readers.set(zone ?? '', reader);
  return reader;
}

/**
 * The clocks of a zone at a moment, as if what they show were UTC; whole seconds, in milliseconds since 1970.
 * @param zone IANA; undefined: the machine's. One that does not exist throws RangeError.
 */
export function wallOf(at: number, zone: string | undefined): number {
  const parts = readerOf(zone).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes): number =>
    Number(parts.find((one) => one.type === type)?.value);
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
}
