// Italian of the pages of help.
import type { Catalogue } from '../words.ts';

export const itGuide: Catalogue = {
  'guide.title': 'Aiuto',
  'guide.all': 'Tutto su una pagina',
  'guide.more': 'Altro aiuto',
  'guide.places': 'Pagine per questo',
  'guide.keys.lead': 'Tasti per ciò che fai spesso',
  'guide.writing': 'Scrivere e inviare',
  'guide.writing.lead': 'Bozze, ripensarci, inviare più tardi, firme',
  'guide.writing.begin':
    '“{compose}” inizia un messaggio; “{reply}”, “{replyAll}” e “{forward}” sono in ogni messaggio aperto.',
  'guide.writing.saved':
    'Ciò che scrivi viene salvato mentre digiti e sta in {drafts}, dove lo trovano anche gli altri tuoi dispositivi. Senza JavaScript, premi “{save}”.',
  'guide.writing.undo':
    'Dopo “{send}” restano alcuni secondi per ripensarci: “{undo}” riapre il messaggio, e nessuno lo ha ricevuto. {settings}, {composing} dice quanti secondi, al massimo 30.',
  'guide.writing.later':
    '“{later}” fa partire un messaggio all’ora che scegli, entro un anno, che tu sia collegato o no in quel momento.',
  'guide.writing.outbox':
    'Ciò che non è ancora partito è in {outbox}: lì puoi modificarlo, inviarlo subito o riprenderlo.',
  'guide.writing.files':
    '“{attach}” aggiunge file; con JavaScript si possono anche trascinare o incollare nel messaggio. La pagina dice quanto ci sta.',
  'guide.writing.identities':
    '{settings}, {identities} ha un nome e una firma per ogni tuo indirizzo; {templates} sono testi che usi sempre di nuovo.',
  'guide.writing.fate':
    'Dei segni in {sent} dicono che cosa è stato di un messaggio, dove il server ne tiene traccia. Ciò che non si è potuto consegnare torna con il motivo.',
  'guide.finding': 'Trovare la posta',
  'guide.finding.lead': 'Parole, operatori, ricerca avanzata',
  'guide.finding.words':
    'Scrivi delle parole nel campo di ricerca e premi Invio. Si trova ciò che le ha tutte: nell’oggetto, nel testo o nei nomi e indirizzi.',
  'guide.finding.operators':
    'Una parola con i due punti cerca in un posto solo. Più parole insieme trovano di meno.',
  'guide.finding.left': '{trash} e {junk} restano fuori, a meno che in: li nomini o dica anywhere.',
  'guide.finding.advanced': '“{advanced}” ha campi per quasi tutto questo, senza nulla da ricordare.',
  'guide.finding.act':
    'Ciò che è stato trovato si può spuntare, spostare, etichettare ed eliminare come in ogni altra lista.',
  'guide.finding.typed': 'Scrivi',
  'guide.finding.finds': 'Trova',
  'guide.row.from': 'posta di Bob, per nome o indirizzo',
  'guide.row.to': 'posta per Carla, anche in copia',
  'guide.row.subject': 'questa parola nell’oggetto',
  'guide.row.phrase': 'queste parole una accanto all’altra',
  'guide.row.start': 'parole che iniziano così',
  'guide.row.not': 'posta senza questa parola',
  'guide.row.or': 'posta con una delle due',
  'guide.row.has': 'posta con file',
  'guide.row.filename': 'file con questo nel nome',
  'guide.row.is': 'posta non letta; anche is:read e is:starred',
  'guide.row.in': 'posta di una cartella; in:anywhere: di tutte',
  'guide.row.after': 'ricevuta quel giorno o dopo',
  'guide.row.before': 'ricevuta prima di quel giorno',
  'guide.row.larger': 'più grande di 5 MB; al contrario: smaller:200k',
  'guide.order': 'Tenere in ordine',
  'guide.order.lead': 'Cartelle, etichette, posticipare, annullare',
  'guide.order.archive':
    '“{archive}” toglie un messaggio da {inbox} senza eliminarlo. {junk} è per la posta che non hai mai chiesto; “{notJunk}” riporta indietro un messaggio.',
  'guide.order.folders':
    'Le cartelle si creano, si rinominano e si mettono una nell’altra nella pagina {folders}. Con JavaScript si possono trascinare i messaggi su una cartella; con Ctrl premuto vengono copiati.',
  'guide.order.labels':
    'Un messaggio sta in una cartella e può avere più etichette. {settings}, {labels} ha i loro nomi e colori; anche gli altri programmi di posta le vedono.',
  'guide.order.snooze':
    '“{snooze}” mette via un messaggio fino all’ora che scegli. Allora torna in cima alla sua lista, non letto.',
  'guide.order.select':
    'Spunta più messaggi per agire su tutti insieme. Quando è spuntata tutta la pagina, si può selezionare anche il resto della cartella.',
  'guide.order.conversations':
    'I messaggi che vanno insieme sono una riga. Il menu “{sort}” li mostra uno per uno, in questa cartella.',
  'guide.order.undo':
    '“{undo}” annulla ciò che hai fatto, per 24 ore; {settings}, {activity} lo elenca. Ciò che è stato eliminato definitivamente resta eliminato.',
  'guide.order.cleaning':
    'Ciò che sta in {trash} e {junk} viene rimosso definitivamente dopo alcuni giorni. {settings}, {general} dice dopo quanti; 0 lo conserva.',
  'guide.safety': 'Sicurezza',
  'guide.safety.lead': 'Immagini, avvisi, due passaggi, password per app',
  'guide.safety.pictures':
    'Le immagini di altri server dicono al mittente che stai leggendo, perciò si caricano solo se lo permetti. “{show}” le carica per un messaggio; passano dal nostro server, e il mittente non vede il tuo indirizzo di rete.',
  'guide.safety.warnings':
    'Sopra un messaggio c’è un avviso quando il mittente non ha superato un controllo, quando il suo nome finge un altro indirizzo o quando le risposte andrebbero altrove. Allora attenzione a link, file e richieste.',
  'guide.safety.password':
    'Nessuno ha bisogno della tua password per posta. Lascia una pagina che la vuole dopo un clic in un messaggio.',
  'guide.safety.files': 'I file che possono far danno sono segnalati, e ti viene chiesto prima di averli.',
  'guide.safety.twoStep':
    '{settings}, {security}, “{twoStep}”: dopo la password si chiede un codice del tuo telefono. Conserva su carta i codici di recupero.',
  'guide.safety.passkey':
    'Una passkey ti fa accedere con l’impronta, il volto o il PIN di un dispositivo, al posto di password e codice.',
  'guide.safety.apps':
    'Dai a ogni programma di posta una sua password per app: non apre la webmail e si può revocare senza le altre.',
  'guide.safety.sessions':
    'La stessa pagina mostra dove hai effettuato l’accesso e che cosa è successo negli ultimi 90 giorni. Se qualcosa sembra strano, cambia la password e premi “{everywhere}”.',
  'guide.safety.unsubscribe':
    '“{unsubscribe}” ti cancella da una lista. Per la posta che non hai mai chiesto è meglio {junk}.',
  'guide.programs': 'Telefono e programmi di posta',
  'guide.programs.lead': 'Server, porte, password per app',
  'guide.programs.where':
    '{settings}, {programs} ha i server, le porte e il nome utente per i programmi di posta. Il nome utente è il tuo indirizzo intero.',
  'guide.programs.alone':
    'Molti programmi li trovano da soli quando scrivi il tuo indirizzo; per iPhone, iPad e Mac la pagina ha un profilo.',
  'guide.programs.imap':
    'Con IMAP un programma mostra le stesse cartelle e gli stessi messaggi della webmail, e ciò che leggi nell’uno è letto nell’altra. Con POP3 riceve solo {inbox}.',
  'guide.programs.app':
    'Con l’accesso in due passaggi, un programma ha bisogno di una password per app al posto della tua.',
  'guide.programs.wrong':
    'Dopo diverse password sbagliate il server fa aspettare il programma. Correggi la password in tutti i tuoi programmi, poi riprova.',
  'guide.moving': 'Portare la posta dentro e fuori',
  'guide.moving.lead': 'Importare, esportare, inoltrare',
  'guide.moving.in':
    '{settings}, {transfer} accoglie posta: file mbox, archivi ZIP di messaggi o singoli messaggi (.eml). Ciò che è già nella cartella resta fuori.',
  'guide.moving.out':
    'La stessa pagina dà una cartella in un file, oppure tutto, con contatti e impostazioni, in un archivio.',
  'guide.moving.ticked': 'I messaggi spuntati in una lista si possono scaricare dal suo menu.',
  'guide.moving.contacts': 'La pagina {contacts} accoglie e dà vCard e CSV.',
  'guide.moving.elsewhere':
    'Da un altro fornitore, anche un programma di posta sposta i messaggi: configura lì i due account e copia le cartelle.',
  'guide.moving.jobs':
    'Ciò che dura a lungo continua quando lasci la pagina. Una riga dice a che punto è, e si può fermare.',
  'guide.moving.forward':
    '{settings}, {delivery} inoltra la posta a un altro indirizzo e risponde mentre non ci sei.',
  'guide.moving.away':
    'La risposta può avere un primo e un ultimo giorno e andare solo alle persone nei contatti. Liste e macchine non la ricevono, e nessuno la riceve due volte entro i giorni scelti. Una riga su ogni pagina dice che è attiva.',
  'guide.offline': 'Nuova posta e assenza di connessione',
  'guide.offline.lead': 'Notifiche, senza rete, installare',
  'guide.offline.news':
    'La nuova posta compare da sola finché una pagina è aperta. Senza JavaScript, ricarica la pagina o lascia che lo facciano le liste: {settings}, {general}.',
  'guide.offline.tab': 'Il titolo della scheda dice quanto c’è di non letto in {inbox}.',
  'guide.offline.notify':
    '{settings}, {general} attiva le notifiche di nuova posta: mittente e oggetto, senza suono, finché una pagina della webmail è aperta. Il browser chiede una volta se può.',
  'guide.offline.gone':
    'Senza connessione una pagina lo dice. Il messaggio che stai scrivendo resta sullo schermo, e questo browser lo conserva finché il server non lo ha.',
  'guide.offline.kept': 'La posta che leggi non viene salvata sul dispositivo.',
  'guide.offline.install':
    'Quasi tutti i browser offrono di installare la webmail: allora ha una finestra e un’icona sue.',
};
