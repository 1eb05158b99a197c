// Polish of snooze.
import type { Catalogue } from '../words.ts';

export const plSnooze: Catalogue = {
  'folder.snoozed': 'Odłożone',
  'snooze.title': 'Odłóż do',
  'snooze.today': 'Dzisiaj, {time}',
  'snooze.tomorrow': 'Jutro, {time}',
  'snooze.monday': 'Poniedziałek {day}, {time}',
  'snooze.date': 'Data',
  'snooze.time': 'Godzina',
  'snooze.zone': 'Według czasu strefy {zone}',
  'snooze.button': 'Odłóż',
  'snooze.now': 'Przywróć teraz',
  'snooze.noTime': 'Podaj datę i godzinę.',
  'snooze.pastTime': 'Ten termin już minął. Wybierz późniejszy.',
  'snooze.farTime': 'Wybierz termin w ciągu roku.',
  'snooze.doing': 'Odkładanie',
  'snooze.doingBack': 'Przywracanie',
  'snooze.done': {
    one: 'Odłożono do: {time}.',
    few: 'Odłożono {n} wiadomości do: {time}.',
    many: 'Odłożono {n} wiadomości do: {time}.',
    other: 'Odłożono {n} wiadomości do: {time}.',
  },
  'snooze.back': {
    one: 'Przywrócono.',
    few: 'Przywrócono {n} wiadomości.',
    many: 'Przywrócono {n} wiadomości.',
    other: 'Przywrócono {n} wiadomości.',
  },
  'snooze.until': 'Wróci: {time}',
  'snooze.woken': 'Była odłożona',
  'snooze.empty': 'Nie ma odłożonych wiadomości',
  'snooze.emptyHint': 'Odłóż wiadomość, a wróci na górę listy, kiedy zechcesz.',
};
