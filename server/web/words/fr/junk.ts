// French of the page that keeps junk out.
import type { Catalogue } from '../words.ts';

export const frJunk: Catalogue = {
  'junk.title': 'Indésirables',
  'junk.hint':
    'Ce que les serveurs inconnus et leurs messages doivent passer avant d’être acceptés. Une modification vaut dès le prochain message.',
  'junk.rules': 'Règles',
  'junk.junkscore': 'Points à partir desquels un message est indésirable',
  'junk.rejectscore': 'Points à partir desquels un message est refusé',
  'junk.greylist': 'Liste grise : secondes d’attente du premier message d’un inconnu',
  'junk.greylistHint':
    'Les serveurs de messagerie réessaient d’eux-mêmes, la plupart des programmes de spam non. 300 est courant ; vide désactive.',
  'junk.reputation': 'Accorder peu de connexions aux réseaux qui ont surtout envoyé du spam',
  'junk.others': 'Autres réglages :',
  'junk.noState':
    'Les listes et les analyseurs ne peuvent pas être affichés : un fichier de contrôle est erroné, ou trop de personnes consultent cette page.',
  'junk.scanners': 'Analyseurs',
  'junk.scanner': 'Analyseur',
  'junk.address': 'Adresse',
  'junk.off': 'désactivé',
  'junk.answers': 'répond, {ms} ms',
  'junk.silent': 'ne répond pas : {why}',
  'junk.lists': 'Listes DNS',
  'junk.noLists': 'Aucune liste n’est interrogée.',
  'junk.list': 'Liste',
  'junk.does': 'Une inscription',
  'junk.does.defer': 'refuse pour l’instant',
  'junk.does.reject': 'refuse',
  'junk.does.allow': 'rend bienvenu',
  'junk.does.note': 'donne {points} points',
  'junk.list.right': 'en ordre',
  'junk.list.everything': 'liste tout : pas interrogée',
  'junk.list.nothing': 'entrée de test absente',
  'junk.list.unknown': 'ne répond pas',
  'junk.turned': 'Derniers messages refusés ou indésirables',
  'junk.noTurned': 'Aucun pour l’instant.',
  'junk.refused': 'refusé',
  'junk.junked': 'indésirable',
};
