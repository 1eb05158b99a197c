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
  'reports.title': 'Rapporti DMARC',
  'reports.hint':
    'Che cosa dicono gli altri server della posta a nome di questo dominio negli ultimi 30 giorni: chi l’ha inviata e se è provato che è vostra.',
  'reports.none':
    'Non è ancora arrivato alcun rapporto. I server che ricevono posta a vostro nome ne inviano uno al giorno, se il record DMARC lo chiede.',
  'reports.offer':
    'I rapporti possono arrivare a {address}: il server li legge, e ogni altra cosa che vi arriva va a {postmaster}.',
  'reports.receiving':
    'I rapporti vanno a {address} e li legge il server; ogni altra cosa va a {postmaster}. Il record da pubblicare è sotto',
  'reports.receive': 'Ricevi i rapporti',
  'reports.made': 'Da ora i rapporti vengono letti. Pubblica il record DMARC indicato nei record DNS.',
  'reports.chart': 'Messaggi a vostro nome, per giorno',
  'reports.believed': 'provati',
  'reports.unbelieved': 'non provati',
  'reports.sources': 'Chi li ha inviati',
  'reports.letters': 'Messaggi',
  'reports.others': 'Tutti gli altri',
  'reports.mark.signed': 'firmati',
  'reports.mark.spfOnly': 'non firmati',
  'reports.mark.mixed': 'in parte provati',
  'reports.mark.unproven': 'non provati',
  'reports.signed': 'È provato che i suoi messaggi sono vostri, anche se inoltrati.',
  'reports.spfOnly':
    'Può inviare per voi, ma non tutti i suoi messaggi sono firmati: se inoltrati non sono creduti.',
  'reports.mixed':
    'Alcuni suoi messaggi sono provati, altri no: posta inoltrata, o un servizio che firma solo in parte.',
  'reports.unproven':
    'Invia a vostro nome senza prova: un falsario, o un vostro servizio che SPF e DKIM non conoscono.',
  'reports.reporters': 'Chi ha riferito',
  'reports.reporter': 'Organizzazione',
  'reports.last': 'Ultimo',
};
