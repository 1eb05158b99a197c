// Arabic of ../en-acme.ts.
import type { Catalogue } from '../words.ts';

export const arAcme: Catalogue = {
  'acme.title': 'جلب الشهادات تلقائيًا',
  'acme.hint':
    'يطلب هذا الخادم الشهادات من جهة إصدار، ويثبت لها أن الأسماء له، ويجددها في وقتها. ولذلك يجب أن تصل إليه الجهة من الخارج عبر المنفذ 80 أو 443.',
  'acme.directory': 'عنوان دليل جهة الإصدار',
  'acme.directoryHint': 'أُدخل عنوان Let’s Encrypt. للتجربة دون حدودها: {address}',
  'acme.contact': 'عنوان بريدك',
  'acme.contactHint': 'قد تكتب إليه الجهة إذا حدث خطأ. افصل بين العناوين بمسافات.',
  'acme.names': 'الأسماء',
  'acme.namesHint': 'شهادة في كل سطر، وأسماؤها مفصولة بمسافات. اسم هذا الخادم {me}.',
  'acme.pages':
    'وكذلك للأسماء التي تحتاجها صفحاتنا إذا كان DNS يقود إلى هنا: ‏mta-sts و autoconfig و autodiscover للنطاقات، وأسماء بريد الويب',
  'acme.external': 'الجهة تخدم عملاءها فقط',
  'acme.externalHint':
    'تعطي عملاءها معرّف مفتاح ومفتاحًا (External Account Binding). لا تحتاجهما Let’s Encrypt.',
  'acme.keyId': 'معرّف المفتاح',
  'acme.key': 'المفتاح (HMAC)',
  'acme.keyKept': 'يوجد مفتاح محفوظ. اترك الحقلين فارغين للإبقاء عليه.',
  'acme.terms': 'شروط الخدمة',
  'acme.termsHint': 'اقرأ ما تطلبه منك الجهة:',
  'acme.agree': 'أوافق على هذه الشروط',
  'acme.agreeFirst': 'لا تصدر الجهة شهادات دون موافقتك.',
  'acme.continue': 'متابعة',
  'acme.start': 'جلب الشهادات',
  'acme.stop': 'إيقاف الجلب',
  'acme.stopHint': 'تبقى الشهادات الموجودة حتى تنتهي.',
  'acme.change': 'تغيير ما يُجلب',
  'acme.saved': 'حُفظ. يجري جلب الشهادات.',
  'acme.stopped': 'لم تعد الشهادات تُجلب.',
  'acme.unanswered': 'تعذرت قراءة دليل الجهة.',
  'acme.noDirectory': 'اكتب عنوان دليل جهة إصدار.',
  'acme.bothKeys': 'معرّف المفتاح والمفتاح متلازمان: اكتب كليهما.',
  'acme.expected': 'المتوقع: {what}',
  'acme.now': 'الآن',
  'acme.forPage': 'لصفحة',
  'acme.step.account': 'الدخول إلى الجهة',
  'acme.step.order': 'طلب الشهادة',
  'acme.step.prove': 'الجهة تتحقق من {name}',
  'acme.step.make': 'الجهة تصدر الشهادة',
  'acme.step.install': 'وضعها في مكانها',
  'acme.step.soon': 'ستُجلب بعد لحظات',
  'acme.fault.unauthorized':
    'وجدت الجهة عند هذا الاسم شيئًا غير إثباتنا. هل يقود الاسم إلى هذا الخادم ولا يقف شيء أمامه؟',
  'acme.fault.connection':
    'لا تصل الجهة إلى هذا الخادم. هل المنفذان 80 و443 مفتوحان من الخارج، وهل تقود كل عناوين الاسم إلى هنا؟',
  'acme.fault.dns': 'لا تجد الجهة الاسم في DNS.',
  'acme.fault.tls': 'لم تستطع الجهة إنشاء اتصال TLS بهذا الخادم.',
  'acme.fault.caa': 'يمنع سجل CAA للنطاق هذه الجهة. أضفها إليه أو اختر غيرها.',
  'acme.fault.rateLimited': 'كان ذلك أكثر مما تسمح به الجهة الآن. ستُعاد المحاولة حين تسمح.',
  'acme.fault.rejectedIdentifier': 'لا تصدر الجهة شهادات لهذا الاسم.',
  'acme.fault.externalAccountRequired':
    'الجهة تخدم عملاءها فقط. اكتب معرّف المفتاح والمفتاح اللذين أعطتك إياهما.',
  'acme.fault.userActionRequired': 'تريد الجهة منك شيئًا أولًا، كالموافقة على شروط جديدة.',
  'acme.fault.invalidContact': 'لا تقبل الجهة عنوان البريد.',
  'acme.fault.unreachable': 'لا تجيب الجهة.',
  'acme.fault.slow': 'لم تقرر الجهة في الوقت المناسب. ستُسأل مرة أخرى.',
  'acme.fault.noProof':
    'تريد الجهة إثباتًا لا يمكن تقديمه هنا. الاسم الذي فيه نجمة يحتاج إلى الإعداد acmehook.',
  'acme.fault.hook': 'فشل البرنامج المحدد في acmehook.',
  'acme.fault.garbage': 'جواب الجهة غير مفهوم، أو لديها عطل.',
};
