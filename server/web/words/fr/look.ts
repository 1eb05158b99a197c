// French of the look of a domain.
import type { Catalogue } from '../words.ts';

export const frLook: Catalogue = {
  'look.title': 'Apparence',
  'look.explained':
    'Le nom, la couleur et le logo que les gens de {domain} voient dans le webmail. La page de connexion les montre à l’adresse du domaine et à celles qui sont en dessous, comme mail.{domain}.',
  'look.name': 'Nom',
  'look.nameHint': 'Il figure à côté du logo et dans les titres des pages. Vide : « {name} ».',
  'look.accent': 'Couleur d’accent',
  'look.accentHint':
    'Pour les boutons, les liens et l’endroit où l’on est, par exemple #1c6664. Vide : la couleur habituelle.',
  'look.accentDark': 'Couleur d’accent du thème sombre',
  'look.accentDarkHint': 'Vide : un ton plus clair de l’autre couleur.',
  'look.colour': 'Écrivez la couleur avec # et six chiffres, par exemple #1c6664.',
  'look.weakLight':
    'Cette couleur se lit mal sur les pages claires : son contraste est de {ratio} pour 1, et il faut {least} pour 1 pour du texte. Le ton le plus proche qui l’atteint est {shade}.',
  'look.weakDark':
    'Cette couleur se lit mal sur les pages sombres : son contraste est de {ratio} pour 1, et il faut {least} pour 1 pour du texte. Le ton le plus proche qui l’atteint est {shade}.',
  'look.logo': 'Logo',
  'look.logoFile': 'Image',
  'look.logoHint':
    'PNG, WebP ou JPEG, au plus 64 Ko et 512 pixels de côté. Avec un fond transparent, elle convient aux deux thèmes.',
  'look.logoPut': 'Utiliser ce logo',
  'look.logoRemove': 'Retirer le logo',
  'look.notPicture': 'Ce n’est pas une image PNG, WebP ou JPEG. Choisissez-en une autre.',
  'look.tooLarge':
    'Cette image fait plus de 64 Ko ou plus de 512 pixels de côté. Choisissez-en une plus petite.',
  'look.usual': 'Revenir à l’apparence habituelle',
  'look.usualHint': 'Le nom, les couleurs et le logo de {domain} sont retirés.',
  'look.usualNow': '{domain} a de nouveau l’apparence habituelle.',
};
