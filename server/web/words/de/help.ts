// German of help.
import type { Catalogue } from '../words.ts';

export const deHelp: Catalogue = {
  'offline.title': 'Keine Verbindung',
  'offline.hint':
    'Der E-Mail-Server ist nicht zu erreichen. Nicht gesendeter Text bleibt erhalten: Gehen Sie zurück, um ihn zu finden.',
  'offline.again': 'Noch einmal versuchen',
};
