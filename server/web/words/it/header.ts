// Italian of the header area of a message and its warnings.
import type { Catalogue } from '../words.ts';

export const itHeader: Catalogue = {
  'header.sentVia': 'Inviato tramite',
  'header.connection': 'Connessione',
  'header.encrypted': 'Cifrata, da {host}',
  'header.plain': 'Non cifrata, da {host}',
  'header.checked': 'Mittente',
  'header.signed': 'firmato da {domain}',
  'header.comesFrom': 'proviene da {domain}',
  'header.unsigned': 'non è stato possibile verificarlo',
  'header.addContact': 'Aggiungi ai contatti',
  'header.addNamed': 'Aggiungi {name} ai contatti',
  'header.showContact': 'Mostra contatto',
  'header.showNamed': 'Mostra il contatto {name}',
  'warning.dmarc':
    'Questo messaggio non supera il controllo del mittente: secondo {domain} non proviene da lì. Attenzione a link, file e richieste.',
  'warning.newReplyElsewhere':
    'Non hai mai scritto a {sender}, e le risposte a questo messaggio vanno a un altro dominio: {address}.',
  'warning.ownName':
    'Questo messaggio porta il tuo nome, ma proviene da {address}, che non è un tuo indirizzo.',
  'unsubscribe.title': 'Annulla iscrizione',
  'unsubscribe.link': 'Annulla iscrizione',
  'unsubscribe.left': 'Iscrizione annullata: {date}',
  'unsubscribe.question': 'Annullare l’iscrizione a {name}?',
  'unsubscribe.post':
    'Viene inviata una richiesta a {target}, che saprà così che questo messaggio ti è arrivato.',
  'unsubscribe.letter': 'Viene inviato un messaggio a {target} dal tuo indirizzo.',
  'unsubscribe.page': 'L’iscrizione si annulla su una pagina di {target}, che si apre in una nuova scheda.',
  'unsubscribe.sender': 'Il messaggio dice di provenire da {sender}. Questo non è stato verificato.',
  'unsubscribe.signed': 'Il messaggio proviene da {sender}, firmato da {domain}.',
  'unsubscribe.button': 'Annulla iscrizione',
  'unsubscribe.open': 'Apri la pagina',
  'unsubscribe.done': 'Iscrizione annullata.',
  'unsubscribe.failed': '{host} non ha accettato la richiesta. Riprova oppure apri la sua pagina.',
  'unsubscribe.notSent': 'Non è stato possibile inviare il messaggio: {words}',
  'unsubscribe.none': 'Questo messaggio non è più qui oppure non indica come annullare l’iscrizione.',
};
