// Hebrew of DNS records, the set-up of mail programs and the reports of other hosts.
import type { Catalogue } from '../words.ts';

export const heReport: Catalogue = {
  'dns.again': 'בדיקה חוזרת',
  'dns.kind.setup': 'הגדרות לתוכנות דואר',
  'dns.about.mx': 'אומר לשרתים אחרים איזה שרת מקבל את הדואר של הדומיין.',
  'dns.about.address': 'מוביל משם שרת הדואר אל המחשב הזה.',
  'dns.about.reverse': 'מוביל מהכתובת בחזרה אל השם; שרתים רבים דוחים דואר מכתובת שאין לה שם.',
  'dns.about.spf': 'מונה את השרתים שרשאים לשלוח בשם הדומיין.',
  'dns.about.dmarc': 'אומר מה על אחרים לעשות בדואר שרק מתחזה לשלכם, ולאן לדווח עליו.',
  'dns.about.service': 'מאפשר לתוכנות דואר למצוא שרת ופורט לפי הכתובת בלבד.',
  'dns.about.setup': 'מאפשר ל-Thunderbird ול-Outlook לקבל את ההגדרות לפי הכתובת בלבד.',
  'dns.about.caa': 'נוקב במי שרשאי להנפיק אישורים לשרת הדואר; כל האחרים חייבים לסרב.',
  'dns.why.alias-elsewhere': 'הוא מוביל אל {value}, ולא אל השרת הזה.',
};
