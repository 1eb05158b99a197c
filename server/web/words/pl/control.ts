// Polish of the server’s settings in the administration.
import type { Catalogue } from '../words.ts';

export const plControl: Catalogue = {
  'control.title': 'Ustawienia',
  'control.hint':
    'Każde ustawienie to plik w control/. Co nie ma pliku, ma wartość domyślną. Działający program przyjmuje zmianę od razu, chyba że strona ustawienia mówi inaczej.',
  'control.search': 'Nazwa lub słowa',
  'control.filters': 'Które ustawienia',
  'control.only.all': 'Wszystkie',
  'control.only.set': 'Z plikiem',
  'control.only.wrong': 'Błędne',
  'control.none': 'Żadne ustawienie nie pasuje.',
  'control.wrong': {
    one: '{n} plik jest błędny.',
    few: '{n} pliki są błędne.',
    many: '{n} plików jest błędnych.',
    other: '{n} plików jest błędnych.',
  },
  'control.wrongHint':
    'Działający program pozostaje przy tym, co plik zawierał, zanim stał się błędny; program dopiero uruchamiany może nie wystartować.',
  'control.unknown': 'Pliki, których nikt nie czyta',
  'control.unknownHint':
    'Leżą w control/, ale nie zna ich żadna część programu: to błędnie wpisana nazwa albo plik innego programu.',
  'control.runScripts': 'Czytają to tylko skrypty run dawnych serwerów.',
  'control.setting': 'Ustawienie',
  'control.value': 'Obecna wartość',
  'control.default': 'Wartość domyślna',
  'control.isDefault': 'Domyślnie:',
  'control.empty': '(puste)',
  'control.isWrong': 'błędne',
  'control.more': {
    one: 'i jeszcze {n} wiersz',
    few: 'i jeszcze {n} wiersze',
    many: 'i jeszcze {n} wierszy',
    other: 'i jeszcze {n} wierszy',
  },
  'control.room.names': 'Nazwy hosta',
  'control.room.doors': 'Usługi sieciowe i ich limity',
  'control.room.policy': 'Kto co może wysyłać',
  'control.room.rules': 'Reguły dostępu',
  'control.room.senders': 'Autentyczność nadawców',
  'control.room.junk': 'Spam i wirusy',
  'control.room.queue': 'Kolejka i zwroty',
  'control.room.local': 'Doręczanie lokalne',
  'control.room.remote': 'Poczta do innych hostów',
  'control.room.people': 'Konta i poczta w przeglądarce',
  'control.room.roles': 'Użytkownicy programu',
  'control.room.history': 'Historia doręczeń',
  'control.kind': 'Postać',
  'control.kind.line': 'jeden wiersz',
  'control.kind.int': 'liczba',
  'control.kind.list': 'jeden wpis w wierszu; wiersze zaczynające się od # to komentarze',
  'control.kind.map': 'klucz:wartość, po jednym w wierszu; wiersze zaczynające się od # to komentarze',
  'control.kind.text': 'tekst',
  'control.kind.cdb': 'skompilowana tabela',
  'control.kind.rules': 'reguły, po jednej w wierszu; wiersze zaczynające się od # to komentarze',
  'control.readers': 'Kto czyta',
  'control.origin': 'Znane w qmailu',
  'control.yes': 'tak',
  'control.no': 'nie',
  'control.room': 'Należy do',
  'control.atStart':
    'Ten plik jest czytany przy uruchamianiu programu. Zmiana obowiązuje po ponownym uruchomieniu.',
  'control.text': 'Treść pliku',
  'control.newText': 'Nowa treść pliku',
  'control.noFile':
    'Pliku teraz nie ma, więc obowiązuje wartość domyślna. Pusty plik to nie to samo co brak pliku.',
  'control.maskedHint':
    'Hasła nie są pokazywane. Wpisz całą treść od nowa, ze wszystkimi hasłami; zastąpi ona dotychczasową.',
  'control.stored': 'Obecny plik',
  'control.conflict': 'W międzyczasie ktoś inny zmienił ten plik.',
  'control.conflictHint':
    'Wyżej jest obecna treść pliku, niżej treść wpisana przez Ciebie. Zapisanie zastąpi plik wpisaną treścią.',
  'control.back': 'Wszystkie ustawienia',
  'control.toDefault': 'Przywróć wartość domyślną',
  'control.saved': 'Zapisano.',
  'control.savedForStart': 'Zapisano. Obowiązuje po ponownym uruchomieniu.',
  'control.shutsOut':
    'Wśród nich nie ma nazwy {host}, pod którą pracujesz: po ponownym uruchomieniu powrót byłby niemożliwy. Dodaj ją.',
  'control.lock.domains':
    'Tym plikiem zarządzają strony domen: dodaj lub usuń domenę tam, a wszystkie powiązane pliki zmienią się razem.',
  'control.lock.host':
    'Ta nazwa występuje w innych plikach, w poczcie będącej w drodze i w DNS. Zmień ją na serwerze poleceniem config-fast i uruchom program ponownie.',
  'control.lock.programs':
    'Zawartość tego pliku powoduje, że program uruchamia inne programy. Można ją zmienić tylko na serwerze, aby przejęta sesja poczty nie pozwalała niczego uruchomić.',
  'control.lock.users':
    'To użytkownicy systemu dla programu, który uruchamia root. Można ich zmienić tylko na serwerze.',
  'control.lock.accounts':
    'To mówi, gdzie są konta. Błędne słowo odcięłoby wszystkich, którzy mogliby je poprawić, dlatego można to zmienić tylko na serwerze.',
  'control.lock.compiled': 'Ta tabela jest kompilowana na serwerze; nie ma tekstu do edycji.',
  'control.lock.odd':
    'Jest tu coś innego niż zwykły plik do 65536 bajtów, na przykład dowiązanie. Można to zmienić tylko na serwerze.',
  'control.lock.bytes':
    'Plik zawiera bajty, które nie są w UTF-8 i zostałyby w formularzu uszkodzone. Można go zmienić tylko na serwerze.',
};
