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

/** What clocks were off UTC in the minutes that were asked for last, by zone and minute. */
const offsets = new Map<string, number>();
const minute = 60_000;
/** From then on clocks are turned at whole minutes everywhere. */
const wholeMinutes = Date.UTC(1973, 0);

/**
 * The clocks of a zone at a moment, as if what they show were UTC; whole seconds, in milliseconds since 1970.
 * @param zone IANA; undefined: the machine's. One that does not exist throws RangeError.
 */
export function wallOf(at: number, zone: string | undefined): number {
  if (!(at >= wholeMinutes)) return readWall(at, zone);
  const second = Math.floor(at / 1000) * 1000;
  const key = `${zone ?? ''} ${Math.floor(at / minute)}`;
  const known = offsets.get(key);
  if (known !== undefined) return second + known;
  const wall = readWall(at, zone);
  if (offsets.size >= 500) offsets.clear();
  offsets.set(key, wall - second);
  return wall;
}

function readWall(at: number, zone: string | undefined): number {
  const parts = readerOf(zone).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes): number =>
    Number(parts.find((one) => one.type === type)?.value);
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
}
