// Italian of search.
import type { Catalogue } from '../words.ts';

export const itSearch: Catalogue = {
  'search.inFolder': 'In {folder}',
  'search.lastMonth': 'Ultimo mese',
  'search.more': 'Altro',
  'search.cut': 'Questa ricerca è molto ampia. Viene mostrata solo una parte dei risultati.',
  'search.advanced': 'Ricerca avanzata',
  'search.anywhere': 'Tutta la posta, con Cestino e Spam',
  'search.field.words': 'Tutte queste parole',
  'search.field.phrase': 'Esattamente queste parole insieme',
  'search.field.none': 'Nessuna di queste parole',
  'search.field.from': 'Da',
  'search.field.to': 'A o in copia a',
  'search.field.subject': 'Nell’oggetto',
  'search.field.in': 'Dove',
  'search.field.after': 'Ricevuto dal giorno',
  'search.field.before': 'Ricevuto prima del',
  'search.field.larger': 'Più grande di (MB)',
  'search.field.is': 'Stato',
  'search.isAny': 'Qualsiasi',
  'search.isUnread': 'Non letti',
  'search.isRead': 'Letti',
  'search.isStarred': 'Speciali',
  'search.hasAttachment': 'Con allegati',
  'search.badDay': 'Scrivi il giorno così: 2026-01-31.',
  'search.badSize': 'Inserisci un numero intero di megabyte.',
};
