// Spanish of the look of a domain.
import type { Catalogue } from '../words.ts';

export const esLook: Catalogue = {
  'look.title': 'Apariencia',
  'look.explained':
    'Nombre, color y logotipo que ven las personas de {domain} en el correo web. La página de inicio de sesión los muestra en la dirección del dominio y en las que están por debajo, como mail.{domain}.',
  'look.name': 'Nombre',
  'look.nameHint': 'Aparece junto al logotipo y en los títulos de las páginas. Vacío: «{name}».',
  'look.accent': 'Color de acento',
  'look.accentHint':
    'Para botones, enlaces y el lugar en el que se está, por ejemplo #1c6664. Vacío: el color habitual.',
  'look.accentDark': 'Color de acento en el tema oscuro',
  'look.accentDarkHint': 'Vacío: un tono más claro del otro color.',
  'look.colour': 'Escribe el color como # y seis cifras, por ejemplo #1c6664.',
  'look.weakLight':
    'Este color no se lee bien en páginas claras: su contraste es de {ratio} a 1, y el texto necesita {least} a 1. El tono más cercano que lo alcanza es {shade}.',
  'look.weakDark':
    'Este color no se lee bien en páginas oscuras: su contraste es de {ratio} a 1, y el texto necesita {least} a 1. El tono más cercano que lo alcanza es {shade}.',
  'look.logo': 'Logotipo',
  'look.logoFile': 'Imagen',
  'look.logoHint':
    'PNG, WebP o JPEG, como máximo 64 KB y 512 píxeles por lado. Con fondo transparente va bien en los dos temas.',
  'look.logoPut': 'Usar este logotipo',
  'look.logoRemove': 'Quitar el logotipo',
  'look.notPicture': 'Esto no es una imagen PNG, WebP o JPEG. Elige otra.',
  'look.tooLarge': 'Esta imagen tiene más de 64 KB o más de 512 píxeles por lado. Elige una más pequeña.',
  'look.usual': 'Volver a la apariencia habitual',
  'look.usualHint': 'Se quitan el nombre, los colores y el logotipo de {domain}.',
  'look.usualNow': '{domain} vuelve a tener la apariencia habitual.',
};
