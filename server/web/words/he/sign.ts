// Hebrew of the keys that sign a domain's mail.
import type { Catalogue } from '../words.ts';

export const heSign: Catalogue = {
  'dns.kind.dkim': 'חתימות ההודעות (DKIM)',
  'dns.about.dkim': 'מאפשר לאחרים לבדוק שההודעות של הדומיין באמת שלך.',
  'dns.why.dkim-several': 'יש כמה רשומות, ואחרים עלולים לקחת את הלא נכונה. יש להשאיר אחת.',
  'dns.why.dkim-revoked': 'הרשומה מבטלת את המפתח: ה־p שלה ריק. יש להחליף את הרשומה.',
  'dns.why.dkim-other-key': 'ברשומה מפתח אחר, או שאין בה מפתח. יש להחליף אותה.',
  'dns.why.dkim-testing': 'הרשומה אומרת שזה רק ניסיון. יש להסיר את t=y.',
  'signing.title': 'חתימה (DKIM)',
  'signing.hint': 'הודעות יוצאות נחתמות, כדי שאחרים יוכלו לבדוק שהן שלך. את המפתחות הם מוצאים ב־DNS.',
  'signing.none': 'הודעות של הדומיין הזה יוצאות ללא חתימה. שרתים רבים רואים בהודעות כאלה דואר זבל.',
  'signing.right': 'ההודעות נחתמות, ואחרים מוצאים את המפתחות.',
  'signing.wrong':
    'ההודעות נחתמות, אבל אחרים אינם מוצאים את המפתחות כפי שהם צריכים להיות. יש לפרסם את הרשומות שלמטה.',
  'signing.waiting':
    'מפתחות חדשים ממתינים. יש לפרסם את הרשומות שלהם; כשאחרים ימצאו אותם, אפשר לתת להם לחתום.',
  'signing.state.current': 'חותם',
  'signing.state.next': 'ממתין',
  'signing.state.old': 'נח',
  'signing.state.broken': 'פגום',
  'signing.made': 'נוצר {time}',
  'signing.copy': 'העתקה',
  'signing.copied': 'הועתק',
  'signing.add': 'יצירת מפתחות',
  'signing.rotate': 'יצירת מפתחות חדשים',
  'signing.rotateHint': 'כדאי להחליף מפתחות פעם בשנה. הנוכחיים חותמים עד שהחדשים יקבלו את התפקיד.',
  'signing.use': 'לתת להם לחתום',
  'signing.useAnyway': 'לתת להם לחתום בכל זאת',
  'signing.unpublished':
    'אחרים עדיין אינם מוצאים את המפתחות האלה: {keys}. הודעות שייחתמו בהם ייחשבו ללא חתומות.',
  'signing.remove': 'הסרה',
  'signing.removeTitle': 'להסיר את המפתח {key}?',
  'signing.removeOld': 'כדאי להשאיר את הרשומה שלו ב־DNS עוד שבוע: הודעות שבדרך עדיין נבדקות לפיו.',
  'signing.removeCurrent': 'הוא חותם עכשיו. בלעדיו הודעות של הדומיין הזה עלולות לצאת ללא חתימה.',
};
