// Polish of the page that keeps junk out.
import type { Catalogue } from '../words.ts';

export const plJunk: Catalogue = {
  'junk.title': 'Spam',
  'junk.hint':
    'Co muszą przejść obce serwery i ich wiadomości, zanim zostaną przyjęte. Zmiana działa od następnej wiadomości.',
  'junk.rules': 'Reguły',
  'junk.junkscore': 'Punkty, od których wiadomość jest spamem',
  'junk.rejectscore': 'Punkty, od których wiadomość jest odrzucana',
  'junk.greylist': 'Szara lista: ile sekund czeka pierwsza wiadomość od nieznanego nadawcy',
  'junk.greylistHint':
    'Serwery pocztowe same próbują ponownie, większość programów spamerów nie. Zwykle 300; puste pole wyłącza.',
  'junk.reputation': 'Przyznawać mało połączeń sieciom, które wysyłały głównie spam',
  'junk.others': 'Więcej ustawień:',
  'junk.noState':
    'Nie można pokazać list i skanerów: plik control jest błędny albo zbyt wiele osób ogląda teraz tę stronę.',
  'junk.scanners': 'Skanery',
  'junk.scanner': 'Skaner',
  'junk.address': 'Adres',
  'junk.off': 'wyłączony',
  'junk.answers': 'odpowiada, {ms} ms',
  'junk.silent': 'nie odpowiada: {why}',
  'junk.lists': 'Listy DNS',
  'junk.noLists': 'Żadna lista nie jest pytana.',
  'junk.list': 'Lista',
  'junk.does': 'Wpis',
  'junk.does.defer': 'na razie odrzuca',
  'junk.does.reject': 'odrzuca',
  'junk.does.allow': 'mile widziany',
  'junk.does.note': 'daje punkty: {points}',
  'junk.list.right': 'w porządku',
  'junk.list.everything': 'zawiera wszystko: nie jest pytana',
  'junk.list.nothing': 'brak wpisu testowego',
  'junk.list.unknown': 'nie odpowiada',
  'junk.turned': 'Ostatnio odrzucone lub oznaczone jako spam',
  'junk.noTurned': 'Jeszcze nic.',
  'junk.refused': 'odrzucona',
  'junk.junked': 'spam',
};
