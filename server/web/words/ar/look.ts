// Arabic of the look of a domain.
import type { Catalogue } from '../words.ts';

export const arLook: Catalogue = {
  'look.title': 'الشكل',
  'look.explained':
    'الاسم واللون والشعار كما يراها مستخدمو {domain} في بريد الويب. تعرضها صفحة تسجيل الدخول على عنوان النطاق والعناوين التي تحته، مثل mail.{domain}.',
  'look.name': 'الاسم',
  'look.nameHint': 'يظهر بجانب الشعار وفي عناوين الصفحات. إن تُرك فارغًا: «{name}».',
  'look.accent': 'اللون المميز',
  'look.accentHint': 'للأزرار والروابط والموضع الحالي، مثل ‎#1c6664. إن تُرك فارغًا: اللون المعتاد.',
  'look.accentDark': 'اللون المميز في المظهر الداكن',
  'look.accentDarkHint': 'إن تُرك فارغًا: درجة أفتح من اللون الآخر.',
  'look.colour': 'يُكتب اللون بعلامة # وستة رموز، مثل ‎#1c6664.',
  'look.weakLight':
    'تصعب قراءة هذا اللون على الصفحات الفاتحة: تباينه {ratio} إلى 1، والنص يحتاج إلى {least} إلى 1. أقرب درجة تكفي هي {shade}.',
  'look.weakDark':
    'تصعب قراءة هذا اللون على الصفحات الداكنة: تباينه {ratio} إلى 1، والنص يحتاج إلى {least} إلى 1. أقرب درجة تكفي هي {shade}.',
  'look.logo': 'الشعار',
  'look.logoFile': 'الصورة',
  'look.logoHint':
    '‏PNG أو WebP أو JPEG، بحد أقصى 64 كيلوبايت و512 بكسل لكل ضلع. تناسب الخلفية الشفافة كلا المظهرين.',
  'look.logoPut': 'استخدام هذا الشعار',
  'look.logoRemove': 'إزالة الشعار',
  'look.notPicture': 'هذه ليست صورة PNG أو WebP أو JPEG. يُرجى اختيار صورة أخرى.',
  'look.tooLarge': 'هذه الصورة أكبر من 64 كيلوبايت أو من 512 بكسل لكل ضلع. يُرجى اختيار صورة أصغر.',
  'look.usual': 'العودة إلى الشكل المعتاد',
  'look.usualHint': 'يُزال اسم {domain} وألوانه وشعاره.',
  'look.usualNow': 'عاد {domain} إلى الشكل المعتاد.',
};
