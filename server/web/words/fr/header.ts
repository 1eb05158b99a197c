// French of the header area of a message and its warnings.
import type { Catalogue } from '../words.ts';

export const frHeader: Catalogue = {
  'header.sentVia': 'Envoyé via',
  'header.connection': 'Connexion',
  'header.encrypted': 'Chiffrée, depuis {host}',
  'header.plain': 'Non chiffrée, depuis {host}',
  'header.checked': 'Expéditeur',
  'header.signed': 'signé par {domain}',
  'header.comesFrom': 'provient de {domain}',
  'header.unsigned': 'n’a pas pu être vérifié',
  'header.addContact': 'Ajouter aux contacts',
  'header.addNamed': 'Ajouter {name} aux contacts',
  'header.showContact': 'Afficher le contact',
  'header.showNamed': 'Afficher le contact {name}',
  'warning.dmarc':
    'L’expéditeur de ce message n’a pas passé la vérification : {domain} indique que le message ne vient pas de chez lui. Prudence avec les liens, les fichiers et les demandes.',
  'warning.newReplyElsewhere':
    'Vous n’avez encore jamais écrit à {sender}, et les réponses à ce message vont à un autre domaine : {address}.',
  'warning.ownName':
    'Ce message porte votre propre nom, mais vient de {address}, qui n’est pas une de vos adresses.',
  'unsubscribe.title': 'Se désabonner',
  'unsubscribe.link': 'Se désabonner',
  'unsubscribe.left': 'Désabonné le {date}',
  'unsubscribe.question': 'Se désabonner de {name} ?',
  'unsubscribe.post': 'Une demande est envoyée à {target}, qui sait alors que ce message vous est parvenu.',
  'unsubscribe.letter': 'Une lettre est envoyée à {target} depuis votre adresse.',
  'unsubscribe.page': 'Le désabonnement se fait sur une page de {target}, qui s’ouvre dans un nouvel onglet.',
  'unsubscribe.sender': 'Le message indique venir de {sender}. Cela n’a pas été vérifié.',
  'unsubscribe.signed': 'Le message vient de {sender}, signé par {domain}.',
  'unsubscribe.button': 'Se désabonner',
  'unsubscribe.open': 'Ouvrir la page',
  'unsubscribe.done': 'Vous êtes désabonné.',
  'unsubscribe.failed': '{host} n’a pas accepté la demande. Réessayez, ou ouvrez sa page.',
  'unsubscribe.notSent': 'La lettre n’a pas pu être envoyée : {words}',
  'unsubscribe.none': 'Ce message n’est plus là, ou n’indique aucun moyen de se désabonner.',
};
