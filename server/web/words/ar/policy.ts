// Arabic of TLS between mail hosts.
import type { Catalogue } from '../words.ts';

export const arPolicy: Catalogue = {
  'sts.title': 'تسليم مشفّر (MTA-STS)',
  'sts.hint':
    'يطلب من الخوادم الأخرى تسليم بريد {domain} عبر TLS فقط، وإلى خادم شهادته سليمة فقط. يسري عند نشر سجلات صفحة DNS.',
  'sts.mode': 'السياسة',
  'sts.off': 'متوقفة',
  'sts.testing': 'تجربة: يبلّغ الآخرون عمّا فشل ويسلّمون مع ذلك',
  'sts.enforce': 'إلزام: يسلّم الآخرون عبر TLS متحقَّق منه وإلا فلا',
  'sts.none': 'مسحوبة: ينسى الآخرون السياسة. اتركها هكذا بقدر ما احتفظوا بها قبل اختيار «متوقفة».',
  'sts.age': 'يحتفظ بها الآخرون',
  'sts.days': {
    zero: '{n} يوم',
    one: 'يوم واحد',
    two: 'يومان',
    few: '{n} أيام',
    many: '{n} يومًا',
    other: '{n} يوم',
  },
  'sts.choose': 'اختر سياسة.',
  'sts.saved': 'حُفظت سياسة {domain}.',
  'sts.wrong': 'في control/mtasts سطر خاطئ، فلا تُقدَّم أي سياسة. صحّحه أولًا.',
  'sts.served': 'ما يُقدَّم',
  'dns.kind.mta-sts': 'تسليم مشفّر (MTA-STS)',
  'dns.about.mta-sts': 'يخبر الخوادم الأخرى بأن سياسة عن TLS تُقدَّم هنا، وبمكانها.',
  'dns.kind.tlsrpt': 'تقارير عن TLS',
  'dns.about.tlsrpt': 'يحدد إلى أين ترسل الخوادم الأخرى ما فشل مع TLS في الطريق إلى النطاق.',
  'dns.kind.tlsa': 'مفتاح خادم البريد (DANE)',
  'dns.about.tlsa':
    'يسمّي مفتاح خادم البريد لمن يتحقق من DNSSEC؛ يفيد في منطقة موقّعة فقط. غيّره قبل تغيير المفتاح.',
  'dns.why.sts-id': 'معرّفه ليس معرّف السياسة المقدَّمة هنا، فيحتفظ الآخرون بالقديمة.',
  'dns.why.tlsrpt-nowhere': 'لا يسمّي عنوانًا للتقارير.',
  'dns.why.tlsa-other': 'يسمّي مفتاحًا غير مفتاح خادم البريد: من يتحقق يحجز البريد.',
  'dns.why.several': 'هناك عدة سجلات؛ فلا يُعتدّ بأي منها.',
};
