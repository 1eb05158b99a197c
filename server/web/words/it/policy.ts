// Italian of TLS between mail hosts.
import type { Catalogue } from '../words.ts';

export const itPolicy: Catalogue = {
  'sts.title': 'Consegna cifrata (MTA-STS)',
  'sts.hint':
    'Chiede agli altri server di consegnare la posta di {domain} solo tramite TLS e solo a un server con un certificato valido. Ha effetto quando i record della pagina DNS sono pubblicati.',
  'sts.mode': 'Criterio',
  'sts.off': 'Nessuno',
  'sts.testing': 'Prova: gli altri segnalano ciò che non riesce e consegnano comunque',
  'sts.enforce': 'Obbligo: gli altri consegnano tramite TLS verificato o non consegnano',
  'sts.none':
    'Ritirato: gli altri dimenticano il criterio. Lasciarlo così per tutto il tempo in cui lo hanno conservato prima di scegliere «Nessuno».',
  'sts.age': 'Gli altri lo conservano',
  'sts.days': { one: '{n} giorno', many: '{n} giorni', other: '{n} giorni' },
  'sts.choose': 'Scegliere un criterio.',
  'sts.saved': 'Il criterio di {domain} è salvato.',
  'sts.wrong':
    'Una riga di control/mtasts è errata, perciò nessun criterio viene pubblicato. Correggerla prima.',
  'sts.served': 'Ciò che viene pubblicato',
  'dns.kind.mta-sts': 'Consegna cifrata (MTA-STS)',
  'dns.about.mta-sts': 'Dice agli altri server che qui è pubblicato un criterio sul TLS, e dove.',
  'dns.kind.tlsrpt': 'Rapporti sul TLS',
  'dns.about.tlsrpt':
    'Dice dove gli altri server segnalano ciò che non è riuscito con il TLS verso il dominio.',
  'dns.kind.tlsa': 'Chiave del server di posta (DANE)',
  'dns.about.tlsa':
    'Nomina la chiave del server di posta per chi verifica DNSSEC; serve solo in una zona firmata. Cambiarlo prima di cambiare la chiave.',
  'dns.why.sts-id':
    'Il suo identificativo non è quello del criterio pubblicato qui, perciò gli altri tengono il vecchio.',
  'dns.why.tlsrpt-nowhere': 'Non indica alcun indirizzo per i rapporti.',
  'dns.why.tlsa-other':
    'Nomina una chiave diversa da quella del server di posta: chi lo verifica trattiene la posta.',
  'dns.why.several': 'Ce ne sono diversi; allora non ne vale nessuno.',
  'tlsrpt.title': 'Rapporti TLS',
  'tlsrpt.hint': 'Che cosa dicono gli altri server del TLS verso questo dominio negli ultimi 30 giorni.',
  'tlsrpt.noAddress':
    'I rapporti TLS si leggono dove si leggono quelli DMARC. Creare prima quell’indirizzo, poi pubblicare il record della pagina DNS.',
  'tlsrpt.none':
    'Non è ancora arrivato alcun rapporto. I server che scrivono al dominio ne inviano uno al giorno quando il record è pubblicato.',
  'tlsrpt.failures': 'Che cosa non è riuscito',
  'tlsrpt.allGood': 'Tutto è riuscito.',
  'tlsrpt.what': 'Che cosa',
  'tlsrpt.sessions': 'Sessioni',
  'tlsrpt.good': 'Riuscite',
  'tlsrpt.failed': 'Fallite',
  'tlsrpt.others': { one: 'e {n} altro', many: 'e altri {n}', other: 'e altri {n}' },
  'tlsrpt.why.starttls-not-supported': 'Il server di posta non offriva TLS.',
  'tlsrpt.why.certificate-host-mismatch':
    'Il certificato è di un altro nome. Procurarne uno con il nome del server di posta.',
  'tlsrpt.why.certificate-expired': 'Il certificato è scaduto. Rinnovarlo.',
  'tlsrpt.why.certificate-not-trusted':
    'Nessuno di cui si fidano garantisce il certificato, o la sua catena è incompleta.',
  'tlsrpt.why.tlsa-invalid': 'Il record TLSA non è ben formato.',
  'tlsrpt.why.dnssec-invalid': 'Le firme DNSSEC della zona sono errate o troppo vecchie.',
  'tlsrpt.why.dane-required': 'Era richiesto DANE e mancava un record TLSA.',
  'tlsrpt.why.sts-policy-fetch-error': 'Non è stato possibile ottenere il criterio MTA-STS.',
  'tlsrpt.why.sts-policy-invalid': 'Il criterio MTA-STS non è ben formato.',
  'tlsrpt.why.sts-webpki-invalid': 'Il certificato del nome mta-sts non è valido.',
  'tlsrpt.why.validation-failure':
    'Il TLS non è riuscito per un altro motivo: un record TLSA di un’altra chiave, un server che il criterio non nomina o una negoziazione interrotta.',
};
