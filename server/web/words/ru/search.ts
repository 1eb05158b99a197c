// Russian of search.
import type { Catalogue } from '../words.ts';

export const ruSearch: Catalogue = {
  'search.inFolder': 'В папке «{folder}»',
  'search.lastMonth': 'За последний месяц',
  'search.more': 'Ещё',
  'search.cut': 'Запрос слишком широкий. Показана только часть найденного.',
  'search.advanced': 'Расширенный поиск',
  'search.anywhere': 'Вся почта, включая корзину и спам',
  'search.field.words': 'Все эти слова',
  'search.field.phrase': 'Точно эти слова вместе',
  'search.field.none': 'Ни одного из этих слов',
  'search.field.from': 'От',
  'search.field.to': 'Кому или копия',
  'search.field.subject': 'В теме',
  'search.field.in': 'Где',
  'search.field.after': 'Получено не раньше',
  'search.field.before': 'Получено до',
  'search.field.larger': 'Больше (МБ)',
  'search.field.is': 'Состояние',
  'search.isAny': 'Любое',
  'search.isUnread': 'Непрочитанные',
  'search.isRead': 'Прочитанные',
  'search.isStarred': 'Помеченные',
  'search.hasAttachment': 'С вложениями',
  'search.badDay': 'Введите дату в виде 2026-01-31.',
  'search.badSize': 'Введите целое число мегабайт.',
};
