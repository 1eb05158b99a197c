// Russian of the page that keeps junk out.
import type { Catalogue } from '../words.ts';

export const ruJunk: Catalogue = {
  'junk.title': 'Спам',
  'junk.hint':
    'Что должны пройти чужие серверы и их письма, прежде чем их примут. Изменение действует со следующего письма.',
  'junk.rules': 'Правила',
  'junk.junkscore': 'Баллы, с которых письмо считается спамом',
  'junk.rejectscore': 'Баллы, с которых письмо отклоняется',
  'junk.greylist': 'Серый список: сколько секунд ждёт первое письмо незнакомца',
  'junk.greylistHint':
    'Почтовые серверы сами повторяют попытку, большинство программ спамеров — нет. Обычно 300; пусто — выключено.',
  'junk.reputation': 'Давать мало соединений сетям, от которых шёл в основном спам',
  'junk.others': 'Другие настройки:',
  'junk.noState':
    'Списки и сканеры показать нельзя: ошибка в файле control, или эту страницу сейчас смотрят слишком многие.',
  'junk.scanners': 'Сканеры',
  'junk.scanner': 'Сканер',
  'junk.address': 'Адрес',
  'junk.off': 'выключен',
  'junk.answers': 'отвечает, {ms} мс',
  'junk.silent': 'не отвечает: {why}',
  'junk.lists': 'Списки DNS',
  'junk.noLists': 'Ни один список не опрашивается.',
  'junk.list': 'Список',
  'junk.does': 'Запись в нём',
  'junk.does.defer': 'временно отклоняет',
  'junk.does.reject': 'отклоняет',
  'junk.does.allow': 'делает желанным',
  'junk.does.note': 'даёт баллы: {points}',
  'junk.list.right': 'в порядке',
  'junk.list.everything': 'содержит всё: не опрашивается',
  'junk.list.nothing': 'нет тестовой записи',
  'junk.list.unknown': 'не отвечает',
  'junk.turned': 'Недавно отклонённые или отмеченные как спам',
  'junk.noTurned': 'Пока ничего.',
  'junk.refused': 'отклонено',
  'junk.junked': 'спам',
};
