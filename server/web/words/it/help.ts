// Italian of help.
import type { Catalogue } from '../words.ts';

export const itHelp: Catalogue = {
  'offline.title': 'Nessuna connessione',
  'offline.hint':
    'Il server di posta non è raggiungibile. Il testo non inviato è conservato: torna indietro per ritrovarlo.',
  'offline.again': 'Riprova',
};
