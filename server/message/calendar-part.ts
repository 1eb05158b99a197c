// The invitation that a message carries (RFC 6047): the first part that is a calendar and can be read. Pure; runs in a worker.
import { type Calendar, mostCalendarBytes, readCalendar } from './calendar.ts';
import { partBytes, type ScannedPart, scanStructure } from './structure.ts';
import { decodeTransfer } from './transfer.ts';

export interface FoundCalendar extends Calendar {
  /** Number of its part. */
  readonly part: string;
}

const isCalendar = ({ type, filename }: ScannedPart): boolean =>
  type === 'text/calendar' ||
  type === 'application/ics' ||
  (type !== 'text/plain' && /\.ics$/i.test(filename));

/** Parts that are tried. */
const mostTried = 3;

/** The parts of a message that may be an invitation, the first ones. */
export function listCalendars(root: ScannedPart): readonly ScannedPart[] {
  const found: ScannedPart[] = [];
  const walk = (part: ScannedPart): void => {
    if (found.length >= mostTried) return;
    if (part.parts.length === 0 && isCalendar(part)) found.push(part);
    // What another message carries is that message's invitation.
    else if (!part.type.startsWith('message/')) for (const inner of part.parts) walk(inner);
  };
  walk(root);
  return found;
}

export function findCalendar(message: Buffer): FoundCalendar | undefined {
  for (const part of listCalendars(scanStructure(message).root)) {
    const encoded = partBytes(message, part);
    if (encoded.length > mostCalendarBytes * 4) continue;
    const calendar = readCalendar(Buffer.from(decodeTransfer(encoded, part.encoding)));
    if (calendar) return { ...calendar, part: part.number };
  }
  return undefined;
}
