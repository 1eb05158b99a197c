// Russian of help.
import type { Catalogue } from '../words.ts';

export const ruHelp: Catalogue = {
  'offline.title': 'Нет подключения',
  'offline.hint':
    'Не удаётся связаться с почтовым сервером. Неотправленный текст сохранён: вернитесь назад, чтобы его найти.',
  'offline.again': 'Повторить',
};
