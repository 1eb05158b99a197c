// French of help.
import type { Catalogue } from '../words.ts';

export const frHelp: Catalogue = {
  'offline.title': 'Pas de connexion',
  'offline.hint':
    'Le serveur de courrier est injoignable. Le texte non envoyé est gardé : revenez en arrière pour le retrouver.',
  'offline.again': 'Réessayer',
};
