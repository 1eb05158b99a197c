// Ukrainian of snooze.
import type { Catalogue } from '../words.ts';

export const ukSnooze: Catalogue = {
  'folder.snoozed': 'Відкладені',
  'snooze.title': 'Відкласти до',
  'snooze.today': 'Сьогодні пізніше, {time}',
  'snooze.tomorrow': 'Завтра, {time}',
  'snooze.monday': 'Понеділок {day}, {time}',
  'snooze.date': 'Дата',
  'snooze.time': 'Час',
  'snooze.zone': 'За годинником {zone}',
  'snooze.button': 'Відкласти',
  'snooze.now': 'Повернути зараз',
  'snooze.noTime': 'Укажіть дату й час.',
  'snooze.pastTime': 'Цей час уже минув. Виберіть пізніший.',
  'snooze.farTime': 'Виберіть час у межах року.',
  'snooze.doing': 'Відкладання',
  'snooze.doingBack': 'Повернення',
  'snooze.done': {
    one: '{n} лист відкладено до {time}.',
    few: '{n} листи відкладено до {time}.',
    many: '{n} листів відкладено до {time}.',
    other: '{n} листів відкладено до {time}.',
  },
  'snooze.back': {
    one: '{n} лист повернуто.',
    few: '{n} листи повернуто.',
    many: '{n} листів повернуто.',
    other: '{n} листів повернуто.',
  },
  'snooze.until': 'Повернеться: {time}',
  'snooze.woken': 'Було відкладено',
  'snooze.empty': 'Відкладених листів немає',
  'snooze.emptyHint': 'Відкладіть лист, і він повернеться вгору списку, коли вам потрібно.',
};
