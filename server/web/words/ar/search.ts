// Arabic of search.
import type { Catalogue } from '../words.ts';

export const arSearch: Catalogue = {
  'search.inFolder': 'في {folder}',
  'search.lastMonth': 'الشهر الماضي',
  'search.more': 'المزيد',
  'search.cut': 'هذا البحث واسع جدًا. يُعرض جزء فقط من نتائجه.',
  'search.advanced': 'بحث متقدم',
  'search.anywhere': 'كل البريد، مع المهملات والبريد غير المرغوب فيه',
  'search.field.words': 'كل هذه الكلمات',
  'search.field.phrase': 'هذه العبارة كما هي',
  'search.field.none': 'بدون هذه الكلمات',
  'search.field.from': 'من',
  'search.field.to': 'إلى أو نسخة إلى',
  'search.field.subject': 'في الموضوع',
  'search.field.in': 'المكان',
  'search.field.after': 'وصلت في هذا اليوم أو بعده',
  'search.field.before': 'وصلت قبل',
  'search.field.larger': 'أكبر من (ميغابايت)',
  'search.field.is': 'الحالة',
  'search.isAny': 'أي حالة',
  'search.isUnread': 'غير مقروءة',
  'search.isRead': 'مقروءة',
  'search.isStarred': 'مميزة بنجمة',
  'search.hasAttachment': 'بها مرفق',
  'search.badDay': 'يُكتب اليوم هكذا: ‎2026-01-31‎.',
  'search.badSize': 'يُرجى إدخال عدد صحيح من الميغابايت.',
};
