// Italian of the server’s settings in the administration.
import type { Catalogue } from '../words.ts';

export const itControl: Catalogue = {
  'control.title': 'Impostazioni',
  'control.hint':
    'Ogni impostazione è un file in control/. Ciò che non ha un file ha il valore predefinito. Il programma in esecuzione adotta subito una modifica, a meno che la sua pagina non dica altro.',
  'control.search': 'Nome o parole',
  'control.filters': 'Quali impostazioni',
  'control.only.all': 'Tutte',
  'control.only.set': 'Con un file',
  'control.only.wrong': 'Errate',
  'control.none': 'Nessuna impostazione corrisponde.',
  'control.wrong': {
    one: 'Un file è errato.',
    many: '{n} file sono errati.',
    other: '{n} file sono errati.',
  },
  'control.wrongHint':
    'Un programma in esecuzione mantiene ciò che un file diceva prima di diventare errato; uno in fase di avvio potrebbe non avviarsi.',
  'control.unknown': 'File che nessuno legge',
  'control.unknownHint':
    'Si trovano in control/ e nessuna parte del programma li conosce: un nome scritto male oppure il file di un altro programma.',
  'control.runScripts': 'Lo leggono solo gli script di avvio dei vecchi server.',
  'control.setting': 'Impostazione',
  'control.value': 'Contenuto attuale',
  'control.default': 'Predefinito',
  'control.isDefault': 'Predefinito:',
  'control.empty': '(vuoto)',
  'control.isWrong': 'errato',
  'control.more': { one: 'e un’altra riga', many: 'e altre {n} righe', other: 'e altre {n} righe' },
  'control.room.names': 'Nomi dell’host',
  'control.room.doors': 'Servizi e relativi limiti',
  'control.room.policy': 'Chi può inviare che cosa',
  'control.room.rules': 'Regole di accesso',
  'control.room.senders': 'Autenticità dei mittenti',
  'control.room.junk': 'Spam e virus',
  'control.room.queue': 'Coda e mancati recapiti',
  'control.room.local': 'Consegne locali',
  'control.room.remote': 'Posta verso altri host',
  'control.room.people': 'Account e webmail',
  'control.room.roles': 'Utenti del programma',
  'control.room.history': 'Cronologia delle consegne',
  'control.kind': 'Forma',
  'control.kind.line': 'una riga',
  'control.kind.int': 'un numero',
  'control.kind.list': 'una voce per riga; le righe che iniziano con # sono commenti',
  'control.kind.map': 'chiave:valore, uno per riga; le righe che iniziano con # sono commenti',
  'control.kind.text': 'un testo',
  'control.kind.cdb': 'una tabella compilata',
  'control.kind.rules': 'regole, una per riga; le righe che iniziano con # sono commenti',
  'control.readers': 'Letto da',
  'control.origin': 'Noto a qmail',
  'control.yes': 'sì',
  'control.no': 'no',
  'control.room': 'Appartiene a',
  'control.atStart': 'Questo file viene letto all’avvio del programma. Una modifica vale dopo un riavvio.',
  'control.text': 'Testo del file',
  'control.newText': 'Nuovo testo del file',
  'control.noFile':
    'Ora non c’è nessun file, quindi vale il valore predefinito. Un file vuoto non equivale a nessun file.',
  'control.maskedHint':
    'Le password non vengono mostrate. Riscrivi l’intero testo, con tutte le password; sostituirà quello precedente.',
  'control.stored': 'Il file attuale',
  'control.conflict': 'Nel frattempo qualcun altro ha modificato questo file.',
  'control.conflictHint':
    'Sopra c’è il file com’è ora, sotto ciò che hai scritto. Salvando sostituisci il file con ciò che hai scritto.',
  'control.back': 'Tutte le impostazioni',
  'control.toDefault': 'Ripristina il valore predefinito',
  'control.saved': 'Salvato.',
  'control.savedForStart': 'Salvato. Vale dopo un riavvio.',
  'control.shutsOut':
    'Il nome con cui accedi, {host}, non è tra questi: dopo un riavvio non potresti più rientrare. Aggiungilo.',
  'control.lock.domains':
    'Questo file è gestito dalle pagine dei domini: aggiungi o rimuovi lì un dominio, così tutti i file collegati cambiano insieme.',
  'control.lock.host':
    'Questo nome compare in altri file, nella posta in viaggio e nel DNS. Cambialo sulla macchina, con config-fast, e riavvia il programma.',
  'control.lock.programs':
    'Ciò che sta qui fa eseguire altri programmi al programma. Si modifica solo sulla macchina, perché chi si è impadronito di una sessione della webmail non possa eseguire nulla.',
  'control.lock.users':
    'Questi sono utenti della macchina, per un programma avviato da root. Si modifica solo sulla macchina.',
  'control.lock.accounts':
    'Indica dove si trovano gli account. Una parola sbagliata escluderebbe tutti quelli che potrebbero correggerla, perciò si modifica solo sulla macchina.',
  'control.lock.compiled': 'Questa tabella viene compilata sulla macchina; non c’è un testo da modificare.',
  'control.lock.odd':
    'Qui c’è qualcosa di diverso da un normale file di 65536 byte al massimo, per esempio un collegamento. Si modifica solo sulla macchina.',
  'control.lock.bytes':
    'Il file contiene byte che non sono UTF-8 e che un modulo altererebbe. Si modifica solo sulla macchina.',
};
