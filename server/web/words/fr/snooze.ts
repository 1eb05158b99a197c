// French of snooze.
import type { Catalogue } from '../words.ts';

export const frSnooze: Catalogue = {
  'folder.snoozed': 'En veille',
  'snooze.title': 'Mettre en veille jusqu’à',
  'snooze.today': 'Plus tard aujourd’hui, {time}',
  'snooze.tomorrow': 'Demain, {time}',
  'snooze.monday': 'Lundi {day}, {time}',
  'snooze.date': 'Date',
  'snooze.time': 'Heure',
  'snooze.zone': 'À l’heure de {zone}',
  'snooze.button': 'Mettre en veille',
  'snooze.now': 'Ramener maintenant',
  'snooze.noTime': 'Donnez une date et une heure.',
  'snooze.pastTime': 'Cette heure est passée. Choisissez-en une plus tardive.',
  'snooze.farTime': 'Choisissez un moment dans l’année qui vient.',
  'snooze.doing': 'Mise en veille',
  'snooze.doingBack': 'Retour de veille',
  'snooze.done': {
    one: 'Mis en veille. Retour : {time}.',
    many: '{n} messages mis en veille. Retour : {time}.',
    other: '{n} messages mis en veille. Retour : {time}.',
  },
  'snooze.back': { one: 'Ramené.', many: '{n} messages ramenés.', other: '{n} messages ramenés.' },
  'snooze.until': 'Retour : {time}',
  'snooze.woken': 'De retour',
  'snooze.empty': 'Rien n’est en veille',
  'snooze.emptyHint': 'Mettez un message en veille, et il revient en haut quand vous le voulez.',
};
