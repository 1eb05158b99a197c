// Arabic of DNS records, the set-up of mail programs and the reports of other hosts.
import type { Catalogue } from '../words.ts';

export const arReport: Catalogue = {
  'dns.again': 'تحقّق مجددًا',
  'dns.kind.setup': 'إعدادات برامج البريد',
  'dns.about.mx': 'يخبر الخوادم الأخرى بالخادم الذي يستقبل بريد النطاق.',
  'dns.about.address': 'يقود من اسم خادم البريد إلى هذا الجهاز.',
  'dns.about.reverse': 'يقود من العنوان عودةً إلى الاسم؛ وترفض خوادم كثيرة البريد من عنوان ليس له اسم.',
  'dns.about.spf': 'يسرد الخوادم التي يحق لها الإرسال باسم النطاق.',
  'dns.about.dmarc': 'يحدد ما يفعله الآخرون ببريد ينتحل اسمك، وإلى أين يبلغون عنه.',
  'dns.about.service': 'يتيح لبرامج البريد إيجاد الخادم والمنفذ من العنوان وحده.',
  'dns.about.setup': 'يتيح لبرنامجي Thunderbird وOutlook جلب إعداداتهما من العنوان وحده.',
  'dns.about.caa': 'يحدد من يجوز له إصدار شهادات لخادم البريد؛ وعلى سواه الرفض.',
  'dns.why.alias-elsewhere': 'يقود إلى {value}، لا إلى هذا الخادم.',
};
