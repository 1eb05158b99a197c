// Dutch of help.
import type { Catalogue } from '../words.ts';

export const nlHelp: Catalogue = {
  'offline.title': 'Geen verbinding',
  'offline.hint':
    'De mailserver is niet bereikbaar. Niet-verzonden tekst is bewaard: ga terug om die te vinden.',
  'offline.again': 'Opnieuw proberen',
};
