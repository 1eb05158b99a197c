// Dutch of snooze.
import type { Catalogue } from '../words.ts';

export const nlSnooze: Catalogue = {
  'folder.snoozed': 'Gesnoozed',
  'snooze.title': 'Snoozen tot',
  'snooze.today': 'Later vandaag, {time}',
  'snooze.tomorrow': 'Morgen, {time}',
  'snooze.monday': 'Maandag {day}, {time}',
  'snooze.date': 'Datum',
  'snooze.time': 'Tijd',
  'snooze.zone': 'Volgens de klok van {zone}',
  'snooze.button': 'Snoozen',
  'snooze.now': 'Nu terughalen',
  'snooze.noTime': 'Geef een datum en een tijd op.',
  'snooze.pastTime': 'Deze tijd is al voorbij. Kies een latere.',
  'snooze.farTime': 'Kies een tijd binnen een jaar.',
  'snooze.doing': 'Snoozen',
  'snooze.doingBack': 'Terughalen',
  'snooze.done': { one: 'Gesnoozed tot {time}.', other: '{n} berichten gesnoozed tot {time}.' },
  'snooze.back': { one: 'Teruggehaald.', other: '{n} berichten teruggehaald.' },
  'snooze.until': 'Terug {time}',
  'snooze.woken': 'Gesnoozed',
  'snooze.empty': 'Er is niets gesnoozed',
  'snooze.emptyHint': 'Snooze een bericht en het komt bovenaan terug wanneer jij dat wilt.',
};
