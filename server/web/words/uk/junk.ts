// Ukrainian of the page that keeps junk out.
import type { Catalogue } from '../words.ts';

export const ukJunk: Catalogue = {
  'junk.title': 'Спам',
  'junk.hint':
    'Що мають пройти чужі сервери та їхні листи, перш ніж їх приймуть. Зміна діє від наступного листа.',
  'junk.rules': 'Правила',
  'junk.junkscore': 'Бали, від яких лист вважається спамом',
  'junk.rejectscore': 'Бали, від яких лист відхиляється',
  'junk.greylist': 'Сірий список: скільки секунд чекає перший лист незнайомця',
  'junk.greylistHint':
    'Поштові сервери самі повторюють спробу, більшість програм спамерів — ні. Зазвичай 300; порожньо — вимкнено.',
  'junk.reputation': 'Давати мало з’єднань мережам, які надсилали переважно спам',
  'junk.others': 'Інші налаштування:',
  'junk.noState':
    'Списки й сканери показати не можна: помилка у файлі control, або цю сторінку зараз переглядає забагато людей.',
  'junk.scanners': 'Сканери',
  'junk.scanner': 'Сканер',
  'junk.address': 'Адреса',
  'junk.off': 'вимкнено',
  'junk.answers': 'відповідає, {ms} мс',
  'junk.silent': 'не відповідає: {why}',
  'junk.lists': 'Списки DNS',
  'junk.noLists': 'Жоден список не опитується.',
  'junk.list': 'Список',
  'junk.does': 'Запис у ньому',
  'junk.does.defer': 'тимчасово відхиляє',
  'junk.does.reject': 'відхиляє',
  'junk.does.allow': 'робить бажаним',
  'junk.does.note': 'дає бали: {points}',
  'junk.list.right': 'гаразд',
  'junk.list.everything': 'містить усе: не опитується',
  'junk.list.nothing': 'немає тестового запису',
  'junk.list.unknown': 'не відповідає',
  'junk.turned': 'Нещодавно відхилені або позначені як спам',
  'junk.noTurned': 'Ще нічого.',
  'junk.refused': 'відхилено',
  'junk.junked': 'спам',
};
