// Arabic of help.
import type { Catalogue } from '../words.ts';

export const arHelp: Catalogue = {
  'offline.title': 'لا يوجد اتصال',
  'offline.hint': 'تعذّر الوصول إلى خادم البريد. النص الذي لم يُرسل محفوظ: يمكن الرجوع للعثور عليه.',
  'offline.again': 'إعادة المحاولة',
};
