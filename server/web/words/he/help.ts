// Hebrew of help.
import type { Catalogue } from '../words.ts';

export const heHelp: Catalogue = {
  'offline.title': 'אין חיבור',
  'offline.hint': 'אין גישה לשרת הדואר. טקסט שלא נשלח שמור: אפשר לחזור אחורה כדי למצוא אותו.',
  'offline.again': 'ניסיון נוסף',
};
