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
  'programs.nav': 'Programas de correo',
  'programs.title': 'Configurar su programa de correo',
  'programs.hint':
    'Muchos programas encuentran todo esto solo con su dirección. Si el suyo pregunta, indíquele lo que figura aquí.',
  'programs.none': 'Aquí no hay ningún acceso abierto para programas de correo.',
  'programs.imap': 'Recibir correo (IMAP)',
  'programs.pop3': 'Recibir correo (POP3)',
  'programs.smtp': 'Enviar correo (SMTP)',
  'programs.everywhere': 'Para ambos',
  'programs.server': 'Servidor',
  'programs.port': 'Puerto',
  'programs.security': 'Seguridad',
  'programs.tls': 'SSL/TLS',
  'programs.starttls': 'STARTTLS',
  'programs.userName': 'Nombre de usuario',
  'programs.password': 'La suya, o una contraseña de aplicación, necesaria si hay un segundo paso al entrar:',
  'programs.apple': 'iPhone, iPad y Mac',
  'programs.appleHint':
    'Abra esta página en el dispositivo, descargue el perfil e instálelo en los ajustes. Pedirá la contraseña; el perfil no la contiene.',
  'programs.profile': 'Descargar el perfil',
  'programs.profileSays': 'Correo de {address} en {host}.',
};
