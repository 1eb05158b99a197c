// Arabic of the page that keeps junk out.
import type { Catalogue } from '../words.ts';

export const arJunk: Catalogue = {
  'junk.title': 'البريد غير المرغوب فيه',
  'junk.hint': 'ما يجب أن تجتازه الخوادم الغريبة ورسائلها قبل قبولها. يسري التغيير من الرسالة التالية.',
  'junk.rules': 'القواعد',
  'junk.junkscore': 'النقاط التي تُعدّ الرسالة بعدها غير مرغوب فيها',
  'junk.rejectscore': 'النقاط التي تُرفض الرسالة بعدها',
  'junk.greylist': 'القائمة الرمادية: ثواني انتظار أول رسالة من غريب',
  'junk.greylistHint':
    'تعيد خوادم البريد المحاولة من تلقاء نفسها، أما معظم برامج الرسائل المزعجة فلا. المعتاد 300؛ والفراغ يعني الإيقاف.',
  'junk.reputation': 'منح اتصالات قليلة للشبكات التي أرسلت في الغالب رسائل غير مرغوب فيها',
  'junk.others': 'إعدادات أخرى:',
  'junk.noState':
    'لا يمكن عرض القوائم والماسحات: أحد ملفات control خاطئ، أو أن كثيرين يعرضون هذه الصفحة الآن.',
  'junk.scanners': 'الماسحات',
  'junk.scanner': 'الماسح',
  'junk.address': 'العنوان',
  'junk.off': 'متوقف',
  'junk.answers': 'يجيب، {ms} مللي ثانية',
  'junk.silent': 'لا يجيب: {why}',
  'junk.lists': 'قوائم DNS',
  'junk.noLists': 'لا تُسأل أي قائمة.',
  'junk.list': 'القائمة',
  'junk.does': 'الإدراج فيها',
  'junk.does.defer': 'يرفض مؤقتًا',
  'junk.does.reject': 'يرفض',
  'junk.does.allow': 'يرحّب',
  'junk.does.note': 'يمنح {points} من النقاط',
  'junk.list.right': 'سليمة',
  'junk.list.everything': 'تدرج كل شيء: لا تُسأل',
  'junk.list.nothing': 'مدخل الاختبار مفقود',
  'junk.list.unknown': 'لا تجيب',
  'junk.turned': 'آخر ما رُفض أو عُدّ غير مرغوب فيه',
  'junk.noTurned': 'لا شيء بعد.',
  'junk.refused': 'مرفوضة',
  'junk.junked': 'غير مرغوب فيها',
};
