// Hebrew of TLS between mail hosts.
import type { Catalogue } from '../words.ts';

export const hePolicy: Catalogue = {
  'sts.title': 'מסירה מוצפנת (MTA-STS)',
  'sts.hint':
    'אומר לשרתים אחרים למסור דואר אל {domain} רק ב-TLS ורק לשרת שאישורו תקין. נכנס לתוקף כשהרשומות שבעמוד ה-DNS מפורסמות.',
  'sts.mode': 'מדיניות',
  'sts.off': 'כבוי',
  'sts.testing': 'ניסיון: אחרים מדווחים על כשלים ומוסרים בכל זאת',
  'sts.enforce': 'חובה: אחרים מוסרים ב-TLS מאומת או לא מוסרים כלל',
  'sts.none': 'נסוגה: אחרים שוכחים את המדיניות. יש להשאיר כך למשך הזמן שבו שמרו אותה, לפני שבוחרים ״כבוי״.',
  'sts.age': 'אחרים שומרים אותה',
  'sts.days': { one: 'יום אחד', two: 'יומיים', other: '{n} ימים' },
  'sts.choose': 'יש לבחור מדיניות.',
  'sts.saved': 'המדיניות של {domain} נשמרה.',
  'sts.wrong': 'ב-control/mtasts יש שורה שגויה, ולכן לא מוגשת מדיניות. יש לתקן אותה תחילה.',
  'sts.served': 'מה שמוגש',
  'dns.kind.mta-sts': 'מסירה מוצפנת (MTA-STS)',
  'dns.about.mta-sts': 'אומר לשרתים אחרים שמוגשת כאן מדיניות TLS, והיכן.',
  'dns.kind.tlsrpt': 'דוחות על TLS',
  'dns.about.tlsrpt': 'אומר לאן שרתים אחרים מדווחים על כשלי TLS בדרך לדומיין.',
  'dns.kind.tlsa': 'מפתח שרת הדואר (DANE)',
  'dns.about.tlsa':
    'נוקב במפתח שרת הדואר עבור מי שבודקים DNSSEC; מועיל רק באזור חתום. יש לשנות לפני שהמפתח משתנה.',
  'dns.why.sts-id': 'המזהה אינו של המדיניות שמוגשת כאן, ולכן אחרים שומרים את הישנה.',
  'dns.why.tlsrpt-nowhere': 'אין בה כתובת לדוחות.',
  'dns.why.tlsa-other': 'היא נוקבת במפתח אחר מזה של שרת הדואר: מי שבודק מעכב את הדואר.',
  'dns.why.several': 'יש כמה; ואז אף אחת מהן אינה נחשבת.',
};
