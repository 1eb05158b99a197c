// Italian of what is told of the server.
import type { Catalogue } from '../words.ts';

export const itFacts: Catalogue = {
  'dns.title': 'Record DNS',
  'dns.hint':
    'Ciò che il dominio deve pubblicare perché la sua posta arrivi e sia considerata attendibile, e ciò che i server dei nomi dicono ora. Le modifiche diventano visibili solo quando scade il tempo per cui i vecchi record potevano essere conservati.',
  'dns.right': 'È pubblicato tutto ciò che serve alla posta.',
  'dns.wrong':
    'Alcuni record mancano o sono diversi: la posta potrebbe non arrivare o non essere considerata attendibile.',
  'dns.noAddresses':
    'Questa macchina non ha un indirizzo pubblico, quindi non si sa quale vedano gli altri. Scrivilo in control/outgoingip oppure confronta tu gli indirizzi qui sotto.',
  'dns.busy': 'In questo momento altri stanno consultando i record DNS. Riprova tra poco.',
  'dns.settings': 'Un file di control/ necessario qui è errato; il log dice quale.',
  'dns.record': 'Record',
  'dns.verdict': 'Esito',
  'dns.wanted': 'Previsto',
  'dns.published': 'Attuale',
  'dns.more': { one: 'e un altro', many: 'e altri {n}', other: 'e altri {n}' },
  'dns.zone': 'Come testo della zona',
  'dns.zoneHint':
    'Copia nella zona ciò che manca. Le righe con il punto e virgola spettano a chi ti ha assegnato l’indirizzo: chiedi al provider.',
  'dns.kind.mx': 'Chi riceve la posta',
  'dns.kind.address': 'Indirizzo dell’host di posta',
  'dns.kind.reverse': 'Nome dell’indirizzo',
  'dns.kind.spf': 'Chi può inviare (SPF)',
  'dns.kind.dmarc': 'Cosa accade alle falsificazioni (DMARC)',
  'dns.kind.service': 'Dove si collegano i programmi di posta',
  'dns.kind.caa': 'Chi può emettere certificati',
  'dns.verdict.right': 'corretto',
  'dns.verdict.missing': 'mancante',
  'dns.verdict.differs': 'diverso',
  'dns.verdict.unknown': 'non determinabile',
  'dns.optional': 'non presente',
  'dns.why.as-wanted': 'Niente da fare.',
  'dns.why.absent': 'Pubblica quanto indicato qui accanto.',
  'dns.why.other-values': 'Ora è {value}. Modificalo oppure fallo modificare dal provider.',
  'dns.why.no-answer':
    'I server dei nomi non hanno risposto, o non in modo comprensibile. Ricontrolla più tardi.',
  'dns.why.mx-null': 'Il dominio dichiara di non accettare posta. Sostituisci il record.',
  'dns.why.mx-elsewhere': 'La posta va a {value}, non qui. Sostituiscilo oppure aggiungi questo host.',
  'dns.why.mx-others': 'La posta la riceve questo host, ma anche {value}. Va bene, se poi la passa a noi.',
  'dns.why.mx-behind': 'La posta va prima a {value}. Va bene, se poi la passa a noi.',
  'dns.why.address-more': 'Il nome ha anche {value}. Va bene, se anche quello è questa macchina.',
  'dns.why.address-unsure': 'Il nome ha {value}. Va bene, se è questa macchina.',
  'dns.why.address-foreign': 'Il nome ha {value}, che non è questa macchina, per quanto le è noto.',
  'dns.why.spf-several': 'Ci sono più record SPF, e in tal caso non ne vale nessuno. Riuniscili in uno solo.',
  'dns.why.spf-everybody': 'Il record consente a chiunque di inviare a tuo nome. Concludilo con ~all o -all.',
  'dns.why.spf-not-ours':
    'Il record non consente l’invio a questo host. Aggiungi mx oppure i nostri indirizzi.',
  'dns.why.spf-included':
    'Il record non contiene direttamente i nostri indirizzi, ma rimanda ad altri record, che qui non vengono seguiti.',
  'dns.why.spf-syntax': 'Il record contiene un errore, e in tal caso non vale. Sostituiscilo.',
  'dns.why.dmarc-several': 'Ci sono più record DMARC, e in tal caso non ne vale nessuno. Tienine uno solo.',
  'dns.why.dmarc-policy': 'Il record non ha una politica: p deve essere none, quarantine o reject.',
  'dns.why.srv-not-served': 'Porta a {value}, dove questo host non è in ascolto. Rimuovilo.',
  'dns.why.srv-elsewhere': 'Non porta alla nostra porta: {value}.',
  'dns.why.caa-forbids':
    'Solo {value} può emettere certificati; l’emittente di quello attuale non è compreso, e il rinnovo fallirà.',
  'certificate.title': 'Certificato',
  'certificate.hint':
    'control/servercert.pem: catena e chiave dei servizi che usano TLS. La webmail stessa usa HTTP semplice dietro il suo proxy, che ha un proprio certificato.',
  'certificate.missing':
    'Non esiste control/servercert.pem: nessun servizio offre TLS, e submissions, imaps e pop3s non sono disponibili. Metti lì catena e chiave in formato PEM e riavvia.',
  'certificate.unreadable': 'Impossibile leggere control/{file}: {why}.',
  'certificate.right': 'Tutto a posto per {host}.',
  'certificate.own': 'Il server',
  'certificate.issuers': 'Il suo emittente',
  'certificate.selfSigned': 'autofirmato',
  'certificate.subject': 'Per',
  'certificate.names': 'Nomi',
  'certificate.moreNames': { one: 'e un altro', many: 'e altri {n}', other: 'e altri {n}' },
  'certificate.issuer': 'Emesso da',
  'certificate.from': 'Valido dal',
  'certificate.to': 'Valido fino al',
  'certificate.left': {
    one: 'rimane un giorno',
    many: 'rimangono {n} giorni',
    other: 'rimangono {n} giorni',
  },
  'certificate.over': 'scaduto',
  'certificate.key': 'Chiave',
  'certificate.fingerprint': 'SHA-256',
  'certificate.domains': 'Altri domini per cui è adatto',
  'certificate.problem.no-certificate': 'control/{file} non contiene nessun certificato PEM.',
  'certificate.problem.unreadable-certificate': 'Un certificato in control/{file} è danneggiato.',
  'certificate.problem.no-key':
    'control/{file} non contiene nessuna chiave: nessun servizio può usare TLS. Aggiungila in formato PEM.',
  'certificate.problem.unreadable-key':
    'Impossibile leggere la chiave in control/{file}: è danneggiata o richiede una passphrase.',
  'certificate.problem.other-key': 'La chiave in control/{file} appartiene a un altro certificato.',
  'certificate.problem.expired':
    'Il certificato è scaduto: i programmi di posta lo rifiutano. Rinnovalo ora.',
  'certificate.problem.not-yet': 'Il certificato non è ancora valido. L’orologio è giusto?',
  'certificate.problem.ends-soon': {
    one: 'Il certificato scade tra {n} giorno. Rinnovalo ora.',
    many: 'Il certificato scade tra {n} giorni. Rinnovalo.',
    other: 'Il certificato scade tra {n} giorni. Rinnovalo.',
  },
  'certificate.problem.self-signed':
    'Il certificato è autofirmato: i programmi di posta mostrano un avviso e gli altri host non possono essere certi di chi risponde.',
  'certificate.problem.incomplete':
    'La catena non porta a un emittente noto qui. Aggiungi i certificati dell’emittente, a meno che non sia un emittente privato.',
  'certificate.problem.wrong-order':
    'La catena è in disordine: ogni certificato deve essere seguito da quello che l’ha firmato.',
  'certificate.problem.other-name': 'Il certificato non è per {host}.',
  'certificate.problem.weak-key': 'La chiave RSA ha meno di 2048 bit: molti la rifiutano.',
  'certificate.problem.open-to-others':
    'Tutti gli utenti di questa macchina possono leggere control/{file}, e la chiave che contiene. Togli i permessi agli altri: chmod o= control/{file}',
  'guard.title': 'Sicurezza dell’accesso',
  'guard.link': 'Sessioni, password per app, secondo passaggio',
  'guard.self': 'Questo è il tuo account: le modalità di accesso si impostano in',
  'guard.forbidden': 'Solo gli amministratori del sistema possono modificare questo account.',
  'guard.recoveryNone': 'Non è rimasto nessun codice di recupero.',
  'guard.recoveryLeft': {
    one: 'È rimasto un codice di recupero.',
    many: 'Sono rimasti {n} codici di recupero.',
    other: 'Sono rimasti {n} codici di recupero.',
  },
  'guard.resetHint':
    'Per chi ha perso il telefono e i codici di recupero. Poi per accedere basta la sola password.',
  'guard.resetButton': 'Disattiva il secondo passaggio',
  'guard.offHint': 'Il titolare può attivarlo in Impostazioni, Sicurezza.',
  'guard.reset': 'Il secondo passaggio è disattivato.',
  'guard.sessions': 'Sessioni attive',
  'guard.noSessions': 'Nessuna.',
  'guard.endAll': 'Esci ovunque',
  'guard.ended': 'La sessione è terminata.',
  'guard.endedAll': {
    one: 'Una sessione è stata terminata.',
    many: '{n} sessioni sono state terminate.',
    other: '{n} sessioni sono state terminate.',
  },
};
