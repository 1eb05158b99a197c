// An invitation as the message page shows it (webmail.md 3.12): what, when in the reader's zone and in the sender's, where,
// who, how often, and what the reader said. Plain text only: cleaned here, escaped by the template. Pure.
import type { CalendarEvent, CalendarPerson, CalendarTime, Recurrence } from '../../message/calendar.ts';
import type { FoundCalendar } from '../../message/calendar-part.ts';
import { cleanLine, cleanLines } from '../shell/foreign.ts';
import type { GivenAnswer } from '../state/answers.ts';
import type { Translate } from '../words/words.ts';

/** Names what was answered: the event, or one time of a series. */
export const answerKey = (event: Pick<CalendarEvent, 'uid' | 'instance'>): string =>
  `invitation ${event.instance?.at ?? ''} ${event.uid}`;

interface Reader {
  readonly t: Translate;
  readonly lang: string;
  readonly zone: string;
}

const locale = (lang: string): string => (lang === 'en' ? 'en-GB' : lang);

/** `Sunday, 22 November 2026, 08:20 – 09:20`; days alone for whole days. */
export function timeWords(
  start: CalendarTime,
  end: CalendarTime | undefined,
  lang: string,
  zone: string,
): string {
  const isDay = start.kind === 'day';
  const format = new Intl.DateTimeFormat(locale(lang), {
    timeZone: start.kind === 'moment' ? zone : 'UTC',
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    ...(isDay ? {} : { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
  });
  // RFC 5545 3.6.1: the end of whole days is the day after.
  const last = end && (isDay ? end.at - 86_400_000 : end.at);
  return last === undefined || last <= start.at
    ? format.format(start.at)
    : format.formatRange(start.at, last);
}

function recurrenceWords(found: Recurrence, { t, lang }: Reader): readonly string[] {
  const weekday = new Intl.DateTimeFormat(locale(lang), { weekday: 'long', timeZone: 'UTC' });
  // 4 January 1970 was a Sunday.
  const days = found.weekdays.map((day) => weekday.format((day + 3) * 86_400_000));
  const n = found.interval;
  const words =
    days.length > 0
      ? t('invite.weeklyOn', { n, days: new Intl.ListFormat(locale(lang)).format(days) })
      : t(`invite.${found.frequency}`, { n });
  if (found.count !== undefined) return [words, t('invite.times', { n: found.count })];
  if (found.until === undefined) return [words];
  const date = new Intl.DateTimeFormat(locale(lang), { dateStyle: 'long', timeZone: 'UTC' }).format(
    found.until,
  );
  return [words, t('invite.until', { date })];
}

const personWords = (person: CalendarPerson) => ({
  name: cleanLine(person.name === person.address ? '' : person.name),
  address: cleanLine(person.address),
  status: person.status,
});

const known = new Set(['accepted', 'declined', 'tentative', 'needs-action']);

export function invitationModel(
  found: FoundCalendar,
  given: GivenAnswer | undefined,
  isOwn: (address: string) => boolean,
  place: { readonly id: string; readonly folder: string; readonly here: string },
  reader: Reader,
) {
  const { t, lang, zone } = reader;
  const event = found.events[0]!;
  const { start, end, organizer } = event;
  const isCancelled = found.method === 'cancel' || event.status === 'cancelled';
  const own = start ? timeWords(start, end, lang, zone) : '';
  const theirs =
    start?.kind === 'moment' && start.zone !== '' && start.zone !== zone
      ? timeWords(start, end, lang, start.zone)
      : '';
  const other = found.method === 'reply' || found.method === 'counter' ? event.attendees[0] : undefined;
  return {
    kind: isCancelled ? 'cancel' : other ? found.method : found.method === 'request' ? 'request' : 'event',
    /** Who answered or proposed something else. */
    other: other && { ...personWords(other), status: known.has(other.status) ? other.status : '' },
    summary: cleanLine(event.summary, 300),
    when: own,
    zone: start?.kind === 'moment' ? zone : '',
    theirs:
      theirs === '' || theirs === own ? '' : t('invite.theirs', { time: theirs, zone: start?.zone ?? '' }),
    isFloating: start?.kind === 'floating',
    where: cleanLine(event.location, 500),
    recurrence: event.recurrence ? recurrenceWords(event.recurrence, reader) : [],
    organizer: organizer && personWords(organizer),
    people: event.attendees.slice(0, 100).map(personWords),
    morePeople: Math.max(0, event.attendees.length - 100),
    description: cleanLines(event.description, 5_000),
    comment: cleanLines(event.comment, 1_000),
    more: found.events.length - 1,
    isCut: found.isCut,
    canAnswer:
      !isCancelled &&
      found.method === 'request' &&
      event.uid !== '' &&
      organizer !== undefined &&
      organizer.address !== '' &&
      !isOwn(organizer.address),
    answer: given?.answer ?? '',
    answeredAt: given?.at,
    action: `/m/${place.id}/invite`,
    here: place.here,
    part: found.part,
    fileHref: `/m/${place.id}/part/${found.part}/invite.ics?in=${encodeURIComponent(place.folder)}&dl=1`,
  };
}
