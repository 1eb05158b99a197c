// Italian of the look of a domain.
import type { Catalogue } from '../words.ts';

export const itLook: Catalogue = {
  'look.title': 'Aspetto',
  'look.explained':
    'Nome, colore e logo che le persone di {domain} vedono nella webmail. La pagina di accesso li mostra all’indirizzo del dominio e a quelli sotto di esso, per esempio mail.{domain}.',
  'look.name': 'Nome',
  'look.nameHint': 'Sta accanto al logo e nei titoli delle pagine. Vuoto: “{name}”.',
  'look.accent': 'Colore d’accento',
  'look.accentHint':
    'Per i pulsanti, i link e il punto in cui ci si trova, per esempio #1c6664. Vuoto: il colore consueto.',
  'look.accentDark': 'Colore d’accento nel tema scuro',
  'look.accentDarkHint': 'Vuoto: una tonalità più chiara dell’altro colore.',
  'look.colour': 'Scrivi il colore con # e sei cifre, per esempio #1c6664.',
  'look.weakLight':
    'Questo colore si legge male sulle pagine chiare: il suo contrasto è {ratio} a 1, e il testo richiede {least} a 1. La tonalità più vicina che lo raggiunge è {shade}.',
  'look.weakDark':
    'Questo colore si legge male sulle pagine scure: il suo contrasto è {ratio} a 1, e il testo richiede {least} a 1. La tonalità più vicina che lo raggiunge è {shade}.',
  'look.logo': 'Logo',
  'look.logoFile': 'Immagine',
  'look.logoHint':
    'PNG, WebP o JPEG, al massimo 64 KB e 512 pixel per lato. Con lo sfondo trasparente va bene in entrambi i temi.',
  'look.logoPut': 'Usa questo logo',
  'look.logoRemove': 'Rimuovi il logo',
  'look.notPicture': 'Questa non è un’immagine PNG, WebP o JPEG. Scegline un’altra.',
  'look.tooLarge': 'Questa immagine supera i 64 KB o i 512 pixel per lato. Scegline una più piccola.',
  'look.usual': 'Torna all’aspetto consueto',
  'look.usualHint': 'Il nome, i colori e il logo di {domain} vengono rimossi.',
  'look.usualNow': '{domain} ha di nuovo l’aspetto consueto.',
};
