// Hebrew of snooze.
import type { Catalogue } from '../words.ts';

export const heSnooze: Catalogue = {
  'folder.snoozed': 'נדחו למועד אחר',
  'snooze.title': 'דחייה עד',
  'snooze.today': 'בהמשך היום, {time}',
  'snooze.tomorrow': 'מחר, {time}',
  'snooze.monday': 'יום שני {day}, {time}',
  'snooze.date': 'תאריך',
  'snooze.time': 'שעה',
  'snooze.zone': 'לפי השעון של {zone}',
  'snooze.button': 'דחייה',
  'snooze.now': 'החזרה עכשיו',
  'snooze.noTime': 'יש לציין תאריך ושעה.',
  'snooze.pastTime': 'המועד הזה כבר עבר. יש לבחור מועד מאוחר יותר.',
  'snooze.farTime': 'יש לבחור מועד בתוך שנה.',
  'snooze.doing': 'דחייה',
  'snooze.doingBack': 'החזרה',
  'snooze.done': {
    one: 'ההודעה נדחתה עד {time}.',
    two: 'שתי הודעות נדחו עד {time}.',
    other: '{n} הודעות נדחו עד {time}.',
  },
  'snooze.back': { one: 'ההודעה הוחזרה.', two: 'שתי הודעות הוחזרו.', other: '{n} הודעות הוחזרו.' },
  'snooze.until': 'חזרה: {time}',
  'snooze.woken': 'חזרה מדחייה',
  'snooze.empty': 'אין הודעות שנדחו',
  'snooze.emptyHint': 'הודעה שנדחית חוזרת לראש הרשימה במועד שנבחר.',
};
