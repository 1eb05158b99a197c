// Polish of the look of a domain.
import type { Catalogue } from '../words.ts';

export const plLook: Catalogue = {
  'look.title': 'Wygląd',
  'look.explained':
    'Nazwa, kolor i logo, które osoby z {domain} widzą w poczcie. Strona logowania pokazuje je pod adresem domeny i pod adresami niżej, takimi jak mail.{domain}.',
  'look.name': 'Nazwa',
  'look.nameHint': 'Stoi obok logo i w tytułach stron. Puste: „{name}”.',
  'look.accent': 'Kolor akcentu',
  'look.accentHint':
    'Dla przycisków, odnośników i bieżącego miejsca, na przykład #1c6664. Puste: zwykły kolor.',
  'look.accentDark': 'Kolor akcentu w ciemnym motywie',
  'look.accentDarkHint': 'Puste: jaśniejszy odcień drugiego koloru.',
  'look.colour': 'Wpisz kolor jako # i sześć cyfr, na przykład #1c6664.',
  'look.weakLight':
    'Ten kolor jest słabo czytelny na jasnych stronach: jego kontrast to {ratio} do 1, a tekst wymaga {least} do 1. Najbliższy odcień, który go ma, to {shade}.',
  'look.weakDark':
    'Ten kolor jest słabo czytelny na ciemnych stronach: jego kontrast to {ratio} do 1, a tekst wymaga {least} do 1. Najbliższy odcień, który go ma, to {shade}.',
  'look.logo': 'Logo',
  'look.logoFile': 'Obraz',
  'look.logoHint':
    'PNG, WebP lub JPEG, najwyżej 64 KB i 512 pikseli na bok. Z przezroczystym tłem pasuje do obu motywów.',
  'look.logoPut': 'Użyj tego logo',
  'look.logoRemove': 'Usuń logo',
  'look.notPicture': 'To nie jest obraz PNG, WebP ani JPEG. Wybierz inny.',
  'look.tooLarge': 'Ten obraz ma ponad 64 KB lub ponad 512 pikseli na bok. Wybierz mniejszy.',
  'look.usual': 'Wróć do zwykłego wyglądu',
  'look.usualHint': 'Nazwa, kolory i logo {domain} zostaną usunięte.',
  'look.usualNow': '{domain} ma znów zwykły wygląd.',
};
