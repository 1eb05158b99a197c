// Hebrew of the look of a domain.
import type { Catalogue } from '../words.ts';

export const heLook: Catalogue = {
  'look.title': 'מראה',
  'look.explained':
    'השם, הצבע והלוגו שהאנשים של {domain} רואים בדואר. דף הכניסה מציג אותם בכתובת הדומיין ובכתובות שמתחתיו, למשל mail.{domain}.',
  'look.name': 'שם',
  'look.nameHint': 'מופיע ליד הלוגו ובכותרות הדפים. ריק: ”{name}”.',
  'look.accent': 'צבע הדגשה',
  'look.accentHint': 'לכפתורים, לקישורים ולמקום הנוכחי, למשל ‎#1c6664. ריק: הצבע הרגיל.',
  'look.accentDark': 'צבע הדגשה בערכה הכהה',
  'look.accentDarkHint': 'ריק: גוון בהיר יותר של הצבע האחר.',
  'look.colour': 'יש לכתוב את הצבע כ-# ושישה סימנים, למשל ‎#1c6664.',
  'look.weakLight':
    'קשה לקרוא את הצבע הזה בדפים בהירים: הניגודיות שלו היא {ratio} ל-1, וטקסט צריך {least} ל-1. הגוון המתאים הקרוב ביותר הוא {shade}.',
  'look.weakDark':
    'קשה לקרוא את הצבע הזה בדפים כהים: הניגודיות שלו היא {ratio} ל-1, וטקסט צריך {least} ל-1. הגוון המתאים הקרוב ביותר הוא {shade}.',
  'look.logo': 'לוגו',
  'look.logoFile': 'תמונה',
  'look.logoHint': 'PNG, WebP או JPEG, עד 64 ק״ב ו-512 פיקסלים לכל צלע. עם רקע שקוף הוא מתאים לשתי הערכות.',
  'look.logoPut': 'שימוש בלוגו הזה',
  'look.logoRemove': 'הסרת הלוגו',
  'look.notPicture': 'זו אינה תמונת PNG, WebP או JPEG. יש לבחור תמונה אחרת.',
  'look.tooLarge': 'התמונה גדולה מ-64 ק״ב או מ-512 פיקסלים לצלע. יש לבחור תמונה קטנה יותר.',
  'look.usual': 'חזרה למראה הרגיל',
  'look.usualHint': 'השם, הצבעים והלוגו של {domain} יוסרו.',
  'look.usualNow': 'ל-{domain} שוב יש המראה הרגיל.',
};
