// Arabic of the header area of a message and its warnings.
import type { Catalogue } from '../words.ts';

export const arHeader: Catalogue = {
  'header.sentVia': 'أُرسلت عبر',
  'header.connection': 'الاتصال',
  'header.encrypted': 'مشفّر، من {host}',
  'header.plain': 'غير مشفّر، من {host}',
  'header.checked': 'المرسل',
  'header.signed': 'موقّعة من {domain}',
  'header.comesFrom': 'صادرة عن {domain}',
  'header.unsigned': 'تعذّر التحقق منه',
  'header.addContact': 'إضافة إلى جهات الاتصال',
  'header.addNamed': 'إضافة {name} إلى جهات الاتصال',
  'header.showContact': 'عرض جهة الاتصال',
  'header.showNamed': 'عرض جهة الاتصال {name}',
  'warning.dmarc':
    'لم تجتز هذه الرسالة التحقق من مرسلها: يفيد {domain} بأنها لم تأتِ منه. يُرجى الحذر من الروابط والملفات والطلبات.',
  'warning.newReplyElsewhere':
    'لم يسبق أن كتبت إلى {sender}، والردود على هذه الرسالة تذهب إلى نطاق آخر: {address}.',
  'warning.ownName': 'تحمل هذه الرسالة اسمك، لكنها آتية من {address}، وهو ليس من عناوينك.',
  'unsubscribe.title': 'إلغاء الاشتراك',
  'unsubscribe.link': 'إلغاء الاشتراك',
  'unsubscribe.left': 'أُلغي الاشتراك في {date}',
  'unsubscribe.question': 'هل تريد إلغاء الاشتراك في رسائل {name}؟',
  'unsubscribe.post': 'سيُرسل طلب إلى {target}، وسيُعلَم بذلك أن هذه الرسالة وصلت إليك.',
  'unsubscribe.letter': 'ستُرسل رسالة إلى {target} من عنوانك.',
  'unsubscribe.page': 'يتم إلغاء الاشتراك في صفحة على {target} تُفتح في علامة تبويب جديدة.',
  'unsubscribe.sender': 'تذكر الرسالة أنها من {sender}. لم يتم التحقق من ذلك.',
  'unsubscribe.signed': 'الرسالة من {sender}، وموقّعة من {domain}.',
  'unsubscribe.button': 'إلغاء الاشتراك',
  'unsubscribe.open': 'فتح الصفحة',
  'unsubscribe.done': 'تم إلغاء الاشتراك.',
  'unsubscribe.failed': 'لم يقبل {host} الطلب. يُرجى المحاولة مرة أخرى أو فتح صفحته.',
  'unsubscribe.notSent': 'تعذّر إرسال الرسالة: {words}',
  'unsubscribe.none': 'لم تعد هذه الرسالة هنا، أو أنها لا تذكر طريقة لإلغاء الاشتراك.',
};
