// French of ../en-acme.ts.
import type { Catalogue } from '../words.ts';

export const frAcme: Catalogue = {
  'acme.title': 'Faire récupérer les certificats',
  'acme.hint':
    'Ce serveur demande des certificats à une autorité de certification, lui prouve que les noms sont les siens et les renouvelle à temps. Pour cela, l’autorité doit pouvoir l’atteindre de l’extérieur sur le port 80 ou 443.',
  'acme.directory': 'Adresse de l’annuaire de l’autorité',
  'acme.directoryHint': 'Celle de Let’s Encrypt est déjà indiquée. Pour essayer sans ses limites : {address}',
  'acme.contact': 'Votre adresse électronique',
  'acme.contactHint':
    'L’autorité peut y écrire en cas de problème. Séparez plusieurs adresses par des espaces.',
  'acme.names': 'Noms',
  'acme.namesHint': 'Un certificat par ligne, ses noms séparés par des espaces. Ce serveur s’appelle {me}.',
  'acme.pages':
    'Aussi pour les noms dont nos pages ont besoin, quand le DNS les mène ici : mta-sts, autoconfig et autodiscover des domaines, et les noms du webmail',
  'acme.external': 'L’autorité n’a que des clients',
  'acme.externalHint':
    'Elle donne à ses clients un identifiant de clé et une clé (External Account Binding). Let’s Encrypt n’en a pas besoin.',
  'acme.keyId': 'Identifiant de clé',
  'acme.key': 'Clé (HMAC)',
  'acme.keyKept': 'Une clé est enregistrée. Laissez les deux champs vides pour la garder.',
  'acme.terms': 'Conditions d’utilisation',
  'acme.termsHint': 'Lisez ce que l’autorité vous demande :',
  'acme.agree': 'J’accepte ces conditions',
  'acme.agreeFirst': 'Sans votre accord, l’autorité ne délivre pas de certificat.',
  'acme.continue': 'Continuer',
  'acme.start': 'Faire récupérer les certificats',
  'acme.stop': 'Ne plus récupérer',
  'acme.stopHint': 'Les certificats présents restent jusqu’à leur expiration.',
  'acme.change': 'Modifier ce qui est récupéré',
  'acme.saved': 'Enregistré. Les certificats sont en cours de récupération.',
  'acme.stopped': 'Plus aucun certificat n’est récupéré.',
  'acme.unanswered': 'L’annuaire de l’autorité ne peut pas être lu.',
  'acme.noDirectory': 'Indiquez l’adresse de l’annuaire d’une autorité.',
  'acme.bothKeys': 'L’identifiant et la clé vont ensemble : indiquez les deux.',
  'acme.expected': 'Attendu : {what}',
  'acme.now': 'Maintenant',
  'acme.forPage': 'pour une page',
  'acme.step.account': 'Connexion à l’autorité',
  'acme.step.order': 'Commande du certificat',
  'acme.step.prove': 'L’autorité vérifie {name}',
  'acme.step.make': 'L’autorité prépare le certificat',
  'acme.step.install': 'Mise en place',
  'acme.step.soon': 'Il sera récupéré dans un instant',
  'acme.fault.unauthorized':
    'L’autorité a trouvé à ce nom autre chose que notre preuve. Le nom mène-t-il à ce serveur, sans rien devant lui ?',
  'acme.fault.connection':
    'L’autorité n’atteint pas ce serveur. Les ports 80 et 443 sont-ils ouverts de l’extérieur, et toutes les adresses du nom mènent-elles ici ?',
  'acme.fault.dns': 'L’autorité ne trouve pas le nom dans le DNS.',
  'acme.fault.tls': 'L’autorité n’a pas pu établir de connexion TLS avec ce serveur.',
  'acme.fault.caa':
    'Un enregistrement CAA du domaine interdit cette autorité. Ajoutez-la, ou choisissez-en une autre.',
  'acme.fault.rateLimited':
    'C’était trop pour l’autorité pour le moment. Un nouvel essai aura lieu dès qu’elle le permet.',
  'acme.fault.rejectedIdentifier': 'L’autorité ne délivre pas de certificat pour ce nom.',
  'acme.fault.externalAccountRequired':
    'L’autorité n’a que des clients. Indiquez l’identifiant et la clé qu’elle vous a donnés.',
  'acme.fault.userActionRequired':
    'L’autorité attend d’abord quelque chose de vous, par exemple votre accord à de nouvelles conditions.',
  'acme.fault.invalidContact': 'L’autorité n’accepte pas l’adresse électronique.',
  'acme.fault.unreachable': 'L’autorité ne répond pas.',
  'acme.fault.slow': 'L’autorité n’a pas décidé à temps. Elle sera interrogée de nouveau.',
  'acme.fault.noProof':
    'L’autorité veut une preuve qui ne peut pas être donnée ici. Un nom avec étoile demande le réglage acmehook.',
  'acme.fault.hook': 'Le programme de acmehook a échoué.',
  'acme.fault.garbage': 'La réponse de l’autorité n’a pas de sens, ou elle a elle-même un défaut.',
};
