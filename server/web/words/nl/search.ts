// Dutch of search.
import type { Catalogue } from '../words.ts';

export const nlSearch: Catalogue = {
  'search.inFolder': 'In {folder}',
  'search.lastMonth': 'Afgelopen maand',
  'search.more': 'Meer',
  'search.cut': 'Deze zoekopdracht is erg ruim. Slechts een deel van de resultaten wordt getoond.',
  'search.advanced': 'Geavanceerd zoeken',
  'search.anywhere': 'Alle e-mail, met Prullenbak en Spam',
  'search.field.words': 'Al deze woorden',
  'search.field.phrase': 'Precies deze woorden samen',
  'search.field.none': 'Geen van deze woorden',
  'search.field.from': 'Van',
  'search.field.to': 'Aan of in kopie aan',
  'search.field.subject': 'In het onderwerp',
  'search.field.in': 'Waar',
  'search.field.after': 'Ontvangen op of na',
  'search.field.before': 'Ontvangen vóór',
  'search.field.larger': 'Groter dan (MB)',
  'search.field.is': 'Status',
  'search.isAny': 'Alle',
  'search.isUnread': 'Ongelezen',
  'search.isRead': 'Gelezen',
  'search.isStarred': 'Met ster',
  'search.hasAttachment': 'Met bijlage',
  'search.badDay': 'Schrijf de dag als 2026-01-31.',
  'search.badSize': 'Vul een heel aantal megabytes in.',
};
