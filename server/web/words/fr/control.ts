// French of the server’s settings in the administration.
import type { Catalogue } from '../words.ts';

export const frControl: Catalogue = {
  'control.title': 'Réglages',
  'control.hint':
    'Chaque réglage est un fichier de control/. Ce qui n’a pas de fichier garde sa valeur par défaut. Le programme en marche prend un changement aussitôt, sauf si la page du réglage dit autre chose.',
  'control.search': 'Nom ou mots',
  'control.filters': 'Quels réglages',
  'control.only.all': 'Tous',
  'control.only.set': 'Avec un fichier',
  'control.only.wrong': 'Erronés',
  'control.none': 'Aucun réglage ne correspond.',
  'control.wrong': {
    one: 'Un fichier est erroné.',
    many: '{n} fichiers sont erronés.',
    other: '{n} fichiers sont erronés.',
  },
  'control.wrongHint':
    'Un programme en marche garde ce que disait un fichier avant de devenir erroné ; un programme qui démarre pourrait ne pas démarrer.',
  'control.unknown': 'Fichiers que personne ne lit',
  'control.unknownHint':
    'Ils se trouvent dans control/ et aucune partie du programme ne les connaît : un nom mal écrit, ou le fichier d’un autre programme.',
  'control.runScripts': 'Seuls les scripts run d’anciens serveurs lisent ce fichier.',
  'control.setting': 'Réglage',
  'control.value': 'Vaut maintenant',
  'control.default': 'Valeur par défaut',
  'control.isDefault': 'Par défaut :',
  'control.empty': '(vide)',
  'control.isWrong': 'erroné',
  'control.more': {
    one: 'et une ligne de plus',
    many: 'et {n} lignes de plus',
    other: 'et {n} lignes de plus',
  },
  'control.room.names': 'Noms du serveur',
  'control.room.doors': 'Services et leurs limites',
  'control.room.policy': 'Qui peut envoyer quoi',
  'control.room.rules': 'Règles d’accès',
  'control.room.senders': 'Authenticité des expéditeurs',
  'control.room.junk': 'Indésirables et virus',
  'control.room.queue': 'File d’attente et avis de non-remise',
  'control.room.local': 'Remises sur ce serveur',
  'control.room.remote': 'Courrier vers d’autres serveurs',
  'control.room.people': 'Comptes et webmail',
  'control.room.roles': 'Utilisateurs du programme',
  'control.room.history': 'Historique des remises',
  'control.kind': 'Forme',
  'control.kind.line': 'une ligne',
  'control.kind.int': 'un nombre',
  'control.kind.list': 'une entrée par ligne ; les lignes qui commencent par # sont des commentaires',
  'control.kind.map': 'clé:valeur, une par ligne ; les lignes qui commencent par # sont des commentaires',
  'control.kind.text': 'un texte',
  'control.kind.cdb': 'une table compilée',
  'control.kind.rules': 'des règles, une par ligne ; les lignes qui commencent par # sont des commentaires',
  'control.readers': 'Lu par',
  'control.origin': 'Connu de qmail',
  'control.yes': 'oui',
  'control.no': 'non',
  'control.room': 'Fait partie de',
  'control.atStart': 'Ce fichier est lu au démarrage du programme. Un changement vaut après un redémarrage.',
  'control.text': 'Texte du fichier',
  'control.newText': 'Nouveau texte du fichier',
  'control.noFile':
    'Il n’y a pas de fichier pour l’instant, la valeur par défaut s’applique donc. Un fichier vide n’est pas la même chose.',
  'control.maskedHint':
    'Les mots de passe ne sont pas affichés. Récrivez tout le texte, avec tous les mots de passe ; il remplace l’ancien.',
  'control.stored': 'Le fichier maintenant',
  'control.conflict': 'Quelqu’un d’autre a modifié ce fichier entre-temps.',
  'control.conflictHint':
    'En haut, le fichier tel qu’il est maintenant ; en bas, votre saisie. L’enregistrement remplace le fichier par votre saisie.',
  'control.back': 'Tous les réglages',
  'control.toDefault': 'Revenir à la valeur par défaut',
  'control.saved': 'Enregistré.',
  'control.savedForStart': 'Enregistré. Cela vaut après un redémarrage.',
  'control.shutsOut':
    'Votre propre accès, {host}, n’en fait pas partie : après un redémarrage, vous ne pourriez plus revenir. Ajoutez-le.',
  'control.lock.domains':
    'Les pages des domaines tiennent ce fichier : ajoutez ou supprimez un domaine là-bas, et tous les fichiers qui vont ensemble changent ensemble.',
  'control.lock.host':
    'Ce nom figure dans d’autres fichiers, dans le courrier en route et dans le DNS. Changez-le sur la machine, avec config-fast, puis redémarrez le programme.',
  'control.lock.programs':
    'Ce qui figure ici fait exécuter d’autres programmes. On ne le change que sur la machine, afin que celui qui se serait emparé d’une session du webmail ne puisse rien exécuter.',
  'control.lock.users':
    'Ce sont des utilisateurs de la machine, pour un programme que root démarre. On ne le change que sur la machine.',
  'control.lock.accounts':
    'Ceci dit où sont les comptes. Un mot faux fermerait la porte à tous ceux qui pourraient le corriger, on ne le change donc que sur la machine.',
  'control.lock.compiled': 'Cette table est compilée sur la machine ; il n’y a pas de texte à modifier.',
  'control.lock.odd':
    'Il y a là autre chose qu’un fichier ordinaire de 65536 octets au plus, par exemple un lien. On ne le change que sur la machine.',
  'control.lock.bytes':
    'Le fichier contient des octets qui ne sont pas de l’UTF-8 et qu’un formulaire abîmerait. On ne le change que sur la machine.',
};
