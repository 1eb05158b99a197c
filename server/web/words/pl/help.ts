// Polish of help.
import type { Catalogue } from '../words.ts';

export const plHelp: Catalogue = {
  'offline.title': 'Brak połączenia',
  'offline.hint':
    'Nie można połączyć się z serwerem poczty. Niewysłany tekst jest zachowany: wróć, aby go odnaleźć.',
  'offline.again': 'Spróbuj ponownie',
};
