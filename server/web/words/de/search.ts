// German of search.
import type { Catalogue } from '../words.ts';

export const deSearch: Catalogue = {
  'search.inFolder': 'In {folder}',
  'search.lastMonth': 'Letzter Monat',
  'search.more': 'Mehr',
  'search.cut': 'Diese Suche ist sehr weit gefasst. Nur ein Teil der Treffer wird gezeigt.',
  'search.advanced': 'Erweiterte Suche',
  'search.anywhere': 'Alle E-Mails, auch Papierkorb und Spam',
  'search.field.words': 'Alle diese Wörter',
  'search.field.phrase': 'Genau diese Wörter zusammen',
  'search.field.none': 'Keines dieser Wörter',
  'search.field.from': 'Von',
  'search.field.to': 'An oder Kopie an',
  'search.field.subject': 'Im Betreff',
  'search.field.in': 'Wo',
  'search.field.after': 'Empfangen am oder nach dem',
  'search.field.before': 'Empfangen vor dem',
  'search.field.larger': 'Größer als (MB)',
  'search.field.is': 'Zustand',
  'search.isAny': 'Beliebig',
  'search.isUnread': 'Ungelesen',
  'search.isRead': 'Gelesen',
  'search.isStarred': 'Mit Stern',
  'search.hasAttachment': 'Mit Anhang',
  'search.badDay': 'Schreiben Sie den Tag so: 2026-01-31.',
  'search.badSize': 'Schreiben Sie eine ganze Zahl von Megabyte.',
};
