// French of the junk filter: its settings, and why a message is in Junk.
import type { Catalogue } from '../words.ts';

export const frFilter: Catalogue = {
  'filter.lead':
    'Votre propre filtre apprend de ce que vous déplacez dans Indésirables et de ce que vous en sortez. Les nouveaux messages qui semblent indésirables vont dans Indésirables, jamais ailleurs.',
  'filter.none': 'Il n’y a pas de filtres ici. Votre administrateur peut les activer.',
  'filter.use': 'Utiliser mon filtre',
  'filter.strictness': 'Sévérité',
  'filter.careful':
    'Prudent : plus d’indésirables dans la boîte de réception, presque jamais de bons messages dans Indésirables',
  'filter.normal': 'Habituel',
  'filter.keen':
    'Strict : moins d’indésirables dans la boîte de réception, parfois un bon message dans Indésirables',
  'filter.learnedJunk': 'Appris comme indésirables',
  'filter.learnedGood': 'Appris comme bons messages',
  'filter.begins': 'Il commence à trier quand il connaît {count} messages de chaque sorte.',
  'filter.fromFolders': 'Apprendre de mes dossiers',
  'filter.fromFoldersHint':
    'Ce qui est dans Indésirables est appris comme indésirable, ce que vous avez lu dans vos autres dossiers comme bon message.',
  'filter.learning': 'Apprentissage à partir de vos dossiers',
  'filter.learned': {
    one: '{n} message était nouveau pour votre filtre.',
    many: '{n} messages étaient nouveaux pour votre filtre.',
    other: '{n} messages étaient nouveaux pour votre filtre.',
  },
  'filter.forget': 'Tout oublier',
  'filter.forgetHint':
    'Votre filtre oublie ce qu’il a appris et recommence à zéro. Votre courrier reste tel quel.',
  'filter.forgotten': 'Votre filtre a tout oublié.',
  'filter.why.words': 'Facteur pense que ce message est indésirable : des mots comme {words}.',
  'filter.why.filter': 'Facteur pense que ce message est indésirable.',
  'filter.why.sender': 'L’adresse de l’expéditeur n’a pas pu être confirmée.',
  'filter.why.listed': 'Il est passé par un serveur répertorié pour envoi d’indésirables.',
  'filter.why.scanner': 'Un analyseur l’a jugé indésirable.',
  'filter.why.door': 'Il semblait suspect à son arrivée.',
};
