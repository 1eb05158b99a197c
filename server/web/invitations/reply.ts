// The answer to an invitation (iTIP REPLY, RFC 5546 3.2.3): the event by its UID, and what one attendee says. Times are
// written in UTC, so that no zone has to travel with them. Every text is escaped, so none becomes a line. Pure.
import type { CalendarEvent, CalendarTime } from '../../message/calendar.ts';
import { escapeText, foldLine } from '../../message/content-lines.ts';

export const replyStatus = { accepted: 'ACCEPTED', tentative: 'TENTATIVE', declined: 'DECLINED' } as const;
export type InvitationAnswer = keyof typeof replyStatus;

export const isAnswer = (text: string): text is InvitationAnswer => Object.hasOwn(replyStatus, text);

const stamp = (at: number): string => new Date(at).toISOString().replace(/[-:]|\.\d{3}/g, '');

function timeLine(name: string, time: CalendarTime): string {
  const text = stamp(time.at);
  if (time.kind === 'day') return `${name};VALUE=DATE:${text.slice(0, 8)}`;
  return `${name}:${time.kind === 'floating' ? text.slice(0, -1) : text}`;
}

/** RFC 5545 3.2: a parameter has no quotes, and no controls. */
const parameter = (text: string): string => `"${text.replace(/["\u0000-\u001f\u007f]+/g, ' ').trim()}"`;

/** @param now milliseconds since 1970 */
export function writeReply(
  event: CalendarEvent,
  answer: InvitationAnswer,
  who: { readonly name: string; readonly address: string },
  now: number,
): string {
  const name = who.name === '' ? '' : `;CN=${parameter(who.name)}`;
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Facteur//Webmail//EN',
    'METHOD:REPLY',
    'BEGIN:VEVENT',
    `UID:${escapeText(event.uid)}`,
    `DTSTAMP:${stamp(now)}`,
    `SEQUENCE:${event.sequence}`,
    ...(event.instance ? [timeLine('RECURRENCE-ID', event.instance)] : []),
    ...(event.start ? [timeLine('DTSTART', event.start)] : []),
    ...(event.end ? [timeLine('DTEND', event.end)] : []),
    ...(event.summary === '' ? [] : [`SUMMARY:${escapeText(event.summary)}`]),
    ...(event.organizer ? [`ORGANIZER:mailto:${event.organizer.address}`] : []),
    `ATTENDEE${name};PARTSTAT=${replyStatus[answer]}:mailto:${who.address}`,
    'END:VEVENT',
    'END:VCALENDAR',
  ];
  return lines.map((line) => foldLine(line.replace(/[\r\n]+/g, ' '))).join('');
}
