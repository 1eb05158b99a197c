// Hebrew of the junk filter: its settings, and why a message is in Junk.
import type { Catalogue } from '../words.ts';

export const heFilter: Catalogue = {
  'filter.lead':
    'המסנן שלך לומד ממה שמועבר לספאם וממה שמוצא ממנו. הודעות חדשות שנראות כמו ספאם עוברות לספאם, ולעולם לא למקום אחר.',
  'filter.none': 'אין כאן מסננים. מנהל המערכת יכול להפעיל אותם.',
  'filter.use': 'שימוש במסנן שלי',
  'filter.strictness': 'מידת ההקפדה',
  'filter.careful': 'זהיר: יותר ספאם בדואר הנכנס, וכמעט אף פעם לא הודעות רצויות בספאם',
  'filter.normal': 'רגיל',
  'filter.keen': 'מחמיר: פחות ספאם בדואר הנכנס, ומדי פעם הודעה רצויה בספאם',
  'filter.learnedJunk': 'נלמדו כספאם',
  'filter.learnedGood': 'נלמדו כהודעות רצויות',
  'filter.begins': 'המסנן מתחיל למיין כשהוא מכיר {count} הודעות מכל סוג.',
  'filter.fromFolders': 'למידה מהתיקיות שלי',
  'filter.fromFoldersHint': 'מה שבספאם נלמד כספאם, ומה שנקרא בתיקיות האחרות נלמד כהודעות רצויות.',
  'filter.learning': 'למידה מהתיקיות שלך',
  'filter.learned': {
    one: 'הודעה אחת הייתה חדשה למסנן שלך.',
    two: 'שתי הודעות היו חדשות למסנן שלך.',
    other: '{n} הודעות היו חדשות למסנן שלך.',
  },
  'filter.forget': 'לשכוח הכול',
  'filter.forgetHint': 'המסנן ישכח את מה שלמד ויתחיל מחדש. הדואר שלך יישאר כפי שהוא.',
  'filter.forgotten': 'המסנן שלך שכח הכול.',
  'filter.why.words': '‏Facteur חושב שזה ספאם: מילים כמו {words}.',
  'filter.why.filter': '‏Facteur חושב שזה ספאם.',
  'filter.why.sender': 'לא ניתן היה לאמת את כתובת השולח.',
  'filter.why.listed': 'ההודעה הגיעה דרך שרת שרשום כשולח ספאם.',
  'filter.why.scanner': 'תוכנת סריקה זיהתה אותה כספאם.',
  'filter.why.door': 'היא נראתה חשודה כשהגיעה.',
};
