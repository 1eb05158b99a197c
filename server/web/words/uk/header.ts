// Ukrainian of the header area of a message and its warnings.
import type { Catalogue } from '../words.ts';

export const ukHeader: Catalogue = {
  'header.sentVia': 'Надіслано через',
  'header.connection': 'З’єднання',
  'header.encrypted': 'Зашифровано, від {host}',
  'header.plain': 'Не зашифровано, від {host}',
  'header.checked': 'Відправник',
  'header.signed': 'підписано доменом {domain}',
  'header.comesFrom': 'надіслано з {domain}',
  'header.unsigned': 'не вдалося перевірити',
  'header.addContact': 'Додати до контактів',
  'header.addNamed': 'Додати «{name}» до контактів',
  'header.showContact': 'Показати контакт',
  'header.showNamed': 'Показати контакт «{name}»',
  'warning.dmarc':
    'Лист не пройшов перевірку відправника: за даними {domain}, його надіслано не звідти. Будьте обережні з посиланнями, файлами та проханнями.',
  'warning.newReplyElsewhere':
    'Ви ще не писали {sender}, а відповіді на цей лист надійдуть в інший домен: {address}.',
  'warning.ownName': 'Лист підписано вашим іменем, але він надійшов з адреси {address}, яка вам не належить.',
  'unsubscribe.title': 'Скасування підписки',
  'unsubscribe.link': 'Скасувати підписку',
  'unsubscribe.left': 'Підписку скасовано {date}',
  'unsubscribe.question': 'Скасувати підписку на «{name}»?',
  'unsubscribe.post': 'На {target} буде надіслано запит, і там дізнаються, що цей лист вам надійшов.',
  'unsubscribe.letter': 'На адресу {target} буде надіслано лист із вашої адреси.',
  'unsubscribe.page': 'Цю розсилку можна скасувати на сторінці {target}, яка відкриється в новій вкладці.',
  'unsubscribe.sender': 'Відправник, указаний у листі: {sender}. Це не перевірено.',
  'unsubscribe.signed': 'Відправник листа: {sender}. Підписано доменом {domain}.',
  'unsubscribe.button': 'Скасувати підписку',
  'unsubscribe.open': 'Відкрити сторінку',
  'unsubscribe.done': 'Підписку скасовано.',
  'unsubscribe.failed': '{host} не прийняв запит. Спробуйте ще раз або відкрийте сторінку розсилки.',
  'unsubscribe.notSent': 'Не вдалося надіслати лист: {words}',
  'unsubscribe.none': 'Цього листа тут уже немає, або в ньому не вказано, як скасувати підписку.',
};
