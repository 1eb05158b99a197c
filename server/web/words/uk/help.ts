// Ukrainian of help.
import type { Catalogue } from '../words.ts';

export const ukHelp: Catalogue = {
  'offline.title': 'Немає з’єднання',
  'offline.hint':
    'Поштовий сервер недоступний. Ненадісланий текст збережено: поверніться, щоб його побачити.',
  'offline.again': 'Спробувати ще раз',
};
