// Spanish of snooze.
import type { Catalogue } from '../words.ts';

export const esSnooze: Catalogue = {
  'folder.snoozed': 'Pospuestos',
  'snooze.title': 'Posponer hasta',
  'snooze.today': 'Hoy más tarde, {time}',
  'snooze.tomorrow': 'Mañana, {time}',
  'snooze.monday': 'Lunes {day}, {time}',
  'snooze.date': 'Fecha',
  'snooze.time': 'Hora',
  'snooze.zone': 'Según la hora de {zone}',
  'snooze.button': 'Posponer',
  'snooze.now': 'Recuperar ahora',
  'snooze.noTime': 'Indica una fecha y una hora.',
  'snooze.pastTime': 'Esta hora ya ha pasado. Elige una posterior.',
  'snooze.farTime': 'Elige una fecha de los próximos doce meses.',
  'snooze.doing': 'Posponiendo',
  'snooze.doingBack': 'Recuperando',
  'snooze.done': {
    one: 'Pospuesto. Vuelve: {time}.',
    many: '{n} mensajes pospuestos. Vuelven: {time}.',
    other: '{n} mensajes pospuestos. Vuelven: {time}.',
  },
  'snooze.back': {
    one: 'Recuperado.',
    many: '{n} mensajes recuperados.',
    other: '{n} mensajes recuperados.',
  },
  'snooze.until': 'Vuelve: {time}',
  'snooze.woken': 'Pospuesto',
  'snooze.empty': 'No hay nada pospuesto',
  'snooze.emptyHint': 'Pospón un mensaje y volverá al principio de la lista cuando quieras.',
};
