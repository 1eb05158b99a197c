// Polish of the header area of a message and its warnings.
import type { Catalogue } from '../words.ts';

export const plHeader: Catalogue = {
  'header.sentVia': 'Wysłano przez',
  'header.connection': 'Połączenie',
  'header.encrypted': 'Szyfrowane, z {host}',
  'header.plain': 'Nieszyfrowane, z {host}',
  'header.checked': 'Nadawca',
  'header.signed': 'podpisane przez {domain}',
  'header.comesFrom': 'pochodzi z {domain}',
  'header.unsigned': 'nie udało się zweryfikować',
  'header.addContact': 'Dodaj do kontaktów',
  'header.addNamed': 'Dodaj {name} do kontaktów',
  'header.showContact': 'Pokaż kontakt',
  'header.showNamed': 'Pokaż kontakt {name}',
  'warning.dmarc':
    'Ta wiadomość nie przeszła weryfikacji nadawcy: według {domain} nie pochodzi stamtąd. Ostrożnie z linkami, plikami i prośbami.',
  'warning.newReplyElsewhere':
    'Nie było jeszcze wiadomości od Ciebie do {sender}, a odpowiedzi na tę wiadomość trafiają do innej domeny: {address}.',
  'warning.ownName':
    'Ta wiadomość jest podpisana Twoim nazwiskiem, ale przyszła z adresu {address}, który nie należy do Ciebie.',
  'unsubscribe.title': 'Rezygnacja z subskrypcji',
  'unsubscribe.link': 'Anuluj subskrypcję',
  'unsubscribe.left': 'Subskrypcję anulowano {date}',
  'unsubscribe.question': 'Anulować subskrypcję: {name}?',
  'unsubscribe.post':
    'Do {target} zostanie wysłane żądanie. Nadawca dowie się z niego, że ta wiadomość do Ciebie dotarła.',
  'unsubscribe.letter': 'Z Twojego adresu zostanie wysłana wiadomość do {target}.',
  'unsubscribe.page':
    'Z tych wiadomości rezygnuje się na stronie {target}, która otworzy się w nowej karcie.',
  'unsubscribe.sender': 'Według wiadomości jej nadawcą jest {sender}. Nie zostało to sprawdzone.',
  'unsubscribe.signed': 'Nadawcą wiadomości jest {sender}, podpis: {domain}.',
  'unsubscribe.button': 'Anuluj subskrypcję',
  'unsubscribe.open': 'Otwórz stronę',
  'unsubscribe.done': 'Anulowano subskrypcję.',
  'unsubscribe.failed': 'Serwer {host} nie przyjął żądania. Spróbuj ponownie lub otwórz jego stronę.',
  'unsubscribe.notSent': 'Nie udało się wysłać wiadomości: {words}',
  'unsubscribe.none': 'Tej wiadomości już tu nie ma albo nie podaje ona sposobu rezygnacji z subskrypcji.',
};
