// Polish of search.
import type { Catalogue } from '../words.ts';

export const plSearch: Catalogue = {
  'search.inFolder': 'W folderze {folder}',
  'search.lastMonth': 'Ostatni miesiąc',
  'search.more': 'Więcej',
  'search.cut': 'To wyszukiwanie jest bardzo szerokie. Widoczna jest tylko część wyników.',
  'search.advanced': 'Wyszukiwanie zaawansowane',
  'search.anywhere': 'Cała poczta, także Kosz i Spam',
  'search.field.words': 'Wszystkie te słowa',
  'search.field.phrase': 'Dokładnie te słowa razem',
  'search.field.none': 'Żadne z tych słów',
  'search.field.from': 'Od',
  'search.field.to': 'Do lub DW',
  'search.field.subject': 'W temacie',
  'search.field.in': 'Gdzie',
  'search.field.after': 'Otrzymane tego dnia lub później',
  'search.field.before': 'Otrzymane przed',
  'search.field.larger': 'Większe niż (MB)',
  'search.field.is': 'Stan',
  'search.isAny': 'Dowolny',
  'search.isUnread': 'Nieprzeczytane',
  'search.isRead': 'Przeczytane',
  'search.isStarred': 'Z gwiazdką',
  'search.hasAttachment': 'Z załącznikiem',
  'search.badDay': 'Wpisz dzień w postaci 2026-01-31.',
  'search.badSize': 'Wpisz całkowitą liczbę megabajtów.',
};
