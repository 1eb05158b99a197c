// Hebrew of conversations.
import type { Catalogue } from '../words.ts';

export const heConversations: Catalogue = {
  'conversation.asThreads': 'שיחות',
  'conversation.asMessages': 'הודעות בודדות',
  'conversation.show': 'כל שורה היא',
  'conversation.me': 'אני',
  'conversation.count': { one: 'הודעה אחת', two: 'שתי הודעות', other: '{n} הודעות' },
  'conversation.earlier': 'הצגת הודעות קודמות',
  'conversation.later': 'הצגת הודעות מאוחרות יותר',
  'conversation.unfold': 'הרחבת הכול',
  'conversation.fold': 'צמצום',
  'conversation.foldOf': 'צמצום ההודעה מאת {name}',
  'conversation.showWhole': 'הצגת ההודעה במלואה',
  'conversation.isDraft': 'טיוטה',
  'conversation.goOn': 'המשך הכתיבה',
  'conversation.actions': 'פעולות על השיחה',
  'conversation.mailActions': 'פעולות על ההודעה',
  'conversation.deleteThis': 'מחיקת ההודעה הזו',
  'conversation.unreadFrom': 'סימון כ’לא נקראה’ מכאן והלאה',
  'conversation.unread': 'סימון השיחה כ’לא נקראה’',
  'conversation.showAlone': 'הצגה בנפרד',
  'conversation.loadFailed': 'לא ניתן היה לטעון את ההודעה.',
  'conversation.archived': {
    one: 'השיחה הועברה לארכיון.',
    two: 'שתי שיחות הועברו לארכיון.',
    other: '{n} שיחות הועברו לארכיון.',
  },
  'conversation.trashed': {
    one: 'השיחה הועברה לאשפה.',
    two: 'שתי שיחות הועברו לאשפה.',
    other: '{n} שיחות הועברו לאשפה.',
  },
  'conversation.junked': {
    one: 'השיחה הועברה לספאם.',
    two: 'שתי שיחות הועברו לספאם.',
    other: '{n} שיחות הועברו לספאם.',
  },
  'conversation.notJunked': {
    one: 'השיחה הועברה לדואר הנכנס.',
    two: 'שתי שיחות הועברו לדואר הנכנס.',
    other: '{n} שיחות הועברו לדואר הנכנס.',
  },
  'conversation.moved': {
    one: 'השיחה הועברה אל ”{folder}”.',
    two: 'שתי שיחות הועברו אל ”{folder}”.',
    other: '{n} שיחות הועברו אל ”{folder}”.',
  },
};
