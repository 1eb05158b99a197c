// German of snooze.
import type { Catalogue } from '../words.ts';

export const deSnooze: Catalogue = {
  'folder.snoozed': 'Zurückgestellt',
  'snooze.title': 'Zurückstellen bis',
  'snooze.today': 'Heute später, {time}',
  'snooze.tomorrow': 'Morgen, {time}',
  'snooze.monday': 'Montag, {day}, {time}',
  'snooze.date': 'Datum',
  'snooze.time': 'Uhrzeit',
  'snooze.zone': 'Nach der Uhr von {zone}',
  'snooze.button': 'Zurückstellen',
  'snooze.now': 'Jetzt zurückholen',
  'snooze.noTime': 'Geben Sie Datum und Uhrzeit an.',
  'snooze.pastTime': 'Diese Zeit ist vorbei. Wählen Sie eine spätere.',
  'snooze.farTime': 'Wählen Sie eine Zeit innerhalb eines Jahres.',
  'snooze.doing': 'Wird zurückgestellt',
  'snooze.doingBack': 'Wird zurückgeholt',
  'snooze.done': { one: 'Zurückgestellt bis {time}.', other: '{n} Nachrichten zurückgestellt bis {time}.' },
  'snooze.back': { one: 'Zurückgeholt.', other: '{n} Nachrichten zurückgeholt.' },
  'snooze.until': 'Zurück: {time}',
  'snooze.woken': 'Wieder da',
  'snooze.empty': 'Nichts ist zurückgestellt',
  'snooze.emptyHint':
    'Stellen Sie eine Nachricht zurück, und sie kommt wieder nach oben, wann Sie es wollen.',
};
