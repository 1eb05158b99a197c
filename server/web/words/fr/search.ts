// French of search.
import type { Catalogue } from '../words.ts';

export const frSearch: Catalogue = {
  'search.inFolder': 'Dans {folder}',
  'search.lastMonth': 'Le mois dernier',
  'search.more': 'Plus',
  'search.cut': 'Cette recherche est très large. Seule une partie de ce qu’elle trouve est affichée.',
  'search.advanced': 'Recherche avancée',
  'search.anywhere': 'Tout le courrier, corbeille et indésirables compris',
  'search.field.words': 'Tous ces mots',
  'search.field.phrase': 'Exactement ces mots, à la suite',
  'search.field.none': 'Aucun de ces mots',
  'search.field.from': 'De',
  'search.field.to': 'À ou en copie à',
  'search.field.subject': 'Dans l’objet',
  'search.field.in': 'Où',
  'search.field.after': 'Reçu le, ou après le',
  'search.field.before': 'Reçu avant le',
  'search.field.larger': 'Plus grand que (Mo)',
  'search.field.is': 'État',
  'search.isAny': 'Tous',
  'search.isUnread': 'Non lu',
  'search.isRead': 'Lu',
  'search.isStarred': 'Suivi',
  'search.hasAttachment': 'Avec pièce jointe',
  'search.badDay': 'Écrivez le jour ainsi : 2026-01-31.',
  'search.badSize': 'Écrivez un nombre entier de mégaoctets.',
};
