// Ukrainian of search.
import type { Catalogue } from '../words.ts';

export const ukSearch: Catalogue = {
  'search.inFolder': 'У папці «{folder}»',
  'search.lastMonth': 'Останній місяць',
  'search.more': 'Більше',
  'search.cut': 'Цей пошук дуже широкий. Показано лише частину знайденого.',
  'search.advanced': 'Розширений пошук',
  'search.anywhere': 'Уся пошта, з кошиком і спамом',
  'search.field.words': 'Усі ці слова',
  'search.field.phrase': 'Саме ця фраза',
  'search.field.none': 'Жодного із цих слів',
  'search.field.from': 'Від',
  'search.field.to': 'Кому або копія',
  'search.field.subject': 'У темі',
  'search.field.in': 'Де',
  'search.field.after': 'Отримано цього дня або пізніше',
  'search.field.before': 'Отримано до',
  'search.field.larger': 'Більше ніж (МБ)',
  'search.field.is': 'Стан',
  'search.isAny': 'Будь-який',
  'search.isUnread': 'Непрочитані',
  'search.isRead': 'Прочитані',
  'search.isStarred': 'Із зірочкою',
  'search.hasAttachment': 'Із вкладенням',
  'search.badDay': 'Введіть день як 2026-01-31.',
  'search.badSize': 'Введіть ціле число мегабайтів.',
};
