// Spanish of search.
import type { Catalogue } from '../words.ts';

export const esSearch: Catalogue = {
  'search.inFolder': 'En {folder}',
  'search.lastMonth': 'Último mes',
  'search.more': 'Más',
  'search.cut': 'Esta búsqueda es muy amplia. Solo se muestra una parte de lo encontrado.',
  'search.advanced': 'Búsqueda avanzada',
  'search.anywhere': 'Todo el correo, con Papelera y Spam',
  'search.field.words': 'Todas estas palabras',
  'search.field.phrase': 'Exactamente estas palabras juntas',
  'search.field.none': 'Ninguna de estas palabras',
  'search.field.from': 'De',
  'search.field.to': 'Para o con copia a',
  'search.field.subject': 'En el asunto',
  'search.field.in': 'Dónde',
  'search.field.after': 'Recibido desde el',
  'search.field.before': 'Recibido antes del',
  'search.field.larger': 'Mayor que (MB)',
  'search.field.is': 'Estado',
  'search.isAny': 'Cualquiera',
  'search.isUnread': 'No leído',
  'search.isRead': 'Leído',
  'search.isStarred': 'Destacado',
  'search.hasAttachment': 'Con adjuntos',
  'search.badDay': 'Escribe el día así: 2026-01-31.',
  'search.badSize': 'Escribe un número entero de megabytes.',
};
