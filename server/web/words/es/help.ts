// Spanish of help.
import type { Catalogue } from '../words.ts';

export const esHelp: Catalogue = {
  'offline.title': 'Sin conexión',
  'offline.hint':
    'No se puede conectar con el servidor de correo. El texto sin enviar se conserva: vuelve atrás para encontrarlo.',
  'offline.again': 'Intentar de nuevo',
};
