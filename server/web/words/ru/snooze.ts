// Russian of snooze.
import type { Catalogue } from '../words.ts';

export const ruSnooze: Catalogue = {
  'folder.snoozed': 'Отложенные',
  'snooze.title': 'Отложить до',
  'snooze.today': 'Сегодня, {time}',
  'snooze.tomorrow': 'Завтра, {time}',
  'snooze.monday': 'Понедельник {day}, {time}',
  'snooze.date': 'Дата',
  'snooze.time': 'Время',
  'snooze.zone': 'Часовой пояс: {zone}',
  'snooze.button': 'Отложить',
  'snooze.now': 'Вернуть сейчас',
  'snooze.noTime': 'Укажите дату и время.',
  'snooze.pastTime': 'Это время уже прошло. Выберите более позднее.',
  'snooze.farTime': 'Выберите время в пределах года.',
  'snooze.doing': 'Откладывание',
  'snooze.doingBack': 'Возвращение',
  'snooze.done': {
    one: '{n} письмо отложено. Вернётся: {time}.',
    few: '{n} письма отложены. Вернутся: {time}.',
    many: '{n} писем отложено. Вернутся: {time}.',
    other: '{n} писем отложено. Вернутся: {time}.',
  },
  'snooze.back': {
    one: '{n} письмо возвращено.',
    few: '{n} письма возвращены.',
    many: '{n} писем возвращено.',
    other: '{n} писем возвращено.',
  },
  'snooze.until': 'Вернётся: {time}',
  'snooze.woken': 'Отложено ранее',
  'snooze.empty': 'Нет отложенных писем',
  'snooze.emptyHint': 'Отложите письмо, и оно вернётся наверх, когда вам нужно.',
};
