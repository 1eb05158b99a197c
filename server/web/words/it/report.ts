// Italian of DNS records, the set-up of mail programs and the reports of other hosts.
import type { Catalogue } from '../words.ts';

export const itReport: Catalogue = {
  'dns.again': 'Controlla di nuovo',
  'dns.kind.setup': 'Impostazioni per i programmi di posta',
  'dns.about.mx': 'Dice agli altri server quale riceve la posta del dominio.',
  'dns.about.address': 'Porta dal nome del server di posta a questa macchina.',
  'dns.about.reverse':
    'Porta dall’indirizzo al nome; senza, molti server rifiutano la posta di quell’indirizzo.',
  'dns.about.spf': 'Elenca i server che possono inviare a nome del dominio.',
  'dns.about.dmarc':
    'Dice che cosa devono fare gli altri con la posta che finge soltanto di essere vostra, e dove segnalarla.',
  'dns.about.service': 'Permette ai programmi di posta di trovare server e porta dal solo indirizzo.',
  'dns.about.setup': 'Permette a Thunderbird e Outlook di ottenere le impostazioni dal solo indirizzo.',
  'dns.about.caa': 'Nomina chi può emettere certificati per il server di posta; gli altri devono rifiutare.',
  'dns.why.alias-elsewhere': 'Porta a {value}, non a questo server.',
  'programs.nav': 'Programmi di posta',
  'programs.title': 'Configura il tuo programma di posta',
  'programs.hint':
    'Molti programmi trovano tutto questo dal solo indirizzo. Se il tuo lo chiede, indica ciò che è scritto qui.',
  'programs.none': 'Qui non è aperto alcun accesso per i programmi di posta.',
  'programs.imap': 'Ricevere la posta (IMAP)',
  'programs.pop3': 'Ricevere la posta (POP3)',
  'programs.smtp': 'Inviare la posta (SMTP)',
  'programs.everywhere': 'Per entrambi',
  'programs.server': 'Server',
  'programs.port': 'Porta',
  'programs.security': 'Sicurezza',
  'programs.tls': 'SSL/TLS',
  'programs.starttls': 'STARTTLS',
  'programs.userName': 'Nome utente',
  'programs.password':
    'La tua, oppure una password per app, necessaria se l’accesso ha un secondo passaggio:',
  'programs.apple': 'iPhone, iPad e Mac',
  'programs.appleHint':
    'Apri questa pagina sul dispositivo, scarica il profilo e installalo nelle impostazioni. Chiederà la password; il profilo non la contiene.',
  'programs.profile': 'Scarica il profilo',
  'programs.profileSays': 'Posta di {address} su {host}.',
};
