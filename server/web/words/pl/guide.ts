// Polish of the pages of help.
import type { Catalogue } from '../words.ts';

export const plGuide: Catalogue = {
  'guide.title': 'Pomoc',
  'guide.all': 'Wszystko na jednej stronie',
  'guide.more': 'Więcej pomocy',
  'guide.places': 'Strony do tego',
  'guide.keys.lead': 'Klawisze do tego, co robisz często',
  'guide.writing': 'Pisanie i wysyłanie',
  'guide.writing.lead': 'Wersje robocze, cofanie, wysyłanie później, podpisy',
  'guide.writing.begin':
    '„{compose}” zaczyna wiadomość; „{reply}”, „{replyAll}” i „{forward}” są przy każdej otwartej wiadomości.',
  'guide.writing.saved':
    'To, co piszesz, zapisuje się w trakcie pisania i leży w {drafts}, gdzie znajdą to też inne Twoje urządzenia. Bez JavaScriptu naciśnij „{save}”.',
  'guide.writing.undo':
    'Po „{send}” jest kilka sekund do namysłu: „{undo}” otwiera wiadomość jeszcze raz i nikt jej nie dostał. {settings}, {composing} mówi, ile to sekund, najwyżej 30.',
  'guide.writing.later':
    '„{later}” pozwala wysłać wiadomość o wybranej porze, w ciągu roku, niezależnie od tego, czy ktoś jest wtedy zalogowany.',
  'guide.writing.outbox':
    'To, co jeszcze nie wyszło, jest w miejscu {outbox}: tam można to zmienić, wysłać od razu lub cofnąć.',
  'guide.writing.files':
    '„{attach}” dodaje pliki; z JavaScriptem można je też upuścić na wiadomość lub wkleić. Strona mówi, ile się mieści.',
  'guide.writing.identities':
    '{settings}, {identities} ma nazwę i podpis dla każdego Twojego adresu; {templates} to teksty używane wciąż na nowo.',
  'guide.writing.fate':
    'Znaki w {sent} mówią, co się stało z wiadomością, jeśli serwer to śledzi. To, czego nie dało się doręczyć, wraca z powodem.',
  'guide.finding': 'Szukanie poczty',
  'guide.finding.lead': 'Słowa, operatory, wyszukiwanie zaawansowane',
  'guide.finding.words':
    'Wpisz słowa w pole wyszukiwania i naciśnij Enter. Znajduje się to, co ma je wszystkie: w temacie, w treści albo w nazwach i adresach.',
  'guide.finding.operators': 'Słowo z dwukropkiem szuka tylko w jednym miejscu. Kilka razem znajduje mniej.',
  'guide.finding.left': '{trash} i {junk} są pomijane, chyba że in: je wymienia albo mówi anywhere.',
  'guide.finding.advanced': '„{advanced}” ma pola dla większości z tego i nie trzeba nic pamiętać.',
  'guide.finding.act':
    'To, co znaleziono, można zaznaczać, przenosić, etykietować i usuwać jak na każdej innej liście.',
  'guide.finding.typed': 'Wpisujesz',
  'guide.finding.finds': 'Znajduje',
  'guide.row.from': 'pocztę od Boba, po nazwie lub adresie',
  'guide.row.to': 'pocztę do Carli, także kopie',
  'guide.row.subject': 'to słowo w temacie',
  'guide.row.phrase': 'te słowa obok siebie',
  'guide.row.start': 'słowa, które tak się zaczynają',
  'guide.row.not': 'pocztę bez tego słowa',
  'guide.row.or': 'pocztę z jednym z dwóch',
  'guide.row.has': 'pocztę z plikami',
  'guide.row.filename': 'pliki z tym w nazwie',
  'guide.row.is': 'nieprzeczytane; także is:read i is:starred',
  'guide.row.in': 'pocztę jednego folderu; in:anywhere: wszystkich',
  'guide.row.after': 'odebrane tego dnia lub później',
  'guide.row.before': 'odebrane przed tym dniem',
  'guide.row.larger': 'większe niż 5 MB; odwrotnie: smaller:200k',
  'guide.order': 'Porządek',
  'guide.order.lead': 'Foldery, etykiety, odkładanie, cofanie',
  'guide.order.archive':
    '„{archive}” zabiera wiadomość z miejsca {inbox}, nie usuwając jej. {junk} jest na pocztę, o którą nikt nie prosił; „{notJunk}” przywraca wiadomość.',
  'guide.order.folders':
    'Foldery tworzy się, zmienia im nazwy i wkłada jedne w drugie na stronie {folders}. Z JavaScriptem można przeciągać wiadomości na folder; z wciśniętym Ctrl są kopiowane.',
  'guide.order.labels':
    'Wiadomość leży w jednym folderze i może mieć kilka etykiet. {settings}, {labels} ma ich nazwy i kolory; inne programy pocztowe też je widzą.',
  'guide.order.snooze':
    '„{snooze}” odkłada wiadomość do wybranej pory. Wtedy wraca na górę swojej listy, nieprzeczytana.',
  'guide.order.select':
    'Zaznacz kilka wiadomości, aby działać na wszystkich naraz. Gdy zaznaczona jest cała strona, można wybrać też resztę folderu.',
  'guide.order.conversations':
    'Wiadomości, które należą do siebie, są jednym wierszem. Menu „{sort}” pokazuje w tym folderze każdą osobno.',
  'guide.order.undo':
    '„{undo}” cofa to, co zrobiono, przez 24 godziny; {settings}, {activity} to wymienia. To, co usunięto na zawsze, pozostaje usunięte.',
  'guide.order.cleaning':
    'To, co leży w {trash} i {junk}, po kilku dniach jest usuwane na zawsze. {settings}, {general} mówi, po ilu; 0 zachowuje.',
  'guide.safety': 'Bezpieczeństwo',
  'guide.safety.lead': 'Obrazy, ostrzeżenia, dwa kroki, hasła do aplikacji',
  'guide.safety.pictures':
    'Obrazy z innych serwerów zdradzają nadawcy, że czytasz, więc wczytują się tylko za Twoją zgodą. „{show}” wczytuje je dla jednej wiadomości; idą przez nasz serwer i nadawca nie widzi Twojego adresu sieciowego.',
  'guide.safety.warnings':
    'Ostrzeżenie stoi nad wiadomością, gdy jej nadawca nie przeszedł kontroli, gdy jego nazwa udaje inny adres lub gdy odpowiedzi poszłyby gdzie indziej. Uważaj wtedy na odnośniki, pliki i prośby.',
  'guide.safety.password':
    'Nikt nie potrzebuje Twojego hasła przez e-mail. Opuść stronę, która chce go po kliknięciu w wiadomości.',
  'guide.safety.files': 'Pliki, które mogą zaszkodzić, są oznaczone, a przed ich wydaniem pada pytanie.',
  'guide.safety.twoStep':
    '{settings}, {security}, „{twoStep}”: po haśle potrzebny jest kod z telefonu. Kody odzyskiwania trzymaj na papierze.',
  'guide.safety.passkey':
    'Klucz dostępu loguje odciskiem palca, twarzą lub PIN-em urządzenia, zamiast hasła i kodu.',
  'guide.safety.apps':
    'Daj każdemu programowi pocztowemu własne hasło do aplikacji: nie otwiera ono poczty w przeglądarce i można je odebrać bez innych.',
  'guide.safety.sessions':
    'Ta sama strona pokazuje, gdzie trwa zalogowanie i co działo się w ostatnich 90 dniach. Jeśli coś wygląda dziwnie, zmień hasło i naciśnij „{everywhere}”.',
  'guide.safety.unsubscribe':
    '„{unsubscribe}” wypisuje z listy. Dla poczty, o którą nikt nie prosił, lepszy jest {junk}.',
  'guide.programs': 'Telefon i programy pocztowe',
  'guide.programs.lead': 'Serwery, porty, hasła do aplikacji',
  'guide.programs.where':
    '{settings}, {programs} ma serwery, porty i nazwę użytkownika dla programów pocztowych. Nazwą użytkownika jest cały Twój adres.',
  'guide.programs.alone':
    'Wiele programów znajduje je samo po wpisaniu adresu; dla iPhone’a, iPada i Maca strona ma profil.',
  'guide.programs.imap':
    'Z IMAP program pokazuje te same foldery i wiadomości co poczta w przeglądarce, a przeczytane tu jest przeczytane tam. Z POP3 dostaje tylko {inbox}.',
  'guide.programs.app': 'Przy logowaniu dwuetapowym program potrzebuje hasła do aplikacji zamiast Twojego.',
  'guide.programs.wrong':
    'Po kilku błędnych hasłach serwer każe programowi czekać. Popraw hasło we wszystkich programach i spróbuj ponownie.',
  'guide.moving': 'Przenoszenie poczty',
  'guide.moving.lead': 'Import, eksport, przekazywanie',
  'guide.moving.in':
    '{settings}, {transfer} przyjmuje pocztę: pliki mbox, archiwa ZIP z wiadomościami lub pojedyncze wiadomości (.eml). To, co już jest w folderze, jest pomijane.',
  'guide.moving.out':
    'Ta sama strona daje folder jako jeden plik albo wszystko, z kontaktami i ustawieniami, jako jedno archiwum.',
  'guide.moving.ticked': 'Wiadomości zaznaczone na liście można pobrać z jej menu.',
  'guide.moving.contacts': 'Strona {contacts} przyjmuje i daje vCard oraz CSV.',
  'guide.moving.elsewhere':
    'Od innego dostawcy pocztę przenosi też program pocztowy: skonfiguruj w nim oba konta i skopiuj foldery.',
  'guide.moving.jobs':
    'To, co trwa długo, działa dalej po opuszczeniu strony. Wiersz mówi, jak daleko to jest, i można to zatrzymać.',
  'guide.moving.forward':
    '{settings}, {delivery} przekazuje pocztę na inny adres i odpowiada na nią podczas nieobecności.',
  'guide.moving.away':
    'Odpowiedź może mieć pierwszy i ostatni dzień i trafiać tylko do osób z Twoich kontaktów. Listy i automaty jej nie dostają, a nikt nie dostaje jej dwa razy w ciągu wybranych dni. Wiersz na każdej stronie mówi, że jest włączona.',
  'guide.offline': 'Nowa poczta i brak połączenia',
  'guide.offline.lead': 'Powiadomienia, bez sieci, instalowanie',
  'guide.offline.news':
    'Nowa poczta pojawia się sama, dopóki strona jest otwarta. Bez JavaScriptu wczytaj stronę ponownie albo pozwól na to listom: {settings}, {general}.',
  'guide.offline.tab': 'Tytuł karty mówi, ile jest nieprzeczytanych w miejscu {inbox}.',
  'guide.offline.notify':
    '{settings}, {general} włącza powiadomienia o nowej poczcie: nadawca i temat, bez dźwięku, dopóki strona poczty jest otwarta. Przeglądarka pyta raz, czy może.',
  'guide.offline.gone':
    'Bez połączenia mówi o tym strona. Pisana wiadomość zostaje na ekranie, a ta przeglądarka przechowuje ją, aż serwer ją ma.',
  'guide.offline.kept': 'Czytana poczta nie jest zapisywana na urządzeniu.',
  'guide.offline.install':
    'Większość przeglądarek proponuje zainstalowanie poczty: ma wtedy własne okno i ikonę.',
};
