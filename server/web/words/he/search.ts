// Hebrew of search.
import type { Catalogue } from '../words.ts';

export const heSearch: Catalogue = {
  'search.inFolder': 'ב”{folder}”',
  'search.lastMonth': 'החודש האחרון',
  'search.more': 'עוד',
  'search.cut': 'החיפוש הזה רחב מאוד. מוצג רק חלק מהתוצאות.',
  'search.advanced': 'חיפוש מתקדם',
  'search.anywhere': 'כל הדואר, כולל אשפה וספאם',
  'search.field.words': 'כל המילים האלה',
  'search.field.phrase': 'בדיוק הביטוי הזה',
  'search.field.none': 'אף אחת מהמילים האלה',
  'search.field.from': 'מאת',
  'search.field.to': 'אל או עותק אל',
  'search.field.subject': 'בנושא',
  'search.field.in': 'היכן',
  'search.field.after': 'התקבלה בתאריך זה או אחריו',
  'search.field.before': 'התקבלה לפני',
  'search.field.larger': 'גדולה מ- (MB)',
  'search.field.is': 'מצב',
  'search.isAny': 'כל מצב',
  'search.isUnread': 'לא נקראה',
  'search.isRead': 'נקראה',
  'search.isStarred': 'מסומנת בכוכב',
  'search.hasAttachment': 'עם קובץ מצורף',
  'search.badDay': 'יש לכתוב את התאריך כך: 2026-01-31.',
  'search.badSize': 'יש לכתוב מספר שלם של מגה-בתים.',
};
