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
  'programs.nav': 'תוכנות דואר',
  'programs.title': 'הגדרת תוכנת הדואר שלך',
  'programs.hint':
    'תוכנות רבות מוצאות את כל זה לפי הכתובת בלבד. אם התוכנה שלך שואלת, יש למסור לה את הכתוב כאן.',
  'programs.none': 'אין כאן כניסה פתוחה לתוכנות דואר.',
  'programs.imap': 'קבלת דואר (IMAP)',
  'programs.pop3': 'קבלת דואר (POP3)',
  'programs.smtp': 'שליחת דואר (SMTP)',
  'programs.everywhere': 'לשניהם',
  'programs.server': 'שרת',
  'programs.port': 'פורט',
  'programs.security': 'אבטחה',
  'programs.tls': 'SSL/TLS',
  'programs.starttls': 'STARTTLS',
  'programs.userName': 'שם משתמש',
  'programs.password': 'הסיסמה שלך, או סיסמת יישום, הנחוצה כשיש שלב שני בכניסה:',
  'programs.apple': 'iPhone,‏ iPad ו-Mac',
  'programs.appleHint':
    'יש לפתוח את הדף הזה במכשיר, להוריד את הפרופיל ולהתקין אותו בהגדרות. המכשיר יבקש את הסיסמה; היא אינה בפרופיל.',
  'programs.profile': 'הורדת הפרופיל',
  'programs.profileSays': 'הדואר של {address} בשרת {host}.',
};
