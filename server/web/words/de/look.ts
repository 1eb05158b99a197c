// German of the look of a domain.
import type { Catalogue } from '../words.ts';

export const deLook: Catalogue = {
  'look.title': 'Aussehen',
  'look.explained':
    'Name, Farbe und Logo, die die Leute von {domain} im Webmail sehen. Die Anmeldeseite zeigt sie unter der Adresse der Domain und unter Adressen darunter, etwa mail.{domain}.',
  'look.name': 'Name',
  'look.nameHint': 'Er steht neben dem Logo und in den Titeln der Seiten. Leer: „{name}“.',
  'look.accent': 'Akzentfarbe',
  'look.accentHint':
    'Für Schaltflächen, Links und die Stelle, an der man gerade ist, etwa #1c6664. Leer: die übliche Farbe.',
  'look.accentDark': 'Akzentfarbe im dunklen Design',
  'look.accentDarkHint': 'Leer: ein hellerer Ton der anderen Farbe.',
  'look.colour': 'Schreiben Sie die Farbe als # und sechs Ziffern, etwa #1c6664.',
  'look.weakLight':
    'Diese Farbe ist auf hellen Seiten schlecht zu lesen: Ihr Kontrast ist {ratio} zu 1, und Text braucht {least} zu 1. Der nächste Ton, der ihn hat, ist {shade}.',
  'look.weakDark':
    'Diese Farbe ist auf dunklen Seiten schlecht zu lesen: Ihr Kontrast ist {ratio} zu 1, und Text braucht {least} zu 1. Der nächste Ton, der ihn hat, ist {shade}.',
  'look.logo': 'Logo',
  'look.logoFile': 'Bild',
  'look.logoHint':
    'PNG, WebP oder JPEG, höchstens 64 KB und 512 Pixel je Seite. Mit durchsichtigem Grund passt es zu beiden Designs.',
  'look.logoPut': 'Dieses Logo verwenden',
  'look.logoRemove': 'Logo entfernen',
  'look.notPicture': 'Das ist kein Bild in PNG, WebP oder JPEG. Wählen Sie ein anderes.',
  'look.tooLarge':
    'Dieses Bild hat mehr als 64 KB oder mehr als 512 Pixel je Seite. Wählen Sie ein kleineres.',
  'look.usual': 'Zurück zum üblichen Aussehen',
  'look.usualHint': 'Name, Farben und Logo von {domain} werden entfernt.',
  'look.usualNow': '{domain} hat wieder das übliche Aussehen.',
};
