// Italian of ../en-acme.ts.
import type { Catalogue } from '../words.ts';

export const itAcme: Catalogue = {
  'acme.title': 'Far ottenere i certificati',
  'acme.hint':
    'Questo server chiede i certificati a un’autorità di certificazione, le dimostra che i nomi sono suoi e li rinnova in tempo. Per questo l’autorità deve raggiungerlo dall’esterno sulla porta 80 o 443.',
  'acme.directory': 'Indirizzo della directory dell’autorità',
  'acme.directoryHint': 'È già indicata Let’s Encrypt. Per provare senza i suoi limiti: {address}',
  'acme.contact': 'Il suo indirizzo e-mail',
  'acme.contactHint': 'L’autorità può scrivere lì se qualcosa non va. Più indirizzi separati da spazi.',
  'acme.names': 'Nomi',
  'acme.namesHint': 'Un certificato per riga, con i nomi separati da spazi. Questo server è {me}.',
  'acme.pages':
    'Anche per i nomi di cui le nostre pagine hanno bisogno, se il DNS li porta qui: mta-sts, autoconfig e autodiscover dei domini e i nomi della webmail',
  'acme.external': 'L’autorità ha solo clienti',
  'acme.externalHint':
    'Dà ai suoi clienti un identificativo di chiave e una chiave (External Account Binding). Let’s Encrypt non ne ha bisogno.',
  'acme.keyId': 'Identificativo della chiave',
  'acme.key': 'Chiave (HMAC)',
  'acme.keyKept': 'Una chiave è salvata. Lasci vuoti entrambi i campi per conservarla.',
  'acme.terms': 'Condizioni di servizio',
  'acme.termsHint': 'Legga che cosa chiede l’autorità:',
  'acme.agree': 'Accetto queste condizioni',
  'acme.agreeFirst': 'Senza il suo consenso l’autorità non rilascia certificati.',
  'acme.continue': 'Continua',
  'acme.start': 'Far ottenere i certificati',
  'acme.stop': 'Non ottenerne più',
  'acme.stopHint': 'I certificati presenti restano fino alla scadenza.',
  'acme.change': 'Cambia che cosa si ottiene',
  'acme.saved': 'Salvato. I certificati sono in arrivo.',
  'acme.stopped': 'Non si ottengono più certificati.',
  'acme.unanswered': 'La directory dell’autorità non si può leggere.',
  'acme.noDirectory': 'Scriva l’indirizzo della directory di un’autorità.',
  'acme.bothKeys': 'Identificativo e chiave vanno insieme: li scriva entrambi.',
  'acme.expected': 'Atteso: {what}',
  'acme.now': 'Adesso',
  'acme.forPage': 'per una pagina',
  'acme.step.account': 'Accesso all’autorità',
  'acme.step.order': 'Ordine del certificato',
  'acme.step.prove': 'L’autorità sta verificando {name}',
  'acme.step.make': 'L’autorità sta preparando il certificato',
  'acme.step.install': 'Installazione',
  'acme.step.soon': 'Sarà ottenuto tra un momento',
  'acme.fault.unauthorized':
    'L’autorità ha trovato a questo nome qualcosa di diverso dalla nostra prova. Il nome porta a questo server, senza nulla davanti?',
  'acme.fault.connection':
    'L’autorità non raggiunge questo server. Le porte 80 e 443 sono aperte dall’esterno, e tutti gli indirizzi del nome portano qui?',
  'acme.fault.dns': 'L’autorità non trova il nome nel DNS.',
  'acme.fault.tls': 'L’autorità non è riuscita a stabilire una connessione TLS con questo server.',
  'acme.fault.caa':
    'Un record CAA del dominio vieta questa autorità. La aggiunga, oppure ne scelga un’altra.',
  'acme.fault.rateLimited': 'Per ora era troppo per l’autorità. Si riprova quando lo permette.',
  'acme.fault.rejectedIdentifier': 'L’autorità non rilascia certificati per questo nome.',
  'acme.fault.externalAccountRequired':
    'L’autorità ha solo clienti. Scriva l’identificativo e la chiave che le ha dato.',
  'acme.fault.userActionRequired':
    'L’autorità vuole prima qualcosa da lei, per esempio il consenso a nuove condizioni.',
  'acme.fault.invalidContact': 'L’autorità non accetta l’indirizzo e-mail.',
  'acme.fault.unreachable': 'L’autorità non risponde.',
  'acme.fault.slow': 'L’autorità non ha deciso in tempo. Verrà interrogata di nuovo.',
  'acme.fault.noProof':
    'L’autorità vuole una prova che qui non si può dare. Un nome con asterisco richiede l’impostazione acmehook.',
  'acme.fault.hook': 'Il programma in acmehook non è riuscito.',
  'acme.fault.garbage': 'La risposta dell’autorità non ha senso, oppure ha un guasto suo.',
};
