// Dutch of the look of a domain.
import type { Catalogue } from '../words.ts';

export const nlLook: Catalogue = {
  'look.title': 'Uiterlijk',
  'look.explained':
    'Naam, kleur en logo die de mensen van {domain} in de webmail zien. De aanmeldpagina toont ze op het adres van het domein en op adressen daaronder, zoals mail.{domain}.',
  'look.name': 'Naam',
  'look.nameHint': 'Die staat naast het logo en in de titels van pagina’s. Leeg: “{name}”.',
  'look.accent': 'Accentkleur',
  'look.accentHint':
    'Voor knoppen, links en de plek waar je bent, zoals #1c6664. Leeg: de gebruikelijke kleur.',
  'look.accentDark': 'Accentkleur in het donkere thema',
  'look.accentDarkHint': 'Leeg: een lichtere tint van de andere kleur.',
  'look.colour': 'Schrijf de kleur als # en zes cijfers, zoals #1c6664.',
  'look.weakLight':
    'Deze kleur is op lichte pagina’s slecht te lezen: het contrast is {ratio} op 1, en tekst heeft {least} op 1 nodig. De dichtstbijzijnde tint die dat haalt, is {shade}.',
  'look.weakDark':
    'Deze kleur is op donkere pagina’s slecht te lezen: het contrast is {ratio} op 1, en tekst heeft {least} op 1 nodig. De dichtstbijzijnde tint die dat haalt, is {shade}.',
  'look.logo': 'Logo',
  'look.logoFile': 'Afbeelding',
  'look.logoHint':
    'PNG, WebP of JPEG, hoogstens 64 KB en 512 pixels per zijde. Met een doorzichtige achtergrond past het bij beide thema’s.',
  'look.logoPut': 'Dit logo gebruiken',
  'look.logoRemove': 'Logo verwijderen',
  'look.notPicture': 'Dit is geen PNG-, WebP- of JPEG-afbeelding. Kies een andere.',
  'look.tooLarge': 'Deze afbeelding is groter dan 64 KB of dan 512 pixels per zijde. Kies een kleinere.',
  'look.usual': 'Terug naar het gebruikelijke uiterlijk',
  'look.usualHint': 'De naam, de kleuren en het logo van {domain} worden verwijderd.',
  'look.usualNow': '{domain} heeft weer het gebruikelijke uiterlijk.',
};
