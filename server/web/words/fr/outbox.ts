// French of what happens after Send.
import type { Catalogue } from '../words.ts';

export const frOutbox: Catalogue = {
  'outbox.title': 'Boîte d’envoi',
  'outbox.onItsWay': 'En route.',
  'outbox.sendingIn': { one: 'Envoi dans {n} s.', many: 'Envoi dans {n} s.', other: 'Envoi dans {n} s.' },
  'outbox.sending': 'Envoi.',
  'outbox.sent': 'Envoyé.',
  'outbox.sentWithoutCopy':
    'Envoyé. La copie pour vos messages envoyés n’a pas pu être rangée ; ne l’envoyez pas de nouveau.',
  'outbox.view': 'Voir',
  'outbox.notSent': 'Le message n’a pas pu être envoyé. Il attend dans la boîte d’envoi.',
  'outbox.takenBack': 'Pas envoyé. C’est de nouveau un brouillon.',
  'outbox.willBeSent': 'Sera envoyé le {time}.',
  'outbox.tooLate': 'Ce message est déjà parti.',
  'outbox.tooMany': {
    one: 'Seul {n} message peut attendre dans la boîte d’envoi.',
    many: '{n} messages au plus peuvent attendre dans la boîte d’envoi. Envoyez-en ou annulez-en un d’abord.',
    other:
      '{n} messages au plus peuvent attendre dans la boîte d’envoi. Envoyez-en ou annulez-en un d’abord.',
  },
  'outbox.stuckBar': {
    one: 'Un message n’a pas pu être envoyé.',
    many: '{n} messages n’ont pas pu être envoyés.',
    other: '{n} messages n’ont pas pu être envoyés.',
  },
  'outbox.toOutbox': 'Ouvrir la boîte d’envoi',
  'outbox.why.refused': 'Le message n’a pas été envoyé. Le système de courrier l’a refusé : {words}',
  'outbox.why.queue':
    'Le message n’a pas été envoyé. Le système de courrier ne peut pas le prendre maintenant : {words}',
  'outbox.why.disabled':
    'Le message n’a pas été envoyé. Ce compte ne peut pas envoyer de courrier maintenant.',
  'outbox.why.unmade':
    'Le message n’a pas été envoyé. Il n’a pas pu être assemblé : l’adresse de son expéditeur ou sa mise en forme ne conviennent plus.',
  'outbox.why.full':
    'Le message n’a pas été envoyé. Votre boîte est pleine, il n’y a donc pas de place pour une copie.',
  'outbox.waitingTitle': 'Pas encore envoyés',
  'outbox.hint': 'Tant qu’un message n’est pas parti, vous pouvez le modifier ou le reprendre.',
  'outbox.empty': 'Rien n’attend ici',
  'outbox.emptyHint':
    'Les messages à envoyer plus tard, ou qui n’ont pas encore pu partir, apparaissent ici.',
  'outbox.sendsSoon': 'Part dans quelques secondes',
  'outbox.sendsAt': 'Part le {time}',
  'outbox.beingSent': 'En cours d’envoi',
  'outbox.triedAgain': 'Nouvel essai à {time}.',
  'outbox.edit': 'Modifier',
  'outbox.editName': 'Modifier : {subject}',
  'outbox.now': 'Envoyer maintenant',
  'outbox.nowName': 'Envoyer maintenant : {subject}',
  'outbox.cancel': 'Ne pas envoyer',
  'outbox.cancelName': 'Ne pas envoyer : {subject}',
  'outbox.change': 'Autre heure',
  'outbox.changeName': 'Autre heure : {subject}',
  'outbox.cancelled': 'Pas envoyé. Il est dans les brouillons.',
  'outbox.moved': 'Sera envoyé le {time}.',
  'outbox.date': 'Date',
  'outbox.time': 'Heure',
  'outbox.set': 'Fixer',
  'outbox.later': 'Envoyer plus tard',
  'outbox.tomorrow': 'Demain, {time}',
  'outbox.monday': 'Lundi, {time}',
  'outbox.atTime': 'À une date et une heure',
  'outbox.zone': 'Les heures sont celles de {zone}.',
  'outbox.noTime': 'Choisissez une date et une heure pour envoyer plus tard.',
  'outbox.pastTime': 'Cette heure est passée. Choisissez-en une plus tardive.',
  'outbox.farTime': 'Un message peut attendre un an au plus. Choisissez un moment plus proche.',

  'check.noRecipient': 'Dites à qui est ce message.',
  'check.tooMany': {
    one: 'Un message peut aller à {n} destinataire ; celui-ci en a {count}.',
    many: 'Un message peut aller à {n} destinataires ; celui-ci en a {count}.',
    other: 'Un message peut aller à {n} destinataires ; celui-ci en a {count}.',
  },
  'check.noMailbox': 'Il n’y a pas de boîte {address}.',
  'check.noMailboxBut': 'Il n’y a pas de boîte {address}. Vouliez-vous dire {likely} ?',
  'check.noDomain': {
    one: 'Aucun serveur de courrier n’a été trouvé pour {domains}. Est-ce bien écrit ?',
    many: 'Aucun serveur de courrier n’a été trouvé pour ceux-ci : {domains}. Est-ce bien écrit ?',
    other: 'Aucun serveur de courrier n’a été trouvé pour ceux-ci : {domains}. Est-ce bien écrit ?',
  },
  'check.open': {
    one: '{n} destinataire sera vu par les autres.',
    many: 'Les {n} destinataires verront les adresses les uns des autres.',
    other: 'Les {n} destinataires verront les adresses les uns des autres.',
  },
  'check.hide': 'Tous les mettre en Cci',
  'check.noSubject': 'Ce message n’a pas d’objet. L’envoyer quand même ?',
  'check.noBody': 'Ce message n’a pas de texte. L’envoyer quand même ?',
  'check.noAttachment': 'Le texte parle d’un fichier, et aucun n’est joint. L’envoyer quand même ?',
  'check.attachmentWords':
    'ci-joint, ci-jointe, ci-joints, ci-jointes, pièce jointe, pièces jointes, je joins, en annexe, joint à ce message',
  'check.never': 'Ne plus demander',
  'check.anyway': 'Envoyer quand même',
};
