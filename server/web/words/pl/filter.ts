// Polish of the junk filter: its settings, and why a message is in Junk.
import type { Catalogue } from '../words.ts';

export const plFilter: Catalogue = {
  'filter.lead':
    'Twój własny filtr uczy się z tego, co przenosisz do Spamu i co z niego wyjmujesz. Nowa poczta, która wygląda na spam, trafia do Spamu i nigdzie indziej.',
  'filter.none': 'Nie ma tu filtrów. Administrator może je włączyć.',
  'filter.use': 'Używaj mojego filtra',
  'filter.strictness': 'Surowość',
  'filter.careful': 'Ostrożny: więcej spamu w odebranych, prawie nigdy dobra poczta w Spamie',
  'filter.normal': 'Zwykły',
  'filter.keen': 'Surowy: mniej spamu w odebranych, czasem dobra poczta w Spamie',
  'filter.learnedJunk': 'Poznane jako spam',
  'filter.learnedGood': 'Poznane jako dobra poczta',
  'filter.begins': 'Zaczyna sortować, gdy zna {count} wiadomości każdego rodzaju.',
  'filter.fromFolders': 'Ucz się z moich folderów',
  'filter.fromFoldersHint':
    'To, co jest w Spamie, jest poznawane jako spam, a to, co przeczytano w innych folderach, jako dobra poczta.',
  'filter.learning': 'Nauka z Twoich folderów',
  'filter.learned': {
    one: '{n} wiadomość była nowa dla Twojego filtra.',
    few: '{n} wiadomości były nowe dla Twojego filtra.',
    many: '{n} wiadomości było nowych dla Twojego filtra.',
    other: '{n} wiadomości było nowych dla Twojego filtra.',
  },
  'filter.forget': 'Zapomnij wszystko',
  'filter.forgetHint': 'Filtr zapomina, czego się nauczył, i zaczyna od nowa. Poczta zostaje bez zmian.',
  'filter.forgotten': 'Filtr zapomniał wszystko.',
  'filter.why.words': 'Facteur uważa to za spam: słowa takie jak {words}.',
  'filter.why.filter': 'Facteur uważa to za spam.',
  'filter.why.sender': 'Nie udało się potwierdzić adresu nadawcy.',
  'filter.why.listed': 'Wiadomość przyszła przez serwer, który jest na liście nadawców spamu.',
  'filter.why.scanner': 'Skaner uznał ją za spam.',
  'filter.why.door': 'Po nadejściu wyglądała podejrzanie.',
};
