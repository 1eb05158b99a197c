// Spanish of DNS records, the set-up of mail programs and the reports of other hosts.
import type { Catalogue } from '../words.ts';

export const esReport: Catalogue = {
  'dns.again': 'Comprobar de nuevo',
  'dns.kind.setup': 'Ajustes para programas de correo',
  'dns.about.mx': 'Dice a los demás servidores cuál recibe el correo del dominio.',
  'dns.about.address': 'Lleva del nombre del servidor de correo a esta máquina.',
  'dns.about.reverse':
    'Lleva de la dirección de vuelta al nombre; sin él, muchos servidores rechazan el correo de esa dirección.',
  'dns.about.spf': 'Enumera los servidores que pueden enviar en nombre del dominio.',
  'dns.about.dmarc':
    'Dice qué deben hacer los demás con el correo que solo finge ser suyo y adónde informar de ello.',
  'dns.about.service': 'Permite a los programas de correo hallar servidor y puerto solo con la dirección.',
  'dns.about.setup': 'Permite a Thunderbird y Outlook obtener sus ajustes solo con la dirección.',
  'dns.about.caa':
    'Nombra a quien puede emitir certificados para el servidor de correo; los demás deben negarse.',
  'dns.why.alias-elsewhere': 'Lleva a {value}, no a este servidor.',
};
