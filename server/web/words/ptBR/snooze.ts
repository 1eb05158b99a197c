// Brazilian Portuguese of snooze.
import type { Catalogue } from '../words.ts';

export const ptBRSnooze: Catalogue = {
  'folder.snoozed': 'Adiados',
  'snooze.title': 'Adiar até',
  'snooze.today': 'Hoje mais tarde, {time}',
  'snooze.tomorrow': 'Amanhã, {time}',
  'snooze.monday': 'Segunda-feira {day}, {time}',
  'snooze.date': 'Data',
  'snooze.time': 'Hora',
  'snooze.zone': 'Pelo horário de {zone}',
  'snooze.button': 'Adiar',
  'snooze.now': 'Trazer de volta agora',
  'snooze.noTime': 'Informe uma data e uma hora.',
  'snooze.pastTime': 'Este horário já passou. Escolha um posterior.',
  'snooze.farTime': 'Escolha uma data nos próximos doze meses.',
  'snooze.doing': 'Adiando',
  'snooze.doingBack': 'Trazendo de volta',
  'snooze.done': {
    one: 'Adiada. Volta: {time}.',
    many: '{n} mensagens adiadas. Voltam: {time}.',
    other: '{n} mensagens adiadas. Voltam: {time}.',
  },
  'snooze.back': {
    one: 'Trazida de volta.',
    many: '{n} mensagens trazidas de volta.',
    other: '{n} mensagens trazidas de volta.',
  },
  'snooze.until': 'Volta: {time}',
  'snooze.woken': 'Adiada',
  'snooze.empty': 'Nada adiado',
  'snooze.emptyHint': 'Adie uma mensagem e ela volta ao topo quando você quiser.',
};
