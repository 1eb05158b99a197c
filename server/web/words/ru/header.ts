// Russian of the header area of a message and its warnings.
import type { Catalogue } from '../words.ts';

export const ruHeader: Catalogue = {
  'header.sentVia': 'Отправлено через',
  'header.connection': 'Соединение',
  'header.encrypted': 'Зашифровано, от {host}',
  'header.plain': 'Не зашифровано, от {host}',
  'header.checked': 'Отправитель',
  'header.signed': 'подписано: {domain}',
  'header.comesFrom': 'отправлено с {domain}',
  'header.unsigned': 'проверить не удалось',
  'header.addContact': 'Добавить в контакты',
  'header.addNamed': 'Добавить в контакты: {name}',
  'header.showContact': 'Показать контакт',
  'header.showNamed': 'Показать контакт: {name}',
  'warning.dmarc':
    'Это письмо не прошло проверку отправителя: домен {domain} сообщает, что оно пришло не оттуда. Будьте осторожны со ссылками, файлами и просьбами.',
  'warning.newReplyElsewhere':
    'Раньше вы не писали на {sender}, а ответы на это письмо уходят в другой домен: {address}.',
  'warning.ownName':
    'В этом письме стоит ваше имя, но оно пришло с адреса {address}, который вам не принадлежит.',
  'unsubscribe.title': 'Отписка от рассылки',
  'unsubscribe.link': 'Отписаться',
  'unsubscribe.left': 'Вы отписались {date}',
  'unsubscribe.question': 'Отписаться от рассылки: {name}?',
  'unsubscribe.post':
    'На {target} будет отправлен запрос. Из него отправитель узнает, что это письмо до вас дошло.',
  'unsubscribe.letter': 'С вашего адреса будет отправлено письмо на {target}.',
  'unsubscribe.page':
    'Отписаться от этой рассылки можно на странице {target}, которая откроется в новой вкладке.',
  'unsubscribe.sender': 'В письме указан отправитель {sender}. Это не проверено.',
  'unsubscribe.signed': 'Отправитель письма — {sender}, подпись: {domain}.',
  'unsubscribe.button': 'Отписаться',
  'unsubscribe.open': 'Открыть страницу',
  'unsubscribe.done': 'Вы отписались.',
  'unsubscribe.failed': 'Сервер {host} не принял запрос. Попробуйте ещё раз или откройте его страницу.',
  'unsubscribe.notSent': 'Не удалось отправить письмо: {words}',
  'unsubscribe.none': 'Этого письма здесь больше нет, или в нём не указан способ отписаться.',
};
