// Italian of snooze.
import type { Catalogue } from '../words.ts';

export const itSnooze: Catalogue = {
  'folder.snoozed': 'Posticipati',
  'snooze.title': 'Posticipa fino a',
  'snooze.today': 'Più tardi oggi, {time}',
  'snooze.tomorrow': 'Domani, {time}',
  'snooze.monday': 'Lunedì {day}, {time}',
  'snooze.date': 'Data',
  'snooze.time': 'Ora',
  'snooze.zone': 'Secondo l’ora di {zone}',
  'snooze.button': 'Posticipa',
  'snooze.now': 'Ripristina ora',
  'snooze.noTime': 'Indica una data e un’ora.',
  'snooze.pastTime': 'Questo orario è già passato. Scegline uno successivo.',
  'snooze.farTime': 'Scegli una data entro un anno.',
  'snooze.doing': 'Posticipo',
  'snooze.doingBack': 'Ripristino dei posticipati',
  'snooze.done': {
    one: 'Posticipato fino a: {time}.',
    many: '{n} messaggi posticipati fino a: {time}.',
    other: '{n} messaggi posticipati fino a: {time}.',
  },
  'snooze.back': {
    one: 'Messaggio ripristinato.',
    many: '{n} messaggi ripristinati.',
    other: '{n} messaggi ripristinati.',
  },
  'snooze.until': 'Ritorno: {time}',
  'snooze.woken': 'Posticipato',
  'snooze.empty': 'Nessun messaggio posticipato',
  'snooze.emptyHint': 'Posticipa un messaggio e tornerà in cima quando vuoi.',
};
