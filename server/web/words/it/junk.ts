// Italian of the page that keeps junk out.
import type { Catalogue } from '../words.ts';

export const itJunk: Catalogue = {
  'junk.title': 'Spam',
  'junk.hint':
    'Ciò che i server sconosciuti e i loro messaggi devono superare prima di essere accettati. Una modifica vale dal messaggio successivo.',
  'junk.rules': 'Regole',
  'junk.junkscore': 'Punti da cui un messaggio è spam',
  'junk.rejectscore': 'Punti da cui un messaggio viene rifiutato',
  'junk.greylist': 'Greylisting: secondi di attesa per il primo messaggio di uno sconosciuto',
  'junk.greylistHint':
    'I server di posta riprovano da soli, la maggior parte dei programmi di spam no. Di solito 300; vuoto significa disattivato.',
  'junk.reputation': 'Concedere poche connessioni alle reti che hanno inviato soprattutto spam',
  'junk.others': 'Altre impostazioni:',
  'junk.noState':
    'Liste e scanner non possono essere mostrati: un file di controllo è errato o troppi guardano ora questa pagina.',
  'junk.scanners': 'Scanner',
  'junk.scanner': 'Scanner',
  'junk.address': 'Indirizzo',
  'junk.off': 'disattivato',
  'junk.answers': 'risponde, {ms} ms',
  'junk.silent': 'non risponde: {why}',
  'junk.lists': 'Liste DNS',
  'junk.noLists': 'Nessuna lista viene interrogata.',
  'junk.list': 'Lista',
  'junk.does': 'Una voce',
  'junk.does.defer': 'rifiuta per ora',
  'junk.does.reject': 'rifiuta',
  'junk.does.allow': 'dà il benvenuto',
  'junk.does.note': 'dà {points} punti',
  'junk.list.right': 'in ordine',
  'junk.list.everything': 'elenca tutto: non interrogata',
  'junk.list.nothing': 'manca la voce di prova',
  'junk.list.unknown': 'non risponde',
  'junk.turned': 'Ultimi rifiutati o segnati come spam',
  'junk.noTurned': 'Ancora nessuno.',
  'junk.refused': 'rifiutato',
  'junk.junked': 'spam',
};
