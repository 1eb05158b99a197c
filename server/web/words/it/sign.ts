// Italian of the keys that sign a domain's mail.
import type { Catalogue } from '../words.ts';

export const itSign: Catalogue = {
  'dns.kind.dkim': 'Firme dei messaggi (DKIM)',
  'dns.about.dkim': 'Permette agli altri di verificare che i messaggi del dominio siano davvero vostri.',
  'dns.why.dkim-several': 'Ci sono più record e altri potrebbero prendere quello sbagliato. Tenetene uno.',
  'dns.why.dkim-revoked': 'Il record revoca la chiave: il suo p è vuoto. Sostituite il record.',
  'dns.why.dkim-other-key': 'Il record contiene un’altra chiave, o nessuna. Sostituitelo.',
  'dns.why.dkim-testing': 'Il record dice che state solo provando. Togliete t=y.',
  'signing.title': 'Firma (DKIM)',
  'signing.hint':
    'I messaggi in uscita vengono firmati, così altri possono verificare che siano vostri. Le chiavi si trovano nel DNS.',
  'signing.none':
    'I messaggi di questo dominio partono senza firma. Molti server li considerano posta indesiderata.',
  'signing.right': 'I messaggi vengono firmati e gli altri trovano le chiavi.',
  'signing.wrong':
    'I messaggi vengono firmati, ma gli altri non trovano le chiavi come dovrebbero essere. Pubblicate i record qui sotto.',
  'signing.waiting':
    'Nuove chiavi sono in attesa. Pubblicate i loro record; quando gli altri le trovano, fatele firmare.',
  'signing.state.current': 'firma',
  'signing.state.next': 'in attesa',
  'signing.state.old': 'a riposo',
  'signing.state.broken': 'guasta',
  'signing.made': 'creata {time}',
  'signing.copy': 'Copia',
  'signing.copied': 'Copiato',
  'signing.add': 'Crea chiavi',
  'signing.rotate': 'Crea nuove chiavi',
  'signing.rotateHint':
    'È meglio cambiare le chiavi una volta l’anno. Quelle attuali firmano finché non fate firmare le nuove.',
  'signing.use': 'Falle firmare',
  'signing.useAnyway': 'Falle firmare comunque',
  'signing.unpublished':
    'Gli altri non trovano ancora queste chiavi: {keys}. I messaggi firmati con esse varrebbero come non firmati.',
  'signing.remove': 'Rimuovi',
  'signing.removeTitle': 'Rimuovere la chiave {key}?',
  'signing.removeOld':
    'Lasciate il suo record nel DNS ancora una settimana: i messaggi in viaggio vengono ancora verificati con essa.',
  'signing.removeCurrent':
    'Ora firma. Senza di essa i messaggi di questo dominio potrebbero partire senza firma.',
};
